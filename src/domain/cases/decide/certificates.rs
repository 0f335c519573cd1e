//! Certificates in decisions: the certificate made and the held certificate.

use crate::domain::base::text::serial;
use crate::domain::case_types::case_type::{CertificateSubject, Term};
use crate::domain::case_types::codes::Effect;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;
use crate::domain::cases::held::particulars;
use crate::domain::cases::input::CertificateDraft;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{CertificateSource, Entered, ServiceKind};
use crate::domain::certificates::custody::{Place, Stay, StayCause};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::validity::valid_until;

impl Decision<'_> {
    /// The event of the certificate that is made.
    pub(in crate::domain) fn made(&self, draft: &CertificateDraft) -> Option<Event> {
        let Self { definition, case, context } = *self;
        let Application { organization, applicant, agent, outlet, service_years, .. } = &case.application;
        let (serial, medium_number) = (serial(&draft.serial)?, serial(&draft.medium_number)?);
        let stay = Stay {
            medium_number: medium_number.clone(),
            cause: StayCause::Made,
            place: Place { outlet: outlet.clone(), box_number: None },
            since: context.now,
            slip: None,
            case_id: case.id,
            acceptance_number: case.acceptance_number.clone(),
        };
        let certificate = Entered {
            particulars: Particulars {
                serial: serial.clone(),
                medium_number,
                organization_code: organization.organization_code.as_str().to_owned(),
                unified_code: organization.unified_code.as_ref().map(|code| code.as_str().to_owned()),
                organization_name: organization.name.clone(),
                handler: Some(agent.as_ref().unwrap_or(applicant).name.clone()),
                seal: None,
            },
            source: CertificateSource::Case,
            valid_from: context.now,
            valid_until: match definition.case_type.term {
                Term::Years => valid_until(context.now, *service_years, context.hall.hours.zone),
                Term::Remaining => context.held?.valid_until,
            },
            lock: None,
            services: Vec::new(),
            stay: Some(stay),
            approval: None,
        };
        let event = Box::new(CertificateEvent::Made { certificate: Box::new(certificate) });
        Some(Event::Certificate { id: context.fresh_id, serial, event })
    }

    /// Something that happens to the certificate made.
    pub(in crate::domain) fn on_made(&self, event: CertificateEvent) -> Option<Event> {
        let made = self.case.certificate.as_ref()?;
        Some(Event::Certificate { id: made.id, serial: made.serial.clone(), event: Box::new(event) })
    }

    /// Something that happens to the certificate held.
    pub(in crate::domain) fn on_held(&self, event: CertificateEvent) -> Option<Event> {
        let held = self.context.held?;
        Some(Event::Certificate { id: held.id, serial: held.serial.clone(), event: Box::new(event) })
    }

    pub(in crate::domain) fn opening(&self, service: ServiceKind, code: &str) -> Option<Event> {
        // A certificate held may have its e-seal from before; it isn't opened twice. One that is replaced is another one.
        let works_on_it = self.definition.case_type.certificate == CertificateSubject::Held;
        let held = self.context.held.filter(|_| works_on_it);
        if held.is_some_and(|certificate| certificate.has_open(service, code)) {
            return None;
        }
        let delay = chrono::Duration::hours(i64::from(self.context.hall.authorization_delay_hours));
        let usable_from = self.context.now + delay;
        let opened = CertificateEvent::ServiceOpened { service, code: code.to_owned(), usable_from, reason: None };
        if self.case.certificate.is_some() { self.on_made(opened) } else { self.on_held(opened) }
    }

    /// What an effect does to the certificate held; the register holds it against the certificate once more.
    pub(in crate::domain) fn effect_on_held(&self, effect: Effect) -> Result<Option<Event>, CertificateRefusal> {
        let Some(held) = self.context.held else { return Ok(None) };
        let application = &self.case.application;
        let event = match effect {
            Effect::UnlockCertificate => CertificateEvent::Unlocked {
                before: held.lock.clone().ok_or(CertificateRefusal::NotLocked)?,
                reason: None,
            },
            Effect::RenewCertificate => {
                let before = held.valid_until;
                let zone = self.context.hall.hours.zone;
                CertificateEvent::Renewed { before, valid_until: valid_until(before, application.service_years, zone) }
            }
            Effect::ChangeCertificate => {
                let (before, after) = (held.particulars(), particulars(application, held));
                CertificateEvent::Changed { before: Box::new(before), after: Box::new(after) }
            }
            Effect::RevokeHeldCertificate => CertificateEvent::Revoked { reason: None },
            _ => return Ok(None),
        };
        Ok(self.on_held(event))
    }

    /// A corrected organization must still be the holder of the certificate, in whatever state that is by now.
    pub(in crate::domain) fn still_of_the_holder(&self, after: &Application) -> Result<(), Vec<Refusal>> {
        let code = after.organization.organization_code.as_str();
        let is_holders = self.context.held.is_some_and(|held| held.organization_code == code);
        if is_holders || self.definition.case_type.certificate == CertificateSubject::New {
            return Ok(());
        }
        Err(vec![Refusal::HeldCertificateOfAnother])
    }
}
