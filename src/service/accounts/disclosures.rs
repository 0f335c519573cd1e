//! Showing a person's numbers in clear.
//!
//! Guarantee: what is shown stands in the audit trail before it is shown: who, whose, which fields, what for and why, never the
//! numbers themselves.

use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::disclosure::{Disclosure, DisclosureDraft, PersonField, PersonOfCase};
use crate::domain::accounts::role::Scope;
use crate::domain::base::person::Personal;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::case::Case;
use crate::domain::cases::refusal::Refusal;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::hourly::{HOUR, seconds_until_next};
use crate::service::cases::case::CaseKey;
use crate::store::Tx;
use crate::store::accounts::{audit, wait_for_turn};

/// One person's numbers in clear, as far as they were asked for.
pub struct Disclosed {
    /// Whose.
    pub person: PersonOfCase,
    /// Their name.
    pub name: String,
    /// Number of their identity document.
    pub identity_number: Option<String>,
    /// Their phone.
    pub phone: Option<String>,
}

impl Service {
    /// Refuses whoever may have no person's numbers shown.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn may_disclose(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require(Scope::CasesRead)?;
        caller.require_staff()?;
        let may = caller.actor.has_any(&self.hall.disclosures.roles);
        if may { Ok(()) } else { Err(ServiceError::NotPermitted("disclosures")) }
    }

    /// Shows what is asked of one person of a case that the caller sees, and enters it in the audit trail.
    ///
    /// # Errors
    /// What is wrong with the question; [`ServiceError::NotFound`]; [`ServiceError::TooMany`].
    pub async fn disclose(
        &self,
        caller: &Caller,
        key: CaseKey,
        draft: DisclosureDraft,
    ) -> Result<Disclosed, ServiceError> {
        self.may_disclose(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        self.db.write("disclose", move |tx| service.disclose_in(tx, &caller, &key, &draft)).await
    }

    fn disclose_in(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
        draft: &DisclosureDraft,
    ) -> Result<Disclosed, ServiceError> {
        let (case, _) = self.visible(tx, caller, key)?;
        if case.erased_at.is_some() {
            let fault = Fault::new("/person", "persons_erased", Refusal::PersonsErased.words());
            return Err(ServiceError::Invalid(vec![fault]));
        }
        let asked = Disclosure::checked(draft).map_err(ServiceError::Invalid)?;
        let disclosed = disclosed(&case, &asked).map_err(|fault| ServiceError::Invalid(vec![fault]))?;
        let (now, rules, id) = (self.now(), &self.hall.disclosures, &caller.actor.id);
        wait_for_turn(tx, id)?;
        let nth = audit::nth_newest(tx, AuditKind::PersonDisclosed, id, now - HOUR, rules.most_per_hour)?;
        if let Some(retry_after_seconds) = seconds_until_next(nth, now) {
            return Err(ServiceError::TooMany { retry_after_seconds });
        }
        let fields: Vec<&str> = asked.fields.iter().map(|field| field.code()).collect();
        let entry = AuditEntry::new(AuditKind::PersonDisclosed, now, caller.audit_actor())
            .about(AuditSubject::case(case.id))
            .with("acceptance_number", case.acceptance_number.as_str())
            .with("person", asked.person.code())
            .with("fields", fields.join(","))
            .with("purpose", asked.purpose.code())
            .with("reason", asked.reason);
        audit::append(tx, &entry)?;
        Ok(disclosed)
    }
}

/// What is asked of a person.
fn disclosed(case: &Case, asked: &Disclosure) -> Result<Disclosed, Fault> {
    let application = &case.application;
    let person = |person: &crate::domain::cases::intake::applicant::Person| {
        (
            person.name.clone(),
            Some(person.identity_number.in_clear().to_owned()),
            Some(person.phone.in_clear().to_owned()),
        )
    };
    let found = match asked.person {
        PersonOfCase::Applicant => Some(person(&application.applicant)),
        PersonOfCase::Agent => application.agent.as_ref().map(person),
        PersonOfCase::CertificateContact => {
            let contact = application.certificate_contact.as_ref();
            contact.map(|contact| (contact.name.clone(), None, Some(contact.phone.in_clear().to_owned())))
        }
        PersonOfCase::Collector => case
            .collector
            .as_ref()
            .map(|collector| (collector.name.clone(), Some(collector.document_number.in_clear().to_owned()), None)),
    };
    let missing = |pointer: &str, zh: &str, en: &str| Fault::new(pointer, "not_there", Words::new(zh, en));
    let (name, identity_number, phone) =
        found.ok_or_else(|| missing("/person", "本件没有这个人", "the case has no such person"))?;
    let mut disclosed = Disclosed { person: asked.person, name, identity_number: None, phone: None };
    for (index, field) in asked.fields.iter().enumerate() {
        let (shown, value) = match field {
            PersonField::IdentityNumber => (&mut disclosed.identity_number, &identity_number),
            PersonField::Phone => (&mut disclosed.phone, &phone),
        };
        let there = value.clone();
        let fault = || missing(&format!("/fields/{index}"), "没有登记这一项", "is not recorded of this person");
        *shown = Some(there.ok_or_else(fault)?);
    }
    Ok(disclosed)
}
