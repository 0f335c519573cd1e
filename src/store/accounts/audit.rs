//! The audit trail: entries are appended and read, never changed.

use diesel::prelude::*;

use crate::domain::accounts::audit::AuditEntry;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::audit;
use crate::store::engine::tx::{Tx, to_json};

/// Appends an entry.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), StoreError> {
    let AuditEntry { kind, at, by, about, details } = entry;
    let row = (
        audit::kind.eq(kind.code()),
        audit::at.eq(at.naive_utc()),
        audit::actor_id.eq(&by.id),
        audit::actor_name.eq(&by.name),
        audit::address.eq(&by.address),
        audit::system_user.eq(&by.system_user),
        audit::subject_kind.eq(about.as_ref().map(|about| about.kind.code())),
        audit::subject_id.eq(about.as_ref().map(|about| &about.id)),
        audit::details.eq(to_json(details)?),
    );
    on_backend!(tx, |connection| diesel::insert_into(audit::table).values(row).execute(connection))?;
    Ok(())
}
