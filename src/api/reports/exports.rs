//! Routes of exports: the event log for process mining, streamed as XES and as CSV.

use std::io;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::accounts::rights::{ExportEvents, May};
use crate::api::streamed::{Parts, Streamed};
use crate::domain::reports::event_log::LoggedCase;
use crate::formats::{event_log_csv, xes};
use crate::http::answers::{Forbidden, NotFound};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::reports::exports::{EventLog, EventLogQuery};

/// Which part of the event log is asked for; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventLogParameters {
    /// Cases opened on this day in the hall's zone or later.
    pub opened_from: Option<NaiveDate>,
    /// Cases opened on this day or earlier.
    pub opened_to: Option<NaiveDate>,
    /// Of this case type.
    #[param(max_length = 64)]
    pub case_type: Option<String>,
    /// Of this outlet; who belongs to an outlet gets that one's only.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
}

impl From<EventLogParameters> for EventLogQuery {
    fn from(given: EventLogParameters) -> Self {
        let EventLogParameters { opened_from, opened_to, case_type, outlet } = given;
        Self { opened_from, opened_to, case_type, outlet }
    }
}

/// The event log for process mining as XES (IEEE 1849): a trace for each case, an event for each action. No persons'
/// data; accounts by their id.
#[utoipa::path(
    operation_id = "export_event_log_as_xes",
    tag = "reports",
    params(May<ExportEvents>, EventLogParameters),
    responses(
        (status = 200, description = "The log, streamed; it is complete if it ends with `</log>`.",
            content_type = "application/xml", body = String),
        Forbidden,
        NotFound,
    )
)]
#[get("/exports/event-log.xes")]
pub(in crate::api) async fn event_log_as_xes(
    May { service, caller, .. }: May<ExportEvents>,
    query: Query<EventLogParameters>,
) -> Result<HttpResponse, Problem> {
    answer(&service, &caller, query, Format::Xes).await
}

/// The event log for process mining as CSV: a row for each action, under the names that it has in XES.
#[utoipa::path(
    operation_id = "export_event_log_as_csv",
    tag = "reports",
    params(May<ExportEvents>, EventLogParameters),
    responses(
        (status = 200, description = "The log, streamed.", content_type = "text/csv; charset=utf-8", body = String),
        Forbidden,
        NotFound,
    )
)]
#[get("/exports/event-log.csv")]
pub(in crate::api) async fn event_log_as_csv(
    May { service, caller, .. }: May<ExportEvents>,
    query: Query<EventLogParameters>,
) -> Result<HttpResponse, Problem> {
    answer(&service, &caller, query, Format::Csv).await
}

async fn answer(
    service: &Service,
    caller: &Caller,
    query: Query<EventLogParameters>,
    format: Format,
) -> Result<HttpResponse, Problem> {
    let query = query.checked(|given| service.event_log_query(given.into()))?;
    let mut log = service.event_log(caller, query).await?;
    let zone = service.hall().hours.zone;
    let mut start = format.opening().map_err(Problem::internal)?;
    let first = log.next().await?;
    let ended = first.is_none();
    start.extend(format.part(first, zone).map_err(Problem::internal)?);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, format.disposition()))
        .body(Streamed::new(start, (!ended).then_some(Source { log, format, zone }))))
}

/// As what the log is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Xes,
    Csv,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Self::Xes => "application/xml",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn disposition(self) -> &'static str {
        match self {
            Self::Xes => "attachment; filename=\"event-log.xes\"",
            Self::Csv => "attachment; filename=\"event-log.csv\"",
        }
    }

    fn opening(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Xes => xes::opening(),
            Self::Csv => event_log_csv::header(),
        }
    }

    /// Cases as text; without any, what stands at the end.
    fn part(self, cases: Option<Vec<LoggedCase>>, zone: Tz) -> io::Result<Vec<u8>> {
        match (self, cases) {
            (Self::Xes, Some(cases)) => xes::traces(&cases, zone),
            (Self::Xes, None) => Ok(xes::closing()),
            (Self::Csv, Some(cases)) => event_log_csv::rows(&cases, zone),
            (Self::Csv, None) => Ok(Vec::new()),
        }
    }
}

/// Where the next part comes from.
struct Source {
    log: EventLog,
    format: Format,
    zone: Tz,
}

impl Parts for Source {
    async fn read(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let cases = self.log.next().await.map_err(|error| {
            tracing::error!(%error, "an export of the event log was interrupted");
            io::Error::other(error.to_string())
        })?;
        let ended = cases.is_none();
        let part = self.format.part(cases, self.zone)?;
        Ok((part.into(), (!ended).then_some(self)))
    }
}
