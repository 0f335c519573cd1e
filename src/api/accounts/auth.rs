//! Authentication of callers, and the keys that verify tokens.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::accounts::client::PublicKey;
use crate::domain::accounts::role::Scope;
use crate::http::authenticated::Authenticated;
use crate::http::client_address::ClientAddress;
use crate::http::openapi::methods;
use crate::http::problem::Problem;
use crate::http::problem::kinds;
use crate::service::Service;
use crate::service::accounts::account::IssuedToken;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// The middleware in front of every route that needs a token: nothing else of a request is looked at before, but whether its path has such a
/// method at all, which no token changes. What is answered differs with the token.
///
/// # Errors
/// Those of what it wraps.
pub(in crate::api) async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Some(refusal) = methods::unknown_to(&request) {
        return Ok(request.error_response(refusal));
    }
    let mut answer = match caller(&request).await {
        Ok(caller) => {
            request.extensions_mut().insert(Authenticated(Arc::new(caller)));
            next.call(request).await?.map_into_boxed_body()
        }
        Err(refusal) => request.error_response(refusal),
    };
    answer.headers_mut().append(header::VARY, header::HeaderValue::from_static("Authorization"));
    Ok(answer)
}

/// Who calls; 401 without a valid token.
async fn caller(request: &ServiceRequest) -> Result<Caller, Problem> {
    let token = bearer(request.headers()).ok_or_else(|| unauthorized("Bearer realm=\"casehall\""))?;
    let service = request.app_data::<web::Data<Service>>().ok_or_else(|| Problem::internal("no service"))?;
    let ClientAddress(address) = ClientAddress::extract(request.request()).await?;
    let caller = service.caller(token, Some(address)).await.map_err(|error| match error {
        // A token was brought, and another one is wanted (RFC 6750 section 3.1).
        ServiceError::WrongCredentials => unauthorized("Bearer realm=\"casehall\", error=\"invalid_token\""),
        error => error.into(),
    })?;
    Ok(caller)
}

/// The token that a request brings.
pub(in crate::api) fn bearer(headers: &header::HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok().and_then(|value| strip_scheme(value, "bearer"))
}

fn unauthorized(challenge: &'static str) -> Problem {
    Problem::of(&kinds::UNAUTHORIZED).header(header::WWW_AUTHENTICATE, header::HeaderValue::from_static(challenge))
}

pub(super) fn strip_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = value.trim().split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

/// A system's token and its lifetime.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Bearer.
    pub token_type: &'static str,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// The granted scopes.
    pub scope: String,
}

impl TokenView {
    /// A system's.
    pub(super) fn of_system(issued: IssuedToken) -> Self {
        let IssuedToken { access_token, expires_in, scopes } = issued;
        Self { access_token, token_type: "Bearer", expires_in, scope: Scope::list(&scopes) }
    }
}

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
pub struct KeySetView {
    /// The keys in use; the hall's own are Ed25519.
    pub keys: Vec<PublicKey>,
}

/// The public keys for verifying tokens (RFC 7517).
#[utoipa::path(
    operation_id = "read_public_keys",
    tag = "sign-in",
    responses((status = 200, description = "A JSON Web Key Set.", body = KeySetView)),
    security(())
)]
#[get("/.well-known/jwks.json")]
pub(in crate::api) async fn jwks(service: web::Data<Service>) -> HttpResponse {
    HttpResponse::Ok().json(service.tokens().jwks())
}
