//! How many refusals of systems, and of names that no account has, are entered in the audit trail; and how many uses of other issuers' tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How many refusals of one system, or at one address, are entered in the audit trail in an hour, by each instance: whoever knows an id,
/// or makes names up, must not be able to fill the database. Those beyond are in the log.
const MOST_REFUSALS_NOTED: u32 = 100;
/// Of how many systems and addresses that is counted.
const MOST_COUNTED: usize = 10_000;

/// How many refusals were entered in the audit trail of each system and address since the hour began.
#[derive(Clone, Default)]
pub(in crate::service) struct Refusals(Arc<Mutex<HashMap<String, Noted>>>);

/// Since when, and how many.
type Noted = (DateTime<Utc>, u32);

impl Refusals {
    /// Whether one more is entered.
    pub(in crate::service::accounts) fn is_noted(&self, of: &str, now: DateTime<Utc>) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |since: DateTime<Utc>| now - since >= TimeDelta::hours(1);
        if noted.len() >= MOST_COUNTED && !noted.contains_key(of) {
            noted.retain(|_, (since, _)| !is_over(*since));
            if noted.len() >= MOST_COUNTED {
                return false;
            }
        }
        let (since, count) = noted.entry(of.to_owned()).or_insert((now, 0));
        if is_over(*since) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= MOST_REFUSALS_NOTED
    }
}
