//! An application: organization, persons, services, outlet and payment; and its corrections.
//!
//! Cast: an [`ApplicationDraft`] is what somebody typed; [`Application::checked`] makes an [`Application`] of it or names
//! every fault at once. A [`CorrectionDraft`] is what somebody wants changed in one; [`Application::corrected`] does it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::accounts::role::Role;
use crate::domain::base::form::{Form, NAME_CHARACTERS};
use crate::domain::base::organization::{Organization, OrganizationDraft};
use crate::domain::base::person::{Personal, Private, UNREADABLE, placeholder, stored_encrypted};
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Fault;
use crate::domain::case_types::case_type::{ApplicationPart, CaseType, ReplacementReason};
use crate::domain::case_types::published_text::TextIdentity;
use crate::domain::cases::context::Context;
use crate::domain::cases::intake::applicant::{
    Contact, ContactCorrectionDraft, ContactDraft, Person, PersonCorrectionDraft, PersonDraft,
};
use crate::domain::cases::intake::labels::Labels;
use crate::domain::money::payment::PaymentMethod;

/// Years of service that can be paid for at once (flow chart, step 3).
pub const SERVICE_YEARS: std::ops::RangeInclusive<u32> = 1..=3;

vocabulary! {
    /// A way of getting the certificate.
    pub enum CollectionMethod {
        /// At the outlet's window (窗口领取).
        Window = "window", "窗口领取", "at the window";
        /// By courier (邮寄): of applications from before. Papers are checked and originals sighted when a certificate is
        /// collected, so it isn't offered any more.
        Courier = "courier", "邮寄", "by courier";
    }
}

/// A checked application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Who applies.
    pub organization: Organization,
    /// The applicant (申请人).
    pub applicant: Person,
    /// The agent (经办人), if it is a different person.
    pub agent: Option<Person>,
    /// Whom to ask about the certificate (证书联系人), where somebody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_contact: Option<Contact>,
    /// Codes of the applications applied for.
    pub applications: Vec<String>,
    /// Code of the pick-up outlet.
    pub outlet: String,
    /// Years of service paid for; 0 where the case type asks for none.
    pub service_years: u32,
    /// Way of paying, where something is paid.
    pub payment_method: Option<PaymentMethod>,
    /// Way of collecting, where something is collected.
    pub collection_method: Option<CollectionMethod>,
    /// Serial of the certificate held, where the case works on one.
    pub certificate_serial: Option<String>,
    /// Why that certificate is replaced, where it is.
    pub replacement_reason: Option<ReplacementReason>,
    /// What names the image of the e-seal (印章编码), where that is changed.
    pub seal: Option<String>,
    /// The responsibility letter that was accepted with the application. Applications of before it was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsibility_letter: Option<Acceptance>,
    /// What whoever opened the case calls it, and keeps with it.
    #[serde(default, skip_serializing_if = "Labels::are_none")]
    pub labels: Labels,
}

/// That a text was accepted: which, when, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The text.
    pub text: TextIdentity,
    /// When it was recorded.
    pub accepted_at: DateTime<Utc>,
    /// The applicant.
    #[serde(with = "stored_encrypted")]
    pub accepted_by: String,
    /// Account id of the clerk or client id of the system that recorded it.
    pub recorded_by: String,
}

impl Application {
    /// Whether applicant and agent are two persons. An agent who was erased, or can't be read, is another one than the applicant.
    pub fn has_separate_agent(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| {
            placeholder(agent.identity_number.in_clear()).is_some()
                || agent.identity_number != self.applicant.identity_number
        })
    }

    /// Whether the persons can't be read just now.
    pub fn is_unreadable(&self) -> bool {
        placeholder(&self.applicant.name) == Some(UNREADABLE)
    }

    /// Erases the persons, and the metadata, in which one may stand; whether the agent was another one than the applicant stays.
    pub(in crate::domain) fn erase_persons(&mut self, separate_agent: bool) {
        self.agent = self.agent.take().filter(|_| separate_agent);
        for person in std::iter::once(&mut self.applicant).chain(&mut self.agent) {
            person.name.erase();
            person.identity_number.erase();
            person.phone.erase();
        }
        if let Some(contact) = &mut self.certificate_contact {
            contact.name.erase();
            contact.phone.erase();
        }
        if let Some(letter) = &mut self.responsibility_letter {
            letter.accepted_by.erase();
        }
        self.labels.metadata.clear();
    }
}

