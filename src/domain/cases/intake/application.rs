//! An application: who applies, for what, where it is collected and how it is paid; and its corrections.
//!
//! Cast: an [`ApplicationDraft`] is what somebody typed; [`Application::checked`] makes an [`Application`] of it or names
//! every fault at once. A [`CorrectionDraft`] is what somebody wants changed in one; [`Application::corrected`] does it.

use serde::{Deserialize, Serialize};

use crate::domain::base::form::{Form, NAME_CHARACTERS};
use crate::domain::base::words::Fault;
use crate::domain::case_types::case_type::{ApplicationPart, CaseType, ReplacementReason};
use crate::domain::cases::intake::applicant::{CheckOverride, Organization, OrganizationDraft, Person, PersonDraft};
use crate::domain::hall::Hall;
use crate::domain::money::payment::PaymentMethod;

/// Years of service that can be paid for at once (flow chart, step 3).
pub const SERVICE_YEARS: std::ops::RangeInclusive<u32> = 1..=3;

/// A way of getting the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionMethod {
    /// At the outlet's window (窗口领取).
    Window,
    /// By courier (邮寄).
    Courier,
}

/// A checked application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Who applies.
    pub organization: Organization,
    /// The applicant (申请人).
    pub applicant: Person,
    /// The agent who handles it (经办人), where it is somebody else.
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

/// An application as somebody typed it.
#[derive(Clone, Default)]
#[allow(missing_docs)] // the fields are those of Application
pub struct ApplicationDraft {
    pub organization: OrganizationDraft,
    pub applicant: PersonDraft,
    pub agent: Option<PersonDraft>,
    pub applications: Vec<String>,
    pub outlet: String,
    pub service_years: Option<u32>,
    pub payment_method: Option<String>,
    pub collection_method: Option<String>,
    pub responsibility_letter_accepted: bool,
    pub certificate_serial: Option<String>,
    pub replacement_reason: Option<String>,
    pub seal: Option<String>,
}

/// Details of an application to be corrected; what is absent stays.
#[derive(Clone, Default)]
pub struct CorrectionDraft {
    /// The organization's details.
    pub organization: Option<OrganizationDraft>,
    /// The applicant.
    pub applicant: Option<PersonDraft>,
    /// The agent.
    pub agent: Option<PersonDraft>,
    /// There is no agent after all.
    pub without_agent: bool,
    /// The pick-up outlet.
    pub outlet: Option<String>,
}

impl Application {
    /// Checks what somebody typed.
    ///
    /// # Errors
    /// Every fault, each with the pointer of its field.
    pub fn checked(
        draft: &ApplicationDraft,
        case_type: &CaseType,
        hall: &Hall,
        check_override: CheckOverride,
    ) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let organization = form.organization("/organization", &draft.organization, check_override);
        let applicant = form.person("/applicant", &draft.applicant);
        let agent = draft.agent.as_ref().map(|agent| form.person("/agent", agent));
        let applications = form.applications(&draft.applications, case_type, hall);
        let outlet = form.outlet("/outlet", &draft.outlet, hall);
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
        let collection_method = collection_method.map(|code| match code {
            "window" => Some(CollectionMethod::Window),
            "courier" => Some(CollectionMethod::Courier),
            _ => {
                form.not_one_of("/collection_method", &["window", "courier"]);
                None
            }
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
    ) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let mut corrected = self.clone();
        if let Some(organization) = &draft.organization
            && let Some(checked) = form.organization("/correction/organization", organization, check_override)
        {
            corrected.organization = checked;
        }
        if let Some(applicant) = &draft.applicant
            && let Some(checked) = form.person("/correction/applicant", applicant)
        {
            corrected.applicant = checked;
        }
        match &draft.agent {
            Some(_) if draft.without_agent => form.fault(
                "/correction/without_agent",
                "contradiction",
                "不能同时填写经办人又声明没有经办人",
                "an agent and no agent contradict one another",
            ),
            Some(agent) => corrected.agent = form.person("/correction/agent", agent),
            None if draft.without_agent => corrected.agent = None,
            None => {}
        }
        if let Some(outlet) = &draft.outlet
            && let Some(checked) = form.outlet("/correction/outlet", outlet, hall)
        {
            corrected.outlet = checked;
        }
        if form.0.is_empty() && corrected == *self {
            form.fault("/correction", "nothing_changed", "没有任何更改", "nothing is changed");
        }
        form.finish(Some(corrected))
    }
}
