//! Routes of exports: the event log for process mining, streamed as XES and as CSV.
//!
//! Cast: a `LogBody` is the body of the answer. The connection pulls it: the next chunk is read when the one before it
//! has gone out, and nothing more once the client went away, because then the body is dropped.
//!
//! Guarantees: the first chunk is read before the answer begins, so that what fails at once is a refusal like any other; a
//! failure after that breaks the connection, which every client can tell from an end.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::accounts::rights::{ExportEvents, May};
use crate::api::http::answers::{Forbidden, NotFound};
use crate::api::http::problem::Problem;
use crate::api::http::query::Query;
use crate::domain::reports::event_log::LoggedCase;
use crate::formats::{event_log_csv, xes};
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
    tag = "exports",
    params(EventLogParameters),
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
    tag = "exports",
    params(EventLogParameters),
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
    let mut log = service.event_log(caller, query)?;
    let zone = service.hall().hours.zone;
    let mut start = format.opening().map_err(Problem::internal)?;
    let first = log.next().await?;
    let ended = first.is_none();
    start.extend(format.part(first, zone).map_err(Problem::internal)?);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, format.disposition()))
        .body(LogBody {
            ready: Some(start.into()),
            source: (!ended).then_some(Source { log, format, zone }),
            reading: None,
        }))
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

impl Source {
    /// The next part, and the source again unless that was the last.
    async fn read(mut self) -> Result<(Bytes, Option<Self>), io::Error> {
        let cases = self.log.next().await.map_err(|error| {
            tracing::error!(%error, "an export of the event log was interrupted");
            io::Error::other(error.to_string())
        })?;
        let ended = cases.is_none();
        let part = self.format.part(cases, self.zone)?;
        Ok((part.into(), (!ended).then_some(self)))
    }
}

type Reading = Pin<Box<dyn Future<Output = Result<(Bytes, Option<Source>), io::Error>>>>;

/// The log as the body of an answer.
struct LogBody {
    /// What was read before the answer began.
    ready: Option<Bytes>,
    source: Option<Source>,
    reading: Option<Reading>,
}

impl MessageBody for LogBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(ready)));
        }
        loop {
            if let Some(reading) = &mut self.reading {
                let Poll::Ready(read) = reading.as_mut().poll(context) else { return Poll::Pending };
                self.reading = None;
                match read {
                    // An empty part would end a chunked answer.
                    Ok((part, source)) => {
                        self.source = source;
                        if !part.is_empty() {
                            return Poll::Ready(Some(Ok(part)));
                        }
                    }
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            match self.source.take() {
                Some(source) => self.reading = Some(Box::pin(source.read())),
                None => return Poll::Ready(None),
            }
        }
    }
}
