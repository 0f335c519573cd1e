//! Tokens for systems, and authentication of callers.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, get, post, web};
use base64::Engine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::client_address::ClientAddress;
use crate::api::http::body::{self, BodyLimits, MediaType};
use crate::api::http::problem::Problem;
use crate::api::http::problem_kinds;
use crate::domain::accounts::role::Scope;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// A caller with a valid token: a handler that takes it can't be reached without one.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::internal("a route outside of `authenticate` asks who calls")))
    }
}

/// The middleware in front of every route that needs a token: nothing else of a request is looked at before.
///
/// # Errors
/// 401 without a valid token; what the database says.
pub(in crate::api) async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| strip_scheme(value, "bearer")).ok_or_else(unauthorized)?;
    let service = request.app_data::<web::Data<Service>>().ok_or_else(|| Problem::internal("no service"))?;
    let caller = service.caller(token).await.map_err(|error| match error {
        ServiceError::WrongCredentials => unauthorized(),
        error => error.into(),
    })?;
    tracing::Span::current().record("account", &caller.actor.id);
    let ClientAddress(address) = ClientAddress::extract(request.request()).await?;
    request.extensions_mut().insert(Authenticated(caller.from_address(address)));
    next.call(request).await
}

fn unauthorized() -> Problem {
    let challenge = header::HeaderValue::from_static("Bearer realm=\"casehall\"");
    Problem::of(&problem_kinds::UNAUTHORIZED).header(header::WWW_AUTHENTICATE, challenge)
}

fn strip_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
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

/// A request for a token (RFC 6749 section 4.4); the client may authenticate in the body or by HTTP Basic.
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// client_credentials
    #[schema(example = "client_credentials")]
    pub grant_type: String,
    /// The client id, unless it is sent by HTTP Basic.
    pub client_id: Option<String>,
    /// The client secret, unless it is sent by HTTP Basic.
    pub client_secret: Option<String>,
    /// Requested scopes, separated by spaces; by default all scopes of the client.
    pub scope: Option<String>,
}

/// An error of the token endpoint (RFC 6749 section 5.2).
#[derive(Serialize, ToSchema)]
pub struct TokenErrorView {
    /// invalid_request, invalid_client, invalid_scope or unsupported_grant_type.
    pub error: &'static str,
}

/// Issues a token to a system (OAuth 2.0 client credentials).
#[utoipa::path(
    tag = "sign-in",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token.", body = TokenView),
        (status = 400, description = "The request is not valid.", body = TokenErrorView),
        (status = 401, description = "Wrong client or secret.", body = TokenErrorView),
    ),
    security(())
)]
#[post("/oauth/token")]
pub(in crate::api) async fn issue_token(
    service: web::Data<Service>,
    ClientAddress(address): ClientAddress,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Some(form) = token_request(&request, payload).await? else { return Ok(token_error("invalid_request")) };
    if form.grant_type != "client_credentials" {
        return Ok(token_error("unsupported_grant_type"));
    }
    // No client's id has a NUL, and PostgreSQL can't even be asked for one.
    let given = credentials(&request, &form).filter(|(client_id, _)| !client_id.contains('\0'));
    let Some((client_id, secret)) = given else { return Ok(token_error("invalid_client")) };
    let scopes = match form.scope.as_deref().map(Scope::parse_list) {
        None => None,
        Some(Ok(scopes)) => Some(scopes),
        Some(Err(_)) => return Ok(token_error("invalid_scope")),
    };
    match service.client_token(&client_id, &secret, scopes, address).await {
        Ok(issued) => Ok(HttpResponse::Ok().json(TokenView {
            access_token: issued.access_token,
            token_type: "Bearer",
            expires_in: issued.expires_in,
            scope: Scope::list(&issued.scopes),
        })),
        Err(ServiceError::WrongCredentials) => Ok(token_error("invalid_client")),
        Err(ServiceError::NotPermitted(_)) => Ok(token_error("invalid_scope")),
        Err(error) => Err(error.into()),
    }
}

/// The form in the body; none where there isn't one.
async fn token_request(request: &HttpRequest, payload: web::Payload) -> Result<Option<TokenRequest>, Problem> {
    if MediaType::of(request).essence != "application/x-www-form-urlencoded" {
        return Ok(None);
    }
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    body::check_encoding_and_length(request, limits)?;
    let raw = body::receive(payload, limits).await?;
    let text = std::str::from_utf8(&raw).ok();
    Ok(text.and_then(|text| web::Query::from_query(text).ok()).map(web::Query::into_inner))
}

fn credentials(request: &HttpRequest, form: &TokenRequest) -> Option<(String, String)> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return form.client_id.clone().zip(form.client_secret.clone());
    };
    let encoded = strip_scheme(value.to_str().ok()?, "basic")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((client_id.to_owned(), secret.to_owned()))
}

fn token_error(error: &'static str) -> HttpResponse {
    if error == "invalid_client" {
        let challenge = (header::WWW_AUTHENTICATE, "Basic realm=\"casehall\"");
        return HttpResponse::Unauthorized().insert_header(challenge).json(TokenErrorView { error });
    }
    HttpResponse::BadRequest().json(TokenErrorView { error })
}

/// The public keys for verifying tokens (RFC 7517).
#[utoipa::path(
    tag = "sign-in",
    responses((status = 200, description = "A JSON Web Key Set.", body = Object)),
    security(())
)]
#[get("/.well-known/jwks.json")]
pub(in crate::api) async fn jwks(service: web::Data<Service>) -> HttpResponse {
    HttpResponse::Ok().json(service.tokens().jwks())
}
