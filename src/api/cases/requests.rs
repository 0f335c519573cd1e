//! What other systems and clients send about cases. Unknown fields are refused; limits stand in the schema.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::money::requests::{CancellationRequest, PaymentRequest, RefundRequest, WaiverRequest};
use crate::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use crate::domain::cases::intake::applicant::{OrganizationDraft, PersonDraft};
use crate::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use crate::domain::cases::materials::commitment::CommitmentDraft;

/// An organization: by its unified social credit code, or by the codes of its old papers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRequest {
    /// Full name.
    #[schema(min_length = 1, max_length = 120, example = "广州市正鼎建筑工程有限公司")]
    pub name: String,
    /// Unified social credit code (GB 32100-2015), 18 characters.
    #[schema(max_length = 40, nullable = false, example = "91440114PDY746751K")]
    pub unified_social_credit_code: Option<String>,
    /// Organization code (GB 11714-1997) of old papers.
    #[schema(max_length = 40, nullable = false)]
    pub organization_code: Option<String>,
    /// Business registration number (15 digits) of old papers.
    #[schema(max_length = 40, nullable = false)]
    pub registration_number: Option<String>,
    /// For supervisors: why a code whose check character is wrong is let pass.
    #[schema(max_length = 500, nullable = false)]
    pub check_override_reason: Option<String>,
}

/// A natural person.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// Name.
    #[schema(min_length = 1, max_length = 120, example = "谭丽")]
    pub name: String,
    /// Resident identity number (GB 11643-1999), residence permit or permanent residence card.
    #[schema(min_length = 1, max_length = 40, example = "440199196412310694")]
    pub identity_number: String,
    /// Mobile or landline number.
    #[schema(min_length = 1, max_length = 40, example = "13800138000")]
    pub phone: String,
}

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
    pub organization: OrganizationRequest,
    /// The applicant (申请人).
    pub applicant: PersonRequest,
    /// The agent who handles it (经办人), where it is somebody else.
    #[schema(nullable = false)]
    pub agent: Option<PersonRequest>,
    /// Codes of the applications applied for, where the case type asks for them.
    #[schema(max_items = 20, example = json!(["urban-construction"]))]
    #[serde(default)]
    pub applications: Vec<String>,
    /// Code of the pick-up outlet.
    #[schema(min_length = 1, max_length = 64, example = "guangzhou-center")]
    pub outlet: String,
    /// Years of service to pay for, where the case type asks for them.
    #[schema(minimum = 1, maximum = 3, example = 1, nullable = false)]
    pub service_years: Option<u32>,
    /// Way of paying, where the case type asks for it: cash, card, transfer, online.
    #[schema(max_length = 32, example = "transfer", nullable = false)]
    pub payment_method: Option<String>,
    /// Way of collecting, where the case type asks for it: window, courier.
    #[schema(max_length = 32, example = "window", nullable = false)]
    pub collection_method: Option<String>,
    /// The responsibility letter was read and accepted, where the case type asks for that.
    #[schema(example = true)]
    #[serde(default)]
    pub responsibility_letter_accepted: bool,
    /// Serial of the certificate held, where the case type works on one.
    #[schema(max_length = 64, nullable = false)]
    pub certificate_serial: Option<String>,
    /// Why the certificate held is replaced, where it is: lost, damaged, expired. One that was lost is suspended at once.
    #[schema(max_length = 32, nullable = false)]
    pub replacement_reason: Option<String>,
    /// What names the new image of the e-seal (印章编码), where the case type changes it.
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

/// What was found on one sheet, by its code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterialRequest {
    /// Code of the sheet in the case's checklist.
    #[schema(min_length = 1, max_length = 96, example = "e-seal-agreement")]
    pub material: String,
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
    pub materials: Vec<MaterialRequest>,
}

/// The certificate that was made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequest {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, example = "GZ2026-000147")]
    pub serial: String,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, example = "KEY-0000147")]
    pub medium_number: String,
}

/// Who collects.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectorRequest {
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Number of the identity document.
    #[schema(min_length = 1, max_length = 40)]
    pub document_number: String,
    /// The document itself was looked at.
    pub document_sighted: bool,
}

/// A document that the organization promises to bring (容缺受理).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentRequest {
    /// Code of the row.
    #[schema(min_length = 1, max_length = 64)]
    pub material: String,
    /// The last day on which it is brought: a working day.
    pub until: NaiveDate,
    /// The commitment was signed and is in the file.
    pub signed: bool,
}

