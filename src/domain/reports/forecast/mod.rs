//! The forecast: which open cases will miss their limit, how sure that is, and how many must be made a day so that none
//! does.
//!
//! Cast: a [`QueueGroup`] is the open cases with one limit; [`forecast`] takes them, what was made on each of the last
//! working days, and the share of today that is left ([`share_of_today_left`]); the [`Forecast`] holds a
//! [`GroupForecast`] for every limit and answers for a single case ([`Forecast::probability_late`]). How much the hall
//! makes is the business of the private `pace`; the method, what it assumes and how well it did in simulated halls is in
//! `docs/forecast.md`.
//!
//! Guarantees: the queue is worked off earliest limit first, so nothing is said of a case that later ones could change;
//! the cost grows with the number of limits, not of cases; a history too short to tell from is said to be one
//! ([`Certainty::NotEnoughHistory`]), never replaced by a guess; any input gives an answer.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::calendar::working_days::Calendar;

mod pace;

use crate::domain::reports::forecast::pace::Pace;

/// The fewest working days of history that a forecast is made from, two weeks.
pub const LEAST_HISTORY_DAYS: usize = pace::LEAST_HISTORY;

/// Of a longer history only these latest working days count, twelve weeks.
pub const MOST_HISTORY_DAYS: usize = pace::MOST_HISTORY;

/// From this probability on that its last case is late, a group is [`Certainty::AtRisk`].
pub const AT_RISK_FROM: f64 = 0.05;

/// From this probability on that its last case is late, a group is [`Certainty::LikelyLate`].
pub const LIKELY_LATE_FROM: f64 = 0.5;

/// The forecast of a queue from the made-per-day of the last weeks.
///
/// `history` is how many were made on each past working day, oldest first: days on which none were made are there as 0,
/// days off aren't there, and today, not over yet, isn't either. The `queue` may come in any order; groups of one limit
/// are taken together. `today_share` is the share of a working day that is left of today, in 0 to 1 and by the
/// millionth; beyond that it counts as the nearer end, and what isn't a number as 0.
pub fn forecast(history: &[u32], queue: &[QueueGroup], today_share: f64) -> Forecast {
    let millionths = (today_share.clamp(0.0, 1.0) * 1e6).round() as u32; // what isn't a number becomes 0
    let queue = in_order(queue);
    let most_days = queue.iter().map(|group| group.working_days_left).max().unwrap_or(0);
    let open = queue.iter().fold(0_u64, |sum, group| sum.saturating_add(group.cases));
    let pace = Pace::learn(history, f64::from(millionths) / 1e6, most_days, open);

    let mut position = 0_u64;
    let (mut overdue_already, mut needed) = (0_u64, 0_u64);
    let mut groups = Vec::with_capacity(queue.len());
    for Ordered { limit, working_days_left, cases } in queue {
        let first = position.saturating_add(1);
        position = position.saturating_add(cases);
        let time_left = working_time(working_days_left, millionths);
        if time_left == 0 {
            overdue_already = overdue_already.saturating_add(cases);
        } else {
            needed = needed.max(rate_for(position, time_left));
        }
        let risk = if time_left == 0 {
            Some(Risk { expected_late: cases as f64, last_is_late: 1.0, first_at_risk: Some(first) })
        } else {
            pace.as_ref().map(|pace| Risk::of(pace, working_days_left, first, cases))
        };
        let certainty = match risk {
            _ if time_left == 0 => Certainty::OverdueAlready,
            None => Certainty::NotEnoughHistory,
            Some(risk) if risk.last_is_late >= LIKELY_LATE_FROM => Certainty::LikelyLate,
            Some(risk) if risk.last_is_late >= AT_RISK_FROM => Certainty::AtRisk,
            Some(_) => Certainty::Safe,
        };
        groups.push(GroupForecast { limit, working_days_left, cases, last_position: position, certainty, risk });
    }
    Forecast {
        history_days: history.len().min(MOST_HISTORY_DAYS),
        open,
        overdue_already,
        expected_late: groups.iter().map(|group| Some(group.risk?.expected_late)).sum(),
        needed_per_day: (overdue_already == 0).then_some(needed),
        needed_for_the_rest: needed,
        groups,
        pace,
    }
}

/// The share of a working day that is left at a moment: 1 before business opens on a working day, 0 from its close on,
/// by the clock in between; 0 on a day off.
pub fn share_of_today_left(hours: &OfficeHours, calendar: &Calendar, now: DateTime<Utc>) -> f64 {
    let today = hours.local_date(now);
    let length = (hours.closes - hours.opens).num_seconds();
    if !calendar.is_working_day(today) || length <= 0 {
        return 0.0;
    }
    let left = (hours.close_of_business(today) - now).num_seconds();
    (left as f64 / length as f64).clamp(0.0, 1.0)
}

/// Open cases, waiting to be made, whose limit is close of business on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueGroup {
    /// Their limit.
    pub limit: NaiveDate,
    /// Working days after today up to and including the limit, as [`Calendar::working_days_between`] counts them: 0 when
    /// the limit is today, negative when it lies before. What is left of today itself isn't in it.
    pub working_days_left: i64,
    /// How many they are.
    pub cases: u32,
}

impl QueueGroup {
    /// The cases with a limit, seen from today.
    pub fn seen_from(today: NaiveDate, calendar: &Calendar, limit: NaiveDate, cases: u32) -> Self {
        Self { limit, working_days_left: calendar.working_days_between(today, limit), cases }
    }
}

