//! Reads the project's own format, as under `config/calendar`:
//! ```toml
//! year = 2026
//! notices = [{ address = "https://…", amendment = true, note = "…" }] # `source` where there is no address
//! days = [{ date = 2026-01-01, kind = "holiday", name = "元旦" }]       # or "make_up_workday"
//! [names]                                                             # English of names that aren't yearly ones
//! "…" = "…"
//! ```
//! `allow_incomplete = true` says that a year without holidays or without make-up working days is whole.
//! `[[notices]]` and `[[days]]` mean the same. A day may carry its own English name, `name_en`.

use chrono::NaiveDate;
use toml::de::{DeTable, DeValue};

use super::fault::FileFault;
use super::imported_year::{Ignored, ImportedYear, checked, day_of};
use super::text::{self, Lines};
use super::toml_fields::Fields;
use crate::domain::base::words::Words;
use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{
    CalendarDay, CalendarYear, CalendarYearDraft, DayKind, Notice, holiday_name,
};

/// What [`read_toml`] found.
#[derive(Debug)]
pub struct TomlYear {
    /// The year that the text names, with its line, even where something else is wrong.
    pub named: Option<(usize, i32)>,
    /// The checked year, or every fault in the order of lines.
    pub year: Result<CalendarYear, Vec<FileFault>>,
    /// The text says that the year is whole although it lacks holidays or make-up working days.
    pub allow_incomplete: bool,
}

/// Reads a year in the project's own format. Where the text names no readable year its days are held against
/// `expected_year`, so that their faults show all the same. `notices` are added to those in the text, which may then
/// have none.
pub fn read_toml(text: &str, expected_year: Option<i32>, notices: Vec<Notice>) -> TomlYear {
    let lines = Lines::of(text.as_bytes());
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What could be read of a broken document would only give more faults that aren't there.
        let faults = errors.iter().map(|error| {
            let message = error.message();
            let line = error.span().map(|span| lines.at(span.start));
            FileFault {
                // The parser has no Chinese; the line says where to look.
                line,
                code: "toml_invalid",
                words: Words::new("此处不符合TOML语法", message),
            }
        });
        return TomlYear { named: None, year: Err(faults.collect()), allow_incomplete: false };
    }
    let mut faults = Vec::new();
    let mut fields = Fields::new(&lines, document.span(), document.get_ref(), &mut faults);
    let year = fields.required("year", ("年份，例如2026", "a year such as 2026"), |value| {
        let given = value.as_integer()?;
        i32::from_str_radix(given.as_str(), given.radix()).ok()
    });
    let named = year.map(|year| (fields.line_of("year"), year));
    let allow_incomplete = fields.optional("allow_incomplete", ("true或false", "true or false"), DeValue::as_bool);
    let allow_incomplete = allow_incomplete.unwrap_or_default();
    let found_notices = notices_of(&mut fields, notices.is_empty());
    let names = fields.names();
    let found_days = fields.tables("days", |fields| day_in(fields, &names)).unwrap_or_default();
    fields.refuse_unknown();

    let mut day_lines = Vec::new();
    let mut days = Vec::new();
    for (line, day) in found_days {
        let Some((date, kind, name)) = day else { continue };
        let name = name.unwrap_or_else(|chinese| {
            faults.push(FileFault::at(
                line,
                "name_without_english",
                format!("“{chinese}”缺少英文名称，请在[names]中补充"),
                format!("\"{chinese}\" has no English name: add it to [names]"),
            ));
            Words::new(&chinese, &chinese)
        });
        day_lines.push(line);
        days.push(CalendarDay { date, kind, name });
    }
    let notices_expected = found_notices.is_some();
    let found_notices = found_notices.unwrap_or_default();
    let of_notice = |notice: usize| found_notices.get(notice).map(|found| found.line);
    // Without any year the days can't be held against one.
    let Some(year) = year.or(expected_year) else {
        faults.sort();
        return TomlYear { named, year: Err(faults), allow_incomplete };
    };
    let in_text = found_notices.iter().map(|found| found.notice.clone());
    let mut all_notices: Vec<Notice> = in_text.collect();
    for notice in notices {
        if !all_notices.contains(&notice) {
            all_notices.push(notice);
        }
    }
    let draft = CalendarYearDraft { year, notices: all_notices, days };
    for fault in draft.faults() {
        let line = match &fault {
            CalendarFault::YearOutOfRange { .. } => named.map(|(line, _)| line),
            // Already said.
            CalendarFault::NoNotice if !notices_expected => continue,
            CalendarFault::NoSource { notice } if found_notices.get(*notice).is_some_and(|found| found.misread) => {
                continue;
            }
            CalendarFault::NoNotice => None,
            CalendarFault::NoSource { notice } | CalendarFault::BadAddress { notice } => of_notice(*notice),
            of_day => day_of(of_day).and_then(|day| day_lines.get(day)).copied(),
        };
        let found = fault.in_request();
        faults.push(FileFault { line, code: found.code, words: found.words });
    }
    TomlYear { named, year: checked(draft, faults), allow_incomplete }
}

