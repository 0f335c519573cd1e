//! Work lists over HTTP.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::lists::{CaseSummaryView, summary_view};
use crate::api::accounts::auth::Authenticated;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::paging::{cursor, cursor_text, next_link};
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::problem_kinds;
use crate::api::http::query::Query;
use crate::domain::base::words::Fault;
use crate::domain::cases::worklist::WorkList;
use crate::service::Service;
use crate::service::cases::worklists::{Counted, Cursor};

/// Whose work is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkListsQuery {
    /// Of this outlet; the whole hall's where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

/// Which page of a work list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkListQuery {
    /// Of this outlet; the whole hall's where the caller belongs to none.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// Continue after this case, as `next` of the page before says.
    #[param(max_length = 64)]
    pub after: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// The lists that the caller works on.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkListsView {
    /// The instant.
    pub as_of: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    pub outlet: Option<String>,
    /// In the order in which people look at them. No case is on two of overdue, due_today, due_soon and paused.
    pub work_lists: Vec<WorkListCountView>,
}

/// How many wait on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkListCountView {
    /// Its code, as in the path.
    #[schema(example = "to_check")]
    pub code: &'static str,
    /// Its name in the language asked for.
    pub name: String,
    /// How many, counted no further than 5,000.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

/// A page of a work list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkListView {
    /// Its code.
    #[schema(example = "to_check")]
    pub code: &'static str,
    /// Its name in the language asked for.
    pub name: String,
    /// The instant.
    pub as_of: DateTime<Utc>,
    /// In the order in which they are worked on: by the limit, where no deadline runs by the receipt; paused and uncollected
    /// by how long they have been so.
    pub cases: Vec<CaseSummaryView>,
    /// `after` of the next page; none: this is the last.
    pub next: Option<String>,
}

/// The work lists of the caller's roles and outlet, with how many cases wait on each.
#[utoipa::path(
    tag = "work",
    params(WorkListsQuery),
    responses(
        (status = 200, description = "The lists.", body = WorkListsView),
        (status = 403, description = "Other systems have no work lists.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/worklists")]
pub(in crate::api) async fn list_worklists(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    query: Query<WorkListsQuery>,
) -> Result<HttpResponse, Problem> {
    let outlet = query.checked(|query| known_outlet(&service, query.outlet))?;
    let found = service.work_lists(&caller, outlet).await?;
    let view = |(list, counted): &(WorkList, Counted)| WorkListCountView {
        code: list.code(),
        name: list.words().text(language.0).to_owned(),
        count: counted.count,
        more: counted.more,
    };
    let work_lists = found.lists.iter().map(view).collect();
    Ok(HttpResponse::Ok().json(WorkListsView { as_of: found.now, outlet: found.outlet, work_lists }))
}

/// A page of a work list: mine, to_check, to_make, to_hand_over, waiting_for_correction, overdue, due_today, due_soon,
/// paused, uncollected or unassigned.
#[utoipa::path(
    tag = "work",
    params(("name" = String, Path, description = "The work list"), WorkListQuery),
    responses(
        (status = 200, description = "A page; the Link header leads to the next.", body = WorkListView),
        (status = 403, description = "It is the work of another role.", body = ProblemView),
        (status = 404, description = "No such list, or it is another outlet's.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/worklists/{name}")]
pub(in crate::api) async fn read_worklist(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    name: web::Path<String>,
    query: Query<WorkListQuery>,
    request: actix_web::HttpRequest,
) -> Result<HttpResponse, Problem> {
    let list = WorkList::from_code(&name).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND))?;
    let (outlet, after, limit) = query.checked(|query| page(&service, query))?;
    let found = service.work_list(&caller, list, outlet, after, limit).await?;
    let next = found.next.map(cursor_text);
    let mut response = HttpResponse::Ok();
    if let Some(next) = &next {
        response.insert_header(next_link(&request, next));
    }
    let view = |case| summary_view(&service, case, found.now, language.0);
    Ok(response.json(WorkListView {
        code: list.code(),
        name: list.words().text(language.0).to_owned(),
        as_of: found.now,
        cases: found.cases.into_iter().map(view).collect(),
        next,
    }))
}

fn page(service: &Service, query: WorkListQuery) -> Result<(Option<String>, Option<Cursor>, i64), Vec<Fault>> {
    let limit = i64::from(query.limit.unwrap_or(50));
    match (known_outlet(service, query.outlet), cursor(query.after.as_deref())) {
        (Ok(outlet), Ok(after)) => Ok((outlet, after, limit)),
        (outlet, after) => Err(outlet.err().into_iter().flatten().chain(after.err()).collect()),
    }
}

pub(in crate::api) fn known_outlet(service: &Service, outlet: Option<String>) -> Result<Option<String>, Vec<Fault>> {
    outlet.map(|outlet| service.check_outlet(&outlet).map(|()| outlet)).transpose()
}
