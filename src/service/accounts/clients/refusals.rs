//! How many refusals of systems are entered in the audit trail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How many refusals of one system are entered in the audit trail in an hour, by each instance: whoever knows an id must not be
/// able to fill the database. Those beyond are in the log.
const MOST_REFUSALS_NOTED: u32 = 100;

/// How many refusals were entered in the audit trail of each system since the hour began.
#[derive(Clone, Default)]
pub(in crate::service) struct Refusals(Arc<Mutex<HashMap<String, Noted>>>);

/// Since when, and how many.
type Noted = (DateTime<Utc>, u32);

impl Refusals {
    /// Whether one more is entered.
    pub(super) fn is_noted(&self, client_id: &str, now: DateTime<Utc>) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Only ids that there are come here.
        let (since, count) = noted.entry(client_id.to_owned()).or_insert((now, 0));
        if now - *since >= TimeDelta::hours(1) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= MOST_REFUSALS_NOTED
    }
}
