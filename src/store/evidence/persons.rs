//! Whether what is stored of persons can still be read: whether the key of each case and certificate is there.

use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::cases::event::Event;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, certificates, data_keys, events};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;
use crate::store::engine::vault::{self, Place, WithoutKey};

pub use crate::store::engine::vault::opening::DataKeyState;

/// What has a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// Cases.
    Cases,
    /// Certificates.
    Certificates,
}

/// What is wrong with the data keys.
///
/// # Errors
/// The database's.
pub fn data_key_state(tx: &mut Tx<'_>) -> Result<DataKeyState, StoreError> {
    let in_force = data_keys::table.filter(data_keys::in_force.eq(true)).select(data_keys::id);
    let known: Vec<String> = on_backend!(tx, |connection| legible(in_force.limit(1), connection))?.rows;
    Ok(tx.vault_and_connection().0.state(known.first().and_then(|id| Uuid::try_parse(id).ok())))
}

/// Of the documents after an id, in the order of ids, those whose persons can't be read; and the last id that was looked at, if there
/// was any. Each ciphertext is opened: of documents there are no hashes that would tell of a change.
///
/// # Errors
/// The database's.
pub fn unreadable_documents(
    tx: &mut Tx<'_>,
    of: Documents,
    after: &str,
    limit: i64,
) -> Result<(Vec<Subject>, Option<String>), StoreError> {
    let read = on_backend!(tx, |connection| match of {
        Documents::Cases => {
            let next = cases::table.filter(cases::id.gt(after)).order(cases::id).limit(limit);
            legible(next.select((cases::id, cases::document)), connection)
        }
        Documents::Certificates => {
            let next = certificates::table.filter(certificates::id.gt(after)).order(certificates::id).limit(limit);
            legible(next.select((certificates::id, certificates::document)), connection)
        }
    })?;
    let rows: Vec<(String, String)> = read.rows;
    let last = rows.last().map(|(id, _)| id.clone());
    let encrypted = rows.iter().filter(|(_, document)| vault::is_encrypted(document));
    // Of one whose id is none, who holds documents against events tells.
    let texts = encrypted.filter_map(|(id, document)| {
        let id = Uuid::try_parse(id).ok()?;
        let subject = if of == Documents::Cases { Subject::Case(id) } else { Subject::Certificate(id) };
        Some((Place::document(subject), document.clone()))
    });
    let texts: Vec<_> = texts.collect();
    let subjects: Vec<Subject> = texts.iter().map(|(place, _)| place.subject).collect();
    let mut unreadable = without_key(tx, &subjects)?;
    unreadable.extend(tx.unopened(&texts)?);
    Ok((unreadable, last))
}

/// Those of some subjects with ciphertext whose persons nobody can read, though nobody erased them: an erasure is an event, which is
/// sealed, so that whoever writes the row of a key makes none.
///
/// # Errors
/// The database's; a data key that this program lacks.
pub fn without_key(tx: &mut Tx<'_>, subjects: &[Subject]) -> Result<Vec<Subject>, StoreError> {
    let (vault, connection) = tx.vault_and_connection();
    let WithoutKey { mut missing, destroyed } = vault::without_key(vault, connection, subjects)?;
    let ids: Vec<String> = destroyed.iter().map(|subject| subject.id().to_string()).collect();
    let erased = on_backend!(tx, |connection| {
        let erasures =
            events::table.filter(events::kind.eq(Event::PERSONS_ERASED)).filter(events::subject_id.eq_any(&ids));
        legible(erasures.select((events::subject_kind, events::subject_id)), connection)
    })?;
    let erased: Vec<(String, String)> = erased.rows;
    let is_erased = |subject: &Subject| {
        let (kind, id) = subject.key();
        erased.iter().any(|(erased_kind, erased_id)| *erased_kind == kind && *erased_id == id)
    };
    missing.extend(destroyed.into_iter().filter(|subject| !is_erased(subject)));
    Ok(missing)
}