/// An application as somebody typed it: the request that opens a case.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenCaseRequest, example = json!({
    "case_type": "new-certificate",
    "organization": { "name": "广州市正鼎建筑工程有限公司", "unified_social_credit_code": "91440114PDY746751K" },
    "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
    "agent": { "name": "刘少芬", "identity_number": "440199196706237621", "phone": "020-38828393" },
    "applications": ["urban-construction"],
    "outlet": "guangzhou-center",
    "service_years": 1,
    "payment_method": "transfer",
    "collection_method": "window",
    "responsibility_letter_accepted": true,
    "reference": "GZ-2026-0147",
    "metadata": { "order_id": "A-1047" },
}))]
pub struct ApplicationDraft {
    /// Code of the case type.
    #[schema(min_length = 1, max_length = 64, example = "new-certificate")]
    pub case_type: String,
    /// Who applies.
    pub organization: OrganizationDraft,
    /// The applicant (申请人).
    pub applicant: PersonDraft,
    /// The agent (经办人), if it is a different person.
    #[schema(nullable = false)]
    pub agent: Option<PersonDraft>,
    /// The certificate contact (证书联系人), if somebody is named: whom to ask about the certificate.
    #[schema(nullable = false)]
    pub certificate_contact: Option<ContactDraft>,
    /// Codes of the login applications to open, if the case type requires them.
    #[schema(max_items = 20, example = json!(["urban-construction"]))]
    #[serde(default)]
    pub applications: Vec<String>,
    /// Code of the pick-up outlet. If it is left out: the outlet of the member of staff who opens the case, or else the hall's
    /// default outlet.
    #[schema(min_length = 1, max_length = 64, example = "guangzhou-center", nullable = false)]
    pub outlet: Option<String>,
    /// Service years to pay for, if the case type requires them.
    #[schema(minimum = 1, maximum = 3, example = 1, nullable = false)]
    pub service_years: Option<u32>,
    /// Payment method, if the case type requires it: cash, card, transfer, online.
    #[schema(max_length = 32, example = "transfer", nullable = false)]
    pub payment_method: Option<String>,
    /// Collection method, if the case type requires it: window, the only one offered.
    #[schema(max_length = 32, example = "window", nullable = false)]
    pub collection_method: Option<String>,
    /// The responsibility letter was read and accepted, if the case type requires it.
    #[schema(example = true)]
    #[serde(default)]
    pub responsibility_letter_accepted: bool,
    /// SHA-256 of the letter that the applicant was shown, as its case type gives it. Another letter than that in force is
    /// refused.
    #[schema(max_length = 64, nullable = false)]
    pub responsibility_letter_sha256: Option<String>,
    /// Serial of the held certificate, if the case type works on one.
    #[schema(max_length = 64, nullable = false)]
    pub certificate_serial: Option<String>,
    /// Reason for replacing the held certificate: lost, damaged, expired. A lost certificate is suspended at once.
    #[schema(max_length = 32, nullable = false)]
    pub replacement_reason: Option<String>,
    /// Code of the new e-seal image (印章编码), if the case type changes it.
    #[schema(max_length = 120, nullable = false)]
    pub seal: Option<String>,
    /// The caller's own number of the case: it is shown, and found by. Blanks around it don't count. Nothing of a person belongs in it.
    #[schema(min_length = 1, max_length = 64, nullable = false, example = "GZ-2026-0147")]
    pub reference: Option<String>,
    /// What the caller keeps with the case, and finds it by: up to 20 pairs of a key and a value, around which blanks don't count. Nothing of a
    /// person belongs in them.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// Corrected details; absent fields don't change.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CorrectionRequest)]
pub struct CorrectionDraft {
    /// The organization's details.
    #[schema(nullable = false)]
    pub organization: Option<OrganizationDraft>,
    /// The applicant.
    #[schema(nullable = false)]
    pub applicant: Option<PersonCorrectionDraft>,
    /// The agent.
    #[schema(nullable = false)]
    pub agent: Option<PersonCorrectionDraft>,
    /// There is no agent after all.
    #[serde(default)]
    pub without_agent: bool,
    /// The certificate contact.
    #[schema(nullable = false)]
    pub certificate_contact: Option<ContactCorrectionDraft>,
    /// There is no certificate contact after all.
    #[serde(default)]
    pub without_certificate_contact: bool,
    /// The pick-up outlet.
    #[schema(max_length = 64, nullable = false)]
    pub outlet: Option<String>,
}

impl Application {
    /// Checks what somebody typed; an application that names no outlet gets `default_outlet`.
    ///
    /// # Errors
    /// Every fault, each with the pointer of its field.
    pub fn checked(draft: &ApplicationDraft, case_type: &CaseType, context: &Context<'_>) -> Result<Self, Vec<Fault>> {
        let (hall, check_override, today) = (context.hall, context.check_override(), context.today());
        let mut form = Form::default();
        let organization = form.organization("/organization", &draft.organization, check_override);
        let applicant = form.person("/applicant", &draft.applicant, today);
        let agent = draft.agent.as_ref().map(|agent| form.person("/agent", agent, today));
        let contact = draft.certificate_contact.as_ref().map(|contact| form.contact("/certificate_contact", contact));
        let applications = form.applications(&draft.applications, case_type, hall);
        // Whoever opens a case at an outlet is to see it.
        let own = context.actor.outlet.as_deref();
        let outlet = draft.outlet.as_deref().or(own).unwrap_or(&hall.default_outlet);
        let outlet = form.outlet("/outlet", outlet, hall);
        if let (Some(own), Some(outlet)) = (own, &outlet)
            && own != outlet
        {
            let zh = "只能为本网点收件；要到其他网点领取的，提交后请督办人员更正网点";
            let en = "cases are opened for your own outlet only; for another pick-up outlet, a supervisor corrects the case once it is open";
            form.fault("/outlet", "other_outlet", zh, en);
        }
        let years = form.asked(case_type, ApplicationPart::ServiceYears, "/service_years", draft.service_years);
        if years.is_some_and(|years| !SERVICE_YEARS.contains(&years)) {
            form.fault("/service_years", "out_of_range", "服务年限须为1至3年", "service years must be 1 to 3");
        }
        let pays = ApplicationPart::PaymentMethod;
        let payment_method = form.asked(case_type, pays, "/payment_method", draft.payment_method.as_deref());
        let payment_method = payment_method.map(|code| {
            let known = PaymentMethod::from_code(code);
            if known.is_none() {
                form.not_one_of("/payment_method", PaymentMethod::CODES);
            }
            known
        });
        let collects = ApplicationPart::CollectionMethod;
        let collection_method =
            form.asked(case_type, collects, "/collection_method", draft.collection_method.as_deref());
        let collection_method = collection_method.map(|code| {
            let offered = CollectionMethod::from_code(code).filter(|method| *method == CollectionMethod::Window);
            if offered.is_none() {
                form.not_one_of("/collection_method", &[CollectionMethod::Window.code()]);
            }
            offered
        });
        let responsibility_letter = form.responsibility_letter(draft, case_type);
        let replacement_reason = form.replacement_reason(draft.replacement_reason.as_deref(), case_type);
        let seal = match &draft.seal {
            Some(_) if !case_type.asks(ApplicationPart::Seal) => {
                form.unexpected("/seal");
                None
            }
            Some(seal) => form.line("/seal", seal, NAME_CHARACTERS),
            None => None,
        };
        let labels = form.labels(draft.reference.as_deref(), &draft.metadata);
        let certificate_serial = form.held_serial(draft.certificate_serial.as_deref(), case_type);
        let application = (|| {
            let applicant = applicant?;
            let acceptance = |text| Acceptance {
                text,
                accepted_at: context.now,
                accepted_by: applicant.name.clone(),
                recorded_by: context.actor.id.clone(),
            };
            let responsibility_letter = responsibility_letter.map(acceptance);
            Some(Self {
                organization: organization?,
                applicant,
                agent: match agent {
                    None => None,
                    Some(agent) => Some(agent?),
                },
                certificate_contact: match contact {
                    None => None,
                    Some(contact) => Some(contact?),
                },
                applications,
                outlet: outlet?,
                service_years: years.unwrap_or(0),
                payment_method: payment_method.flatten(),
                collection_method: collection_method.flatten(),
                certificate_serial,
                replacement_reason,
                seal,
                responsibility_letter,
                labels,
            })
        })();
        form.finish(application)
    }

