//! How many wrong guesses are free: whoever tries numbers in turn is held up, and nobody else at the same address.
//!
//! Cast: a `Guess` draws from three `Buckets`: of its address and the number it asks about together, of the number whoever asks,
//! and of the address whatever it asks. A right answer puts back what it drew. What is held up isn't looked at and draws nothing, so that
//! hammering at one number empties neither of the larger buckets.
//!
//! The chances that follow are in docs/security.md.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Keys that each kind of bucket remembers, so that a flood of them fills no memory; beyond it the one that is nearest to full is
/// forgotten.
const MOST_KEYS: usize = 50_000;

/// How many wrong guesses there are at first, and after how many seconds one more.
#[derive(Debug, Clone, Copy)]
struct Rule {
    at_once: i32,
    one_more_seconds: i64,
}

/// About one number from one address: enough for slips, and for who has several phones.
const OF_BOTH: Rule = Rule { at_once: 5, one_more_seconds: 10 * 60 };
/// About one number, whoever asks: twelve a day, of ten thousand possibilities.
const OF_NUMBER: Rule = Rule { at_once: 20, one_more_seconds: 2 * 60 * 60 };
/// From one address, which a hall's own network or a carrier may share out to many.
const OF_ADDRESS: Rule = Rule { at_once: 60, one_more_seconds: 10 * 60 };

/// A guess: where it comes from, and the number that it asks about as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    address: String,
    number: String,
}

impl Guess {
    /// `typed` may be anything: what is no number is counted like one.
    pub(super) fn new(address: String, typed: &str) -> Self {
        let number = typed.chars().filter(|character| character.is_alphanumeric()).take(40).collect();
        Self { address, number }
    }
}

/// Which buckets aren't full, as the instant at which each will be. Each instance counts for itself, and a restart forgets.
#[derive(Clone, Default)]
pub(in crate::service) struct Guesses(Arc<Mutex<[Buckets; 3]>>);

#[derive(Default)]
struct Buckets(HashMap<String, DateTime<Utc>>);

impl Guesses {
    /// Counts a guess as wrong before it is looked at, so that many at once don't slip through.
    ///
    /// # Errors
    /// There were as many as may be: until the next may be, in seconds. It isn't counted.
    pub(super) fn count(&self, guess: &Guess, now: DateTime<Utc>) -> Result<(), i64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = drawn(guess);
        let waits = kinds.iter().zip(&drawn).map(|(buckets, (key, rule))| buckets.wait(key, *rule, now));
        match waits.max() {
            Some(seconds) if seconds > 0 => Err(seconds),
            _ => {
                kinds.iter_mut().zip(drawn).for_each(|(buckets, (key, rule))| buckets.draw(key, rule, now));
                Ok(())
            }
        }
    }

    /// The guess was right.
    pub(super) fn was_right(&self, guess: &Guess) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (buckets, (key, rule)) in kinds.iter_mut().zip(drawn(guess)) {
            if let Some(full_at) = buckets.0.get_mut(&key) {
                *full_at -= rule.one_more();
            }
        }
    }
}

/// What a guess draws from, in the order of the buckets.
fn drawn(guess: &Guess) -> [(String, Rule); 3] {
    let Guess { address, number } = guess;
    [(format!("{address} {number}"), OF_BOTH), (number.clone(), OF_NUMBER), (address.clone(), OF_ADDRESS)]
}

impl Rule {
    fn one_more(self) -> TimeDelta {
        TimeDelta::seconds(self.one_more_seconds)
    }
}

impl Buckets {
    /// How many seconds until one may be drawn; none to wait: 0.
    fn wait(&self, key: &str, rule: Rule, now: DateTime<Utc>) -> i64 {
        let full_at = self.0.get(key).map_or(now, |full_at| (*full_at).max(now)) + rule.one_more();
        let over = full_at - now - rule.one_more() * rule.at_once;
        if over > TimeDelta::zero() { over.num_seconds() + 1 } else { 0 }
    }

    fn draw(&mut self, key: String, rule: Rule, now: DateTime<Utc>) {
        if self.0.len() >= MOST_KEYS && !self.0.contains_key(&key) {
            self.0.retain(|_, full_at| *full_at > now);
            let fullest = self.0.iter().min_by_key(|(_, full_at)| **full_at).map(|(fullest, _)| fullest.clone());
            if let Some(fullest) = fullest.filter(|_| self.0.len() >= MOST_KEYS) {
                self.0.remove(&fullest);
            }
        }
        let full_at = self.0.entry(key).or_insert(now);
        *full_at = (*full_at).max(now) + rule.one_more();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(address: &str, number: &str) -> Guess {
        Guess::new(address.to_owned(), number)
    }

    #[test]
    fn who_hammers_at_one_number_holds_up_nobody_else_at_the_address() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        let looked_at = (0..10_000).filter(|_| guesses.count(&guess("192.0.2.1", "1"), now).is_ok()).count();
        assert_eq!(looked_at, 5);
        assert_eq!(guesses.count(&guess("192.0.2.1", "1"), now), Err(601));
        assert_eq!(guesses.count(&guess("192.0.2.1", "2"), now), Ok(()));
        assert_eq!(guesses.count(&guess("192.0.2.2", "1"), now), Ok(()));
        assert_eq!(guesses.count(&guess("192.0.2.1", "1"), now + TimeDelta::seconds(600)), Ok(()));
    }

    #[test]
    fn a_number_is_guessed_at_twenty_times_from_everywhere_together() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        let from = |at: usize| guess(&at.to_string(), "260601 000140");
        let looked_at = (0..10_000).filter(|at| guesses.count(&from(*at), now).is_ok()).count();
        assert_eq!(looked_at, 20);
        // A day later there are twelve more.
        let tomorrow = now + TimeDelta::days(1);
        assert_eq!((0..10_000).filter(|at| guesses.count(&from(*at), tomorrow).is_ok()).count(), 12);
    }

    #[test]
    fn an_address_guesses_at_sixty_numbers() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        let at = |number: usize| guess("192.0.2.1", &number.to_string());
        assert_eq!((0..10_000).filter(|number| guesses.count(&at(*number), now).is_ok()).count(), 60);
    }

    #[test]
    fn right_answers_cost_nothing() {
        let (guesses, now) = (Guesses::default(), DateTime::UNIX_EPOCH);
        for number in 0..1_000 {
            let asked = guess("192.0.2.1", &(number % 7).to_string());
            assert_eq!(guesses.count(&asked, now), Ok(()));
            guesses.was_right(&asked);
        }
    }

    #[test]
    fn no_more_keys_are_remembered_than_fit() {
        let (mut buckets, now) = (Buckets::default(), DateTime::UNIX_EPOCH);
        for number in 0..=MOST_KEYS {
            let at = now + TimeDelta::milliseconds(i64::try_from(number).unwrap_or_default());
            buckets.draw(number.to_string(), OF_ADDRESS, at);
        }
        assert_eq!((buckets.0.len(), buckets.0.contains_key("0")), (MOST_KEYS, false));
    }
}
