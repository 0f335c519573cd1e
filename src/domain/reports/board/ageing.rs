//! Ageing: how many working days open cases had been open at the close of a day, with edges at the two promises of their deadline.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::{DeadlineRule, OfficeHours};
use crate::domain::calendar::working_days::Calendar;
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::query::Query;
use crate::domain::reports::report::{Noted, QUEUES, column, waits_for};

/// The youngest age of each bar, in working days since the day of receipt.
pub type Edges = Vec<i64>;

/// How many open cases were on a work list, by bars.
pub type Bars = Vec<i64>;

/// Where bars of a day each would be too thin to be told apart, the last one takes what is older.
const OLDEST_DAY: i64 = 24;

/// The edges where a deadline is promised: half of the way to the day ready from, up to that day, up to the limit, and three beyond.
/// Where none is promised, as if it were the guide's 7 and 10.
pub fn edges(rule: Option<DeadlineRule>) -> Edges {
    let (ready, limit) = rule.map_or((7, 10), |rule| (i64::from(rule.ready_after), i64::from(rule.limit_after)));
    // Each bar has a day at least, also where both promises are the same day.
    let half = (ready + 2) / 2;
    let after_ready = (ready + 1).max(half + 1);
    let after_limit = (limit + 1).max(after_ready + 1);
    vec![0, half, after_ready, after_limit, after_limit + 5, after_limit + 20]
}

/// A bar a day, up to two days beyond the limit; the last one has all that are older.
pub fn days(rule: Option<DeadlineRule>) -> Edges {
    let limit = rule.map_or(10, |rule| i64::from(rule.limit_after));
    (0..=(limit + 3).min(OLDEST_DAY)).collect()
}

/// The instants that part the bars: a case opened before `instants[i]` is of bar `i + 1` or older, as counted on `day`.
pub fn cuts(edges: &[i64], calendar: &Calendar, hours: &OfficeHours, day: NaiveDate) -> Vec<DateTime<Utc>> {
    let age = |opened_at| calendar.working_days_between(hours.receipt_day(calendar, opened_at), day);
    let older = edges.iter().skip(1);
    older.map(|edge| first_younger(hours, day, |opened_at| age(opened_at) < *edge)).collect()
}

/// The first instant of those that are younger. Ages never grow with the instant, so halving finds it.
fn first_younger(hours: &OfficeHours, day: NaiveDate, is_younger: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let end = hours.close_of_business(day) + TimeDelta::days(2);
    let (mut old, mut young) = ((end - TimeDelta::days(366)).timestamp_micros(), end.timestamp_micros());
    let at = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or(end);
    while young - old > 1 {
        let middle = old + (young - old) / 2;
        if is_younger(at(middle)) {
            young = middle;
        } else {
            old = middle;
        }
    }
    at(young)
}

/// Bars of several, such as of all work lists, together.
pub fn total<'a>(edges: &[i64], all: impl IntoIterator<Item = &'a Bars>) -> Bars {
    let mut total = vec![0; edges.len()];
    for bars in all {
        total.iter_mut().zip(bars).for_each(|(sum, count)| *sum += count);
    }
    total
}

/// What its columns hold.
pub fn columns() -> Vec<Column> {
    use ColumnKind::{Date, Integer, Text};
    let mut columns = vec![
        column("on", Date, "日期", "On"),
        column("from_working_days", Integer, "工作日自", "From working days"),
        column("to_working_days", Integer, "至", "To"),
        column("age", Text, "办理天数", "Age"),
    ];
    columns.extend(QUEUES.map(|queue| {
        let words = waits_for(queue);
        column(queue.code(), Integer, &words.zh, &words.en)
    }));
    columns.push(column("open", Integer, "在办合计", "Open"));
    columns.push(column("provisional", Text, "工作日数为暂定", "Working days are provisional"));
    columns
}

/// The table of a day.
pub fn table(query: &Query, edges: &[i64], counts: &[(Queue, Bars)], provisional: bool) -> Noted {
    let columns = columns();
    let of = |queue: Queue, bar: usize| {
        let bars = counts.iter().find(|(known, _)| *known == queue).map(|(_, bars)| bars);
        bars.and_then(|bars| bars.get(bar)).copied().unwrap_or_default()
    };
    let total = total(edges, counts.iter().map(|(_, bars)| bars));
    let row = |(bar, open): (usize, i64)| {
        let (first, last) = (edges[bar], edges.get(bar + 1).map(|next| next - 1));
        let words = match last {
            Some(last) => Words::new(format!("{first}～{last}个工作日"), format!("{first} to {last} working days")),
            None => Words::new(format!("{first}个工作日及以上"), format!("{first} working days and more")),
        };
        let mut row = vec![
            Cell::Date(query.period.to),
            Cell::Integer(first),
            last.map_or(Cell::Empty, Cell::Integer),
            Cell::Words(words),
        ];
        row.extend(QUEUES.map(|queue| Cell::Integer(of(queue, bar))));
        row.push(Cell::Integer(open));
        row.push(crate::domain::reports::report::provisional(provisional));
        row
    };
    let note = || {
        Words::new(
            "当年放假安排尚未公布，工作日数为暂定",
            "The year's holiday notice is not published yet; working days are provisional",
        )
    };
    let rows = total.into_iter().enumerate().map(row).collect();
    Noted::new("在办时长分布", "Ageing of open cases", columns, rows, provisional.then(note).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_end_where_the_promises_do() {
        let of = |ready_after, limit_after| edges(Some(DeadlineRule { ready_after, limit_after }));
        assert_eq!(edges(None), [0, 4, 8, 11, 16, 31]);
        assert_eq!(of(7, 10), edges(None));
        assert_eq!(of(3, 5), [0, 2, 4, 6, 11, 26]);
        assert_eq!(of(15, 20), [0, 8, 16, 21, 26, 41]);
        for (ready, limit) in [(1, 1), (1, 2), (2, 2), (5, 5)] {
            assert!(of(ready, limit).windows(2).all(|pair| pair[0] < pair[1]), "{ready} {limit}");
        }
    }

    #[test]
    fn a_bar_a_day_goes_two_days_beyond_the_limit_and_never_too_far() {
        let of = |ready_after, limit_after| days(Some(DeadlineRule { ready_after, limit_after }));
        assert_eq!(of(7, 10), (0..=13).collect::<Vec<_>>());
        assert_eq!(days(None), of(7, 10));
        assert_eq!(of(1, 2), [0, 1, 2, 3, 4, 5]);
        assert_eq!(of(30, 60), (0..=24).collect::<Vec<_>>());
    }
}
