//! What isn't kept for ever: the keys of requests that nobody will repeat any more, and failed sign-ins of long ago.

use chrono::TimeDelta;

use super::error::ServiceError;
use crate::service::Service;
use crate::store::accounts;
use crate::store::engine::idempotency;

/// How long the key of a request is remembered: whoever repeats a request does so within days.
pub const KEYS_ARE_KEPT_DAYS: i64 = 30;
/// How long failed sign-ins are remembered that lock nobody.
pub const FAILURES_ARE_KEPT_DAYS: i64 = 1;

/// About how many keys are forgotten in one transaction, so that nobody waits long for it.
const AT_A_TIME: i64 = 1_000;

impl Service {
    /// Forgets what is older than it is kept; answers how many rows that were.
    ///
    /// # Errors
    /// The database's. What was forgotten until then stays forgotten.
    pub async fn clean_up(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let failures = now - TimeDelta::days(FAILURES_ARE_KEPT_DAYS);
        let mut forgotten = self
            .db
            .write("forget_sign_in_attempts", move |tx| accounts::forget_sign_in_attempts(tx, failures, now))
            .await?;
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
