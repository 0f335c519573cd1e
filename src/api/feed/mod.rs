//! The feed of events, for systems that follow along: CloudEvents 1.0 in an order without gaps.

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::accounts::rights::{May, ReadCases};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::details::Details;
use crate::domain::feed::event_type::EventType;
use crate::http::answers::Paged;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::feed::{FedEvent, FeedAsked, Happened};

/// Events that are answered where nobody says how many.
const USUAL: u32 = 100;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Continue after this event: the `next` of the answer before. Left out, from the beginning.
    #[param(max_length = 19, pattern = "^[0-9]+$")]
    pub after: Option<String>,
    /// Only events of this type; may be given several times.
    #[serde(default, rename = "type")]
    #[param(max_items = 60)]
    pub types: Vec<String>,
    /// Maximum number of events.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedView {
    /// In the order in which they happened; each subject's in the order of its versions.
    pub events: Vec<CloudEventView>,
    /// `after` of the next request, also where nothing follows yet.
    pub next: String,
}

/// An event, as CloudEvents 1.0 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloudEventView {
    /// The version of CloudEvents.
    #[schema(example = "1.0")]
    pub specversion: &'static str,
    /// Its number in the feed; with the source it names the event for ever.
    pub id: String,
    /// The hall: the issuer of its tokens.
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "casehall.case_opened.v1")]
    pub event_type: String,
    /// What it happened to: `cases/` or `certificates/` with its id.
    pub subject: String,
    /// When.
    pub time: DateTime<Utc>,
    /// How `data` is written.
    #[schema(example = "application/json")]
    pub datacontenttype: &'static str,
    /// What is told of it.
    pub data: EventDataView,
}

/// What is told of an event. No person is named.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventDataView {
    /// The version of the subject that it made: of one subject's events none is left out, so they count up from 1.
    pub version: i64,
    /// Code of the action that it came by.
    pub action: String,
    /// The case that it is about, or came by; null where there is none that the caller may see.
    pub case: Option<EventCaseView>,
    /// The certificate that it happened to.
    pub certificate: Option<EventCertificateView>,
    /// The state that the case left and is in, for `state_changed`.
    pub state: Option<StateChangeView>,
    /// Code of the paper, for `material_recorded`.
    pub material: Option<String>,
    /// What was announced, for `announced`.
    pub announcement: Option<EventAnnouncementView>,
    /// Until when the certificate is valid, where that was set.
    pub valid_until: Option<DateTime<Utc>>,
    /// The service that it is about.
    pub service: Option<EventServiceView>,
}

/// A case, by its names.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCaseView {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Code of its case type.
    pub case_type: String,
    /// Code of its outlet.
    pub outlet: String,
}

/// A certificate, by its names.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCertificateView {
    /// Its id.
    pub id: Uuid,
    /// Its serial number now.
    pub serial: String,
}

/// A case's way from one state to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateChangeView {
    /// Code of the state that it left.
    pub from: String,
    /// Code of the state that it is in.
    pub to: String,
    /// Whether it ended.
    pub closed: bool,
}

/// An announcement.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventAnnouncementView {
    /// Its code, such as `due_soon`.
    pub kind: &'static str,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
}

/// A service on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventServiceView {
    /// `application` or `e_seal`.
    pub kind: &'static str,
    /// Its code, such as `urban-construction`.
    pub code: String,
    /// From when it can be used, where it was opened.
    pub usable_from: Option<DateTime<Utc>>,
}

/// Everything that happens, in one order in which nothing comes in between later, however many change something at once: cases and
/// certificates that the caller may see. Ask again with `next`; as long as nothing follows, the answer is empty and `next` stays. What a case
/// does to a certificate is told once: with the certificate's own events where the caller reads certificates, else with the case's.
#[utoipa::path(tag = "events", params(FeedQuery), responses(Paged<FeedView>))]
#[get("/events")]
pub(in crate::api) async fn read_feed(may: May<ReadCases>, query: Query<FeedQuery>) -> Result<Paged<FeedView>, Problem> {
    let asked = query.checked(asked)?;
    let page = may.service.feed(&may.caller, asked).await?;
    let source = may.service.tokens().issuer();
    let events = page.events.into_iter().map(|event| cloud_event(event, source)).collect();
    let next = page.next.to_string();
    Ok(Paged { view: FeedView { events, next: next.clone() }, next: (!page.is_end).then_some(next) })
}

/// What stands before an event's code and after it in its type.
const TYPE: (&str, &str) = ("casehall.", ".v1");

fn asked(query: FeedQuery) -> Result<FeedAsked, Vec<Fault>> {
    let mut faults = Vec::new();
    let after = query.after.as_deref().map_or(Some(0), |after| after.parse().ok().filter(|number| *number >= 0));
    if after.is_none() {
        let words = Words::new("须为上一次返回的 next 值", "must be the next of an answer before");
        faults.push(Fault::new("/after", "unknown_cursor", words));
    }
    let of = |(index, named): (usize, &String)| {
        let code = named.strip_prefix(TYPE.0).and_then(|rest| rest.strip_suffix(TYPE.1));
        let words = Words::new(format!("没有“{named}”这种事件"), format!("there is no event type {named}"));
        code.and_then(EventType::from_code).ok_or_else(|| Fault::new(format!("/type/{index}"), "unknown_event_type", words))
    };
    let (known, unknown): (Vec<_>, Vec<_>) = query.types.iter().enumerate().map(of).partition(Result::is_ok);
    faults.extend(unknown.into_iter().filter_map(Result::err));
    let (types, limit) = (known.into_iter().filter_map(Result::ok).collect(), i64::from(query.limit.unwrap_or(USUAL)));
    match after {
        Some(after) if faults.is_empty() => Ok(FeedAsked { after, types, limit }),
        _ => Err(faults),
    }
}

fn cloud_event(event: FedEvent, source: &str) -> CloudEventView {
    let details = match &event.happened {
        Happened::Case(happened) => Details::of_case(happened),
        Happened::Certificate(entry) => Details::of_certificate(&entry.event),
    };
    let (kind, id) = event.subject.key();
    CloudEventView {
        specversion: "1.0",
        id: event.number.to_string(),
        source: source.to_owned(),
        event_type: format!("{}{}{}", TYPE.0, event.event_type().code(), TYPE.1),
        subject: format!("{kind}s/{id}"),
        time: event.at,
        datacontenttype: "application/json",
        data: EventDataView {
            version: event.sequence,
            action: event.action,
            case: event.case.map(|case| EventCaseView {
                id: case.id,
                acceptance_number: case.acceptance_number,
                case_type: case.case_type,
                outlet: case.outlet,
            }),
            certificate: event.certificate.map(|(id, serial)| EventCertificateView { id, serial }),
            state: details.state.map(|change| StateChangeView { from: change.from, to: change.to, closed: change.closed }),
            material: details.material,
            announcement: details
                .announcement
                .map(|(kind, due_at)| EventAnnouncementView { kind: kind.code(), due_at }),
            valid_until: details.valid_until,
            service: details.service.map(|(kind, code)| EventServiceView {
                kind: kind.code(),
                code,
                usable_from: details.usable_from,
            }),
        },
    }
}
