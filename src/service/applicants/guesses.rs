//! How many wrong guesses an address has free: whoever tries numbers in turn is held up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Wrong guesses from one address within [`window`], after which none is looked at.
const MOST_WRONG: usize = 10;
/// Addresses that are remembered, so that a flood of them fills no memory; beyond it the one that guessed longest ago is forgotten.
const MOST_ADDRESSES: usize = 10_000;

/// Over what time wrong guesses are counted.
fn window() -> TimeDelta {
    TimeDelta::minutes(15)
}

/// When each address guessed wrongly, oldest first. Each instance counts for itself, and a restart forgets.
#[derive(Clone, Default)]
pub(in crate::service) struct Guesses(Arc<Mutex<HashMap<String, Vec<DateTime<Utc>>>>>);

impl Guesses {
    /// Counts a guess from an address as wrong before it is looked at, so that many at once don't slip through.
    ///
    /// # Errors
    /// There were as many as may be: until the next may be, in seconds. It isn't counted.
    pub(super) fn count(&self, address: &str, now: DateTime<Utc>) -> Result<(), i64> {
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |at: &DateTime<Utc>| now - *at < window();
        if addresses.len() >= MOST_ADDRESSES && !addresses.contains_key(address) {
            addresses.retain(|_, wrong| wrong.last().is_some_and(recent));
            let oldest =
                addresses.iter().min_by_key(|(_, wrong)| wrong.last().copied()).map(|(oldest, _)| oldest.clone());
            if let Some(oldest) = oldest.filter(|_| addresses.len() >= MOST_ADDRESSES) {
                addresses.remove(&oldest);
            }
        }
        let wrong = addresses.entry(address.to_owned()).or_default();
        wrong.retain(recent);
        match wrong.first() {
            Some(first) if wrong.len() >= MOST_WRONG => Err((*first + window() - now).num_seconds().max(0) + 1),
            _ => {
                wrong.push(now);
                Ok(())
            }
        }
    }

    /// The guess counted at an instant was right.
    pub(super) fn was_right(&self, address: &str, at: DateTime<Utc>) {
        let mut addresses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wrong) = addresses.get_mut(address)
            && let Some(place) = wrong.iter().rposition(|one| *one == at)
        {
            wrong.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_held_up_and_another_is_not_and_time_frees_it() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        for _ in 0..MOST_WRONG {
            assert_eq!(guesses.count("192.0.2.1", now), Ok(()));
        }
        assert_eq!(guesses.count("192.0.2.1", now), Err(901));
        assert_eq!(guesses.count("192.0.2.2", now), Ok(()));
        guesses.was_right("192.0.2.1", now);
        assert_eq!(guesses.count("192.0.2.1", now), Ok(()));
        assert_eq!(guesses.count("192.0.2.1", now + window()), Ok(()));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_fit() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        for number in 0..=MOST_ADDRESSES {
            let at = now + TimeDelta::milliseconds(i64::try_from(number).unwrap_or_default());
            assert_eq!(guesses.count(&number.to_string(), at), Ok(()));
        }
        let addresses = guesses.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!((addresses.len(), addresses.contains_key("0")), (MOST_ADDRESSES, false));
    }
}
