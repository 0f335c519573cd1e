//! An application: organization, persons, services, outlet and payment; and its corrections.
//!
//! Cast: an [`ApplicationDraft`] is what somebody typed; [`Application::checked`] makes an [`Application`] of it or names
//! every fault at once. A [`CorrectionDraft`] is what somebody wants changed in one; [`Application::corrected`] does it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::base::form::{Form, NAME_CHARACTERS};
use crate::domain::base::organization::{CheckOverride, Organization, OrganizationDraft};
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Fault;
use crate::domain::case_types::case_type::{ApplicationPart, CaseType, ReplacementReason};
use crate::domain::cases::intake::applicant::{Person, PersonDraft};
use crate::domain::hall::Hall;
use crate::domain::money::payment::PaymentMethod;

/// Years of service that can be paid for at once (flow chart, step 3).
pub const SERVICE_YEARS: std::ops::RangeInclusive<u32> = 1..=3;

vocabulary! {
    /// A way of getting the certificate.
    pub enum CollectionMethod {
        /// At the outlet's window (窗口领取).
        Window = "window";
        /// By courier (邮寄).
        Courier = "courier";
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
}

impl Application {
    /// Whether applicant and agent are two persons.
    pub fn has_separate_agent(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.identity_number != self.applicant.identity_number)
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
    /// Collection method, if the case type requires it: window, courier.
    #[schema(max_length = 32, example = "window", nullable = false)]
    pub collection_method: Option<String>,
    /// The responsibility letter was read and accepted, if the case type requires it.
    #[schema(example = true)]
    #[serde(default)]
    pub responsibility_letter_accepted: bool,
    /// Serial of the held certificate, if the case type works on one.
    #[schema(max_length = 64, nullable = false)]
    pub certificate_serial: Option<String>,
    /// Reason for replacing the held certificate: lost, damaged, expired. A lost certificate is suspended at once.
    #[schema(max_length = 32, nullable = false)]
    pub replacement_reason: Option<String>,
    /// Code of the new e-seal image (印章编码), if the case type changes it.
    #[schema(max_length = 120, nullable = false)]
    pub seal: Option<String>,
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
    pub applicant: Option<PersonDraft>,
    /// The agent.
    #[schema(nullable = false)]
    pub agent: Option<PersonDraft>,
    /// There is no agent after all.
    #[serde(default)]
    pub without_agent: bool,
    /// The pick-up outlet.
    #[schema(max_length = 64, nullable = false)]
    pub outlet: Option<String>,
}

impl Application {
    /// Checks what somebody typed; an application that names no outlet gets `default_outlet`.
    ///
    /// # Errors
    /// Every fault, each with the pointer of its field.
    pub fn checked(
        draft: &ApplicationDraft,
        case_type: &CaseType,
        hall: &Hall,
        default_outlet: &str,
        check_override: CheckOverride,
        today: NaiveDate,
    ) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let organization = form.organization("/organization", &draft.organization, check_override);
        let applicant = form.person("/applicant", &draft.applicant, today);
        let agent = draft.agent.as_ref().map(|agent| form.person("/agent", agent, today));
        let applications = form.applications(&draft.applications, case_type, hall);
        let outlet = form.outlet("/outlet", draft.outlet.as_deref().unwrap_or(default_outlet), hall);
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
            let known = CollectionMethod::from_code(code);
            if known.is_none() {
                form.not_one_of("/collection_method", CollectionMethod::CODES);
            }
            known
        });
        if case_type.asks(ApplicationPart::ResponsibilityLetter) && !draft.responsibility_letter_accepted {
            form.fault(
                "/responsibility_letter_accepted",
                "responsibility_letter_not_accepted",
                "须先同意《电子认证用户责任书》",
                "the responsibility letter must be accepted first",
            );
        }
        let replacement_reason = form.replacement_reason(draft.replacement_reason.as_deref(), case_type);
        let seal = match &draft.seal {
            Some(_) if !case_type.asks(ApplicationPart::Seal) => {
                form.unexpected("/seal");
                None
            }
            Some(seal) => form.line("/seal", seal, NAME_CHARACTERS),
            None => None,
        };
        let certificate_serial = form.held_serial(draft.certificate_serial.as_deref(), case_type);
        let application = (|| {
            Some(Self {
                organization: organization?,
                applicant: applicant?,
                agent: match agent {
                    None => None,
                    Some(agent) => Some(agent?),
                },
                applications,
                outlet: outlet?,
                service_years: years.unwrap_or(0),
                payment_method: payment_method.flatten(),
                collection_method: collection_method.flatten(),
                certificate_serial,
                replacement_reason,
                seal,
            })
        })();
        form.finish(application)
    }

    /// This application with a correction made.
    ///
    /// # Errors
    /// Every fault, with pointers below `/correction`.
    pub fn corrected(
        &self,
        draft: &CorrectionDraft,
        hall: &Hall,
        check_override: CheckOverride,
        today: NaiveDate,
    ) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let mut corrected = self.clone();
        if let Some(organization) = &draft.organization
            && let Some(checked) = form.organization("/correction/organization", organization, check_override)
        {
            corrected.organization = checked;
        }
        if let Some(applicant) = &draft.applicant
            && let Some(checked) = form.person("/correction/applicant", applicant, today)
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
            Some(agent) => corrected.agent = form.person("/correction/agent", agent, today),
            None if draft.without_agent => corrected.agent = None,
            None => {}
        }
        if let Some(outlet) = &draft.outlet
            && let Some(checked) = form.outlet("/correction/outlet", outlet, hall)
        {
            corrected.outlet = checked;
        }
        if form.0.is_empty() && corrected == *self {
            form.fault("/correction", "nothing_changed", "没有任何更改", "the correction changes nothing");
        }
        form.finish(Some(corrected))
    }
}
