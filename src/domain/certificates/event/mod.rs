//! What happened to a certificate: facts in the past tense, kept for ever, numbered by the certificate's version.
//!
//! Guarantee: a stored certificate is exactly its events folded by [`evolve`]; nothing else changes one.

mod folding;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::folding::{begin, evolve, fold};
use super::certificate::{Entered, Lock, ServiceKind, Suspension};
use super::custody::{Place, Slip, Stay};
use super::pending_correction::{Asker, PendingCorrection, ValidityCorrection};
use crate::domain::base::running_number::Uncounted;
use crate::domain::certificates::particulars::Particulars;

/// What happened to a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CertificateEvent {
    /// It was issued before Casehall, and entered the register.
    Registered {
        /// As it entered.
        certificate: Box<Entered>,
    },
    /// A second person approved what had entered without a case: it is in force.
    RegistrationApproved,
    /// What had entered without a case left the register again.
    RegistrationRejected {
        /// Why.
        reason: String,
    },
    /// It was made in a case.
    Made {
        /// As it entered.
        certificate: Box<Entered>,
    },
    /// Its medium, which the hall has, was put in a box: one that was made is in custody now.
    Boxed {
        /// Where it was.
        before: Place,
        /// Where it is.
        after: Place,
    },
    /// It was handed over.
    Issued {
        /// The paper that went with it.
        slip: Slip,
    },
    /// Its medium was handed in.
    TakenIn {
        /// Where it is.
        stay: Box<Stay>,
    },
    /// Its medium was given back.
    GivenBack {
        /// The paper that went with it.
        slip: Slip,
    },
    /// Its medium was kept for good, and destroyed.
    MediumRetired,
    /// It was activated.
    Activated,
    /// Five wrong PINs were reported, by somebody who hadn't yet.
    LockReported {
        /// The report.
        lock: Lock,
    },
    /// A report of a lock is withdrawn that others made as well: it stays locked.
    LockReportWithdrawn {
        /// The report.
        lock: Lock,
        /// Why.
        reason: String,
    },
    /// It was unlocked at the window.
    Unlocked {
        /// The lock that ended.
        before: Lock,
        /// Why, where it was no unlocking at the window: the report is withdrawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        reason: Option<String>,
    },
    /// It was suspended, or somebody else reported that it must be.
    Suspended {
        /// Since when and why.
        suspension: Suspension,
    },
    /// A report that suspended it is withdrawn, and others reported it as well: it stays suspended.
    SuspensionWithdrawn {
        /// What that one had reported.
        suspension: Suspension,
        /// Why.
        reason: String,
    },
    /// The suspension was lifted.
    Restored {
        /// The suspension that ended.
        before: Suspension,
        /// Why.
        reason: Option<String>,
    },
    /// It was ended for ever, and with it all that was open on it.
    Revoked {
        /// Why, where the action's own record doesn't say.
        reason: Option<String>,
    },
    /// A further term was added to the end of the one before.
    Renewed {
        /// The end before.
        before: DateTime<Utc>,
        /// The end now.
        valid_until: DateTime<Utc>,
    },
    /// Its holder's name, code, handler or seal changed.
    Changed {
        /// As it was.
        before: Box<Particulars>,
        /// As it is.
        after: Box<Particulars>,
    },
    /// What was recorded wrongly was put right, with the approval of a second person.
    Corrected {
        /// As it was recorded.
        before: Box<Particulars>,
        /// As it is.
        after: Box<Particulars>,
        /// Its validity, where that was corrected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        validity: Option<ValidityCorrection>,
        /// Why.
        reason: String,
        /// Who asked for it; who did this is the second person.
        asked_by: Asker,
    },
    /// A correction was asked for, and waits for a second person.
    CorrectionAsked {
        /// What is to be put right.
        correction: Box<PendingCorrection>,
    },
    /// A correction was declined, or taken back by whoever had asked.
    CorrectionDeclined {
        /// What was to be put right.
        correction: Box<PendingCorrection>,
        /// Why it isn't.
        reason: String,
    },
    /// A service was opened.
    ServiceOpened {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
        /// From when it can be used.
        usable_from: DateTime<Utc>,
        /// Why, where it was opened again at the register.
        reason: Option<String>,
    },
    /// A service was suspended.
    ServiceSuspended {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
        /// Why.
        reason: Option<String>,
    },
    /// A service that was suspended can be used again.
    ServiceRestored {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
        /// Why.
        reason: Option<String>,
    },
    /// A service was closed.
    ServiceClosed {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
        /// Why.
        reason: Option<String>,
    },
    /// A service that was opened can be used from now on.
    ServiceUsable {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
    /// Its person was erased: the key that protected them was destroyed.
    PersonsErased,
}

impl CertificateEvent {
    /// Code of [`CertificateEvent::RegistrationRejected`], by which it is asked for where it is stored; likewise the others.
    pub const REGISTRATION_REJECTED: &'static str = "registration_rejected";
    /// Of [`CertificateEvent::LockReported`].
    pub const LOCK_REPORTED: &'static str = "lock_reported";
    /// Of [`CertificateEvent::Suspended`].
    pub const SUSPENDED: &'static str = "suspended";
    /// And of a suspended service.
    pub const SERVICE_SUSPENDED: &'static str = "service_suspended";
    /// Of [`CertificateEvent::Revoked`].
    pub const REVOKED: &'static str = "revoked";

    /// The number of its slip, where a medium went over the counter: counted by who records it.
    pub fn uncounted(&mut self) -> Option<Uncounted<'_>> {
        match self {
            Self::Issued { slip } | Self::GivenBack { slip } => Some(slip.number.uncounted(&slip.outlet)),
            Self::TakenIn { stay } => stay.slip.as_mut().map(|slip| slip.number.uncounted(&slip.outlet)),
            _ => None,
        }
    }
}

/// An event with the case that it came by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEntry {
    /// The case, where one did it.
    pub case_id: Option<Uuid>,
    /// What happened.
    #[serde(flatten)]
    pub event: CertificateEvent,
}
