//! Lists of cases over HTTP: filtered, newest first, a page at a time.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::accounts::auth::Authenticated;
use crate::api::http::language::{AcceptedLanguage, NamedView};
use crate::api::http::paging::next_link;
use crate::api::http::problem::Problem;
use crate::api::http::query::Query;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::case_types::workflow::state_words;
use crate::service::Service;
use crate::service::cases::case::{CaseFilter, CasePage, CaseSummary};

/// One page of a listing.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// In this state.
    #[param(max_length = 64)]
    pub state: Option<String>,
    /// Of this case type.
    #[param(max_length = 64)]
    pub case_type: Option<String>,
    /// Of this outlet.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// Of this organization, under either of its codes.
    #[param(max_length = 40)]
    pub organization_code: Option<String>,
    /// About this certificate.
    #[param(max_length = 64)]
    pub certificate_serial: Option<String>,
    /// Ended or not.
    pub closed: Option<bool>,
    /// Only those whose running limit has passed.
    pub overdue: Option<bool>,
    /// Continue after this case, as `next` of the page before says.
    pub after: Option<Uuid>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseListView {
    /// Newest first.
    pub cases: Vec<CaseSummaryView>,
    /// `after` of the next page; none: this is the last.
    pub next: Option<Uuid>,
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSummaryView {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Its version.
    pub version: i64,
    /// Its case type.
    pub case_type: String,
    /// The state it is in.
    pub state: NamedView,
    /// Its outlet.
    pub outlet: String,
    /// The organization's code.
    pub organization_code: String,
    /// The organization's name.
    pub organization_name: String,
    /// The certificate's serial.
    pub certificate_serial: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// From when the certificate should be ready, while the deadline runs.
    pub ready_from: Option<DateTime<Utc>>,
    /// The limit, while the deadline runs.
    pub limit_at: Option<DateTime<Utc>>,
    /// The deadline stands still.
    pub paused: bool,
    /// Since when it stands still.
    pub paused_since: Option<DateTime<Utc>>,
    /// A date reaches into a year whose holidays aren't published yet, and may move.
    pub provisional: bool,
    /// The limit has passed.
    pub overdue: bool,
    /// How the limit was counted, in one sentence, while the deadline is open.
    pub explanation: Option<String>,
    /// When the first promise ends whose document isn't there yet.
    pub commitment_due: Option<DateTime<Utc>>,
    /// The box in which its medium waits, while the hall has it.
    pub box_number: Option<String>,
    /// Who works on it.
    pub assignee: Option<NamedView>,
}

/// Cases that the caller may see, newest first, a page at a time.
#[utoipa::path(
    tag = "cases",
    params(CaseQuery),
    responses((status = 200, description = "A page; the Link header leads to the next.", body = CaseListView)),
    security(("bearer" = []))
)]
#[get("/cases")]
pub(in crate::api) async fn list_cases(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    query: Query<CaseQuery>,
    request: actix_web::HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = service.now();
    let (filter, page) = query.checked(|query| filter(query, now))?;
    let listing = service.list_cases(&caller, filter, page).await?;
    let view = |summary: CaseSummary| summary_view(&service, summary, now, language.0);
    let next = listing.next;
    let body = CaseListView { cases: listing.cases.into_iter().map(view).collect(), next };
    let mut response = HttpResponse::Ok();
    if let Some(next) = next {
        response.insert_header(next_link(&request, &next.to_string()));
    }
    Ok(response.json(body))
}

fn filter(query: CaseQuery, now: DateTime<Utc>) -> Result<(CaseFilter, CasePage), Vec<Fault>> {
    let organization_code = match query.organization_code.as_deref().map(organization_code_of) {
        None => None,
        Some(Ok(code)) => Some(code.as_str().to_owned()),
        Some(Err(fault)) => return Err(vec![Fault::new("/organization_code", fault.code(), fault.words())]),
    };
    if query.overdue == Some(false) {
        let words = Words::new("overdue 只接受 true", "overdue takes true only");
        return Err(vec![Fault::new("/overdue", "not_one_of", words)]);
    }
    let filter = CaseFilter {
        outlet: query.outlet,
        client_id: None,
        state: query.state,
        case_type: query.case_type,
        organization_code,
        certificate_serial: query.certificate_serial,
        closed: query.closed,
        limit_before: query.overdue.map(|_| now),
    };
    Ok((filter, CasePage { after: query.after, limit: i64::from(query.limit.unwrap_or(50)) }))
}

pub(in crate::api) fn summary_view(
    service: &Service,
    summary: CaseSummary,
    now: DateTime<Utc>,
    language: Language,
) -> CaseSummaryView {
    let workflow = service.catalog().workflow(&summary.workflow.0, summary.workflow.1);
    let words = workflow.map_or_else(
        || Words::new(summary.state.clone(), summary.state.clone()),
        |workflow| state_words(workflow, &summary.state),
    );
    let explanation = service.explanation_of(&summary, now);
    let provisional = service.is_provisional(&summary, now);
    CaseSummaryView {
        id: summary.id,
        acceptance_number: summary.acceptance_number,
        version: summary.version,
        case_type: summary.case_type,
        state: NamedView::new(&summary.state, &words, language),
        outlet: summary.outlet,
        organization_code: summary.organization_code,
        organization_name: summary.organization_name,
        certificate_serial: summary.certificate_serial,
        opened_at: summary.opened_at,
        updated_at: summary.updated_at,
        closed_at: summary.closed_at,
        ready_from: summary.ready_from,
        limit_at: summary.limit_at,
        paused: summary.paused_since.is_some(),
        paused_since: summary.paused_since,
        provisional,
        overdue: summary.limit_at.is_some_and(|limit| now > limit),
        explanation: explanation.map(|words| words.text(language).to_owned()),
        commitment_due: summary.commitment_due,
        box_number: summary.box_number.clone(),
        assignee: summary.assignee.map(|assignee| NamedView { code: assignee.id, name: assignee.name }),
    }
}
