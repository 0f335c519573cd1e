//! What time it is, and who says so.
//!
//! Cast: [`Clock`] is asked by the services; [`SystemClock`] is the machine's time, [`ManualClock`] stands still until
//! a test moves it, [`ShiftedClock`] runs on from any instant, for the demonstration. Every instant is cut to whole
//! microseconds: PostgreSQL keeps no more, and an instant must compare equal to itself after it was stored. No clock
//! panics, however far it is moved: it stops at the ends of what can be represented.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// Now, in whole microseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A clock that stands still until it is moved. Many threads may read and move it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

/// A clock that runs as fast as the machine's, from another instant. Many threads may read and move it.
#[derive(Debug)]
pub struct ShiftedClock {
    /// Microseconds ahead of the machine's time; negative when behind.
    ahead: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        instant(Utc::now().timestamp_micros())
    }
}

impl ManualClock {
    /// A clock standing at an instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(instant.timestamp_micros()))
    }

    /// Moves the clock to an instant, back as well as on.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.0.store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock on, or back by a negative length.
    pub fn advance(&self, by: TimeDelta) {
        add(&self.0, by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        instant(self.0.load(Ordering::SeqCst))
    }
}

impl ShiftedClock {
    /// A clock that shows `start` at this moment and runs on from there.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        let clock = Self { ahead: AtomicI64::new(0) };
        clock.set(start);
        clock
    }

    /// Shows `instant` at this moment and runs on from there.
    pub fn set(&self, instant: DateTime<Utc>) {
        let ahead = instant.timestamp_micros().saturating_sub(Utc::now().timestamp_micros());
        self.ahead.store(ahead, Ordering::SeqCst);
    }

    /// Jumps on, or back by a negative length, and runs on from there.
    pub fn advance(&self, by: TimeDelta) {
        add(&self.ahead, by);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        instant(Utc::now().timestamp_micros().saturating_add(self.ahead.load(Ordering::SeqCst)))
    }
}

fn instant(microseconds: i64) -> DateTime<Utc> {
    let end = if microseconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(microseconds).unwrap_or(end)
}

fn add(microseconds: &AtomicI64, by: TimeDelta) {
    // A length too long for microseconds moves to the end of time in its own direction.
    let end = if by < TimeDelta::zero() { i64::MIN } else { i64::MAX };
    let by = by.num_microseconds().unwrap_or(end);
    // The closure always answers, so the update can't fail.
    let _ = microseconds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(now.saturating_add(by)));
}
