//! Other systems, for the security administrator: names, scopes, secrets and keys.
//!
//! Guarantee: a secret stands in one answer, the one to the request that made it. A repeated request gets no second copy: it finds
//! the id taken, or makes a further secret, of which there are two at most.

use actix_web::{delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rights::{ManageClients, May};
use crate::domain::accounts::client::{Client, ClientChange, ClientDraft, PublicKey};
use crate::domain::accounts::role::Scope;
use crate::http::answers::{
    Forbidden, Invalid, Made, NotChanged, NotFound, NotMade, Revalidated, Shown, Unseen, Versioned,
};
use crate::http::body::Body;
use crate::http::change::Replace;
use crate::http::conditional::{IfMatch, IfNoneMatch};
use crate::http::problem::Problem;
use crate::service::accounts::clients::WithSecret;

/// Every other system.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientsView {
    /// By id.
    pub items: Vec<ClientView>,
}

/// Another system.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientView {
    /// Its id.
    #[schema(example = "tax-portal")]
    pub client_id: String,
    /// Its name on timelines.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The outlet it belongs to.
    #[schema(required = true)]
    pub outlet: Option<String>,
    /// Whether it may get tokens and use them.
    pub active: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Its secrets, the newest last. The secrets themselves aren't kept.
    pub secrets: Vec<ClientSecretView>,
    /// Its keys, the newest last.
    pub keys: Vec<ClientKeyView>,
    /// Grows with each change; the ETag.
    pub version: i64,
}

/// A secret, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSecretView {
    /// Names it.
    pub number: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it is valid; null: until it is ended.
    #[schema(required = true)]
    pub valid_until: Option<DateTime<Utc>>,
}

/// A key that the system signs with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientKeyView {
    /// Its public half.
    pub key: PublicKey,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// A system with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientWithSecretView {
    /// The system.
    pub client: ClientView,
    /// The secret, shown this once; null for a system with a key of its own.
    #[schema(example = "vJ0oOq3cQWm1Kp7YV8n3m2hXr5Jt9sZb4uLw6yEa1Rg", required = true)]
    pub client_secret: Option<String>,
}

/// A new secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct SecretRequest {
    /// When earlier secrets end, at most 30 days from now; by default in 24 hours. An instant that has passed ends them at once
    #[serde(default)]
    pub old_valid_until: Option<DateTime<Utc>>,
}

/// A system that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ClientPath {
    /// Its id
    #[param(min_length = 1, max_length = 64, example = "portal")]
    pub client_id: String,
}

/// A secret that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SecretPath {
    /// Id of the system
    #[param(min_length = 1, max_length = 64, example = "portal")]
    pub client_id: String,
    /// Number of the secret
    #[param(minimum = 1, maximum = 9007199254740991_i64)]
    pub number: i64,
}

/// A key that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct KeyPath {
    /// Id of the system
    #[param(min_length = 1, max_length = 64, example = "portal")]
    pub client_id: String,
    /// `kid` of the key
    #[param(min_length = 1, max_length = 128, example = "2026-1")]
    pub kid: String,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        let secrets = client.secrets.into_iter().map(|secret| ClientSecretView {
            number: secret.number,
            created_at: secret.created_at,
            valid_until: secret.valid_until,
        });
        let keys = client.keys.into_iter().map(|key| ClientKeyView { key: key.key, created_at: key.created_at });
        Self {
            client_id: client.id,
            name: client.name,
            scopes: client.scopes,
            outlet: client.outlet,
            active: client.active,
            created_at: client.created_at,
            secrets: secrets.collect(),
            keys: keys.collect(),
            version: client.version,
        }
    }
}

fn answer(client: Client) -> Versioned<ClientView> {
    Versioned { version: client.version, view: client.into() }
}

fn made(WithSecret { client, secret }: WithSecret) -> Made<ClientWithSecretView> {
    let (location, version) = (format!("/api/v1/clients/{}", client.id), client.version);
    Made { location, version, view: ClientWithSecretView { client: client.into(), client_secret: secret } }
}

/// Every other system. For the security administrator.
#[utoipa::path(tag = "systems", params(May<ManageClients>), responses(Shown<ClientsView>, Forbidden))]
#[get("/clients")]
pub(in crate::api) async fn list_clients(may: May<ManageClients>) -> Result<Shown<ClientsView>, Problem> {
    let clients = may.service.clients(&may.caller).await?;
    Ok(Shown(ClientsView { items: clients.into_iter().map(Into::into).collect() }))
}

/// Adds a system and answers its secret, this once; one that comes with a key of its own gets none.
#[utoipa::path(
    tag = "systems", params(May<ManageClients>),
    request_body = ClientDraft,
    responses(Made<ClientWithSecretView>, Forbidden, Invalid)
)]
#[post("/clients")]
pub(in crate::api) async fn add_client(
    may: May<ManageClients>,
    body: Body<ClientDraft>,
) -> Result<Made<ClientWithSecretView>, Problem> {
    Ok(made(may.service.add_client(&may.caller, body.value).await?))
}

