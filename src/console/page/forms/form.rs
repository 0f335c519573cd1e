//! Forms: what a page sends, read after the session's key was found in it.
//!
//! Guarantees: only a form of a page of this very session does anything. One of a page that the same browser opened before a new
//! sign-in comes back as it was typed: its visitor's service changes nothing. What was typed when a session had ended is kept for the
//! page that asks to sign in. A form of anywhere else is refused, and nothing of it is kept. One that is sent twice, as by a double click, is done
//! once by whatever takes [`Visitor::once`].

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::super::session::form_key::Origin;
use super::super::visitor::{OWN_ACCOUNT, Visitor, form_key};
use super::fields::Typed;
use crate::domain::base::words::Words;
use crate::http::body::{self, BodyLimits};
use crate::http::envelope::reached::is_of_another_site;
use crate::http::problem::{Problem, kinds};
use crate::service::base::idempotency::{IdempotentRequest, Replayed};

/// Name of the field that carries the session's key.
pub const KEY: &str = "form_key";
/// Of the most bytes of a form so many, in hundredths, may be carried: the rest is for names and the sign-in itself.
const MOST_CARRIED: usize = 75;

/// A form that comes once more so soon was sent twice.
const SENT_TWICE_WITHIN_SECONDS: i64 = 60;

/// A form of a page of this session, with who sent it.
pub struct Form<T> {
    /// Who sent it.
    pub visitor: Visitor,
    /// What it says.
    pub sent: T,
}

/// What somebody sent whose session had ended; none of it was done.
pub struct Unsent(pub Typed);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let Typed(fields) = typed(&request, payload.map_err(Problem::internal)?).await?;
            let visitor = sender(&request, Visitor::extract(&request).await, &fields)?;
            let now = visitor.service.now();
            Ok(Self { visitor: visitor.sending(once(&request, &fields, now)), sent: read(&fields)? })
        })
    }
}

/// Who sent a form, by the key in it: of a page of before, they change nothing. What somebody typed whose session had ended is kept for
/// the page that asks to sign in.
///
/// # Errors
/// Nobody is signed in; or its key is of another browser, or of none.
pub(super) fn sender(
    request: &HttpRequest,
    visitor: Result<Visitor, Problem>,
    fields: &Fields,
) -> Result<Visitor, Problem> {
    match (visitor, origin(request, fields)) {
        (Ok(visitor), Origin::ThisSession) => Ok(visitor),
        (Ok(visitor), Origin::ThisBrowser) => Ok(visitor.of_before()),
        (Ok(_), Origin::Elsewhere) => Err(expired()),
        (Err(problem), Origin::ThisSession | Origin::ThisBrowser) => {
            if problem.status() == StatusCode::UNAUTHORIZED && may_be_carried(request, fields) {
                request.extensions_mut().insert(Unsent(Typed(fields.clone())));
            }
            Err(problem)
        }
        (Err(problem), Origin::Elsewhere) => Err(problem),
    }
}

/// What tells a form from any other: where it was sent and all that is in it, of which the key is masked anew on each page, and the minute: a page of
/// before, to which somebody goes back after what it did was undone, is looked at as it stands now. No header can have a tab in it, so that no other
/// system comes with such a key.
fn once(request: &HttpRequest, fields: &Fields, now: DateTime<Utc>) -> IdempotentRequest {
    let mut digest = Sha256::new();
    digest.update((now.timestamp() / SENT_TWICE_WITHIN_SECONDS).to_le_bytes());
    for text in std::iter::once(request.path()).chain(fields.iter().flat_map(|(name, value)| [&**name, &**value])) {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    let fingerprint = hex::encode(digest.finalize());
    IdempotentRequest { key: format!("form\t{fingerprint}"), fingerprint, replayed: Replayed::default() }
}

/// Of which page a form is, by the key in it.
pub(super) fn origin(request: &HttpRequest, fields: &Fields) -> Origin {
    let key = fields.iter().find(|(name, _)| name == KEY).map_or("", |(_, value)| value);
    form_key(request).origin(key)
}

/// Where a browser sends a form in which Enter is to press nothing, if it passes over a button that can't be pressed: nothing is done, and its
/// page stays as it is (RFC 9110 §15.3.5).
pub(in crate::console) async fn stay() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

fn expired() -> Problem {
    Problem::of(&kinds::FORBIDDEN).detail(Words::new(
        "页面已过期，请返回上一页，刷新后再提交。",
        "This page has expired. Go back, reload it and send it again.",
    ))
}

/// A form that begins a session, and comes from no other site: there somebody would be signed in as somebody else without knowing.
pub struct OwnForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for OwnForm<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (is_of_another_site, form) = (is_of_another_site(request), OpenForm::<T>::from_request(request, payload));
        Box::pin(async move {
            if is_of_another_site {
                return Err(Problem::of(&kinds::FORBIDDEN).detail(Words::new(
                    "登录请求来自其他网站，未予处理。请打开本系统的登录页面登录。",
                    "Another site asked to sign you in, and nothing was done. Open the sign-in page of this system.",
                )));
            }
            Ok(Self(form.await?.0))
        })
    }
}

/// A form that is sent before anybody has a session.
pub struct OpenForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for OpenForm<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move { Ok(Self(read(&fields(&request, payload.map_err(Problem::internal)?).await?)?)) })
    }
}

pub(super) type Fields = Vec<(String, String)>;

async fn fields(request: &HttpRequest, payload: web::Payload) -> Result<Fields, Problem> {
    let limits = limits(request);
    body::check_encoding_and_length(request, limits)?;
    let raw = body::receive(payload, limits).await?;
    serde_urlencoded::from_bytes(&raw).map_err(|_| unreadable())
}

/// The fields of a form; where the page for signing in carried them, those and none of its own.
async fn typed(request: &HttpRequest, payload: web::Payload) -> Result<Typed, Problem> {
    let typed = Typed(fields(request, payload).await?);
    let carried = typed.carried();
    Ok(if carried.is_empty() { typed } else { Typed(carried) })
}

/// Whether what was typed may be kept on a page: no secrets of one's own account, and no more than can be sent with a sign-in.
fn may_be_carried(request: &HttpRequest, fields: &Fields) -> bool {
    let length = serde_urlencoded::to_string(fields).map_or(usize::MAX, |text| text.len());
    let is_more_than_the_key = fields.iter().any(|(name, _)| name != KEY);
    is_more_than_the_key
        && !request.path().starts_with(OWN_ACCOUNT)
        && length <= limits(request).bytes / 100 * MOST_CARRIED
}

pub(super) fn limits(request: &HttpRequest) -> BodyLimits {
    request.app_data::<BodyLimits>().copied().unwrap_or_default()
}

fn read<T: DeserializeOwned>(fields: &Fields) -> Result<T, Problem> {
    let given: Vec<_> = fields.iter().filter(|(name, _)| name != KEY).collect();
    let text = serde_urlencoded::to_string(&given).map_err(|_| unreadable())?;
    serde_urlencoded::from_str(&text).map_err(|_| unreadable())
}

pub(super) fn unreadable() -> Problem {
    Problem::of(&kinds::INVALID_REQUEST).detail(Words::new("表单有误。", "The form can't be read."))
}
