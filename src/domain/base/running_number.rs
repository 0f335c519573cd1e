//! Numbers on paper, such as `SK20260302-0001`: what for, the hall's day, and a count from 1 without a gap.
//!
//! Each outlet counts for itself, so that a number names a paper together with the outlet that stands on it. The count is
//! given late, in the transaction that records the event: what is rolled back leaves no gap.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What is counted; each kind is a count of its own.
pub trait Series: Copy + 'static {
    /// Every kind.
    const SERIES: &'static [Self];

    /// The stable code in the store, unique among all series.
    fn series(self) -> &'static str;

    /// What its numbers begin with: the initials of what people call it.
    fn prefix(self) -> &'static str;
}

/// A number on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "S: Series")]
pub struct RunningNumber<S> {
    /// What for.
    pub kind: S,
    /// The day in the hall's zone.
    pub day: NaiveDate,
    /// The count; 0 until it is given, in the transaction that records it.
    pub number: u32,
}

/// A number in an event that wasn't counted yet.
#[derive(Debug)]
pub struct Uncounted<'a> {
    /// Code of the series.
    pub series: &'static str,
    /// The day in the hall's zone.
    pub day: NaiveDate,
    /// The outlet that counts.
    pub outlet: &'a str,
    /// Where the count belongs.
    pub number: &'a mut u32,
}

impl<S: Series> RunningNumber<S> {
    /// One that wasn't counted yet.
    pub fn not_yet(kind: S, day: NaiveDate) -> Self {
        Self { kind, day, number: 0 }
    }

    /// Reads one as people type it; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let kind = S::SERIES.iter().copied().find(|kind| text.starts_with(kind.prefix()))?;
        let (day, number) = text.get(kind.prefix().len()..)?.split_once('-')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if day.len() != 8 || !digits(day) || number.len() < 4 || !digits(number) {
            return None;
        }
        Some(Self { kind, day: NaiveDate::parse_from_str(day, "%Y%m%d").ok()?, number: number.parse().ok()? })
    }

    /// As one that is still to be counted, by an outlet.
    pub fn uncounted<'a>(&'a mut self, outlet: &'a str) -> Uncounted<'a> {
        Uncounted { series: self.kind.series(), day: self.day, outlet, number: &mut self.number }
    }
}

impl<S: Series> fmt::Display for RunningNumber<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}-{:04}", self.kind.prefix(), self.day.format("%Y%m%d"), self.number)
    }
}

impl<S: Series> From<RunningNumber<S>> for String {
    fn from(number: RunningNumber<S>) -> Self {
        number.to_string()
    }
}

impl<S: Series> TryFrom<String> for RunningNumber<S> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} is no number of a paper"))
    }
}
