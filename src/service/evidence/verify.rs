//! Verifying: everything that was recorded, against its hashes, the log, and the signed seals.
//!
//! Guarantees: it runs beside a working hall, reads a thousand rows at a time, holds no transaction for long, and names each row that was
//! changed, deleted, put in or moved, each account, system, import, edition, year of the calendar and webhook that isn't what the audit trail says of it, each key that
//! isn't there or shouldn't be, and each trigger that isn't the migrations' own. It needs the keys that seals are signed with, and no others.

use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind};
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::evidence::kept_seal::Kept;
use crate::store::evidence::guards;
use crate::store::evidence::log;

impl Service {
    /// Verifies everything, and enters in the audit trail who did and what came of it. Also that nothing before a seal that is kept apart from
    /// the database is different from then: before the one beside the sealing keys, and before one that is given.
    ///
    /// # Errors
    /// The database's; what is found is no error.
    pub async fn verify(&self, caller: &Caller, kept: Option<&Kept>) -> Result<Verification, ServiceError> {
        let mut found = Verification::default();
        // Before the end of the log is asked for: what is kept was committed before.
        let own = self.own_kept_seal(&mut found)?;
        let end = self.db.read_snapshot("log_end", |tx| Ok::<_, ServiceError>(log::end(tx)?)).await?;
        found.newest_seal = end.seal.as_ref().map(|seal| (seal.number, seal.at));
        let looked = self.check_log(&end, own.into_iter().chain(kept.cloned()).collect(), &mut found).await;
        named("the log and its seals", looked, &mut found)?;
        let looked = self.check_rows(&end, &mut found).await;
        named("rows of the record", looked, &mut found)?;
        let looked = self.check_accounts(&mut found).await;
        named("accounts and systems", looked, &mut found)?;
        let looked = self.check_records(&mut found).await;
        named("what else is recorded", looked, &mut found)?;
        let looked = self.check_data_keys(&mut found).await;
        named("keys of persons", looked, &mut found)?;
        let guards = self.db.read_long("guards", |tx| Ok::<_, ServiceError>(guards::differences(tx)?)).await;
        for name in named("triggers and constraints", guards, &mut found)? {
            found.find(FindingKind::GuardDiffers, Place::Guard { name });
        }
        let entered = self.record(verified(self.now(), caller.audit_actor(), &found)).await;
        named("the audit trail, in which this verification isn't entered", entered, &mut found)?;
        Ok(found)
    }
}

/// That one of some rows can't be read is a finding, and the others are looked at all the same.
pub(super) fn named<T: Default>(
    of: &'static str,
    looked: Result<T, ServiceError>,
    found: &mut Verification,
) -> Result<T, ServiceError> {
    match looked {
        Err(error) if error.is_of_stored_data() => {
            found.find(FindingKind::Unreadable, Place::Rows { of, why: error.to_string() });
            Ok(T::default())
        }
        looked => looked,
    }
}

fn verified(at: chrono::DateTime<chrono::Utc>, by: AuditActor, found: &Verification) -> AuditEntry {
    let mut entry = AuditEntry::new(AuditKind::EvidenceVerified, at, by)
        .with("findings", found.finding_count.to_string())
        .with("events", found.events.to_string())
        .with("entries", found.entries.to_string());
    if let Some((seal, _)) = found.newest_seal {
        entry = entry.with("seal", seal.to_string());
    }
    match found.findings.first() {
        Some(first) => entry.with("first", first.place.to_string()).with("first_kind", first.kind.code()),
        None => entry,
    }
}
