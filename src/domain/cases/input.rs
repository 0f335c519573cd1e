//! What is asked: the data of an action, as somebody typed it.

use chrono::NaiveDate;

use crate::domain::cases::intake::application::CorrectionDraft;
use crate::domain::cases::materials::commitment::CommitmentDraft;
use crate::domain::money::payment::{CancellationDraft, PaymentDraft, RefundDraft, WaiverDraft};

/// Data for an action. An action takes the parts its workflow names and refuses the others.
#[derive(Clone, Default)]
pub struct ActionInput {
    /// Why, in words.
    pub reason: Option<String>,
    /// A remark.
    pub remark: Option<String>,
    /// Checks of documents.
    pub materials: Option<Vec<MaterialDraft>>,
    /// The certificate made.
    pub certificate: Option<CertificateDraft>,
    /// Money taken.
    pub payment: Option<PaymentDraft>,
    /// Who collects.
    pub collector: Option<CollectorDraft>,
    /// Corrected details.
    pub correction: Option<CorrectionDraft>,
    /// A later limit.
    pub limit: Option<NaiveDate>,
    /// A document promised for later.
    pub commitment: Option<CommitmentDraft>,
    /// Which payment is cancelled.
    pub cancellation: Option<CancellationDraft>,
    /// Where money is given back.
    pub refund: Option<RefundDraft>,
    /// What is waived.
    pub waiver: Option<WaiverDraft>,
    /// The box that a medium is put in.
    pub box_number: Option<String>,
}

/// What a clerk found on one sheet.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // the fields are those of MaterialCheck
pub struct MaterialDraft {
    pub material: String,
    pub copies_received: u32,
    pub copies_stamped: u32,
    pub original_sighted: bool,
    pub reason: Option<String>,
    pub remark: Option<String>,
}

/// A certificate as its producer types or scans it.
#[derive(Debug, Clone, Default)]
pub struct CertificateDraft {
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
}

/// Who collects, as a clerk types it.
#[derive(Clone, Default)]
pub struct CollectorDraft {
    /// Name.
    pub name: String,
    /// Number of the identity document.
    pub document_number: String,
    /// The document itself was looked at.
    pub document_sighted: bool,
}
