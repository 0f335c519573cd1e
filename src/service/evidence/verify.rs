//! Verifying: everything that was recorded, against its hashes, the log, and the signed seals.
//!
//! Guarantees: it runs beside a working hall, reads a thousand rows at a time, holds no transaction for long, and names each row that was
//! changed, deleted, put in or moved. It needs the keys that seals are signed with, and no others.

use std::fmt;

use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind};
use crate::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::evidence::tree::Frontier;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::evidence::log;

/// A seal that was kept elsewhere.
#[derive(Debug, Clone)]
pub struct Kept {
    pub(super) checkpoint: Checkpoint,
}

/// Why a file isn't a seal that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSeal;

impl fmt::Display for NoSeal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the file holds no seal that was signed by a key of this hall")
    }
}

impl Kept {
    /// Whether a tree has come to the size of the kept one; then its root must be the same.
    pub(super) fn is_of(&self, starts_at: i64, tree: &Frontier, found: &mut Verification) -> bool {
        let is_reached = (starts_at, tree.size()) == (self.checkpoint.starts_at, self.checkpoint.size);
        if is_reached && tree.root() != self.checkpoint.root {
            found.find(FindingKind::KeptDiffers, Place::Seal { number: self.checkpoint.seal });
        }
        is_reached
    }
}

impl Service {
    /// A seal from a file that was kept elsewhere.
    ///
    /// # Errors
    /// It isn't one, or isn't signed by a key of this hall.
    pub fn kept_seal(&self, file: &str) -> Result<Kept, NoSeal> {
        let note = SignedNote::from_file(file).filter(|note| self.sealing.verify(note)).ok_or(NoSeal)?;
        Ok(Kept { checkpoint: Checkpoint::from_text(&note.text).ok_or(NoSeal)? })
    }

    /// Verifies everything, and enters in the audit trail who did and what came of it. With a seal that was kept elsewhere also that nothing
    /// before it is different from then.
    ///
    /// # Errors
    /// The database's; what is found is no error.
    pub async fn verify(&self, caller: &Caller, kept: Option<&Kept>) -> Result<Verification, ServiceError> {
        let end = self.db.read_snapshot("log_end", |tx| Ok::<_, ServiceError>(log::end(tx)?)).await?;
        let mut found = Verification {
            newest_seal: end.seal.as_ref().map(|seal| (seal.number, seal.at)),
            ..Verification::default()
        };
        self.check_log(&end, kept, &mut found).await?;
        self.check_rows(&end, &mut found).await?;
        self.record(verified(self.now(), caller.audit_actor(), &found)).await?;
        Ok(found)
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
        Some(first) => entry.with("first", first.to_string()),
        None => entry,
    }
}
