//! The register of certificates: registering earlier ones, searching, reading, history.

use crate::domain::certificates::registration::RegistrationDraft;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::form::Form;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Fault;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{
    Certificate, CertificateSource, E_SEAL_CODE, Entered, EnteredService, Lock, LockSource, ServiceKind,
};
use crate::domain::certificates::event::{RegisterEntry, fold};
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::pending_registration::Approval;
use crate::domain::certificates::state::CertificateState;
use crate::service::base::idempotency::Answered;
use crate::store::certificates::claims::{Claim, Holder};
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, certificates};

pub use crate::store::certificates::{CertificateFilter, CertificateListing, CertificatePage};

use super::register;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::certificates::register::book::{Book, By};

/// What waits for a second person, in a search.
pub const PENDING: &str = "pending";

/// A certificate as it was at an instant: what an answer is made of.
#[derive(Debug, Clone)]
pub struct CertificateAt {
    /// The certificate.
    pub certificate: Certificate,
    /// The instant.
    pub now: DateTime<Utc>,
}

/// What is searched for in the register, as it was typed; every part narrows.
#[derive(Debug, Clone, Default)]
pub struct CertificateSearch {
    /// Serial number.
    pub serial: Option<String>,
    /// Number of the medium.
    pub medium_number: Option<String>,
    /// Code of the holder, of either kind.
    pub organization_code: Option<String>,
    /// A part of the holder's name.
    pub name: Option<String>,
    /// A part of the handler's name.
    pub handler: Option<String>,
    /// Codes of states, in one of which it is now.
    pub states: Vec<String>,
    /// Valid until this day of the hall's calendar or a later one.
    pub valid_until_from: Option<NaiveDate>,
    /// Valid until this day or an earlier one.
    pub valid_until_to: Option<NaiveDate>,
    /// The outlet where its medium is, while the hall has it.
    pub kept_at: Option<String>,
    /// The box its medium is in.
    pub box_number: Option<String>,
    /// `pending`: only those with a correction that waits.
    pub correction: Option<String>,
    /// `pending`: only those registered by themselves that wait for approval.
    pub registration: Option<String>,
    /// Only those of this import.
    pub import: Option<Uuid>,
    /// Only what entered the register before this one.
    pub after: Option<Uuid>,
    /// At most this many.
    pub limit: u32,
}

impl Answered for CertificateAt {
    fn done(&self) -> (Subject, i64) {
        (Subject::Certificate(self.certificate.id), self.certificate.version)
    }

    fn again(
        _: &Service,
        tx: &mut Tx<'_>,
        _: &Caller,
        subject: Subject,
        version: i64,
    ) -> Result<Option<Self>, ServiceError> {
        let Subject::Certificate(id) = subject else { return Ok(None) };
        let events = events::list(tx, subject, version)?;
        let now = events.last().map(|last| last.at);
        Ok(fold(id, &events).zip(now).map(|(certificate, now)| Self { certificate, now }))
    }
}

