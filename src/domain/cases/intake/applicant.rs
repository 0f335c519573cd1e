//! Who applies: an organization and its persons, as they are typed and as they are kept.

use serde::{Deserialize, Serialize};

use crate::domain::base::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use crate::domain::base::organization_code::{OrganizationCode, RegistrationNumber, UnifiedSocialCreditCode};
use crate::domain::base::person::{IdentityNumber, PhoneNumber};

/// An organization as it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its full name.
    pub name: String,
    /// Unified social credit code, where it has one.
    pub unified_code: Option<UnifiedSocialCreditCode>,
    /// Organization code: identifies it whichever papers it holds.
    pub organization_code: OrganizationCode,
    /// Business registration number on old papers.
    pub registration_number: Option<RegistrationNumber>,
    /// Why a supervisor let a code pass whose check character is wrong, where one did.
    pub check_override_reason: Option<String>,
}

/// A natural person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Resident identity number, permit or permanent residence card.
    pub identity_number: IdentityNumber,
    /// Phone.
    pub phone: PhoneNumber,
}

/// An organization as somebody typed it.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // the fields are those of Organization
pub struct OrganizationDraft {
    pub name: String,
    pub unified_social_credit_code: Option<String>,
    pub organization_code: Option<String>,
    pub registration_number: Option<String>,
    pub check_override_reason: Option<String>,
}

/// A person as somebody typed it.
#[derive(Clone, Default)]
#[allow(missing_docs)] // the fields are those of Person
pub struct PersonDraft {
    pub name: String,
    pub identity_number: String,
    pub phone: String,
}

/// Whether a wrong check character may pass: a supervisor's right, with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOverride {
    /// It may, when a reason is given.
    Permitted,
    /// It may not.
    Refused,
}

impl Form {
    pub(in crate::domain) fn organization(
        &mut self,
        at: &str,
        draft: &OrganizationDraft,
        check: CheckOverride,
    ) -> Option<Organization> {
        let name = self.line(&format!("{at}/name"), &draft.name, NAME_CHARACTERS);
        let reason_at = format!("{at}/check_override_reason");
        let check_override_reason =
            draft.check_override_reason.as_ref().and_then(|reason| self.text(&reason_at, reason, REMARK_CHARACTERS));
        if draft.check_override_reason.is_some() && check == CheckOverride::Refused {
            let en = "only a supervisor may let a wrong check character pass";
            self.fault(&reason_at, "override_not_permitted", "只有督办人员可以放行校验位不符的代码", en);
        }
        let lenient = check == CheckOverride::Permitted && check_override_reason.is_some();
        let unified_code = draft.unified_social_credit_code.as_ref().map(|code| {
            let parsed = if lenient {
                UnifiedSocialCreditCode::parse_despite_check_character(code)
            } else {
                UnifiedSocialCreditCode::parse(code)
            };
            self.identifier(&format!("{at}/unified_social_credit_code"), parsed)
        });
        let code_at = format!("{at}/organization_code");
        let organization_code =
            draft.organization_code.as_ref().map(|code| self.identifier(&code_at, OrganizationCode::parse(code)));
        let number_at = format!("{at}/registration_number");
        let registration_number = draft
            .registration_number
            .as_ref()
            .map(|number| self.identifier(&number_at, RegistrationNumber::parse(number)));
        let organization_code = match (&unified_code, organization_code) {
            (Some(unified), typed) => {
                let inner = unified.as_ref().map(UnifiedSocialCreditCode::organization_code);
                if let (Some(inner), Some(Some(typed))) = (&inner, &typed)
                    && inner != typed
                {
                    let en = "isn't the organization code inside the unified social credit code (characters 9-17)";
                    self.fault(&code_at, "codes_differ", "与统一社会信用代码第9至17位不一致", en);
                }
                inner
            }
            (None, Some(code)) => {
                if registration_number.is_none() {
                    let en = "an organization with old papers gives its registration number, too";
                    self.fault(&number_at, "missing_field", "持旧证照的单位须同时填写注册号", en);
                }
                code
            }
            (None, None) => {
                let en = "give the unified social credit code, or organization code and registration number";
                let zh = "须填写统一社会信用代码，或组织机构代码和注册号";
                self.fault(&format!("{at}/unified_social_credit_code"), "missing_field", zh, en);
                None
            }
        };
        Some(Organization {
            name: name?,
            unified_code: unified_code.flatten(),
            organization_code: organization_code?,
            registration_number: registration_number.flatten(),
            check_override_reason,
        })
    }

    /// An organization with a certificate from before: its codes were checked when it was issued, so the registration
    /// number that goes with old papers may be missing.
    pub(crate) fn registered_organization(&mut self, at: &str, draft: &OrganizationDraft) -> Option<Organization> {
        let number_at = format!("{at}/registration_number");
        let organization = self.organization(at, draft, CheckOverride::Permitted);
        self.0.retain(|fault| fault.pointer != number_at || draft.registration_number.is_some());
        organization
    }

    pub(in crate::domain) fn person(&mut self, at: &str, draft: &PersonDraft) -> Option<Person> {
        let name = self.line(&format!("{at}/name"), &draft.name, NAME_CHARACTERS);
        let identity_number =
            self.identifier(&format!("{at}/identity_number"), IdentityNumber::parse(&draft.identity_number));
        let phone = self.identifier(&format!("{at}/phone"), PhoneNumber::parse(&draft.phone));
        Some(Person { name: name?, identity_number: identity_number?, phone: phone? })
    }
}
