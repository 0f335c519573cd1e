//! Common parts of every request and answer: an id, a log line, the caller's language, security headers.
//!
//! Cast: [`envelope`] is the one middleware; wrap it around everything else. It gives the request its [`RequestId`], opens
//! the log's span, answers `HEAD` as `GET`, counts with the [`RequestMeter`] that the application has, and turns whatever went wrong
//! inside into a [`Problem`] in the caller's language: a handler's refusal, a bare error of the framework, a panic.
//!
//! Guarantees: every answer carries `X-Request-Id`; a log line names the route's pattern and never the path or query, which
//! may hold personal data; no refusal leaves as anything but problem+json, unless a page was rendered for it; no route is
//! asked for a text that isn't UTF-8, of which the framework would make another text, nor by two lines of which a proxy might believe
//! the other one.

mod meter;
pub mod reached;
mod trace;

use std::any::Any;
use std::future::{Ready, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use percent_encoding::percent_decode_str;
use tracing::{Instrument, field};
use uuid::Uuid;

pub use self::meter::RequestMeter;
use self::meter::known;
use super::headers::{REQUEST_ID, cross_origin, deprecation, dress};
use super::openapi::methods::{Pattern, wrong_method};
use super::problem::Problem;
use super::{language, problem::kinds};
use crate::domain::base::identity_document::IdentityNumber;
use crate::domain::base::words::{Language, Words};

/// The id of a request: the caller's `X-Request-Id` when it is 8 to 64 letters, digits or hyphens, and no person's number, since it
/// stands in the log; else a new UUIDv7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let is_sane = |id: &&str| {
            (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let given = given.filter(is_sane).filter(|id| !may_be_a_persons_number(id));
        Self(given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// Whether it is digits alone, as phones are, or has an identity number in it. A UUID is neither.
fn may_be_a_persons_number(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'X' | b'x')) || IdentityNumber::is_in(id)
}

/// A mark of requests by `HEAD`, which are answered as those by `GET`: of what would be long no body need be made.
#[derive(Debug, Clone, Copy)]
pub struct HeadOnly;

impl FromRequest for RequestId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().cloned();
        ready(Ok(known.unwrap_or_else(|| Self::of(request.headers()))))
    }
}

/// The middleware around everything; the last one given to `App::wrap`, so that it is the outermost.
///
/// # Errors
/// A rendered [`Problem`], where the request is lost and no response can be made from it.
pub async fn envelope(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let language = language::of_headers(request.headers());
    let trace = trace::trace_id(request.headers()).map(str::to_owned);
    let pattern = request.match_pattern(); // looked for among all routes
    let route = pattern.clone().unwrap_or_else(|| "unmatched".to_owned());
    let meter = request.app_data::<web::Data<RequestMeter>>().cloned();
    let _under_way = meter.as_ref().map(|meter| meter.begins());
    let span = tracing::info_span!(
        "request",
        request_id = id.0,
        trace_id = trace,                 // of the caller's `traceparent`
        method = known(request.method()), // what HTTP has none of is the caller's own text
        route,
        account = field::Empty,    // who is found to call
        session = field::Empty,    // theirs
        credential = field::Empty, // of a system, by its name
    );
    request.extensions_mut().insert(id.clone());
    let unreadable = pattern.as_ref().and_then(|_| unreadable(&request));
    if let Some(pattern) = pattern {
        request.extensions_mut().insert(Pattern(pattern));
    }
    if request.method() == Method::HEAD {
        request.extensions_mut().insert(HeadOnly);
        request.head_mut().method = Method::GET; // the connection remembers that no body is wanted (RFC 9110 §9.3.2)
    }
    let method = request.method().clone();
    async {
        // Where no route is, there is nothing to read.
        let outcome = match catching_panics(async {
            match unreadable {
                Some(problem) => Ok(request.error_response(problem).map_into_boxed_body()),
                None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
            }
        })
        .await
        {
            Ok(Ok(response)) => {
                let mut response = in_problem_form(response, language, &id.0, trace.as_deref());
                deprecation::tell(response.headers_mut(), &method, &route);
                Ok(response)
            }
            Ok(Err(error)) => Err(problem_of(&error)),
            Err(panic) => Err(Problem::internal(format!("panic: {}", message(&*panic)))),
        };
        let outcome = outcome.map_err(|problem| traced(problem, trace.as_deref()).for_caller(language, &id.0));
        let (status, took) =
            (outcome.as_ref().map_or_else(Problem::status, ServiceResponse::status), started.elapsed());
        if let Some(meter) = &meter {
            meter.answered(&method, route, status, took);
        }
        let (status, latency_ms) = (status.as_u16(), took.as_secs_f64() * 1000.0);
        tracing::info!(status, latency_ms, "answered");
        outcome.map_err(Error::from)
    }
    .instrument(span)
    .await
}

