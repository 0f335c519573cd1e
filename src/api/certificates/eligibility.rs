//! Whether an organization may apply for a certificate, over HTTP: before it applies.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::accounts::auth::Authenticated;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::refusals::alternatives;
use crate::domain::base::words::Language;
use crate::domain::cases::refusal::Refusal;
use crate::service::Service;
use crate::service::certificates::certificate::Eligibility;

/// Whether an organization may apply for a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibilityView {
    /// The code that identifies it under either kind of papers.
    pub organization_code: String,
    /// It may apply for a new certificate.
    pub eligible: bool,
    /// Why not.
    #[schema(value_type = Option<Object>)]
    pub reason: Option<ReasonView>,
    /// What it can do instead.
    #[schema(value_type = Vec<Object>)]
    pub alternatives: serde_json::Value,
}

/// A reason with its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable code.
    pub code: &'static str,
    /// Words in the language asked for.
    pub message: String,
}

impl EligibilityView {
    fn new(eligibility: Eligibility, language: Language) -> Self {
        let alternatives = eligibility.held_by.as_ref().map_or_else(|| serde_json::json!([]), alternatives);
        let reason = eligibility.held_by.map(|held_by| {
            let refusal = Refusal::AlreadyApplied { held_by };
            ReasonView { code: refusal.code(), message: refusal.words().text(language).to_owned() }
        });
        let organization_code = eligibility.organization_code;
        Self { organization_code, eligible: reason.is_none(), reason, alternatives }
    }
}

/// Whether an organization may apply for a new certificate, under its unified code or its organization code.
#[utoipa::path(
    tag = "certificates",
    params(("code" = String, Path, description = "Unified social credit code or organization code")),
    responses(
        (status = 200, description = "The answer, with what it can do instead.", body = EligibilityView),
        (status = 422, description = "The code is none.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/organizations/{code}/eligibility")]
pub(in crate::api) async fn read_eligibility(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let eligibility = service.eligibility(&caller, &path).await?;
    Ok(HttpResponse::Ok().json(EligibilityView::new(eligibility, language.0)))
}
