//! Services on certificates that can be used later.

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
            usable_from -> Timestamp,
        }
    }
}

/// A service that can be used later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsableSoon {
    /// The certificate.
    pub certificate_id: Uuid,
    /// What kind of service.
    pub service: ServiceKind,
    /// Its code.
    pub code: String,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

/// Notes a service; one that was noted before has the new time.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, soon: &UsableSoon) -> Result<(), StoreError> {
    let row = (
        usable_soon::certificate_id.eq(soon.certificate_id.to_string()),
        usable_soon::service.eq(soon.service.code()),
        usable_soon::code.eq(&soon.code),
        usable_soon::usable_from.eq(soon.usable_from.naive_utc()),
    );
    on_backend!(tx, |connection| {
        diesel::insert_into(usable_soon::table)
            .values(row)
            .on_conflict((usable_soon::certificate_id, usable_soon::service, usable_soon::code))
            .do_update()
            .set(usable_soon::usable_from.eq(soon.usable_from.naive_utc()))
            .execute(connection)
    })?;
    Ok(())
}

/// Those whose time has come, the first one first.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: DateTime<Utc>, most: i64) -> Result<Vec<UsableSoon>, StoreError> {
    let rows: Vec<(String, String, String, NaiveDateTime)> = on_backend!(tx, |connection| {
        usable_soon::table
            .filter(usable_soon::usable_from.le(now.naive_utc()))
            .order((usable_soon::usable_from, usable_soon::certificate_id, usable_soon::code))
            .limit(most)
            .load(connection)
    })?;
    let read = |(id, service, code, usable_from): (String, String, String, NaiveDateTime)| {
        let unknown = || StoreError::Corrupt(format!("a service that is {service}"));
        let kind = ServiceKind::from_code(&service).ok_or_else(unknown)?;
        Ok(UsableSoon { certificate_id: parse_uuid(&id)?, service: kind, code, usable_from: usable_from.and_utc() })
    };
    rows.into_iter().map(read).collect()
}

/// Forgets one; `false` where it isn't noted so any more.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, soon: &UsableSoon) -> Result<bool, StoreError> {
    let one = usable_soon::table
        .find((soon.certificate_id.to_string(), soon.service.code(), &soon.code))
        .filter(usable_soon::usable_from.eq(soon.usable_from.naive_utc()));
    let forgotten = on_backend!(tx, |connection| diesel::delete(one).execute(connection))?;
    Ok(forgotten == 1)
}
