//! What happened to a certificate: facts in the past tense, kept for ever, numbered by the certificate's version.
//!
//! Guarantee: a stored certificate is exactly its events folded by [`evolve`]; nothing else changes one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::certificate::{
    Certificate, CertificateSource, Entered, EnteredService, Lock, OpenedService, ServiceKind, Suspension, add, take,
};
use super::custody::{Place, Slip, Stay};
use super::pending_correction::{Asker, PendingCorrection, ValidityCorrection};
use super::pending_registration::PendingRegistration;
use super::state::LifeStage;
use crate::domain::base::recorded::Recorded;
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
    /// The time has come from which a service can be used.
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

/// A certificate from its first event; `None` when that isn't its entry.
pub fn begin(id: Uuid, first: &Recorded<RegisterEntry>) -> Option<Certificate> {
    let (CertificateEvent::Registered { certificate } | CertificateEvent::Made { certificate }) = &first.event.event
    else {
        return None;
    };
    let Entered { particulars, source, valid_from, valid_until, lock, services, stay, approval } =
        (**certificate).clone();
    let stage = match (source, approval) {
        (CertificateSource::Case, _) => LifeStage::Made,
        (_, Some(_)) => LifeStage::Unapproved,
        (_, None) => LifeStage::Active,
    };
    let entered_by = Asker { id: first.actor_id.clone(), name: first.actor_name.clone() };
    let mut services: Vec<OpenedService> = services
        .into_iter()
        .map(|EnteredService { service, code, usable_from }| OpenedService {
            kind: service,
            code,
            opened_at: first.at,
            usable_from,
            case_id: first.event.case_id,
            suspended_at: None,
            closed_at: None,
        })
        .collect();
    in_order(&mut services);
    Some(Certificate {
        id,
        serial: particulars.serial,
        medium_number: particulars.medium_number,
        organization_code: particulars.organization_code,
        unified_code: particulars.unified_code,
        organization_name: particulars.organization_name,
        handler: particulars.handler,
        seal: particulars.seal,
        stage,
        valid_from,
        valid_until,
        source,
        import: approval.and_then(|approval| approval.import),
        registration: approval.map(|_| PendingRegistration { entered_by, entered_at: first.at }),
        case_id: first.event.case_id,
        lock,
        further_locks: Vec::new(),
        suspension: None,
        further_suspensions: Vec::new(),
        revoked_at: None,
        stay,
        correction: None,
        services,
        erased_at: None,
        version: first.sequence,
    })
}

