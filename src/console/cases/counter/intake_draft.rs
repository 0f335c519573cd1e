//! What the intake form says, as the draft that a request of another system is, too.

use crate::console::page::forms::fields::Typed;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::OrganizationDraft;
use crate::domain::base::text;
use crate::domain::cases::intake::applicant::{ContactDraft, PersonDraft};
use crate::domain::cases::intake::application::ApplicationDraft;

/// The one box for either code of an organization.
pub const CODE: &str = "organization/code";
/// The agent: `other` where it isn't the applicant.
pub const AGENT: &str = "agent";
/// The value of [`AGENT`] where there is another person.
pub const OTHER: &str = "other";
/// Characters of the longest code of old papers, as it is compared.
const OLD_CODE_CHARACTERS: usize = 9;

/// The draft of an application of this case type.
pub fn draft(case_type: &str, typed: &Typed) -> ApplicationDraft {
    let contact = ["name", "phone"].map(|part| typed.one(&format!("certificate_contact/{part}")).to_owned());
    let [name, phone] = contact;
    ApplicationDraft {
        case_type: case_type.to_owned(),
        organization: organization(typed),
        applicant: person("applicant", typed),
        agent: (typed.one(AGENT) == OTHER).then(|| person("agent", typed)),
        certificate_contact: (!name.is_empty() || !phone.is_empty()).then_some(ContactDraft { name, phone }),
        applications: typed.all("applications"),
        outlet: typed.given("outlet"),
        service_years: typed.one("service_years").parse().ok(),
        payment_method: typed.given("payment_method"),
        collection_method: typed.given("collection_method"),
        responsibility_letter_accepted: typed.given("responsibility_letter_accepted").is_some(),
        responsibility_letter_sha256: typed.given("responsibility_letter_sha256"),
        certificate_serial: typed.given("certificate_serial"),
        replacement_reason: typed.given("replacement_reason"),
        seal: typed.given("seal"),
        ..ApplicationDraft::default()
    }
}

fn organization(typed: &Typed) -> OrganizationDraft {
    let code = typed.given(CODE);
    let is_old = code.as_deref().is_some_and(|code| text::number(code).chars().count() <= OLD_CODE_CHARACTERS);
    let (unified, old) = if is_old { (None, code) } else { (code, None) };
    OrganizationDraft {
        name: typed.one("organization/name").to_owned(),
        kind: typed.given("organization/kind"),
        unified_social_credit_code: unified,
        organization_code: old,
        registration_number: typed.given("organization/registration_number"),
        check_override_reason: typed.given("organization/check_override_reason"),
    }
}

fn person(at: &str, typed: &Typed) -> PersonDraft {
    let field = |name: &str| typed.given(&format!("{at}/{name}"));
    let document_type = field("document_type");
    let is_passport = document_type.as_deref() == Some(IdentityDocumentType::Passport.code());
    PersonDraft {
        name: field("name").unwrap_or_default(),
        document_country: field("document_country").filter(|_| is_passport),
        document_type,
        identity_number: field("identity_number").unwrap_or_default(),
        phone: field("phone").unwrap_or_default(),
    }
}
