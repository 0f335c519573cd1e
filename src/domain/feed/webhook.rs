//! Webhooks: a system is told of events by requests to an address of its own.
//!
//! Cast: a [`Webhook`] belongs to a system and is told what that may see; its [`WebhookSecret`]s sign. An [`Attempt`] is one request, with
//! what became of it. [`WebhookDraft`] and [`WebhookChange`] are what is asked for.
//!
//! Guarantees: a secret prints as nothing. While one is exchanged for another, both sign, as long as was promised. After its last attempt an event is given up, and
//! that stands in the log of attempts: it can be asked for again.
//!
//! Source: Standard Webhooks 1.0.0, <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::event_type::EventType;
use crate::domain::accounts::client::end_of_earlier;
use crate::domain::base::person::stored_encrypted;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::cases::refusal::Refusal;

/// Most secrets that sign at once: so many, that after answers that were lost there is room for another.
pub const MOST_SECRETS: usize = 5;
/// After how long an event that wasn't delivered is tried again, from the first attempt on: the specification's own schedule, of about
/// three days. Each time somewhat differs, so that those who failed together don't come back together.
const AGAIN_AFTER: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// What a test tells.
pub const TEST_EVENT: &str = "casehall.webhook.tested.v1";
/// The number that a test has in place of an event's.
pub const TEST: i64 = 0;

/// Where a system is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// The system.
    pub client_id: String,
    /// The address.
    pub url: String,
    /// Only these types; none: all.
    pub types: Vec<EventType>,
    /// Whether anything is sent there. What happens while it isn't follows once it is again.
    pub active: bool,
    /// Why the hall itself switched it off.
    pub disabled_reason: Option<DisabledReason>,
    /// Its secrets, the newest last.
    pub secrets: Vec<WebhookSecret>,
    /// Number of the last event that entered the queue, or was passed over.
    pub position: i64,
    /// What is told once more.
    pub replay: Option<Replay>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Grows with each change, from 1.
    pub version: i64,
}

/// A secret by which what is sent is signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret {
    /// `whsec_` and its bytes in base64.
    #[serde(with = "stored_encrypted")]
    pub secret: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it signs, where an end is set.
    pub valid_until: Option<DateTime<Utc>>,
}

/// A part of what happened that is told once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Number of the last event that was looked at.
    pub position: i64,
    /// And of the last that will be.
    pub end: i64,
    /// Only events of this instant or later.
    pub from: DateTime<Utc>,
    /// And before this one.
    pub to: DateTime<Utc>,
}

/// One request to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id; in the order of time.
    pub id: Uuid,
    /// Number of the event; [`TEST`] for a test.
    pub number: i64,
    /// Its type; none where the event was withheld.
    pub event_type: Option<String>,
    /// Which attempt at this event it was, from 1.
    pub attempt: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// The status of the answer, where there was one.
    pub http_status: Option<u16>,
    /// What went wrong.
    pub error: Option<AttemptError>,
}

vocabulary! {
    /// Why the hall itself switched a webhook off.
    pub enum DisabledReason {
        /// It answered 410: it wants no more.
        Gone = "gone", "对方返回 410（不再接收）", "it answered 410: it wants no more";
    }
}

vocabulary! {
    /// What became of an attempt.
    pub enum AttemptOutcome {
        /// It was answered with 2xx.
        Delivered = "delivered", "已送达", "delivered";
        /// It is tried again later.
        Failed = "failed", "失败，稍后重试", "failed, tried again later";
        /// It isn't tried again, unless it is asked for.
        GivenUp = "given_up", "已放弃，不再重试", "given up";
        /// Nothing was sent: the system may not see the event any more.
        Withheld = "withheld", "未发送（系统已无权查看）", "withheld: the system may not see it any more";
    }
}

vocabulary! {
    /// What went wrong with an attempt.
    pub enum AttemptError {
        /// The address is none to which anything may be sent.
        TargetRefused = "target_refused", "目标地址不在允许范围内", "the address isn't allowed";
        /// The name isn't known.
        NameUnknown = "name_unknown", "域名无法解析", "the name can't be resolved";
        /// No connection was made.
        NotConnected = "not_connected", "无法连接", "no connection";
        /// There is no trust: the certificate is wrong, or there is none.
        TlsFailed = "tls_failed", "TLS 握手失败", "no secure connection";
        /// It took too long.
        TimedOut = "timed_out", "超时", "timed out";
        /// The answer was none, or broke off.
        BadAnswer = "bad_answer", "响应无效或中断", "no valid answer";
        /// The answer leads elsewhere, where nothing is sent.
        Redirected = "redirected", "对方返回重定向（不予跟随）", "redirected, which isn't followed";
        /// The answer was 410: it wants no more.
        Gone = "gone", "对方返回 410（不再接收）", "it answered 410: it wants no more";
        /// It couldn't be written or signed: a fault of the hall's, which its log names.
        NotSent = "not_sent", "内部原因，未能发送", "not sent, by a fault of the hall's";
        /// The answer was another than 2xx.
        Rejected = "rejected", "对方返回错误状态码", "answered with a status that says no";
    }
}

