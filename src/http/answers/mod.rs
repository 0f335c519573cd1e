//! What a route answers, as values that describe themselves: to the caller, and in the OpenAPI document.
//!
//! Cast: [`Shown`] is a view; [`Each`] what became of many things; [`Revalidated`] a thing that was asked for, with the ETag of this answer; [`Versioned`] one that was changed, with the
//! ETag of its version; [`Kept`] an answer that may be kept for a while; [`Made`] a new one, with where it is; [`Done`] nothing; [`Paged`] a page, with the link to the next. [`Forbidden`], [`NotFound`] and the like are what a route may refuse, by kind of route.
//!
//! Guarantees: what is sent and what is described come from the same type, so that a status, a header or a body can't be
//! described at one place and sent otherwise at another.

pub mod fields;
pub mod preference;

use std::cell::RefCell;
use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;
use utoipa::openapi::header::Header;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::http::conditional::etag;
use crate::http::conditional::tags::Tag;
use crate::http::openapi::headers::header as header_of;
use crate::http::others::readable;
use crate::http::problem::{Problem, ProblemView};

/// 200 with a view.
pub struct Shown<V>(pub V);

/// 200 with a thing that was changed, and its version as ETag.
pub struct Versioned<V> {
    /// Its version.
    pub version: i64,
    /// What is shown of it.
    pub view: V,
}

/// 201 with a new thing, where it is, and its version as ETag.
pub struct Made<V> {
    /// Its address.
    pub location: String,
    /// Its version.
    pub version: i64,
    /// What is shown of it.
    pub view: V,
}

/// 200 with a thing, and an ETag of its version and of what is shown of it, or 304 where the caller has that.
pub struct Revalidated<V> {
    /// Its version.
    pub version: i64,
    /// What is shown of it.
    pub view: V,
}

/// 200 with an answer that whoever asks may keep for a while, or 304 where they have it: both say for how long.
pub struct Kept<V> {
    /// What is answered.
    pub view: V,
    /// For how long.
    pub max_age_seconds: u32,
}

/// 200 with what became of each of many things, and when to send again what was refused for now.
pub struct Each<V> {
    /// What became of them.
    pub view: V,
    /// In how many seconds all of it may succeed; none: nothing is a matter of time.
    pub retry_after_seconds: Option<u64>,
}

/// 204: it is done, and there is nothing to show.
pub struct Done;

/// 200 with a page; the Link header leads to the next.
pub struct Paged<V> {
    /// The page.
    pub view: V,
    /// `after` of the next; none: this is the last.
    pub next: Option<String>,
}

impl<V: Serialize> Responder for Shown<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        written(request, HttpResponse::Ok(), &self.0)
    }
}

impl<V: Serialize> Responder for Each<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        written(request, response, &self.view)
    }
}

impl<V: Serialize> Responder for Versioned<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, etag(self.version)));
        written(request, response, &self.view)
    }
}

impl<V: Serialize> Responder for Revalidated<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match readable(request, &self.view) {
            Ok(body) => Tag::of_version(self.version, &body).answer(request, body),
            Err(error) => HttpResponse::from_error(Problem::internal(error)),
        }
    }
}

impl<V: Serialize> Responder for Kept<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = match readable(request, &self.view) {
            Ok(body) => body,
            Err(error) => return HttpResponse::from_error(Problem::internal(error)),
        };
        let mut response = match self.max_age_seconds {
            // Never 304: by one with `max-age=0` nginx would keep on what it has, for as long as it might have kept that at first.
            0 => HttpResponse::Ok().content_type("application/json").body(body),
            _ => Tag::of(&body).answer(request, body),
        };
        // Private: what one system may ask, another may not.
        if let Ok(kept) = format!("private, max-age={}, must-revalidate", self.max_age_seconds).parse() {
            response.headers_mut().insert(header::CACHE_CONTROL, kept);
        }
        response
    }
}

impl<V> From<Versioned<V>> for Revalidated<V> {
    fn from(Versioned { version, view }: Versioned<V>) -> Self {
        Self { version, view }
    }
}

impl<V: Serialize> Responder for Made<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Created();
        response.insert_header((header::LOCATION, self.location)).insert_header((header::ETAG, etag(self.version)));
        written(request, response, &self.view)
    }
}

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl IntoResponses for Done {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = ResponseBuilder::new().description("It is done.").build();
        BTreeMap::from([("204".to_owned(), response.into())])
    }
}

impl<V: Serialize> Responder for Paged<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(next) = &self.next {
            response.insert_header(next_link(request, next));
        }
        written(request, response, &self.view)
    }
}

/// The view as JSON, as whoever asks may read it.
fn written(request: &HttpRequest, mut response: HttpResponseBuilder, view: &impl Serialize) -> HttpResponse {
    match readable(request, view) {
        Ok(body) => response.content_type("application/json").body(body),
        Err(error) => HttpResponse::from_error(Problem::internal(error)),
    }
}

