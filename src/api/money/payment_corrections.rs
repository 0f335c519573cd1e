//! The way of paying put right over HTTP, also of a case that has ended.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::accounts::auth::Authenticated;
use crate::api::cases::case::answer;
use crate::api::cases::view::CaseView;
use crate::api::http::body::Body;
use crate::api::http::conditional::MaybeIfMatch;
use crate::api::http::keys::{CasePath, IdempotencyKey};
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::problem_kinds;
use crate::domain::money::payment::ReceiptNumber;
use crate::domain::money::payment_correction::PaymentCorrectionDraft;
use crate::service::Service;
use crate::service::cases::case::Expected;

/// The way in which a payment was really made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "method": "card", "reference": "8842", "reason": "实为刷卡，误登为现金" }))]
pub struct PaymentCorrectionRequest {
    /// Way of paying: cash, card, transfer, online.
    #[schema(max_length = 32, example = "card")]
    pub method: String,
    /// Number of the transfer or slip.
    #[schema(max_length = 120, nullable = false)]
    pub reference: Option<String>,
    /// At which window; left out: where it was taken.
    #[schema(max_length = 20, nullable = false, example = "3")]
    pub window: Option<String>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Puts the way of paying right, whatever became of the case: the payment is cancelled and the same amount is taken anew, with
/// numbers of their own; for supervisors.
#[utoipa::path(
    tag = "cases",
    request_body = PaymentCorrectionRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("receipt" = String, Path, description = "Number of the payment's receipt"),
        ("If-Match" = Option<String>, Header, description = "Only if this is the case's version."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same case."),
    ),
    responses(
        (status = 200, description = "Corrected.", body = CaseView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 404, description = "No such case, or it has no such payment.", body = ProblemView),
        (status = 409, description = "The payment was cancelled or given back.", body = ProblemView),
        (status = 422, description = "All faults.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/cases/{key}/payments/{receipt}/corrections")]
pub(in crate::api) async fn correct_payment(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    once: IdempotencyKey,
    version: MaybeIfMatch,
    path: CasePath,
    body: Body<PaymentCorrectionRequest>,
) -> Result<HttpResponse, Problem> {
    let receipt = path.last("receipt")?;
    let once = once.once(&format!("POST /cases/{}/payments/{receipt}/corrections", path.text), body.raw());
    let receipt = ReceiptNumber::parse(&receipt).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND))?;
    let PaymentCorrectionRequest { method, reference, window, reason } = body.into_value()?;
    let draft = PaymentCorrectionDraft { method, reference, window, reason };
    let expected = version.0.map_or(Expected::Any, Expected::Case);
    let after = service.correct_payment(&caller, path.key, receipt, draft, expected, once).await?;
    answer(&service, &after, &caller, language.0)
}
