//! The figures of the last weeks: how long the making took, where cases stood, how papers came, and what they lacked.

use super::charts::bars::{Bar, Piece, bars};
use super::charts::flow::{Band, Stop, flow};
use super::charts::ranking::{Row, ranking};
use super::charts::scatter::{Column, Level, scatter};
use super::charts::svg::Link;
use super::figures::{Figure, Sources, list_name};
use super::lacked::{lacked, lacked_of};
use super::table::Table;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::query::{Period, Unit};
use crate::domain::reports::report::QUEUES;
use crate::service::reports::marks::{Acceptances, DayEnd, Lacking, Makings};

/// What notices named that the ranking shows.
const RANKED: usize = 5;
/// The bands of the flow from the floor up: what has ended, and then the lists against the way of the work.
const BANDS: [(Option<Queue>, &str); QUEUES.len() + 1] = [
    (None, "flow0"),
    (Some(Queue::ToHandOver), "flow1"),
    (Some(Queue::ToMake), "flow2"),
    (Some(Queue::WaitingForCorrection), "flow3"),
    (Some(Queue::ToCheck), "flow4"),
];

impl Sources {
    /// In the order of reading.
    pub(super) fn trends(&self, visitor: &Visitor) -> [Figure; 4] {
        [self.times(visitor), self.flow(visitor), self.first_pass(visitor), self.defects(visitor)]
    }

    fn happened(&self, what: &str, on: Period) -> String {
        self.cases(&format!("happened={what}&from={}&to={}", on.from, on.to))
    }

    fn times(&self, visitor: &Visitor) -> Figure {
        let (messages, dates, period) = (visitor.messages, visitor.dates(), self.board.period);
        let makings = &self.marks.makings;
        let column = |on: Period| {
            let made: Vec<&Makings> = makings.iter().filter(|makings| makings.day == on.from).collect();
            let count: i64 = made.iter().map(|makings| makings.count).sum();
            let longest = made.iter().map(|makings| makings.working_days).max().unwrap_or(0);
            let gaps: [(&str, &dyn std::fmt::Display); 3] =
                [("day", &dates.day(on.from)), ("count", &count), ("longest", &longest)];
            let link = Link { address: self.happened("made", on), says: messages.with("board.made_on", &gaps) };
            Column { dots: made.iter().map(|makings| (makings.working_days, makings.count)).collect(), link }
        };
        let days: Vec<Column> = period.parts(Unit::Day).map(column).collect();
        let level = |(name, percent): (&str, i64)| {
            let at = percentile(makings, percent)?;
            Some(Level { at, text: messages.with("board.level", &[("name", &name), ("days", &at)]) })
        };
        let levels: Vec<Level> = [("P50", 50), ("P85", 85), ("P95", 95)].into_iter().filter_map(level).collect();
        let title = messages.t("board.times").to_owned();
        let heads = ["board.day", "board.working_days", "board.count"].map(|key| messages.t(key));
        let line = |makings: &Makings| {
            (dates.brief(makings.day), vec![makings.working_days.to_string(), makings.count.to_string()])
        };
        let table = Table::of_numbers(title.clone(), &heads, makings.iter().map(line));
        let side = Link { address: self.report("cycle_times"), says: messages.t("board.report").to_owned() };
        let svg = scatter(&title, &days, &levels, [&dates.brief(period.from), &dates.brief(period.to)]);
        Figure { svg, title, side, table, legend: Vec::new(), is_empty: makings.is_empty() }
    }

