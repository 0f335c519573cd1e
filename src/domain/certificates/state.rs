//! The states of a certificate: what is stored ([`LifeStage`]), what people see ([`CertificateState`]), and of each service
//! on it ([`ServiceStatus`]).
//!
//! Precedence, where several hold at once: what no second person approved yet, revoked, expired, suspended, locked, and then how far it came. What ends it for
//! good comes before what can be mended, and what protects its holder before what hinders them.

use chrono::{DateTime, Utc};

use super::certificate::{Certificate, OpenedService};
use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// The stored stage of a certificate; it only moves forward.
    pub enum LifeStage {
        /// Entered without a case; a second person has to approve it.
        Unapproved = "unapproved";
        /// Not approved: it left the register, and only its events are kept.
        Rejected = "rejected";
        /// Made, still with its producer.
        Made = "made";
        /// Kept in the hall until it is handed over.
        InCustody = "in_custody";
        /// Handed over.
        Issued = "issued";
        /// Activated at the window.
        Active = "active";
        /// Ended for ever.
        Revoked = "revoked";
    }
}

vocabulary! {
    /// The state of a certificate at an instant, as shown to people.
    pub enum CertificateState {
        /// Entered without a case, and of no effect until a second person approves it.
        Unapproved = "unapproved", "登记待批准", "Awaiting approval";
        /// Not approved: it is not in the register any more.
        Rejected = "rejected", "登记已退回", "Registration rejected";
        /// Made, still with its producer.
        Made = "made", "已制作", "Made";
        /// Kept in the hall until it is handed over.
        InCustody = "in_custody", "在库保管", "In custody";
        /// Handed over, not activated yet.
        Issued = "issued", "已发放", "Issued";
        /// In use.
        Active = "active", "使用中", "Active";
        /// Suspended until it is restored: reported lost, or by decision.
        Suspended = "suspended", "已暂停", "Suspended";
        /// Locked by five wrong PINs, until it is unlocked at the window.
        Locked = "locked", "已锁定", "Locked";
        /// Its validity has ended.
        Expired = "expired", "已过期", "Expired";
        /// Ended for ever.
        Revoked = "revoked", "已注销", "Revoked";
    }
}

vocabulary! {
    /// How a service on a certificate stands, whether or not its time of use has come.
    pub enum ServiceStatus {
        /// Opened.
        Open = "open";
        /// Held up, by itself.
        Suspended = "suspended";
        /// Closed, by itself or with the certificate's end.
        Closed = "closed";
    }
}

impl CertificateState {
    /// The codes of the states that a certificate in the register may be in: what was rejected has left it.
    pub fn codes_in_register() -> Vec<&'static str> {
        Self::ALL.into_iter().filter(|state| *state != Self::Rejected).map(Self::code).collect()
    }
}

impl Certificate {
    /// The one state that people see, computed from what is stored and the instant.
    pub fn state(&self, now: DateTime<Utc>) -> CertificateState {
        match self.stage {
            LifeStage::Unapproved => CertificateState::Unapproved,
            LifeStage::Rejected => CertificateState::Rejected,
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
