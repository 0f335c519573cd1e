//! Clean-up: deletes old idempotency keys, old attempts to sign in, sessions that are over, assertions that have ended, and what
//! became of old attempts at webhooks.

use chrono::TimeDelta;

use super::error::ServiceError;
use crate::service::Service;
use crate::store::accounts::{attempts, clients, sessions};
use crate::store::engine::idempotency;
use crate::store::feed::queue;

/// How long the key of a request is remembered: whoever repeats a request does so within days.
pub const KEYS_ARE_KEPT_DAYS: i64 = 30;
/// How long attempts to sign in are remembered that hold nobody up.
pub const ATTEMPTS_ARE_KEPT_DAYS: i64 = 1;
/// How long it is kept what became of attempts at webhooks.
pub const WEBHOOK_ATTEMPTS_ARE_KEPT_DAYS: i64 = 30;

/// About how many keys are forgotten in one transaction, so that nobody waits long for it.
const AT_A_TIME: i64 = 1_000;

impl Service {
    /// Forgets what is older than it is kept; answers how many rows that were.
    ///
    /// # Errors
    /// The database's. What was forgotten until then stays forgotten.
    pub async fn clean_up(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        self.enter_left_out(false).await?;
        let attempts_before = now - TimeDelta::days(ATTEMPTS_ARE_KEPT_DAYS);
        let mut forgotten =
            self.db.write("forget_sign_in_attempts", move |tx| attempts::forget(tx, attempts_before, now)).await?;
        forgotten += self.db.write("forget_sessions", move |tx| sessions::forget(tx, now)).await?;
        forgotten += self.db.write("forget_assertions", move |tx| clients::forget_assertions(tx, now)).await?;
        let sent_before = now - TimeDelta::days(WEBHOOK_ATTEMPTS_ARE_KEPT_DAYS);
        forgotten +=
            self.db.write("forget_webhook_attempts", move |tx| queue::forget_attempts(tx, sent_before)).await?;
        loop {
            let before = now - TimeDelta::days(KEYS_ARE_KEPT_DAYS);
            let some = self.db.write("forget_keys", move |tx| idempotency::forget(tx, before, AT_A_TIME)).await?;
            forgotten += some;
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }
}
