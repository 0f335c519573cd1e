//! Routes of a case: open, read, label, take an action, hand over. No rules here; lists are in `lists`.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::http::header::HeaderName;
use actix_web::web::{Data, Path};
use actix_web::{get, post, put};
use chrono::{DateTime, Utc};
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::event_data;
use super::view::CaseView;
use crate::api::accounts::rights::{ChangeCases, HandOver, LabelCases, May, OpenCases, ReadCases};
use crate::api::timeline::{self, TimelineQuery};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Language;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handing_over::HandingOverDraft;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::cases::intake::labels::LabelsDraft;
use crate::http::answers::fields::{Field, Fields, as_described};
use crate::http::answers::preference::{Brief, Light};
use crate::http::answers::{
    Forbidden, Invalid, Made, NotChanged, NotFound, NotMade, Paged, Revalidated, Stale, Unseen, Versioned,
};
use crate::http::body::Body;
use crate::http::change::{Change, Collection, Replace};
use crate::http::conditional::{IfMatch, IfNoneMatch, MaybeIfMatch};
use crate::http::headers::{CASE_NUMBER, CASE_STATE, CASE_VERSION};
use crate::http::keys::{CasePath, case_named};
use crate::http::language::NamedView;
use crate::http::openapi::schemas::Schemas;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::{Among, Query};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::cases::case::{CaseAt, CaseKey};
use crate::service::cases::details::CaseReport;

/// Opens a case; returns its acceptance number, its checklist and both dates. Which case types somebody may open, their `opened_by` says
/// (`GET /api/v1/case-types`): as shipped, other systems all but `unlock` and `revoke`, which belong to the window.
#[utoipa::path(tag = "cases", request_body = ApplicationDraft, params(May<OpenCases>, Change<Collection>), responses(Light<Made<CaseShown>>, NotMade, (status = 409, description = "The organization holds a certificate or has an open case.", body = ProblemView)))]
#[post("/cases")]
pub(in crate::api) async fn open_case(
    may: May<OpenCases>,
    change: Change<Collection>,
    body: Body<ApplicationDraft>,
) -> Result<Light<Made<CaseShown>>, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let opened = may.service.open_case(&may.caller, body.value, idempotency).await?;
    let (location, version) = (format!("/api/v1/cases/{}", opened.case.id), opened.case.version);
    Ok(Light(Made { location, version, view: CaseShown::new(&may, opened, Fields::default())? }))
}

/// A case with its checklist, dates and allowed actions; by id or acceptance number.
#[utoipa::path(tag = "cases", params(May<ReadCases>, CasePath, CaseParts, IfNoneMatch), responses(Revalidated<CaseShown>, NotFound))]
#[get("/cases/{key}")]
pub(in crate::api) async fn read_case(
    may: May<ReadCases>,
    path: Path<CasePath>,
    Among(parts): Among<CaseParts>,
) -> Result<Revalidated<CaseShown>, Problem> {
    let at = may.service.case(&may.caller, path.into_inner().key).await?;
    Ok(Revalidated { version: at.case.version, view: CaseShown::new(&may, at, parts.fields.into())? })
}

/// A member of a case.
type CaseField = Field<CaseView<'static>>;

/// What is wanted of a case.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseParts {
    /// Only these members, with `id`, `acceptance_number` and `version`; several times, or with commas between. Left out, all: what isn't asked for isn't
    /// computed.
    #[serde(default)]
    #[param(inline, max_items = 40)]
    pub fields: Vec<CaseField>,
}

/// Takes an action of the case's workflow; `actions` of the case lists them with their required data.
#[utoipa::path(
    operation_id = "take_action",
    tag = "cases",
    request_body = ActionInput,
    params(May<ChangeCases>, Change<ActionPath, MaybeIfMatch>),
    responses(CaseAnswer, NotChanged, Stale)
)]
#[post("/cases/{key}/actions/{action}")]
pub(in crate::api) async fn act(
    may: May<ChangeCases>,
    change: Change<ActionPath, MaybeIfMatch>,
    body: Body<ActionInput>,
) -> Result<CaseAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let ActionPath { key, action } = change.path;
    let after = may.service.act(&may.caller, key, &action, body.value, change.seen.into(), idempotency).await?;
    answer(&may, after)
}

/// Hands over what the case is about, in one visit: records who collects, issues and activates, or takes the one step that a case
/// on a held certificate ends with; all of it or nothing. Which actions these are is the workflow's; `actions` of the case says for
/// each what stands in its way.
#[utoipa::path(
    tag = "cases",
    request_body = HandingOverDraft,
    params(May<HandOver>, Change<CasePath, MaybeIfMatch>),
    responses(CaseAnswer, NotChanged, Stale)
)]
#[post("/cases/{key}/hand-over")]
pub(in crate::api) async fn hand_over(
    may: May<HandOver>,
    change: Change<CasePath, MaybeIfMatch>,
    body: Body<HandingOverDraft>,
) -> Result<CaseAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let (key, seen) = (change.path.key, change.seen.into());
    answer(&may, may.service.hand_over(&may.caller, key, body.value, seen, idempotency).await?)
}

