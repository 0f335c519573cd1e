//! Certificates in the register, the services opened on them, and the 24-hour answer.
//!
//! Whether a certificate may log in is computed from instants alone: no job has to run for it to become true.

use chrono::{DateTime, Duration, Months, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::Words;

/// Where a certificate is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// Made, still in the hall.
    Made,
    /// Handed over.
    Issued,
    /// Activated at the window.
    Active,
    /// Ended for ever.
    Revoked,
}

impl CertificateStatus {
    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Issued => "issued",
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    /// The status with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Made, Self::Issued, Self::Active, Self::Revoked].into_iter().find(|status| status.code() == code)
    }
}

/// Where a certificate in the register came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateSource {
    /// Made in a case of this hall.
    Case,
    /// Issued before Casehall and registered by hand.
    Registered,
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

/// The code of the one e-seal service.
pub const E_SEAL_CODE: &str = "e-seal";

/// A service opened on a certificate, with its own instant of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedService {
    /// What kind it is.
    pub kind: ServiceKind,
    /// Code of the application, or [`E_SEAL_CODE`].
    pub code: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
    /// The case that opened it, where one did.
    pub case_id: Option<Uuid>,
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
    /// Where it is in its life.
    pub status: CertificateStatus,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when it is valid, this instant excluded.
    pub valid_until: DateTime<Utc>,
    /// Where it came from.
    pub source: CertificateSource,
    /// The case it was made in.
    pub case_id: Option<Uuid>,
    /// Since when it is locked after five wrong PINs, where it is (guide, section 4.2).
    pub locked_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// What is opened on it.
    pub services: Vec<OpenedService>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Certificate {
    /// Whether it stands in the way of another one: not revoked and not expired.
    pub fn is_living(&self, now: DateTime<Utc>) -> bool {
        self.status != CertificateStatus::Revoked && now < self.valid_until
    }

    /// The certificate as an answer given at an instant saw it: without what happened to an active one later.
    #[must_use]
    pub fn as_of(mut self, instant: DateTime<Utc>) -> Self {
        self.services.retain(|service| service.opened_at <= instant);
        self.locked_at = self.locked_at.filter(|at| *at <= instant);
        if self.revoked_at.is_some_and(|at| at > instant) {
            self.revoked_at = None;
            self.status = CertificateStatus::Active;
        }
        self
    }
}

/// The end of a validity of whole years; 29 February ends on 28 February.
pub fn valid_until(valid_from: DateTime<Utc>, years: u32) -> DateTime<Utc> {
    valid_from.checked_add_months(Months::new(12 * years)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Why a certificate can't be used for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotUsable {
    /// It was revoked.
    Revoked,
    /// Its validity ended.
    Expired,
    /// It is locked after five wrong PINs.
    Locked,
    /// It wasn't activated at the window yet.
    NotActivated,
    /// Its validity hasn't begun.
    NotYetValid,
    /// The application isn't open on it.
    ApplicationNotOpen,
    /// The authorization delay isn't over.
    Waiting,
}

impl NotUsable {
    /// What people are told.
    pub fn words(self) -> Words {
        match self {
            Self::Revoked => Words::new("证书已注销", "the certificate was revoked"),
            Self::Expired => Words::new("证书已过有效期", "the certificate has expired"),
            Self::Locked => {
                Words::new("证书已锁定，须到窗口解锁", "the certificate is locked; it is unlocked at the window")
            }
            Self::NotActivated => Words::new("证书尚未激活", "the certificate isn't activated yet"),
            Self::NotYetValid => Words::new("证书有效期尚未开始", "the certificate's validity hasn't begun"),
            Self::ApplicationNotOpen => Words::new("证书未开通该应用", "the application isn't open on the certificate"),
            Self::Waiting => Words::new("已开通，系统授权等待中", "opened; waiting for the system's authorization"),
        }
    }
}

/// Whether a certificate may be used for a service at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// It may.
    pub usable: bool,
    /// From when, where the service is open.
    pub usable_from: Option<DateTime<Utc>>,
    /// Seconds until then, rounded up; 0 when that time has come.
    pub seconds_left: Option<i64>,
    /// Why not.
    pub reason: Option<NotUsable>,
}

/// Answers for one service at one instant (guide, section 2).
pub fn authorization(certificate: &Certificate, kind: ServiceKind, code: &str, now: DateTime<Utc>) -> Authorization {
    let service = certificate.services.iter().find(|service| service.kind == kind && service.code == code);
    let usable_from = service.map(|service| service.usable_from);
    let seconds_left = usable_from.map(|from| seconds_until(from, now));
    let reason = if certificate.status == CertificateStatus::Revoked {
        Some(NotUsable::Revoked)
    } else if now >= certificate.valid_until {
        Some(NotUsable::Expired)
    } else if certificate.locked_at.is_some() {
        Some(NotUsable::Locked)
    } else if certificate.status != CertificateStatus::Active {
        Some(NotUsable::NotActivated)
    } else if now < certificate.valid_from {
        Some(NotUsable::NotYetValid)
    } else if service.is_none() {
        Some(NotUsable::ApplicationNotOpen)
    } else if seconds_left != Some(0) {
        Some(NotUsable::Waiting)
    } else {
        None
    };
    Authorization { usable: reason.is_none(), usable_from, seconds_left, reason }
}

fn seconds_until(from: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let left = from - now;
    if left <= Duration::zero() { 0 } else { left.num_seconds() + i64::from(left.subsec_nanos() > 0) }
}
