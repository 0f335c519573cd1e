//! Tables as XLSX (ECMA-376): numbers and dates are real ones with formats, texts are texts, nothing is a formula.

use chrono::{DateTime, Datelike, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use rust_xlsxwriter::{DocProperties, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::shown::{decimal, heading, local, shown};
use crate::domain::base::table::{Cell, Table};
use crate::domain::base::words::Language;

/// Rows of a sheet, its header included.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// UTF-16 units in a cell.
const LONGEST_TEXT: usize = 32_767;
/// Spreadsheet programs keep 15 digits of a number.
const LARGEST_EXACT: u64 = 999_999_999_999_999;
/// Rows that column widths are measured on.
const MEASURED_ROWS: usize = 1_000;

/// Why a table can't be a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A sheet ends at 1,048,576 rows and 16,384 columns.
    #[error("{rows} rows of {columns} columns are more than a spreadsheet holds")]
    TooLarge {
        /// Rows of the table.
        rows: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// What the writer of the file says.
    #[error("the spreadsheet can't be written: {0}")]
    Unwritable(String),
}

impl From<XlsxError> for TableError {
    fn from(error: XlsxError) -> Self {
        Self::Unwritable(error.to_string())
    }
}

/// The table as a workbook of one sheet: header bold and frozen, with a filter on every column.
///
/// `created` stands in the file's properties; the same table, language, zone and instant give the same bytes. Numbers that
/// a spreadsheet program would round and dates before 1900 are texts; a text is cut at the 32,767 units that a cell holds.
///
/// # Errors
/// When it has too many rows or columns.
pub fn to_xlsx(table: &Table, language: Language, zone: Tz, created: DateTime<Utc>) -> Result<Vec<u8>, TableError> {
    let (rows, columns) = (table.rows.len(), table.columns.len());
    if rows >= MOST_ROWS || columns > MOST_COLUMNS {
        return Err(TableError::TooLarge { rows, columns });
    }
    let mut workbook = Workbook::new();
    let title = table.title.text(language);
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(title))?;
    let formats = Formats::new();
    for (at, column) in (0_u16..).zip(&table.columns) {
        let heading = heading(column, language);
        let cells = table.rows.iter().take(MEASURED_ROWS).filter_map(|row| row.get(usize::from(at)));
        let widest = cells.map(|cell| width(&shown(cell, language, zone))).max().unwrap_or_default();
        // The filter's button takes the room of about three letters.
        sheet.set_column_width(at, f64::from(widest.max(width(&heading).saturating_add(3)).clamp(8, 60)) + 1.0)?;
        sheet.write_string_with_format(0, at, cut(&heading), &formats.header)?;
    }
    for (row, cells) in (1_u32..).zip(&table.rows) {
        for (at, cell) in (0_u16..).zip(cells.iter().take(columns)) {
            write(sheet, (row, at), cell, &formats, (language, zone))?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Ok(last_row), Some(last_column)) = (u32::try_from(rows), columns.checked_sub(1)) {
        sheet.autofilter(0, 0, last_row, u16::try_from(last_column).unwrap_or(u16::MAX))?;
    }
    Ok(workbook.save_to_buffer()?)
}

struct Formats {
    header: Format,
    text: Format,
    integer: Format,
    money: Format,
    percent: Format,
    hours: Format,
    date: Format,
    instant: Format,
}

impl Formats {
    fn new() -> Self {
        let number = |format: &str| Format::new().set_num_format(format);
        Self {
            header: Format::new()
                .set_bold()
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter),
            text: number("@"),
            integer: number("#,##0"),
            money: number("#,##0.00"),
            percent: number("0.0%"),
            hours: number("#,##0.0"),
            date: number("yyyy-mm-dd"),
            instant: number("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Formats,
    (language, zone): (Language, Tz),
) -> Result<(), TableError> {
    let as_text = shown(cell, language, zone);
    let number = |units: i64, digits: usize| {
        let exact = units.unsigned_abs() <= LARGEST_EXACT;
        decimal(units, digits).parse::<f64>().ok().filter(|number| exact && number.is_finite())
    };
    let own;
    let (number, format) = match cell {
        Cell::Text(_) | Cell::Words(_) => (None, &formats.text),
        Cell::Empty => return Ok(()),
        Cell::Integer(integer) => (number(*integer, 0), &formats.integer),
        Cell::Decimal { units, digits } => {
            // No more than 15 digits are significant to a spreadsheet program.
            let zeros = "0".repeat(usize::from(*digits).min(15));
            own = Format::new().set_num_format(if zeros.is_empty() { "0".to_owned() } else { format!("0.{zeros}") });
            (number(*units, usize::from(*digits)), &own)
        }
        Cell::Percent(hundredths) => (number(*hundredths, 4), &formats.percent),
        Cell::Fen(fen) => (number(*fen, 2), &formats.money),
        Cell::Duration(seconds) => (number(*seconds, 0).map(|seconds| seconds / 3600.0), &formats.hours),
        Cell::Date(date) => (serial(date.and_time(NaiveTime::MIN)), &formats.date),
        Cell::Instant(instant) => (local(*instant, zone).and_then(serial), &formats.instant),
    };
    match number {
        Some(number) => sheet.write_number_with_format(row, column, number, format)?,
        None => sheet.write_string_with_format(row, column, cut(&as_text), &formats.text)?,
    };
    Ok(())
}

/// A date and time as spreadsheet programs count: days from 1899-12-30, to the second; only from 1900-03-01 on, because
/// they count a 29 February of 1900 that never was.
fn serial(time: NaiveDateTime) -> Option<f64> {
    let epoch = chrono::NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    let days = i32::try_from((time.date() - epoch.date()).num_days()).ok()?;
    let within = time.signed_duration_since(time.date().and_time(NaiveTime::MIN)).num_seconds();
    let fraction = f64::from(i32::try_from(within).ok()?) / 86_400.0;
    (days > 60 && time.year() <= 9999).then(|| f64::from(days) + fraction)
}

/// As much of a text as a cell holds.
fn cut(text: &str) -> String {
    first_units(text, LONGEST_TEXT)
}

fn first_units(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |character: &char| {
        units += character.len_utf16();
        units <= most
    };
    text.chars().take_while(fits).collect()
}

/// A title as a sheet's name: 31 units, without what names may not contain.
fn sheet_name(title: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !"[]:*?/\\".contains(*c);
    let name = first_units(&title.chars().filter(allowed).collect::<String>(), 31);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\'');
    // Excel keeps the name History for itself.
    if name.is_empty() || name.eq_ignore_ascii_case("history") { "Sheet1".to_owned() } else { name.to_owned() }
}

/// The room a text takes, in Latin letters; Chinese characters take two.
fn width(text: &str) -> u16 {
    let longest =
        text.lines().map(|line| line.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum::<usize>()).max();
    u16::try_from(longest.unwrap_or_default()).unwrap_or(u16::MAX)
}
