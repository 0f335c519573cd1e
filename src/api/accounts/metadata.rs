//! How systems get tokens, for programs that look for it (RFC 8414).
//!
//! Guarantee: whatever stands here as an audience of what a system signs is taken as one, where the settings say the address.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::accounts::role::Scope;
use crate::service::Service;
use crate::service::accounts::tokens::TOKEN_PATH;

/// How and where systems get tokens (RFC 8414).
#[derive(Serialize, ToSchema)]
pub struct AuthorizationServerView {
    /// The name of the hall, `iss` and `aud` of its tokens; and what a system names as `aud` in what it signs. It need not be an address.
    pub issuer: String,
    /// Where systems ask for tokens. It is an `aud`, too, where the settings of the hall have an address.
    #[schema(format = "uri")]
    pub token_endpoint: String,
    /// The public keys of the tokens.
    #[schema(format = "uri")]
    pub jwks_uri: String,
    /// What may be asked for in `scope`.
    pub scopes_supported: Vec<Scope>,
    /// None: nobody is sent here to give a consent.
    pub response_types_supported: Vec<&'static str>,
    /// `client_credentials`.
    pub grant_types_supported: Vec<&'static str>,
    /// How a system says who it is.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// By which algorithms it may sign that.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// The description of the service, for people.
    #[schema(format = "uri")]
    pub service_documentation: String,
}

/// How systems get tokens (RFC 8414): the issuer, the address, and by what they may say who they are.
#[utoipa::path(
    operation_id = "read_authorization_server",
    tag = "sign-in",
    responses((status = 200, description = "The metadata.", body = AuthorizationServerView)),
    security(())
)]
#[get("/.well-known/oauth-authorization-server")]
pub(in crate::api) async fn authorization_server(service: web::Data<Service>, request: HttpRequest) -> HttpResponse {
    let here = request.connection_info();
    let here = || format!("{}://{}", here.scheme(), here.host());
    let token_endpoint = service.tokens().address().map(str::to_owned);
    let token_endpoint = token_endpoint.unwrap_or_else(|| format!("{}{TOKEN_PATH}", here()));
    let hall = token_endpoint.strip_suffix(TOKEN_PATH).map_or_else(here, str::to_owned);
    HttpResponse::Ok().json(AuthorizationServerView {
        issuer: service.tokens().issuer().to_owned(),
        jwks_uri: format!("{hall}/.well-known/jwks.json"),
        service_documentation: format!("{hall}/docs/"),
        token_endpoint,
        scopes_supported: Scope::ALL.to_vec(),
        response_types_supported: vec![],
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post", "private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: vec!["EdDSA", "ES256"],
    })
}
