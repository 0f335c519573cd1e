//! Opening the vault when a database is opened: the keys outside are held against what the database says of them.
//!
//! Guarantees: with a key that is missing, or is another one with the same id, nothing is opened; a database in which nothing was
//! encrypted yet gets its first data key, and instances that start together agree on one. Where it is the database that was changed, it is
//! said so, and whoever looks for such faults goes on with the keys outside.

use std::sync::{Arc, Mutex, RwLock};

use diesel::prelude::*;
use uuid::Uuid;

use super::data_keys::{DataKey, DataKeyCheck, DataKeySource, DataKeys};
use super::subject_keys::unwrapped;
use super::{KEY_COLUMNS, StoredKey, Vault};
use crate::domain::evidence::suite::Suite;
use crate::store::engine::connection::legible::{UNREADABLE_ID, legible};
use crate::store::engine::connection::{AnyConnection, on_connection};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{data_keys, person_keys};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;

/// What is wrong with the data keys of a program that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKeyState {
    /// Nothing.
    Sound,
    /// The database has none in force: nothing of persons can be written.
    NotInForce,
    /// The key in force doesn't lie at its source any more. The program goes on with what it has read; no further start does.
    SourceLost,
}

/// So many keys of persons are tried whether they open: somebody may have changed some of them, too.
const PROBES: i64 = 1_000;

/// What the database says of a data key: id, suite of the check, check, in force.
type Row = (String, String, String, bool);

impl Vault {
    /// Opens the vault of a database whose tables are up to date.
    ///
    /// # Errors
    /// [`StoreError::Keys`] says which key is missing or wrong, and what to do.
    pub(in crate::store) fn open(
        connection: &mut AnyConnection,
        source: &DataKeySource,
        suite: Suite,
        names_faults: bool,
    ) -> Result<Self, StoreError> {
        if *source == DataKeySource::Nowhere {
            return Ok(Self::closed(suite));
        }
        let mut known = known(connection)?;
        if known.is_empty() && !names_faults {
            enter_first(connection, source, suite)?;
            known = self::known(connection)?;
        }
        let keys = DataKeys::read(source)?;
        // Where none is in force, which is told, nothing is stored in clear for that.
        let in_force = known.iter().find(|(.., in_force)| *in_force).or(known.last());
        let hashing = in_force.and_then(|(id, ..)| Uuid::try_parse(id).ok()).or(keys.newest().map(|key| key.id));
        let (in_force, keys) = (RwLock::new(hashing), RwLock::new(Arc::new(keys)));
        let (source, missed, unreadable) = (source.clone(), Mutex::default(), Mutex::default());
        let vault = Self { source, suite, keys, hashing, in_force, missed, unreadable, names_faults };
        for row in &known {
            if let Err(error) = vault.check(row) {
                vault.blame(connection, row, error)?;
            }
        }
        Ok(vault)
    }

    /// Whether it is the key outside that is wrong, or what the database says of it: what the key has wrapped tells.
    fn blame(&self, connection: &mut AnyConnection, (id, ..): &Row, error: StoreError) -> Result<(), StoreError> {
        let by_it = self.wrapped(connection, Some(id))?;
        let (opens, any) = if by_it.is_empty() {
            // Nothing was wrapped by a key of this name: then any that was tells whether these are the hall's keys.
            let any = self.wrapped(connection, None)?;
            (any.iter().any(|row| self.opens(row)), any.is_empty())
        } else {
            (by_it.iter().any(|row| self.opens(row)), false)
        };
        match (opens, any) {
            (true, _) | (_, true) if self.names_faults => Ok(()),
            (true, _) => Err(StoreError::Keys(format!(
                "what the database says of the data key {id} was changed there: the keys in {} open what they have wrapped. Put the last \
                 backup of the database back; `casehall audit verify` names what was changed",
                self.source
            ))),
            _ => Err(error),
        }
    }

    /// Some keys of persons that were wrapped by a data key, or by any.
    fn wrapped(&self, connection: &mut AnyConnection, by: Option<&str>) -> Result<Vec<StoredKey>, StoreError> {
        let found = on_connection!(connection, |c| {
            let mut query = person_keys::table.filter(person_keys::wrapped.is_not_null()).into_boxed();
            if let Some(id) = by {
                query = query.filter(person_keys::data_key.eq(id));
            }
            legible(query.select(KEY_COLUMNS).limit(PROBES), c)
        });
        Ok(found?.rows)
    }

    fn opens(&self, row: &StoredKey) -> bool {
        let subject = Subject::from_key(&row.0, &row.1).ok();
        subject.is_some_and(|subject| matches!(unwrapped(self, subject, row), Ok(Some(_))))
    }

