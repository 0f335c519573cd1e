//! Running numbers: of applications day by day, of receipts and slips by day, outlet and series.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::kept::Kept;
use super::connection::on_backend;
use super::error::StoreError;
use super::schema::acceptance_sequences::dsl;
use super::schema::receipt_sequences;
use super::tx::Tx;

/// The next acceptance number of a day of the hall's calendar, from 1. No two transactions ever get the same one. On PostgreSQL it is the one that
/// the transaction began with (`connection::beginning`), which leaves a gap where it comes to nothing. Otherwise it is counted here: others
/// then wait for this transaction's end, and what is rolled back leaves no gap.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn next(tx: &mut Tx<'_>, day: NaiveDate) -> Result<u32, StoreError> {
    if let Some(number) = tx.take_number(day) {
        return Ok(number);
    }
    let number: i32 = on_backend!(tx, |c| {
        let counted = diesel::insert_into(dsl::acceptance_sequences)
            .values((dsl::day.eq(day), dsl::last.eq(1)))
            .on_conflict(dsl::day)
            .do_update()
            .set(dsl::last.eq(dsl::last + 1))
            .returning(dsl::last);
        Kept(counted).get_result(c)
    })?;
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("acceptance_sequences holds {number} for {day}")))
}

/// The last number that was given out on a day; 0 when none was.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn last(tx: &mut Tx<'_>, day: NaiveDate) -> Result<u32, StoreError> {
    let number: Option<i32> = on_backend!(tx, |c| {
        dsl::acceptance_sequences.filter(dsl::day.eq(day)).select(dsl::last).first(c).optional()
    })?;
    let number = number.unwrap_or(0);
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("acceptance_sequences holds {number} for {day}")))
}

/// The next number of a receipt or slip, from 1 for each day, outlet and series: none twice, and none left out. Whoever wants the one after it waits for
/// this transaction's end.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn next_of(tx: &mut Tx<'_>, series: &str, day: NaiveDate, outlet: &str) -> Result<u32, StoreError> {
    use receipt_sequences as t;
    let number: i32 = on_backend!(tx, |c| {
        let counted = diesel::insert_into(t::table)
            .values((t::day.eq(day), t::outlet.eq(outlet), t::kind.eq(series), t::last.eq(1)))
            .on_conflict((t::day, t::outlet, t::kind))
            .do_update()
            .set(t::last.eq(t::last + 1))
            .returning(t::last);
        Kept(counted).get_result(c)
    })?;
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("receipt_sequences holds {number} for {day}")))
}
