//! How many refusals of systems, and of names that no account has, are entered in the audit trail; how many tokens of systems, and how many uses of other issuers'.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How many refusals of one system, or at one address, are entered in the audit trail in an hour, by each instance: whoever knows an id,
/// or makes names up, must not be able to fill the database. Those beyond are in the log.
const MOST_REFUSALS_NOTED: u32 = 100;
/// How many entries of names that no account has are made in an hour by each instance, whatever addresses they come from: addresses are without end,
/// too. What is beyond is one entry, with how many they were.
const MOST_NAMES_NOTED: u32 = 1_000;
/// Of how many systems and addresses that is counted.
const MOST_COUNTED: usize = 10_000;

/// How many refusals were entered in the audit trail of each system and address since the hour began.
#[derive(Clone, Default)]
pub(in crate::service) struct Refusals(Arc<Mutex<HashMap<String, Noted>>>, Arc<Mutex<Names>>, Arc<Mutex<Tokens>>);

/// Tokens of systems, and uses of credentials, of which so many an hour are entered.
#[derive(Default)]
struct Tokens {
    noted: HashMap<(String, String), Noted>,
    /// Those that weren't, of each system.
    left_out: HashMap<String, LeftOut>,
}

/// Since when, and how many.
type Noted = (DateTime<Utc>, u32);

/// Entries about names that no account has, in the hall.
#[derive(Default)]
struct Names {
    /// Those of the hour; none yet.
    noted: Option<Noted>,
    /// Those that weren't made.
    left_out: Option<LeftOut>,
}

/// Entries that weren't made, because there were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) struct LeftOut {
    /// When the first was left out.
    pub(in crate::service) since: DateTime<Utc>,
    /// How many.
    pub(in crate::service) count: u64,
}

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

    /// Whether one more is entered of a name that no account has, tried at an address.
    pub(in crate::service::accounts) fn is_name_noted(&self, address: &str, now: DateTime<Utc>) -> bool {
        let of_address = self.is_noted(address, now);
        let mut names = self.names();
        let (since, count) = names.noted.get_or_insert((now, 0));
        if now - *since >= TimeDelta::hours(1) {
            (*since, *count) = (now, 0);
        }
        if of_address && *count < MOST_NAMES_NOTED {
            *count += 1;
            return true;
        }
        let left_out = names.left_out.get_or_insert(LeftOut { since: now, count: 0 });
        left_out.count = left_out.count.saturating_add(1);
        false
    }

    /// Whether one more token of a system is entered that it got by one of its secrets or keys. Who calls has shown that it has that, so that both are few.
    pub(in crate::service::accounts) fn is_token_noted(&self, system: &str, by: &str, now: DateTime<Utc>) -> bool {
        let mut tokens = self.tokens();
        let is_over = |since: DateTime<Utc>| now - since >= TimeDelta::hours(1);
        if tokens.noted.len() >= MOST_COUNTED {
            tokens.noted.retain(|_, (since, _)| !is_over(*since));
        }
        let (since, count) = tokens.noted.entry((system.to_owned(), by.to_owned())).or_insert((now, 0));
        if is_over(*since) {
            (*since, *count) = (now, 0);
        }
        if *count < MOST_REFUSALS_NOTED {
            *count += 1;
            return true;
        }
        let left_out = tokens.left_out.entry(system.to_owned()).or_insert(LeftOut { since: now, count: 0 });
        left_out.count = left_out.count.saturating_add(1);
        false
    }

    /// Takes the tokens that were left out of each system, once the first of them is an hour old, or at once where the hall stops.
    pub(in crate::service::accounts) fn take_tokens_left_out(
        &self,
        now: DateTime<Utc>,
        at_once: bool,
    ) -> Vec<(String, LeftOut)> {
        let is_due = |left_out: &LeftOut| at_once || now - left_out.since >= TimeDelta::hours(1);
        self.tokens().left_out.extract_if(|_, left_out| is_due(left_out)).collect()
    }

    /// Puts them back where they couldn't be entered.
    pub(in crate::service::accounts) fn put_tokens_back(&self, system: &str, failed: LeftOut) {
        let mut tokens = self.tokens();
        let left_out = tokens.left_out.entry(system.to_owned()).or_insert(LeftOut { count: 0, ..failed });
        *left_out = LeftOut { since: failed.since, count: left_out.count + failed.count };
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.2.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was left out, once the first of it is an hour old, or at once where the hall stops.
    pub(in crate::service::accounts) fn take_left_out(&self, now: DateTime<Utc>, at_once: bool) -> Option<LeftOut> {
        let mut names = self.names();
        let is_due = |left_out: &LeftOut| at_once || now - left_out.since >= TimeDelta::hours(1);
        if names.left_out.as_ref().is_some_and(is_due) { names.left_out.take() } else { None }
    }

    /// Puts it back where it couldn't be entered.
    pub(in crate::service::accounts) fn put_back(&self, failed: LeftOut) {
        let mut names = self.names();
        let count = failed.count + names.left_out.map_or(0, |left_out| left_out.count);
        names.left_out = Some(LeftOut { since: failed.since, count });
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_however_many_addresses_so_many_names_an_hour_are_entered_and_the_others_are_counted() {
        let refusals = Refusals::default();
        let begun = DateTime::UNIX_EPOCH;
        let entered = |hour: i64| {
            let now = begun + TimeDelta::hours(hour);
            (0..5_000).filter(|number| refusals.is_name_noted(&format!("2001:db8:{hour}:{number}::"), now)).count()
        };
        assert_eq!(entered(0), 1_000);
        assert_eq!(refusals.take_left_out(begun + TimeDelta::minutes(59), false), None);
        assert_eq!(entered(1), 1_000, "each hour has its own");
        let left_out = refusals.take_left_out(begun + TimeDelta::hours(1), false);
        assert_eq!(left_out, Some(LeftOut { since: begun, count: 8_000 }));
        assert_eq!(refusals.take_left_out(begun + TimeDelta::hours(9), true), None, "they are told once");
    }

    #[test]
    fn what_could_not_be_entered_is_told_later() {
        let refusals = Refusals::default();
        let now = DateTime::UNIX_EPOCH;
        let of_one = |count: u32| (0..count).filter(|_| refusals.is_name_noted("192.0.2.7", now)).count();
        assert_eq!(of_one(103), 100);
        let Some(left_out) = refusals.take_left_out(now, true) else { panic!("nothing was left out") };
        assert_eq!(of_one(1), 0);
        refusals.put_back(left_out);
        assert_eq!(refusals.take_left_out(now, true), Some(LeftOut { since: now, count: 4 }));
    }
}
