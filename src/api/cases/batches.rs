//! The same done to many cases, over HTTP: one request, a result for each case.

use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::requests::CertificateRequest;
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::keys::case_key;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::problem_kinds;
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::cases::assignment::AssignmentAction;
use crate::domain::cases::input::CertificateDraft;
use crate::service::Service;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{BatchAction, Row, RowResult, Task};

/// The cases of a batch, and what holds for all of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cases": [{ "case": "260601000140" }, { "case": "260601000154" }] }))]
pub struct BatchRequest {
    /// The cases, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub cases: Vec<BatchRowRequest>,
    /// Whose they are to be, for `assign`: the name that they sign in with, or their account id.
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
    pub certificate: Option<CertificateRequest>,
}

/// How a batch went.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// So many were done.
    pub done: usize,
    /// So many were so already.
    pub unchanged: usize,
    /// So many couldn't be done.
    pub refused: usize,
    /// Case by case, in the order of the request.
    pub results: Vec<BatchResultView>,
}

/// How it went with one case.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResultView {
    /// The case as the request names it.
    pub case: String,
    /// done, unchanged or refused.
    pub result: &'static str,
    /// Its number, where it wasn't refused.
    pub acceptance_number: Option<String>,
    /// Its version now, where it wasn't refused.
    pub version: Option<i64>,
    /// Why it was refused: what the same request for this case alone would be answered.
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Value>,
}

/// Does the same to up to 200 cases, each on its own: claim, release, assign, or the action by which a workflow has the
/// certificate made recorded (`record_certificate`) or a medium put in a box (`box_certificate`). Sent again, it does nothing twice: what is so already is unchanged.
#[utoipa::path(
    tag = "work",
    request_body = BatchRequest,
    params(("action" = String, Path, description = "claim, release, assign or the code of the action, record_certificate or box_certificate as shipped")),
    responses(
        (status = 200, description = "A result for each case; some may be refused.", body = BatchView),
        (status = 403, description = "Other systems have no batches.", body = ProblemView),
        (status = 404, description = "That isn't done in batches.", body = ProblemView),
        (status = 422, description = "All faults of the request; nothing was done.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/batches/{action}")]
pub(in crate::api) async fn run_batch(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    action: web::Path<String>,
    body: Body<BatchRequest>,
) -> Result<HttpResponse, Problem> {
    let action = service.batch_action(&action).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND))?;
    let (names, rows) = body.checked(|request| rows(&action, request))?;
    let results = service.batch(&caller, rows).await?;
    let count = |wanted: fn(&RowResult) -> bool| results.iter().filter(|result| wanted(result)).count();
    let (done, unchanged, refused) = (
        count(|result| matches!(result, RowResult::Done(_))),
        count(|result| matches!(result, RowResult::Unchanged(_))),
        count(|result| matches!(result, RowResult::Refused(_))),
    );
    let results = names.into_iter().zip(results).map(|(case, result)| view(case, result, language.0)).collect();
    Ok(HttpResponse::Ok().json(BatchView { done, unchanged, refused, results }))
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
        (("缺少此项", "this is missing"), ("该操作不应填写此项", "this action doesn't take it"));
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
    certificate: Option<CertificateRequest>,
) -> Option<Task> {
    let wanted = match action {
        BatchAction::Assignment(AssignmentAction::Claim) => Wanted::Claim,
        BatchAction::Assignment(AssignmentAction::Release) => Wanted::Release,
        BatchAction::Assignment(AssignmentAction::Assign) => Wanted::Assign(assignee?.clone()),
        BatchAction::Box(action) => {
            return Some(Task::Box { action: action.clone(), box_number: box_number?.clone() });
        }
        BatchAction::Make(action) => {
            let CertificateRequest { serial, medium_number } = certificate?;
            let certificate = CertificateDraft { serial, medium_number };
            return Some(Task::Make { action: action.clone(), certificate });
        }
    };
    Some(Task::Assignment { wanted, reason: reason.cloned() })
}
