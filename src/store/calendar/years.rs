//! Every edition of the calendar that was ever in force, so that settled dates can be explained.
//!
//! Guarantee: whoever writes dates calls [`edition_for_dates`] first and holds the edition until the commit; whoever
//! changes days calls [`edition_to_change`] first and is alone. So no date is saved by a calendar that was changed
//! meanwhile. On SQLite there is one writer anyway. On PostgreSQL the lock is the table's and not the row's: who asks for
//! a table waits in a queue, while one who wants a row for himself is overtaken by all those who share it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::domain::calendar::working_days::{Calendar, CalendarYear};
use crate::store::engine::connection::beginning::{Beginning, Lock};
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{calendar_state, calendar_years};
use crate::store::engine::tx::{Tx, from_json, to_json};

/// Where an edition of a year comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YearSource {
    /// The files that the program was started with.
    Files,
    /// An import by an administrator.
    Import,
}

impl YearSource {
    /// The code in the database and in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Import => "import",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Files, Self::Import].into_iter().find(|source| source.code() == code)
    }
}

/// A year of the calendar, with where it comes from.
#[derive(Debug, Clone)]
pub struct KeptYear {
    /// Notices and days.
    pub year: CalendarYear,
    /// The edition of the calendar since which it is in force.
    pub edition: i64,
    /// Where it comes from.
    pub source: YearSource,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Id of who recorded it.
    pub recorded_by: String,
    /// Their name, as it was then.
    pub recorded_by_name: String,
}

/// The edition of the calendar that is in force; where it came with the case that was read, that one.
///
/// # Errors
/// The database's.
pub fn edition(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.edition().map_or_else(|| read_edition(tx), Ok)
}

fn read_edition(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    Ok(on_backend!(tx, |connection| calendar_state::table.select(calendar_state::edition).first(connection))?)
}

/// The edition in force, which nobody changes before this transaction ends.
///
/// # Errors
/// [`StoreError::Busy`] when a change takes too long; the database's.
pub fn edition_for_dates(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    // What was read since the lock was taken stands still; on SQLite there is one writer.
    if tx.began_with(FOR_DATES) || matches!(tx.connection(), AnyConnection::Sqlite(_)) {
        return edition(tx);
    }
    lock(tx, FOR_DATES.statement)?;
    read_edition(tx)
}

/// What a transaction that saves dates begins with: it then has [`edition_for_dates`] at once, or with the case.
pub fn for_dates() -> Beginning {
    Beginning { lock: Some(FOR_DATES), ..Beginning::default() }
}

const FOR_DATES: Lock = Lock { statement: "LOCK TABLE calendar_state IN ROW SHARE MODE", in_vain: BEING_CHANGED };

/// The edition in force, for the one that changes it: waits for those who save dates, and lets no other in.
///
/// # Errors
/// As [`edition_for_dates`].
pub fn edition_to_change(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    lock(tx, "LOCK TABLE calendar_state IN EXCLUSIVE MODE")?;
    read_edition(tx)
}

const BEING_CHANGED: &str = "the calendar is being changed and can't be used yet, try again in a moment";

/// Locks on PostgreSQL; the statement after it sees what was committed until then.
fn lock(tx: &mut Tx<'_>, statement: &str) -> Result<(), StoreError> {
    let AnyConnection::Postgres(connection) = tx.connection() else { return Ok(()) };
    let Err(error) = diesel::sql_query(statement).execute(connection) else { return Ok(()) };
    match StoreError::from(error) {
        // Deadlocks told apart, only running out of time is left of what may become of this statement.
        error if error.is_transient() => Err(error),
        StoreError::Busy(said) => Err(StoreError::Busy(format!("{BEING_CHANGED} ({said})"))),
        // In a language in which these words aren't known.
        StoreError::Diesel(Error::DatabaseError(DatabaseErrorKind::Unknown, said)) => {
            Err(StoreError::Busy(format!("{BEING_CHANGED} ({})", said.message())))
        }
        error => Err(error),
    }
}

/// The edition that was in force at an instant; of instants before the first, the first.
///
/// # Errors
/// The database's.
pub fn edition_at(tx: &mut Tx<'_>, at: DateTime<Utc>) -> Result<i64, StoreError> {
    use diesel::dsl::{max, min};
    let before = calendar_years::table.filter(calendar_years::recorded_at.lt(at.naive_utc()));
    let latest: Option<i64> =
        on_backend!(tx, |connection| before.select(max(calendar_years::edition)).first(connection))?;
    if let Some(latest) = latest {
        return Ok(latest);
    }
    let first: Option<i64> =
        on_backend!(tx, |connection| calendar_years::table.select(min(calendar_years::edition)).first(connection))?;
    Ok(first.unwrap_or_default())
}

