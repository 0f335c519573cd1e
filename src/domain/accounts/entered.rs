//! What the audit trail says of an account or another system, held against what stands in its row.
//!
//! Guarantee: a column of which no entry says anything, because an older version wrote them all, is never said to differ.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::audit::{AuditKind, BECAME, RecordedEntry};
use crate::domain::evidence::row::instant;

/// Whether it may sign in or get tokens: `true` or `false`.
pub const ACTIVE: &str = "active";
/// Whether a person has a second factor: `true` or `false`.
pub const SECOND_FACTOR: &str = "second_factor";
/// A digest of the hash of a person's password and its end, or of a system's secrets and keys.
pub const CREDENTIALS: &str = "credentials_digest";
/// When it was added.
pub const CREATED_AT: &str = "created_at";
/// When a person's account was last changed.
pub const UPDATED_AT: &str = "updated_at";
/// How often it was changed, from 1.
pub const VERSION: &str = "version";
/// Since when a person has a second factor.
pub const ENROLLED_AT: &str = "totp_enrolled_at";
/// A digest of the password's hash before a reset, until another is chosen.
pub const FORMER_PASSWORD: &str = "former_password_hash";
/// When a person signed in last.
pub const SIGNED_IN_AT: &str = "signed_in_at";
/// How a column is told that holds nothing.
pub const NOTHING: &str = "none";

/// Of whom signed out: whoever did so themselves says whether everywhere. The security administrator who does it to another changes
/// the account by that.
const EVERYWHERE: &str = "everywhere";

/// The entries by which an account or system comes to be known to the trail.
pub const BEGINNINGS: [AuditKind; 4] =
    [AuditKind::AccountAdded, AuditKind::SystemAdded, AuditKind::AccountFound, AuditKind::SystemFound];

/// The entries that say something of a row.
pub const TELLING: [AuditKind; 19] = [
    AuditKind::AccountAdded,
    AuditKind::AccountFound,
    AuditKind::AccountChanged,
    AuditKind::AccountDeactivated,
    AuditKind::AccountActivated,
    AuditKind::PasswordReset,
    AuditKind::PasswordChanged,
    AuditKind::SecondFactorEnrolled,
    AuditKind::SecondFactorRemoved,
    AuditKind::SignedOut,
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
pub struct Entered {
    columns: BTreeMap<String, String>,
    /// Whether the password is one from a reset; none: it isn't known.
    is_reset: Option<bool>,
}

/// An instant as a column is told; none: the column holds nothing.
pub fn instant_or_nothing(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| NOTHING.to_owned(), |at| instant(at.naive_utc()))
}

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
        // What was found was there before, and its entry tells as much as the version knew that found it.
        let is_new = [AuditKind::AccountAdded, AuditKind::SystemAdded].iter().any(|kind| kind.code() == entry.kind);
        if is_new {
            let at = instant(entry.at.naive_utc());
            let told = [
                (CREATED_AT, at.as_str()),
                (UPDATED_AT, at.as_str()),
                (VERSION, "1"),
                (ENROLLED_AT, NOTHING),
                (FORMER_PASSWORD, NOTHING),
            ];
            columns.extend(told.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        columns.extend(entry.details.clone());
        Self { columns, is_reset: None }
    }

    fn after(mut self, kind: AuditKind, entry: &RecordedEntry) -> Self {
        if kind == AuditKind::SignedOut && entry.details.contains_key(EVERYWHERE) {
            return self;
        }
        self.count(entry);
        let at = instant(entry.at.naive_utc());
        let mut say = |name: &str, value: &str| self.columns.insert(name.to_owned(), value.to_owned());
        match kind {
            AuditKind::AccountActivated | AuditKind::SystemActivated => _ = say(ACTIVE, "true"),
            AuditKind::AccountDeactivated | AuditKind::SystemDeactivated => _ = say(ACTIVE, "false"),
            AuditKind::SecondFactorEnrolled => _ = (say(SECOND_FACTOR, "true"), say(ENROLLED_AT, &at)),
            AuditKind::SecondFactorRemoved => _ = (say(SECOND_FACTOR, "false"), say(ENROLLED_AT, NOTHING)),
            AuditKind::AccountChanged | AuditKind::SystemChanged => self.change(entry),
            AuditKind::PasswordReset => self.reset_password(),
            AuditKind::PasswordChanged => {
                say(FORMER_PASSWORD, NOTHING);
                self.is_reset = Some(false);
            }
            _ => {}
        }
        match entry.details.get(CREDENTIALS) {
            Some(digest) => _ = self.columns.insert(CREDENTIALS.to_owned(), digest.clone()),
            // An older version has changed them, and didn't say to what.
            None if changes_credentials(kind) => _ = self.columns.remove(CREDENTIALS),
            None => {}
        }
        self
    }

    /// Counts a change.
    fn count(&mut self, entry: &RecordedEntry) {
        self.columns.insert(UPDATED_AT.to_owned(), instant(entry.at.naive_utc()));
        if let Some(version) = self.columns.get_mut(VERSION) {
            *version = version.parse::<i64>().map_or_else(|_| NOTHING.to_owned(), |known| (known + 1).to_string());
        }
    }

    /// The password that a person has chosen is the one before: its digest is that of their credentials until now. Of another reset before
    /// nothing changes. Where the first password may have been good once only, nobody says whether it was kept.
    fn reset_password(&mut self) {
        let before = self.columns.get(CREDENTIALS).filter(|_| self.is_reset == Some(false)).cloned();
        match (self.is_reset, before) {
            (Some(true), _) => {}
            (_, Some(digest)) => _ = self.columns.insert(FORMER_PASSWORD.to_owned(), digest),
            (_, None) => _ = self.columns.remove(FORMER_PASSWORD),
        }
        self.is_reset = Some(true);
    }

    /// Takes what a change says: of each column what it was and what it is.
    fn change(&mut self, entry: &RecordedEntry) {
        for (name, said) in &entry.details {
            // A name may have an arrow in it: what it was is known.
            let known = self.columns.get(name).and_then(|was| said.strip_prefix(was.as_str())?.strip_prefix(BECAME));
            if let Some(now) = known.or_else(|| said.split_once(BECAME).map(|(_, now)| now)) {
                self.columns.insert(name.clone(), now.to_owned());
            }
        }
    }

    /// The columns of a row that aren't what the trail says.
    pub fn differing(&self, row: &Columns) -> Vec<&'static str> {
        let differs =
            |(name, value): &&(&'static str, String)| self.columns.get(*name).is_some_and(|said| said != value);
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
