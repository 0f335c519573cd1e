//! The import of a year: its days come as a file or are pasted, what that moves is shown, and then it is put in force.
//!
//! Guarantee: what is put in force is what was shown. The second form carries the first, and the edition of the year that was seen
//! with it: who was quicker is not overwritten. A file's text stands in the form from then on, to be looked at and corrected.

use actix_web::http::StatusCode;
use actix_web::web::{Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use chrono::Datelike;
use serde::Deserialize;

use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::dates::Dates;
use crate::console::page::forms::choice::Choice;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::labels::Labels;
use crate::console::page::forms::upload::Upload;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::domain::calendar::working_days::Notice;
use crate::formats::calendar::{CalendarFormat, ImportedYear, MOST_BYTES, read, text};
use crate::http::problem::{Problem, kinds};
use crate::service::calendar::change::{ImportOutcome, Move, RequiredKinds, SeenYear};

/// The labels of its fields.
const LABELS: Labels = &[
    ("/year", "calendar.year"),
    ("/notices", "calendar.notice"),
    ("/days", "calendar.days"),
    ("/file", "calendar.file"),
];
/// How many moves are listed; the rest is counted.
const MOST_MOVES: usize = 50;

/// The fields as they were typed.
struct ImportForm {
    year: String,
    formats: Vec<Choice>,
    address: String,
    source: String,
    note: String,
    amendment: bool,
    incomplete: bool,
    days: String,
}

/// A case whose due date moves.
struct MoveLine {
    number: String,
    outlet: String,
    before: String,
    after: String,
}

/// What the import would do.
struct Preview {
    /// The edition of the year that it replaces; 0: none.
    seen: i64,
    changed: bool,
    title: String,
    about: String,
    more: usize,
    moves: Vec<MoveLine>,
    ignored: usize,
}

#[derive(Template)]
#[template(path = "calendar/import.html", config = "src/console/askama.toml")]
struct ImportPage {
    layout: Layout,
    form: ImportForm,
    preview: Option<Preview>,
    faults: Vec<String>,
}

impl ImportPage {
    fn of(visitor: &Visitor, fields: &Typed) -> Self {
        let layout = Layout::of(visitor, visitor.messages.t("calendar.import").to_owned(), Place::Calendar);
        let text = |name: &str| fields.text(name).to_owned();
        let format = |format: &str, key: &str| Choice {
            code: format.to_owned(),
            name: visitor.messages.t(key).to_owned(),
            is_on: fields.text("format") == format,
        };
        let form = ImportForm {
            year: text("year"),
            formats: vec![
                format("csv", "calendar.csv"),
                format("toml", "calendar.toml"),
                format("ics", "calendar.ics"),
            ],
            address: text("address"),
            source: text("source"),
            note: text("note"),
            amendment: fields.has("amendment"),
            incomplete: fields.has("incomplete"),
            days: text("days"),
        };
        Self { layout, form, preview: None, faults: Vec::new() }
    }
}

/// Which year is offered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ImportQuery {
    year: Option<i32>,
}

/// The form.
#[get("/calendar/import")]
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<ImportQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_import(&visitor.caller)?;
    let mut page = ImportPage::of(&visitor, &Typed::default());
    page.form.year = query.year.unwrap_or(visitor.dates().today().year() + 1).to_string();
    Ok(Page(page))
}

/// Says what the year would move, and changes nothing.
#[post("/calendar/import")]
pub(in crate::console) async fn look(
    visitor: Visitor,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    visitor.service.may_import(&visitor.caller)?;
    let (fields, faults) = written(Upload::read(&visitor, &request, payload, MOST_BYTES).await?);
    let mut page = ImportPage::of(&visitor, &fields);
    match if faults.is_empty() { previewed(&visitor, &fields).await } else { Err(refusal(faults)) } {
        Ok(preview) => page.preview = Some(preview),
        Err(refused) => page.faults = visitor.told_by_field(refused, LABELS)?,
    }
    let status = if page.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(rendered(status, &page))
}

