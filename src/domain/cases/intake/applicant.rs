//! The persons of an application, as typed and as stored.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::base::form::Form;
use crate::domain::base::identity_document::{IdentityDocumentDraft, IdentityDocumentType, IdentityNumber};
use crate::domain::base::person::stored_encrypted;
use crate::domain::base::phone::Phone;

/// A natural person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    #[serde(with = "stored_encrypted")]
    pub name: String,
    /// Which identity document the number is of.
    #[serde(default, skip_serializing_if = "IdentityDocumentType::is_default")]
    pub document_type: IdentityDocumentType,
    /// The country that issued a passport (ISO 3166-1 alpha-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_country: Option<String>,
    /// Number of the identity document.
    #[serde(with = "stored_encrypted")]
    pub identity_number: IdentityNumber,
    /// Phone.
    #[serde(with = "stored_encrypted")]
    pub phone: Phone,
}

impl Person {
    /// Whether their identity document shows the same; a phone stands on none.
    pub fn has_document_of(&self, other: &Self) -> bool {
        let shown = |person: &Self| Self { phone: self.phone.clone(), ..person.clone() };
        shown(self) == shown(other)
    }
}

/// A natural person.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonRequest)]
pub struct PersonDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120, example = "谭丽")]
    pub name: String,
    /// Which identity document the number is of: resident_identity_card (if absent; also residence permits of Hong Kong, Macao
    /// and Taiwan), foreign_permanent_resident_card, hong_kong_macao_permit, taiwan_permit or passport.
    #[schema(max_length = 40, nullable = false, example = "resident_identity_card")]
    pub document_type: Option<String>,
    /// The country that issued a passport (ISO 3166-1; alpha-2 becomes alpha-3).
    #[schema(max_length = 3, nullable = false, pattern = "^[A-Za-z]{2,3}$", example = "SGP")]
    pub document_country: Option<String>,
    /// Number of the identity document; of a resident identity card as GB 11643-1999 says.
    #[schema(min_length = 1, max_length = 40, example = "440199196412310694")]
    pub identity_number: String,
    /// Mobile number, landline number with its area code, 400 or 800 number, or number abroad with its country code; perhaps
    /// with an extension.
    #[schema(min_length = 1, max_length = 40, example = "13800138000")]
    pub phone: String,
}

/// A person to get in touch with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    #[serde(with = "stored_encrypted")]
    pub name: String,
    /// Phone.
    #[serde(with = "stored_encrypted")]
    pub phone: Phone,
}

/// A person to get in touch with.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactRequest)]
pub struct ContactDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120, example = "曾国栋")]
    pub name: String,
    /// Phone, as of a person.
    #[schema(min_length = 1, max_length = 40, example = "0755-83123456-801")]
    pub phone: String,
}

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for ContactDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ContactDraft").finish_non_exhaustive()
    }
}

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for PersonDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PersonDraft").finish_non_exhaustive()
    }
}

impl Form {
    /// A person who applies, or acts for the applicant, today.
    pub(in crate::domain) fn person(&mut self, at: &str, draft: &PersonDraft, today: NaiveDate) -> Option<Person> {
        let name = self.person_name(&format!("{at}/name"), &draft.name);
        let document = IdentityDocumentDraft {
            kind: draft.document_type.as_deref(),
            country: draft.document_country.as_deref(),
            number: &draft.identity_number,
            number_field: "identity_number",
        };
        let document = self.identity_document(at, &document, today);
        let phone = self.identifier(&format!("{at}/phone"), Phone::parse(&draft.phone));
        let (name, document) = (name?, document?);
        Some(Person {
            name,
            document_type: document.kind,
            document_country: document.country,
            identity_number: document.number,
            phone: phone?,
        })
    }

    /// Whom to ask about the certificate.
    pub(in crate::domain) fn contact(&mut self, at: &str, draft: &ContactDraft) -> Option<Contact> {
        let name = self.person_name(&format!("{at}/name"), &draft.name);
        let phone = self.identifier(&format!("{at}/phone"), Phone::parse(&draft.phone));
        Some(Contact { name: name?, phone: phone? })
    }
}