/// An import: the year in the file must be the one asked for.
pub(super) fn import(year: i32, bytes: &[u8], notices: Vec<Notice>) -> Result<ImportedYear, Vec<FileFault>> {
    let text = text::utf8(bytes).map_err(|fault| vec![fault])?;
    let read = read_toml(text, Some(year), notices);
    let other = read.named.filter(|(_, named)| *named != year).map(|(line, named)| {
        FileFault::at(
            line,
            "other_year",
            format!("文件为{named}年，而不是{year}年"),
            format!("the file is of {named}, not of {year}"),
        )
    });
    match (read.year, other) {
        (Ok(year), None) => {
            let allow_incomplete = read.allow_incomplete;
            Ok(ImportedYear { year, ignored: Ignored::default(), allow_incomplete })
        }
        (found, other) => {
            let mut faults = found.err().unwrap_or_default();
            faults.extend(other);
            faults.sort();
            Err(faults)
        }
    }
}

struct FoundNotice {
    line: usize,
    notice: Notice,
    /// Whether a fault about its fields is noted already.
    misread: bool,
}

/// The notices in the text; none once it is noted that they are missing.
fn notices_of(fields: &mut Fields<'_, '_>, required: bool) -> Option<Vec<FoundNotice>> {
    if !required && !fields.contains("notices") {
        fields.may_lack("notices");
        return Some(Vec::new());
    }
    let found = fields.tables("notices", |fields| {
        let faults_before = fields.faults_noted();
        let notice = Notice {
            address: fields.optional_text("address"),
            source: fields.optional_text("source"),
            amendment: fields
                .optional("amendment", ("true或false", "true or false"), DeValue::as_bool)
                .unwrap_or_default(),
            note: fields.optional_text("note"),
        };
        (notice, fields.faults_noted() > faults_before)
    })?;
    Some(found.into_iter().map(|(line, (notice, misread))| FoundNotice { line, notice, misread }).collect())
}

/// One day; its Chinese name alone where there is no English one, so that its other faults are found too.
fn day_in(
    fields: &mut Fields<'_, '_>,
    names: &[(String, String)],
) -> Option<(NaiveDate, DayKind, Result<Words, String>)> {
    let date = fields.required("date", ("日期，例如2026-01-01", "a date such as 2026-01-01"), date_of);
    let kinds = ("“holiday”或“make_up_workday”", "\"holiday\" or \"make_up_workday\"");
    let kind = fields.required("kind", kinds, kind_of);
    let chinese = fields.required("name", ("节日的中文名称", "a holiday's Chinese name"), |value| {
        value.as_str().map(str::to_owned)
    });
    let english = fields.optional_text("name_en");
    let chinese = chinese?;
    let own = || names.iter().find(|(zh, _)| *zh == chinese).map(|(zh, en)| Words::new(zh, en));
    let name = english.map(|english| Words::new(&chinese, english)).or_else(own).or_else(|| holiday_name(&chinese));
    Some((date?, kind?, name.ok_or(chinese)))
}

fn date_of(value: &DeValue<'_>) -> Option<NaiveDate> {
    let given = value.as_datetime().filter(|given| given.time.is_none() && given.offset.is_none())?;
    let date = given.date?;
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

fn kind_of(value: &DeValue<'_>) -> Option<DayKind> {
    DayKind::from_code(value.as_str()?)
}
