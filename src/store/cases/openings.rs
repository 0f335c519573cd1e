//! When other systems opened cases.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::cases;
use crate::store::engine::tx::Tx;

/// When a system opened the case before its last so many; none: it hasn't opened as many.
///
/// # Errors
/// The database's.
pub fn opened_before(tx: &mut Tx<'_>, client_id: &str, last: i64) -> Result<Option<DateTime<Utc>>, StoreError> {
    // Ids are in the order of time.
    let found: Option<NaiveDateTime> = on_backend!(tx, |connection| {
        let theirs = cases::table.filter(cases::client_id.eq(client_id)).order(cases::id.desc());
        theirs.select(cases::opened_at).offset(last).first(connection).optional()
    })?;
    Ok(found.map(|at| at.and_utc()))
}