/// The `Link` header that leads to the next page of what was asked for.
fn next_link(request: &HttpRequest, next: &str) -> (header::HeaderName, String) {
    let kept = request.query_string().split('&').filter(|part| !part.is_empty() && !part.starts_with("after="));
    let mut parts: Vec<&str> = kept.collect();
    let after = format!("after={next}");
    parts.push(&after);
    (header::LINK, format!("<{}?{}>; rel=\"next\"", request.path(), parts.join("&")))
}

impl<V: ToSchema> IntoResponses for Kept<V> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        or_unchanged::<V>("The answer; Cache-Control says how long it may be kept.", &["ETag", "Cache-Control"])
    }
}

impl<V: ToSchema> IntoResponses for Revalidated<V> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        or_unchanged::<V>("As it is now; the ETag is of its version and of these words.", &["ETag"])
    }
}

fn or_unchanged<V: ToSchema>(words: &str, headers: &[&str]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = one(200, words, Some(mentioned::<V>()), headers);
    let mut unchanged = ResponseBuilder::new().description("What the caller has is still valid.").build();
    unchanged.headers = headers_of(headers);
    responses.insert("304".to_owned(), unchanged.into());
    responses
}

fn headers_of(names: &[&str]) -> BTreeMap<String, RefOr<Header>> {
    names.iter().map(|name| ((*name).to_owned(), header_of(name))).collect()
}

macro_rules! described {
    ($($answer:ident = $status:literal, $words:literal, [$($header:literal),*];)*) => {$(
        impl<V: ToSchema> IntoResponses for $answer<V> {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                one($status, $words, Some(mentioned::<V>()), &[$($header),*])
            }
        }
    )*};
}

described! {
    Shown = 200, "What was asked for.", [];
    Each = 200, "What became of each; Retry-After where some were refused for now.", ["Retry-After"];
    Versioned = 200, "As it is now; the ETag is its version.", ["ETag"];
    Made = 201, "Made; Location says where it is, and the ETag is its version.", ["Location", "ETag"];
    Paged = 200, "A page; the Link header leads to the next.", ["Link"];
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident { $($status:literal = $words:literal $([$($header:literal),*])?),+ $(,)? })*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(one($status, $words, Some(Ref::from_schema_name(ProblemView::name()).into()), &[$($($header),*)?])),+].into_iter().flatten().collect()
            }
        }
    )*};
}

refusals! {
    /// Of a route for some only.
    Forbidden { 403 = "The caller may not do this." }
    /// Of a route that names something.
    NotFound { 404 = "There is no such thing, or the caller may not see it." }
    /// Of a route whose data the rules look at.
    Invalid { 422 = "All faults of the form of the request, or else all that the rules find." }
    /// Of a route that makes something new.
    NotMade {
        403 = "The caller may not do this.",
        409 = "Something that is there stands in the way; `code` and `detail` say what.",
        422 = "All faults of the form of the request, or else all that the rules find.",
    }
    /// Of a route that changes something.
    NotChanged {
        403 = "The caller may not do this.",
        404 = "There is no such thing, or the caller may not see it.",
        409 = "It isn't in a state for this, or something stands in the way; `code` and `detail` say what.",
        422 = "All faults of the form of the request, or else all that the rules find.",
    }
    /// Of a route that changes something in the version that was seen, where one is named.
    Stale { 412 = "Somebody else changed it meanwhile; `current_version` says to what." ["ETag"] }
    /// Of a route that replaces something, and must be told which version of it.
    Unseen {
        412 = "Somebody else changed it meanwhile; `current_version` says to what." ["ETag"],
        428 = "If-Match is missing.",
    }
}

fn one(status: u16, words: &str, schema: Option<RefOr<Schema>>, headers: &[&str]) -> BTreeMap<String, RefOr<Response>> {
    let mut response =
        ResponseBuilder::new().description(words).content("application/json", Content::new(schema)).build();
    response.headers = headers_of(headers);
    BTreeMap::from([(status.to_string(), response.into())])
}

thread_local! {
    static MENTIONED: RefCell<Vec<(String, RefOr<Schema>)>> = const { RefCell::new(Vec::new()) };
}

/// A reference to a schema, which [`schemas`] then has: the derive of a route collects only those that it reads itself.
fn mentioned<V: ToSchema>() -> RefOr<Schema> {
    let name = V::name();
    MENTIONED.with_borrow_mut(|schemas| {
        if schemas.iter().all(|(known, _)| *known != name) {
            schemas.push((name.clone().into_owned(), V::schema()));
            V::schemas(schemas);
        }
    });
    Ref::from_schema_name(name).into()
}

/// Every schema that answers mentioned on this thread since this was asked before.
pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    MENTIONED.take()
}
