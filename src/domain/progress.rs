//! How far long work is, and whether it is to go on: between whoever does it and whoever waits for it.
//!
//! Guarantee: work that is told to stop does so between two portions, each of which is done whole or not at all.

use std::fmt::Debug;

/// Hears how far work is, and says whether it goes on.
pub trait Progress: Debug + Send + Sync {
    /// A part of the work begins.
    fn begin(&self, part: Part);

    /// So many more of the part are done; 0 while the work waits for something. Answers whether it goes on.
    fn goes_on(&self, more: u64) -> bool;
}

impl dyn Progress + '_ {
    /// Tells that so many more are done.
    ///
    /// # Errors
    /// The work is to stop.
    pub fn done(&self, more: u64) -> Result<(), Stopped> {
        if self.goes_on(more) { Ok(()) } else { Err(Stopped) }
    }
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What is counted, such as "cases checked".
    pub what: &'static str,
    /// How many there are, about, where that is known.
    pub of: Option<u64>,
    /// In what it is counted.
    pub unit: Unit,
}

/// In what a part is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One by one.
    Pieces,
    /// Bytes.
    Bytes,
}

impl Part {
    /// One that counts things, of which there are so many.
    pub fn of(what: &'static str, of: impl TryInto<u64>) -> Self {
        Self { what, of: of.try_into().ok(), unit: Unit::Pieces }
    }

    /// One that counts things, of which nobody knows how many there are; or nothing, since it is one thing.
    pub fn uncounted(what: &'static str) -> Self {
        Self { what, of: None, unit: Unit::Pieces }
    }

    /// One that counts bytes.
    pub fn bytes(what: &'static str, of: Option<u64>) -> Self {
        Self { what, of, unit: Unit::Bytes }
    }
}

/// The work was told to stop, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it was told to stop")]
pub struct Stopped;

/// Nobody waits: the work goes on to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nobody;

impl Progress for Nobody {
    fn begin(&self, _: Part) {}

    fn goes_on(&self, _: u64) -> bool {
        true
    }
}
