//! What is said of idempotency keys that their callers have used before: that the answer is that of then, or, for another request, a refusal.
//!
//! The use-cases refuse such a key in their transaction. Here that is said, too, of requests that don't get so far: faults of
//! a body are of no interest where the body should have been another one.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, web};

use crate::http::authenticated::Authenticated;
use crate::http::headers::REPLAYED;
use crate::http::keys::Keyed;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;

/// The middleware behind `authenticate`: a request that is refused for whatever reason is refused for its key, if that was
/// used for another request. One that succeeds costs nothing; where it had been done before, its answer says so.
///
/// # Errors
/// What the database says.
pub(in crate::api) async fn tell_of_used_keys(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let is_replayed = response.request().extensions().get::<Keyed>().is_some_and(|keyed| keyed.replayed.is_so());
    if is_replayed && response.status().is_success() {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    let asked = response.request().extensions().get::<IdempotentRequest>().cloned();
    let Some(asked) = asked.filter(|_| response.status().is_client_error()) else { return Ok(response) };
    let (request, response) = response.into_parts();
    let Authenticated(caller) = Authenticated::extract(&request).await?;
    let service = request.app_data::<web::Data<Service>>().ok_or_else(|| Problem::internal("no service"))?.clone();
    match service.key_is_of_another_request(&caller, asked).await {
        Ok(false) => Ok(ServiceResponse::new(request, response)),
        Ok(true) => Ok(ServiceResponse::from_err(Problem::from(ServiceError::KeyReused), request)),
        Err(error) => Ok(ServiceResponse::from_err(Problem::from(error), request)),
    }
}