/// Puts a reference and metadata in the place of those that the case has: what is left out is removed. For the system that opened the
/// case, and for the staff who correct applications, whatever state it is in. If-Match is the version of the case.
#[utoipa::path(
    operation_id = "label_case",
    tag = "cases",
    request_body = LabelsDraft,
    params(May<LabelCases>, Replace<CasePath, IfMatch>),
    responses(CaseAnswer, Forbidden, NotFound, Invalid, Unseen)
)]
#[put("/cases/{key}/labels")]
pub(in crate::api) async fn label_case(
    may: May<LabelCases>,
    Replace { path, seen: IfMatch(version) }: Replace<CasePath, IfMatch>,
    body: Body<LabelsDraft>,
) -> Result<CaseAnswer, Problem> {
    answer(&may, may.service.label(&may.caller, path.key, body.value, version).await?)
}

/// An action on a case.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ActionPath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String, min_length = 1, max_length = 45, example = "260601000140")]
    pub key: CaseKey,
    /// Code of the action
    #[param(min_length = 1, max_length = 64, example = "accept_materials")]
    pub action: String,
}

/// What happened to a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineView {
    /// Oldest first.
    #[schema(value_type = Vec<CaseEvents>)]
    pub items: Vec<EventView>,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<i64>,
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
    /// The values before and after, and other data of this kind; personal data is masked.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// An event as it is described: one of the kinds.
enum CaseEvents {}

impl PartialSchema for CaseEvents {
    fn schema() -> RefOr<Schema> {
        timeline::choice("What happened to a case, by its kind.", timeline::of_cases())
    }
}

impl ToSchema for CaseEvents {
    fn name() -> Cow<'static, str> {
        "CaseEventView".into()
    }

    fn schemas(schemas: &mut Schemas) {
        // Asked for by each description that mentions it, and dear.
        static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| timeline::described::<EventView>(timeline::of_cases()));
        schemas.extend_from_slice(&SCHEMAS);
    }
}

/// The timeline of a case, with the values before and after, a page at a time.
#[utoipa::path(operation_id = "read_case_events", tag = "cases", params(May<ReadCases>, CasePath, TimelineQuery), responses(Paged<TimelineView>, NotFound))]
#[get("/cases/{key}/events")]
pub(in crate::api) async fn read_events(
    may: May<ReadCases>,
    path: Path<CasePath>,
    Query(query): Query<TimelineQuery>,
) -> Result<Paged<TimelineView>, Problem> {
    let (after, most) = query.page();
    let found = may.service.timeline_page(&may.caller, path.into_inner().key, after, most).await?;
    let (recorded, next) = query.shown(found);
    let to_staff = may.caller.client_id().is_none();
    let events = recorded.into_iter().map(|event| event_view(event, to_staff)).collect::<Result<Vec<_>, _>>()?;
    Ok(Paged { view: TimelineView { items: events, next }, next: next.map(|next| next.to_string()) })
}

fn event_view(recorded: Recorded<Event>, to_staff: bool) -> Result<EventView, Problem> {
    let mut data = event_data::masked(&recorded.event).map_err(Problem::internal)?;
    let kind = data.as_object_mut().and_then(|data| data.remove("kind"));
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    if !to_staff {
        event_data::without_notes(&kind, &mut data);
    }
    let actor = NamedView { code: recorded.actor_id, name: recorded.actor_name };
    Ok(EventView { sequence: recorded.sequence, at: recorded.at, actor, action: recorded.action, kind, data })
}

/// A case as its caller sees it after a change.
pub type CaseAnswer = Light<Versioned<CaseShown>>;

/// The case as the caller sees it now.
pub(in crate::api) fn answer<R>(may: &May<R>, at: CaseAt) -> Result<CaseAnswer, Problem> {
    Ok(Light(Versioned { version: at.case.version, view: CaseShown::new(may, at, Fields::default())? }))
}

/// A case as its caller sees it: made and written in one go, as far as it is wanted.
pub struct CaseShown {
    at: CaseAt,
    caller: Arc<Caller>,
    service: Data<Service>,
    language: Language,
    fields: Fields,
}

impl CaseShown {
    /// Refuses what can't be told here: once it is being written it is too late.
    pub(super) fn new<R>(may: &May<R>, at: CaseAt, fields: Fields) -> Result<Self, Problem> {
        may.service.definition(&at.case)?;
        let (caller, service) = (Arc::clone(&may.caller), may.service.clone());
        Ok(Self { at, caller, service, language: may.language, fields })
    }

    /// Writes what is made of the case's report.
    pub(super) fn written<S: Serializer>(
        &self,
        to: S,
        view: impl FnOnce(&CaseReport<'_, '_>, Language, S) -> Result<S::Ok, S::Error>,
    ) -> Result<S::Ok, S::Error> {
        view(&self.service.report(&self.at, &self.caller).map_err(S::Error::custom)?, self.language, to)
    }
}

impl Serialize for CaseShown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.written(to, |report, language, to| self.fields.of(&CaseView::new(report, language)).serialize(to))
    }
}

impl Brief for CaseShown {
    fn brief(&self) -> impl Iterator<Item = (HeaderName, String)> {
        let Case { acceptance_number, state, version, .. } = &self.at.case;
        let told = [(CASE_NUMBER, acceptance_number.clone()), (CASE_STATE, state.clone())];
        told.into_iter().chain([(CASE_VERSION, version.to_string())])
    }
}

as_described!(CaseShown, CaseView);
