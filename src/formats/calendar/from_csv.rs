//! Reads a year from a table of days: columns `date`, `kind`, `name` and, for names that aren't yearly ones, `name_en`,
//! in any order, with a header in English or Chinese.
//!
//! Dates may be as spreadsheet programs in China change them when they save: `2026/1/1`, `2026年1月1日`. The year always
//! comes first, so that day and month can't be mistaken for each other.

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};

use super::day_name;
use super::fault::FileFault;
use super::imported_year::{FoundDays, Ignored, ImportedYear, too_many_days};
use super::text::{self, Lines};
use crate::domain::base::text::{cell, is_invisible};
use crate::domain::base::words::Words;
use crate::domain::calendar::working_days::{CalendarDay, DayKind, MOST_DAYS, Notice};

pub(super) fn import(year: i32, bytes: &[u8], notices: Vec<Notice>) -> Result<ImportedYear, Vec<FileFault>> {
    let text = text::spreadsheet(bytes).map_err(|fault| vec![fault])?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = Lines::of(text.as_bytes());
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(text)).from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    let mut found = FoundDays::default();
    let mut faults = Vec::new();
    let mut rows = 0_usize;
    for record in reader.records() {
        let record = record.map_err(|error| vec![unreadable(&error)])?;
        let line = line_of(&record, text, &lines);
        if record.iter().all(|field| field.chars().all(is_blank)) {
            continue; // Spreadsheet programs leave such rows behind.
        }
        match &columns {
            None => columns = Some(Columns::of(line, &record)?),
            Some(_) if rows == MOST_DAYS => {
                faults.push(too_many_days(line));
                break;
            }
            Some(columns) => {
                rows += 1;
                if let Some(day) = columns.day(line, &record, &mut faults) {
                    found.push(line, day);
                }
            }
        }
    }
    if columns.is_none() {
        faults.extend(missing_columns(1, &Column::REQUIRED));
    }
    let year = found.into_year(year, notices, faults)?;
    Ok(ImportedYear { year, ignored: Ignored::default(), allow_incomplete: false })
}

