//! What other systems and clients send about money of a case.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::money::payment::{CancellationDraft, PaymentDraft, RefundDraft, WaiverDraft};

/// Money taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// In fen.
    #[schema(minimum = 1, example = 60000)]
    pub amount_fen: i64,
    /// Way of paying: cash, card, transfer, online.
    #[schema(max_length = 32, example = "cash")]
    pub method: String,
    /// Number of the transfer or slip; the receipt gets its own number.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
    /// At which window, as the hall calls it.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
}

/// Which payment is cancelled, as a whole, because it was typed wrongly.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationRequest {
    /// Number of its receipt.
    #[schema(max_length = 32, example = "SK20260302-0001")]
    pub receipt: String,
    /// At which window.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
}

/// Where money is given back; what is given back follows from what was paid.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// At which window.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
    /// Number of the transfer or slip.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
}

/// What is waived: a line of the fee, an amount, or an amount of a line.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverRequest {
    /// Code of the line's item; without an amount all that is left of it.
    #[schema(max_length = 32, nullable = false, example = "medium")]
    pub item: Option<String>,
    /// In fen.
    #[schema(minimum = 1, nullable = false, example = 20000)]
    pub amount_fen: Option<i64>,
}

impl From<PaymentRequest> for PaymentDraft {
    fn from(request: PaymentRequest) -> Self {
        let PaymentRequest { amount_fen, method, reference, window } = request;
        Self { amount_fen, method, reference, window }
    }
}

impl From<CancellationRequest> for CancellationDraft {
    fn from(request: CancellationRequest) -> Self {
        Self { receipt: request.receipt, window: request.window }
    }
}

impl From<RefundRequest> for RefundDraft {
    fn from(request: RefundRequest) -> Self {
        Self { window: request.window, reference: request.reference }
    }
}

impl From<WaiverRequest> for WaiverDraft {
    fn from(request: WaiverRequest) -> Self {
        Self { item: request.item, amount_fen: request.amount_fen }
    }
}