/// Puts the year in force that was shown.
#[post("/calendar/import/confirm")]
pub(in crate::console) async fn confirm(
    visitor: Visitor,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    visitor.service.may_import(&visitor.caller)?;
    let (fields, _) = written(Upload::read(&visitor, &request, payload, MOST_BYTES).await?);
    match confirmed(&visitor, &fields).await {
        Ok((year, outcome)) => Ok(see(&format!("/console/calendar?year={year}&moved={}", outcome.moves.len()))),
        Err(refused) => {
            let faults = visitor.told_by_field(refused, LABELS)?;
            let page = ImportPage { faults, ..ImportPage::of(&visitor, &fields) };
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// The fields with the text of the file that was chosen, in the format that its name says; and what is wrong with the file.
fn written(upload: Upload) -> (Typed, Vec<Fault>) {
    let (mut fields, mut faults) = (upload.typed, upload.faults);
    let Some(file) = upload.file else { return (fields, faults) };
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
    if let Some(format) = CalendarFormat::from_code(&ending) {
        fields.set("format", format.code());
    }
    match text(&file.content) {
        Ok(text) => fields.set("days", &text),
        Err(fault) => faults.push(Fault { pointer: "/file".to_owned(), ..fault.in_request() }),
    }
    (fields, faults)
}

fn refusal(faults: Vec<Fault>) -> Problem {
    Problem::of(&kinds::INVALID_REQUEST).faults(faults)
}

async fn previewed(visitor: &Visitor, fields: &Typed) -> Result<Preview, Problem> {
    let (service, caller) = (&visitor.service, &visitor.caller);
    let imported = imported(visitor, fields).await?;
    let year = imported.year.year();
    let known = service.calendar_year(caller, year).await?;
    let seen = known.map_or(0, |kept| kept.edition);
    let (days, required) = (imported.year.days().count(), required(&imported, fields));
    let ignored = &imported.ignored;
    let ignored = ignored.other_years.values().sum::<usize>() + ignored.cancelled.len() + ignored.observances.len();
    let outcome = service.import_year(caller, imported.year, required, expected(seen), true).await?;
    let dates = visitor.dates();
    let moves = outcome.moves.iter().take(MOST_MOVES).map(|moved| line(visitor, &dates, moved)).collect();
    let (moved, sure) = (outcome.moves.len(), outcome.becoming_sure());
    let more = moved.saturating_sub(MOST_MOVES);
    let title = match moved {
        0 => visitor.messages.fill("calendar.moves_none", "year", year),
        moved => visitor.messages.with("calendar.moves", &[("year", &year), ("moved", &moved)]),
    };
    let about = visitor.messages.with("calendar.moves_about", &[("days", &days), ("sure", &sure)]);
    Ok(Preview { seen, changed: outcome.changed, title, about, more, moves, ignored })
}

async fn confirmed(visitor: &Visitor, fields: &Typed) -> Result<(i32, ImportOutcome), Problem> {
    let imported = imported(visitor, fields).await?;
    let (year, required) = (imported.year.year(), required(&imported, fields));
    let seen = expected(fields.version());
    Ok((year, visitor.service.import_year(&visitor.caller, imported.year, required, seen, false).await?))
}

/// The year as the form has it.
async fn imported(visitor: &Visitor, fields: &Typed) -> Result<ImportedYear, Problem> {
    let year = fields.text("year").trim().parse().map_err(|_| {
        let words = Words::new("须为年份，如 2027", "a year, such as 2027");
        refusal(vec![Fault::new("/year", "invalid_value", words)])
    })?;
    let format = CalendarFormat::from_code(fields.text("format")).unwrap_or(CalendarFormat::Csv);
    let notice = Notice {
        address: fields.given("address"),
        source: fields.given("source"),
        amendment: fields.has("amendment"),
        note: fields.given("note"),
    };
    let notices = match format {
        // Such a file names its notices itself.
        CalendarFormat::Toml => Vec::new(),
        _ => visitor.service.notices_to_import(&visitor.caller, year, notice).await?,
    };
    let read = read(format, year, fields.text("days").as_bytes(), notices);
    read.map_err(|faults| refusal(faults.iter().map(|fault| fault.in_request()).collect()))
}

fn required(imported: &ImportedYear, fields: &Typed) -> RequiredKinds {
    if imported.allow_incomplete || fields.has("incomplete") { RequiredKinds::Any } else { RequiredKinds::Both }
}

fn expected(seen: i64) -> SeenYear {
    if seen == 0 { SeenYear::Nothing } else { SeenYear::Edition(seen) }
}

fn line(visitor: &Visitor, dates: &Dates, moved: &Move) -> MoveLine {
    MoveLine {
        number: moved.acceptance_number.clone(),
        outlet: visitor.outlet_name(Some(&moved.outlet)),
        before: dates.moment(moved.before.limit.at),
        after: dates.moment(moved.after.limit.at),
    }
}
