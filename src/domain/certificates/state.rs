//! The states of a certificate: what is stored ([`LifeStage`]), what people see ([`CertificateState`]), and of each service
//! on it ([`ServiceStatus`]).
//!
//! Precedence, where several hold at once: revoked, expired, suspended, locked, and then how far it came. What ends it for
//! good comes before what can be mended, and what protects its holder before what hinders them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::certificate::{Certificate, OpenedService};
use crate::domain::base::words::Words;

/// How far a certificate came: stored, and only ever moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeStage {
    /// Made, still with its producer.
    Made,
    /// Kept in the hall until it is handed over.
    InCustody,
    /// Handed over.
    Issued,
    /// Activated at the window.
    Active,
    /// Ended for ever.
    Revoked,
}

impl LifeStage {
    const ALL: [Self; 5] = [Self::Made, Self::InCustody, Self::Issued, Self::Active, Self::Revoked];

    /// The code in store and API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::InCustody => "in_custody",
            Self::Issued => "issued",
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    /// The stage with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// The one state of a certificate that people see at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// Made, still with its producer.
    Made,
    /// Kept in the hall until it is handed over.
    InCustody,
    /// Handed over, not activated yet.
    Issued,
    /// In use.
    Active,
    /// Held up until somebody restores it: reported lost, or by decision.
    Suspended,
    /// Locked by five wrong PINs, until it is unlocked at the window.
    Locked,
    /// Its validity has ended.
    Expired,
    /// Ended for ever.
    Revoked,
}

impl CertificateState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Made,
        Self::InCustody,
        Self::Issued,
        Self::Active,
        Self::Suspended,
        Self::Locked,
        Self::Expired,
        Self::Revoked,
    ];
    /// Every code, in the same order.
    pub const CODES: &'static [&'static str] =
        &["made", "in_custody", "issued", "active", "suspended", "locked", "expired", "revoked"];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::InCustody => "in_custody",
            Self::Issued => "issued",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Made => Words::new("已制作", "Made"),
            Self::InCustody => Words::new("在库保管", "In custody"),
            Self::Issued => Words::new("已发放", "Issued"),
            Self::Active => Words::new("使用中", "Active"),
            Self::Suspended => Words::new("已暂停", "Suspended"),
            Self::Locked => Words::new("已锁定", "Locked"),
            Self::Expired => Words::new("已过期", "Expired"),
            Self::Revoked => Words::new("已注销", "Revoked"),
        }
    }
}

/// How a service on a certificate stands, whether or not its time of use has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Opened.
    Open,
    /// Held up, by itself.
    Suspended,
    /// Closed, by itself or with the certificate's end.
    Closed,
}

impl Certificate {
    /// The one state that people see, computed from what is stored and the instant.
    pub fn state(&self, now: DateTime<Utc>) -> CertificateState {
        match self.stage {
            LifeStage::Revoked => CertificateState::Revoked,
            _ if now >= self.valid_until => CertificateState::Expired,
            _ if self.suspension.is_some() => CertificateState::Suspended,
            _ if self.lock.is_some() => CertificateState::Locked,
            LifeStage::Made => CertificateState::Made,
            LifeStage::InCustody => CertificateState::InCustody,
            LifeStage::Issued => CertificateState::Issued,
            LifeStage::Active => CertificateState::Active,
        }
    }

    /// How one of its services stands: with its end, all are closed.
    pub fn status_of(&self, service: &OpenedService, now: DateTime<Utc>) -> ServiceStatus {
        if service.closed_at.is_some() || !self.is_living(now) {
            ServiceStatus::Closed
        } else if service.suspended_at.is_some() {
            ServiceStatus::Suspended
        } else {
            ServiceStatus::Open
        }
    }
}
