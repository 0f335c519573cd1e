//! When a sign-in is evaluated: the rules that hold guessing up without letting anybody lock a colleague out.
//!
//! Cast: [`SignInRules`] decides; [`FromAddress`] is what is known of a name and one address. [`NewTogether`] is what is known of attempts at
//! names and addresses that are new to one another, because the holder hasn't signed in there: with the same name from all addresses, and
//! from the same address with all names.
//!
//! Guarantees: an attempt is counted before its password is looked at, so that of any number that run side by side no more
//! than `failures` are evaluated. Failures lock the name for their own address only. What many addresses do together slows
//! the name down for addresses that are new to it, never for those at which the holder has signed in. What one address does with many names slows it down
//! for names that are new to it, never for colleagues who have signed in there, behind the same address. How the name reads,
//! and whether an account has it, makes no difference.
//!
//! A slow name, or address, is one whose next attempt from a new address is refused until a moment that moves away with each attempt, up to
//! a limit. The other way would have been to let each attempt wait: that keeps a connection for each, and doesn't bound how
//! many are evaluated, because as many may wait as an attacker has addresses.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long an address is known after a sign-in.
pub const KNOWN_FOR: TimeDelta = TimeDelta::days(30);
/// After so much time without an attempt from elsewhere, an attack is over.
pub const OVER_AFTER: TimeDelta = TimeDelta::hours(1);

/// How many attempts, and how long to wait after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInRules {
    /// So many failures in a row lock a name for their address.
    pub failures: u32,
    /// For so long.
    pub lock: TimeDelta,
    /// So many failures at addresses that are new to a name slow it down.
    pub failures_from_elsewhere: u32,
    /// So many failures at an address, with names that are new to it, slow it down.
    pub failures_from_address: u32,
    /// The longest time between two attempts with a slow name or from a slow address.
    pub slowest: TimeDelta,
}

/// Attempts under a name from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FromAddress {
    /// In a row, not counting those that were right; the one that is being evaluated counts.
    pub attempts: u32,
    /// Locked until then.
    pub locked_until: Option<DateTime<Utc>>,
    /// When a sign-in last succeeded here.
    pub right_at: Option<DateTime<Utc>>,
}

/// Attempts with names and addresses that were new to one another: with one name, or from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTogether {
    /// Since the attack began, not counting those that were right.
    pub attempts: u32,
    /// The last of them.
    pub last_at: DateTime<Utc>,
    /// Before this moment no further one is evaluated.
    pub next_at: Option<DateTime<Utc>>,
}

/// One for each way in which names and addresses are new to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BothWays<T> {
    /// With the same name, from every address.
    pub of_name: T,
    /// From the same address, with every name.
    pub of_address: T,
}

/// An attempt that may be evaluated, and what is to be remembered before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Of its name and address.
    pub here: FromAddress,
    /// Of the name and of the address; none where they know one another, because such failures say nothing about others.
    pub new: Option<BothWays<NewTogether>>,
    /// Which became slow with this attempt: worth an announcement.
    pub slow_from_now: BothWays<bool>,
}

impl FromAddress {
    /// Whether the holder of the name has signed in here lately.
    pub fn is_known(&self, now: DateTime<Utc>) -> bool {
        self.right_at.is_some_and(|at| now - at < KNOWN_FOR)
    }

    /// What is remembered after a right password. If others have been counted since `counted`, they run beside this one: they
    /// stay counted, so that a right guess among many doesn't make room for more of them.
    #[must_use]
    pub fn after_right_password(self, counted: u32, now: DateTime<Utc>) -> Self {
        let alone = self.attempts <= counted;
        Self {
            attempts: if alone { 0 } else { self.attempts },
            locked_until: self.locked_until.filter(|_| !alone),
            right_at: Some(now),
        }
    }
}

impl NewTogether {
    /// What is remembered after a right password: it wasn't part of an attack. `allowed` are evaluated without a wait.
    #[must_use]
    pub fn after_right_password(self, allowed: u32) -> Self {
        let attempts = self.attempts.saturating_sub(1);
        Self { attempts, next_at: self.next_at.filter(|_| attempts >= allowed), ..self }
    }
}

impl SignInRules {
    /// So many attempts are evaluated without a wait.
    pub fn allowed(&self) -> BothWays<u32> {
        BothWays { of_name: self.failures_from_elsewhere, of_address: self.failures_from_address }
    }

    /// Until when an attempt is refused without a look at its password.
    pub fn refused_until(
        &self,
        here: &FromAddress,
        new: &BothWays<Option<NewTogether>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let slow = [new.of_name, new.of_address].into_iter().flatten().filter_map(|new| new.next_at);
        let slow = slow.filter(|_| !here.is_known(now));
        here.locked_until.into_iter().chain(slow).filter(|until| now < *until).max()
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// Until when it is refused.
    pub fn count(
        &self,
        here: FromAddress,
        new: BothWays<Option<NewTogether>>,
        now: DateTime<Utc>,
    ) -> Result<Counted, DateTime<Utc>> {
        if let Some(until) = self.refused_until(&here, &new, now) {
            return Err(until);
        }
        let before = if here.locked_until.is_some() { 0 } else { here.attempts };
        let attempts = before.saturating_add(1);
        let here = FromAddress { attempts, locked_until: (attempts >= self.failures).then(|| now + self.lock), ..here };
        if here.is_known(now) {
            return Ok(Counted { here, new: None, slow_from_now: BothWays::default() });
        }
        let allowed = self.allowed();
        let (of_name, name_slow) = self.count_new(new.of_name, allowed.of_name, now);
        let (of_address, address_slow) = self.count_new(new.of_address, allowed.of_address, now);
        let slow_from_now = BothWays { of_name: name_slow, of_address: address_slow };
        Ok(Counted { here, new: Some(BothWays { of_name, of_address }), slow_from_now })
    }

    /// One more of those that are new together, and whether they are slow from now on.
    fn count_new(&self, before: Option<NewTogether>, allowed: u32, now: DateTime<Utc>) -> (NewTogether, bool) {
        let recent = before.filter(|before| now - before.last_at < OVER_AFTER);
        let attempts = recent.map_or(0, |before| before.attempts).saturating_add(1);
        let beyond = attempts.checked_sub(allowed);
        let next_at = beyond.map(|beyond| now + self.wait(beyond));
        (NewTogether { attempts, last_at: now, next_at }, beyond == Some(0))
    }

    /// One second, then twice as long each time, up to the slowest.
    fn wait(&self, beyond: u32) -> TimeDelta {
        let seconds = 1_i64.checked_shl(beyond.min(32)).unwrap_or(i64::MAX);
        TimeDelta::try_seconds(seconds).map_or(self.slowest, |wait| wait.min(self.slowest))
    }
}