/// Who calls and what is sent are said once (RFC 9110 §5.3).
const SAID_ONCE: [&str; 2] = ["Authorization", "Content-Type"];

/// The refusal of a header that is said twice, or of an address that has bytes which aren't UTF-8, percent-encoded (RFC 3986 §2.5).
fn unreadable(request: &ServiceRequest) -> Option<Problem> {
    let is_repeated = |name: &&str| request.headers().get_all(*name).nth(1).is_some();
    if let Some(name) = SAID_ONCE.into_iter().find(is_repeated) {
        return Some(
            Problem::of(&kinds::INVALID_HEADER)
                .member("header", name)
                .detail(Words::new(format!("{name} 只能出现一次。"), format!("{name} must stand there once."))),
        );
    }
    let is_text = |part: &str| percent_decode_str(part).decode_utf8().is_ok();
    let (path, query) = (request.uri().path(), request.query_string());
    let (kind, zh, en) = match (is_text(path), is_text(query)) {
        (false, _) => (&kinds::INVALID_PATH, "路径", "path"),
        (true, false) => (&kinds::INVALID_QUERY, "查询参数", "query"),
        (true, true) => return None,
    };
    Some(Problem::of(kind).detail(Words::new(
        format!("{zh}中有不属于 UTF-8 编码的字节。"),
        format!("The {en} has percent-encoded bytes that are not UTF-8."),
    )))
}

/// Runs a future to its end or to its panic.
async fn catching_panics<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// The response with its headers, and as problem+json when it is an error that nobody has put into words yet.
fn in_problem_form<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    language: Language,
    request_id: &str,
    trace: Option<&str>,
) -> ServiceResponse<BoxBody> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let has_words =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    let refusal = response.response().error().and_then(Error::as_error::<Problem>).cloned();
    let problem = match refusal {
        Some(problem) => Some(problem),
        None if is_error && !has_words => Some(problem_of_response(response.response())),
        None => None,
    };
    let mut response = match problem {
        None => response.map_into_boxed_body(),
        Some(problem) => {
            let (request, given) = response.into_parts();
            let mut rendered = traced(problem, trace).render(language, Some(request_id));
            // What the middlewares inside have said of the answer holds in whichever words it is put.
            for (name, value) in given.headers().iter().filter(|(name, _)| is_of_the_answer(name)) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
            ServiceResponse::new(request, rendered)
        }
    };
    dress(response.headers_mut(), language, request_id);
    response
}

/// Whether a header says with what an answer differs, who may read it, or how many more there may be.
fn is_of_the_answer(name: &HeaderName) -> bool {
    name == header::VARY || ["access-control-", "ratelimit"].iter().any(|begin| name.as_str().starts_with(begin))
}

/// A problem that names the trace, for whoever follows it through several systems.
fn traced(problem: Problem, trace: Option<&str>) -> Problem {
    match trace {
        Some(trace) => problem.member("trace_id", trace),
        None => problem,
    }
}

/// An error that came out instead of a response.
fn problem_of(error: &Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => {
            let response = error.error_response();
            if response.status().is_server_error() {
                return Problem::internal(error);
            }
            of_status(response.status())
        }
    }
}

/// An error response of the framework's own, with the headers that belong to its status.
fn problem_of_response<B>(response: &actix_web::HttpResponse<B>) -> Problem {
    if let Some(problem) = wrong_method(response) {
        return problem;
    }
    let status = response.status();
    let mut problem = match response.error() {
        Some(error) if status == StatusCode::INTERNAL_SERVER_ERROR => Problem::internal(error),
        _ => of_status(status),
    };
    if let Some(words) = response.error().and_then(cross_origin::refusal) {
        problem = problem.detail(words);
    }
    for name in [header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        for value in response.headers().get_all(&name) {
            problem = problem.header(name.clone(), value.clone());
        }
    }
    problem
}

/// The kind of problem that a bare status stands for.
fn of_status(status: StatusCode) -> Problem {
    // The first of a status in the table is its general kind.
    match kinds::ALL.iter().find(|kind| kind.status == status) {
        Some(kind) => Problem::of(kind),
        None if status.is_server_error() => Problem::new(status, "internal_error", kinds::INTERNAL_ERROR.title()),
        None => Problem::new(status, "bad_request", kinds::BAD_REQUEST.title())
            .detail(Words::new(format!("HTTP {status}"), format!("HTTP {status}"))),
    }
}
