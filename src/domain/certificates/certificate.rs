//! A certificate in the register, as its events leave it.

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::custody::Stay;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::pending_correction::PendingCorrection;
use crate::domain::certificates::state::LifeStage;

/// Where a certificate in the register came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateSource {
    /// Made in a case of this hall.
    Case,
    /// Issued before Casehall and registered by hand.
    Registered,
    /// Issued before Casehall and imported with many others.
    Imported,
}

impl CertificateSource {
    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Registered => "registered",
            Self::Imported => "imported",
        }
    }

    /// The source with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Case, Self::Registered, Self::Imported].into_iter().find(|source| source.code() == code)
    }
}

/// What can be opened on a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// An application to log in to.
    Application,
    /// The legal-person e-seal (法人电子印章).
    ESeal,
}

impl ServiceKind {
    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ESeal => "e_seal",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Application, Self::ESeal].into_iter().find(|kind| kind.code() == code)
    }
}

/// The code of the one e-seal service.
pub const E_SEAL_CODE: &str = "e-seal";

/// Who said that a certificate is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockSource {
    /// Somebody at the window.
    Window,
    /// Another system, such as the one that logs in with it.
    Client,
    /// It was known when the certificate was registered or imported.
    Import,
}

impl LockSource {
    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Client => "client",
            Self::Import => "import",
        }
    }

    /// The source with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Window, Self::Client, Self::Import].into_iter().find(|source| source.code() == code)
    }
}

/// A reported lock: five wrong PINs in a row (guide, section 4.2). The medium locks itself; the hall hears of it. A PIN is
/// no part of the report, and is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Since when, as reported.
    pub at: DateTime<Utc>,
    /// Who said so.
    pub source: LockSource,
    /// Account or client id of who reported it.
    pub reported_by: String,
}

/// Why a certificate was suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionCause {
    /// It was reported lost or stolen (挂失).
    Loss,
    /// The hall decided so.
    Decision,
}

impl SuspensionCause {
    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Decision => "decision",
        }
    }

    /// The cause with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Loss, Self::Decision].into_iter().find(|cause| cause.code() == code)
    }
}

/// A suspension, of a whole certificate: nothing on it can be used until it is restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What for.
    pub cause: SuspensionCause,
    /// Why, in words.
    pub reason: String,
}

/// A service on a certificate, with its own instant of use and its own status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedService {
    /// What kind it is.
    pub kind: ServiceKind,
    /// Code of the application, or [`E_SEAL_CODE`].
    pub code: String,
    /// When it was opened, the last time.
    pub opened_at: DateTime<Utc>,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
    /// The case that opened it, where one did.
    pub case_id: Option<Uuid>,
    /// Since when it alone is suspended, where it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was closed, where it was: by itself, or because the certificate was revoked.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A certificate in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Identity in the store.
    pub id: Uuid,
    /// Serial number, unique.
    pub serial: String,
    /// Number of the medium that holds it, unique.
    pub medium_number: String,
    /// Organization code of its holder: the same under either kind of papers.
    pub organization_code: String,
    /// Unified social credit code of its holder, where there is one.
    pub unified_code: Option<String>,
    /// Name of its holder.
    pub organization_name: String,
    /// Name of the person who handles it (经办人), where one is known.
    pub handler: Option<String>,
    /// What names the image of the e-seal, where one is known.
    pub seal: Option<String>,
    /// How far it came: a stored fact. What people see is [`Certificate::state`].
    pub stage: LifeStage,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when it is valid, this instant excluded.
    pub valid_until: DateTime<Utc>,
    /// Where it came from.
    pub source: CertificateSource,
    /// The case it was made in.
    pub case_id: Option<Uuid>,
    /// Its lock after five wrong PINs, where it is locked.
    pub lock: Option<Lock>,
    /// Its suspension, where it is suspended.
    pub suspension: Option<Suspension>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where its medium is, while the hall has it.
    pub stay: Option<Stay>,
    /// A correction of it that waits for a second person.
    pub correction: Option<PendingCorrection>,
    /// What is, or was, opened on it; in order of kind and code.
    pub services: Vec<OpenedService>,
    /// Sequence of its last event.
    pub version: i64,
}

impl Certificate {
    /// Whether it stands in the way of another one: not revoked and not expired.
    pub fn is_living(&self, now: DateTime<Utc>) -> bool {
        self.stage != LifeStage::Revoked && now < self.valid_until
    }

    /// Whether it was made here and not handed over yet.
    pub fn is_unissued(&self) -> bool {
        matches!(self.stage, LifeStage::Made | LifeStage::InCustody)
    }

    /// What is written on it and of its holder.
    pub fn particulars(&self) -> Particulars {
        Particulars {
            serial: self.serial.clone(),
            medium_number: self.medium_number.clone(),
            organization_code: self.organization_code.clone(),
            unified_code: self.unified_code.clone(),
            organization_name: self.organization_name.clone(),
            handler: self.handler.clone(),
            seal: self.seal.clone(),
        }
    }

    /// A service on it, whatever its status.
    pub fn service(&self, kind: ServiceKind, code: &str) -> Option<&OpenedService> {
        self.services.iter().find(|service| service.kind == kind && service.code == code)
    }

    /// Whether a service was opened on it and not closed since, suspended or not.
    pub fn has_open(&self, kind: ServiceKind, code: &str) -> bool {
        self.service(kind, code).is_some_and(|service| service.closed_at.is_none())
    }
}

/// The end of a validity of whole years; 29 February ends on 28 February. Of a renewal, `from` is the end before: terms
/// neither overlap nor leave a gap.
pub fn valid_until(from: DateTime<Utc>, years: u32) -> DateTime<Utc> {
    from.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// An instant as it is kept: in whole microseconds, since PostgreSQL keeps no more, and a leap second
/// (`2016-12-31T23:59:60Z`) as the second that follows, since no database has sixty-one in a minute.
pub fn kept(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}
