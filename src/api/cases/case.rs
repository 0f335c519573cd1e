//! Cases over HTTP: open, look, act. No rules here; lists are in `case_lists`.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::requests::{ActionRequest, OpenCaseRequest};
use super::view::CaseView;
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::conditional::{MaybeIfMatch, etag};
use crate::api::http::keys::{CasePath, IdempotencyKey};
use crate::api::http::language::{AcceptedLanguage, NamedView};
use crate::api::http::problem::{Problem, ProblemView};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Language};
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::Once;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};

/// Opens a case: answers its acceptance number, the checklist that applies to it, and both dates.
#[utoipa::path(
    tag = "cases",
    request_body = OpenCaseRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same case.")),
    responses(
        (status = 201, description = "Opened; Location and ETag are set.", body = CaseView),
        (status = 409, description = "The organization holds a certificate or has an open case.", body = ProblemView),
        (status = 422, description = "All faults of the application.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/cases")]
pub(in crate::api) async fn open_case(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    body: Body<OpenCaseRequest>,
) -> Result<HttpResponse, Problem> {
    service.may_open(&caller)?;
    let once = key.once("POST /cases", body.raw());
    let (case_type, draft) = body.checked(|request| {
        let (case_type, draft) = (request.case_type.clone(), ApplicationDraft::from(request));
        let faults = service.check_application(&caller, &case_type, &draft);
        if faults.is_empty() { Ok((case_type, draft)) } else { Err(faults) }
    })?;
    let opened = service.open_case(&caller, &case_type, draft, once).await?;
    let view = view(&service, &opened, &caller, language.0)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/cases/{}", opened.case.id)))
        .insert_header((header::ETAG, etag(opened.case.version)))
        .json(view))
}

/// A case with its checklist, dates, and what can be done; by id or acceptance number.
#[utoipa::path(
    tag = "cases",
    params(("key" = String, Path, description = "Id or acceptance number")),
    responses((status = 200, description = "The case.", body = CaseView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/cases/{key}")]
pub(in crate::api) async fn read_case(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: CasePath,
) -> Result<HttpResponse, Problem> {
    let found = service.case(&caller, path.key).await?;
    answer(&service, &found, &caller, language.0)
}

/// Takes an action of the case's workflow; the case's `actions` say which, and what each requires.
#[utoipa::path(
    tag = "cases",
    request_body = ActionRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("action" = String, Path, description = "Code of the action"),
        ("If-Match" = Option<String>, Header, description = "Only if this is the case's version."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body answer the same case."),
    ),
    responses(
        (status = 200, description = "Done; the case as it is now.", body = CaseView),
        (status = 403, description = "Not with this role.", body = ProblemView),
        (status = 409, description = "Not in this state.", body = ProblemView),
        (status = 422, description = "Something is missing; `blocked_by` or `errors` names all of it.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[post("/cases/{key}/actions/{action}")]
pub(in crate::api) async fn act(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    key: IdempotencyKey,
    version: MaybeIfMatch,
    path: CasePath,
    body: Body<ActionRequest>,
) -> Result<HttpResponse, Problem> {
    let action = path.last("action")?;
    let once = key.once(&format!("POST /cases/{}/actions/{action}", path.text), body.raw());
    let expected = version.0.map_or(Expected::Any, Expected::Case);
    let asked = Asked { key: path.key, action, expected, once, body_at: "" };
    let after = take(&service, &caller, asked, body, ActionInput::from).await?;
    answer(&service, &after, &caller, language.0)
}

/// The action that a request asks for.
pub(in crate::api) struct Asked {
    /// On which case.
    pub(in crate::api) key: CaseKey,
    /// Its code.
    pub(in crate::api) action: String,
    /// What the case must look like.
    pub(in crate::api) expected: Expected,
    /// The key that makes it one that is done once.
    pub(in crate::api) once: Option<Once>,
    /// Where the body stands in the data of the action, so that faults point into the body.
    pub(in crate::api) body_at: &'static str,
}

/// Takes an action. A body with faults is held against the case, too: what can't be seen or done at all is refused as
/// such, and otherwise one answer has all faults, those of the schema and those of the rules.
pub(in crate::api) async fn take<T: Clone>(
    service: &Service,
    caller: &Caller,
    asked: Asked,
    body: Body<T>,
    input: impl Fn(T) -> ActionInput,
) -> Result<CaseAt, Problem> {
    let Asked { key, action, expected, once, body_at } = asked;
    let in_body = |mut fault: Fault| {
        if let Some(rest) = fault.pointer.strip_prefix(body_at) {
            fault.pointer = rest.to_owned();
        }
        fault
    };
    let faults = match body.faulty() {
        Some(readable) => service.check_action(caller, &key, &action, input(readable.clone()), &expected).await?,
        None => Vec::new(),
    };
    let faults: Vec<Fault> = faults.into_iter().map(in_body).collect();
    let input = body.checked(|request| if faults.is_empty() { Ok(input(request)) } else { Err(faults) })?;
    service.act(caller, key, &action, input, expected, once).await.map_err(|error| match error.into_faults() {
        Ok(faults) => ServiceError::Invalid(faults.into_iter().map(in_body).collect()).into(),
        Err(error) => error.into(),
    })
}

/// What happened to a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineView {
    /// Oldest first.
    pub events: Vec<EventView>,
}

/// One event of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Counts the events of the case; the last one is the case's version.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: account id and name.
    pub actor: NamedView,
    /// The action that caused it.
    pub action: String,
    /// What happened.
    pub kind: String,
    /// What it was before and is after, and whatever else belongs to this kind; persons are masked.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// The timeline of a case, with before and after.
#[utoipa::path(
    tag = "cases",
    params(("key" = String, Path, description = "Id or acceptance number")),
    responses((status = 200, description = "The timeline.", body = TimelineView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/cases/{key}/events")]
pub(in crate::api) async fn read_events(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    path: CasePath,
) -> Result<HttpResponse, Problem> {
    let (_, recorded) = service.timeline(&caller, path.key).await?;
    let events = recorded.into_iter().map(event_view).collect::<Result<Vec<_>, _>>()?;
    Ok(HttpResponse::Ok().json(TimelineView { events }))
}

fn event_view(recorded: Recorded<Event>) -> Result<EventView, Problem> {
    let mut data = super::event_data::masked(&recorded.event).map_err(Problem::internal)?;
    let kind = data.as_object_mut().and_then(|data| data.remove("kind"));
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let actor = NamedView { code: recorded.actor_id, name: recorded.actor_name };
    Ok(EventView { sequence: recorded.sequence, at: recorded.at, actor, action: recorded.action, kind, data })
}

pub(in crate::api) fn view(
    service: &Service,
    at: &CaseAt,
    caller: &Caller,
    language: Language,
) -> Result<CaseView, Problem> {
    let report = service.report(at, caller)?;
    Ok(CaseView::new(&report, service.hall(), language))
}

/// 200 with the case and its ETag.
pub(in crate::api) fn answer(
    service: &Service,
    at: &CaseAt,
    caller: &Caller,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let view = view(service, at, caller, language)?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(at.case.version))).json(view))
}
