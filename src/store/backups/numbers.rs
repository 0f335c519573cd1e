//! Running numbers as they were counted, and what they were given to; and the numbers that certificates had before.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Integer, Text};
use uuid::Uuid;

use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, cash_journal, former_serials, receipt_sequences};
use crate::store::engine::tx::{Tx, parse_uuid};

/// The last number of a day, outlet and kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, QueryableByName)]
pub struct Counted {
    /// The day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// The outlet; of prints of a case's papers its acceptance number.
    #[diesel(sql_type = Text)]
    pub outlet: String,
    /// Code of the series.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The last number.
    #[diesel(sql_type = Integer)]
    pub last: i32,
}

/// Rows after one, in the order of their keys; the first ones after a [`Counted::default`], of 1970.
///
/// # Errors
/// The database's.
pub fn counted_after(tx: &mut Tx<'_>, after: &Counted, limit: i64) -> Result<Vec<Counted>, StoreError> {
    let query = format!(
        "SELECT day, outlet, kind, last FROM receipt_sequences WHERE (day, outlet, kind) > ($1, $2, $3) \
         ORDER BY day, outlet, kind LIMIT {limit}"
    );
    Ok(on_backend!(tx, |connection| {
        let query = diesel::sql_query(&query).bind::<Date, _>(after.day).bind::<Text, _>(&after.outlet);
        legible(query.bind::<Text, _>(&after.kind), connection)
    })?
    .rows)
}

/// Whether any number of an outlet and kind was counted on one of some days.
///
/// # Errors
/// The database's.
pub fn is_counted(tx: &mut Tx<'_>, days: &[NaiveDate], outlet: &str, kind: &str) -> Result<bool, StoreError> {
    let of_series = receipt_sequences::table.filter(receipt_sequences::day.eq_any(days));
    let of_series = of_series.filter(receipt_sequences::outlet.eq(outlet)).filter(receipt_sequences::kind.eq(kind));
    Ok(on_backend!(tx, |connection| diesel::select(diesel::dsl::exists(of_series)).get_result(connection))?)
}

/// Whether an entry of the cash journal has a number of this day, outlet and kind.
///
/// # Errors
/// The database's.
pub fn is_in_journal(tx: &mut Tx<'_>, counted: &Counted) -> Result<bool, StoreError> {
    let of_day = cash_journal::table.filter(cash_journal::day.eq(counted.day));
    let of_kind = of_day.filter(cash_journal::outlet.eq(&counted.outlet)).filter(cash_journal::kind.eq(&counted.kind));
    Ok(on_backend!(tx, |connection| diesel::select(diesel::dsl::exists(of_kind)).get_result(connection))?)
}

/// Id and day of the receipt of the case with an acceptance number.
///
/// # Errors
/// The database's.
pub fn case_of(tx: &mut Tx<'_>, acceptance_number: &str) -> Result<Option<(Uuid, chrono::NaiveDateTime)>, StoreError> {
    let found = on_backend!(tx, |connection| {
        let of_number = cases::table.filter(cases::acceptance_number.eq(acceptance_number));
        legible(of_number.select((cases::id, cases::opened_at)), connection)
    })?;
    let found: Option<(String, chrono::NaiveDateTime)> = found.rows.into_iter().next();
    // Of an id that is none, who holds cases against their events tells.
    Ok(found.and_then(|(id, at)| Some((parse_uuid(&id).ok()?, at))))
}

/// Serials that certificates had before, after one of them: each with the certificate's id.
///
/// # Errors
/// The database's.
pub fn former_serials_after(
    tx: &mut Tx<'_>,
    (serial, id): (&str, &str),
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    let behind = former_serials::serial
        .gt(serial)
        .or(former_serials::serial.eq(serial).and(former_serials::certificate_id.gt(id)));
    Ok(on_backend!(tx, |connection| {
        let order = (former_serials::serial, former_serials::certificate_id);
        legible(former_serials::table.filter(behind).order(order).select(order).limit(limit), connection)
    })?
    .rows)
}

/// Whether a serial is kept as one that a certificate had before.
///
/// # Errors
/// The database's.
pub fn has_former_serial(tx: &mut Tx<'_>, serial: &str, id: Uuid) -> Result<bool, StoreError> {
    let one = former_serials::table.find((serial, id.to_string()));
    Ok(on_backend!(tx, |connection| diesel::select(diesel::dsl::exists(one)).get_result(connection))?)
}
