//! The register of certificates: registering those issued before, looking them up, and the 24-hour answer.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::application::{NAME_CHARACTERS, OrganizationDraft};
use crate::domain::certificate::{Authorization, Certificate, CertificateSource, CertificateStatus};
use crate::domain::certificate::{OpenedService, ServiceKind, authorization};
use crate::domain::form::Form;
use crate::domain::organization::organization_code_of;
use crate::domain::refusal::{HeldBy, Refusal};
use crate::domain::role::{Role, Scope};
use crate::domain::words::Fault;
use crate::store::certificates;
use crate::store::claims::{Claim, Holder};

use super::Service;
use super::caller::Caller;
use super::error::ServiceError;
use super::register;

/// A certificate issued before Casehall, as somebody typed it.
#[derive(Debug, Clone, Default)]
pub struct RegistrationDraft {
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// Its holder.
    pub organization: OrganizationDraft,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
    /// Since when it is locked, where it is.
    pub locked_at: Option<DateTime<Utc>>,
    /// Applications open on it, usable at once.
    pub applications: Vec<String>,
}

/// Whether an organization may apply for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The code that identifies it under either kind of papers.
    pub organization_code: String,
    /// What stands in the way, and so what it can do instead.
    pub held_by: Option<HeldBy>,
}

impl Service {
    /// Whether an organization may apply for a new certificate, under either of its codes.
    ///
    /// # Errors
    /// The code is no code.
    pub async fn eligibility(&self, caller: &Caller, code: &str) -> Result<Eligibility, ServiceError> {
        caller.require(Scope::EligibilityRead)?;
        let parsed = organization_code_of(code)
            .map_err(|fault| ServiceError::Invalid(vec![Fault::new("/code", fault.code(), fault.words())]))?;
        let (organization_code, now) = (parsed.as_str().to_owned(), self.now());
        let catalog = self.catalog.clone();
        self.db
            .read("eligibility", move |tx| {
                let held_by = register::held_by(tx, &catalog, &organization_code, now)?;
                Ok(Eligibility { organization_code: organization_code.clone(), held_by })
            })
            .await
    }

    /// A certificate by its serial.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn certificate(&self, caller: &Caller, serial: &str) -> Result<Certificate, ServiceError> {
        caller.require(Scope::CertificatesRead)?;
        self.certificate_in_register(serial).await
    }

    /// Whether a certificate may log in to an application now.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the register has no such certificate or the hall no such application.
    pub async fn authorization(
        &self,
        caller: &Caller,
        serial: &str,
        application: &str,
    ) -> Result<Authorization, ServiceError> {
        caller.require(Scope::AuthorizationsRead)?;
        self.hall.application(application).ok_or(ServiceError::NotFound)?;
        let certificate = self.certificate_in_register(serial).await?;
        Ok(authorization(&certificate, ServiceKind::Application, application, self.now()))
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

    /// Registers a certificate issued before Casehall: valid and active, for supervisors.
    ///
    /// # Errors
    /// Every fault at once; a serial, medium or organization that stands in the register already.
    pub async fn register_certificate(
        &self,
        caller: &Caller,
        draft: RegistrationDraft,
    ) -> Result<Certificate, ServiceError> {
        self.may_register(caller)?;
        let certificate = self.registration(&draft).map_err(ServiceError::Invalid)?;
        let (catalog, now) = (self.catalog.clone(), self.now());
        self.db
            .write("register_certificate", move |tx| {
                let organization_code = certificate.organization_code.clone();
                let claim = Claim::Organization { organization_code: organization_code.clone() };
                let holder = Holder::Certificate(certificate.serial.clone());
                if certificate.is_living(now)
                    && let Some(held_by) = register::claim_for_certificate(tx, &catalog, &claim, &holder, now)?
                {
                    return Err(Refusal::AlreadyApplied { held_by }.into());
                }
                register::insert(tx, &certificate)?;
                Ok(certificate.clone())
            })
            .await
    }

    /// Refuses whoever may not register certificates, before anything is asked of them.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_register(&self, caller: &Caller) -> Result<(), ServiceError> {
        Refusal::unless_role(&caller.actor, &[Role::Supervisor]).map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// Checks a registration without making it, so that a skin can show all faults together.
    ///
    /// # Errors
    /// Every fault.
    pub fn registration(&self, draft: &RegistrationDraft) -> Result<Certificate, Vec<Fault>> {
        let mut form = Form::default();
        let serial = form.serial("/serial", &draft.serial);
        let medium_number = form.serial("/medium_number", &draft.medium_number);
        let organization = form.registered_organization("/organization", &draft.organization);
        if draft.valid_until <= draft.valid_from {
            let en = "must be later than valid_from";
            form.fault("/valid_until", "out_of_order", "须晚于有效期起始时间", en);
        }
        let now = self.now();
        let mut services = Vec::new();
        for (index, code) in draft.applications.iter().enumerate() {
            if self.hall.application(code).is_none() {
                let known: Vec<&str> = self.hall.applications.iter().map(|known| known.code.as_str()).collect();
                form.not_one_of(&format!("/applications/{index}"), &known);
            }
            let (kind, code) = (ServiceKind::Application, code.clone());
            services.push(OpenedService { kind, code, opened_at: now, usable_from: draft.valid_from, case_id: None });
        }
        services.dedup_by(|one, other| one.code == other.code);
        let certificate = (|| {
            let organization = organization?;
            Some(Certificate {
                id: Uuid::now_v7(),
                serial: serial?,
                medium_number: medium_number?,
                organization_code: organization.organization_code.as_str().to_owned(),
                unified_code: organization.unified_code.map(|code| code.as_str().to_owned()),
                organization_name: crate::domain::form::plain_line(&organization.name, NAME_CHARACTERS)?,
                status: CertificateStatus::Active,
                valid_from: draft.valid_from,
                valid_until: draft.valid_until,
                source: CertificateSource::Registered,
                case_id: None,
                locked_at: draft.locked_at,
                revoked_at: None,
                services,
                version: 1,
            })
        })();
        form.finish(certificate)
    }

    async fn certificate_in_register(&self, serial: &str) -> Result<Certificate, ServiceError> {
        let serial = crate::domain::form::serial(serial).ok_or(ServiceError::NotFound)?;
        let found =
            self.db.read("certificate", move |tx| Ok::<_, ServiceError>(certificates::load(tx, &serial)?)).await?;
        found.ok_or(ServiceError::NotFound)
    }
}
