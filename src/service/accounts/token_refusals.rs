//! How often refused tokens are entered in the audit trail: whoever sends wrong secrets without end must not fill the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One entry for each system in this time says how many were refused since the one before.
const ONE_IN: Duration = Duration::from_secs(10);

/// When a refusal of a system was last entered, and how many came since.
#[derive(Clone, Default)]
pub(in crate::service) struct TokenRefusals(Arc<Mutex<HashMap<String, (Instant, u32)>>>);

impl TokenRefusals {
    /// Whether a refusal is to be entered, and how many before it weren't. Only for systems that there are: those are few.
    pub(in crate::service) fn due(&self, client_id: &str) -> Option<u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get_mut(client_id) {
            Some((since, left_out)) if since.elapsed() < ONE_IN => {
                *left_out = left_out.saturating_add(1);
                None
            }
            _ => {
                let before = known.insert(client_id.to_owned(), (Instant::now(), 0));
                Some(before.map_or(0, |(_, left_out)| left_out))
            }
        }
    }
}
