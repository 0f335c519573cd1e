//! What a decision does to certificates: the one it makes, and the one that the organization holds.

use crate::domain::base::form::serial;
use crate::domain::case_types::case_type::{CertificateSubject, Term};
use crate::domain::case_types::codes::Effect;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::{Event, MadeCertificate};
use crate::domain::cases::held::particulars;
use crate::domain::cases::input::CertificateDraft;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{ServiceKind, valid_until};

impl Decision<'_> {
    pub(in crate::domain) fn certificate(&self, draft: &CertificateDraft) -> Option<Event> {
        let (valid_from, years) = (self.context.now, self.case.application.service_years);
        let certificate = MadeCertificate {
            id: self.context.fresh_id,
            serial: serial(&draft.serial)?,
            medium_number: serial(&draft.medium_number)?,
            valid_from,
            valid_until: match self.definition.case_type.term {
                Term::Years => valid_until(valid_from, years),
                Term::Remaining => self.context.held?.valid_until,
            },
        };
        Some(Event::CertificateMade { certificate })
    }

    pub(in crate::domain) fn opening(&self, service: ServiceKind, code: &str) -> Option<Event> {
        // A certificate held may have its e-seal from before; it isn't opened twice. One that is replaced is another one.
        let works_on_it = self.definition.case_type.certificate == CertificateSubject::Held;
        let held = self.context.held.filter(|_| works_on_it);
        let is_open = held.is_some_and(|certificate| certificate.has_open(service, code));
        let delay = chrono::Duration::hours(i64::from(self.context.hall.authorization_delay_hours));
        let serial = self.case.certificate_serial()?.to_owned();
        let usable_from = self.context.now + delay;
        (!is_open).then(|| Event::ServiceOpened { serial, service, code: code.to_owned(), usable_from })
    }

    pub(in crate::domain) fn on_held_certificate(&self, effect: Effect) -> Option<Event> {
        let (held, application) = (self.context.held?, &self.case.application);
        let serial = held.serial.clone();
        match effect {
            Effect::UnlockCertificate => Some(Event::HeldCertificateUnlocked { serial }),
            Effect::RenewCertificate => {
                let years = application.service_years;
                let valid_until = valid_until(held.valid_until, years);
                Some(Event::HeldCertificateRenewed { serial, years, valid_until })
            }
            Effect::ChangeCertificate => {
                let (before, after) = (Box::new(held.particulars()), Box::new(particulars(application, held)));
                Some(Event::HeldCertificateChanged { serial, before, after })
            }
            Effect::RevokeHeldCertificate => Some(Event::HeldCertificateRevoked { serial }),
            _ => None,
        }
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
