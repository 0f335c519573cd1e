//! Webhooks, for security administrators, and for systems that manage their own.
//!
//! Cast: the routes; [`view`] is what they show and ask; [`body`] the body of a message.
//!
//! Guarantee: a secret stands in the answer to the request that made it, and nowhere else.

pub mod body;
pub mod view;

use actix_web::{delete, get, post, put, web};

use self::view::{
    ReplayRequest, Replayed, WebhookAttemptView, WebhookAttemptsQuery, WebhookAttemptsView, WebhookPath,
    WebhookSecretRequest, WebhookView, WebhookWithSecretView, WebhooksView,
};
use crate::api::accounts::rights::{ManageWebhooks, May};
use crate::domain::feed::webhook::{Webhook, WebhookChange, WebhookDraft};
use crate::http::answers::{
    Done, Forbidden, Invalid, Made, NotChanged, NotFound, Paged, Revalidated, Shown, Unseen, Versioned,
};
use crate::http::body::Body;
use crate::http::change::{Change, Collection, Replace};
use crate::http::conditional::{IfMatch, IfNoneMatch};
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::{Query, id_cursor, id_cursor_text};
use crate::service::feed::webhooks::{AttemptsAsked, WithSecret};

/// Attempts that are answered where nobody says how many.
const USUAL: u32 = 50;
/// What cursors of attempts begin with.
const LIST: &str = "attempts";

fn answer(webhook: Webhook) -> Versioned<WebhookView> {
    Versioned { version: webhook.version, view: webhook.into() }
}

fn made(WithSecret { webhook, secret }: WithSecret) -> Made<WebhookWithSecretView> {
    let (location, version) = (format!("/api/v1/webhooks/{}", webhook.id), webhook.version);
    Made { location, version, view: WebhookWithSecretView { webhook: webhook.into(), secret } }
}

/// The webhooks: of all systems for the security administrator, of itself for a system.
#[utoipa::path(tag = "events", params(May<ManageWebhooks>), responses(Shown<WebhooksView>, Forbidden))]
#[get("/webhooks")]
pub(in crate::api) async fn list_webhooks(may: May<ManageWebhooks>) -> Result<Shown<WebhooksView>, Problem> {
    let webhooks = may.service.webhooks(&may.caller).await?;
    Ok(Shown(WebhooksView { items: webhooks.into_iter().map(Into::into).collect() }))
}

/// Adds a webhook and answers its secret. It is shown this once, or again to the same request with the same key while it has no other. What happens from
/// now on is told there, as far as its system sees it: by requests as the Standard Webhooks specification has them, whose bodies are CloudEvents.
#[utoipa::path(
    tag = "events", params(May<ManageWebhooks>, Change<Collection>),
    request_body = WebhookDraft,
    responses(
        Made<WebhookWithSecretView>, Forbidden, Invalid,
        (status = 409, description = "The same request with the same key added one that has another secret now, or is gone: `answer_gone`.", body = ProblemView),
    )
)]
#[post("/webhooks")]
pub(in crate::api) async fn add_webhook(
    may: May<ManageWebhooks>,
    change: Change<Collection>,
    body: Body<WebhookDraft>,
) -> Result<Made<WebhookWithSecretView>, Problem> {
    let once = change.idempotent(&body.canonical);
    Ok(made(may.service.add_webhook(&may.caller, body.value, once).await?))
}

/// A webhook.
#[utoipa::path(tag = "events", params(May<ManageWebhooks>, WebhookPath, IfNoneMatch), responses(Revalidated<WebhookView>, Forbidden, NotFound))]
#[get("/webhooks/{id}")]
pub(in crate::api) async fn read_webhook(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
) -> Result<Revalidated<WebhookView>, Problem> {
    Ok(answer(may.service.webhook(&may.caller, path.id).await?).into())
}

/// Changes where a webhook is told, of what, and whether it is, from the next request on. What happens while it isn't active follows once it is
/// again; other types count for what isn't waiting yet.
#[utoipa::path(
    operation_id = "change_webhook",
    tag = "events",
    request_body = WebhookChange,
    params(May<ManageWebhooks>, Replace<WebhookPath, IfMatch>),
    responses(Versioned<WebhookView>, Forbidden, NotFound, Invalid, Unseen)
)]
#[put("/webhooks/{id}")]
pub(in crate::api) async fn put_webhook(
    may: May<ManageWebhooks>,
    Replace { path, seen }: Replace<WebhookPath, IfMatch>,
    body: Body<WebhookChange>,
) -> Result<Versioned<WebhookView>, Problem> {
    Ok(answer(may.service.change_webhook(&may.caller, path.id, seen.0, body.value).await?))
}

