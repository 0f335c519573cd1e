//! The audit trail's own use cases; what other use cases enter stands with them.
//!
//! Guarantees: only auditors read the trail, and whoever runs the program on its own machine; who read what of it stands in it before
//! they get it. An export holds one part in memory at a time, and no transaction between parts.

use std::collections::BTreeMap;

use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, RecordedEntry};
use crate::domain::accounts::role::Role;
use crate::domain::base::search_key;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::accounts::{all_users, audit, clients};

pub use crate::store::accounts::audit::{AuditCursor, AuditFilter};

/// Entries of a part of an export.
const ENTRIES_OF_A_PART: i64 = 1_000;
/// After so many entries the program's log says how far an export is.
const TOLD_EVERY: usize = 100_000;

/// A page of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<RecordedEntry>,
    /// Where the next page goes on, if there is one.
    pub next: Option<AuditCursor>,
}

/// The trail, to be read to its end by [`AuditExport::next`].
pub struct AuditExport {
    service: Service,
    caller: Caller,
    filter: AuditFilter,
    after: Option<AuditCursor>,
    ended: bool,
    entries: usize,
}

impl Service {
    /// Refuses everybody but auditors, and whoever runs the program.
    ///
    /// # Errors
    /// The role is missing.
    pub fn may_audit(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role_or_operator(Role::Auditor)
    }

    /// A page of the trail. That it was read is entered first.
    ///
    /// # Errors
    /// Not an auditor; the database's.
    pub async fn audit_trail(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        after: Option<AuditCursor>,
        limit: i64,
    ) -> Result<AuditPage, ServiceError> {
        self.may_audit(caller)?;
        self.record(self.asked(caller, AuditKind::TrailRead, &filter)).await?;
        let read = self.db.read_long("audit_trail", move |tx| {
            Ok::<_, ServiceError>(audit::list(tx, &filter, after, limit.saturating_add(1))?)
        });
        Ok(page(read.await?, limit))
    }

    /// Whom auditors mean by what they type: accounts and systems of this id, with this name to sign in, or with this in their name; what
    /// is nobody's is an id.
    ///
    /// # Errors
    /// Not an auditor; the database's.
    pub async fn audit_ids(&self, caller: &Caller, typed: &str) -> Result<Vec<String>, ServiceError> {
        self.may_audit(caller)?;
        let (typed, sought) = (typed.trim().to_owned(), search_key::key(typed));
        if typed.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.db.read("audit_ids", |tx| {
            let people = all_users(tx)?.into_iter().map(|one| (one.id, one.username, one.display_name));
            let systems = clients::all(tx)?.into_iter().map(|one| (one.id.clone(), one.id, one.name));
            Ok::<_, ServiceError>(people.chain(systems).collect::<Vec<_>>())
        });
        let known = known.await?;
        let whole = |(id, username, _): &&(String, String, String)| *id == typed || search_key::key(username) == sought;
        let is_long = sought.chars().count() >= search_key::FEWEST_CHARACTERS;
        let in_part = |(.., name): &&(String, String, String)| is_long && search_key::key(name).contains(&sought);
        let mut ids: Vec<String> = known.iter().filter(whole).map(|(id, ..)| id.clone()).collect();
        if ids.is_empty() {
            ids = known.iter().filter(in_part).map(|(id, ..)| id.clone()).collect();
        }
        Ok(if ids.is_empty() { vec![typed] } else { ids })
    }

    /// The trail as it is to be exported, from its newest entry. That it is exported is entered first.
    ///
    /// # Errors
    /// Not an auditor; the database's.
    pub async fn audit_export(&self, caller: &Caller, filter: AuditFilter) -> Result<AuditExport, ServiceError> {
        self.may_audit(caller)?;
        self.record(self.asked(caller, AuditKind::TrailExported, &filter)).await?;
        Ok(AuditExport { service: self.clone(), caller: caller.clone(), filter, after: None, ended: false, entries: 0 })
    }

    /// Enters that somebody runs a command on the program's own machine.
    ///
    /// # Errors
    /// The database's: then the command must not run.
    pub async fn record_command(&self, caller: &Caller, command: &str) -> Result<(), ServiceError> {
        let entry = AuditEntry::new(AuditKind::CommandRun, self.now(), caller.audit_actor());
        self.record(entry.with("command", command)).await
    }

