//! Routes of case lists: filtered, sorted, paged.

use std::borrow::Cow;

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::accounts::rights::{May, ReadCases};
use crate::domain::base::form::Form;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::words::{Fault, Language, Words};
use crate::domain::calendar::span::Span;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::intake::labels::{KEY_CHARACTERS, VALUE_CHARACTERS};
use crate::http::answers::Paged;
use crate::http::language::NamedView;
use crate::http::problem::Problem;
use crate::http::query::{Code, Query, case_cursor, case_cursor_text, no_cursor};
use crate::service::Service;
use crate::service::cases::case::{CaseFilter, CaseOrder, CasePage, CaseSummary};
use crate::service::cases::filters::CodesOf;

/// One page of a listing.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Only cases in this state; may be given several times: in one of these.
    #[serde(default)]
    #[param(inline, max_items = 20)]
    pub state: Vec<Code>,
    /// Only this case type; may be given several times: one of these.
    #[serde(default)]
    #[param(inline, max_items = 20)]
    pub case_type: Vec<Code>,
    /// Only this outlet; may be given several times: one of these.
    #[serde(default)]
    #[param(inline, max_items = 20)]
    pub outlet: Vec<Code>,
    /// Only this organization, by either of its codes.
    #[param(max_length = 40)]
    pub organization_code: Option<String>,
    /// A part of the organization's name, at least two characters; spelling variants match.
    #[param(max_length = 120)]
    pub name: Option<String>,
    /// A part of the name of the applicant, the agent or the certificate contact, at least two characters.
    #[param(max_length = 120)]
    pub applicant: Option<String>,
    /// Only cases on this certificate.
    #[param(max_length = 64)]
    pub certificate_serial: Option<String>,
    /// Only those that whoever opened them calls so: their own number, exactly.
    #[param(min_length = 1, max_length = 64, example = "GZ-2026-0147")]
    pub reference: Option<String>,
    /// Only those with this pair of metadata, key and value with a colon between, exactly; may be given several times.
    #[serde(default)]
    #[param(inline, max_items = 20)]
    pub metadata: Vec<MetadataPair>,
    /// Only closed or only open cases.
    pub closed: Option<bool>,
    /// Only those whose running limit has passed, or only the others.
    pub overdue: Option<bool>,
    /// Only cases that changed at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Only cases opened on this day in the hall's zone or later.
    pub opened_from: Option<NaiveDate>,
    /// Only cases opened on this day or earlier.
    pub opened_to: Option<NaiveDate>,
    /// Only cases that ended on this day in the hall's zone or later.
    pub closed_from: Option<NaiveDate>,
    /// Only cases that ended on this day or earlier.
    pub closed_to: Option<NaiveDate>,
    /// Only cases whose running limit is on this day in the hall's zone or later.
    pub limit_from: Option<NaiveDate>,
    /// Only cases whose running limit is on this day or earlier.
    pub limit_to: Option<NaiveDate>,
    /// In which order: by when they were opened, by their running limit (those without one last), or by when they changed; `-` turns it around.
    /// Left out, the newest first. What is searched by `name`, `applicant`, `reference` or `metadata` comes in no other order.
    #[serde(default)]
    #[param(inline)]
    pub sort: CaseSort,
    /// Continue after this: the `next` of the previous page, with the same `sort` and filters. That of another order is refused.
    #[param(max_length = 80)]
    pub after: Option<String>,
    /// Maximum number of rows.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// In which order cases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub enum CaseSort {
    /// The one opened last first.
    #[default]
    #[serde(rename = "-opened_at")]
    NewestFirst,
    /// As they were opened.
    #[serde(rename = "opened_at")]
    OldestFirst,
    /// The earliest running limit first, those without one last.
    #[serde(rename = "limit")]
    EarliestLimit,
    /// The one changed last first.
    #[serde(rename = "-updated_at")]
    LatestChanged,
    /// As they changed.
    #[serde(rename = "updated_at")]
    LongestUnchanged,
}

impl CaseSort {
    /// What its cursors begin with, so that none is taken for one of another order; none: the usual order.
    fn mark(self) -> Option<&'static str> {
        match self {
            Self::NewestFirst => None,
            Self::OldestFirst => Some("opened_at"),
            Self::EarliestLimit => Some("limit"),
            Self::LatestChanged => Some("-updated_at"),
            Self::LongestUnchanged => Some("updated_at"),
        }
    }
}

impl From<CaseSort> for CaseOrder {
    fn from(sort: CaseSort) -> Self {
        match sort {
            CaseSort::NewestFirst => Self::NewestFirst,
            CaseSort::OldestFirst => Self::OldestFirst,
            CaseSort::EarliestLimit => Self::EarliestLimit,
            CaseSort::LatestChanged => Self::LatestChanged,
            CaseSort::LongestUnchanged => Self::LongestUnchanged,
        }
    }
}

/// A pair of metadata as it is searched by.
#[derive(Debug, Deserialize)]
pub struct MetadataPair(pub String);

impl PartialSchema for MetadataPair {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(3))
            .max_length(Some(KEY_CHARACTERS + 1 + VALUE_CHARACTERS))
            .pattern(Some("^[a-z][a-z0-9_.-]{0,39}:"))
            .description(Some("A key and its value, with a colon between."))
            .examples(["order_id:A-1047"])
            .into()
    }
}

