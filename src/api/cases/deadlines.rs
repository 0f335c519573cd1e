//! Routes of the dates of a case, with their explanation.

use actix_web::get;
use actix_web::web::Path;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::{DueDateView, deadlines_view};
use crate::api::accounts::rights::{May, ReadCases};
use crate::api::closed::DayReasonCode;
use crate::domain::base::words::Language;
use crate::domain::calendar::deadline::Pause;
use crate::domain::calendar::deadline::PauseCause;
use crate::domain::calendar::explanation::ExplainedDay;
use crate::domain::cases::deadlines::dates::DeadlineStatus;
use crate::domain::cases::deadlines::extension::Extension;
use crate::http::answers::{NotFound, Shown};
use crate::http::keys::CasePath;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::cases::deadlines::{ExplainedDeadline, NoticedDay};

/// Query of the dates of a case.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadlinesQuery {
    /// `days`: every day between receipt and limit, with the reason why it counts or not.
    #[param(inline)]
    pub explain: Option<Explain>,
}

/// How much is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    /// Day by day.
    Days,
}

/// The dates of a case, and how they were counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedDeadlinesView {
    /// When the application was received.
    pub received_at: DateTime<Utc>,
    /// The day that counts as the day of receipt; it isn't counted itself.
    pub receipt_day: NaiveDate,
    /// From when the certificate should be ready.
    pub ready_from: DueDateView,
    /// The limit.
    pub limit: DueDateView,
    /// on_track, overdue, paused, met or ended.
    #[schema(value_type = DeadlineStatus)]
    pub status: &'static str,
    /// Working days until the limit; negative when it has passed.
    pub working_days_left: i64,
    /// When the certificate was made.
    #[schema(required = true)]
    pub met_at: Option<DateTime<Utc>>,
    /// Working days that the limit was extended by.
    pub extended_by_working_days: u32,
    /// The edition of the calendar that the dates were counted by.
    pub calendar_edition: i64,
    /// How the limit was counted, in one sentence.
    pub explanation: String,
    /// The pauses of the deadline, oldest first.
    pub pauses: Vec<PauseView>,
    /// The decisions that extended the limit, oldest first.
    pub extensions: Vec<ExtensionView>,
    /// Every day from the receipt to the limit, where `explain=days` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Vec<DayView>>,
}

/// A pause of the deadline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    /// state: caused by the workflow; decision: caused by a person.
    #[schema(value_type = PauseCause)]
    pub cause: &'static str,
    /// Why.
    pub reason: String,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; none while it lasts.
    #[schema(required = true)]
    pub to: Option<DateTime<Utc>>,
    /// Who paused it.
    pub by: String,
    /// Who resumed it.
    #[schema(required = true)]
    pub ended_by: Option<String>,
}

/// A decision that extended the limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtensionView {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Who made it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The limit before.
    pub before: NaiveDate,
    /// The limit that was set.
    pub after: NaiveDate,
    /// By how many working days.
    pub working_days: u32,
}

impl From<Extension> for ExtensionView {
    fn from(Extension { at, by, reason, before, after, working_days }: Extension) -> Self {
        Self { at, by, reason, before, after, working_days }
    }
}

/// A day between receipt and limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    /// The day in the hall's zone.
    pub date: NaiveDate,
    /// Which working day it is, from 1; none when it doesn't count.
    #[schema(required = true)]
    pub counted: Option<u32>,
    /// Stable code of the reason, such as working_day, weekend, holiday, make_up_workday or paused.
    #[schema(value_type = DayReasonCode)]
    pub code: &'static str,
    /// Why it counts or not.
    pub reason: String,
    /// Address of the holiday notice that orders the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// The dates of a case and their explanation; with `explain=days` every day between receipt and limit.
#[utoipa::path(operation_id = "read_case_deadlines", tag = "cases", params(May<ReadCases>, CasePath, DeadlinesQuery), responses(Shown<ExplainedDeadlinesView>, NotFound))]
#[get("/cases/{key}/deadlines")]
pub(in crate::api) async fn read_deadlines(
    may: May<ReadCases>,
    path: Path<CasePath>,
    query: Query<DeadlinesQuery>,
) -> Result<Shown<ExplainedDeadlinesView>, Problem> {
    let explained = may.service.explained_deadline(&may.caller, path.into_inner().key).await?;
    Ok(Shown(explained_view(explained, query.0.explain.is_some(), may.language)))
}

fn explained_view(explained: ExplainedDeadline, with_days: bool, language: Language) -> ExplainedDeadlinesView {
    let dates = deadlines_view(&explained.report);
    let day = |NoticedDay { day: ExplainedDay { date, counted, reason }, notice }: NoticedDay| {
        let words = reason.words().text(language).to_owned();
        DayView { date, counted, code: reason.code(), reason: words, notice }
    };
    ExplainedDeadlinesView {
        received_at: explained.received_at,
        receipt_day: explained.report.deadlines.receipt_day,
        ready_from: dates.ready_from,
        limit: dates.limit,
        status: dates.status,
        working_days_left: dates.working_days_left,
        met_at: dates.met_at,
        extended_by_working_days: explained.report.extended_by,
        calendar_edition: explained.calendar_edition,
        explanation: explained.sentence.text(language).to_owned(),
        pauses: explained.report.pauses.iter().map(|pause| pause_view(pause, language)).collect(),
        extensions: explained.extensions.into_iter().map(ExtensionView::from).collect(),
        days: with_days.then(|| explained.days.into_iter().map(day).collect()),
    }
}

fn pause_view(pause: &Pause, language: Language) -> PauseView {
    PauseView {
        cause: pause.cause.code(),
        reason: pause.reason.text(language).to_owned(),
        from: pause.from,
        to: pause.to,
        by: pause.by.clone(),
        ended_by: pause.ended_by.clone(),
    }
}
