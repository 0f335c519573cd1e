//! Services that were opened on certificates, and whose use hasn't begun.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use self::table::usable_soon;
use crate::domain::certificates::certificate::ServiceKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::{Tx, parse_uuid};

mod table {
    diesel::table! {
        usable_soon (certificate_id, service, code) {
            certificate_id -> Text,
            service -> Text,
            code -> Text,
            due_at -> Nullable<Timestamp>,
        }
    }
}

/// A service whose use begins at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableSoon {
    /// The certificate.
    pub certificate_id: Uuid,
    /// What kind of service.
    pub service: ServiceKind,
    /// Its code.
    pub code: String,
    /// From when it can be used.
    pub due_at: DateTime<Utc>,
}

/// Notes a service; one that was noted before has the new time.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, soon: &UsableSoon) -> Result<(), StoreError> {
    let due_at = usable_soon::due_at.eq(Some(soon.due_at.naive_utc()));
    let row = (
        usable_soon::certificate_id.eq(soon.certificate_id.to_string()),
        usable_soon::service.eq(soon.service.code()),
        usable_soon::code.eq(&soon.code),
        due_at,
    );
    on_backend!(tx, |connection| {
        diesel::insert_into(usable_soon::table)
            .values(row)
            .on_conflict((usable_soon::certificate_id, usable_soon::service, usable_soon::code))
            .do_update()
            .set(due_at)
            .execute(connection)
    })?;
    Ok(())
}

/// Those whose time has come, the first one first.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i64) -> Result<Vec<UsableSoon>, StoreError> {
    let rows: Vec<(String, String, String, Option<NaiveDateTime>)> = on_backend!(tx, |connection| {
        usable_soon::table
            .filter(usable_soon::due_at.le(now.naive_utc()))
            .order((usable_soon::due_at, usable_soon::certificate_id, usable_soon::code))
            .limit(most)
            .load(connection)
    })?;
    let read = |(id, service, code, due_at): (String, String, String, Option<NaiveDateTime>)| {
        let kind = ServiceKind::from_code(&service);
        let service = kind.ok_or_else(|| StoreError::Corrupt(format!("a service that is {service}")))?;
        let due_at = due_at.map_or(now, |at| at.and_utc());
        Ok(UsableSoon { certificate_id: parse_uuid(&id)?, service, code, due_at })
    };
    rows.into_iter().map(read).collect()
}

/// Puts one off; with no instant until [`hasten`] gives it one.
///
/// # Errors
/// The database's.
pub fn put_off(tx: &mut Tx<'_>, soon: &UsableSoon, at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    let one = usable_soon::table
        .find((soon.certificate_id.to_string(), soon.service.code(), &soon.code))
        .filter(usable_soon::due_at.eq(soon.due_at.naive_utc()));
    let change = usable_soon::due_at.eq(at.map(|at| at.naive_utc()));
    on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(())
}

/// Lets a service be looked at, as of an instant, where its use hasn't begun.
///
/// # Errors
/// The database's.
pub fn hasten(
    tx: &mut Tx<'_>,
    certificate_id: Uuid,
    service: ServiceKind,
    code: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let one = usable_soon::table.find((certificate_id.to_string(), service.code(), code));
    let change = usable_soon::due_at.eq(Some(at.naive_utc()));
    on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(())
}

/// Forgets one; `false` where it isn't noted so any more.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, soon: &UsableSoon) -> Result<bool, StoreError> {
    let one = usable_soon::table
        .find((soon.certificate_id.to_string(), soon.service.code(), &soon.code))
        .filter(usable_soon::due_at.eq(soon.due_at.naive_utc()));
    let forgotten = on_backend!(tx, |connection| diesel::delete(one).execute(connection))?;
    Ok(forgotten == 1)
}
