//! Cases as they are read: with one statement, what is needed to read them beside them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use uuid::Uuid;

use crate::domain::cases::case::Case;
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, person_keys};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, parse_uuid};
use crate::store::engine::vault::{KEY_COLUMNS, Place, StoredKey};

/// Where the persons of a case stand.
pub(super) fn place(id: Uuid) -> Place {
    Place::document(Subject::Case(id))
}

/// Id and document of a case, its key, and the edition of the calendar that is in force.
type Found = (String, String, Option<StoredKey>, Option<i64>);

/// The query of one case, by a condition.
macro_rules! one {
    ($condition:expr) => {{
        let of_case = person_keys::subject_kind.eq("case").and(person_keys::subject_id.eq(cases::id));
        let edition = sql::<Nullable<BigInt>>("(SELECT edition FROM calendar_state)");
        let columns = (cases::id, cases::document, KEY_COLUMNS.nullable(), edition);
        Kept(cases::table.left_join(person_keys::table.on(of_case)).filter($condition).select(columns))
    }};
}

/// A case by its id.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load(tx: &mut Tx<'_>, of: Uuid) -> Result<Option<Case>, StoreError> {
    let id = of.to_string();
    let found = on_backend!(tx, |connection| one!(cases::id.eq(&id)).get_result(connection).optional())?;
    found.map(|found| read(tx, found)).transpose()
}

/// A case by its acceptance number.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_by_number(tx: &mut Tx<'_>, acceptance_number: &str) -> Result<Option<Case>, StoreError> {
    let found = on_backend!(tx, |connection| {
        one!(cases::acceptance_number.eq(acceptance_number)).get_result(connection).optional()
    })?;
    found.map(|found| read(tx, found)).transpose()
}

fn read(tx: &mut Tx<'_>, (id, document, key, edition): Found) -> Result<Case, StoreError> {
    let id = parse_uuid(&id)?;
    tx.note(edition, key.map(|key| (Subject::Case(id), key)));
    tx.read(place(id), document)
}

/// Several cases, in the order of their ids.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_several(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Case>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        let wanted = cases::table.filter(cases::id.eq_any(&ids)).order(cases::id);
        wanted.select((cases::id, cases::document)).load(connection)
    })?;
    let texts = found.into_iter().map(|(id, document)| Ok((place(parse_uuid(&id)?), document)));
    tx.read_all(texts.collect::<Result<_, StoreError>>()?)
}