/// What is to be expected of a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// How many working days of history it rests on.
    pub history_days: usize,
    /// The open cases.
    pub open: u64,
    /// Of these, the cases whose limit has passed, or with no working time left before it.
    pub overdue_already: u64,
    /// How many will be late in the mean, those overdue already included; none with too short a history.
    pub expected_late: Option<f64>,
    /// The smallest number that, made on every working day (today: the share of it that is left, rounded down), makes
    /// every case in time; none when some case is overdue already.
    pub needed_per_day: Option<u64>,
    /// The same for the cases that aren't overdue already. Those that are come first and take their time of it.
    pub needed_for_the_rest: u64,
    /// The cases of each limit, earliest first, which is the order they are made in. A limit without cases isn't there.
    pub groups: Vec<GroupForecast>,
    #[serde(skip)]
    pace: Option<Pace>,
}

impl Forecast {
    /// The probability that one case misses its limit: the case at a `place`, from 1, among those with that limit.
    ///
    /// None when the queue has no such case, or the history is too short and the case not overdue already.
    pub fn probability_late(&self, limit: NaiveDate, place: u32) -> Option<f64> {
        let group = self.groups.get(self.groups.binary_search_by_key(&limit, |group| group.limit).ok()?)?;
        let place = u64::from(place);
        if place == 0 || place > group.cases {
            return None;
        }
        if group.certainty == Certainty::OverdueAlready {
            return Some(1.0);
        }
        let position = group.last_position - group.cases + place;
        Some(self.pace.as_ref()?.falls_short(group.working_days_left, position))
    }
}

/// What is to be expected of the cases with one limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupForecast {
    /// Their limit.
    pub limit: NaiveDate,
    /// Working days after today up to and including the limit; negative when it has passed.
    pub working_days_left: i64,
    /// How many they are, at least 1.
    pub cases: u64,
    /// The place in the queue of the last of them; the first of the queue is at 1.
    pub last_position: u64,
    /// How sure it is that all of them are made in time.
    pub certainty: Certainty,
    /// The same in numbers; none exactly with [`Certainty::NotEnoughHistory`].
    pub risk: Option<Risk>,
}

vocabulary! {
    /// How sure it is that all cases of a limit are made in time.
    pub enum Certainty {
        /// The last of them is late with a probability below [`AT_RISK_FROM`].
        Safe = "safe";
        /// The last of them is late with a probability from [`AT_RISK_FROM`] to below [`LIKELY_LATE_FROM`].
        AtRisk = "at_risk";
        /// The last of them is late with a probability of at least [`LIKELY_LATE_FROM`].
        LikelyLate = "likely_late";
        /// The limit has passed, or no working time is left before it.
        OverdueAlready = "overdue_already";
        /// Fewer than [`LEAST_HISTORY_DAYS`] working days of history: nothing can be said.
        NotEnoughHistory = "not_enough_history";
    }
}

/// How many cases of a limit will be late, and which.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Risk {
    /// How many of them will be late, in the mean.
    pub expected_late: f64,
    /// The probability that the last of them is late, which is the probability that any of them is.
    pub last_is_late: f64,
    /// The place in the queue of the first of them that is late with a probability of at least [`AT_RISK_FROM`]; all
    /// after it are, too. None if there is no such case.
    pub first_at_risk: Option<u64>,
}

impl Risk {
    fn of(pace: &Pace, days: i64, first: u64, cases: u64) -> Self {
        let last = first.saturating_add(cases).saturating_sub(1);
        let last_is_late = pace.falls_short(days, last);
        let at_risk = |position| pace.falls_short(days, position) >= AT_RISK_FROM;
        let first_at_risk = at_risk(last).then(|| {
            let (mut low, mut high) = (first, last); // the answer lies from low to high
            while low < high {
                let middle = low + (high - low) / 2;
                if at_risk(middle) { high = middle } else { low = middle + 1 }
            }
            low
        });
        Self { expected_late: pace.expected_short(days, first, cases), last_is_late, first_at_risk }
    }
}

/// A limit with all its cases.
struct Ordered {
    limit: NaiveDate,
    working_days_left: i64,
    cases: u64,
}

/// The groups by limit, those of one limit together; if they contradict each other, the least time counts.
fn in_order(queue: &[QueueGroup]) -> Vec<Ordered> {
    let mut queue: Vec<&QueueGroup> = queue.iter().filter(|group| group.cases > 0).collect();
    queue.sort_unstable_by_key(|group| (group.limit, group.working_days_left));
    let together = queue.chunk_by(|one, other| one.limit == other.limit).filter_map(|same| {
        let QueueGroup { limit, working_days_left, .. } = **same.first()?;
        let cases = same.iter().fold(0_u64, |sum, group| sum.saturating_add(u64::from(group.cases)));
        Some(Ordered { limit, working_days_left, cases })
    });
    together.collect()
}

/// Working time in millionths of a day; 0 when the limit has passed.
fn working_time(working_days_left: i64, today_millionths: u32) -> u128 {
    match u128::try_from(working_days_left) {
        Ok(days) => days * 1_000_000 + u128::from(today_millionths),
        Err(_) => 0,
    }
}

/// The smallest number a day that reaches a position in that time, in millionths of a day.
fn rate_for(position: u64, time_left: u128) -> u64 {
    u64::try_from((u128::from(position) * 1_000_000).div_ceil(time_left)).unwrap_or(u64::MAX)
}
