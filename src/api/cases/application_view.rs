//! Response types of an application: identity numbers and phones masked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::{Organization, OrganizationKind};
use crate::domain::base::person::Personal;
use crate::domain::case_types::case_type::ReplacementReason;
use crate::domain::cases::intake::applicant::{Contact, Person};
use crate::domain::cases::intake::application::{Acceptance, Application, CollectionMethod};
use crate::domain::money::payment::PaymentMethod;

/// What was applied for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationView<'a> {
    /// Who applies.
    pub organization: OrganizationView<'a>,
    /// The applicant.
    pub applicant: PersonView<'a>,
    /// The agent.
    #[schema(required = true)]
    pub agent: Option<PersonView<'a>>,
    /// The certificate contact; absent where nobody is named.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_contact: Option<ContactView<'a>>,
    /// Codes of the login applications to open.
    pub applications: &'a [String],
    /// Service years, if required.
    pub service_years: Option<u32>,
    /// Payment method, if required.
    pub payment_method: Option<PaymentMethod>,
    /// Collection method, if required.
    pub collection_method: Option<CollectionMethod>,
    /// Serial of the held certificate.
    #[schema(required = true)]
    pub certificate_serial: Option<&'a str>,
    /// Why that certificate is replaced.
    #[schema(required = true)]
    pub replacement_reason: Option<ReplacementReason>,
    /// Code of the new e-seal image.
    #[schema(required = true)]
    pub seal: Option<&'a str>,
    /// The responsibility letter that the applicant accepted, if the case type asks for that.
    #[schema(required = true)]
    pub responsibility_letter: Option<AcceptedTextView<'a>>,
    /// What whoever opened the case calls it: their own number.
    #[schema(required = true)]
    pub reference: Option<&'a str>,
    /// What they keep with it, by key; empty once the persons are erased.
    pub metadata: BTreeMap<&'a str, &'a str>,
}

/// A text that was accepted; `/case-types/{code}?edition=` has its words.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedTextView<'a> {
    /// Code of the text.
    #[schema(example = "user-responsibility-letter")]
    pub code: &'a str,
    /// Its edition.
    pub edition: u32,
    /// SHA-256 of its Chinese words in UTF-8.
    pub sha256: &'a str,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// Name of the applicant who accepted it.
    pub accepted_by: &'a str,
    /// Account or system that recorded it.
    pub recorded_by: &'a str,
}

impl<'a> From<&'a Acceptance> for AcceptedTextView<'a> {
    fn from(acceptance: &'a Acceptance) -> Self {
        let Acceptance { text, accepted_at, accepted_by, recorded_by } = acceptance;
        let (code, edition, sha256) = (&*text.code, text.edition, &*text.sha256);
        Self { code, edition, sha256, accepted_at: *accepted_at, accepted_by, recorded_by }
    }
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationView<'a> {
    /// Full name.
    pub name: &'a str,
    /// What kind of legal person it is.
    pub kind: OrganizationKind,
    /// Unified social credit code.
    #[schema(required = true)]
    pub unified_social_credit_code: Option<&'a str>,
    /// Organization code.
    pub organization_code: &'a str,
    /// Registration number on old papers.
    #[schema(required = true)]
    pub registration_number: Option<&'a str>,
    /// The reason for accepting a wrong check character; not told to other systems.
    #[schema(required = true)]
    pub check_override_reason: Option<&'a str>,
}

impl<'a> From<&'a Organization> for OrganizationView<'a> {
    fn from(organization: &'a Organization) -> Self {
        Self {
            name: &organization.name,
            kind: organization.kind,
            unified_social_credit_code: organization.unified_code.as_ref().map(|code| code.as_str()),
            organization_code: organization.organization_code.as_str(),
            registration_number: organization.registration_number.as_ref().map(|code| code.as_str()),
            check_override_reason: organization.check_override_reason.as_deref(),
        }
    }
}

/// A person, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView<'a> {
    /// Name.
    pub name: &'a str,
    /// Which identity document the number is of.
    #[schema(example = "resident_identity_card")]
    pub document_type: IdentityDocumentType,
    /// The country that issued a passport.
    #[schema(required = true)]
    pub document_country: Option<&'a str>,
    /// Number of the identity document, masked.
    #[schema(example = "440***********0694")]
    pub identity_number: String,
    /// Phone, masked.
    #[schema(example = "138****8000")]
    pub phone: String,
}

/// A person to get in touch with, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView<'a> {
    /// Name.
    pub name: &'a str,
    /// Phone, masked.
    #[schema(example = "0755-****3456-801")]
    pub phone: String,
}

impl<'a> From<&'a Contact> for ContactView<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self { name: &contact.name, phone: contact.phone.masked() }
    }
}

impl<'a> From<&'a Person> for PersonView<'a> {
    fn from(person: &'a Person) -> Self {
        let (identity_number, phone) = (person.identity_number.masked(), person.phone.masked());
        Self {
            name: &person.name,
            document_type: person.document_type,
            document_country: person.document_country.as_deref(),
            identity_number,
            phone,
        }
    }
}

/// What was applied for, masked.
pub fn application_view(application: &Application) -> ApplicationView<'_> {
    ApplicationView {
        organization: OrganizationView::from(&application.organization),
        applicant: PersonView::from(&application.applicant),
        agent: application.agent.as_ref().map(PersonView::from),
        certificate_contact: application.certificate_contact.as_ref().map(ContactView::from),
        applications: &application.applications,
        service_years: Some(application.service_years).filter(|years| *years > 0),
        payment_method: application.payment_method,
        collection_method: application.collection_method,
        certificate_serial: application.certificate_serial.as_deref(),
        replacement_reason: application.replacement_reason,
        seal: application.seal.as_deref(),
        responsibility_letter: application.responsibility_letter.as_ref().map(AcceptedTextView::from),
        reference: application.labels.reference.as_deref(),
        metadata: application.labels.metadata.iter().map(|(key, of)| (&**key, of.as_str())).collect(),
    }
}

impl ApplicationView<'_> {
    /// As it is told to the staff, or to another system: without what the hall notes for itself.
    pub(super) fn told(mut self, to_staff: bool) -> Self {
        if !to_staff {
            self.organization.check_override_reason = None;
        }
        self
    }
}
