//! Reading what somebody typed, field by field, so that one answer has all faults.
//!
//! Cast: [`plain_line`], [`plain_text`] and [`serial`] clean a single text; a `Form` reads fields and remembers the
//! fault of each with its pointer.

use super::application::{
    CheckOverride, NAME_CHARACTERS, Organization, OrganizationDraft, Person, PersonDraft, REMARK_CHARACTERS,
};
use super::case_type::{ApplicationPart, CaseType, ReplacementReason};
use super::custody::{BOX_CHARACTERS, box_number};
use super::hall::Hall;
use super::organization::{IdentifierFault, OrganizationCode, RegistrationNumber, UnifiedSocialCreditCode};
use super::person::{IdentityNumber, PhoneNumber};
use super::words::{Fault, Words};

/// A line that somebody typed, trimmed; `None` when it is empty, too long, or has characters that can't be printed or
/// that make a print read otherwise than it is (line breaks, changes of the writing direction).
pub fn plain_line(text: &str, most_characters: usize) -> Option<String> {
    plain_text(text, most_characters).filter(|text| !text.contains('\n'))
}

/// As [`plain_line`], but of one or several lines.
pub fn plain_text(text: &str, most_characters: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= most_characters;
    let turns = |c: char| matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let plain = !text.chars().any(|c| (c.is_control() && c != '\n') || turns(c));
    (fits && plain).then(|| text.to_owned())
}

/// A serial or medium number as it is stored: compatibility forms folded, upper case; letters, digits and hyphens.
pub fn serial(text: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    let text: String = text.trim().nfkc().collect::<String>().to_uppercase();
    let fits = (4..=64).contains(&text.len());
    (fits && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).then_some(text)
}

/// Collects faults field by field.
#[derive(Default)]
pub(crate) struct Form(pub(crate) Vec<Fault>);

impl Form {
    pub(crate) fn fault(&mut self, pointer: &str, code: &'static str, zh: &str, en: &str) {
        self.0.push(Fault::new(pointer, code, Words::new(zh, en)));
    }

    pub(crate) fn not_one_of(&mut self, pointer: &str, known: &[&str]) {
        let known = known.join(", ");
        self.fault(pointer, "not_one_of", &format!("须为以下之一：{known}"), &format!("must be one of: {known}"));
    }

    /// A name, a number, anything that stands on one line.
    pub(crate) fn line(&mut self, pointer: &str, text: &str, most: usize) -> Option<String> {
        self.printable(pointer, plain_line(text, most), most)
    }

    /// A reason or a remark, of one or several lines.
    pub(crate) fn text(&mut self, pointer: &str, text: &str, most: usize) -> Option<String> {
        self.printable(pointer, plain_text(text, most), most)
    }

    fn printable(&mut self, pointer: &str, found: Option<String>, most: usize) -> Option<String> {
        if found.is_none() {
            let zh = format!("须为1至{most}个可打印的字符");
            self.fault(pointer, "bad_text", &zh, &format!("must be 1 to {most} characters that can be printed"));
        }
        found
    }

    pub(crate) fn serial(&mut self, pointer: &str, text: &str) -> Option<String> {
        let found = serial(text);
        if found.is_none() {
            let en = "must be 4 to 64 letters, digits and hyphens";
            self.fault(pointer, "bad_serial", "须为4至64位字母、数字或连字符", en);
        }
        found
    }

    /// The number of a box.
    pub(crate) fn box_number(&mut self, pointer: &str, text: &str) -> Option<String> {
        self.printable(pointer, box_number(text), BOX_CHARACTERS)
    }

    pub(super) fn identifier<T>(&mut self, pointer: &str, parsed: Result<T, IdentifierFault>) -> Option<T> {
        parsed.map_err(|fault| self.0.push(Fault::new(pointer, fault.code(), fault.words()))).ok()
    }

