//! The names of a case in the index of names: the organization's, and those of applicant, agent and certificate contact; beside them its
//! labels, a reference and pairs of metadata.

use std::borrow::Cow;

use diesel::prelude::*;
use uuid::Uuid;

use super::load::load_several;
use crate::domain::base::search_key;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::application::Application;
use crate::domain::progress::Part;
use crate::store::engine::connection::on_backend;
use crate::store::engine::db::Db;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{self, Field, Named, Parts};
use crate::store::engine::schema::cases;
use crate::store::engine::tx::{Tx, parse_uuid};

/// How many cases of before there was an index are entered in one transaction.
const AT_ONCE: i64 = 500;

fn persons(application: &Application) -> impl Iterator<Item = &str> {
    let Application { applicant, agent, certificate_contact, .. } = application;
    let others = agent.iter().map(|agent| &agent.name).chain(certificate_contact.iter().map(|contact| &contact.name));
    std::iter::once(&applicant.name).chain(others).map(String::as_str)
}

fn names(id: Uuid, application: &Application) -> impl Iterator<Item = Named<'_>> {
    let organization = (Field::Organization, Cow::from(&application.organization.name), id);
    std::iter::once(organization).chain(persons(application).map(move |name| (Field::Person, name.into(), id)))
}

fn labels(id: Uuid, application: &Application) -> impl Iterator<Item = Named<'_>> {
    let reference = application.labels.reference.iter().map(move |reference| (Field::Reference, reference.into(), id));
    reference.chain(application.labels.pairs().map(move |pair| (Field::Metadata, pair.into(), id)))
}

/// The search keys of the persons' names, a line each, and after a tab that of the organization's name. No key has either, so
/// one column serves both searches.
pub(super) fn key(application: &Application) -> String {
    let persons: Vec<String> = persons(application).map(search_key::key).collect();
    format!("{}\t{}", persons.join("\n"), search_key::key(&application.organization.name))
}

/// The pattern of a part of the organization's name in [`key`].
pub(super) fn like_organization(part: &str) -> String {
    format!("%\t{}", name_parts::like(part))
}

/// The pattern of a part of a person's name in [`key`].
pub(super) fn like_person(part: &str) -> String {
    format!("{}\t%", name_parts::like(part))
}

fn set_key(tx: &mut Tx<'_>, id: Uuid, application: &Application) -> Result<(), StoreError> {
    let (id, key) = (id.to_string(), key(application));
    on_backend!(tx, |connection| {
        diesel::update(cases::table.filter(cases::id.eq(&id))).set(cases::names_key.eq(&key)).execute(connection)
    })?;
    Ok(())
}

/// Whether parts of the names of a case, or its labels, don't lead to it.
///
/// # Errors
/// The database's.
pub fn are_missing(tx: &mut Tx<'_>, case: &Case) -> Result<bool, StoreError> {
    let (id, application) = (case.id, &case.application);
    Ok(name_parts::missing(tx, names(id, application).chain(labels(id, application)))? > 0)
}

/// The rows by which a case is found by its names and labels.
pub(super) fn parts(case: &Case) -> Parts {
    let (id, application) = (case.id, &case.application);
    Parts::of(names(id, application).chain(labels(id, application)))
}

/// Enters the names of a case, and its labels.
///
/// # Errors
/// The database's.
pub(super) fn insert(tx: &mut Tx<'_>, case: &Case) -> Result<(), StoreError> {
    let (id, application) = (case.id, &case.application);
    name_parts::insert(tx, names(id, application).chain(labels(id, application)))
}

/// Puts the names and the labels of a corrected application in the place of those before.
///
/// # Errors
/// The database's.
pub fn rename(tx: &mut Tx<'_>, id: Uuid, before: &Application, after: &Application) -> Result<(), StoreError> {
    let (old, new): (Vec<_>, Vec<_>) = (labels(id, before).collect(), labels(id, after).collect());
    name_parts::remove(tx, old.iter().filter(|label| !new.contains(label)).cloned())?;
    name_parts::insert(tx, new.into_iter().filter(|label| !old.contains(label)))?;
    if names(id, before).eq(names(id, after)) {
        return Ok(());
    }
    name_parts::remove(tx, names(id, before))?;
    set_key(tx, id, after)?;
    name_parts::insert(tx, names(id, after))
}

/// Enters the names of cases from before there was an index of them; answers how many there were. Each instance that starts
/// may do so at once: a case is entered by whoever is first.
///
/// # Errors
/// The database's.
pub async fn enter_missing(db: &Db) -> Result<u64, StoreError> {
    let mut entered = 0;
    loop {
        let some = db.write("enter_names", |tx| {
            let ids: Vec<String> = on_backend!(tx, |connection| {
                let missing = cases::table.filter(cases::names_key.is_null()).order(cases::id);
                missing.select(cases::id).limit(AT_ONCE).load(connection)
            })?;
            let ids = ids.iter().map(|id| parse_uuid(id)).collect::<Result<Vec<_>, _>>()?;
            for case in load_several(tx, &ids)? {
                // Of another instance that did the same meanwhile nothing is left, and nothing is entered twice.
                name_parts::remove(tx, names(case.id, &case.application))?;
                set_key(tx, case.id, &case.application)?;
                // PostgreSQL: it enters the same at this moment; the next run finds what it entered.
                let entered = insert(tx, &case);
                entered.map_err(|error| if error.is_unique_violation() { StoreError::Conflict } else { error })?;
            }
            Ok::<_, StoreError>(ids.len() as u64)
        });
        let some = some.await?;
        if entered == 0 && some > 0 {
            db.progress().begin(Part::uncounted("names of older cases entered"));
        }
        entered += some;
        db.progress().done(some)?;
        if some == 0 {
            return Ok(entered);
        }
    }
}
