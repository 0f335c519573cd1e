//! A certificate as its events make it: the one place that says what each does to it.

use uuid::Uuid;

use super::{CertificateEvent, RegisterEntry};
use crate::domain::base::recorded::Recorded;
use crate::domain::certificates::certificate::{
    Certificate, CertificateSource, Entered, EnteredService, OpenedService, ServiceKind, add, take,
};
use crate::domain::certificates::pending_correction::{Asker, ValidityCorrection};
use crate::domain::certificates::pending_registration::PendingRegistration;
use crate::domain::certificates::state::LifeStage;

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