/// Removes a webhook, with all that waits for it and the log of its attempts.
#[utoipa::path(tag = "events", params(May<ManageWebhooks>, WebhookPath), responses(Done, Forbidden, NotFound))]
#[delete("/webhooks/{id}")]
pub(in crate::api) async fn remove_webhook(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
) -> Result<Done, Problem> {
    may.service.remove_webhook(&may.caller, path.id).await?;
    Ok(Done)
}

/// Gives a webhook a new secret, shown this once. Until the earlier one ends both sign, so that it can be exchanged while events are sent.
#[utoipa::path(
    operation_id = "rotate_webhook_secret",
    tag = "events",
    request_body = WebhookSecretRequest,
    params(May<ManageWebhooks>, WebhookPath),
    responses(Made<WebhookWithSecretView>, NotChanged)
)]
#[post("/webhooks/{id}/secrets")]
pub(in crate::api) async fn rotate_webhook_secret(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
    body: Body<WebhookSecretRequest>,
) -> Result<Made<WebhookWithSecretView>, Problem> {
    Ok(made(may.service.rotate_webhook_secret(&may.caller, path.id, body.value.old_valid_until).await?))
}

/// Sends a test there, once, with the next look for what is due; its log says what became of it. An answer of 410 to a test switches nothing off.
#[utoipa::path(tag = "events", params(May<ManageWebhooks>, WebhookPath), responses(Done, Forbidden, NotFound, Invalid))]
#[post("/webhooks/{id}/test")]
pub(in crate::api) async fn test_webhook(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
) -> Result<Done, Problem> {
    may.service.test_webhook(&may.caller, path.id).await?;
    Ok(Done)
}

/// What became of each attempt at a webhook, the newest first. They are kept for 30 days.
#[utoipa::path(
    tag = "events",
    params(May<ManageWebhooks>, WebhookPath, WebhookAttemptsQuery),
    responses(Paged<WebhookAttemptsView>, Forbidden, NotFound)
)]
#[get("/webhooks/{id}/attempts")]
pub(in crate::api) async fn list_webhook_attempts(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
    query: Query<WebhookAttemptsQuery>,
) -> Result<Paged<WebhookAttemptsView>, Problem> {
    let WebhookAttemptsQuery { event, outcome, after, limit } = query.0;
    let (number, limit) = (event.and_then(|event| event.parse().ok()), limit.unwrap_or(USUAL));
    let after = id_cursor(LIST, after.as_deref());
    let asked = AttemptsAsked { number, outcome, after, limit: i64::from(limit) + 1 };
    let mut attempts = may.service.webhook_attempts(&may.caller, path.id, asked).await?;
    let is_last = attempts.len() <= limit as usize;
    attempts.truncate(limit as usize);
    let next = attempts.last().filter(|_| !is_last).map(|attempt| id_cursor_text(LIST, attempt.id));
    let attempts: Vec<WebhookAttemptView> = attempts.into_iter().map(Into::into).collect();
    Ok(Paged { view: WebhookAttemptsView { items: attempts, next: next.clone() }, next })
}

/// Tells a webhook once more of one event, or of all of a time; also of those that were delivered: their ids are the same. What waits for its
/// next attempt gets it at once, after the earlier events of its case and certificate that wait, too.
#[utoipa::path(
    operation_id = "replay_events",
    tag = "events",
    request_body = ReplayRequest,
    params(May<ManageWebhooks>, WebhookPath),
    responses(Done, Forbidden, NotFound, Invalid)
)]
#[post("/webhooks/{id}/replays")]
pub(in crate::api) async fn replay(
    may: May<ManageWebhooks>,
    path: web::Path<WebhookPath>,
    body: Body<ReplayRequest>,
) -> Result<Done, Problem> {
    match body.checked(ReplayRequest::checked)? {
        Replayed::Event(number) => may.service.replay_event(&may.caller, path.id, number).await?,
        Replayed::Time(from, to) => may.service.replay_time(&may.caller, path.id, from, to).await?,
    }
    Ok(Done)
}
