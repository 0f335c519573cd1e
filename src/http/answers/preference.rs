//! What a caller would rather be answered to a change: `Prefer` (RFC 7240).
//!
//! Cast: a [`Light`] answer is the whole one or, to who prefers `return=minimal`, its status and headers alone; what they
//! say of the thing its view tells, which is [`Brief`].
//!
//! Guarantees: a preference is never a reason to refuse: what isn't understood is ignored, and of one that is given twice the first
//! counts. What is done is the same. Answers with secrets aren't light, since those are shown nowhere else.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::openapi::header::Header;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::{Made, Versioned};
use crate::http::conditional::etag;
use crate::http::openapi::headers::{APPLIED_NAME, header as header_of};

/// The header that asks.
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Which preference was followed.
pub(crate) const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How much of a changed thing is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Minimal,
    Representation,
}

impl Wanted {
    /// What the headers of a request prefer; none: nothing that is known here.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
        let mut preferences = values.flat_map(|value| value.split(',')).filter_map(|preference| {
            // Parameters of a preference, behind a semicolon, none of these has.
            let (name, value) = preference.split(';').next()?.split_once('=')?;
            name.trim().eq_ignore_ascii_case("return").then(|| value.trim().trim_matches('"'))
        });
        match preferences.next()? {
            "minimal" => Some(Self::Minimal),
            "representation" => Some(Self::Representation),
            _ => None,
        }
    }

    fn applied(self) -> &'static str {
        match self {
            Self::Minimal => "return=minimal",
            Self::Representation => "return=representation",
        }
    }
}

/// A view of which the most important stands in headers, too, where it isn't sent.
pub trait Brief: Serialize {
    /// The headers, and what they say.
    fn brief(&self) -> impl Iterator<Item = (HeaderName, String)>;
}

/// An answer to a change, whole or without its body.
pub struct Light<A>(pub A);

/// An answer that can be sent without its body.
pub trait Whole: Responder<Body = BoxBody> {
    /// What the body shows.
    type View: Brief + ToSchema;
    /// The status without it.
    const BARE: StatusCode;

    /// What the body would show.
    fn view(&self) -> &Self::View;
    /// The version of the thing.
    fn version(&self) -> i64;
    /// Where the thing is, if it is new.
    fn location(&self) -> Option<&str> {
        None
    }
}

impl<V: Brief + ToSchema> Whole for Versioned<V> {
    type View = V;
    const BARE: StatusCode = StatusCode::NO_CONTENT;

    fn view(&self) -> &V {
        &self.view
    }

    fn version(&self) -> i64 {
        self.version
    }
}

impl<V: Brief + ToSchema> Whole for Made<V> {
    type View = V;
    const BARE: StatusCode = StatusCode::CREATED;

    fn view(&self) -> &V {
        &self.view
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn location(&self) -> Option<&str> {
        Some(&self.location)
    }
}

impl<A: Whole> Light<A> {
    fn bare(&self) -> HttpResponse {
        let Self(whole) = self;
        let mut answer = HttpResponse::build(A::BARE);
        answer.insert_header((header::ETAG, etag(whole.version())));
        whole.location().map(|place| answer.insert_header((header::LOCATION, place)));
        whole.view().brief().for_each(|told| {
            answer.insert_header(told);
        });
        answer.finish()
    }
}

impl<A: Whole> Responder for Light<A> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let wanted = Wanted::of(request.headers());
        let mut answer = match wanted {
            Some(Wanted::Minimal) => self.bare(),
            _ => self.0.respond_to(request),
        };
        let headers = answer.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Prefer"));
        if let Some(wanted) = wanted {
            headers.insert(APPLIED, HeaderValue::from_static(wanted.applied()));
        }
        answer
    }
}

/// By which name the description has an answer to a change without its body.
pub(in crate::http) const BARE: &str = "Minimal";

/// It, described once for all.
pub(in crate::http) fn bare() -> Response {
    let mut bare =
        ResponseBuilder::new().description("Done, without a body, as `Prefer: return=minimal` asks.").build();
    bare.headers = headers(&["ETag", "Idempotency-Replayed"]);
    bare
}

/// The headers of an answer without its body, and others.
fn headers(others: &[&str]) -> BTreeMap<String, RefOr<Header>> {
    let own = [APPLIED_NAME, "Case-Number", "Case-State", "Case-Version"];
    own.iter().chain(others).map(|name| ((*name).to_owned(), header_of(name))).collect()
}

impl<A: Whole + IntoResponses> IntoResponses for Light<A> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = A::responses();
        let is_new = A::BARE == StatusCode::CREATED;
        for response in responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.insert(APPLIED_NAME.to_owned(), header_of(APPLIED_NAME));
                response.headers.extend(is_new.then(|| headers(&[])).into_iter().flatten());
            }
        }
        if !is_new {
            responses.insert(A::BARE.as_str().to_owned(), Ref::from_response_name(BARE).into());
        }
        responses
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn of_the_preferences_the_first_that_is_known_counts_and_others_are_ignored() {
        for (given, wanted) in [
            (&["return=minimal"][..], Some(Wanted::Minimal)),
            (&["respond-async, wait=10, return=minimal"], Some(Wanted::Minimal)),
            (&["respond-async", "Return = \"minimal\"; foo=bar"], Some(Wanted::Minimal)),
            (&["return=representation, return=minimal"], Some(Wanted::Representation)),
            (&["return=minimal", "return=representation"], Some(Wanted::Minimal)),
            (&["return=headers-only"], None),
            (&["return"], None),
            (&["minimal"], None),
            (&["handling=strict; return=minimal"], None),
            (&[""], None),
            (&[], None),
        ] {
            let request =
                given.iter().fold(TestRequest::post(), |request, value| request.append_header((PREFER, *value)));
            assert_eq!(Wanted::of(request.to_http_request().headers()), wanted, "{given:?}");
        }
    }
}
