//! What other systems and clients send about cases, where it isn't itself the draft that the rules check.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::cases::input::MaterialDraft;
use crate::domain::cases::intake::applicant::{OrganizationDraft, PersonDraft};
use crate::domain::cases::intake::application::ApplicationDraft;

/// An application.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
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
pub struct OpenCaseRequest {
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
    /// Code of the pick-up outlet.
    #[schema(min_length = 1, max_length = 64, example = "guangzhou-center")]
    pub outlet: String,
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

/// What was found on one sheet.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "copies_received": 3, "copies_stamped": 2, "reason": "illegible", "remark": "第三份模糊" }))]
pub struct MaterialCheckRequest {
    /// Copies received.
    #[schema(minimum = 0, maximum = 99, example = 3)]
    pub copies_received: u32,
    /// How many of them bear the organization's official seal.
    #[schema(minimum = 0, maximum = 99, example = 3)]
    pub copies_stamped: u32,
    /// The original was sighted or presented.
    #[serde(default)]
    pub original_sighted: bool,
    /// Code of the reason why it doesn't do, where it doesn't.
    #[schema(max_length = 64, nullable = false)]
    pub reason: Option<String>,
    /// Remark.
    #[schema(max_length = 500, nullable = false)]
    pub remark: Option<String>,
}

/// The whole check sheet, or the rows of it that were checked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "materials": [
    { "material": "e-seal-agreement", "copies_received": 3, "copies_stamped": 3 },
    { "material": "business-licence", "copies_received": 3, "copies_stamped": 3, "original_sighted": true },
] }))]
pub struct MaterialsRequest {
    /// The rows.
    #[schema(min_items = 1, max_items = 100)]
    pub materials: Vec<MaterialDraft>,
}

impl From<OpenCaseRequest> for ApplicationDraft {
    fn from(request: OpenCaseRequest) -> Self {
        Self {
            organization: request.organization,
            applicant: request.applicant,
            agent: request.agent,
            applications: request.applications,
            outlet: request.outlet,
            service_years: request.service_years,
            payment_method: request.payment_method,
            collection_method: request.collection_method,
            responsibility_letter_accepted: request.responsibility_letter_accepted,
            certificate_serial: request.certificate_serial,
            replacement_reason: request.replacement_reason,
            seal: request.seal,
        }
    }
}

impl MaterialCheckRequest {
    /// The check as one of a sheet.
    pub fn of(self, material: String) -> MaterialDraft {
        let Self { copies_received, copies_stamped, original_sighted, reason, remark } = self;
        MaterialDraft { material, copies_received, copies_stamped, original_sighted, reason, remark }
    }
}
