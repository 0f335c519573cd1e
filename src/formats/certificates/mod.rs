//! Certificates from before, as a table: one a line, in CSV, read a line at a time however long the file is.
//!
//! Cast: [`encoding`] finds out how the text is written and `DecodedLines` reads it as UTF-8 with
//! plain line ends; [`CertificateLines`] makes a [`CertificateLine`] of each, and says what is wrong in which line.

mod lines;

use std::io::{Chain, Cursor, Read};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use csv::{ReaderBuilder, StringRecord};

pub use crate::formats::certificates::lines::{TextEncoding, encoding};

use crate::domain::base::text::{cell, is_invisible};
use crate::domain::base::words::{Fault, Language, Words};
use crate::formats::certificates::lines::DecodedLines;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Serial,
    Medium,
    OrganizationName,
    UnifiedCode,
    OrganizationCode,
    Handler,
    ValidFrom,
    ValidUntil,
    LockedAt,
    Applications,
    ESeal,
    CheckOverrideReason,
}

impl Column {
    const ALL: [Self; 12] = [
        Self::Serial,
        Self::Medium,
        Self::OrganizationName,
        Self::UnifiedCode,
        Self::OrganizationCode,
        Self::Handler,
        Self::ValidFrom,
        Self::ValidUntil,
        Self::LockedAt,
        Self::Applications,
        Self::ESeal,
        Self::CheckOverrideReason,
    ];
    const REQUIRED: [Self; 5] = [Self::Serial, Self::Medium, Self::OrganizationName, Self::ValidFrom, Self::ValidUntil];

    /// The header's names: in English, as the API has them, and in Chinese.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Serial => ["serial", "证书序列号"],
            Self::Medium => ["medium_number", "介质编号"],
            Self::OrganizationName => ["organization_name", "单位名称"],
            Self::UnifiedCode => ["unified_social_credit_code", "统一社会信用代码"],
            Self::OrganizationCode => ["organization_code", "组织机构代码"],
            Self::Handler => ["handler", "经办人"],
            Self::ValidFrom => ["valid_from", "有效期起"],
            Self::ValidUntil => ["valid_until", "有效期止"],
            Self::LockedAt => ["locked_at", "锁定时间"],
            Self::Applications => ["applications", "已开通应用"],
            Self::ESeal => ["e_seal", "电子印章"],
            Self::CheckOverrideReason => ["check_override_reason", "校验放行原因"],
        }
    }

    fn from_header(header: &str) -> Option<Self> {
        let header = cell(header).to_lowercase();
        Self::ALL.into_iter().find(|column| column.names().contains(&header.as_str()))
    }
}

/// What the column of a member is called in a table, in a language; none of what has no column.
pub fn column_name(member: &str, language: Language) -> Option<&'static str> {
    let [en, zh] = Column::ALL.into_iter().map(Column::names).find(|[code, _]| *code == member)?;
    Some(match language {
        Language::Chinese => zh,
        Language::English => en,
    })
}

/// The text of a table, to be looked at and sent once more, however it was written; none where it is no text.
pub fn text(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    DecodedLines::new(bytes, encoding(bytes).ok()?).read_to_string(&mut text).ok()?;
    Some(text)
}

/// One certificate as its line has it; what is blank in an optional column isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are those of a registration
pub struct CertificateLine {
    /// Line of the file, counted from 1.
    pub line: usize,
    pub serial: String,
    pub medium_number: String,
    pub organization_name: String,
    pub unified_social_credit_code: Option<String>,
    pub organization_code: Option<String>,
    pub handler: Option<String>,
    pub valid_from: DateTime<Utc>,
    /// Excluded; a day alone is the last one that is valid, and ends at midnight.
    pub valid_until: DateTime<Utc>,
    pub locked_at: Option<DateTime<Utc>>,
    pub applications: Vec<String>,
    pub e_seal: bool,
    pub check_override_reason: Option<String>,
    /// What couldn't be read of it; the fields have neutral values there.
    pub faults: Vec<Fault>,
}

/// The lines of a table of certificates.
pub struct CertificateLines<R> {
    reader: csv::Reader<Chain<Cursor<Vec<u8>>, DecodedLines<R>>>,
    columns: Vec<Option<Column>>,
    record: StringRecord,
    zone: Tz,
    ended: bool,
}

