//! The figures of the board: each a picture, the same in a table, and where to go from there.

use chrono::{Datelike, Days, NaiveDate};

use super::charts::bars::{Bar, Edge, bars};
use super::charts::calendar::{Day, calendar};
use super::charts::flow::{Part, flow, levels};
use super::charts::ranking::{Row, ranking};
use super::charts::scatter::{Column, Level, scatter};
use super::charts::svg::Link;
use super::numbers::rows;
use super::table::Table;
use crate::console::page::visitor::Visitor;
use crate::domain::reports::query::Unit;
use crate::domain::reports::report::Noted;
use crate::service::reports::board::{Board, Makings};
use crate::service::reports::forecast::HallForecast;

/// Days that the calendar of due dates shows: four weeks.
const CALENDAR_DAYS: u64 = 28;
/// Documents that the ranking shows.
const RANKED: usize = 5;

/// A figure.
pub(in crate::console) struct Figure {
    pub(in crate::console) title: String,
    /// What stands beside the title; without an address it leads nowhere.
    pub(in crate::console) side: Link,
    pub(in crate::console) svg: String,
    pub(in crate::console) table: Table,
    pub(in crate::console) is_empty: bool,
}

/// What the board is made of.
pub(in crate::console) struct Sources {
    pub(in crate::console) board: Board,
    pub(in crate::console) makings: Vec<Makings>,
    pub(in crate::console) forecast: Option<HallForecast>,
    pub(in crate::console) times: Noted,
    pub(in crate::console) defects: Noted,
    /// The reader may see single cases.
    pub(in crate::console) opens_cases: bool,
}

impl Sources {
    /// Where cases are listed; empty where the reader may see none.
    pub(in crate::console) fn cases(&self, which: &str) -> String {
        if self.opens_cases { self.address(&format!("cases?{which}")) } else { String::new() }
    }

    fn report(&self, which: &str) -> String {
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
        let due = self.forecast.as_ref().map(|forecast| self.due(visitor, forecast));
        let others = [self.ages(visitor), self.times(visitor), self.flow(visitor), self.first_pass(visitor)];
        due.into_iter().chain(others).chain([self.defects(visitor)]).collect()
    }

