//! Forms: what a page sends, read after the session's key was found in it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::super::visitor::{Visitor, is_own_form};
use crate::domain::base::words::Words;
use crate::http::body::{self, BodyLimits};
use crate::http::problem::{Problem, kinds};

/// Name of the field that carries the session's key.
pub const KEY: &str = "form_key";

/// A form of a page of this session, with who sent it.
pub struct Form<T> {
    /// Who sent it.
    pub visitor: Visitor,
    /// What it says.
    pub sent: T,
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload).into_inner());
        Box::pin(async move {
            let visitor = Visitor::extract(&request).await?;
            let fields = fields(&request, payload.map_err(Problem::internal)?).await?;
            let key = fields.iter().find(|(name, _)| name == KEY).map_or("", |(_, value)| value);
            require_key(&visitor, key)?;
            Ok(Self { visitor, sent: read(&fields)? })
        })
    }
}

/// Refuses a form that another page sent than one of this session.
///
/// # Errors
/// It carries another key.
pub(super) fn require_key(visitor: &Visitor, key: &str) -> Result<(), Problem> {
    if is_own_form(&visitor.form_key, key) {
        return Ok(());
    }
    Err(Problem::of(&kinds::FORBIDDEN).detail(Words::new(
        "页面已过期，请返回上一页，刷新后再提交。",
        "This page has expired. Go back, reload it and send it again.",
    )))
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

type Fields = Vec<(String, String)>;

async fn fields(request: &HttpRequest, payload: web::Payload) -> Result<Fields, Problem> {
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    body::check_encoding_and_length(request, limits)?;
    let raw = body::receive(payload, limits).await?;
    serde_urlencoded::from_bytes(&raw).map_err(|_| unreadable())
}

fn read<T: DeserializeOwned>(fields: &Fields) -> Result<T, Problem> {
    let given: Vec<_> = fields.iter().filter(|(name, _)| name != KEY).collect();
    let text = serde_urlencoded::to_string(&given).map_err(|_| unreadable())?;
    serde_urlencoded::from_str(&text).map_err(|_| unreadable())
}

pub(super) fn unreadable() -> Problem {
    Problem::of(&kinds::INVALID_REQUEST).detail(Words::new("表单有误。", "The form can't be read."))
}
