//! The data of an action as typed.

use std::fmt;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::cases::intake::application::CorrectionDraft;
use crate::domain::cases::materials::commitment::CommitmentDraft;
use crate::domain::money::payment::{CancellationDraft, PaymentDraft, RefundDraft, WaiverDraft};

/// Data for an action: the parts that the case's `actions` name under `requires`; here of `record_payment`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionRequest, example = json!({ "payment": { "amount_fen": 20000, "method": "cash", "window": "3" } }))]
pub struct ActionInput {
    /// Why.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
    /// Remark.
    #[schema(max_length = 500, nullable = false)]
    pub remark: Option<String>,
    /// Checks of documents.
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    pub materials: Option<Vec<MaterialDraft>>,
    /// The certificate made.
    #[schema(nullable = false)]
    pub certificate: Option<CertificateDraft>,
    /// Money taken.
    #[schema(nullable = false)]
    pub payment: Option<PaymentDraft>,
    /// The collector.
    #[schema(nullable = false)]
    pub collector: Option<CollectorDraft>,
    /// Corrected details.
    #[schema(nullable = false)]
    pub correction: Option<CorrectionDraft>,
    /// The new limit: a working day after the current limit.
    pub limit: Option<NaiveDate>,
    /// A commitment to bring a document later.
    #[schema(nullable = false)]
    pub commitment: Option<CommitmentDraft>,
    /// Which payment is cancelled.
    #[schema(nullable = false)]
    pub cancellation: Option<CancellationDraft>,
    /// Where the refund is made.
    #[schema(nullable = false)]
    pub refund: Option<RefundDraft>,
    /// What is waived.
    #[schema(nullable = false)]
    pub waiver: Option<WaiverDraft>,
    /// The box that a medium is put in.
    #[schema(min_length = 1, max_length = 20, nullable = false, example = "A-12")]
    pub box_number: Option<String>,
}

/// What was found on one sheet, by its code.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MaterialRequest)]
pub struct MaterialDraft {
    /// Code of the sheet in the case's checklist.
    #[serde(default)] // where a path names it
    #[schema(required = true, min_length = 1, max_length = 96, example = "e-seal-agreement")]
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

/// The certificate that was made.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CertificateRequest)]
pub struct CertificateDraft {
    /// Serial number.
    #[schema(min_length = 4, max_length = 64, example = "GZ2026-000147")]
    pub serial: String,
    /// Number of the medium.
    #[schema(min_length = 4, max_length = 64, example = "KEY-0000147")]
    pub medium_number: String,
}

/// The collector.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CollectorRequest)]
pub struct CollectorDraft {
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Which identity document the number is of, as of an applicant; a resident identity card if absent.
    #[schema(max_length = 40, nullable = false, example = "resident_identity_card")]
    pub document_type: Option<String>,
    /// The country that issued a passport (ISO 3166-1; alpha-2 becomes alpha-3).
    #[schema(max_length = 3, nullable = false, pattern = "^[A-Za-z]{2,3}$", example = "SGP")]
    pub document_country: Option<String>,
    /// Number of the identity document.
    #[schema(min_length = 1, max_length = 40, example = "440199196412310694")]
    pub document_number: String,
    /// The identity document was sighted.
    pub document_sighted: bool,
}

/// Shows nothing: whatever was typed may be a person's, in whichever field.
impl fmt::Debug for CollectorDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CollectorDraft").finish_non_exhaustive()
    }
}
