//! The persons of an application, as typed and as stored.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::base::form::Form;
use crate::domain::base::identity_document::{
    IdentityDocument, IdentityDocumentDraft, IdentityDocumentType, IdentityNumber,
};
use crate::domain::base::person::{Personal, stored_encrypted};
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

/// What is to be corrected of a natural person; absent members don't change. Where nobody was named before, name, number and phone are
/// needed.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonCorrectionRequest)]
pub struct PersonCorrectionDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120, nullable = false, example = "谭丽")]
    pub name: Option<String>,
    /// Which identity document the number is of, as of a person. With a number and without this it is a resident identity card.
    #[schema(max_length = 40, nullable = false, example = "resident_identity_card")]
    pub document_type: Option<String>,
    /// The country that issued a passport (ISO 3166-1; alpha-2 becomes alpha-3).
    #[schema(max_length = 3, nullable = false, pattern = "^[A-Za-z]{2,3}$", example = "SGP")]
    pub document_country: Option<String>,
    /// Number of the identity document; of a resident identity card as GB 11643-1999 says.
    #[schema(min_length = 1, max_length = 40, nullable = false, example = "440199196412310694")]
    pub identity_number: Option<String>,
    /// Phone, as of a person.
    #[schema(min_length = 1, max_length = 40, nullable = false, example = "13800138000")]
    pub phone: Option<String>,
}

impl From<PersonDraft> for PersonCorrectionDraft {
    fn from(person: PersonDraft) -> Self {
        let PersonDraft { name, document_type, document_country, identity_number, phone } = person;
        Self {
            name: Some(name),
            document_type,
            document_country,
            identity_number: Some(identity_number),
            phone: Some(phone),
        }
    }
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

/// What is to be corrected of a person to get in touch with; absent members don't change. Where nobody was named before, both are needed.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContactCorrectionRequest)]
pub struct ContactCorrectionDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120, nullable = false, example = "曾国栋")]
    pub name: Option<String>,
    /// Phone, as of a person.
    #[schema(min_length = 1, max_length = 40, nullable = false, example = "0755-83123456-801")]
    pub phone: Option<String>,
}

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for ContactCorrectionDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ContactCorrectionDraft").finish_non_exhaustive()
    }
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

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for PersonCorrectionDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PersonCorrectionDraft").finish_non_exhaustive()
    }
}

impl Form {
    /// A person who applies, or acts for the applicant, today.
    pub(in crate::domain) fn person(&mut self, at: &str, draft: &PersonDraft, today: NaiveDate) -> Option<Person> {
        self.corrected_person(at, &draft.clone().into(), None, today)
    }

    /// A person as corrected, of whom this was known before: what isn't typed stays as it was.
    pub(in crate::domain) fn corrected_person(
        &mut self,
        at: &str,
        draft: &PersonCorrectionDraft,
        before: Option<&Person>,
        today: NaiveDate,
    ) -> Option<Person> {
        let name = self.corrected_name(at, draft.name.as_deref(), before.map(|before| &before.name));
        let document = self.corrected_document(at, draft, before, today);
        let phone = self.corrected_phone(at, draft.phone.as_deref(), before.map(|before| &before.phone));
        let (name, document) = (name?, document?);
        Some(Person {
            name,
            document_type: document.kind,
            document_country: document.country,
            identity_number: document.number,
            phone: phone?,
        })
    }

    /// The identity document of a person as corrected. A number is of the document that is named with it; of which document the known
    /// number is can be corrected alone.
    fn corrected_document(
        &mut self,
        at: &str,
        draft: &PersonCorrectionDraft,
        before: Option<&Person>,
        today: NaiveDate,
    ) -> Option<IdentityDocument> {
        let (kind, country) = (draft.document_type.as_deref(), draft.document_country.as_deref());
        let kept = before.filter(|_| draft.identity_number.is_none());
        if let Some(kept) = kept.filter(|_| kind.is_none() && country.is_none()) {
            let (country, number) = (kept.document_country.clone(), kept.identity_number.clone());
            return Some(IdentityDocument { kind: kept.document_type, country, number });
        }
        let number = draft.identity_number.as_deref().or(kept.map(|kept| kept.identity_number.in_clear()));
        let Some(number) = number else { return self.missing(&format!("{at}/identity_number")) };
        let same = kept.filter(|_| kind.is_none());
        let document = IdentityDocumentDraft {
            kind: kind.or(same.map(|same| same.document_type.code())),
            country: country.or(same.and_then(|same| same.document_country.as_deref())),
            number,
            number_field: "identity_number",
        };
        self.identity_document(at, &document, today)
    }

    fn corrected_name(&mut self, at: &str, typed: Option<&str>, before: Option<&String>) -> Option<String> {
        match (typed, before) {
            (Some(name), _) => self.person_name(&format!("{at}/name"), name),
            (None, Some(before)) => Some(before.clone()),
            (None, None) => self.missing(&format!("{at}/name")),
        }
    }

    fn corrected_phone(&mut self, at: &str, typed: Option<&str>, before: Option<&Phone>) -> Option<Phone> {
        match (typed, before) {
            (Some(phone), _) => self.identifier(&format!("{at}/phone"), Phone::parse(phone)),
            (None, Some(before)) => Some(before.clone()),
            (None, None) => self.missing(&format!("{at}/phone")),
        }
    }

    fn missing<T>(&mut self, pointer: &str) -> Option<T> {
        self.fault(pointer, "missing_field", "请填写此项", "please fill this in");
        None
    }

    /// Whom to ask about the certificate, as corrected: what isn't typed stays as it was.
    pub(in crate::domain) fn corrected_contact(
        &mut self,
        at: &str,
        draft: &ContactCorrectionDraft,
        before: Option<&Contact>,
    ) -> Option<Contact> {
        let name = self.corrected_name(at, draft.name.as_deref(), before.map(|before| &before.name));
        let phone = self.corrected_phone(at, draft.phone.as_deref(), before.map(|before| &before.phone));
        Some(Contact { name: name?, phone: phone? })
    }

    /// Whom to ask about the certificate.
    pub(in crate::domain) fn contact(&mut self, at: &str, draft: &ContactDraft) -> Option<Contact> {
        let name = self.person_name(&format!("{at}/name"), &draft.name);
        let phone = self.identifier(&format!("{at}/phone"), Phone::parse(&draft.phone));
        Some(Contact { name: name?, phone: phone? })
    }
}