impl ToSchema for MetadataPair {
    fn name() -> Cow<'static, str> {
        "MetadataPair".into()
    }
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseListView {
    /// In the order of `sort`. Where very many had to be looked at, as for a common name, a page has fewer than asked for, or none, and yet
    /// a `next`.
    pub items: Vec<CaseSummaryView>,
    /// `after` of the next page; null on the last page.
    #[schema(required = true)]
    pub next: Option<String>,
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
    #[schema(required = true)]
    pub certificate_serial: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    #[schema(required = true)]
    pub closed_at: Option<DateTime<Utc>>,
    /// From when the certificate should be ready, while the deadline runs.
    #[schema(required = true)]
    pub ready_from: Option<RunningDateView>,
    /// The limit, while the deadline runs.
    #[schema(required = true)]
    pub limit: Option<RunningDateView>,
    /// The deadline is paused.
    pub paused: bool,
    /// The start of the current pause.
    #[schema(required = true)]
    pub paused_since: Option<DateTime<Utc>>,
    /// A date reaches into a year whose holidays aren't published yet, and may move.
    pub provisional: bool,
    /// The limit has passed.
    pub overdue: bool,
    /// How the limit was counted, in one sentence, while the deadline is open.
    #[schema(required = true)]
    pub explanation: Option<String>,
    /// When the first open commitment ends.
    #[schema(required = true)]
    pub commitment_due: Option<DateTime<Utc>>,
    /// The box of its medium, while the hall has it.
    #[schema(required = true)]
    pub box_number: Option<String>,
    /// What whoever opened it calls it.
    #[schema(required = true)]
    pub reference: Option<String>,
    /// The assignee.
    #[schema(required = true)]
    pub assignee: Option<NamedView>,
}

/// A date of a deadline that runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunningDateView {
    /// The day.
    pub date: NaiveDate,
    /// The instant on it.
    pub at: DateTime<Utc>,
}

/// Cases that the caller may see, a page at a time.
#[utoipa::path(tag = "cases", params(May<ReadCases>, CaseQuery), responses(Paged<CaseListView>))]
#[get("/cases")]
pub(in crate::api) async fn list_cases(
    may: May<ReadCases>,
    query: Query<CaseQuery>,
) -> Result<Paged<CaseListView>, Problem> {
    let now = may.service.now();
    let mark = query.0.sort.mark();
    let (filter, page) = query.checked(|query| filter(&may.service, query, now))?;
    let listing = may.service.list_cases(&may.caller, filter, page).await?;
    let view = |summary: CaseSummary| summary_view(&may.service, summary, now, may.language);
    let cases = listing.cases.into_iter().map(view).collect();
    let next = listing.next.map(|next| case_cursor_text(mark, next));
    Ok(Paged { view: CaseListView { items: cases, next: next.clone() }, next })
}

fn filter(service: &Service, query: CaseQuery, now: DateTime<Utc>) -> Result<(CaseFilter, CasePage), Vec<Fault>> {
    let mut form = Form::default();
    let code = query.organization_code.as_deref();
    let code = code.and_then(|code| form.identifier("/organization_code", organization_code_of(code)));
    let name = query.name.as_deref().and_then(|name| form.name_part("/name", name));
    let person = query.applicant.as_deref().and_then(|name| form.name_part("/applicant", name));
    let serial = query.certificate_serial.as_deref();
    let serial = serial.and_then(|serial| form.serial("/certificate_serial", serial));
    let reference = query.reference.as_deref().and_then(|typed| form.reference("/reference", typed));
    let pairs = query.metadata.iter().enumerate();
    let metadata = pairs.filter_map(|(at, MetadataPair(pair))| form.pair(&format!("/metadata/{at}"), pair)).collect();
    let filter = CaseFilter {
        outlets: form.found(service.known_codes(CodesOf::Outlets, &Code::texts(query.outlet))),
        client_id: None,
        states: form.found(service.known_codes(CodesOf::States, &Code::texts(query.state))),
        case_types: form.found(service.known_codes(CodesOf::CaseTypes, &Code::texts(query.case_type))),
        organization_code: code.map(|code| code.as_str().to_owned()),
        name,
        person,
        certificate_serial: serial,
        reference,
        metadata,
        closed: query.closed,
        overdue: query.overdue.map(|overdue| (overdue, now)),
        opened: form.found(service.days("opened", query.opened_from, query.opened_to)),
        closed_in: form.found(service.days("closed", query.closed_from, query.closed_to)),
        limit: form.found(service.days("limit", query.limit_from, query.limit_to)),
        updated: Span::since(query.updated_since),
    };
    let order = CaseOrder::from(query.sort);
    if filter.is_searched() && order != CaseOrder::NewestFirst {
        let en = "searched by name, reference or metadata, the newest come first";
        form.fault("/sort", "invalid_value", "按名称、自编号或元数据查询时，只能最新的在前", en);
    }
    let after = form.found(case_cursor(query.sort.mark(), query.after.as_deref()).map_err(|fault| vec![fault]));
    if after.is_some_and(|after| !order.has_cursor(&filter, after)) {
        form.0.push(no_cursor());
    }
    form.finish(Some((filter, CasePage { order, after, limit: i64::from(query.limit.unwrap_or(50)) })))
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
    let date = |at: DateTime<Utc>| RunningDateView { date: service.hall().hours.local_date(at), at };
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
        ready_from: summary.ready_from.map(date),
        limit: summary.limit_at.map(date),
        paused: summary.paused_since.is_some(),
        paused_since: summary.paused_since,
        provisional,
        overdue: summary.limit_at.is_some_and(|limit| now > limit),
        explanation: explanation.map(|words| words.text(language).to_owned()),
        commitment_due: summary.commitment_due,
        box_number: summary.box_number.clone(),
        reference: summary.ledger.reference,
        assignee: summary.assignee.map(|assignee| NamedView { code: assignee.id, name: assignee.name }),
    }
}
