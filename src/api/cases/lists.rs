//! Routes of case lists: filtered, sorted, paged.

use std::borrow::Cow;

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::accounts::rights::{May, ReadCases};
use crate::domain::base::form::Form;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::words::{Fault, Language};
use crate::domain::calendar::span::Span;
use crate::domain::cases::intake::labels::{KEY_CHARACTERS, VALUE_CHARACTERS};
use crate::http::answers::Paged;
use crate::http::answers::fields::{Field, Fields, InParts, Later};
use crate::http::language::{Named, NamedView};
use crate::http::problem::Problem;
use crate::http::query::{Code, Query, case_cursor, case_cursor_text, no_cursor};
use crate::service::Service;
use crate::service::cases::case::{CaseFilter, CaseOrder, CasePage, CaseSummary};
use crate::service::cases::details::Explanations;
use crate::service::cases::filters::CodesOf;

/// One page of a listing.
#[derive(Default, Deserialize, IntoParams)]
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
    /// Left out, as they were received, the last one first. What is searched by `name`, `applicant`, `reference` or `metadata` comes in no other order.
    #[serde(default)]
    #[param(inline)]
    pub sort: Option<CaseSort>,
    /// Continue after this: the `next` of the previous page, with the same `sort` and filters. That of another order is refused.
    #[param(max_length = 80)]
    pub after: Option<String>,
    /// Maximum number of rows.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Of each case only these members, with `id`, `acceptance_number` and `version`; several times, or with commas between. Left out, all: what isn't asked
    /// for isn't computed.
    #[serde(default)]
    #[param(inline, max_items = 40)]
    pub fields: Vec<SummaryField>,
}

/// A member of a case in a list.
pub type SummaryField = Field<CaseSummaryView<'static>>;

/// In which order cases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum CaseSort {
    /// The one opened last first.
    #[serde(rename = "-opened_at")]
    LatestOpened,
    /// As they were opened.
    #[serde(rename = "opened_at")]
    EarliestOpened,
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
    /// What its cursors begin with, so that none is taken for one of another order.
    fn mark(self) -> &'static str {
        match self {
            Self::LatestOpened => "-opened_at",
            Self::EarliestOpened => "opened_at",
            Self::EarliestLimit => "limit",
            Self::LatestChanged => "-updated_at",
            Self::LongestUnchanged => "updated_at",
        }
    }
}