    /// This application with a correction made.
    ///
    /// # Errors
    /// Every fault, with pointers below `/correction`.
    pub fn corrected(&self, draft: &CorrectionDraft, context: &Context<'_>) -> Result<Self, Vec<Fault>> {
        let (hall, check_override, today) = (context.hall, context.check_override(), context.today());
        let mut form = Form::default();
        let mut corrected = self.clone();
        if let Some(organization) = &draft.organization
            && let Some(checked) = form.organization("/correction/organization", organization, check_override)
        {
            corrected.organization = checked;
        }
        if let Some(applicant) = &draft.applicant
            && let Some(checked) =
                form.corrected_person("/correction/applicant", applicant, Some(&self.applicant), today)
        {
            corrected.applicant = checked;
        }
        match &draft.agent {
            Some(_) if draft.without_agent => form.fault(
                "/correction/without_agent",
                "contradiction",
                "不能同时填写经办人又声明没有经办人",
                "give either an agent or without_agent, not both",
            ),
            Some(agent) => {
                corrected.agent = form.corrected_person("/correction/agent", agent, self.agent.as_ref(), today);
            }
            None if draft.without_agent => corrected.agent = None,
            None => {}
        }
        match &draft.certificate_contact {
            Some(_) if draft.without_certificate_contact => form.fault(
                "/correction/without_certificate_contact",
                "contradiction",
                "不能同时填写证书联系人又声明没有证书联系人",
                "give either a certificate_contact or without_certificate_contact, not both",
            ),
            Some(contact) => {
                let (at, before) = ("/correction/certificate_contact", self.certificate_contact.as_ref());
                corrected.certificate_contact = form.corrected_contact(at, contact, before);
            }
            None if draft.without_certificate_contact => corrected.certificate_contact = None,
            None => {}
        }
        if let Some(outlet) = &draft.outlet
            && let Some(checked) = form.outlet("/correction/outlet", outlet, hall)
        {
            // Whoever sees one outlet only would send the case where nobody expects it, and out of their own sight.
            let sees_both = context.actor.outlet.is_none() || context.actor.has_any(&[Role::Supervisor]);
            if !sees_both && checked != self.outlet {
                let (zh, en) = ("改到其他网点须由督办人员办理", "only supervisors move a case to another outlet");
                form.fault("/correction/outlet", "other_outlet", zh, en);
            }
            corrected.outlet = checked;
        }
        if form.0.is_empty() && corrected == *self {
            form.fault("/correction", "nothing_changed", "没有任何更改", "the correction changes nothing");
        }
        form.finish(Some(corrected))
    }
}
