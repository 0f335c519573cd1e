//! Tokens for systems: OAuth 2.0 client credentials, by secret or by a signed assertion.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use base64::Engine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{TokenView, strip_scheme};
use crate::api::closed::TokenError;
use crate::domain::accounts::role::Scope;
use crate::http::body::{self, BodyLimits, MediaType};
use crate::http::client_address::ClientAddress;
use crate::http::keys::IDEMPOTENCY_KEY;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::service::accounts::clients::tokens::ClientProof;
use crate::service::base::error::ServiceError;

/// The one type of assertion (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Each request has a token of its own, and a client of OAuth reads its own errors only.
const NO_KEY: &str = "an Idempotency-Key is not taken here";

/// A request for a token (RFC 6749 section 4.4). The client authenticates in one way: by its secret, in the body or by HTTP Basic,
/// or by an assertion that it signed (`private_key_jwt`).
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "grant_type": "client_credentials", "client_id": "tax-portal", "client_secret": "shown-once-when-it-was-added" }))]
pub struct TokenRequest {
    /// client_credentials
    #[schema(max_length = 64, pattern = "^client_credentials$", example = "client_credentials")]
    pub grant_type: String,
    /// The client id, unless it is sent by HTTP Basic or stands in the assertion.
    #[schema(max_length = 64, nullable = false)]
    pub client_id: Option<String>,
    /// The client secret, unless it is sent by HTTP Basic.
    #[schema(max_length = 256, nullable = false)]
    pub client_secret: Option<String>,
    /// urn:ietf:params:oauth:client-assertion-type:jwt-bearer, with an assertion.
    #[schema(
        max_length = 64,
        pattern = "^urn:ietf:params:oauth:client-assertion-type:jwt-bearer$",
        nullable = false,
        example = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    )]
    pub client_assertion_type: Option<String>,
    /// A JWT signed with a key of the client: `iss` and `sub` its id, `aud` the `issuer` that `/.well-known/oauth-authorization-server` says
    /// (or the address of this, where the hall's settings have it), `exp` at most five minutes ahead, a `jti` that is new.
    #[schema(max_length = 16384, nullable = false)]
    pub client_assertion: Option<String>,
    /// Requested scopes, separated by spaces; by default all scopes of the client.
    #[schema(max_length = 512, nullable = false, example = "cases:read cases:open")]
    pub scope: Option<String>,
}

/// An error of the token endpoint (RFC 6749 section 5.2).
#[derive(Serialize, ToSchema)]
pub struct TokenErrorView {
    /// invalid_request, invalid_client, invalid_scope or unsupported_grant_type.
    #[schema(value_type = TokenError)]
    pub error: &'static str,
    /// What is wrong, for whoever writes the program; only where it is told nobody but the client itself.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<&'static str>,
}

impl TokenErrorView {
    fn of(error: &'static str) -> Self {
        Self { error, error_description: None }
    }
}

/// Issues a token to a system (OAuth 2.0 client credentials).
#[utoipa::path(
    tag = "sign-in",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token.", body = TokenView),
        (status = 400, description = "The request is not valid.", body = TokenErrorView),
        (status = 401, description = "Wrong client, secret or assertion.", body = TokenErrorView, headers(
            ("WWW-Authenticate" = String, description = "How to authenticate."),
        )),
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
    if request.headers().contains_key(IDEMPOTENCY_KEY) {
        return Ok(refused(TokenErrorView { error: "invalid_request", error_description: Some(NO_KEY) }));
    }
    let form = token_request(&request, payload).await?.ok_or("invalid_request");
    let (proof, scopes) = match form.and_then(|form| asked(&request, form)) {
        Ok(asked) => asked,
        Err(error) => return Ok(refused(TokenErrorView::of(error))),
    };
    match service.client_token(proof, scopes, address).await {
        Ok(issued) => Ok(HttpResponse::Ok().json(TokenView::of_system(issued))),
        Err(ServiceError::WrongCredentials) => Ok(refused(TokenErrorView::of("invalid_client"))),
        Err(ServiceError::AssertionRefused(why)) => {
            Ok(refused(TokenErrorView { error: "invalid_client", error_description: Some(why) }))
        }
        Err(ServiceError::NotPermitted(_)) => Ok(refused(TokenErrorView::of("invalid_scope"))),
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
    let form = text.and_then(|text| web::Query::<TokenRequest>::from_query(text).ok());
    Ok(form.map(|form| form.into_inner().without_blanks()).filter(|form| !form.grant_type.is_empty()))
}

impl TokenRequest {
    /// A parameter without a value counts as left out (RFC 6749 section 3.2).
    fn without_blanks(mut self) -> Self {
        let said = [
            &mut self.client_id,
            &mut self.client_secret,
            &mut self.client_assertion_type,
            &mut self.client_assertion,
            &mut self.scope,
        ];
        said.into_iter().for_each(|value| *value = value.take().filter(|value| !value.trim().is_empty()));
        self
    }
}

/// Who asks, and for which scopes; otherwise the error's code.
fn asked(request: &HttpRequest, form: TokenRequest) -> Result<(ClientProof, Option<Vec<Scope>>), &'static str> {
    if form.grant_type != "client_credentials" {
        return Err("unsupported_grant_type");
    }
    let scopes = form.scope.as_deref().map(Scope::parse_list).transpose().map_err(|_| "invalid_scope");
    Ok((proof(request, form)?, scopes?))
}

fn proof(request: &HttpRequest, form: TokenRequest) -> Result<ClientProof, &'static str> {
    let TokenRequest { client_id, client_secret, client_assertion_type, client_assertion, .. } = form;
    let basic = request.headers().get(header::AUTHORIZATION);
    // RFC 6749, section 2.3: one way in a request, not several.
    if [basic.is_some(), client_secret.is_some(), client_assertion.is_some()].iter().filter(|way| **way).count() > 1 {
        return Err("invalid_request");
    }
    match (client_assertion, client_assertion_type) {
        (Some(assertion), Some(kind)) if kind == JWT_BEARER => Ok(ClientProof::Assertion { client_id, assertion }),
        (None, None) => {
            let given = match basic {
                Some(value) => value.to_str().ok().and_then(of_basic),
                None => client_id.clone().zip(client_secret),
            };
            let (proved, secret) = given.ok_or("invalid_client")?;
            // Whoever names one client and proves to be another has mixed up two.
            if client_id.is_some_and(|named| named != proved) {
                return Err("invalid_request");
            }
            Ok(ClientProof::Secret { client_id: proved, secret })
        }
        _ => Err("invalid_request"),
    }
}

fn of_basic(value: &str) -> Option<(String, String)> {
    let encoded = strip_scheme(value, "basic")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((client_id.to_owned(), secret.to_owned()))
}

fn refused(view: TokenErrorView) -> HttpResponse {
    if view.error == "invalid_client" {
        let challenge = (header::WWW_AUTHENTICATE, "Basic realm=\"casehall\"");
        return HttpResponse::Unauthorized().insert_header(challenge).json(view);
    }
    HttpResponse::BadRequest().json(view)
}
