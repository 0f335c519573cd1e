//! Hashes of events that were written before there were any.

use diesel::prelude::*;

use super::columns::{Events, StoredEvent, read_events};
use crate::domain::evidence::row::RowHash;
use crate::store::engine::connection::on_backend;
use crate::store::engine::db::Db;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::events;
use crate::store::engine::tx::Tx;

/// How many are hashed in one transaction.
const AT_ONCE: i64 = 1_000;

/// Hashes the events that have no hash, each behind the one before it; answers how many there were. Each instance that starts may do so
/// at once: the hash of an event is the same whoever computes it.
///
/// # Errors
/// The database's.
pub async fn hash_missing(db: &Db) -> Result<u64, StoreError> {
    let mut hashed = 0;
    loop {
        let some = db.write("hash_events", |tx| {
            let found = read_events(tx, Events::WithoutHash, AT_ONCE)?;
            let mut last: Option<(StoredEvent, RowHash)> = None;
            let many = found.len() as u64;
            for event in found {
                let previous = match &last {
                    Some((before, hash)) if follows(before, &event) => Some(*hash),
                    _ => previous(tx, &event)?,
                };
                let hash = event.hash_behind(tx.suite(), previous);
                let target = events::table.find(event.number).filter(events::hash.is_null());
                on_backend!(tx, |connection| {
                    diesel::update(target).set(events::hash.eq(hash.to_bytes().to_vec())).execute(connection)
                })?;
                last = Some((event, hash));
            }
            Ok::<_, StoreError>(many)
        });
        let some = some.await?;
        hashed += some;
        if some == 0 {
            return Ok(hashed);
        }
    }
}

fn follows(before: &StoredEvent, event: &StoredEvent) -> bool {
    let is_same = (&before.subject_kind, &before.subject_id) == (&event.subject_kind, &event.subject_id);
    is_same && before.sequence + 1 == event.sequence
}

fn previous(tx: &mut Tx<'_>, event: &StoredEvent) -> Result<Option<RowHash>, StoreError> {
    let before = Events::Of(&event.subject_kind, &event.subject_id, event.sequence - 1);
    let before = read_events(tx, before, 1)?.pop();
    Ok(before.and_then(|before| before.hash).and_then(|hash| RowHash::from_bytes(&hash)))
}
