//! Organizations, as typed and as stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use super::organization_code::{OrganizationCode, RegistrationNumber, UnifiedSocialCreditCode};
use super::text;
use super::vocabulary::vocabulary;

vocabulary! {
    /// What kind of legal person an organization is; of the old papers only a business licence has a registration number of 15
    /// digits.
    #[derive(Default)]
    pub enum OrganizationKind {
        /// An enterprise, with a business licence.
        #[default]
        Enterprise = "enterprise", "企业", "enterprise";
        /// An institution (事业单位法人证书).
        Institution = "institution", "事业单位", "institution";
        /// An association (社会团体法人登记证书).
        Association = "association", "社会团体", "association";
        /// A private non-enterprise unit (民办非企业单位登记证书).
        PrivateNonEnterprise = "private_non_enterprise", "民办非企业单位", "private non-enterprise unit";
    }
}

impl OrganizationKind {
    /// Whether it is the one that a stored organization has which has none.
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An organization as it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its full name.
    pub name: String,
    /// What kind of legal person it is.
    #[serde(default, skip_serializing_if = "OrganizationKind::is_default")]
    pub kind: OrganizationKind,
    /// Unified social credit code, where it has one.
    pub unified_code: Option<UnifiedSocialCreditCode>,
    /// Organization code: identifies it whichever papers it holds.
    pub organization_code: OrganizationCode,
    /// Business registration number on old papers.
    pub registration_number: Option<RegistrationNumber>,
    /// The supervisor's reason for accepting a code with a wrong check character.
    pub check_override_reason: Option<String>,
}

/// An organization: by its unified social credit code, or by the codes of its old papers.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganizationRequest)]
pub struct OrganizationDraft {
    /// Full name.
    #[schema(min_length = 1, max_length = 120, example = "广州市正鼎建筑工程有限公司")]
    pub name: String,
    /// What kind of legal person it is: enterprise (if absent), institution, association or private_non_enterprise.
    #[schema(max_length = 32, nullable = false, example = "enterprise")]
    pub kind: Option<String>,
    /// Unified social credit code (GB 32100-2015), 18 characters.
    #[schema(max_length = 40, nullable = false, example = "91440114PDY746751K")]
    pub unified_social_credit_code: Option<String>,
    /// Organization code (GB 11714-1997) of old papers.
    #[schema(max_length = 40, nullable = false)]
    pub organization_code: Option<String>,
    /// Registration number of old papers: of a business licence, 15 digits; of another kind of organization that of its
    /// certificate of registration, if it has one.
    #[schema(max_length = 40, nullable = false)]
    pub registration_number: Option<String>,
    /// For supervisors: the reason for accepting a code with a wrong check character.
    #[schema(max_length = 500, nullable = false)]
    pub check_override_reason: Option<String>,
}

/// Whether a wrong check character may be overridden: by supervisors, with a reason.
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
            let en = "only a supervisor may override a wrong check character";
            self.fault(&reason_at, "override_not_permitted", "只有督办人员可以放行校验位不符的代码", en);
        }
        let kind = match draft.kind.as_deref() {
            None => Some(OrganizationKind::default()),
            Some(code) => OrganizationKind::from_code(code),
        };
        if kind.is_none() {
            self.not_one_of(&format!("{at}/kind"), OrganizationKind::CODES);
        }
        let licensed = kind.is_none_or(|kind| kind == OrganizationKind::Enterprise);
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
        // A box that was left blank says nothing.
        let registration_number =
            draft.registration_number.as_ref().filter(|number| text::first_seen(number).is_some()).map(|number| {
                let parse = if licensed { RegistrationNumber::parse } else { RegistrationNumber::parse_other };
                self.identifier(&number_at, parse(number))
            });
        let organization_code = match (&unified_code, organization_code) {
            (Some(unified), typed) => {
                let inner = unified.as_ref().map(UnifiedSocialCreditCode::organization_code);
                if let (Some(inner), Some(Some(typed))) = (&inner, &typed)
                    && inner != typed
                {
                    let en = "must be characters 9-17 of the unified social credit code";
                    self.fault(&code_at, "codes_differ", "与统一社会信用代码第9至17位不一致", en);
                }
                inner
            }
            (None, Some(code)) => {
                if registration_number.is_none() && licensed {
                    let en =
                        "an enterprise without a unified social credit code must also give its registration number";
                    self.fault(&number_at, "missing_field", "持旧证照的企业须同时填写注册号", en);
                }
                code
            }
            (None, None) => {
                let en = "give the unified social credit code, or both organization code and registration number";
                let zh = "须填写统一社会信用代码，或组织机构代码和注册号";
                self.fault(&format!("{at}/unified_social_credit_code"), "missing_field", zh, en);
                None
            }
        };
        Some(Organization {
            name: name?,
            kind: kind?,
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
        let is_given = draft.registration_number.as_deref().is_some_and(|number| text::first_seen(number).is_some());
        self.0.retain(|fault| fault.pointer != number_at || is_given);
        organization
    }
}