impl From<CaseSort> for CaseOrder {
    fn from(sort: CaseSort) -> Self {
        match sort {
            CaseSort::LatestOpened => Self::LatestOpened,
            CaseSort::EarliestOpened => Self::EarliestOpened,
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
#[derive(Serialize, ToSchema)]
pub struct CaseListView {
    /// In the order of `sort`. Where very many had to be looked at, as for a common name, a page has fewer than asked for, or none, and yet
    /// a `next`.
    #[schema(value_type = Vec<CaseSummaryView>)]
    pub items: CasesShown,
    /// `after` of the next page; null on the last page.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// A case in a list.
#[derive(Serialize, ToSchema)]
pub struct CaseSummaryView<'a> {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: &'a str,
    /// Its version.
    pub version: i64,
    /// Its case type.
    pub case_type: &'a str,
    /// The state it is in.
    #[schema(value_type = NamedView)]
    pub state: Named<'a>,
    /// Its outlet.
    pub outlet: &'a str,
    /// The organization's code.
    pub organization_code: &'a str,
    /// The organization's name.
    pub organization_name: &'a str,
    /// The certificate's serial.
    #[schema(required = true)]
    pub certificate_serial: Option<&'a str>,
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
    #[schema(value_type = bool)]
    pub provisional: Later<'a, bool>,
    /// The limit has passed.
    pub overdue: bool,
    /// How the limit was counted, in one sentence, while the deadline is open.
    #[schema(value_type = Option<String>, required = true)]
    pub explanation: Later<'a, Option<String>>,
    /// When the first open commitment ends.
    #[schema(required = true)]
    pub commitment_due: Option<DateTime<Utc>>,
    /// The box of its medium, while the hall has it.
    #[schema(required = true)]
    pub box_number: Option<&'a str>,
    /// What whoever opened it calls it.
    #[schema(required = true)]
    pub reference: Option<&'a str>,
    /// The assignee.
    #[schema(value_type = Option<NamedView>, required = true)]
    pub assignee: Option<Named<'a>>,
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
    mut query: Query<CaseQuery>,
) -> Result<Paged<CaseListView>, Problem> {
    let now = may.service.now();
    let (mark, fields) = (query.0.sort.map(CaseSort::mark), std::mem::take(&mut query.0.fields).into());
    let (filter, page) = query.checked(|query| filter(&may.service, query, now))?;
    let listing = may.service.list_cases(&may.caller, filter, page).await?;
    let items = CasesShown { cases: listing.cases, service: may.service, now, language: may.language, fields };
    let next = listing.next.map(|next| case_cursor_text(mark, next));
    Ok(Paged { view: CaseListView { items, next: next.clone() }, next })
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
    let order = query.sort.map_or(CaseOrder::NewestFirst, CaseOrder::from);
    if filter.is_searched() && order != CaseOrder::NewestFirst {
        let en = "searched by name, reference or metadata, the newest come first";
        form.fault("/sort", "invalid_value", "按名称、自编号或元数据查询时，只能最新的在前", en);
    }
    let after =
        form.found(case_cursor(query.sort.map(CaseSort::mark), query.after.as_deref()).map_err(|fault| vec![fault]));
    if after.is_some_and(|after| !order.has_cursor(&filter, after)) {
        form.0.push(no_cursor());
    }
    form.finish(Some((filter, CasePage { order, after, limit: i64::from(query.limit.unwrap_or(50)) })))
}

/// Cases of a list: each is made and written in one go, as far as it is wanted.
pub struct CasesShown {
    pub(super) cases: Vec<CaseSummary>,
    pub(super) service: Data<Service>,
    pub(super) now: DateTime<Utc>,
    pub(super) language: Language,
    pub(super) fields: Fields,
}

impl Serialize for CasesShown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut items = to.serialize_seq(Some(self.cases.len()))?;
        let explanations = self.service.explanations(self.now);
        for case in &self.cases {
            items.serialize_element(&self.fields.of(&self.view(case, &explanations)))?;
        }
        items.end()
    }
}

impl CasesShown {
    fn view<'a>(&'a self, case: &'a CaseSummary, explanations: &'a Explanations<'_>) -> CaseSummaryView<'a> {
        let Self { service, now, language, .. } = self;
        let (now, language) = (*now, *language);
        let workflow = service.catalog().workflow(&case.workflow.0, case.workflow.1);
        let state = workflow.and_then(|workflow| workflow.state(&case.state));
        let date = |at: DateTime<Utc>| RunningDateView { date: service.hall().hours.local_date(at), at };
        let explanation = move || Some(explanations.of(case)?.text(language).to_owned());
        CaseSummaryView {
            id: case.id,
            acceptance_number: &case.acceptance_number,
            version: case.version,
            case_type: &case.case_type,
            state: Named { code: &case.state, name: state.map_or(&*case.state, |state| state.words.text(language)) },
            outlet: &case.outlet,
            organization_code: &case.organization_code,
            organization_name: &case.organization_name,
            certificate_serial: case.certificate_serial.as_deref(),
            opened_at: case.opened_at,
            updated_at: case.updated_at,
            closed_at: case.closed_at,
            ready_from: case.ready_from.map(date),
            limit: case.limit_at.map(date),
            paused: case.paused_since.is_some(),
            paused_since: case.paused_since,
            provisional: Later::of(move || service.is_provisional(case, now)),
            overdue: case.limit_at.is_some_and(|limit| now > limit),
            explanation: Later::of(explanation),
            commitment_due: case.commitment_due,
            box_number: case.box_number.as_deref(),
            reference: case.ledger.reference.as_deref(),
            assignee: case.assignee.as_ref().map(|assignee| Named { code: &assignee.id, name: &assignee.name }),
        }
    }
}

impl InParts for CaseSummaryView<'_> {
    const ALWAYS: &'static [&'static str] = &["id", "acceptance_number", "version"];
}
