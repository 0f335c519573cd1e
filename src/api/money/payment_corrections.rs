//! Route that corrects a payment method, also after the case is closed.

use actix_web::post;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::api::accounts::rights::{CorrectPayments, May};
use crate::api::cases::case::{CaseAnswer, answer};
use crate::domain::money::payment::ReceiptNumber;
use crate::domain::money::payment_correction::PaymentCorrectionDraft;
use crate::http::answers::{NotChanged, Stale};
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::conditional::MaybeIfMatch;
use crate::http::keys::{NAMES_NOTHING, case_named};
use crate::http::problem::{Problem, ProblemView};
use crate::service::cases::case::CaseKey;

/// Corrects a payment method, in any state of the case: the payment is cancelled and the same amount is recorded again, with
/// new numbers. For supervisors.
#[utoipa::path(
    tag = "cases",
    request_body = PaymentCorrectionDraft,
    params(May<CorrectPayments>, Change<PaymentPath, MaybeIfMatch>),
    responses(CaseAnswer, NotChanged, Stale, (status = 409, description = "The payment was cancelled or refunded.", body = ProblemView))
)]
#[post("/cases/{key}/payments/{receipt}/corrections")]
pub(in crate::api) async fn correct_payment(
    may: May<CorrectPayments>,
    change: Change<PaymentPath, MaybeIfMatch>,
    body: Body<PaymentCorrectionDraft>,
) -> Result<CaseAnswer, Problem> {
    let (idempotency, expected) = (change.idempotent(&body.canonical), change.seen.into());
    let PaymentPath { key, receipt } = change.path;
    answer(&may, may.service.correct_payment(&may.caller, key, receipt, body.value, expected, idempotency).await?)
}

/// A payment of a case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PaymentPath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String, min_length = 1, max_length = 45, example = "260601000140")]
    pub key: CaseKey,
    /// Number of the payment's receipt
    #[serde(deserialize_with = "receipt_named")]
    #[param(value_type = String, min_length = 1, max_length = 32, example = "SK20260302-0001")]
    pub receipt: ReceiptNumber,
}

fn receipt_named<'de, D: Deserializer<'de>>(from: D) -> Result<ReceiptNumber, D::Error> {
    ReceiptNumber::parse(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(NAMES_NOTHING))
}
