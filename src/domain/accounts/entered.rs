//! What the audit trail says of an account or another system, held against what stands in its row.
//!
//! Guarantee: a column of which no entry says anything, because an older version wrote them all, is never said to differ.

use std::collections::BTreeMap;

use super::audit::{AuditKind, BECAME, RecordedEntry};

/// Whether it may sign in or get tokens: `true` or `false`.
pub const ACTIVE: &str = "active";
/// Whether a person has a second factor: `true` or `false`.
pub const SECOND_FACTOR: &str = "second_factor";
/// A digest of the hash of a person's password and its end, or of a system's secrets and keys.
pub const CREDENTIALS: &str = "credentials_digest";

/// The entries by which an account or system comes to be known to the trail.
pub const BEGINNINGS: [AuditKind; 4] =
    [AuditKind::AccountAdded, AuditKind::SystemAdded, AuditKind::AccountFound, AuditKind::SystemFound];

/// The entries that say something of a row.
pub const TELLING: [AuditKind; 18] = [
    AuditKind::AccountAdded,
    AuditKind::AccountFound,
    AuditKind::AccountChanged,
    AuditKind::AccountDeactivated,
    AuditKind::AccountActivated,
    AuditKind::PasswordReset,
    AuditKind::PasswordChanged,
    AuditKind::SecondFactorEnrolled,
    AuditKind::SecondFactorRemoved,
    AuditKind::SystemAdded,
    AuditKind::SystemFound,
    AuditKind::SystemChanged,
    AuditKind::SystemDeactivated,
    AuditKind::SystemActivated,
    AuditKind::SystemSecretAdded,
    AuditKind::SystemSecretEnded,
    AuditKind::SystemKeyAdded,
    AuditKind::SystemKeyRemoved,
];

/// Columns of a row as an entry tells them, by their names.
pub type Columns = Vec<(&'static str, String)>;

/// What the trail says of one account or system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered(BTreeMap<String, String>);

impl Entered {
    /// From its entries, in the order of their numbers; none where no entry begins it.
    pub fn by(entries: &[RecordedEntry]) -> Option<Self> {
        entries.iter().fold(None, |known: Option<Self>, entry| match AuditKind::from_code(&entry.kind) {
            Some(kind) if BEGINNINGS.contains(&kind) => Some(Self::beginning(entry)),
            Some(kind) => known.map(|known| known.after(kind, entry)),
            None => known,
        })
    }

    fn beginning(entry: &RecordedEntry) -> Self {
        let mut columns = BTreeMap::from(
            [(ACTIVE, "true"), (SECOND_FACTOR, "false")].map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        columns.extend(entry.details.clone());
        Self(columns)
    }

    fn after(mut self, kind: AuditKind, entry: &RecordedEntry) -> Self {
        let mut say = |name: &str, value: &str| self.0.insert(name.to_owned(), value.to_owned());
        match kind {
            AuditKind::AccountActivated | AuditKind::SystemActivated => _ = say(ACTIVE, "true"),
            AuditKind::AccountDeactivated | AuditKind::SystemDeactivated => _ = say(ACTIVE, "false"),
            AuditKind::SecondFactorEnrolled => _ = say(SECOND_FACTOR, "true"),
            AuditKind::SecondFactorRemoved => _ = say(SECOND_FACTOR, "false"),
            AuditKind::AccountChanged | AuditKind::SystemChanged => self.change(entry),
            _ => {}
        }
        match entry.details.get(CREDENTIALS) {
            Some(digest) => _ = self.0.insert(CREDENTIALS.to_owned(), digest.clone()),
            // An older version has changed them, and didn't say to what.
            None if changes_credentials(kind) => _ = self.0.remove(CREDENTIALS),
            None => {}
        }
        self
    }

    /// Takes what a change says: of each column what it was and what it is.
    fn change(&mut self, entry: &RecordedEntry) {
        for (name, said) in &entry.details {
            // A name may have an arrow in it: what it was is known.
            let known = self.0.get(name).and_then(|was| said.strip_prefix(was.as_str())?.strip_prefix(BECAME));
            if let Some(now) = known.or_else(|| said.split_once(BECAME).map(|(_, now)| now)) {
                self.0.insert(name.clone(), now.to_owned());
            }
        }
    }

    /// The columns of a row that aren't what the trail says.
    pub fn differing(&self, row: &Columns) -> Vec<&'static str> {
        let differs = |(name, value): &&(&'static str, String)| self.0.get(*name).is_some_and(|said| said != value);
        row.iter().filter(differs).map(|(name, _)| *name).collect()
    }
}

fn changes_credentials(kind: AuditKind) -> bool {
    matches!(
        kind,
        AuditKind::PasswordReset
            | AuditKind::PasswordChanged
            | AuditKind::SystemDeactivated
            | AuditKind::SystemSecretAdded
            | AuditKind::SystemSecretEnded
            | AuditKind::SystemKeyAdded
            | AuditKind::SystemKeyRemoved
    )
}
