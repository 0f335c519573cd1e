//! Routes of batches: one request for many cases, with a result for each.

use actix_web::post;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::accounts::rights::{May, WorkOnCases};
use crate::api::closed::BatchOutcome;
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::cases::assignment::AssignmentAction;
use crate::domain::cases::input::CertificateDraft;
use crate::http::answers::{Forbidden, Invalid, NotFound, Shown};
use crate::http::body::Body;
use crate::http::keys::case_key;
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{BatchAction, Row, RowResult, Task};

/// The cases of a batch, and the data common to all of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }, { "case": "260601000154" }] }))]
pub struct BatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchRowRequest>,
    /// The new assignee, for `assign`: user name or account id.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub assignee: Option<String>,
    /// The box, for the action that puts media in one.
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    pub box_number: Option<String>,
    /// Why, for `release` and `assign`; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// One case of a batch.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRowRequest {
    /// Id or acceptance number.
    #[schema(min_length = 1, max_length = 64)]
    pub case: String,
    /// The certificate that was made, for the action that records one.
    #[schema(nullable = false)]
    pub certificate: Option<CertificateDraft>,
}

/// The result of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// Number of changed cases.
    #[schema(format = Int64)]
    pub done: usize,
    /// Number of cases that were already as requested.
    #[schema(format = Int64)]
    pub unchanged: usize,
    /// Number of refused cases.
    #[schema(format = Int64)]
    pub refused: usize,
    /// Case by case, in the order of the request.
    pub results: Vec<BatchResultView>,
}

/// The result of one case.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResultView {
    /// The case as the request names it.
    pub case: String,
    /// done, unchanged or refused.
    #[schema(value_type = BatchOutcome)]
    pub result: &'static str,
    /// Its acceptance number, unless it was refused.
    #[schema(required = true)]
    pub acceptance_number: Option<String>,
    /// Its version now, unless it was refused.
    #[schema(required = true)]
    pub version: Option<i64>,
    /// The refusal, as a request for this case alone would get it.
    #[schema(value_type = Option<ProblemView>, required = true)]
    pub problem: Option<Value>,
}

/// Runs one action on up to 200 cases, each in its own transaction: claim, release, assign, or the action of the workflow
/// that records a certificate made (`record_certificate`) or puts a medium in a box (`box_certificate`). It is safe to repeat: finished rows are `unchanged`.
#[utoipa::path(
    tag = "cases",
    request_body = BatchRequest,
    params(May<WorkOnCases>, ("action" = String, Path, description = "claim, release, assign or the code of the action, record_certificate or box_certificate as shipped", min_length = 1, max_length = 64, example = "claim")),
    responses(Shown<BatchView>, Forbidden, NotFound, Invalid)
)]
#[post("/batches/{action}")]
pub(in crate::api) async fn run_batch(
    may: May<WorkOnCases>,
    action: Path<String>,
    body: Body<BatchRequest>,
) -> Result<Shown<BatchView>, Problem> {
    let action = may.service.batch_action(&action).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let (names, rows) = body.checked(|request| rows(&action, request))?;
    let results = may.service.batch(&may.caller, rows).await?;
    let count = |wanted: fn(&RowResult) -> bool| results.iter().filter(|result| wanted(result)).count();
    let (done, unchanged, refused) = (
        count(|result| matches!(result, RowResult::Done(_))),
        count(|result| matches!(result, RowResult::Unchanged(_))),
        count(|result| matches!(result, RowResult::Refused(_))),
    );
    let results = names.into_iter().zip(results).map(|(case, result)| view(case, result, may.language)).collect();
    Ok(Shown(BatchView { done, unchanged, refused, results }))
}

fn view(case: String, result: RowResult, language: Language) -> BatchResultView {
    let (result, found) = match result {
        RowResult::Done(found) => ("done", found),
        RowResult::Unchanged(found) => ("unchanged", found),
        RowResult::Refused(error) => {
            let problem = serde_json::to_value(Problem::from(error).view(language, None)).ok();
            return BatchResultView { case, result: "refused", acceptance_number: None, version: None, problem };
        }
    };
    let (number, version) = (found.case.acceptance_number, found.case.version);
    BatchResultView { case, result, acceptance_number: Some(number), version: Some(version), problem: None }
}

/// The cases as they are named, and what is to be done to each.
fn rows(action: &BatchAction, request: BatchRequest) -> Result<(Vec<String>, Vec<Row>), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, code, zh: &str, en: &str| {
        faults.push(Fault::new(pointer, code, Words::new(zh, en)));
    };
    let BatchRequest { cases, assignee, box_number, reason } = request;
    let gives = *action == BatchAction::Assignment(AssignmentAction::Assign);
    let explains = gives || *action == BatchAction::Assignment(AssignmentAction::Release);
    let makes = matches!(action, BatchAction::Make(_));
    let (missing, unexpected) =
        (("缺少此项", "required by this action"), ("该操作不应填写此项", "not accepted by this action"));
    let boxes = matches!(action, BatchAction::Box(_));
    for (pointer, needed, given) in
        [("/assignee", gives, assignee.is_some()), ("/box_number", boxes, box_number.is_some())]
    {
        match (needed, given) {
            (true, false) => fault(pointer.to_owned(), "missing_field", missing.0, missing.1),
            (false, true) => fault(pointer.to_owned(), "unexpected_field", unexpected.0, unexpected.1),
            _ => {}
        }
    }
    if !explains && reason.is_some() {
        fault("/reason".to_owned(), "unexpected_field", unexpected.0, unexpected.1);
    }
    let (mut names, mut rows) = (Vec::with_capacity(cases.len()), Vec::with_capacity(cases.len()));
    for (index, row) in cases.into_iter().enumerate() {
        match (makes, &row.certificate) {
            (true, None) => fault(format!("/cases/{index}/certificate"), "missing_field", missing.0, missing.1),
            (false, Some(_)) => {
                fault(format!("/cases/{index}/certificate"), "unexpected_field", unexpected.0, unexpected.1);
            }
            _ => {}
        }
        if names.contains(&row.case) {
            fault(format!("/cases/{index}/case"), "duplicate", "重复填写", "stands twice");
        }
        match case_key(&row.case) {
            None => {
                let en = "must be an id or an acceptance number";
                fault(format!("/cases/{index}/case"), "bad_case", "须为办件标识或受理编号", en);
            }
            Some(key) => rows.extend(
                task(action, assignee.as_ref(), box_number.as_ref(), reason.as_ref(), row.certificate)
                    .map(|task| Row { key, task }),
            ),
        }
        names.push(row.case);
    }
    if faults.is_empty() { Ok((names, rows)) } else { Err(faults) }
}

fn task(
    action: &BatchAction,
    assignee: Option<&String>,
    box_number: Option<&String>,
    reason: Option<&String>,
    certificate: Option<CertificateDraft>,
) -> Option<Task> {
    let wanted = match action {
        BatchAction::Assignment(AssignmentAction::Claim) => Wanted::Claim,
        BatchAction::Assignment(AssignmentAction::Release) => Wanted::Release,
        BatchAction::Assignment(AssignmentAction::Assign) => Wanted::Assign(assignee?.clone()),
        BatchAction::Box(action) => {
            return Some(Task::Box { action: action.clone(), box_number: box_number?.clone() });
        }
        BatchAction::Make(action) => {
            return Some(Task::Make { action: action.clone(), certificate: certificate? });
        }
    };
    Some(Task::Assignment { wanted, reason: reason.cloned() })
}
