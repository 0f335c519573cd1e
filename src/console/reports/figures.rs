//! The figures of the board: each a picture, the same in a table, and where to go from there. Here what is open now; what the last
//! weeks brought is in [`super::trends`].
//!
//! Guarantee: the first number that a mark says is the length of the list that it opens.

use chrono::{Days, NaiveDate};

use super::charts::bars::{Bar, Edge, Piece, bars};
use super::charts::calendar::{Day, calendar};
use super::charts::svg::Link;
use super::table::Table;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Words;
use crate::service::reports::board::Situation;
use crate::service::reports::forecast::HallForecast;
use crate::service::reports::marks::Marks;

/// Days that the calendar of due dates shows: four weeks.
const CALENDAR_DAYS: u64 = 28;

/// A figure.
pub(in crate::console) struct Figure {
    pub(in crate::console) title: String,
    /// What stands beside the title; without an address it leads nowhere.
    pub(in crate::console) side: Link,
    pub(in crate::console) svg: String,
    pub(in crate::console) table: Table,
    /// What its colours mean, by their classes, where nothing else in it says so.
    pub(in crate::console) legend: Vec<(&'static str, String)>,
    pub(in crate::console) is_empty: bool,
}

/// What the board is made of.
pub(in crate::console) struct Sources {
    pub(in crate::console) board: Situation,
    pub(in crate::console) marks: Marks,
    pub(in crate::console) forecast: Option<HallForecast>,
    /// The reader may see single cases.
    pub(in crate::console) opens_cases: bool,
}

impl Sources {
    /// Where cases are listed; empty where the reader may see none.
    pub(in crate::console) fn cases(&self, which: &str) -> String {
        if self.opens_cases { self.address(&format!("cases?{which}")) } else { String::new() }
    }

    /// Where the cases are that may become overdue.
    pub(super) fn expected(&self) -> String {
        self.address("board/expected")
    }

    /// Where a report is.
    pub(super) fn report(&self, which: &str) -> String {
        self.address(&format!("reports/{which}"))
    }

    fn address(&self, page: &str) -> String {
        let outlet = self.board.outlet.as_deref();
        let joint = if page.contains('?') { '&' } else { '?' };
        let outlet = outlet.map(|outlet| format!("{joint}outlet={outlet}")).unwrap_or_default();
        format!("/console/{page}{outlet}")
    }

    /// Every figure, in the order of reading.
    pub(in crate::console) fn figures(&self, visitor: &Visitor) -> Vec<Figure> {
        let now = [self.due(visitor), self.ages(visitor)];
        now.into_iter().chain(self.trends(visitor)).collect()
    }

    fn due(&self, visitor: &Visitor) -> Figure {
        let (messages, dates, today) = (visitor.messages, visitor.dates(), self.board.today);
        let monday = today.week(chrono::Weekday::Mon).first_day();
        let count = |date: NaiveDate| -> i64 {
            let of_day = self.marks.limits.iter().filter(|(limit, _)| dates.date(*limit) == date);
            of_day.map(|(_, count)| count).sum()
        };
        let day = |date: NaiveDate| {
            let count = count(date);
            let says = messages.with("board.due_on", &[("day", &dates.day(date)), ("count", &count)]);
            let link = Link { address: self.cases(&format!("due_from={date}&due_to={date}")), says };
            Day { name: dates.brief(date), count, is_today: date == today, link }
        };
        let days: Vec<(NaiveDate, Day)> = (0..CALENDAR_DAYS)
            .filter_map(|ahead| monday.checked_add_days(Days::new(ahead)))
            .map(|date| (date, day(date)))
            .collect();
        let title = messages.t("board.due_dates").to_owned();
        let weekdays: Vec<&str> = messages.t("board.weekdays").split(' ').collect();
        let last = days.last().map_or(today, |(date, _)| *date);
        let heads = [messages.t("board.day"), messages.t("board.count")];
        let filled = days.iter().filter(|(_, day)| day.count > 0);
        let table = Table::of_numbers(
            title.clone(),
            &heads,
            filled.map(|(date, day)| (dates.day(*date), vec![day.count.to_string()])),
        );
        let shown: i64 = days.iter().map(|(_, day)| day.count).sum();
        let side = Link {
            address: self.cases(&format!("due_from={monday}&due_to={last}")),
            says: messages.fill("board.cases", "count", shown),
        };
        let days: Vec<Day> = days.into_iter().map(|(_, day)| day).collect();
        Figure { svg: calendar(&title, &weekdays, &days), title, side, table, legend: Vec::new(), is_empty: false }
    }

    fn ages(&self, visitor: &Visitor) -> Figure {
        let (messages, ages) = (visitor.messages, &self.marks.ages);
        let bar = |(at, from): (usize, &i64)| {
            let (open, late, soon) = (ages.open[at], ages.late[at], ages.soon[at]);
            let name = if at + 1 == ages.edges.len() { format!("{from}+") } else { from.to_string() };
            let gaps: [(&str, &dyn std::fmt::Display); 4] =
                [("age", &name), ("count", &open), ("late", &late), ("soon", &soon)];
            let link = Link { address: self.cases(&format!("age={from}")), says: messages.with("board.aged", &gaps) };
            // Red is what is late, whatever its age, amber what is near its limit or could be ready by now: what is made, or
            // paused, waits for others.
            let is_ready = ages.rule.is_some_and(|rule| *from >= i64::from(rule.ready_after));
            let near = if is_ready { ages.running[at] } else { soon };
            let fills = vec![(late, "bar late"), (near, "bar soon"), (open - late - near, "bar")];
            Bar { name, value: open.to_string(), pieces: vec![Piece { fills, link }] }
        };
        let found: Vec<Bar> = ages.edges.iter().enumerate().map(bar).collect();
        let promise = |before: u32, key: &str, days: u32| {
            let before = ages.edges.iter().position(|edge| *edge == i64::from(before));
            before.map(|before| Edge { before, text: messages.fill(key, "days", days) })
        };
        // From the one day on it can be collected, and after the other one it is late.
        let edges = ages.rule.map(|rule| {
            let ready = promise(rule.ready_after, "board.ready", rule.ready_after);
            let limit = promise(rule.limit_after + 1, "board.limit", rule.limit_after);
            let is_promised = |_: &Edge| rule.ready_after < rule.limit_after;
            ready.filter(is_promised).into_iter().chain(limit).collect::<Vec<_>>()
        });
        let open: i64 = ages.open.iter().sum();
        let title = messages.t("board.ages").to_owned();
        let side = Link { address: self.cases("list="), says: messages.fill("board.cases", "count", open) };
        let lines = found.iter().enumerate().map(|(at, bar)| {
            (bar.name.clone(), [ages.open[at], ages.late[at], ages.soon[at]].map(|count| count.to_string()).into())
        });
        let heads =
            ["board.age", "board.count", "board.of_these_late", "board.of_these_soon"].map(|key| messages.t(key));
        let table = Table::of_numbers(title.clone(), &heads, lines);
        let meanings = [("late", "board.overdue"), ("soon", "board.near"), ("bar", "board.others")];
        let legend = meanings.map(|(class, key)| (class, messages.t(key).to_owned())).into();
        let svg = bars(&title, &found, 0, &edges.unwrap_or_default());
        Figure { svg, title, side, table, legend, is_empty: open == 0 }
    }
}

/// What a work list is called.
pub(super) fn list_name(visitor: &Visitor, queue: crate::domain::case_types::codes::Queue) -> String {
    let list = crate::domain::cases::worklist::WorkList::from_code(queue.code());
    visitor.messages.of(&list.map_or_else(Words::default, |list| list.words())).to_owned()
}