impl<R: Read> CertificateLines<R> {
    /// Reads the header. Times without an offset are the zone's.
    ///
    /// # Errors
    /// Columns that are missing, unknown or there twice; a file that is no such table.
    pub fn new(source: R, encoding: TextEncoding, zone: Tz) -> Result<Self, Vec<Fault>> {
        let mut decoded = DecodedLines::new(source, encoding);
        let head = decoded.head().map_err(|(line, error)| vec![unreadable(line, &error, "text_encoding_unknown")])?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(&head))
            .from_reader(Cursor::new(head).chain(decoded));
        let mut lines = Self { reader, columns: Vec::new(), record: StringRecord::new(), zone, ended: false };
        let line = match lines.advance() {
            Some(Ok(line)) => line,
            Some(Err(fault)) => return Err(vec![fault]),
            None => return Err(vec![at(1, "", "file_empty", "文件没有内容", "the file is empty")]),
        };
        lines.read_header(line)?;
        Ok(lines)
    }

    fn read_header(&mut self, line: usize) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for header in self.record.iter() {
            let column = Column::from_header(header);
            if column.is_none() && !header.chars().all(is_blank) {
                let known = Column::ALL.map(|column| column.names()[0]).join(", ");
                let shown: String = cell(header).chars().take(40).collect();
                let zh = format!("没有“{shown}”这一列；可用的列：{known}");
                faults.push(at(line, "", "unknown_column", &zh, &format!("no column \"{shown}\"; known: {known}")));
            }
            if column.is_some() && self.columns.contains(&column) {
                faults.push(at(line, "", "duplicate_column", "列重复", "a column is given twice"));
            }
            self.columns.push(column);
        }
        for column in Column::REQUIRED {
            if !self.columns.contains(&Some(column)) {
                let [en, zh] = column.names();
                let (zh, en) = (format!("缺少“{zh}”列"), format!("the column {en} is missing"));
                faults.push(at(line, "", "missing_column", &zh, &en));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Reads the next line that isn't blank; answers its number.
    fn advance(&mut self) -> Option<Result<usize, Fault>> {
        loop {
            if self.ended {
                return None;
            }
            let before = usize::try_from(self.reader.position().line()).unwrap_or(usize::MAX);
            match self.reader.read_record(&mut self.record) {
                Ok(false) => {
                    self.ended = true;
                    return None;
                }
                // Spreadsheet programs leave lines of nothing behind.
                Ok(true) if self.record.iter().all(|field| field.chars().all(is_blank)) => {}
                Ok(true) => return Some(Ok(before)),
                Err(error) => {
                    // Nothing behind it can be told apart any more.
                    self.ended = true;
                    let code = if error.is_io_error() { "text_encoding_unknown" } else { "csv_invalid" };
                    return Some(Err(unreadable(before, &error, code)));
                }
            }
        }
    }

    fn field(&self, column: Column) -> Option<&str> {
        let index = self.columns.iter().position(|known| *known == Some(column))?;
        self.record.get(index).map(|text| text.trim_matches(is_blank)).filter(|text| !text.is_empty())
    }

    fn line(&self, line: usize) -> CertificateLine {
        let mut faults = Vec::new();
        if self.record.len() > self.columns.len() {
            faults.push(at(line, "", "too_many_fields", "字段多于标题列", "more fields than the header"));
        }
        let text = |column: Column| self.field(column).map(str::to_owned);
        let mut required = |column: Column| {
            let found = self.field(column);
            if found.is_none() {
                faults.push(of(line, column, "missing_field", "请填写此项", "please fill this in"));
            }
            found.unwrap_or_default().to_owned()
        };
        let (serial, medium_number) = (required(Column::Serial), required(Column::Medium));
        let organization_name = required(Column::OrganizationName);
        let (from, until) = (required(Column::ValidFrom), required(Column::ValidUntil));
        let mut time = |column: Column, text: &str, end: bool| {
            let found = instant(text, self.zone, end);
            let faulty = found.as_ref().err().filter(|_| !text.is_empty());
            let fault = |words: &Words| of(line, column, "bad_time", &words.zh, &words.en);
            faults.extend(faulty.map(fault));
            found.ok()
        };
        let valid_from = time(Column::ValidFrom, &from, false);
        let valid_until = time(Column::ValidUntil, &until, true);
        let locked_at = self.field(Column::LockedAt).and_then(|text| time(Column::LockedAt, text, false));
        let e_seal = self.field(Column::ESeal).map_or(Some(false), flag);
        if e_seal.is_none() {
            faults.push(of(line, Column::ESeal, "not_one_of", "须为“是”或“否”", "must be yes or no"));
        }
        let applications = self.field(Column::Applications).unwrap_or_default();
        let applications = applications.split([' ', ',', ';', '，', '；', '、', '|']).map(str::trim);
        CertificateLine {
            line,
            serial,
            medium_number,
            organization_name,
            unified_social_credit_code: text(Column::UnifiedCode),
            organization_code: text(Column::OrganizationCode),
            handler: text(Column::Handler),
            valid_from: valid_from.unwrap_or_default(),
            valid_until: valid_until.unwrap_or_default(),
            locked_at,
            applications: applications.filter(|code| !code.is_empty()).map(str::to_owned).collect(),
            e_seal: e_seal.unwrap_or_default(),
            check_override_reason: text(Column::CheckOverrideReason),
            faults,
        }
    }
}

impl<R: Read> Iterator for CertificateLines<R> {
    type Item = Result<CertificateLine, Fault>;

    /// The next line; an error is the last: nothing behind it can be read.
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.advance()?.map(|line| self.line(line)))
    }
}

