//! The import of a year: its days come as a file or are pasted, what that moves is shown, and then it is put in force.
//!
//! Guarantee: what is put in force is what was shown. The second form carries the first, and the edition of the year that was seen
//! with it: who was quicker is not overwritten. A file's text stands in the form from then on, to be looked at and corrected.

use actix_web::http::StatusCode;
use actix_web::web::{Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::Datelike;
use serde::Deserialize;

use crate::console::page::address::address;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::dates::Dates;
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::told::Told;
use crate::console::page::forms::upload::Upload;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::domain::calendar::faults::{ALLOW_EN, ALLOW_ZH};
use crate::domain::calendar::working_days::Notice;
use crate::formats::calendar::{CalendarFormat, ImportedYear, MOST_BYTES, read, text};
use crate::http::problem::{Problem, kinds};
use crate::service::calendar::change::{ImportOutcome, Move, RequiredKinds, SeenYear};

/// How many moves are listed; the rest is counted.
const MOST_MOVES: usize = 50;

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
    year: String,
    fields: Vec<Field>,
    preview: Option<Preview>,
    told: Vec<Told>,
}

impl ImportPage {
    fn of(visitor: &Visitor, typed: &Typed) -> Self {
        let text = |key: &str| visitor.messages.t(key).to_owned();
        let line = |name: &str, label: &str| Field::text(name, &text(label), typed);
        let formats = [("csv", "calendar.csv"), ("toml", "calendar.toml"), ("ics", "calendar.ics")];
        let formats = formats.map(|(code, key)| (code.to_owned(), text(key))).into();
        // A file takes their place, and a notice has an address or a name: none of the three is required by itself.
        let days = line("days", "calendar.days").control(Control::Lines);
        let next = (visitor.dates().today().year() + 1).to_string();
        let year = line("year", "calendar.year").required().holding(next);
        Self {
            layout: Layout::of(visitor, text("calendar.import"), Place::Calendar),
            year: year.value.clone(),
            fields: vec![
                year,
                Field::choice(Control::Select, "format", &text("calendar.format"), typed, formats),
                line("address", "calendar.address")
                    .known_as(&["notices", "notices/0/address"])
                    .hint(text("calendar.address_about")),
                line("source", "calendar.source").known_as(&["notices/0/source"]),
                line("note", "calendar.note").known_as(&["notices/0/note"]),
                days.hint(text("calendar.days_about")),
                Field::tick("amendment", &text("calendar.amendment"), typed),
                Field::tick("incomplete", &text("calendar.incomplete"), typed),
            ],
            preview: None,
            told: Vec::new(),
        }
    }

    fn again(mut self, visitor: &Visitor, refused: Problem) -> Result<HttpResponse, Problem> {
        self.told = visitor.told(refused, &mut self.fields)?;
        let tick = visitor.messages.fill("calendar.tick", "field", visitor.messages.t("calendar.incomplete"));
        let by_page = |text: &str| text.replace(ALLOW_ZH, &tick).replace(ALLOW_EN, &tick);
        self.told.iter_mut().for_each(|told| told.text = by_page(&told.text));
        self.fields.iter_mut().for_each(|field| field.fault = field.fault.as_deref().map(by_page));
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &self))
    }
}

/// Which year is offered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct ImportQuery {
    year: Option<i32>,
}

/// The form.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<ImportQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_import(&visitor.caller)?;
    let mut typed = Typed::default();
    if let Some(year) = query.year {
        typed.fill("year", &year.to_string());
    }
    Ok(Page(ImportPage::of(&visitor, &typed)))
}

/// Says what the year would move, and changes nothing.
pub(in crate::console) async fn look(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (visitor, upload) = Upload::read(&request, payload, MOST_BYTES, may).await?;
    let (typed, mut faults) = written(upload);
    if faults.is_empty() {
        faults = left_out(&typed);
    }
    let page = ImportPage::of(&visitor, &typed);
    match if faults.is_empty() { previewed(&visitor, &typed).await } else { Err(refusal(faults)) } {
        Ok(preview) => Ok(rendered(StatusCode::OK, &ImportPage { preview: Some(preview), ..page })),
        Err(refused) => page.again(&visitor, refused),
    }
}

/// Puts the year in force that was shown.
pub(in crate::console) async fn confirm(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (visitor, upload) = Upload::read(&request, payload, MOST_BYTES, may).await?;
    let (typed, _) = written(upload);
    match confirmed(&visitor, &typed).await {
        Ok((year, outcome)) => {
            let asked = [("year", year.to_string()), ("moved", outcome.moves.len().to_string())];
            Ok(see(&address("/console/calendar", &asked)))
        }
        Err(refused) => ImportPage::of(&visitor, &typed).again(&visitor, refused),
    }
}

/// Refuses whoever imports no calendar.
fn may(visitor: &Visitor) -> Result<(), Problem> {
    Ok(visitor.service.may_import(&visitor.caller)?)
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

/// What was left out of which one or the other is needed: the days as a file or as text; of their notice the address or the name, which
/// a file of the program's own form says itself.
fn left_out(fields: &Typed) -> Vec<Fault> {
    let is_own = CalendarFormat::from_code(fields.text("format")) == Some(CalendarFormat::Toml);
    let is_blank = |name: &str| fields.text(name).trim().is_empty();
    let days = is_blank("days").then(|| {
        let words = Words::new("请选择文件，或粘贴各日安排", "choose a file, or paste the days");
        Fault::new("/days", "invalid_value", words)
    });
    let notice = (!is_own && is_blank("address") && is_blank("source")).then(|| {
        let words = Words::new(
            "请填写通知的网址；没有网址的，填写通知名称",
            "give the address of the notice, or else its name",
        );
        Fault::new("/address", "notice_without_source", words)
    });
    days.into_iter().chain(notice).collect()
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
        before: dates.cell(moved.before.limit.at),
        after: dates.cell(moved.after.limit.at),
    }
}