    fn due(&self, visitor: &Visitor, forecast: &HallForecast) -> Figure {
        let (messages, dates, today) = (visitor.messages, visitor.dates(), self.board.today);
        let monday = today.week(chrono::Weekday::Mon).first_day();
        let count = |date: NaiveDate| {
            let of_day = forecast.forecast.groups.iter().filter(|group| group.limit == date);
            i64::try_from(of_day.map(|group| group.cases).sum::<u64>()).unwrap_or(i64::MAX)
        };
        let day = |date: NaiveDate| {
            let count = count(date);
            let says = messages.with("board.due_on", &[("day", &dates.day(date)), ("count", &count)]);
            let link = Link { address: self.cases(&format!("due_from={date}&due_to={date}")), says };
            Day { name: short(date), count, is_today: date == today, link }
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
        Figure { svg: calendar(&title, &weekdays, &days), title, side, table, is_empty: false }
    }

    fn ages(&self, visitor: &Visitor) -> Figure {
        let messages = visitor.messages;
        let table = &self.board.ageing.table;
        // The guide's 7th and 10th working day: from then on they are to be ready, and late.
        let class = |from: i64| match from {
            ..=7 => "bar",
            8..=10 => "bar soon",
            _ => "bar late",
        };
        let found: Vec<Bar> = rows(table)
            .map(|row| {
                let (from, to, open) =
                    (row.integer("from_working_days"), row.integer("to_working_days"), row.integer("open"));
                let name = if to == 0 { format!("{from}+") } else { format!("{from}–{to}") };
                let says = messages.with("board.aged", &[("age", &messages.of(&row.words("age"))), ("count", &open)]);
                let link = Link { address: self.cases(&format!("age={from}")), says };
                Bar { name, height: open, value: open.to_string(), class: class(from), link }
            })
            .collect();
        let edges = [
            Edge { before: 2, text: messages.t("board.ready").to_owned() },
            Edge { before: 3, text: messages.t("board.limit").to_owned() },
        ];
        let open: i64 = found.iter().map(|bar| bar.height).sum();
        let title = messages.t("board.ages").to_owned();
        let side = Link { address: self.cases("list="), says: messages.fill("board.cases", "count", open) };
        let ages = rows(table);
        let ages = ages.map(|row| (messages.of(&row.words("age")).to_owned(), vec![row.integer("open").to_string()]));
        let heads = [messages.t("board.age"), messages.t("board.count")];
        let table = Table::of_numbers(title.clone(), &heads, ages);
        Figure { svg: bars(&title, &found, 0, &edges), title, side, table, is_empty: false }
    }

    fn times(&self, visitor: &Visitor) -> Figure {
        let (messages, dates, period) = (visitor.messages, visitor.dates(), self.board.period);
        let made = |date: NaiveDate| self.makings.iter().filter(move |makings| makings.day == date);
        let column = |date: NaiveDate| {
            let count: i64 = made(date).map(|makings| makings.count).sum();
            let longest = made(date).map(|makings| makings.working_days).max().unwrap_or(0);
            let gaps: [(&str, &dyn std::fmt::Display); 3] =
                [("day", &dates.day(date)), ("count", &count), ("longest", &longest)];
            let says = messages.with("board.made_on", &gaps);
            let link = Link { address: self.cases(&format!("made={date}")), says };
            Column { dots: made(date).map(|makings| (makings.working_days, makings.count)).collect(), link }
        };
        let days: Vec<Column> = period.parts(Unit::Day).map(|day| column(day.from)).collect();
        let whole = rows(&self.times.table).find(|row| row.words("step").zh == "opened_to_made");
        let level = |(name, code): (&str, &str)| {
            let at = whole.map_or(0, |row| row.integer(code));
            let text = messages.with("board.level", &[("name", &name), ("days", &at)]);
            Level { at, text }
        };
        let percentiles = [("P50", "p50_working_days"), ("P85", "p85_working_days"), ("P95", "p95_working_days")];
        let levels: Vec<Level> = if whole.is_some() { percentiles.map(level).into() } else { Vec::new() };
        let title = messages.t("board.times").to_owned();
        let count: i64 = self.makings.iter().map(|makings| makings.count).sum();
        let heads = [messages.t("board.day"), messages.t("board.working_days"), messages.t("board.count")];
        let table = Table::of_numbers(
            title.clone(),
            &heads,
            self.makings
                .iter()
                .map(|makings| (short(makings.day), vec![makings.working_days.to_string(), makings.count.to_string()])),
        );
        let side = Link { address: self.report("cycle_times"), says: messages.fill("board.made", "count", count) };
        let svg = scatter(&title, &days, &levels, [&short(period.from), &short(period.to)]);
        Figure { svg, title, side, table, is_empty: count == 0 }
    }

    fn flow(&self, visitor: &Visitor) -> Figure {
        let (messages, period) = (visitor.messages, self.board.period);
        let days: Vec<(NaiveDate, i64, i64)> = rows(&self.board.days.table)
            .filter_map(|row| Some((row.date("from")?, row.integer("opened"), row.integer("ended"))))
            .collect();
        let open: i64 = rows(&self.board.ageing.table).map(|row| row.integer("open")).sum();
        let moved: Vec<(i64, i64)> = days.iter().map(|(_, opened, ended)| (*opened, *ended)).collect();
        let levels = levels(open, &moved);
        let part = |part: crate::domain::reports::query::Period| {
            let place = |date: NaiveDate| usize::try_from((date - period.from).num_days()).unwrap_or(0);
            let of_part = days.iter().filter(|(date, ..)| (part.from..=part.to).contains(date));
            let (opened, ended) = of_part.fold((0, 0), |sum, day| (sum.0 + day.1, sum.1 + day.2));
            let (from, to) = (short(part.from), short(part.to));
            let says =
                messages.with("board.flowed", &[("from", &from), ("to", &to), ("opened", &opened), ("ended", &ended)]);
            let address = self.report(&format!("throughput?from={}&to={}", part.from, part.to));
            Part { from: place(part.from), to: place(part.to) + 1, link: Link { address, says } }
        };
        let parts: Vec<Part> = period.parts(Unit::Week).map(part).collect();
        let title = messages.t("board.flow").to_owned();
        let [day, come, gone, open_then] =
            [messages.t("board.day"), messages.t("board.come"), messages.t("board.gone"), messages.t("board.open")];
        let heads = [day, come, gone, open_then];
        let busy = days.iter().zip(&levels).filter(|((_, opened, ended), _)| opened + ended > 0);
        let lines = busy.map(|((date, opened, ended), level)| {
            (short(*date), [*opened, *ended, level.come - level.gone].map(|number| number.to_string()).into())
        });
        let table = Table::of_numbers(title.clone(), &heads, lines);
        let svg = flow(&title, &levels, &parts, [come, gone], [&short(period.from), &short(period.to)]);
        let side = Link { address: self.report("throughput"), says: messages.fill("board.open_now", "count", open) };
        Figure { svg, title, side, table, is_empty: levels.iter().all(|level| level.come == 0) }
    }

    fn first_pass(&self, visitor: &Visitor) -> Figure {
        let messages = visitor.messages;
        let week = |row: super::numbers::Row<'_>| {
            let (from, to) = (row.date("from")?, row.date("to")?);
            let (rate, accepted) = (row.percent("first_pass_rate"), row.integer("accepted"));
            let value = rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate}%"));
            let says = messages.with("board.passed", &[("from", &short(from)), ("rate", &value), ("count", &accepted)]);
            let address = self.report(&format!("quality?from={from}&to={to}"));
            let link = Link { address, says };
            Some(Bar { name: short(from), height: rate.unwrap_or(0), value, class: "bar", link })
        };
        let weeks: Vec<Bar> = rows(&self.board.quality.table).filter_map(week).collect();
        let accepted: i64 = rows(&self.board.quality.table).map(|row| row.integer("accepted")).sum();
        let passed: i64 = rows(&self.board.quality.table).map(|row| row.integer("first_pass")).sum();
        let title = messages.t("board.first_pass").to_owned();
        let rate = if accepted == 0 { 0 } else { (200 * passed + accepted) / (2 * accepted) };
        let says = messages.fill("board.rate", "rate", rate);
        let side = Link { address: self.report("quality"), says };
        let lines = rows(&self.board.quality.table).zip(&weeks).map(|(row, week)| {
            let counts = ["accepted", "first_pass"].map(|code| row.integer(code).to_string());
            (week.name.clone(), counts.into_iter().chain([week.value.clone()]).collect())
        });
        let [week, passed, at_once, share] = [
            messages.t("board.week"),
            messages.t("board.accepted"),
            messages.t("board.at_first_pass"),
            messages.t("board.share"),
        ];
        let table = Table::of_numbers(title.clone(), &[week, passed, at_once, share], lines);
        Figure { svg: bars(&title, &weeks, 100, &[]), title, side, table, is_empty: accepted == 0 }
    }

    fn defects(&self, visitor: &Visitor) -> Figure {
        let messages = visitor.messages;
        let ranked: Vec<Row> = rows(&self.defects.table)
            .take(RANKED)
            .map(|row| {
                let (name, count) = (messages.of(&row.words("name")).to_owned(), row.integer("defects"));
                let so_far = row.percent("cumulative_share").unwrap_or(0);
                let says = messages.with("board.lacked", &[("document", &name), ("count", &count), ("share", &so_far)]);
                let value = messages.with("board.so_far", &[("count", &count), ("share", &so_far)]);
                Row { name, count, value, link: Link { address: self.report("defects"), says } }
            })
            .collect();
        let title = messages.t("board.defects").to_owned();
        let all: i64 = rows(&self.defects.table).map(|row| row.integer("defects")).sum();
        let side = Link { address: self.report("defects"), says: messages.fill("board.lacking", "count", all) };
        let lines = rows(&self.defects.table).map(|row| {
            let share = row.percent("cumulative_share").unwrap_or(0);
            (messages.of(&row.words("name")).to_owned(), vec![row.integer("defects").to_string(), format!("{share}%")])
        });
        let heads = [messages.t("board.document"), messages.t("board.count"), messages.t("board.cumulative")];
        let table = Table::of_numbers(title.clone(), &heads, lines);
        Figure { svg: ranking(&title, &ranked), title, side, table, is_empty: ranked.is_empty() }
    }
}

/// `6/12`, where there is little room.
fn short(date: NaiveDate) -> String {
    format!("{}/{}", date.month(), date.day())
}
