//! Disclosure: one person's numbers in clear, for a purpose and with a reason, on the record.
//!
//! Cast: a [`DisclosureDraft`] is what somebody asks, a [`Disclosure`] the same checked. [`DisclosureRules`] say who may, and how
//! often.
//!
//! Source: 个人信息保护法 article 6 (no more than the purpose needs), article 51 (access is limited and recorded).

use std::fmt;

use serde::Deserialize;
use utoipa::ToSchema;

use super::role::Role;
use crate::domain::base::form::Form;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Fault;

vocabulary! {
    /// What somebody needs a person's numbers for.
    pub enum DisclosurePurpose {
        /// To compare them with a document that lies there.
        Verify = "verify", "核对证件", "to verify a document";
        /// To get in touch.
        Contact = "contact", "联系本人", "to contact the person";
        /// For a paper that must have them in full.
        Print = "print", "打印文书", "to print a paper";
        /// An authority asked in a way that the law provides.
        Authority = "authority", "依法提供给有权机关", "to answer an authority";
        /// A complaint or a dispute is looked into.
        Dispute = "dispute", "处理投诉争议", "to look into a dispute";
    }
}

vocabulary! {
    /// The persons of a case.
    pub enum PersonOfCase {
        /// The applicant (申请人).
        Applicant = "applicant", "申请人", "the applicant";
        /// The agent (经办人).
        Agent = "agent", "经办人", "the agent";
        /// The certificate contact (证书联系人).
        CertificateContact = "certificate_contact", "证书联系人", "the certificate contact";
        /// The collector (领取人).
        Collector = "collector", "领取人", "the collector";
    }
}

vocabulary! {
    /// What is shown masked otherwise.
    pub enum PersonField {
        /// Number of the identity document.
        IdentityNumber = "identity_number", "证件号码", "number of the identity document";
        /// Phone.
        Phone = "phone", "电话", "phone";
    }
}

/// Who may have persons' numbers shown, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureRules {
    /// One of these roles is needed.
    pub roles: Vec<Role>,
    /// Within an hour, for one account.
    pub most_per_hour: u32,
}

/// What somebody asks to be shown.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisclosureRequest, example = json!({ "person": "applicant", "fields": ["phone"], "purpose": "contact", "reason": "通知补正材料" }))]
pub struct DisclosureDraft {
    /// Whose: applicant, agent, certificate_contact or collector.
    #[schema(max_length = 40)]
    pub person: String,
    /// What: identity_number, phone.
    #[schema(min_items = 1, max_items = 2)]
    pub fields: Vec<String>,
    /// What for: verify, contact, print, authority or dispute.
    #[schema(max_length = 40)]
    pub purpose: String,
    /// Why, in words; no person's number belongs here.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Shows no reason: a number may have been typed into it.
impl fmt::Debug for DisclosureDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DisclosureDraft").finish_non_exhaustive()
    }
}

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Whose.
    pub person: PersonOfCase,
    /// What, each once.
    pub fields: Vec<PersonField>,
    /// What for.
    pub purpose: DisclosurePurpose,
    /// Why.
    pub reason: String,
}

impl Disclosure {
    /// Checks what somebody asks.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(draft: &DisclosureDraft) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let person = PersonOfCase::from_code(&draft.person);
        if person.is_none() {
            form.not_one_of("/person", PersonOfCase::CODES);
        }
        if draft.fields.is_empty() {
            form.fault("/fields", "too_few_items", "至少选一项", "choose at least one");
        }
        let mut fields = Vec::new();
        for (index, code) in draft.fields.iter().enumerate() {
            match PersonField::from_code(code) {
                None => form.not_one_of(&format!("/fields/{index}"), PersonField::CODES),
                Some(field) if fields.contains(&field) => {
                    form.fault(&format!("/fields/{index}"), "repeated_item", "重复", "is named twice");
                }
                Some(field) => fields.push(field),
            }
        }
        let purpose = DisclosurePurpose::from_code(&draft.purpose);
        if purpose.is_none() {
            form.not_one_of("/purpose", DisclosurePurpose::CODES);
        }
        let reason = form.lasting_reason("/reason", &draft.reason);
        form.finish((|| Some(Self { person: person?, fields, purpose: purpose?, reason: reason? }))())
    }
}
