//! Route of the import of certificates issued before Casehall, from CSV.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::accounts::rights::{May, RegisterCertificates};
use crate::api::closed::CertificateTable;
use crate::domain::base::words::Words;
use crate::http::body::{self, BodyLimits, MediaType};
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::Query;
use crate::service::certificates::import::MOST_BYTES;

/// How certificates are imported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateImportQuery {
    /// Only check.
    pub dry_run: Option<bool>,
}

/// What was imported, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateImportView {
    /// It was only checked.
    pub dry_run: bool,
    /// How many certificates the table has.
    #[schema(format = Int64)]
    pub lines: usize,
    /// How many were entered.
    #[schema(format = Int64)]
    pub imported: usize,
    /// The import under which they wait for another supervisor's approval; none where nothing was entered.
    #[schema(required = true)]
    pub import: Option<Uuid>,
}

/// Enters the certificates of a table, all of them or none; for supervisors, who may register single ones. They can't be used until
/// another supervisor approves the import. With
/// `dry_run=true` it only checks. Columns, in any order, in English or Chinese: serial, medium_number,
/// organization_name, unified_social_credit_code or organization_code, valid_from, valid_until; and
/// optionally handler, locked_at, applications, e_seal. UTF-8, UTF-16 with a byte order mark, or GB18030.
#[utoipa::path(
    tag = "certificates",
    request_body(content(
        (CertificateTable = "text/csv", example = json!("serial,medium_number,organization_name,organization_code,valid_from,valid_until\nGZ2013-004712,KEY-0004712,广州市某某有限公司,PDY48323-4,2025-01-01,2027-12-31\n")),
    )),
    params(May<RegisterCertificates>, CertificateImportQuery),
    responses(
        (status = 200, description = "All were entered and wait for approval, or in a dry run could be.", body = CertificateImportView),
        (status = 403, description = "Not a supervisor.", body = ProblemView),
        (status = 422, description = "Nothing was imported: the first faults, each with its line; `fault_count` counts all.", body = ProblemView),
    )
)]
#[post("/certificates/imports")]
pub(in crate::api) async fn import_certificates(
    May { service, caller, .. }: May<RegisterCertificates>,
    query: Query<CertificateImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let dry_run = query.0.dry_run.unwrap_or_default();
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    let limits = BodyLimits { bytes: limits.bytes.max(MOST_BYTES), patience: limits.patience * 4 };
    acceptable(&request)?;
    body::check_encoding_and_length(&request, limits)?;
    let raw = body::receive(payload, limits).await?;
    let source = Arc::new(move || Ok(Box::new(Cursor::new(raw.clone())) as Box<dyn std::io::Read>));
    let done = service.import_certificates(&caller, source, dry_run).await?;
    if done.fault_count > 0 {
        let (all, listed) = (done.fault_count, done.faults.len());
        let (some_zh, some_en) = match (all, listed) {
            (1, _) => (String::new(), "There is 1 fault; see errors.".to_owned()),
            (all, listed) if all == listed => (String::new(), format!("There are {all} faults; see errors.")),
            _ => (
                format!("，errors列出前{listed}处"),
                format!("There are {all} faults; errors lists the first {listed}."),
            ),
        };
        let words = Words::new(format!("共{all}处错误{some_zh}。"), some_en);
        let problem = Problem::of(&kinds::INVALID_REQUEST).member("fault_count", all).detail(words);
        return Err(problem.faults(done.faults));
    }
    let imported = if dry_run { 0 } else { done.lines };
    Ok(HttpResponse::Ok().json(CertificateImportView { dry_run, lines: done.lines, imported, import: done.import }))
}

fn acceptable(request: &HttpRequest) -> Result<(), Problem> {
    if MediaType::of(request).essence == "text/csv" {
        return Ok(());
    }
    let detail = Words::new("Content-Type 须为 text/csv。", "The Content-Type must be text/csv.");
    Err(Problem::of(&kinds::UNSUPPORTED_MEDIA_TYPE).detail(detail))
}