/// A system.
#[utoipa::path(tag = "systems", params(May<ManageClients>, ClientPath, IfNoneMatch), responses(Revalidated<ClientView>, Forbidden, NotFound))]
#[get("/clients/{client_id}")]
pub(in crate::api) async fn read_client(
    may: May<ManageClients>,
    path: web::Path<ClientPath>,
) -> Result<Revalidated<ClientView>, Problem> {
    Ok(answer(may.service.client(&may.caller, &path.client_id).await?).into())
}

/// Changes name, scopes and outlet of a system. Its tokens are good for the new scopes within five seconds.
#[utoipa::path(
    operation_id = "change_client",
    tag = "systems",
    request_body = ClientChange,
    params(May<ManageClients>, Replace<ClientPath, IfMatch>),
    responses(Versioned<ClientView>, Forbidden, NotFound, Invalid, Unseen)
)]
#[put("/clients/{client_id}")]
pub(in crate::api) async fn put_client(
    may: May<ManageClients>,
    Replace { path, seen }: Replace<ClientPath, IfMatch>,
    body: Body<ClientChange>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.change_client(&may.caller, &path.client_id, seen.0, body.value).await?))
}

/// Lets a system get tokens again. Those of before stay refused.
#[utoipa::path(tag = "systems", params(May<ManageClients>, ClientPath), responses(Versioned<ClientView>, Forbidden, NotFound))]
#[post("/clients/{client_id}/activate")]
pub(in crate::api) async fn activate_client(
    may: May<ManageClients>,
    path: web::Path<ClientPath>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.set_client_active(&may.caller, &path.client_id, true).await?))
}

/// Refuses a system: it gets no token, and those that it has are good for nothing within five seconds, for ever.
#[utoipa::path(tag = "systems", params(May<ManageClients>, ClientPath), responses(Versioned<ClientView>, Forbidden, NotFound))]
#[post("/clients/{client_id}/deactivate")]
pub(in crate::api) async fn deactivate_client(
    may: May<ManageClients>,
    path: web::Path<ClientPath>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.set_client_active(&may.caller, &path.client_id, false).await?))
}

/// Gives a system a new secret, shown this once. Earlier ones stay valid for a while, so that it can be exchanged while the system
/// works. Two are valid at most.
#[utoipa::path(
    operation_id = "rotate_client_secret",
    tag = "systems",
    request_body = SecretRequest,
    params(May<ManageClients>, ClientPath),
    responses(Made<ClientWithSecretView>, NotMade, NotFound)
)]
#[post("/clients/{client_id}/secrets")]
pub(in crate::api) async fn rotate_secret(
    may: May<ManageClients>,
    path: web::Path<ClientPath>,
    body: Body<SecretRequest>,
) -> Result<Made<ClientWithSecretView>, Problem> {
    let until = body.value.old_valid_until;
    Ok(made(may.service.rotate_client_secret(&may.caller, &path.client_id, None, until).await?))
}

/// Ends a secret at once. Tokens that were got with it are refused within five seconds.
#[utoipa::path(operation_id = "end_client_secret", tag = "systems", params(May<ManageClients>, SecretPath), responses(Versioned<ClientView>, Forbidden, NotFound))]
#[delete("/clients/{client_id}/secrets/{number}")]
pub(in crate::api) async fn end_secret(
    may: May<ManageClients>,
    path: web::Path<SecretPath>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.end_client_secret(&may.caller, &path.client_id, path.number).await?))
}

/// Gives a system a key of its own, by its public half. The same again changes nothing.
#[utoipa::path(
    operation_id = "add_client_key",
    tag = "systems",
    request_body = PublicKey,
    params(May<ManageClients>, ClientPath),
    responses(Versioned<ClientView>, NotChanged)
)]
#[post("/clients/{client_id}/keys")]
pub(in crate::api) async fn add_key(
    may: May<ManageClients>,
    path: web::Path<ClientPath>,
    body: Body<PublicKey>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.add_client_key(&may.caller, &path.client_id, body.value).await?))
}

/// Removes a key. Tokens that were got with it are refused within five seconds.
#[utoipa::path(operation_id = "remove_client_key", tag = "systems", params(May<ManageClients>, KeyPath), responses(Versioned<ClientView>, Forbidden, NotFound))]
#[delete("/clients/{client_id}/keys/{kid}")]
pub(in crate::api) async fn remove_key(
    may: May<ManageClients>,
    path: web::Path<KeyPath>,
) -> Result<Versioned<ClientView>, Problem> {
    Ok(answer(may.service.remove_client_key(&may.caller, &path.client_id, &path.kid).await?))
}
