//! The cash journal: appended in the transaction of the events and never changed; and its sums.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text};
use uuid::Uuid;

use crate::domain::money::cash_journal::Entry;
use crate::domain::money::payment::{EntryKind, PaymentMethod, ReceiptNumber};
use crate::domain::reports::cash_up::Slice;
use crate::domain::reports::query::Query;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::cash_journal;
use crate::store::engine::tx::Tx;

#[derive(Insertable)]
#[diesel(table_name = cash_journal, treat_none_as_default_value = false)]
struct NewRow<'a> {
    day: NaiveDate,
    outlet: &'a str,
    kind: &'a str,
    number: i32,
    case_id: &'a str,
    sequence: i64,
    at: chrono::NaiveDateTime,
    acceptance_number: &'a str,
    case_type: &'a str,
    actor_id: &'a str,
    amount_fen: i64,
    method: Option<&'a str>,
    at_window: Option<&'a str>,
    reference: Option<&'a str>,
    of_receipt: Option<String>,
    reason: Option<&'a str>,
}

/// Appends the entries of a case.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, case_id: Uuid, added: &[Entry]) -> Result<(), StoreError> {
    let case_id = case_id.to_string();
    for entry in added {
        let row = NewRow {
            day: entry.receipt.day,
            outlet: &entry.outlet,
            kind: entry.receipt.kind.code(),
            number: i32::try_from(entry.receipt.number).unwrap_or(i32::MAX),
            case_id: &case_id,
            sequence: entry.sequence,
            at: entry.at.naive_utc(),
            acceptance_number: &entry.acceptance_number,
            case_type: &entry.case_type,
            actor_id: &entry.actor_id,
            amount_fen: entry.amount_fen,
            method: entry.method.map(PaymentMethod::code),
            at_window: entry.window.as_deref(),
            reference: entry.reference.as_deref(),
            of_receipt: entry.of.map(|of| of.to_string()),
            reason: entry.reason.as_deref(),
        };
        on_backend!(tx, |connection| diesel::insert_into(cash_journal::table).values(&row).execute(connection))?;
    }
    Ok(())
}

/// What narrows by the parameters $1 to $6; empty text narrows nothing.
const NARROWED: &str = "day >= $1 AND day <= $2 AND ($3 = '' OR outlet = $3) AND ($4 = '' OR case_type = $4)
     AND ($5 = '' OR actor_id = $5) AND ($6 = '' OR at_window = $6)";

/// A query with the parameters of [`NARROWED`].
macro_rules! narrowed {
    ($sql:expr, $query:expr) => {
        diesel::sql_query($sql)
            .bind::<Date, _>($query.period.from)
            .bind::<Date, _>($query.period.to)
            .bind::<Text, _>($query.outlet.as_deref().unwrap_or_default())
            .bind::<Text, _>($query.case_type.as_deref().unwrap_or_default())
            .bind::<Text, _>($query.person.as_deref().unwrap_or_default())
            .bind::<Text, _>($query.window.as_deref().unwrap_or_default())
    };
}

#[derive(QueryableByName)]
struct SliceRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    outlet: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    actor_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    method: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    at_window: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
    #[diesel(sql_type = Integer)]
    first_number: i32,
    #[diesel(sql_type = Integer)]
    last_number: i32,
}

/// What was taken, cancelled, given back and waived, summed by day, outlet, window, person and way of paying.
///
/// # Errors
/// The database's, or a code that this program doesn't know.
pub fn slices(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<Slice>, StoreError> {
    let sql = format!(
        "SELECT day, outlet, kind, actor_id, method, at_window, COUNT(*) AS count,
                CAST(SUM(amount_fen) AS BIGINT) AS amount_fen, MIN(number) AS first_number, MAX(number) AS last_number
         FROM cash_journal WHERE {NARROWED} GROUP BY day, outlet, kind, actor_id, method, at_window
         ORDER BY day, outlet, kind, actor_id, method, at_window"
    );
    let rows: Vec<SliceRow> = on_backend!(tx, |connection| narrowed!(&sql, query).load(connection))?;
    rows.into_iter()
        .map(|row| {
            Ok(Slice {
                day: row.day,
                kind: kind(&row.kind)?,
                method: method(row.method.as_deref())?,
                outlet: row.outlet,
                window: row.at_window,
                person: row.actor_id,
                count: row.count,
                amount_fen: row.amount_fen,
                first: number(row.first_number)?,
                last: number(row.last_number)?,
            })
        })
        .collect()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = cash_journal)]