/// A webhook to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRequest, example = json!({ "url": "https://portal.example.org/hooks/casehall", "types": ["casehall.certificate.service_usable.v1"] }))]
pub struct WebhookDraft {
    /// The system that it is for; a system itself leaves it out
    #[schema(min_length = 2, max_length = 64, example = "portal")]
    #[serde(default)]
    pub client_id: Option<String>,
    /// Where it is told: an address that begins with `https://`
    #[schema(min_length = 10, max_length = 500, example = "https://portal.example.org/hooks/casehall")]
    pub url: String,
    /// Only events of these types; none: of all
    #[schema(max_items = 52)]
    #[serde(default)]
    pub types: Vec<EventType>,
}

/// What a webhook is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChangeRequest, example = json!({ "url": "https://portal.example.org/hooks/casehall", "types": [], "active": true }))]
pub struct WebhookChange {
    /// Where it is told: an address that begins with `https://`
    #[schema(min_length = 10, max_length = 500)]
    pub url: String,
    /// Only events of these types; none: of all
    #[schema(max_items = 52)]
    pub types: Vec<EventType>,
    /// Whether anything is sent there. What happens while it isn't follows once it is again
    pub active: bool,
}

impl WebhookSecret {
    /// Whether it signs at an instant.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebhookSecret").field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

impl Webhook {
    /// The secrets that sign at an instant, the newest first.
    pub fn live_secrets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &WebhookSecret> {
        self.secrets.iter().rev().filter(move |secret| secret.is_live(now))
    }

    /// Adds a secret; those that there are end as [`end_of_earlier`] says.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub fn add_secret(&mut self, secret: String, old_until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.secrets.retain(|secret| secret.is_live(now));
        // What ends at once makes room for the new one.
        if self.secrets.len() >= MOST_SECRETS && old_until > now {
            let until = self.secrets.iter().filter_map(|secret| secret.valid_until).min();
            return Err(Refusal::TooManySecrets { most: MOST_SECRETS, until });
        }
        for old in &mut self.secrets {
            old.valid_until = Some(end_of_earlier(old.valid_until, old_until, now));
        }
        self.secrets.retain(|secret| secret.is_live(now));
        self.secrets.push(WebhookSecret { secret, created_at: now, valid_until: None });
        Ok(())
    }

    /// The secret that it got first, while that is the only one.
    pub fn first_secret(&self) -> Option<&str> {
        match self.secrets.as_slice() {
            [only] if only.created_at == self.created_at => Some(&only.secret),
            _ => None,
        }
    }
}

/// When an event is tried again that failed so many times; none: it is given up. `chance` is a number from 0 to 1.
pub fn again_after(failures: i32, chance: f64) -> Option<TimeDelta> {
    let nth = usize::try_from(failures - 1).ok()?;
    let usual = AGAIN_AFTER.get(nth)?.num_milliseconds() as f64;
    // A tenth earlier or later.
    Some(TimeDelta::milliseconds((usual * (0.9 + 0.2 * chance.clamp(0.0, 1.0))) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_ten_times_within_about_three_days_and_then_given_up() {
        let usual: Vec<TimeDelta> = (1..).map_while(|failures| again_after(failures, 0.5)).collect();
        assert_eq!(usual.len(), 9);
        assert!(usual.windows(2).all(|pair| pair[0] < pair[1]), "{usual:?}");
        let all: TimeDelta = usual.iter().sum();
        assert!((72..=78).contains(&all.num_hours()), "{all}");
        let (least, most) = (again_after(3, 0.0), again_after(3, 1.0));
        assert_eq!((least, most), (Some(TimeDelta::minutes(27)), Some(TimeDelta::minutes(33))));
        assert_eq!((again_after(0, 0.5), again_after(10, 0.5)), (None, None));
    }

    #[test]
    fn each_secret_signs_as_long_as_was_promised_and_five_at_most() {
        let now = DateTime::UNIX_EPOCH;
        let mut webhook = Webhook {
            id: Uuid::nil(),
            client_id: "portal".to_owned(),
            url: String::new(),
            types: Vec::new(),
            active: true,
            disabled_reason: None,
            secrets: Vec::new(),
            position: 0,
            replay: None,
            created_at: now,
            version: 1,
        };
        let day = TimeDelta::days(1);
        let live = |webhook: &Webhook, at| webhook.live_secrets(at).map(|one| one.secret.clone()).collect::<Vec<_>>();
        for (secret, days) in [("a", 1), ("b", 9), ("c", 1), ("d", 3), ("e", 2)] {
            assert_eq!(webhook.add_secret(secret.to_owned(), now + day * days, now), Ok(()));
        }
        assert_eq!(live(&webhook, now), ["e", "d", "c", "b", "a"]);
        assert_eq!(live(&webhook, now + day), ["e", "d", "c", "a"]);
        assert_eq!(live(&webhook, now + day * 3), ["e", "a"]);
        let refused = webhook.add_secret("f".to_owned(), now + day, now);
        assert_eq!(refused, Err(Refusal::TooManySecrets { most: MOST_SECRETS, until: Some(now + day) }));
        assert_eq!(webhook.add_secret("f".to_owned(), now, now), Ok(()));
        assert_eq!(live(&webhook, now), ["f"]);
        assert!(!format!("{webhook:?}").contains("\"f\""));
    }
}
