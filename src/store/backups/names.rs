//! The index of names, held against the search keys that stand beside the documents, and of labels against the documents: what in it leads
//! nowhere.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::domain::cases::intake::application::Application;
use crate::store::cases::{load, load_several};
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::Field;
use crate::store::engine::schema::{cases, certificates};
use crate::store::engine::tx::{Tx, parse_uuid};

/// A row of the index: whose name, the part, and what bears it.
pub type Part = (String, String, String);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = Text)]
    subject_id: String,
}

/// What is led to and bears no such name: its kind and id.
pub type Astray = BTreeSet<(&'static str, String)>;

/// How many ids are looked up in one statement.
const AT_ONCE: usize = 250;

/// The key of a name; none: it has none yet.
type Keys = BTreeMap<String, (Option<String>, Option<String>)>;

/// Of the rows after one, what they lead to that bears no such name: its kind and id, each once; and the last that was looked at.
///
/// # Errors
/// The database's.
pub fn astray(tx: &mut Tx<'_>, after: &Part, limit: i64) -> Result<(Astray, Option<Part>), StoreError> {
    // As one value, of which the key's index knows where it stands.
    let query = format!(
        "SELECT field, part, subject_id FROM name_parts WHERE (field, part, subject_id) > ($1, $2, $3) \
         ORDER BY field, part, subject_id LIMIT {limit}"
    );
    let read = on_backend!(tx, |connection| {
        let query = diesel::sql_query(&query).bind::<Text, _>(&after.0).bind::<Text, _>(&after.1);
        legible(query.bind::<Text, _>(&after.2), connection)
    })?;
    let rows: Vec<Part> = read.rows.into_iter().map(|row: Row| (row.field, row.part, row.subject_id)).collect();
    let is_label = |field: &str| [Field::Reference, Field::Metadata].iter().any(|of| of.code() == field);
    let (labels, names): (Vec<&Part>, Vec<&Part>) = rows.iter().partition(|(field, ..)| is_label(field));
    let is_of_case = |field: &str| [Field::Organization, Field::Person].iter().any(|of| of.code() == field);
    let (of_cases, others): (Vec<&Part>, Vec<&Part>) = names.into_iter().partition(|(field, ..)| is_of_case(field));
    let (in_cases, in_certificates) = (keys_of_cases(tx, &of_cases)?, keys_of_certificates(tx, &others)?);
    let mut astray = labels_astray(tx, &labels)?;
    for (field, part, id) in of_cases {
        // Persons' names, and after a tab the organization's.
        let key = in_cases.get(id).map(|(key, _)| key.as_deref());
        let key = key.map(|key| key.and_then(|key| key.split_once('\t')));
        let leads = key.map(|key| match key {
            Some((_, organization)) if field == Field::Organization.code() => organization.contains(part),
            Some((persons, _)) => persons.split('\n').any(|person| person.contains(part)),
            // One of before gets its key, and its parts with it, by the next start.
            None => true,
        });
        if !leads.unwrap_or(false) {
            astray.insert(("case", id.clone()));
        }
    }
    for (field, part, id) in others {
        let key = in_certificates.get(id).and_then(|(holder, handler)| match field {
            _ if field == Field::Holder.code() => holder.as_ref(),
            _ if field == Field::Handler.code() => handler.as_ref(),
            _ => None,
        });
        if !key.is_some_and(|key| key.contains(part)) {
            astray.insert(("certificate", id.clone()));
        }
    }
    Ok((astray, rows.into_iter().next_back()))
}

/// Of rows of labels, what they lead to that hasn't such a one. No key stands beside a document for these.
fn labels_astray(tx: &mut Tx<'_>, rows: &[&Part]) -> Result<Astray, StoreError> {
    let mut cases = Vec::new();
    for ids in ids(rows).chunks(AT_ONCE) {
        // What is no id, and what can't be read at all, has no labels; the latter is named as that, too.
        let ids: Vec<_> = ids.iter().filter_map(|id| parse_uuid(id).ok()).collect();
        match load_several(tx, &ids) {
            Err(error) if error.is_of_stored_data() => {
                cases.extend(ids.iter().filter_map(|id| load(tx, *id).ok().flatten()));
            }
            loaded => cases.extend(loaded?),
        }
    }
    let known: BTreeMap<String, _> = cases.into_iter().map(|case| (case.id.to_string(), case.application)).collect();
    let is_astray = |(field, label, id): &&&Part| {
        let has_it = |of: &Application| match field {
            _ if of.is_unreadable() => true,
            field if field == Field::Reference.code() => of.labels.reference.as_ref() == Some(label),
            _ => of.labels.pairs().any(|pair| pair == *label),
        };
        !known.get(id).is_some_and(has_it)
    };
    Ok(rows.iter().filter(is_astray).map(|(.., id)| ("case", id.clone())).collect())
}

fn ids(rows: &[&Part]) -> Vec<String> {
    rows.iter().map(|(.., id)| id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn keys_of_cases(tx: &mut Tx<'_>, rows: &[&Part]) -> Result<Keys, StoreError> {
    let mut keys = Keys::new();
    for ids in ids(rows).chunks(AT_ONCE) {
        let found = on_backend!(tx, |connection| {
            legible(cases::table.filter(cases::id.eq_any(ids)).select((cases::id, cases::names_key)), connection)
        })?;
        keys.extend(found.rows.into_iter().map(|(id, key)| (id, (key, None))));
    }
    Ok(keys)
}

fn keys_of_certificates(tx: &mut Tx<'_>, rows: &[&Part]) -> Result<Keys, StoreError> {
    let mut keys = Keys::new();
    for ids in ids(rows).chunks(AT_ONCE) {
        let found = on_backend!(tx, |connection| {
            let columns = (certificates::id, certificates::name_key, certificates::handler_key);
            legible(certificates::table.filter(certificates::id.eq_any(ids)).select(columns), connection)
        })?;
        keys.extend(found.rows.into_iter().map(|(id, holder, handler)| (id, (Some(holder), handler))));
    }
    Ok(keys)
}
