//! What a change begins with, so that PostgreSQL is asked for it in the same message as BEGIN. SQLite, whose writer is alone, needs none of it.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

/// What a change needs from its first statement on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beginning {
    /// A table lock, waited for before anything is read.
    pub lock: Option<Lock>,
    /// The edition of the calendar; otherwise it is read with the case, or by itself.
    pub edition: bool,
    /// An acceptance number of this day.
    pub number_of: Option<NaiveDate>,
}

/// A table lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Its statement.
    pub statement: &'static str,
    /// What is said to whoever waits for it in vain.
    pub in_vain: &'static str,
}

/// What a change was given when it began.
#[derive(Debug, Default)]
pub(in crate::store) struct Began {
    pub(in crate::store) lock: Option<Lock>,
    pub(in crate::store) edition: Option<i64>,
    pub(in crate::store) number: Option<Unused>,
}

/// An acceptance number that was taken on a connection and that nothing has yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Unused {
    pub(in crate::store) day: NaiveDate,
    pub(in crate::store) number: u32,
    pub(in crate::store) since: Instant,
}

impl Unused {
    /// Longer than this it waits for nobody: the numbers of a day are to look as if they were counted.
    const KEPT: Duration = Duration::from_secs(60);

    pub(in crate::store) fn fits(&self, day: Option<NaiveDate>) -> bool {
        day == Some(self.day) && self.since.elapsed() < Self::KEPT
    }
}
