//! The hash of a row: over everything that is stored in it and, for an event, over the hash of the event before it.
//!
//! Guarantee: two rows that differ in any column have different input to the hash, since each column stands as a netstring
//! (its length in bytes, a colon, the text, a comma) and what is null as `-,`. The form never changes: it is stored.

use super::suite::{Digest, Suite};

/// The hash of a row, with the suite that it was computed by: one byte and 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowHash {
    suite: Suite,
    digest: Digest,
}

/// How many bytes a stored hash has.
pub const LENGTH: usize = 33;

impl RowHash {
    /// As it is stored, and as it is an entry of the log.
    pub fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [self.suite.mark(); LENGTH];
        bytes[1..].copy_from_slice(&self.digest);
        bytes
    }

    /// From what is stored; none: that is no hash.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (mark, digest) = bytes.split_first()?;
        Some(Self { suite: Suite::of_mark(*mark)?, digest: digest.try_into().ok()? })
    }

    /// By which suite it was computed.
    pub fn suite(self) -> Suite {
        self.suite
    }
}

/// The columns of an event as texts; `at` as [`instant`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventColumns<'a> {
    /// `case` or `certificate`.
    pub subject_kind: &'a str,
    /// Of which.
    pub subject_id: &'a str,
    /// The how manieth of its subject.
    pub sequence: i64,
    /// What happened.
    pub kind: &'a str,
    /// When.
    pub at: &'a str,
    /// Account id.
    pub actor_id: &'a str,
    /// Name.
    pub actor_name: &'a str,
    /// The action that led to it.
    pub action: &'a str,
    /// The rest, as it is stored.
    pub data: &'a str,
}

impl EventColumns<'_> {
    /// The hash of the event behind the one before it; none: it is its subject's first.
    pub fn hash(&self, suite: Suite, previous: Option<RowHash>) -> RowHash {
        let (previous, sequence) = (previous.map(|hash| hex::encode(hash.to_bytes())), self.sequence.to_string());
        hashed(
            suite,
            &[
                Some("event"),
                previous.as_deref(),
                Some(self.subject_kind),
                Some(self.subject_id),
                Some(&sequence),
                Some(self.kind),
                Some(self.at),
                Some(self.actor_id),
                Some(self.actor_name),
                Some(self.action),
                Some(self.data),
            ],
        )
    }
}

/// The columns of an entry of the audit trail as texts; `at` as [`instant`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditColumns<'a> {
    /// The how manieth entry.
    pub number: i64,
    /// What happened.
    pub kind: &'a str,
    /// When.
    pub at: &'a str,
    /// Who.
    pub actor_id: &'a str,
    /// Their name.
    pub actor_name: &'a str,
    /// From where.
    pub address: Option<&'a str>,
    /// The system's user.
    pub system_user: Option<&'a str>,
    /// What it is about.
    pub subject_kind: Option<&'a str>,
    /// Its id.
    pub subject_id: Option<&'a str>,
    /// The rest, as it is stored.
    pub details: &'a str,
}

impl AuditColumns<'_> {
    /// The hash of the entry.
    pub fn hash(&self, suite: Suite) -> RowHash {
        let number = self.number.to_string();
        hashed(
            suite,
            &[
                Some("audit"),
                Some(&number),
                Some(self.kind),
                Some(self.at),
                Some(self.actor_id),
                Some(self.actor_name),
                self.address,
                self.system_user,
                self.subject_kind,
                self.subject_id,
                Some(self.details),
            ],
        )
    }
}

/// An instant as it is hashed, to the microsecond, which both databases keep.
pub fn instant(at: chrono::NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn hashed(suite: Suite, columns: &[Option<&str>]) -> RowHash {
    let mut text = Vec::with_capacity(512);
    for column in columns {
        match column {
            Some(column) => {
                text.extend_from_slice(column.len().to_string().as_bytes());
                text.push(b':');
                text.extend_from_slice(column.as_bytes());
            }
            None => text.push(b'-'),
        }
        text.push(b',');
    }
    RowHash { suite, digest: suite.digest(&[&text]) }
}
