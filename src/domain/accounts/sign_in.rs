//! When a sign-in is evaluated: the rules that hold guessing up without letting anybody lock a colleague out.
//!
//! Cast: [`SignInRules`] decides; [`FromAddress`] is what is known of a name and one address, [`FromElsewhere`] of the name and
//! all addresses at which its holder hasn't signed in.
//!
//! Guarantees: an attempt is counted before its password is looked at, so that of any number that run side by side no more
//! than `failures` are evaluated. Failures lock the name for their own address only. What many addresses do together slows
//! the name down for addresses that are new to it, never for those at which the holder has signed in. How the name reads,
//! and whether an account has it, makes no difference.
//!
//! A slow name is one whose next attempt from a new address is refused until a moment that moves away with each attempt, up to
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
    /// The longest time between two attempts at a slow name.
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

/// Attempts under a name from all addresses that were new to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FromElsewhere {
    /// Since the attack began, not counting those that were right.
    pub attempts: u32,
    /// The last of them.
    pub last_at: DateTime<Utc>,
    /// Before this moment no new address is evaluated.
    pub next_at: Option<DateTime<Utc>>,
}

/// An attempt that may be evaluated, and what is to be remembered before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Of its address.
    pub here: FromAddress,
    /// Of the name; none where the address is known, because its failures say nothing about others.
    pub elsewhere: Option<FromElsewhere>,
    /// Whether with this attempt the name became slow: worth an announcement.
    pub slow_from_now: bool,
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

impl FromElsewhere {
    /// What is remembered after a right password: it wasn't part of an attack.
    #[must_use]
    pub fn after_right_password(self, rules: &SignInRules) -> Self {
        let attempts = self.attempts.saturating_sub(1);
        Self { attempts, next_at: self.next_at.filter(|_| attempts >= rules.failures_from_elsewhere), ..self }
    }
}

impl SignInRules {
    /// Until when an attempt is refused without a look at its password.
    pub fn refused_until(
        &self,
        here: &FromAddress,
        elsewhere: Option<&FromElsewhere>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let slow = elsewhere.and_then(|elsewhere| elsewhere.next_at).filter(|_| !here.is_known(now));
        here.locked_until.into_iter().chain(slow).filter(|until| now < *until).max()
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// Until when it is refused.
    pub fn count(
        &self,
        here: FromAddress,
        elsewhere: Option<FromElsewhere>,
        now: DateTime<Utc>,
    ) -> Result<Counted, DateTime<Utc>> {
        if let Some(until) = self.refused_until(&here, elsewhere.as_ref(), now) {
            return Err(until);
        }
        let before = if here.locked_until.is_some() { 0 } else { here.attempts };
        let attempts = before.saturating_add(1);
        let counted =
            FromAddress { attempts, locked_until: (attempts >= self.failures).then(|| now + self.lock), ..here };
        if here.is_known(now) {
            return Ok(Counted { here: counted, elsewhere: None, slow_from_now: false });
        }
        let recent = elsewhere.filter(|elsewhere| now - elsewhere.last_at < OVER_AFTER);
        let attempts = recent.map_or(0, |elsewhere| elsewhere.attempts).saturating_add(1);
        let beyond = attempts.checked_sub(self.failures_from_elsewhere);
        let elsewhere = FromElsewhere { attempts, last_at: now, next_at: beyond.map(|beyond| now + self.wait(beyond)) };
        Ok(Counted { here: counted, elsewhere: Some(elsewhere), slow_from_now: beyond == Some(0) })
    }

    /// One second, then twice as long each time, up to the slowest.
    fn wait(&self, beyond: u32) -> TimeDelta {
        let seconds = 1_i64.checked_shl(beyond.min(32)).unwrap_or(i64::MAX);
        TimeDelta::try_seconds(seconds).map_or(self.slowest, |wait| wait.min(self.slowest))
    }
}
