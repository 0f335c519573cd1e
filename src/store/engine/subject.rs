//! [`Subject`]: what an event is about, and whose persons a key protects.

use uuid::Uuid;

use super::error::StoreError;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A case.
    Case(Uuid),
    /// A certificate.
    Certificate(Uuid),
    /// An import of certificates: only requests are about it, since its certificates have the events.
    Import(Uuid),
    /// An account of a person: only the key of its second factor is about it.
    Account(Uuid),
    /// A webhook: only the key of its secrets is about it.
    Webhook(Uuid),
}

impl Subject {
    pub(in crate::store) fn kind(self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Certificate(_) => "certificate",
            Self::Import(_) => "import",
            Self::Account(_) => "account",
            Self::Webhook(_) => "webhook",
        }
    }

    pub(in crate::store) fn id(self) -> Uuid {
        match self {
            Self::Case(id) | Self::Certificate(id) | Self::Import(id) | Self::Account(id) | Self::Webhook(id) => id,
        }
    }

    /// Its kind and its id, as they are stored.
    pub fn key(self) -> (&'static str, String) {
        (self.kind(), self.id().to_string())
    }

    pub(in crate::store) fn from_key(kind: &str, id: &str) -> Result<Self, StoreError> {
        let id = Uuid::try_parse(id).map_err(|error| StoreError::Corrupt(format!("{id}: {error}")))?;
        match kind {
            "case" => Ok(Self::Case(id)),
            "certificate" => Ok(Self::Certificate(id)),
            "import" => Ok(Self::Import(id)),
            "account" => Ok(Self::Account(id)),
            "webhook" => Ok(Self::Webhook(id)),
            other => Err(StoreError::Corrupt(format!("unknown subject {other}"))),
        }
    }
}
