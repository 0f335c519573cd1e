//! Validates the fields of an application as its case type requires.

use crate::domain::base::form::Form;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{ApplicationPart, CaseType, ReplacementReason};
use crate::domain::case_types::published_text::TextIdentity;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::hall::Hall;

impl Form {
    pub(crate) fn outlet(&mut self, pointer: &str, code: &str, hall: &Hall) -> Option<String> {
        let known: Vec<&str> = hall.outlets.iter().map(|outlet| outlet.code.as_str()).collect();
        self.known(pointer, code, &known)
    }

    pub(in crate::domain) fn applications(
        &mut self,
        codes: &[String],
        case_type: &CaseType,
        hall: &Hall,
    ) -> Vec<String> {
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

    pub(in crate::domain) fn held_serial(&mut self, typed: Option<&str>, case_type: &CaseType) -> Option<String> {
        let pointer = "/certificate_serial";
        match (case_type.needs_held_certificate(), typed) {
            (true, None) => {
                let en = "this case type requires the serial of the held certificate";
                self.fault(pointer, "missing_field", "该事项须填写原证书的序列号", en);
                None
            }
            (true, Some(typed)) => self.serial(pointer, typed),
            (false, Some(_)) => {
                let en = "this case type makes a new certificate; a serial is not accepted";
                self.fault(pointer, "unexpected_field", "该事项新办证书，不应填写证书序列号", en);
                None
            }
            (false, None) => None,
        }
    }

    /// What is asked for must be there, and what isn't mustn't.
    pub(in crate::domain) fn asked<T>(
        &mut self,
        case_type: &CaseType,
        part: ApplicationPart,
        pointer: &str,
        given: Option<T>,
    ) -> Option<T> {
        match (case_type.asks(part), given) {
            (true, None) => {
                self.fault(pointer, "missing_field", "本事项必填", "required by this case type");
                None
            }
            (false, Some(_)) => {
                self.unexpected(pointer);
                None
            }
            (_, given) => given,
        }
    }

    /// The letter that was accepted. A case type's edition of before texts were kept asks for the acceptance and keeps no text.
    pub(in crate::domain) fn responsibility_letter(
        &mut self,
        draft: &ApplicationDraft,
        case_type: &CaseType,
    ) -> Option<TextIdentity> {
        let (accepted, shown) = ("/responsibility_letter_accepted", "/responsibility_letter_sha256");
        if !case_type.asks(ApplicationPart::ResponsibilityLetter) {
            if draft.responsibility_letter_accepted {
                self.unexpected(accepted);
            }
            if draft.responsibility_letter_sha256.is_some() {
                self.unexpected(shown);
            }
            return None;
        }
        if !draft.responsibility_letter_accepted {
            let (zh, en) = ("须先同意《电子认证用户责任书》", "the responsibility letter must be accepted first");
            self.fault(accepted, "responsibility_letter_not_accepted", zh, en);
        }
        let letter = case_type.responsibility_letter.as_ref().map(|letter| &letter.identity);
        let in_force = letter.map(|letter| letter.sha256.as_str());
        if let Some(sha256) = &draft.responsibility_letter_sha256
            && in_force != Some(sha256.to_lowercase().as_str())
        {
            let zh = "申请人所见的责任书不是现行文本，请重新阅读并同意";
            self.fault(shown, "responsibility_letter_changed", zh, "this is not the letter in force; show it again");
        }
        letter.cloned()
    }

    pub(in crate::domain) fn unexpected(&mut self, pointer: &str) {
        self.fault(pointer, "unexpected_field", "该事项不应填写此项", "not accepted by this case type");
    }

    pub(in crate::domain) fn replacement_reason(
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
                self.fault(pointer, "missing_field", "须说明补办原因", "the replacement reason is required");
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
}
