//! A change that a request asks for, as one argument: of what, in which version, and whether it is done once only.
//!
//! Cast: a [`Change`] is a `POST`, a [`Replace`] a `PUT` or `PATCH`, on what a path names; an [`EachOnce`] a `POST` of many things. Which version must have been seen is its second
//! type: `()` none, [`MaybeIfMatch`] one where the caller says it, [`IfMatch`] exactly one.
//!
//! Guarantees: what tells a repeated request from another one is a digest of its method, path and body.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::{self, Bytes};
use actix_web::{Error, FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::conditional::{self, IfMatch, MaybeIfMatch};
use super::keys::{self, KEY_PATTERN, Keyed, LONGEST_KEY};
use super::problem::Problem;
use crate::service::base::idempotency::IdempotentRequest;

/// A change of what the path names, done once where it has an Idempotency-Key.
pub struct Change<P, V = ()> {
    /// What the path names.
    pub path: P,
    /// The version that was seen.
    pub seen: V,
    keyed: Option<Keyed>,
}

/// What the path names is to be as the body says, as a whole or where it says something: a PUT or PATCH with the version that was seen. Sent again, it is refused as stale, so
/// that it needs no Idempotency-Key.
pub struct Replace<P, V> {
    /// What the path names.
    pub path: P,
    /// The version that was seen.
    pub seen: V,
}

/// Many things that one request asks for, each done once by itself: the request must have an Idempotency-Key, and each of them a part of it.
pub struct EachOnce(Keyed);

/// A path that names nothing: that of a collection.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Collection {}

impl<P, V> Change<P, V> {
    /// What makes a repeated request the same one: its key, with a digest of what it asks.
    pub fn idempotent(&self, body: &Bytes) -> Option<IdempotentRequest> {
        self.keyed.as_ref().map(|keyed| keyed.asks(body))
    }
}

impl EachOnce {
    /// The whole, to be told from another request that was sent with its key.
    pub fn whole(&self, body: &Bytes) -> IdempotentRequest {
        self.0.asks(body)
    }

    /// One of the things, by its place and what is asked of it.
    pub fn part(&self, index: usize, part: &Bytes) -> IdempotentRequest {
        self.0.asks_part(index, part)
    }
}

impl FromRequest for EachOnce {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Keyed::of(request).and_then(|keyed| keyed.map(Self).ok_or_else(keys::missing)))
    }
}

impl IntoParams for EachOnce {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let words = "Each row is done once for this key, its place and what it says; sent again, what was done is said to be `repeated`, \
                     and what was refused is tried once more.";
        vec![conditional::header("Idempotency-Key", words, Required::True, LONGEST_KEY, Some(KEY_PATTERN))]
    }
}

impl<P: DeserializeOwned, V: Precondition> FromRequest for Change<P, V> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(
            Replace::from_request(request, payload)
                .into_inner()
                .and_then(|Replace { path, seen }| Ok(Self { path, seen, keyed: Keyed::of(request)? })),
        )
    }
}

impl<P: DeserializeOwned, V: Precondition> FromRequest for Replace<P, V> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<P>::from_request(request, payload).into_inner();
        ready(path.and_then(|path| Ok(Self { path: path.into_inner(), seen: V::of(request)? })))
    }
}

/// The version that a request must have seen.
pub trait Precondition: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// It is missing or malformed.
    fn of(request: &HttpRequest) -> Result<Self, Problem>;

    /// Whether the header is required; none: it isn't looked at.
    const REQUIRED: Option<bool>;
}

impl Precondition for () {
    const REQUIRED: Option<bool> = None;

    fn of(_: &HttpRequest) -> Result<Self, Problem> {
        Ok(())
    }
}

impl Precondition for MaybeIfMatch {
    const REQUIRED: Option<bool> = Some(false);

    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Self::extract(request).into_inner()
    }
}

impl Precondition for IfMatch {
    const REQUIRED: Option<bool> = Some(true);

    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Self::extract(request).into_inner()
    }
}

impl<P: IntoParams, V: Precondition> IntoParams for Replace<P, V> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = P::into_params(place);
        all.extend(V::REQUIRED.map(|required| match required {
            true => conditional::seen("Its version that was seen, such as \"7\".", Required::True),
            false => conditional::seen("Only if this is its version, such as \"7\".", Required::False),
        }));
        all
    }
}

impl<P: IntoParams, V: Precondition> IntoParams for Change<P, V> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = Replace::<P, V>::into_params(place);
        let words = "The same key and body are done once, and answered the same.";
        all.push(conditional::header("Idempotency-Key", words, Required::False, LONGEST_KEY, Some(KEY_PATTERN)));
        all
    }
}