    /// What is wrong with the data keys, given the one that the database has in force.
    pub(in crate::store) fn state(&self, in_force: Option<Uuid>) -> DataKeyState {
        if self.source == DataKeySource::Nowhere {
            return DataKeyState::Sound;
        }
        let Some(id) = in_force else { return DataKeyState::NotInForce };
        let of = |keys: &DataKeys| keys.get(id).map(|key| key.check(self.suite));
        // Another instance may have put a newer one in force: that is in the source, and not known here yet.
        let known = of(&self.keys());
        let lies_there = DataKeys::read(&self.source).ok().and_then(|keys| of(&keys));
        if lies_there.is_some() && known.is_none_or(|known| Some(known) == lies_there) {
            DataKeyState::Sound
        } else {
            DataKeyState::SourceLost
        }
    }

    /// The ids of data keys that aren't, or aren't there any more, as the database says of them. Without a source nothing is known.
    pub(in crate::store) fn differing(&self, connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
        if self.source == DataKeySource::Nowhere {
            return Ok(Vec::new());
        }
        let ids = data_keys::table.select(data_keys::id).order(data_keys::id);
        let (ids, rows) = (on_connection!(connection, |c| legible(ids, c))?, known(connection)?);
        let is_sound = |id: &String| rows.iter().any(|row| row.0 == *id && self.check(row).is_ok());
        let unreadable = vec![UNREADABLE_ID.to_owned(); ids.unread];
        Ok(ids.rows.into_iter().filter(|id| !is_sound(id)).chain(unreadable).collect())
    }

    fn check(&self, (id, suite, check, _): &Row) -> Result<(), StoreError> {
        let corrupt = || StoreError::Corrupt(format!("what is kept of the data key {id} can't be read"));
        let suite = Suite::from_code(suite).ok_or_else(corrupt)?;
        let id = Uuid::try_parse(id).map_err(|_| corrupt())?;
        if self.keys_with(id)?.get(id).is_some_and(|key| key.check(suite) == *check) {
            return Ok(());
        }
        Err(StoreError::Keys(format!(
            "the data key {id} in {} isn't the one that this database was encrypted with, though it has its id. Put the file of \
             data keys back from its own backup, or correct this key's line",
            self.source
        )))
    }
}

/// By what the data keys of a database are told from others.
///
/// # Errors
/// The database's.
pub fn checks(tx: &mut Tx<'_>) -> Result<Vec<DataKeyCheck>, StoreError> {
    let check = |(id, suite, check, _): Row| {
        Uuid::try_parse(&id)
            .map(|id| DataKeyCheck { id, suite, check })
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    };
    known(tx.connection())?.into_iter().map(check).collect()
}

fn known(connection: &mut AnyConnection) -> Result<Vec<Row>, StoreError> {
    let columns = (data_keys::id, data_keys::suite, data_keys::check_value, data_keys::in_force);
    Ok(on_connection!(connection, |c| legible(data_keys::table.select(columns).order(data_keys::id), c))?.rows)
}

/// Gives a database its first data key.
fn enter_first(connection: &mut AnyConnection, source: &DataKeySource, suite: Suite) -> Result<(), StoreError> {
    let wrapped = person_keys::table.select(person_keys::subject_id).limit(1);
    let wrapped: Option<String> = on_connection!(connection, |c| wrapped.first(c).optional())?;
    if wrapped.is_some() {
        return Err(StoreError::Corrupt(
            "there are keys of persons, and the database names no data key that wraps them. Put its last backup back; `casehall audit \
             verify` names what was changed"
                .to_owned(),
        ));
    }
    let mut keys = DataKeys::read(source)?;
    if keys.newest().is_none() {
        keys = DataKeys::with_newer(source, None)?;
    }
    let Some(first) = keys.newest() else { return Ok(()) };
    // Of instances that do so together, one is first, and the others find its key.
    enter(connection, first, suite)
}

/// Enters a data key as the one in force; nothing happens where there is one.
pub(super) fn enter(connection: &mut AnyConnection, key: &DataKey, suite: Suite) -> Result<(), StoreError> {
    let row = (
        data_keys::id.eq(key.id.to_string()),
        data_keys::suite.eq(suite.code()),
        data_keys::check_value.eq(key.check(suite)),
        data_keys::in_force.eq(true),
    );
    on_connection!(connection, |c| {
        diesel::insert_into(data_keys::table).values(row).on_conflict_do_nothing().execute(c)
    })?;
    Ok(())
}
