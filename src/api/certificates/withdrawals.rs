//! Route by which supervisors withdraw what another system, or somebody at the window, reported wrongly.

use actix_web::post;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::rights::{LiftSuspensions, May};
use crate::api::closed::WithdrawalOutcome;
use crate::domain::base::words::Language;
use crate::domain::certificates::state::CertificateState;
use crate::http::answers::{Forbidden, Invalid, Shown};
use crate::http::body::Body;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::Query;
use crate::service::certificates::withdrawals::{Reporter, Withdrawal};

/// Which reports are withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "system": "urban-construction",
    "from": "2026-03-02T09:00:00+08:00",
    "until": "2026-03-02T10:00:00+08:00",
    "reason": "登录系统误报，已与其负责人核实",
}))]
pub struct WithdrawalRequest {
    /// Client id of the system that reported them.
    #[schema(min_length = 1, max_length = 64)]
    pub system: Option<String>,
    /// Instead: id of the account of whoever reported them at the window. Not the caller's own.
    #[schema(min_length = 1, max_length = 64)]
    pub account: Option<String>,
    /// Reported from this instant.
    pub from: DateTime<Utc>,
    /// Until this one, excluded.
    pub until: DateTime<Utc>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// How reports are withdrawn.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WithdrawalQuery {
    /// Only say what would become of each.
    pub dry_run: Option<bool>,
}

/// What became of the reports, or would.
#[derive(Serialize, ToSchema)]
pub struct WithdrawalsView {
    /// Nothing was changed.
    pub dry_run: bool,
    /// How many were withdrawn, or would be.
    #[schema(format = Int64)]
    pub withdrawn: usize,
    /// How many stay.
    #[schema(format = Int64)]
    pub refused: usize,
    /// There are further reports in the period: withdraw those from the last one on.
    pub more: bool,
    /// Report by report, oldest first; at most 500.
    pub results: Vec<WithdrawalView>,
}

/// What became of a report, or would.
#[derive(Serialize, ToSchema)]
pub struct WithdrawalView {
    /// Serial number of the certificate.
    pub serial: String,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// withdrawn or refused.
    #[schema(value_type = WithdrawalOutcome)]
    pub result: &'static str,
    /// Name of the holder, unless it was refused.
    #[schema(required = true)]
    pub organization_name: Option<String>,
    /// State of the certificate, after the withdrawal, or now in a dry run; none where it was refused.
    #[schema(value_type = Option<CertificateState>, required = true)]
    pub state: Option<&'static str>,
    /// Why it stays, as a problem.
    #[schema(value_type = Option<ProblemView>, required = true)]
    pub problem: Option<Value>,
}

/// Withdraws all that a system, or somebody at the window, locked or suspended in a period; what of it still stands, each by itself, with its own result. With
/// `dry_run=true` it only says what would become of each. It is safe to repeat. For supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = WithdrawalRequest,
    params(May<LiftSuspensions>, WithdrawalQuery),
    responses(Shown<WithdrawalsView>, Forbidden, Invalid)
)]
#[post("/certificates/lock-reports/withdrawals")]
pub(in crate::api) async fn withdraw_reports(
    may: May<LiftSuspensions>,
    query: Query<WithdrawalQuery>,
    body: Body<WithdrawalRequest>,
) -> Result<Shown<WithdrawalsView>, Problem> {
    let dry_run = query.0.dry_run.unwrap_or_default();
    let run = body.checked(|asked| {
        let reporter = Reporter::named(asked.system, asked.account).map_err(|fault| vec![fault])?;
        may.service.run_of_reports(reporter, (asked.from, asked.until), &asked.reason)
    })?;
    let (withdrawals, more) = may.service.withdraw_reports(&may.caller, run, dry_run).await?;
    let results: Vec<WithdrawalView> = withdrawals.into_iter().map(|one| view(one, may.language)).collect();
    let withdrawn = results.iter().filter(|one| one.problem.is_none()).count();
    Ok(Shown(WithdrawalsView { dry_run, withdrawn, refused: results.len() - withdrawn, more, results }))
}

fn view(Withdrawal { reported_at, outcome, serial }: Withdrawal, language: Language) -> WithdrawalView {
    match outcome {
        Ok(at) => WithdrawalView {
            serial,
            reported_at,
            result: "withdrawn",
            state: Some(at.certificate.state(at.now).code()),
            organization_name: Some(at.certificate.organization_name),
            problem: None,
        },
        Err(error) => {
            let problem = serde_json::to_value(Problem::from(error).view(language, None)).ok();
            WithdrawalView { serial, reported_at, result: "refused", state: None, organization_name: None, problem }
        }
    }
}
