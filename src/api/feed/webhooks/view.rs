//! Webhooks as they are shown, and what is asked of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::base::words::{Fault, Words};
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::{Attempt, AttemptError, AttemptOutcome, DisabledReason, TEST, Webhook};

/// Webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhooksView {
    /// In the order in which they were added.
    pub items: Vec<WebhookView>,
}

/// Where a system is told of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: Uuid,
    /// The system that it belongs to: it is told what that may see.
    #[schema(min_length = 2, max_length = 64, example = "portal")]
    pub client_id: String,
    /// Where it is told.
    #[schema(min_length = 10, max_length = 500, example = "https://portal.example.org/hooks/casehall")]
    pub url: String,
    /// Only events of these types; none: of all.
    #[schema(max_items = 52)]
    pub types: Vec<EventType>,
    /// Whether anything is sent there.
    pub active: bool,
    /// Why the hall itself switched it off; null where it didn't.
    #[schema(required = true)]
    pub disabled_reason: Option<DisabledReason>,
    /// Its secrets, the newest last. The secrets themselves aren't shown.
    pub secrets: Vec<WebhookSecretView>,
    /// Whether a part of what happened is being told once more.
    pub replaying: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Grows with each change; the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A secret, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecretView {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it signs; null: until it is exchanged.
    #[schema(required = true)]
    pub valid_until: Option<DateTime<Utc>>,
}

/// A webhook with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecretView {
    /// The webhook.
    pub webhook: WebhookView,
    /// The secret, shown this once.
    #[schema(min_length = 50, max_length = 50, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub secret: String,
}

/// Attempts at a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttemptsView {
    /// The newest first.
    pub items: Vec<WebhookAttemptView>,
    /// `after` of the next page; null on the last page.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// One request to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttemptView {
    /// Its id.
    pub id: Uuid,
    /// Id of the event; null for a test.
    #[schema(required = true, max_length = 18, pattern = "^[1-9][0-9]*$", example = "1047")]
    pub event: Option<String>,
    /// Its type; null where it was withheld.
    #[schema(required = true, max_length = 64, example = "casehall.case.opened.v1")]
    pub event_type: Option<String>,
    /// Which attempt at this event it was.
    #[schema(minimum = 1, maximum = 10)]
    pub attempt: i32,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0)]
    pub duration_ms: i64,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// Status of the answer; null where there was none.
    #[schema(required = true, minimum = 100, maximum = 999)]
    pub http_status: Option<u16>,
    /// What went wrong; null where nothing did.
    #[schema(required = true)]
    pub error: Option<AttemptError>,
}

/// Which attempts; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WebhookAttemptsQuery {
    /// Only at this event.
    #[param(max_length = 18, pattern = "^[1-9][0-9]*$", example = "1047")]
    pub event: Option<String>,
    /// Only those of which became this.
    #[param(inline)]
    pub outcome: Option<AttemptOutcome>,
    /// Continue after this one: the `next` of the page before.
    #[param(max_length = 45, pattern = "^attempts\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub after: Option<String>,
    /// Maximum number.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A webhook that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WebhookPath {
    /// Its id
    #[param(example = "019a3c1e-7b52-7c31-9d0a-52b7d0f2a001")]
    pub id: Uuid,
}

/// A new secret of a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct WebhookSecretRequest {
    /// Until when the earlier secret signs, too, at most 30 days from now; by default for 24 hours. An instant that has passed ends it at once
    #[serde(default)]
    pub old_valid_until: Option<DateTime<Utc>>,
}

/// What is told once more: one event, or all of a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z" }))]
pub struct ReplayRequest {
    /// Id of the event
    #[schema(max_length = 18, pattern = "^[1-9][0-9]*$", example = "1047")]
    #[serde(default)]
    pub event: Option<String>,
    /// All events of this instant or later
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// And before this one
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
}

/// What is told once more.
pub(super) enum Replayed {
    Event(i64),
    Time(DateTime<Utc>, DateTime<Utc>),
}

impl ReplayRequest {
    pub(super) fn checked(self) -> Result<Replayed, Vec<Fault>> {
        let wrong = || {
            let words = Words::new("请填写 event，或同时填写 from 和 to", "`event`, or `from` and `to`");
            vec![Fault::new("", "one_of", words)]
        };
        match (self.event, self.from, self.to) {
            (Some(event), None, None) => event.parse().map(Replayed::Event).map_err(|_| wrong()),
            (None, Some(from), Some(to)) => Ok(Replayed::Time(from, to)),
            _ => Err(wrong()),
        }
    }
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let secrets = webhook.secrets.into_iter();
        let secrets = secrets
            .map(|secret| WebhookSecretView { created_at: secret.created_at, valid_until: secret.valid_until })
            .collect();
        Self {
            id: webhook.id,
            client_id: webhook.client_id,
            url: webhook.url,
            types: webhook.types,
            active: webhook.active,
            disabled_reason: webhook.disabled_reason,
            secrets,
            replaying: webhook.replay.is_some(),
            created_at: webhook.created_at,
            version: webhook.version,
        }
    }
}

impl From<Attempt> for WebhookAttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.id,
            event: (attempt.number != TEST).then(|| attempt.number.to_string()),
            event_type: attempt.event_type,
            attempt: attempt.attempt,
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            outcome: attempt.outcome,
            http_status: attempt.http_status,
            error: attempt.error,
        }
    }
}
