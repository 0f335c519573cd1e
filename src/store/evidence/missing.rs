//! Hashes of events that were written before there were any.
//!
//! Guarantee: an event that stands among what is sealed and has no hash had one, which somebody took away: it stays as it is, for a
//! verification to name.

use diesel::prelude::*;

use super::columns::{Events, StoredEvent, read_events};
use super::log::{self, Source};
use crate::domain::evidence::row::RowHash;
use crate::domain::progress::Part;
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
            let sealed = log::last_of(tx, Source::Event)?;
            let found = read_events(tx, Events::WithoutHash(sealed), AT_ONCE)?;
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
        if hashed == 0 && some > 0 {
            db.progress().begin(Part::uncounted("older events hashed"));
        }
        hashed += some;
        db.progress().done(some)?;
        if some == 0 {
            return Ok(hashed);
        }
    }
}

fn follows(before: &StoredEvent, event: &StoredEvent) -> bool {
    let is_same = (&before.subject_kind, &before.subject_id) == (&event.subject_kind, &event.subject_id);
    is_same && before.sequence + 1 == event.sequence
}

/// The hash of the event before one, computed where it was taken away: who goes on from there isn't to blame.
fn previous(tx: &mut Tx<'_>, event: &StoredEvent) -> Result<Option<RowHash>, StoreError> {
    let (kind, id) = (event.subject_kind.as_str(), event.subject_id.as_str());
    let (mut sequence, mut without) = (event.sequence - 1, Vec::new());
    let mut hash = loop {
        let Some(before) = read_events(tx, Events::Of(kind, id, sequence), 1)?.pop() else { break None };
        if let Some(hash) = &before.hash {
            break RowHash::from_bytes(hash);
        }
        without.push(before);
        sequence -= 1;
    };
    for before in without.iter().rev() {
        hash = Some(before.hash_behind(tx.suite(), hash));
    }
    Ok(hash)
}