    /// Enters what a start found different from what was in force last: all digests, and of what differs also the one before.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_in_force(&self, kind: AuditKind, digests: BTreeMap<String, String>) -> Result<(), ServiceError> {
        let now = AuditEntry::new(kind, self.now(), Caller::operator().audit_actor());
        self.db
            .write("note_in_force", move |tx| {
                let before = audit::newest(tx, kind)?.map(|entry| entry.details).unwrap_or_default();
                let differs = |name: &String, digest: &String| before.get(name) != Some(digest);
                if !digests.iter().any(|(name, digest)| differs(name, digest)) {
                    return Ok(());
                }
                let entry = digests.iter().fold(now.clone(), |entry, (name, digest)| match before.get(name) {
                    Some(old) if old != digest => entry.with(name, digest).with(&format!("{name}.before"), old),
                    _ => entry.with(name, digest),
                });
                Ok::<_, ServiceError>(audit::append(tx, &entry.with("version", env!("CARGO_PKG_VERSION")))?)
            })
            .await
    }

    /// What differs from what a start has found in force last, of what `matters`; nothing where no start was noted yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn other_than_in_force(
        &self,
        kind: AuditKind,
        digests: &BTreeMap<String, String>,
        matters: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, ServiceError> {
        let last = self.db.read_long("in_force", move |tx| Ok::<_, ServiceError>(audit::newest(tx, kind)?)).await?;
        let Some(noted) = last.as_ref().map(|entry| &entry.details) else { return Ok(Vec::new()) };
        let differ = digests
            .iter()
            .filter(|(name, digest)| noted.get(*name).is_some_and(|noted| noted != *digest))
            .map(|(name, _)| name);
        // A section or list that a newer version knows; a value that is told beside its section's digest is no further one.
        let is_told = |name: &str| name.split_once('.').is_some_and(|(section, _)| digests.contains_key(section));
        let is_digest = |name: &&String| *name != "version" && !name.ends_with(".before") && !is_told(name);
        let missing = noted.keys().filter(is_digest).filter(|name| !digests.contains_key(*name));
        Ok(differ.chain(missing).filter(|name| matters(name)).cloned().collect())
    }

    fn asked(&self, caller: &Caller, kind: AuditKind, filter: &AuditFilter) -> AuditEntry {
        let AuditFilter { kinds, actors, subjects, address, at } = filter;
        let named = |ids: &[String]| Some(ids.join(", ")).filter(|ids| !ids.is_empty());
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.code().to_owned()).collect();
        let asked = [
            ("kind", named(&kinds)),
            ("actor", named(actors)),
            ("subject", named(subjects)),
            ("address", address.clone()),
            ("from", at.from.map(|from| from.to_rfc3339())),
            ("until", at.before.map(|until| until.to_rfc3339())),
        ];
        let asked = asked.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let entry = AuditEntry::new(kind, self.now(), caller.audit_actor());
        asked.fold(entry, |entry, (name, value)| entry.with(name, value))
    }

    /// Enters what changes nothing else in the database, such as a token given to a system.
    ///
    /// # Errors
    /// The database's: then it must not happen either.
    pub(in crate::service) async fn record(&self, entry: AuditEntry) -> Result<(), ServiceError> {
        self.db.write("audit", move |tx| Ok::<_, ServiceError>(audit::append(tx, &entry)?)).await
    }

    /// An entry by a caller, now.
    pub(in crate::service) fn entry_by(&self, caller: &Caller, kind: AuditKind, about: AuditSubject) -> AuditEntry {
        AuditEntry::new(kind, self.now(), caller.audit_actor()).about(about)
    }
}

impl AuditExport {
    /// The next entries; none: that was all.
    ///
    /// # Errors
    /// Whoever takes it may no longer; the database's. The next call tries the same part again.
    pub async fn next(&mut self) -> Result<Option<Vec<RecordedEntry>>, ServiceError> {
        if self.ended {
            return Ok(None);
        }
        self.service.may_audit(&self.service.known_now(&self.caller).await?)?;
        let (filter, after) = (self.filter.clone(), self.after);
        let read = self.service.db.read_long("audit_export", move |tx| {
            Ok::<_, ServiceError>(audit::list(tx, &filter, after, ENTRIES_OF_A_PART + 1)?)
        });
        let AuditPage { entries, next } = page(read.await?, ENTRIES_OF_A_PART);
        (self.after, self.ended) = (next, next.is_none());
        let before = self.entries;
        self.entries += entries.len();
        if self.entries / TOLD_EVERY > before / TOLD_EVERY {
            let up_to = next.map(|next| next.at.to_rfc3339());
            tracing::info!(
                account = self.caller.actor.id,
                entries = self.entries,
                up_to,
                "the audit trail is being exported"
            );
        }
        Ok(Some(entries))
    }
}

/// Who took how much stands in the log of the program, also when the reader went away in the middle.
impl Drop for AuditExport {
    fn drop(&mut self) {
        tracing::info!(
            account = self.caller.actor.id,
            entries = self.entries,
            whole = self.ended,
            "audit trail exported"
        );
    }
}

/// What was read, one more than a page has, as a page.
fn page(mut entries: Vec<RecordedEntry>, limit: i64) -> AuditPage {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().filter(|_| goes_on);
    let next = last.map(|last| AuditCursor { at: last.at, number: last.number });
    AuditPage { entries, next }
}
