//! What the register knows of an organization that comes to the counter: its certificate, what can be applied for on it, and whether
//! what it came for can be.

use super::register;
use crate::domain::accounts::role::Scope;
use crate::domain::base::named::Named;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::words::Fault;
use crate::domain::cases::held::{offers_on, unless_possible};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::state::LifeStage;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::certificates;

/// What an organization holds.
#[derive(Debug, Clone)]
pub struct Holding {
    /// Its certificate: the one in force, or else the last one that expired.
    pub certificate: Option<Certificate>,
    /// Why the case type that was asked about can't be applied for; none where it can.
    pub refusal: Option<Refusal>,
    /// The case types that can be, on the certificate.
    pub offers: Vec<Named>,
    /// The open case on the certificate, as a reason why something else can't be applied for.
    pub at_work: Option<Refusal>,
}

impl Service {
    /// What an organization holds, for somebody who is about to open a case of this type for it.
    ///
    /// # Errors
    /// The code is no code; there is no such case type.
    pub async fn holding(&self, caller: &Caller, case_type: &str, code: &str) -> Result<Holding, ServiceError> {
        caller.require(Scope::EligibilityRead)?;
        let parsed = organization_code_of(code)
            .map_err(|fault| ServiceError::Invalid(vec![Fault::new("/code", fault.code(), fault.words())]))?;
        let (code, case_type, now) = (parsed.as_str().to_owned(), case_type.to_owned(), self.now());
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .read("holding", move |tx| {
                let (reader, catalog) = (service.reader(&caller), service.catalog());
                let definition = catalog.opening(&case_type).ok_or(ServiceError::NotFound)?;
                let held_by = register::held_by(tx, reader, &code, now)?;
                let mut known = certificates::list_of_organization(tx, &code)?;
                known.retain(|certificate| certificate.stage == LifeStage::Active);
                // The list is newest first.
                known.sort_by_key(|certificate| !certificate.is_living(now));
                let certificate = known.into_iter().next();
                let needs_held = definition.case_type.needs_held_certificate();
                let refusal = match (&certificate, held_by) {
                    (Some(held), _) if needs_held => match unless_possible(definition, held, &service.hall, now) {
                        Some(refusal) => Some(refusal),
                        None => register::busy(tx, reader, definition, &held.serial)?,
                    },
                    (_, Some(held_by)) => Some(Refusal::AlreadyApplied { held_by }),
                    (_, None) => needs_held.then_some(Refusal::HeldCertificateUnknown),
                };
                let offers = match &certificate {
                    Some(held) => {
                        let offers = offers_on(catalog, held, &caller.actor, now);
                        register::not_busy(tx, reader, &held.serial, offers)?
                    }
                    None => Vec::new(),
                };
                let at_work = match &certificate {
                    Some(held) => register::at_work_on(tx, reader, &held.serial)?,
                    None => None,
                };
                Ok(Holding { certificate, refusal, offers, at_work })
            })
            .await
    }
}
