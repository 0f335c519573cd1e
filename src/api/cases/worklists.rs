//! Work lists over HTTP.

use actix_web::get;
use actix_web::web::Path;
use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::lists::{CaseSummaryView, CasesShown, SummaryField};
use crate::api::accounts::rights::{ActAsStaff, May, ReadWorkLists};
use crate::domain::base::words::Fault;
use crate::domain::cases::worklist::WorkList;
use crate::http::answers::{Forbidden, NotFound, Paged, Shown};
use crate::http::keys::NAMES_NOTHING;
use crate::http::problem::Problem;
use crate::http::query::{Query, cursor_of, cursor_text_of};
use crate::service::Service;
use crate::service::cases::worklists::{Counted, Cursor};

/// Query of the work lists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkListsQuery {
    /// Of this outlet; the whole hall's where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

/// Query of a page of a work list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkListQuery {
    /// Of this outlet; the whole hall's where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// Continue after this case, as `next` of the page before says, of the same list.
    #[param(max_length = 80)]
    pub after: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Of each case only these members, as in lists of cases.
    #[serde(default)]
    #[param(inline, max_items = 40)]
    pub fields: Vec<SummaryField>,
}

/// The work lists of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkListsView {
    /// The instant.
    pub as_of: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<String>,
    /// In display order. No case is on two of overdue, due_today, due_soon and paused.
    pub items: Vec<WorkListCountView>,
}

/// The count of a work list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkListCountView {
    /// Its code, as in the path.
    #[schema(value_type = WorkList, example = "to_check")]
    pub code: &'static str,
    /// Its name in the language asked for.
    pub name: String,
    /// Number of cases, at most 5,000.
    pub count: i64,
    /// There are more than that.
    pub more: bool,
}

/// A page of a work list.
#[derive(Serialize, ToSchema)]
pub struct WorkListView {
    /// Its code.
    #[schema(value_type = WorkList, example = "to_check")]
    pub code: &'static str,
    /// Its name in the language asked for.
    pub name: String,
    /// The instant.
    pub as_of: DateTime<Utc>,
    /// In working order: by limit, or by receipt without a deadline; paused and uncollected
    /// by how long they have been so.
    #[schema(value_type = Vec<CaseSummaryView>)]
    pub items: CasesShown,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// The work lists of the caller's roles and outlet, with their counts.
#[utoipa::path(tag = "cases", params(May<ActAsStaff>, WorkListsQuery), responses(Shown<WorkListsView>, Forbidden))]
#[get("/worklists")]
pub(in crate::api) async fn list_worklists(
    may: May<ActAsStaff>,
    query: Query<WorkListsQuery>,
) -> Result<Shown<WorkListsView>, Problem> {
    let outlet = query.checked(|query| may.service.known_outlet(query.outlet.as_deref()))?;
    let found = may.service.work_lists(&may.caller, outlet).await?;
    let view = |(list, counted): &(WorkList, Counted)| WorkListCountView {
        code: list.code(),
        name: list.words().text(may.language).to_owned(),
        count: counted.count,
        more: counted.more,
    };
    let work_lists = found.lists.iter().map(view).collect();
    Ok(Shown(WorkListsView { as_of: found.now, outlet: found.outlet, items: work_lists }))
}

/// A page of a work list: mine, to_check, to_make, to_hand_over, waiting_for_correction, overdue, due_today, due_soon,
/// paused, uncollected or unassigned.
#[utoipa::path(tag = "cases", params(May<ReadWorkLists>, WorkListPath, WorkListQuery), responses(Paged<WorkListView>, Forbidden, NotFound))]
#[get("/worklists/{name}")]
pub(in crate::api) async fn read_worklist(
    may: May<ReadWorkLists>,
    path: Path<WorkListPath>,
    mut query: Query<WorkListQuery>,
) -> Result<Paged<WorkListView>, Problem> {
    let (list, fields) = (path.name, std::mem::take(&mut query.0.fields).into());
    let (outlet, after, limit) = query.checked(|query| page(&may.service, list, query))?;
    let found = may.service.work_list(&may.caller, list, outlet, after, limit).await?;
    let next = found.next.map(|next| cursor_text_of(list.code(), next));
    let name = list.words().text(may.language).to_owned();
    let items = CasesShown { cases: found.cases, service: may.service, now: found.now, language: may.language, fields };
    let view = WorkListView { code: list.code(), name, as_of: found.now, items, next: next.clone() };
    Ok(Paged { view, next })
}

/// A work list that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WorkListPath {
    /// The work list
    #[serde(deserialize_with = "work_list_named")]
    #[param(inline)]
    pub name: WorkList,
}

fn work_list_named<'de, D: Deserializer<'de>>(from: D) -> Result<WorkList, D::Error> {
    WorkList::from_code(&String::deserialize(from)?).ok_or_else(|| D::Error::custom(NAMES_NOTHING))
}

fn page(
    service: &Service,
    list: WorkList,
    query: WorkListQuery,
) -> Result<(Option<String>, Option<Cursor>, i64), Vec<Fault>> {
    let limit = i64::from(query.limit.unwrap_or(50));
    match (service.known_outlet(query.outlet.as_deref()), cursor_of(list.code(), query.after.as_deref())) {
        (Ok(outlet), Ok(after)) => Ok((outlet, after, limit)),
        (outlet, after) => Err(outlet.err().into_iter().flatten().chain(after.err()).collect()),
    }
}
