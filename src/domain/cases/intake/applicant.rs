//! The persons of an application, as typed and as stored.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::base::form::{Form, NAME_CHARACTERS};
use crate::domain::base::person::{IdentityNumber, PhoneNumber, stored_in_clear};

/// A natural person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Resident identity number, permit or permanent residence card.
    #[serde(with = "stored_in_clear")]
    pub identity_number: IdentityNumber,
    /// Phone.
    #[serde(with = "stored_in_clear")]
    pub phone: PhoneNumber,
}

/// A natural person.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonRequest)]
pub struct PersonDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120, example = "谭丽")]
    pub name: String,
    /// Resident identity number (GB 11643-1999), residence permit or permanent residence card.
    #[schema(min_length = 1, max_length = 40, example = "440199196412310694")]
    pub identity_number: String,
    /// Mobile or landline number.
    #[schema(min_length = 1, max_length = 40, example = "13800138000")]
    pub phone: String,
}

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for PersonDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PersonDraft").finish_non_exhaustive()
    }
}

impl Form {
    pub(in crate::domain) fn person(&mut self, at: &str, draft: &PersonDraft) -> Option<Person> {
        let name = self.line(&format!("{at}/name"), &draft.name, NAME_CHARACTERS);
        let identity_number =
            self.identifier(&format!("{at}/identity_number"), IdentityNumber::parse(&draft.identity_number));
        let phone = self.identifier(&format!("{at}/phone"), PhoneNumber::parse(&draft.phone));
        Some(Person { name: name?, identity_number: identity_number?, phone: phone? })
    }
}