/// Corrected details; what is absent stays.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// The organization's details.
    #[schema(nullable = false)]
    pub organization: Option<OrganizationRequest>,
    /// The applicant.
    #[schema(nullable = false)]
    pub applicant: Option<PersonRequest>,
    /// The agent.
    #[schema(nullable = false)]
    pub agent: Option<PersonRequest>,
    /// There is no agent after all.
    #[serde(default)]
    pub without_agent: bool,
    /// The pick-up outlet.
    #[schema(max_length = 64, nullable = false)]
    pub outlet: Option<String>,
}

/// Data for an action: the parts that the case's `actions` name under `requires`; here of `record_payment`.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "payment": { "amount_fen": 20000, "method": "cash", "window": "3" } }))]
pub struct ActionRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
    /// Remark.
    #[schema(max_length = 500, nullable = false)]
    pub remark: Option<String>,
    /// Checks of documents.
    #[schema(max_items = 100, nullable = false)]
    pub materials: Option<Vec<MaterialRequest>>,
    /// The certificate made.
    #[schema(nullable = false)]
    pub certificate: Option<CertificateRequest>,
    /// Money taken.
    #[schema(nullable = false)]
    pub payment: Option<PaymentRequest>,
    /// Who collects.
    #[schema(nullable = false)]
    pub collector: Option<CollectorRequest>,
    /// Corrected details.
    #[schema(nullable = false)]
    pub correction: Option<CorrectionRequest>,
    /// A later limit: a working day after the one that stands.
    pub limit: Option<NaiveDate>,
    /// A document promised for later.
    #[schema(nullable = false)]
    pub commitment: Option<CommitmentRequest>,
    /// Which payment is cancelled.
    #[schema(nullable = false)]
    pub cancellation: Option<CancellationRequest>,
    /// Where money is given back.
    #[schema(nullable = false)]
    pub refund: Option<RefundRequest>,
    /// What is waived.
    #[schema(nullable = false)]
    pub waiver: Option<WaiverRequest>,
    /// The box that a medium is put in.
    #[schema(min_length = 1, max_length = 20, nullable = false, example = "A-12")]
    pub box_number: Option<String>,
}

impl From<OrganizationRequest> for OrganizationDraft {
    fn from(request: OrganizationRequest) -> Self {
        Self {
            name: request.name,
            unified_social_credit_code: request.unified_social_credit_code,
            organization_code: request.organization_code,
            registration_number: request.registration_number,
            check_override_reason: request.check_override_reason,
        }
    }
}

impl From<PersonRequest> for PersonDraft {
    fn from(request: PersonRequest) -> Self {
        Self { name: request.name, identity_number: request.identity_number, phone: request.phone }
    }
}

impl From<OpenCaseRequest> for ApplicationDraft {
    fn from(request: OpenCaseRequest) -> Self {
        Self {
            organization: request.organization.into(),
            applicant: request.applicant.into(),
            agent: request.agent.map(Into::into),
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

impl From<MaterialRequest> for MaterialDraft {
    fn from(request: MaterialRequest) -> Self {
        let MaterialRequest { material, copies_received, copies_stamped, original_sighted, reason, remark } = request;
        Self { material, copies_received, copies_stamped, original_sighted, reason, remark }
    }
}

impl MaterialCheckRequest {
    /// The check as one of a sheet.
    pub fn of(self, material: String) -> MaterialDraft {
        let Self { copies_received, copies_stamped, original_sighted, reason, remark } = self;
        MaterialDraft { material, copies_received, copies_stamped, original_sighted, reason, remark }
    }
}

impl From<CorrectionRequest> for CorrectionDraft {
    fn from(request: CorrectionRequest) -> Self {
        Self {
            organization: request.organization.map(Into::into),
            applicant: request.applicant.map(Into::into),
            agent: request.agent.map(Into::into),
            without_agent: request.without_agent,
            outlet: request.outlet,
        }
    }
}

impl From<ActionRequest> for ActionInput {
    fn from(request: ActionRequest) -> Self {
        let drafts = |materials: Vec<MaterialRequest>| materials.into_iter().map(Into::into).collect();
        Self {
            reason: request.reason,
            remark: request.remark,
            materials: request.materials.map(drafts),
            certificate: request
                .certificate
                .map(|made| CertificateDraft { serial: made.serial, medium_number: made.medium_number }),
            payment: request.payment.map(Into::into),
            collector: request.collector.map(|collector| CollectorDraft {
                name: collector.name,
                document_number: collector.document_number,
                document_sighted: collector.document_sighted,
            }),
            correction: request.correction.map(Into::into),
            limit: request.limit,
            commitment: request.commitment.map(|promised| CommitmentDraft {
                material: promised.material,
                until: promised.until,
                signed: promised.signed,
            }),
            cancellation: request.cancellation.map(Into::into),
            refund: request.refund.map(Into::into),
            waiver: request.waiver.map(Into::into),
            box_number: request.box_number,
        }
    }
}