/// A certificate after something happened to it.
pub fn evolve(mut certificate: Certificate, recorded: &Recorded<RegisterEntry>) -> Certificate {
    certificate.version = recorded.sequence;
    let at = recorded.at;
    match &recorded.event.event {
        CertificateEvent::Registered { .. } | CertificateEvent::Made { .. } => {}
        CertificateEvent::ServiceUsable { .. } => {}
        CertificateEvent::Boxed { after, .. } => {
            if certificate.stage == LifeStage::Made {
                certificate.stage = LifeStage::InCustody;
            }
            if let Some(stay) = &mut certificate.stay {
                stay.place = after.clone();
            }
        }
        CertificateEvent::Issued { .. } => {
            certificate.stage = LifeStage::Issued;
            certificate.stay = None;
        }
        CertificateEvent::TakenIn { stay } => certificate.stay = Some((**stay).clone()),
        CertificateEvent::GivenBack { .. } | CertificateEvent::MediumRetired => certificate.stay = None,
        CertificateEvent::RegistrationApproved => {
            (certificate.stage, certificate.registration) = (LifeStage::Active, None);
        }
        CertificateEvent::RegistrationRejected { .. } => {
            (certificate.stage, certificate.registration) = (LifeStage::Rejected, None);
        }
        CertificateEvent::Activated => certificate.stage = LifeStage::Active,
        CertificateEvent::LockReported { lock } => {
            add(&mut certificate.lock, &mut certificate.further_locks, lock);
        }
        CertificateEvent::LockReportWithdrawn { lock, .. } => {
            take(&mut certificate.lock, &mut certificate.further_locks, lock);
        }
        CertificateEvent::Unlocked { .. } => (certificate.lock, certificate.further_locks) = (None, Vec::new()),
        CertificateEvent::Suspended { suspension } => {
            add(&mut certificate.suspension, &mut certificate.further_suspensions, suspension);
        }
        CertificateEvent::SuspensionWithdrawn { suspension, .. } => {
            take(&mut certificate.suspension, &mut certificate.further_suspensions, suspension);
        }
        CertificateEvent::Restored { .. } => {
            (certificate.suspension, certificate.further_suspensions) = (None, Vec::new());
        }
        CertificateEvent::Revoked { .. } => {
            // One that never left the hall is scrapped with it.
            if certificate.is_unissued() {
                certificate.stay = None;
            }
            certificate.stage = LifeStage::Revoked;
            certificate.revoked_at = Some(at);
            for service in &mut certificate.services {
                service.closed_at.get_or_insert(at);
            }
        }
        CertificateEvent::CorrectionAsked { correction } => certificate.correction = Some((**correction).clone()),
        CertificateEvent::CorrectionDeclined { .. } => certificate.correction = None,
        CertificateEvent::PersonsErased => certificate.mark_erased(at),
        CertificateEvent::Renewed { valid_until, .. } => certificate.valid_until = *valid_until,
        CertificateEvent::Changed { after, .. } | CertificateEvent::Corrected { after, .. } => {
            if let CertificateEvent::Corrected { validity, .. } = &recorded.event.event {
                certificate.correction = None;
                if let Some(ValidityCorrection { before, after }) = validity {
                    (certificate.valid_from, certificate.valid_until) = (after.valid_from, after.valid_until);
                    // What was usable from the beginning still is.
                    let services = certificate.services.iter_mut();
                    for service in services.filter(|service| service.usable_from == before.valid_from) {
                        service.usable_from = after.valid_from;
                    }
                }
            }
            certificate.write((**after).clone());
        }
        CertificateEvent::ServiceOpened { service, code, usable_from, .. } => {
            certificate.services.retain(|known| known.kind != *service || known.code != *code);
            certificate.services.push(OpenedService {
                kind: *service,
                code: code.clone(),
                opened_at: at,
                usable_from: *usable_from,
                case_id: recorded.event.case_id,
                suspended_at: None,
                closed_at: None,
            });
            in_order(&mut certificate.services);
        }
        CertificateEvent::ServiceSuspended { service, code, .. } => {
            on(&mut certificate, *service, code, |service| service.suspended_at = Some(at));
        }
        CertificateEvent::ServiceRestored { service, code, .. } => {
            on(&mut certificate, *service, code, |service| service.suspended_at = None);
        }
        CertificateEvent::ServiceClosed { service, code, .. } => {
            on(&mut certificate, *service, code, |service| service.closed_at = Some(at));
        }
    }
    certificate
}

/// A certificate from all its events; `None` where the first isn't its entry.
pub fn fold(id: Uuid, events: &[Recorded<RegisterEntry>]) -> Option<Certificate> {
    let (first, later) = events.split_first()?;
    Some(later.iter().fold(begin(id, first)?, evolve))
}

fn on(certificate: &mut Certificate, kind: ServiceKind, code: &str, change: impl FnOnce(&mut OpenedService)) {
    if let Some(service) = certificate.services.iter_mut().find(|known| known.kind == kind && known.code == code) {
        change(service);
    }
}

/// In the order in which the store lists them, so that a fold equals what is stored.
fn in_order(services: &mut [OpenedService]) {
    services.sort_by(|one, other| (one.kind, &one.code).cmp(&(other.kind, &other.code)));
}