    fn flow(&self, visitor: &Visitor) -> Figure {
        let (messages, dates, period) = (visitor.messages, visitor.dates(), self.board.period);
        let ends = &self.marks.flow;
        let name = |queue: Option<Queue>| {
            queue.map_or_else(|| messages.t("board.ended").to_owned(), |queue| list_name(visitor, queue))
        };
        let band = |(queue, class): (Option<Queue>, &'static str)| {
            let levels: Vec<i64> = ends.iter().map(|end| level(end, queue)).collect();
            let label =
                queue.map_or_else(|| "board.stood.ended".to_owned(), |queue| format!("board.stood.{}", queue.code()));
            let now = levels.last().copied().unwrap_or(0);
            Band { name: messages.fill(&label, "count", now), class, levels }
        };
        let stop = |week: Period| {
            let end = ends.iter().position(|end| end.day == week.to)?;
            let link = |(queue, _): (Option<Queue>, &str)| {
                let (list, day, count) = (name(queue), dates.day(week.to), level(&ends[end], queue));
                // Today isn't over yet.
                let key = if week.to == dates.today() { "board.stands" } else { "board.stood_at" };
                let says = messages.with(key, &[("day", &day), ("list", &list), ("count", &count)]);
                let address = match queue {
                    Some(queue) => self.cases(&format!("stood={}&on={}", queue.code(), week.to)),
                    None => self.happened("ended", Period { from: period.from, to: week.to }),
                };
                Link { address, says }
            };
            Some(Stop { day: end, links: BANDS.map(link).into() })
        };
        let stops: Vec<Stop> = period.parts(Unit::Week).filter_map(stop).collect();
        let title = messages.t("board.flow").to_owned();
        let heads: Vec<String> = std::iter::once(messages.t("board.day").to_owned())
            .chain(BANDS.iter().rev().map(|(queue, _)| name(*queue)))
            .collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let changed = ends.iter().enumerate().filter(|(at, end)| {
            at.checked_sub(1)
                .and_then(|before| ends.get(before))
                .is_none_or(|before| (before.on, before.ended) != (end.on, end.ended))
        });
        let line = |(_, end): (usize, &DayEnd)| {
            (dates.brief(end.day), BANDS.iter().rev().map(|(queue, _)| level(end, *queue).to_string()).collect())
        };
        let table = Table::of_numbers(title.clone(), &heads, changed.map(line));
        let svg = flow(&title, &BANDS.map(band), &stops, [&dates.brief(period.from), &dates.brief(period.to)]);
        let open: i64 = ends.last().map_or(0, |end| end.on.iter().sum());
        let side = Link { address: self.cases("list="), says: messages.fill("board.open_now", "count", open) };
        let is_empty = ends.iter().all(|end| end.ended == 0 && end.on.iter().all(|count| *count == 0));
        Figure { svg, title, side, table, legend: Vec::new(), is_empty }
    }