fn unreadable(line: usize, error: &dyn std::error::Error, code: &'static str) -> Fault {
    let zh =
        if code == "csv_invalid" { "不符合CSV格式" } else { "无法识别文字编码，或文件读取中断" };
    at(line, "", code, zh, &format!("can't be read: {error}"))
}

/// What stands between the cells: Excel writes "Unicode text" with tabs. `head` ends with the header's line.
fn delimiter(head: &[u8]) -> u8 {
    if head.contains(&b'\t') && !head.contains(&b',') { b'\t' } else { b',' }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

fn at(line: usize, pointer: &str, code: &'static str, zh: &str, en: &str) -> Fault {
    Fault { line: Some(line), ..Fault::new(pointer, code, Words::new(zh, en)) }
}

fn of(line: usize, column: Column, code: &'static str, zh: &str, en: &str) -> Fault {
    at(line, &format!("/{}", column.names()[0]), code, zh, en)
}

fn flag(text: &str) -> Option<bool> {
    match cell(text).to_lowercase().as_str() {
        "是" | "有" | "yes" | "true" | "1" => Some(true),
        "否" | "无" | "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A time with or without an offset, or a day: its beginning, or where it is the end of a term, its end. Midnight is a day, too:
/// spreadsheet programs write one so. A year has four digits: of `27` nobody knows the century.
///
/// # Errors
/// It is neither, in words.
pub fn instant(text: &str, zone: Tz, end: bool) -> Result<DateTime<Utc>, Words> {
    let words = || {
        let zh = "须为日期（如 2026-01-31）或时间（如 2026-01-31 09:00）";
        Words::new(zh, "must be a day such as 2026-01-31 or a time such as 2026-01-31 09:00")
    };
    read_instant(text, zone, end).ok_or_else(words)
}

fn read_instant(text: &str, zone: Tz, end: bool) -> Option<DateTime<Utc>> {
    const DAYS: [&str; 4] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"];
    const TIMES: [&str; 6] = [" %H:%M:%S", " %H:%M", " %H:%M:%S%.f", "T%H:%M:%S", "T%H:%M", "T%H:%M:%S%.f"];
    let text = cell(text);
    if text.bytes().take_while(u8::is_ascii_digit).count() != 4 {
        return None;
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
        return Some(at.with_timezone(&Utc));
    }
    let at = DAYS.iter().find_map(|day| {
        let whole = NaiveDate::parse_from_str(&text, day).ok().map(|day| day.and_time(NaiveTime::MIN));
        let timed = |time| NaiveDateTime::parse_from_str(&text, &format!("{day}{time}")).ok();
        whole.or_else(|| TIMES.iter().find_map(timed))
    })?;
    let at = if end && at.time() == NaiveTime::MIN { at.checked_add_days(Days::new(1))? } else { at };
    zone.from_local_datetime(&at).earliest().map(|at| at.with_timezone(&Utc))
}
