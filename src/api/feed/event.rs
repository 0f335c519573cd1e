//! An event as it is told, and the cursor that its number is.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::data::{About, EventCertificateView, EventDataView};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::details::Details;
use crate::domain::feed::event_type::EventType;
use crate::domain::hall::Hall;
use crate::http::problem::{Problem, kinds};
use crate::service::Service;
use crate::service::feed::{FedEvent, Happened};

/// The version of CloudEvents.
pub(super) const SPEC_VERSION: &str = "1.0";
/// How `data` is written.
pub(super) const CONTENT_TYPE: &str = "application/json";
/// How a whole event is written.
pub(super) const STRUCTURED: &str = "application/cloudevents+json";
/// Under which the JSON Schema of each type is.
pub(super) const SCHEMAS: &str = "/docs/events";
/// What names an event.
pub(super) const CURSOR: &str = "^[1-9][0-9]*$";

/// An event, as CloudEvents 1.0 has it.
#[derive(Debug, Serialize)]
pub struct CloudEventView {
    specversion: &'static str,
    pub(super) id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: EventType,
    subject: String,
    time: DateTime<Utc>,
    datacontenttype: &'static str,
    dataschema: String,
    data: EventDataView,
}

/// What is around all events that somebody is told.
pub(super) struct Envelope {
    /// The hall.
    pub(super) source: String,
    /// Where the JSON Schemas of data are.
    pub(super) schemas: String,
}

impl Envelope {
    /// That of the hall, whoever asks and wherever: its events are the same everywhere.
    pub(super) fn of_hall(service: &Service) -> Self {
        Self { source: service.tokens().issuer().to_owned(), schemas: schemas(service.hall()) }
    }

    /// An event, as it is told.
    ///
    /// # Errors
    /// There is more to tell of it, or less, than its type says.
    pub(super) fn of(&self, event: FedEvent) -> Result<CloudEventView, Problem> {
        let event_type = event.event_type();
        let details = match &event.happened {
            Happened::Case(happened) => Details::of_case(happened),
            Happened::Certificate(entry) => Details::of_certificate(&entry.event),
        };
        let (kind, id) = event.subject.key();
        let about = About {
            version: event.sequence,
            action: event.action,
            case: event.case.map(Into::into),
            certificate: event.certificate.map(|(id, serial)| EventCertificateView { id, serial }),
        };
        let unlike = || Problem::internal(format!("event {} isn't as its type says", event.number));
        Ok(CloudEventView {
            specversion: SPEC_VERSION,
            id: event.number.to_string(),
            source: self.source.clone(),
            event_type,
            subject: format!("{kind}s/{id}"),
            time: event.at,
            datacontenttype: CONTENT_TYPE,
            dataschema: format!("{}/{}", self.schemas, event_type.code()),
            data: EventDataView::of(event_type, details, about).ok_or_else(unlike)?,
        })
    }
}

/// Where the JSON Schemas of data are: at the hall's public address, or else by a name only.
fn schemas(hall: &Hall) -> String {
    hall.address().map_or("urn:casehall:events".to_owned(), |address| format!("{address}{SCHEMAS}"))
}

/// The fault of an `after` that nothing has.
pub(super) fn no_cursor() -> Fault {
    let zh = "没有这个事件：须为某个事件的 id 或上一次返回的 next；数据库如从备份恢复过，请从头读起";
    let en = "There is no such event: it must be the id of one, or the next of an answer before. Where the database was restored from a \
              backup, read from the beginning";
    Fault::new("/after", "unknown_cursor", Words::new(zh, en))
}

/// The refusal of it.
pub(super) fn unknown_cursor() -> Problem {
    Problem::of(&kinds::INVALID_QUERY).faults(vec![no_cursor()])
}