/// Every edition that was in force, with the moment since which, oldest first, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn editions(tx: &mut Tx<'_>) -> Result<Vec<(i64, DateTime<Utc>)>, StoreError> {
    let read = on_backend!(tx, |connection| {
        let rows = calendar_years::table.select((calendar_years::edition, calendar_years::recorded_at));
        legible(rows.distinct().order(calendar_years::edition), connection)
    })?;
    Ok(read.rows.into_iter().map(|(edition, at): (i64, chrono::NaiveDateTime)| (edition, at.and_utc())).collect())
}

/// Every year as it is in force in an edition.
///
/// # Errors
/// The database's, or a year that can't be read.
pub fn years(tx: &mut Tx<'_>, edition: i64) -> Result<Vec<KeptYear>, StoreError> {
    type Row = (String, i64, String, chrono::NaiveDateTime, String, String);
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        calendar_years::table
            .filter(calendar_years::edition.le(edition))
            .order((calendar_years::year, calendar_years::edition))
            .select((
                calendar_years::content,
                calendar_years::edition,
                calendar_years::source,
                calendar_years::recorded_at,
                calendar_years::recorded_by,
                calendar_years::recorded_by_name,
            ))
            .load(connection)
    })?;
    let mut years: Vec<KeptYear> = Vec::new();
    for (content, edition, source, recorded_at, recorded_by, recorded_by_name) in rows {
        let unread = |why: &str| {
            StoreError::Corrupt(format!("a year in edition {edition} of the calendar can't be read: {why}"))
        };
        let source = YearSource::from_code(&source).ok_or_else(|| unread(&format!("unknown source {source}")))?;
        let year: CalendarYear = from_json(&content).map_err(|error| unread(&error.to_string()))?;
        // The latest edition of a year comes last.
        if years.last().is_some_and(|before| before.year.year() == year.year()) {
            years.pop();
        }
        let recorded_at = recorded_at.and_utc();
        years.push(KeptYear { year, edition, source, recorded_at, recorded_by, recorded_by_name });
    }
    Ok(years)
}

/// A row of the calendar, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearRow {
    /// The year.
    pub year: i32,
    /// The edition of the calendar since which it is in force.
    pub edition: i64,
    /// Its days, as text.
    pub content: String,
    /// Code of where it comes from.
    pub source: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Id of who recorded it.
    pub recorded_by: String,
    /// Their name.
    pub recorded_by_name: String,
}

impl YearRow {
    /// Why it can't be counted by, in words.
    pub fn fault(&self) -> Option<String> {
        if YearSource::from_code(&self.source).is_none() {
            return Some(format!("unknown source {}", self.source));
        }
        match from_json::<CalendarYear>(&self.content) {
            Err(error) => Some(error.to_string()),
            Ok(year) if year.year() != self.year => Some(format!("it has the days of {}", year.year())),
            Ok(_) => None,
        }
    }
}

/// Every row of every edition, as it stands, oldest first, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn rows(tx: &mut Tx<'_>) -> Result<Vec<YearRow>, StoreError> {
    type Row = (i32, i64, String, String, chrono::NaiveDateTime, String, String);
    let read = on_backend!(tx, |connection| {
        let order = (calendar_years::edition, calendar_years::year);
        let columns = (
            calendar_years::year,
            calendar_years::edition,
            calendar_years::content,
            calendar_years::source,
            calendar_years::recorded_at,
            calendar_years::recorded_by,
            calendar_years::recorded_by_name,
        );
        legible(calendar_years::table.order(order).select(columns), connection)
    })?;
    let row = |(year, edition, content, source, recorded_at, recorded_by, recorded_by_name): Row| YearRow {
        year,
        edition,
        content,
        source,
        recorded_at: recorded_at.and_utc(),
        recorded_by,
        recorded_by_name,
    };
    Ok(read.rows.into_iter().map(row).collect())
}

/// The calendar as it is in force in an edition.
///
/// # Errors
/// As [`years`].
pub fn calendar(tx: &mut Tx<'_>, edition: i64) -> Result<Calendar, StoreError> {
    Ok(Calendar::from(years(tx, edition)?.into_iter().map(|kept| kept.year).collect::<Vec<_>>()))
}

/// Puts a new edition in force, with the years that change in it; `by` is who does so, by id and name. Answers what is stored of each.
///
/// # Errors
/// The database's.
pub fn put_in_force(
    tx: &mut Tx<'_>,
    edition: i64,
    years: &[CalendarYear],
    source: YearSource,
    (by, by_name): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    let mut stored = Vec::new();
    for year in years {
        let content = to_json(year)?;
        let row = (
            calendar_years::year.eq(year.year()),
            calendar_years::edition.eq(edition),
            calendar_years::content.eq(&content),
            calendar_years::source.eq(source.code()),
            calendar_years::recorded_at.eq(now.naive_utc()),
            calendar_years::recorded_by.eq(by),
            calendar_years::recorded_by_name.eq(by_name),
        );
        on_backend!(tx, |connection| diesel::insert_into(calendar_years::table).values(&row).execute(connection))?;
        stored.push(content);
    }
    let state = calendar_state::edition.eq(edition);
    on_backend!(tx, |connection| diesel::update(calendar_state::table).set(state).execute(connection))?;
    Ok(stored)
}
