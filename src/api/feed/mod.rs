//! The feed of events, for systems that follow along: CloudEvents 1.0 in an order without gaps.
//!
//! Cast: `read_feed` is the route; [`event`] is an event as it is told, [`data`] what is told of it; `schema` how the OpenAPI document and
//! the JSON Schema of each type say it, `catalog` how AsyncAPI does, `page` how people read it; `stream` the same as it happens; [`webhooks`] the same by requests to whoever wants it.

mod catalog;
pub mod data;
pub mod event;
mod page;
mod schema;
mod stream;
pub mod webhooks;

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, get, web};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, RefOr, Response};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use uuid::Uuid;

use self::event::{CloudEventView, Envelope, no_cursor, unknown_cursor};
pub(in crate::api) use self::schema::EventDescriptions;
pub use self::stream::Streams;
use self::stream::{EVENT_STREAM, FollowFrom, Following};
use crate::api::accounts::auth::bearer;
use crate::api::accounts::rights::{May, ReadEvents};
use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::event_type::EventType;
use crate::http::answers::Paged;
use crate::http::envelope::HeadOnly;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::feed::{FeedAsked, Subject};

/// Events that are answered where nobody says how many.
const USUAL: u32 = 100;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Continue after this event: its id, or the `next` of the answer before. Left out, from the beginning.
    #[param(max_length = 18, pattern = "^[1-9][0-9]*$", example = "1047")]
    pub after: Option<String>,
    /// Only events of this type; may be given several times.
    #[serde(default, rename = "type")]
    #[param(inline, max_items = 52)]
    pub types: Vec<EventType>,
    /// Only what happened to this: the `subject` of an event, which is `cases/` or `certificates/` with the `id` of a case or certificate.
    /// Certificates aren't a case's subject: follow both.
    #[param(
        max_length = 49,
        pattern = "^(cases|certificates)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        example = "cases/019a3c1e-9f10-7d52-8a41-6c0b7f3e2d11"
    )]
    pub subject: Option<String>,
    /// Maximum number of events.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedView {
    /// In the order in which they happened; each subject's in the order of its versions. A part may be empty although others follow.
    pub items: Vec<CloudEventView>,
    /// `after` of the next request, also where nothing follows yet; null while nothing has happened at all.
    #[schema(required = true, max_length = 18, pattern = "^[1-9][0-9]*$")]
    pub next: Option<String>,
}

/// Everything that happens, in one order; nothing comes in between later, however many change something at once. It tells what happens to cases that the
/// caller may see, and to certificates where they may read these. Ask again with `next`; as long as nothing follows, the answer is empty and
/// `next` stays. What a case does to a certificate is told once: as the certificate's where the caller reads certificates, else as the case's.
/// With `Accept: text/event-stream` the same comes as it happens, as server-sent events: the id of each is the event's, and `Last-Event-ID` goes on
/// after it. A stream ends with the token, and the oldest of a caller's four with a fifth.
#[utoipa::path(
    tag = "events",
    operation_id = "list_events",
    params(May<ReadEvents>, FeedQuery, FollowFrom),
    responses(Fed)
)]
#[get("/events")]
pub(in crate::api) async fn read_feed(
    may: May<ReadEvents>,
    query: Query<FeedQuery>,
    from: FollowFrom,
    streams: web::Data<Streams>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut asked = query.checked(asked)?;
    let envelope = Envelope::of_hall(&may.service);
    let token = bearer(request.headers()).filter(|_| stream::is_asked(request.headers()));
    if let Some(token) = token {
        let refusal = if from.0.is_some() { stream::unknown_id } else { unknown_cursor };
        asked.after = from.0.unwrap_or(asked.after);
        if request.extensions().contains::<HeadOnly>() {
            may.service.feed(&may.caller, asked).await?.ok_or_else(refusal)?;
            return Ok(Following::not_read());
        }
        return Following::open(&streams, may.service, (&may.caller, token), asked, envelope, refusal).await;
    }
    let page = may.service.feed(&may.caller, asked).await?.ok_or_else(unknown_cursor)?;
    let events = page.events.into_iter().map(|event| envelope.of(event)).collect::<Result<_, _>>()?;
    let next = (page.next > 0).then(|| page.next.to_string());
    let view = FeedView { items: events, next: next.clone() };
    let mut answer = Paged { view, next: next.filter(|_| !page.is_end) }.respond_to(&request);
    answer.headers_mut().append(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(answer)
}

/// A page, or a stream.
enum Fed {}

impl IntoResponses for Fed {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = Paged::<FeedView>::responses();
        if let Some(RefOr::T(page)) = responses.get_mut("200") {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("Server-sent events; `data` is a CloudEvent."));
            page.content.insert(EVENT_STREAM.to_owned(), Content::new(Some(text)).into());
            page.description = "A page, whose Link header leads to the next; or a stream.".to_owned();
        }
        responses
    }
}

fn asked(query: FeedQuery) -> Result<FeedAsked, Vec<Fault>> {
    let after = query.after.map_or(Ok(0), |after| after.parse()).map_err(|_| vec![no_cursor()])?;
    let subject = query.subject.as_deref().map(|named| subject(named).ok_or_else(no_subject)).transpose();
    let subject = subject.map_err(|fault| vec![fault])?;
    Ok(FeedAsked { after, types: query.types, subject, limit: i64::from(query.limit.unwrap_or(USUAL)) })
}

/// What an event's `subject` names.
fn subject(named: &str) -> Option<Subject> {
    let (kind, id) = named.split_once('/')?;
    let id = Uuid::try_parse(id).ok()?;
    match kind {
        "cases" => Some(Subject::Case(id)),
        "certificates" => Some(Subject::Certificate(id)),
        _ => None,
    }
}

fn no_subject() -> Fault {
    let zh = "须为某个事件的 subject：cases/ 或 certificates/ 加其 id";
    Fault::new(
        "/subject",
        "invalid_value",
        Words::new(zh, "must be the subject of an event: cases/ or certificates/ with its id"),
    )
}
