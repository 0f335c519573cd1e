//! Who calls, once a middleware has found out.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::problem::Problem;
use crate::service::accounts::caller::Caller;

/// A caller with a valid token: a handler that takes it can't be reached without one.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Arc<Caller>);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::internal("a route outside of `authenticate` asks who calls")))
    }
}
