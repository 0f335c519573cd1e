//! A year of the calendar, and which years have a notice.

use actix_web::web::Query;
use askama::Template;
use chrono::Datelike;
use serde::Deserialize;

use super::grid::{MonthGrid, Stretch, months, stretches, weekdays};
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::calendar::working_days::Calendar;
use crate::http::problem::{Problem, kinds};
use crate::service::calendar::calendars::{KeptYear, YearSource};

/// A notice that orders the year.
struct NoticeLine {
    text: String,
    address: Option<String>,
    note: String,
}

#[derive(Template)]
#[template(path = "calendar/year.html", config = "src/console/askama.toml")]
struct YearPage {
    layout: Layout,
    year: i32,
    /// Those that have a notice, and this one.
    years: Vec<i32>,
    warning: Option<String>,
    may_import: bool,
    weekdays: [&'static str; 7],
    months: Vec<MonthGrid>,
    stretches: Vec<Stretch>,
    notices: Vec<NoticeLine>,
    recorded: Option<String>,
}

/// Which year; and whether it was just put in force.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct YearQuery {
    year: Option<i32>,
    moved: Option<usize>,
}

/// The year, this one where none is asked for.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<YearQuery>,
) -> Result<Page<impl Template>, Problem> {
    let (_, kept) = visitor.service.calendar_years(&visitor.caller).await?;
    let year = query.year.unwrap_or(visitor.dates().today().year());
    if !(1949..=9999).contains(&year) {
        return Err(Problem::of(&kinds::NOT_FOUND));
    }
    let mut page = YearPage::of(&visitor, year, &kept);
    let saved = |moved| visitor.messages.with("calendar.saved", &[("year", &year), ("moved", &moved)]);
    page.layout.saved = query.moved.map(saved);
    Ok(Page(page))
}

impl YearPage {
    fn of(visitor: &Visitor, year: i32, kept: &[KeptYear]) -> Self {
        let (service, messages, dates) = (&visitor.service, visitor.messages, visitor.dates());
        let (calendar, of_year) = (calendar(kept), kept.iter().find(|kept| kept.year.year() == year));
        let mut years: Vec<i32> = kept.iter().map(|kept| kept.year.year()).chain([year]).collect();
        years.sort_unstable();
        years.dedup();
        Self {
            layout: Layout::of(visitor, messages.t("place.calendar").to_owned(), Place::Calendar),
            year,
            years,
            warning: service.calendar_warning(service.now()).map(|words| messages.of(&words).to_owned()),
            may_import: service.may_import(&visitor.caller).is_ok(),
            weekdays: weekdays(messages.0),
            months: months(&calendar, year, &dates),
            stretches: stretches(&calendar, year, &dates),
            notices: of_year.map(notices).unwrap_or_default(),
            recorded: of_year.map(|kept| recorded(visitor, kept)),
        }
    }
}

fn calendar(kept: &[KeptYear]) -> Calendar {
    kept.iter().map(|kept| kept.year.clone()).collect::<Vec<_>>().into()
}

fn notices(kept: &KeptYear) -> Vec<NoticeLine> {
    let line = |notice: &crate::domain::calendar::working_days::Notice| NoticeLine {
        text: notice.reference().unwrap_or_default().to_owned(),
        address: notice.address.clone(),
        note: notice.note.clone().unwrap_or_default(),
    };
    kept.year.notices().iter().map(line).collect()
}

fn recorded(visitor: &Visitor, kept: &KeptYear) -> String {
    let at = visitor.dates().moment(kept.recorded_at);
    match kept.source {
        YearSource::Files => visitor.messages.fill("calendar.from_files", "at", at),
        YearSource::Import => {
            visitor.messages.with("calendar.imported", &[("at", &at), ("who", &kept.recorded_by_name)])
        }
    }
}
