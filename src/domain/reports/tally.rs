//! Counts of report facts: daily sums from the store, and totals of reports.

use chrono::NaiveDate;

use super::facts::FactKind;
use super::query::{Period, Unit};

/// Milestones of one kind, day and group, summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTally {
    /// The day.
    pub day: NaiveDate,
    /// The group, where there are groups: an outlet, a case type or a person.
    pub key: String,
    /// What happened.
    pub kind: FactKind,
    /// The state in which cases ended, where they did.
    pub end: Option<String>,
    /// How often.
    pub count: i64,
    /// Of these, how many had promised dates.
    pub promised: i64,
    /// Made by the day ready from.
    pub by_ready: i64,
    /// Made by the limit as it was promised.
    pub by_limit: i64,
    /// Made by the limit as it was extended.
    pub in_time: i64,
    /// Counted by provisional dates.
    pub provisional: i64,
    /// Without any notice before.
    pub without_notice: i64,
    /// With more than one notice.
    pub again: i64,
    /// Notices that named what an earlier one had passed.
    pub overlooked: i64,
}

impl DayTally {
    /// A day of a kind on which nothing of it happened, in no group.
    pub fn none(day: NaiveDate, kind: FactKind) -> Self {
        Self {
            day,
            key: String::new(),
            kind,
            end: None,
            count: 0,
            promised: 0,
            by_ready: 0,
            by_limit: 0,
            in_time: 0,
            provisional: 0,
            without_notice: 0,
            again: 0,
            overlooked: 0,
        }
    }
}

/// Everything that happened in a period, in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Applications received.
    pub opened: i64,
    /// Papers found complete.
    pub accepted: i64,
    /// Of these, without a notice before.
    pub first_pass: i64,
    /// One-time notices.
    pub notices: i64,
    /// Of these, the second of a case or a later one.
    pub second_notices: i64,
    /// Of these, such as named what an earlier one had passed.
    pub overlooked: i64,
    /// Certificates made.
    pub made: i64,
    /// Of these, such as had promised dates.
    pub promised: i64,
    /// Of these, by the day ready from.
    pub by_ready: i64,
    /// By the limit as it was promised.
    pub by_limit: i64,
    /// By the limit as it was extended.
    pub in_time: i64,
    /// By provisional dates.
    pub provisional: i64,
    /// Certificates voided.
    pub voided: i64,
    /// Certificates handed over.
    pub issued: i64,
    /// Activations.
    pub activated: i64,
    /// Cases rejected before acceptance.
    pub rejected: i64,
    /// Cases declined after acceptance.
    pub declined: i64,
    /// Cases withdrawn.
    pub withdrawn: i64,
    /// Cases ended, however.
    pub closed: i64,
}

/// Codes of the final states that are counted by themselves.
const REJECTED: &str = "rejected";
const DECLINED: &str = "declined";
const WITHDRAWN: &str = "withdrawn";

impl Tally {
    /// Adds what happened on a day.
    pub fn add(&mut self, day: &DayTally) {
        let count = day.count;
        match day.kind {
            FactKind::Opened => self.opened += count,
            FactKind::Accepted => {
                self.accepted += count;
                self.first_pass += day.without_notice;
            }
            FactKind::Notice => {
                self.notices += count;
                self.second_notices += day.again;
                self.overlooked += day.overlooked;
            }
            FactKind::Made => {
                self.made += count;
                self.promised += day.promised;
                self.by_ready += day.by_ready;
                self.by_limit += day.by_limit;
                self.in_time += day.in_time;
                self.provisional += day.provisional;
            }
            FactKind::Voided => self.voided += count,
            FactKind::Issued => self.issued += count,
            FactKind::Activated => self.activated += count,
            FactKind::Closed => {
                self.closed += count;
                match day.end.as_deref() {
                    Some(REJECTED) => self.rejected += count,
                    Some(DECLINED) => self.declined += count,
                    Some(WITHDRAWN) => self.withdrawn += count,
                    _ => {}
                }
            }
            FactKind::Left | FactKind::Moved => {}
        }
    }
}

/// The sums of each part of a period and each group, in order; without groups also of parts in which nothing happened.
pub fn sums(period: Period, unit: Unit, grouped: bool, days: &[DayTally]) -> Vec<(Period, String, Tally)> {
    let mut sums: std::collections::BTreeMap<(NaiveDate, &str), (Period, Tally)> = std::collections::BTreeMap::new();
    if !grouped {
        sums.extend(period.parts(unit).map(|part| ((part.from, ""), (part, Tally::default()))));
    }
    for day in days {
        let part = period.part(unit, day.day);
        let key = if grouped { day.key.as_str() } else { "" };
        sums.entry((part.from, key)).or_insert((part, Tally::default())).1.add(day);
    }
    sums.into_iter().map(|((_, key), (part, tally))| (part, key.to_owned(), tally)).collect()
}