    pub(super) fn organization(
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

    pub(super) fn person(&mut self, at: &str, draft: &PersonDraft) -> Option<Person> {
        let name = self.line(&format!("{at}/name"), &draft.name, NAME_CHARACTERS);
        let identity_number =
            self.identifier(&format!("{at}/identity_number"), IdentityNumber::parse(&draft.identity_number));
        let phone = self.identifier(&format!("{at}/phone"), PhoneNumber::parse(&draft.phone));
        Some(Person { name: name?, identity_number: identity_number?, phone: phone? })
    }

    pub(crate) fn outlet(&mut self, pointer: &str, code: &str, hall: &Hall) -> Option<String> {
        if hall.outlet(code).is_some() {
            return Some(code.to_owned());
        }
        let known: Vec<&str> = hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
        self.not_one_of(pointer, &known);
        None
    }

    pub(super) fn applications(&mut self, codes: &[String], case_type: &CaseType, hall: &Hall) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        match (case_type.asks(ApplicationPart::Applications), codes.is_empty()) {
            (true, true) => self.fault("/applications", "too_few_items", "至少选择一项应用", "at least one is needed"),
            (false, false) => self.unexpected("/applications"),
            _ => {}
        }
        for (index, code) in codes.iter().enumerate() {
            let pointer = format!("/applications/{index}");
            if found.contains(code) {
                self.fault(&pointer, "duplicate", "重复填写", "stands twice");
            } else if hall.application(code).is_none() {
                let known: Vec<&str> = hall.applications.iter().map(|known| known.code.as_str()).collect();
                self.not_one_of(&pointer, &known);
            }
            found.push(code.clone());
        }
        for required in &case_type.required_applications {
            if !found.contains(required) {
                let name = hall.application(required).map(|application| application.words.clone());
                let Words { zh, en } = name.unwrap_or_else(|| Words::new(required.clone(), required.clone()));
                let en = format!("must include \"{required}\" ({en})");
                self.fault("/applications", "required_application_missing", &format!("须选择“{zh}”应用"), &en);
            }
        }
        found
    }

    pub(super) fn held_serial(&mut self, typed: Option<&str>, case_type: &CaseType) -> Option<String> {
        let pointer = "/certificate_serial";
        match (case_type.needs_held_certificate(), typed) {
            (true, None) => {
                let en = "this case type needs the serial of the certificate held";
                self.fault(pointer, "missing_field", "该事项须填写所持证书的序列号", en);
                None
            }
            (true, Some(typed)) => self.serial(pointer, typed),
            (false, Some(_)) => {
                let en = "this case type makes a new certificate and takes no serial";
                self.fault(pointer, "unexpected_field", "该事项新办证书，不应填写证书序列号", en);
                None
            }
            (false, None) => None,
        }
    }

    /// What is asked for must be there, and what isn't mustn't.
    pub(super) fn asked<T>(
        &mut self,
        case_type: &CaseType,
        part: ApplicationPart,
        pointer: &str,
        given: Option<T>,
    ) -> Option<T> {
        match (case_type.asks(part), given) {
            (true, None) => {
                self.fault(pointer, "missing_field", "该事项须填写此项", "this case type needs it");
                None
            }
            (false, Some(_)) => {
                self.unexpected(pointer);
                None
            }
            (_, given) => given,
        }
    }

    pub(super) fn unexpected(&mut self, pointer: &str) {
        self.fault(pointer, "unexpected_field", "该事项不应填写此项", "this case type doesn't take it");
    }

    pub(super) fn replacement_reason(
        &mut self,
        typed: Option<&str>,
        case_type: &CaseType,
    ) -> Option<ReplacementReason> {
        let pointer = "/replacement_reason";
        let reasons = &case_type.replacement_reasons;
        match (typed, reasons.as_slice()) {
            (None, []) => None,
            (Some(_), []) => {
                self.unexpected(pointer);
                None
            }
            // Where there is but one, nobody needs to say it.
            (None, [only]) => Some(*only),
            (None, _) => {
                self.fault(pointer, "missing_field", "须说明补办原因", "why it is replaced must be said");
                None
            }
            (Some(typed), _) => {
                let reason = ReplacementReason::from_code(typed).filter(|reason| reasons.contains(reason));
                if reason.is_none() {
                    let known: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
                    self.not_one_of(pointer, &known);
                }
                reason
            }
        }
    }

    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}