impl Service {
    /// A certificate by its serial.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn certificate(&self, caller: &Caller, serial: &str) -> Result<CertificateAt, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        Ok(CertificateAt { certificate: self.certificate_in_register(serial).await?, now: self.now() })
    }

    /// What happened to a certificate, oldest first.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn certificate_history(
        &self,
        caller: &Caller,
        serial: &str,
    ) -> Result<Vec<Recorded<RegisterEntry>>, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        let certificate = self.certificate_in_register(serial).await?;
        let read = self.db.read("certificate_history", move |tx| {
            Ok::<_, ServiceError>(events::list(tx, Subject::Certificate(certificate.id), i64::MAX)?)
        });
        read.await
    }

    /// At most so many of those events after a sequence.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn certificate_history_page(
        &self,
        caller: &Caller,
        serial: &str,
        after: i64,
        most: i64,
    ) -> Result<Vec<Recorded<RegisterEntry>>, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        let certificate = self.certificate_in_register(serial).await?;
        let read = self.db.read("certificate_history_page", move |tx| {
            Ok::<_, ServiceError>(events::page(tx, Subject::Certificate(certificate.id), after, most)?)
        });
        read.await
    }

    /// Certificates of an organization, newest first.
    ///
    /// # Errors
    /// The code is no code.
    pub async fn certificates_of(&self, caller: &Caller, code: &str) -> Result<Vec<Certificate>, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        let parsed = organization_code_of(code).map_err(|fault| {
            ServiceError::Invalid(vec![Fault::new("/organization_code", fault.code(), fault.words())])
        })?;
        let organization_code = parsed.as_str().to_owned();
        self.db
            .read_long("certificates_of", move |tx| Ok(certificates::list_of_organization(tx, &organization_code)?))
            .await
    }

    /// Checks what is searched for.
    ///
    /// # Errors
    /// Every fault.
    pub fn certificate_search(
        &self,
        asked: &CertificateSearch,
    ) -> Result<(CertificateFilter, CertificatePage), Vec<Fault>> {
        let mut form = Form::default();
        let code = asked.organization_code.as_deref();
        let code = code.and_then(|code| form.identifier("/organization_code", organization_code_of(code)));
        let organization_code = code.map(|code| code.as_str().to_owned());
        let states = asked.states.iter().enumerate().filter_map(|(at, code)| {
            let known = CertificateState::codes_in_register();
            form.known(&format!("/state/{at}"), code, &known).and_then(|code| CertificateState::from_code(&code))
        });
        let states = states.collect();
        let to_correct = asked.correction.is_some();
        if asked.correction.as_deref().is_some_and(|code| code != PENDING) {
            form.not_one_of("/correction", &[PENDING]);
        }
        let to_approve = asked.registration.is_some();
        if asked.registration.as_deref().is_some_and(|code| code != PENDING) {
            form.not_one_of("/registration", &[PENDING]);
        }
        let filter = CertificateFilter {
            serial: asked.serial.as_deref().and_then(|text| form.serial("/serial", text)),
            medium_number: asked.medium_number.as_deref().and_then(|text| form.serial("/medium_number", text)),
            organization_code,
            name: asked.name.as_deref().and_then(|text| form.name_part("/name", text)),
            handler: asked.handler.as_deref().and_then(|text| form.name_part("/handler", text)),
            states,
            at: self.now(),
            valid_until: form.found(self.days("valid_until", asked.valid_until_from, asked.valid_until_to)),
            kept_at: asked.kept_at.as_deref().and_then(|code| form.outlet("/kept_at", code, &self.hall)),
            box_number: asked.box_number.as_deref().and_then(|text| form.box_number("/box_number", text)),
            to_correct,
            to_approve,
            import: asked.import,
        };
        form.finish(Some((filter, CertificatePage { after: asked.after, limit: i64::from(asked.limit) })))
    }

    /// A page of the register, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn search_certificates(
        &self,
        caller: &Caller,
        (filter, page): (CertificateFilter, CertificatePage),
    ) -> Result<CertificateListing, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        let read = self.db.read_long("search_certificates", move |tx| Ok(certificates::list(tx, &filter, &page)?));
        read.await
    }

    /// Registers a certificate issued before Casehall, for supervisors: it waits until another supervisor approves it.
    ///
    /// # Errors
    /// Every fault at once; a serial, medium or organization that stands in the register already.
    pub async fn register_certificate(
        &self,
        caller: &Caller,
        draft: RegistrationDraft,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateAt, ServiceError> {
        self.may_register(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let entered = self.entered(&draft, CertificateSource::Registered, &caller.actor.id);
        let entered = entered.map_err(ServiceError::Invalid)?;
        self.db
            .write("register_certificate", move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    service.register_in(tx, &caller, entered.clone())
                })
            })
            .await
    }

    /// What is wrong with a registration by itself, before it is held against the register.
    pub fn registration_faults(&self, caller: &Caller, draft: &RegistrationDraft) -> Vec<Fault> {
        self.entered(draft, CertificateSource::Registered, &caller.actor.id).err().unwrap_or_default()
    }

    fn register_in(&self, tx: &mut Tx<'_>, caller: &Caller, entered: Entered) -> Result<CertificateAt, ServiceError> {
        let now = self.now();
        let claim = Claim::Organization { organization_code: entered.particulars.organization_code.clone() };
        let holder = Holder::Certificate(entered.particulars.serial.clone());
        if now < entered.valid_until
            && let Some(held_by) = register::claim_for_certificate(tx, self.reader(caller), &claim, &holder, now)?
        {
            return Err(Refusal::AlreadyApplied { held_by }.into());
        }
        let mut book = Book::at(self.reader(caller), None);
        book.enter(tx, Uuid::now_v7(), entered, By::caller(caller, "register", now))?;
        let entered = book.close(tx)?;
        let certificate = entered.ok_or_else(|| ServiceError::Internal("nothing was entered".to_owned()))?;
        Ok(CertificateAt { certificate, now })
    }

    /// Refuses whoever may not register certificates, before anything is asked of them.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_register(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(&[Role::Supervisor])
    }

    /// Checks a certificate from before, whichever way it comes.
    pub(in crate::service) fn entered(
        &self,
        draft: &RegistrationDraft,
        source: CertificateSource,
        reported_by: &str,
    ) -> Result<Entered, Vec<Fault>> {
        let mut form = Form::default();
        let serial = form.serial("/serial", &draft.serial);
        let medium_number = form.serial("/medium_number", &draft.medium_number);
        let organization = form.registered_organization("/organization", &draft.organization);
        let handler = draft.handler.as_ref().and_then(|name| form.person_name("/handler", name));
        let now = self.now();
        let (valid_from, valid_until) = form.validity((draft.valid_from, draft.valid_until), now);
        let locked_at = draft.locked_at.map(|at| form.past("/locked_at", at, now));
        let mut services = Vec::new();
        for (index, code) in draft.applications.iter().enumerate() {
            if self.hall.application(code).is_none() {
                let known: Vec<&str> = self.hall.applications.iter().map(|known| known.code.as_str()).collect();
                form.not_one_of(&format!("/applications/{index}"), &known);
            }
            services.push((ServiceKind::Application, code.clone()));
        }
        if draft.e_seal {
            services.push((ServiceKind::ESeal, E_SEAL_CODE.to_owned()));
        }
        services.sort_unstable();
        services.dedup();
        let services =
            services.into_iter().map(|(service, code)| EnteredService { service, code, usable_from: valid_from });
        let (source_of_lock, reported_by) = (LockSource::Import, reported_by.to_owned());
        let lock = locked_at.map(|at| Lock { at, source: source_of_lock, reported_by, reference: None });
        let entered = (|| {
            let organization = organization?;
            let particulars = Particulars {
                serial: serial?,
                medium_number: medium_number?,
                organization_code: organization.organization_code.as_str().to_owned(),
                unified_code: organization.unified_code.map(|code| code.as_str().to_owned()),
                organization_name: organization.name,
                handler,
                seal: None,
            };
            Some(Entered {
                particulars,
                source,
                valid_from,
                valid_until,
                lock,
                services: services.collect(),
                stay: None,
                approval: Some(Approval { import: None }),
            })
        })();
        form.finish(entered)
    }
}
