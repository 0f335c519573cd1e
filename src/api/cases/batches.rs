//! Routes of batches: one request for many cases, with a result for each.

use actix_web::post;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::accounts::rights::{May, RunBatches};
use crate::api::closed::BatchOutcome;
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::cases::input::CertificateDraft;
use crate::http::answers::{Forbidden, Invalid, NotFound, Shown};
use crate::http::body::Body;
use crate::http::keys::case_key;
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{BatchAction, Row, RowResult, Task};

/// The cases of a batch, and the box where one is wanted: each has its certificate, or all go into one box.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }, { "case": "260601000154" }], "box_number": "B-07" }))]
pub struct BatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchRowRequest>,
    /// The box, for the action that puts media in one.
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    pub box_number: Option<String>,
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

/// Cases to be claimed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }, { "case": "260601000154" }] }))]
pub struct ClaimBatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchCaseRequest>,
}

/// Cases to be released.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }, { "case": "260601000154" }] }))]
pub struct ReleaseBatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchCaseRequest>,
    /// Why; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// Cases to be assigned to one person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }], "assignee": "clerk", "reason": "休假" }))]
pub struct AssignBatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchCaseRequest>,
    /// The name that they sign in with, or their account id.
    #[schema(min_length = 1, max_length = 64)]
    pub assignee: String,
    /// Why; needed where it takes work from somebody else.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub reason: Option<String>,
}

/// One case of a batch, of which nothing else need be said.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchCaseRequest {
    /// Id or acceptance number.
    #[schema(min_length = 1, max_length = 64)]
    pub case: String,
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

/// Claims up to 200 cases, each in its own transaction. It is safe to repeat: what is the caller's already is `unchanged`.
#[utoipa::path(tag = "cases", request_body = ClaimBatchRequest, params(May<RunBatches>), responses(Shown<BatchView>, Forbidden, Invalid))]
#[post("/batches/claim")]
pub(in crate::api) async fn claim_cases(
    may: May<RunBatches>,
    body: Body<ClaimBatchRequest>,
) -> Result<Shown<BatchView>, Problem> {
    run(may, body.checked(|ClaimBatchRequest { cases }| assignments(cases, &Wanted::Claim, None))?).await
}

/// Releases up to 200 cases, each in its own transaction. It is safe to repeat: what is nobody's already is `unchanged`.
#[utoipa::path(tag = "cases", request_body = ReleaseBatchRequest, params(May<RunBatches>), responses(Shown<BatchView>, Forbidden, Invalid))]
#[post("/batches/release")]
pub(in crate::api) async fn release_cases(
    may: May<RunBatches>,
    body: Body<ReleaseBatchRequest>,
) -> Result<Shown<BatchView>, Problem> {
    let batch = body.checked(|ReleaseBatchRequest { cases, reason }| assignments(cases, &Wanted::Release, reason));
    run(may, batch?).await
}

/// Assigns up to 200 cases to one person, each in its own transaction. It is safe to repeat: what is theirs already is `unchanged`.
#[utoipa::path(tag = "cases", request_body = AssignBatchRequest, params(May<RunBatches>), responses(Shown<BatchView>, Forbidden, Invalid))]
#[post("/batches/assign")]
pub(in crate::api) async fn assign_cases(
    may: May<RunBatches>,
    body: Body<AssignBatchRequest>,
) -> Result<Shown<BatchView>, Problem> {
    let batch = body.checked(|AssignBatchRequest { cases, assignee, reason }| {
        assignments(cases, &Wanted::Assign(assignee), reason)
    });
    run(may, batch?).await
}

/// Takes one action of the workflow on up to 200 cases, each in its own transaction: the one that records a certificate made
/// (`record_certificate` as shipped), with the `certificate` of each row, or that puts a medium in a box (`box_certificate`), with the one
/// `box_number`. It is safe to repeat: finished rows are `unchanged`.
#[utoipa::path(
    tag = "cases",
    request_body = BatchRequest,
    params(May<RunBatches>, ("action" = String, Path, description = "The code of the action, record_certificate or box_certificate as shipped", min_length = 1, max_length = 64, example = "box_certificate")),
    responses(Shown<BatchView>, Forbidden, NotFound, Invalid)
)]
#[post("/batches/{action}")]
pub(in crate::api) async fn run_batch(
    may: May<RunBatches>,
    action: Path<String>,
    body: Body<BatchRequest>,
) -> Result<Shown<BatchView>, Problem> {
    let action = may.service.batch_action(&action).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let batch = body.checked(|request| actions(&action, request))?;
    run(may, batch).await
}

/// The cases as they are named, and what is to be done to each.
type Batch = (Vec<String>, Vec<Row>);

async fn run(may: May<RunBatches>, (names, rows): Batch) -> Result<Shown<BatchView>, Problem> {
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

fn assignments(cases: Vec<BatchCaseRequest>, wanted: &Wanted, reason: Option<String>) -> Result<Batch, Vec<Fault>> {
    let task = || Task::Assignment { wanted: wanted.clone(), reason: reason.clone() };
    batch(cases.into_iter().map(|row| (row.case, Some(task()))).collect(), Vec::new())
}

fn actions(action: &BatchAction, BatchRequest { cases, box_number }: BatchRequest) -> Result<Batch, Vec<Fault>> {
    let boxes = matches!(action, BatchAction::Box(_));
    let mut faults: Vec<Fault> = misplaced("/box_number".to_owned(), boxes, box_number.is_some()).into_iter().collect();
    let mut rows = Vec::with_capacity(cases.len());
    for (index, BatchRowRequest { case, certificate }) in cases.into_iter().enumerate() {
        faults.extend(misplaced(format!("/cases/{index}/certificate"), !boxes, certificate.is_some()));
        let task = match action {
            BatchAction::Box(action) => {
                box_number.clone().map(|box_number| Task::Box { action: action.clone(), box_number })
            }
            BatchAction::Make(action) => {
                certificate.map(|certificate| Task::Make { action: action.clone(), certificate })
            }
        };
        rows.push((case, task));
    }
    batch(rows, faults)
}

/// The fault of what an action needs and wasn't given, or was given and takes not.
fn misplaced(pointer: String, needed: bool, given: bool) -> Option<Fault> {
    let (code, zh, en) = match (needed, given) {
        (true, false) => ("missing_field", "缺少此项", "required by this action"),
        (false, true) => ("unexpected_field", "该操作不应填写此项", "not accepted by this action"),
        _ => return None,
    };
    Some(Fault::new(pointer, code, Words::new(zh, en)))
}

/// The rows of cases as they are named, unless something is wrong with one.
fn batch(cases: Vec<(String, Option<Task>)>, mut faults: Vec<Fault>) -> Result<Batch, Vec<Fault>> {
    let (mut names, mut rows) = (Vec::with_capacity(cases.len()), Vec::with_capacity(cases.len()));
    for (index, (case, task)) in cases.into_iter().enumerate() {
        let mut fault =
            |code, zh, en| faults.push(Fault::new(format!("/cases/{index}/case"), code, Words::new(zh, en)));
        if names.contains(&case) {
            fault("duplicate", "重复填写", "stands twice");
        }
        match case_key(&case) {
            None => fault("bad_case", "须为办件标识或受理编号", "must be an id or an acceptance number"),
            Some(key) => rows.extend(task.map(|task| Row { key, task })),
        }
        names.push(case);
    }
    if faults.is_empty() { Ok((names, rows)) } else { Err(faults) }
}
