//! The marks of the supervisor's board: numbers of cases, each the length of the list that `Among` it names.
//!
//! Guarantee: whatever an outlet's cases went through elsewhere counts with them, since its list shows them; reports keep it where it
//! happened.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::board::Situation;
use crate::domain::calendar::deadline::DeadlineRule;
use crate::domain::case_types::codes::Queue;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::board::ageing::{self, Bars, Edges};
use crate::domain::reports::query::{Period, Unit};
use crate::domain::reports::report::QUEUES;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::cases::worklists::{limits_of, waiting};
use crate::store::Tx;
use crate::store::cases::counts;
use crate::store::reports::marks;
use crate::store::reports::standing::{self, Alike};

pub use crate::store::reports::marks::{Acceptances, Lacking, Makings};

/// Open cases by age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ages {
    /// The youngest age of each bar.
    pub edges: Edges,
    /// The deadline that most case types have.
    pub rule: Option<DeadlineRule>,
    /// All.
    pub open: Bars,
    /// Those whose running limit has passed.
    pub late: Bars,
    /// Those whose running limit is near.
    pub soon: Bars,
    /// Those with a running limit that hasn't passed.
    pub running: Bars,
}

/// Where the cases stood when a day ended, or stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayEnd {
    /// The day.
    pub day: NaiveDate,
    /// On each work list, in the order of [`QUEUES`].
    pub on: [i64; QUEUES.len()],
    /// Ended since the first day.
    pub ended: i64,
}

/// What is behind the pictures of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Open cases by age.
    pub ages: Ages,
    /// What was made, day by day.
    pub makings: Vec<Makings>,
    /// Where the cases stood, day by day.
    pub flow: Vec<DayEnd>,
    /// Papers found complete, week by week.
    pub weeks: Vec<(Period, Acceptances)>,
    /// What notices named, the most frequent first.
    pub lacking: Vec<Lacking>,
    /// How many running limits there are, by instant, the earliest first.
    pub limits: Vec<(DateTime<Utc>, i64)>,
    /// How many are overdue.
    pub overdue: i64,
    /// How many are due today.
    pub due_today: i64,
    /// Of those due today, how many wait to be made.
    pub to_make_today: i64,
    /// How many are due soon.
    pub due_soon: i64,
    /// How many are paused.
    pub paused: i64,
    /// Of those that are paused, how many wait for a correction.
    pub to_correct: i64,
}

impl Service {
    pub(super) fn marks_in(&self, tx: &mut Tx<'_>, of: &Situation) -> Result<Marks, ServiceError> {
        let Situation { period: days, edges, .. } = of;
        let (days, outlet) = (*days, of.outlet.as_deref());
        let usual = self.catalog().usual_deadline();
        let bars = self.bars_of(tx, ageing::days(usual), days.to)?;
        let open = standing::open_now(tx, outlet, &bars.cuts)?;
        let aged = |is_meant: &dyn Fn(&Alike) -> bool| {
            let mut all = vec![0; bars.edges.len()];
            for alike in open.iter().filter(|alike| is_meant(alike)) {
                all.get_mut(alike.bar).into_iter().for_each(|count| *count += alike.count);
            }
            all
        };
        let count = |is_meant: &dyn Fn(&Alike) -> bool| aged(is_meant).iter().sum::<i64>();
        let within = |alike: &Alike, (from, to): (DateTime<Utc>, DateTime<Utc>)| {
            alike.limit.is_some_and(|limit| from <= limit && limit < to)
        };
        let [overdue, today, soon] =
            [WorkList::Overdue, WorkList::DueToday, WorkList::DueSoon].map(|list| limits_of(list, edges));
        let mut limits = BTreeMap::new();
        for (limit, count) in open.iter().filter_map(|alike| Some((alike.limit?, alike.count))) {
            *limits.entry(limit).or_default() += count;
        }
        let paused = waiting(WorkList::Paused, edges, "");
        let weeks = days.parts(Unit::Week).map(|week| Ok((week, marks::acceptances(tx, week, outlet)?)));
        let weeks = weeks.collect::<Result<_, ServiceError>>()?;
        Ok(Marks {
            ages: Ages {
                rule: usual,
                open: aged(&|_| true),
                late: aged(&|alike| within(alike, overdue)),
                soon: aged(&|alike| within(alike, (today.0, soon.1))),
                running: aged(&|alike| alike.limit.is_some_and(|limit| edges.now <= limit)),
                edges: bars.edges.clone(),
            },
            makings: marks::makings(tx, days, outlet)?,
            flow: day_ends(
                days,
                QUEUES.map(|queue| count(&|alike| alike.queue == queue)),
                &marks::moves(tx, days, outlet)?,
            ),
            weeks,
            lacking: marks::lacking(tx, days, outlet)?,
            limits: limits.into_iter().collect(),
            overdue: count(&|alike| within(alike, overdue)),
            due_today: count(&|alike| within(alike, today)),
            to_make_today: count(&|alike| within(alike, today) && alike.queue == Queue::ToMake),
            due_soon: count(&|alike| within(alike, soon)),
            paused: counts::count(tx, &paused, outlet, i64::MAX)?,
            to_correct: counts::count_on(tx, &paused, Some(Queue::WaitingForCorrection), outlet, i64::MAX)?,
        })
    }
}

/// Where the cases stood at the end of each day: counted back from where they stand now.
fn day_ends(days: Period, now: [i64; QUEUES.len()], moves: &[marks::Moves]) -> Vec<DayEnd> {
    let came_and_went = |day: NaiveDate, on: Option<Queue>| -> i64 {
        let of_day = moves.iter().filter(|moves| moves.day == day);
        of_day.map(|moves| moves.count * (i64::from(moves.to == on) - i64::from(moves.from == on))).sum()
    };
    // Received is no list: what comes from nowhere comes to a list, and goes nowhere when it ends.
    let ended = |day: NaiveDate| -> i64 {
        moves.iter().filter(|moves| moves.day == day && moves.to.is_none()).map(|moves| moves.count).sum()
    };
    let all: Vec<NaiveDate> = days.parts(Unit::Day).map(|day| day.from).collect();
    let (mut on, mut found) = (now, Vec::with_capacity(all.len()));
    for day in all.iter().rev() {
        found.push(DayEnd { day: *day, on, ended: 0 });
        for (count, queue) in on.iter_mut().zip(QUEUES) {
            *count -= came_and_went(*day, Some(queue));
        }
    }
    found.reverse();
    let mut so_far = 0;
    for end in &mut found {
        so_far += ended(end.day);
        end.ended = so_far;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::reports::marks::Moves;

    #[test]
    fn the_ends_of_days_are_counted_back_from_now() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap_or_default();
        let (check, make) = (Some(Queue::ToCheck), Some(Queue::ToMake));
        let moves = [
            Moves { day: day(2), from: None, to: check, count: 3 },
            Moves { day: day(3), from: check, to: make, count: 2 },
            Moves { day: day(4), from: None, to: check, count: 1 },
            Moves { day: day(4), from: make, to: None, count: 1 },
        ];
        // One more was there before the first day.
        let ends = day_ends(Period { from: day(2), to: day(4) }, [3, 0, 1, 0], &moves);
        let shown: Vec<_> = ends.iter().map(|end| (end.on, end.ended)).collect();
        assert_eq!(shown, [([4, 0, 0, 0], 0), ([2, 0, 2, 0], 0), ([3, 0, 1, 0], 1)]);
    }
}