    fn first_pass(&self, visitor: &Visitor) -> Figure {
        let (messages, dates, weeks) = (visitor.messages, visitor.dates(), &self.marks.weeks);
        let week = |(on, accepted): &(Period, Acceptances)| {
            let (passed, after) = (accepted.at_first_pass, accepted.after_notice);
            let percent = share(passed, passed + after);
            let gaps: [(&str, &dyn std::fmt::Display); 3] =
                [("from", &dates.brief(on.from)), ("passed", &passed), ("after", &after)];
            let piece = |what: &str, key: &str, height: i64, class| {
                let link = Link { address: self.happened(what, *on), says: messages.with(key, &gaps) };
                Piece { fills: vec![(height, class)], link }
            };
            let pieces = percent.map(|percent| {
                vec![
                    piece("at_first_pass", "board.passed", percent, "bar"),
                    piece("after_notice", "board.after_notice", 100 - percent, "rest lighter"),
                ]
            });
            let value = percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent}%"));
            Bar { name: dates.brief(on.from), value, pieces: pieces.unwrap_or_default() }
        };
        let found: Vec<Bar> = weeks.iter().map(week).collect();
        let sums =
            weeks.iter().fold((0, 0), |sums, (_, week)| (sums.0 + week.at_first_pass, sums.1 + week.after_notice));
        let title = messages.t("board.first_pass").to_owned();
        let says = share(sums.0, sums.0 + sums.1).map(|rate| {
            let open = self.marks.to_correct;
            messages.with("board.rate", &[("rate", &rate), ("open", &open)])
        });
        let says = says.unwrap_or_else(|| messages.t("board.report").to_owned());
        let side = Link { address: self.report("quality"), says };
        let line = |((_, accepted), bar): (&(Period, Acceptances), &Bar)| {
            let counts = [accepted.at_first_pass, accepted.after_notice].map(|count| count.to_string());
            (bar.name.clone(), counts.into_iter().chain([bar.value.clone()]).collect())
        };
        let heads =
            ["board.week", "board.at_first_pass", "board.needed_notice", "board.share"].map(|key| messages.t(key));
        let table = Table::of_numbers(title.clone(), &heads, weeks.iter().zip(&found).map(line));
        Figure { svg: bars(&title, &found, 100, &[]), title, side, table, legend: Vec::new(), is_empty: sums == (0, 0) }
    }

    fn defects(&self, visitor: &Visitor) -> Figure {
        let (messages, lacking, period) = (visitor.messages, &self.marks.lacking, self.board.period);
        let all: i64 = lacking.iter().map(|one| one.count).sum();
        let row = |so_far: &mut i64, one: &Lacking| {
            *so_far += one.count;
            // Of two case types that ask for the same document it is said which.
            let alike = |other: &&Lacking| (&other.document, &other.defect) == (&one.document, &one.defect);
            let name = match lacking.iter().filter(alike).count() {
                0 | 1 => lacked(visitor, &one.case_type, &one.document, &one.defect),
                _ => lacked_of(visitor, &one.case_type, &one.document, &one.defect),
            };
            let share = share(*so_far, all).unwrap_or(0);
            let gaps: [(&str, &dyn std::fmt::Display); 3] =
                [("lacked", &name), ("count", &one.count), ("share", &share)];
            let asked = [("case_type", &one.case_type), ("document", &one.document), ("defect", &one.defect)];
            let asked = serde_urlencoded::to_string(asked).unwrap_or_default();
            let list = format!("happened=lacked&from={}&to={}&{asked}", period.from, period.to);
            let link = Link { address: self.cases(&list), says: messages.with("board.lacked", &gaps) };
            Some(Row { value: messages.with("board.so_far", &gaps), name, count: one.count, link })
        };
        let ranked: Vec<Row> = lacking.iter().scan(0, row).collect();
        let title = messages.t("board.defects").to_owned();
        let side = Link { address: self.report("defects"), says: messages.t("board.report").to_owned() };
        let heads = ["board.document", "board.count", "board.cumulative"].map(|key| messages.t(key));
        let mut so_far = 0;
        let lines = ranked.iter().map(|row| {
            so_far += row.count;
            (row.name.clone(), vec![row.count.to_string(), format!("{}%", share(so_far, all).unwrap_or(0))])
        });
        let table = Table::of_numbers(title.clone(), &heads, lines);
        let shown: Vec<Row> = ranked.into_iter().take(RANKED).collect();
        Figure { svg: ranking(&title, &shown), title, side, table, legend: Vec::new(), is_empty: shown.is_empty() }
    }
}

/// How many cases stood on a list when a day ended, or had ended by then.
fn level(end: &DayEnd, queue: Option<Queue>) -> i64 {
    let at = queue.and_then(|queue| QUEUES.iter().position(|known| *known == queue));
    at.map_or(end.ended, |at| end.on[at])
}

/// A part in whole percent, rounded; none of nothing.
fn share(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| (200 * part + whole) / (2 * whole))
}

/// The smallest number of working days within which so many in a hundred were made (nearest rank).
fn percentile(makings: &[Makings], percent: i64) -> Option<i64> {
    let mut by_length: Vec<(i64, i64)> = makings.iter().map(|makings| (makings.working_days, makings.count)).collect();
    by_length.sort_unstable();
    let all: i64 = by_length.iter().map(|(_, count)| count).sum();
    let rank = (all * percent + 99) / 100;
    let mut so_far = 0;
    by_length.into_iter().find_map(|(working_days, count)| {
        so_far += count;
        (so_far >= rank).then_some(working_days)
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let made = |working_days, count| Makings { day: NaiveDate::default(), working_days, count };
        let makings = [made(9, 1), made(3, 10), made(5, 9)];
        assert_eq!([50, 85, 95].map(|percent| percentile(&makings, percent)), [Some(3), Some(5), Some(5)]);
        assert_eq!((percentile(&makings, 100), percentile(&[], 50)), (Some(9), None));
    }
}
