//! When systems and people opened cases, as the events say.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::store::engine::connection::kept::Kept;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::events;
use crate::store::engine::tx::Tx;

/// When somebody opened the `nth` newest of their cases, if it was after an instant; counted from 1.
///
/// # Errors
/// The database's.
pub fn nth_newest_opening(
    tx: &mut Tx<'_>,
    opener: &str,
    after: DateTime<Utc>,
    nth: u32,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let found: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        let newest = events::table
            // As the condition of the index has it.
            .filter(sql::<Bool>("kind = 'case_opened'"))
            .filter(events::actor_id.eq(opener))
            .filter(events::at.gt(after.naive_utc()))
            .select(events::at)
            .order(events::at.desc())
            .limit(1)
            .offset(i64::from(nth).max(1) - 1);
        Kept(newest).get_result(connection).optional()
    })?;
    Ok(found.map(|at| at.and_utc()))
}