struct Row {
    day: NaiveDate,
    outlet: String,
    kind: String,
    number: i32,
    sequence: i64,
    at: chrono::NaiveDateTime,
    acceptance_number: String,
    case_type: String,
    actor_id: String,
    amount_fen: i64,
    method: Option<String>,
    at_window: Option<String>,
    reference: Option<String>,
    of_receipt: Option<String>,
    reason: Option<String>,
}

/// Every entry, by outlet in the order in which they happened.
///
/// # Errors
/// The database's, or a code that this program doesn't know.
pub fn list(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        use cash_journal as t;
        let (from, to) = (query.period.from, query.period.to);
        let mut wanted = t::table.filter(t::day.ge(from)).filter(t::day.le(to)).into_boxed();
        if let Some(outlet) = &query.outlet {
            wanted = wanted.filter(t::outlet.eq(outlet));
        }
        if let Some(case_type) = &query.case_type {
            wanted = wanted.filter(t::case_type.eq(case_type));
        }
        if let Some(person) = &query.person {
            wanted = wanted.filter(t::actor_id.eq(person));
        }
        if let Some(window) = &query.window {
            wanted = wanted.filter(t::at_window.eq(window));
        }
        wanted.order((t::outlet, t::at, t::case_id, t::sequence)).select(Row::as_select()).load(connection)
    })?;
    rows.into_iter().map(entry).collect()
}

/// The entries of a case, in the order of its events.
///
/// # Errors
/// As [`list`].
pub fn of_case(tx: &mut Tx<'_>, case_id: Uuid) -> Result<Vec<Entry>, StoreError> {
    let case_id = case_id.to_string();
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        let wanted = cash_journal::table.filter(cash_journal::case_id.eq(&case_id)).order(cash_journal::sequence);
        wanted.select(Row::as_select()).load(connection)
    })?;
    rows.into_iter().map(entry).collect()
}

/// Acceptance numbers of the cases to whose entries this number was given: one of each outlet at most.
///
/// # Errors
/// The database's.
pub fn cases_of(tx: &mut Tx<'_>, receipt: ReceiptNumber) -> Result<Vec<String>, StoreError> {
    let Ok(number) = i32::try_from(receipt.number) else { return Ok(Vec::new()) };
    Ok(on_backend!(tx, |connection| {
        use cash_journal as t;
        let wanted = t::table.filter(t::day.eq(receipt.day)).filter(t::kind.eq(receipt.kind.code()));
        wanted.filter(t::number.eq(number)).select(t::acceptance_number).load(connection)
    })?)
}

fn entry(row: Row) -> Result<Entry, StoreError> {
    let of = row.of_receipt.as_deref().map(|of| {
        ReceiptNumber::parse(of).ok_or_else(|| StoreError::Corrupt(format!("cash_journal holds the receipt {of}")))
    });
    Ok(Entry {
        receipt: ReceiptNumber { kind: kind(&row.kind)?, day: row.day, number: number(row.number)? },
        outlet: row.outlet,
        acceptance_number: row.acceptance_number,
        case_type: row.case_type,
        sequence: row.sequence,
        at: row.at.and_utc(),
        actor_id: row.actor_id,
        amount_fen: row.amount_fen,
        method: method(row.method.as_deref())?,
        window: row.at_window,
        reference: row.reference,
        of: of.transpose()?,
        reason: row.reason,
    })
}

fn kind(code: &str) -> Result<EntryKind, StoreError> {
    EntryKind::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("cash_journal holds the kind {code}")))
}

fn method(code: Option<&str>) -> Result<Option<PaymentMethod>, StoreError> {
    let known = |code: &str| {
        PaymentMethod::from_code(code)
            .ok_or_else(|| StoreError::Corrupt(format!("cash_journal holds the method {code}")))
    };
    code.map(known).transpose()
}

fn number(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("cash_journal holds the number {number}")))
}