/// What stands between the cells: Excel writes "Unicode text" with tabs.
fn delimiter(text: &str) -> u8 {
    let header = text.split(['\r', '\n']).find(|line| !line.chars().all(is_blank)).unwrap_or_default();
    if header.contains('\t') && !header.contains(',') { b'\t' } else { b',' }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// The line that a record begins in: the reader's own position lies before the blank lines that it skipped.
fn line_of(record: &StringRecord, text: &str, lines: &Lines) -> usize {
    let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    lines.at(start + blank)
}

fn unreadable(error: &csv::Error) -> FileFault {
    FileFault::of_file("csv_invalid", "CSV格式有误", format!("not readable as CSV: {error}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Kind,
    Name,
    NameEn,
}

impl Column {
    const REQUIRED: [Self; 3] = [Self::Date, Self::Kind, Self::Name];

    fn from_header(header: &str) -> Option<Self> {
        match cell(header).to_lowercase().as_str() {
            "date" | "日期" => Some(Self::Date),
            "kind" | "类型" => Some(Self::Kind),
            "name" | "名称" | "节日" => Some(Self::Name),
            "name_en" | "英文名称" => Some(Self::NameEn),
            _ => None,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Kind => "kind",
            Self::Name => "name",
            Self::NameEn => "name_en",
        }
    }
}

/// Which column is where.
struct Columns(Vec<Column>);

impl Columns {
    /// From the first row that says anything.
    fn of(line: usize, header: &StringRecord) -> Result<Self, Vec<FileFault>> {
        let mut faults = Vec::new();
        let mut columns = Vec::new();
        // Spreadsheet programs also leave empty columns behind, at the end.
        let says_something = |at: &usize| header.get(*at).is_some_and(|field| !field.chars().all(is_blank));
        let width = (0..header.len()).rev().find(says_something).map_or(0, |last| last + 1);
        for name in header.iter().take(width) {
            match Column::from_header(name) {
                Some(column) if columns.contains(&column) => faults.push(FileFault::at(
                    line,
                    "duplicate_column",
                    format!("列“{}”重复", column.code()),
                    format!("the column {} is there twice", column.code()),
                )),
                Some(column) => columns.push(column),
                None => faults.push(FileFault::at(
                    line,
                    "unknown_column",
                    format!("未知的列“{name}”，应为以下之一：date、kind、name、name_en"),
                    format!("unknown column \"{name}\", expected one of: date, kind, name, name_en"),
                )),
            }
        }
        let missing: Vec<Column> = Column::REQUIRED.into_iter().filter(|column| !columns.contains(column)).collect();
        faults.extend(missing_columns(line, &missing));
        faults.sort();
        if faults.is_empty() { Ok(Self(columns)) } else { Err(faults) }
    }

    /// A row's day; `None` once it is noted what is wrong with it.
    fn day(&self, line: usize, record: &StringRecord, faults: &mut Vec<FileFault>) -> Option<CalendarDay> {
        if record.iter().skip(self.0.len()).any(|field| !field.chars().all(is_blank)) {
            let (found, expected) = (record.len(), self.0.len());
            faults.push(FileFault::at(
                line,
                "too_many_fields",
                format!("该行有{found}列，表头只有{expected}列"),
                format!("the row has {found} fields, the header {expected}"),
            ));
        }
        let field = |column| {
            let position = self.0.iter().position(|at| *at == column)?;
            let visible =
                record.get(position)?.chars().filter(|c| !is_invisible(*c)).collect::<String>().trim().to_owned();
            Some(visible).filter(|field| !field.is_empty())
        };
        let mut required = |column: Column| {
            let found = field(column);
            if found.is_none() {
                let code = column.code();
                let (zh, en) = (format!("{code}为空"), format!("{code} is empty"));
                faults.push(FileFault::at(line, "missing_field", zh, en));
            }
            found
        };
        let (date, kind, chinese) = (required(Column::Date), required(Column::Kind), required(Column::Name));
        let date = date.and_then(|given| {
            let invalid = || {
                let zh = format!("“{given}”不是日期，应为2026-01-01或2026/1/1这样的形式");
                FileFault::at(line, "bad_time", zh, format!("\"{given}\" is no date such as 2026-01-01 or 2026/1/1"))
            };
            noted(date_of(&given).ok_or_else(invalid), faults)
        });
        let kind = kind.and_then(|given| {
            let invalid = || {
                let zh = format!("“{given}”不是类型，应为holiday（休）或make_up_workday（班）");
                let en = format!("\"{given}\" is no kind, expected holiday (休) or make_up_workday (班)");
                FileFault::at(line, "kind_unknown", zh, en)
            };
            noted(kind_of(&given).ok_or_else(invalid), faults)
        });
        let name = chinese.and_then(|chinese| {
            let own = field(Column::NameEn).map(|english| Words::new(&chinese, english));
            let unknown = || {
                FileFault::at(
                    line,
                    "name_without_english",
                    format!("“{chinese}”缺少英文名称，请在name_en列中填写"),
                    format!("\"{chinese}\" has no English name: give it in the column name_en"),
                )
            };
            noted(own.or_else(|| day_name::known(&chinese)).ok_or_else(unknown), faults)
        });
        // Without a name the day is kept, so that its other faults are found too.
        Some(CalendarDay { date: date?, kind: kind?, name: name.unwrap_or_else(|| Words::new("？", "?")) })
    }
}

fn missing_columns(line: usize, missing: &[Column]) -> Vec<FileFault> {
    let fault = |column: &Column| {
        let code = column.code();
        let zh = format!("缺少列“{code}”，表头应为date,kind,name");
        FileFault::at(line, "missing_column", zh, format!("the column {code} is missing, expected date,kind,name"))
    };
    missing.iter().map(fault).collect()
}

fn noted<T>(result: Result<T, FileFault>, faults: &mut Vec<FileFault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

/// A date with its year first: `2026-01-01`, `2026/1/1`, `2026.1.1`, `2026年1月1日`, `20260101`; midnight, which spreadsheet
/// programs add, may follow.
fn date_of(given: &str) -> Option<NaiveDate> {
    const MIDNIGHT: [&str; 6] = ["0:00", "00:00", "0:00:00", "00:00:00", "00:00:00.0", "00:00:00.000"];
    let plain = cell(given);
    let given = match plain.split_once([' ', 'T']) {
        Some((day, time)) if MIDNIGHT.contains(&time.trim()) => day,
        Some(_) => return None,
        None => &plain,
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if given.len() == 8 && is_number(given) {
        vec![given.get(..4)?, given.get(4..6)?, given.get(6..)?]
    } else if let Some(chinese) = given.strip_suffix('日') {
        let (year, rest) = chinese.split_once('年')?;
        let (month, day) = rest.split_once('月')?;
        vec![year, month, day]
    } else {
        let separator = ['-', '/', '.'].into_iter().find(|separator| given.contains(*separator))?;
        given.split(separator).collect()
    };
    match parts[..] {
        [year, month, day]
            if year.len() == 4 && month.len() <= 2 && day.len() <= 2 && parts.iter().all(|part| is_number(part)) =>
        {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => None,
    }
}

fn kind_of(given: &str) -> Option<DayKind> {
    match cell(given).to_lowercase().as_str() {
        "holiday" | "休" | "放假" => Some(DayKind::Holiday),
        "make_up_workday" | "make-up-workday" | "班" | "上班" | "补班" | "调休上班" => {
            Some(DayKind::MakeUpWorkday)
        }
        _ => None,
    }
}
