//! The keys of persons' data, held against what happened: an erasure destroyed one, and nothing makes it again; a key is of something that there
//! is. And what they protect beside documents and events: the secrets of second factors and of webhooks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamp};
use uuid::Uuid;

use crate::domain::accounts::audit::AuditKind;
use crate::store::engine::connection::legible::{UNREADABLE_ID, legible};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{audit, events, users};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;
use crate::store::engine::vault::{self, Place, WithoutKey};
use crate::store::feed::webhooks::secrets_of_all;

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// It isn't there, though nothing destroyed it, or can't be unwrapped.
    Missing(Subject),
    /// It is there again.
    PutBack,
    /// It says that it was destroyed, at another instant than it was, or though it wasn't.
    DestroyedAt,
    /// There is nothing that it is of.
    OfNothing,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject_id: String,
}

#[derive(QueryableByName)]
struct Destroyed {
    #[diesel(sql_type = Text)]
    subject_id: String,
    #[diesel(sql_type = Nullable<Timestamp>)]
    destroyed_at: Option<NaiveDateTime>,
}

/// Kind and id of whose key it is.
pub type Of = (String, String);

/// What is wrong with some keys.
pub type Faults = Vec<(Of, KeyFault)>;

/// Of the keys after one, what is wrong with them; and the last that was looked at.
///
/// # Errors
/// The database's; a data key that this program lacks.
pub fn key_faults(tx: &mut Tx<'_>, after: &Of, limit: i64) -> Result<(Faults, Option<Of>), StoreError> {
    // As one value, of which the key's index knows where it stands.
    let query = format!(
        "SELECT subject_kind, subject_id, destroyed_at FROM person_keys WHERE (subject_kind, subject_id) > ($1, $2) \
         ORDER BY subject_kind, subject_id LIMIT {limit}"
    );
    let read = on_backend!(tx, |connection| {
        legible(diesel::sql_query(&query).bind::<Text, _>(&after.0).bind::<Text, _>(&after.1), connection)
    })?;
    let rows: Vec<Row> = read.rows;
    let read_at = on_backend!(tx, |connection| {
        legible(diesel::sql_query(&query).bind::<Text, _>(&after.0).bind::<Text, _>(&after.1), connection)
    })?;
    let destroyed_at: BTreeMap<String, Option<NaiveDateTime>> =
        read_at.rows.into_iter().map(|row: Destroyed| (row.subject_id, row.destroyed_at)).collect();
    let ids: Vec<String> = rows.iter().map(|row| row.subject_id.clone()).collect();
    let (ended, there) = (ended(tx, &ids)?, there(tx, &ids)?);
    let subjects: Vec<Subject> =
        rows.iter().filter_map(|row| Subject::from_key(&row.subject_kind, &row.subject_id).ok()).collect();
    let (vault, connection) = tx.vault_and_connection();
    let WithoutKey { missing, destroyed } = vault::without_key(vault, connection, &subjects)?;
    let nameless = || (("key".to_owned(), UNREADABLE_ID.to_owned()), KeyFault::OfNothing);
    let mut faults: Faults = (0..read.unread).map(|_| nameless()).collect();
    for Row { subject_kind, subject_id } in &rows {
        let of = (subject_kind.clone(), subject_id.clone());
        let Some(destroyed_at) = destroyed_at.get(subject_id).copied() else {
            faults.push((of, KeyFault::DestroyedAt));
            continue;
        };
        let Ok(subject) = Subject::from_key(subject_kind, subject_id) else {
            faults.push((of, KeyFault::OfNothing));
            continue;
        };
        let destroyed_at = destroyed_at.map(|at| at.and_utc());
        let is_missing = missing.contains(&subject);
        let fault = match ended.get(&of) {
            Some(at) if destroyed.contains(&subject) => (!is_same(destroyed_at, *at)).then_some(KeyFault::DestroyedAt),
            Some(_) => Some(KeyFault::PutBack),
            None if !there.contains(&of) => Some(KeyFault::OfNothing),
            None if is_missing || destroyed.contains(&subject) => Some(KeyFault::Missing(subject)),
            None => destroyed_at.map(|_| KeyFault::DestroyedAt),
        };
        faults.extend(fault.map(|fault| (of, fault)));
    }
    let last = rows.into_iter().next_back().map(|row| (row.subject_kind, row.subject_id));
    Ok((faults, last))
}

fn is_same(one: Option<DateTime<Utc>>, other: DateTime<Utc>) -> bool {
    one.is_some_and(|one| one.timestamp_micros() == other.timestamp_micros())
}

/// Of some ids, of what the trail says that its key was destroyed, and when: by the erasure of its persons, or with a webhook.
fn ended(tx: &mut Tx<'_>, ids: &[String]) -> Result<BTreeMap<Of, DateTime<Utc>>, StoreError> {
    let kinds = [AuditKind::PersonsErased, AuditKind::WebhookRemoved].map(AuditKind::code);
    let read = on_backend!(tx, |connection| {
        let about = audit::table.filter(audit::subject_id.eq_any(ids)).filter(audit::kind.eq_any(kinds));
        legible(about.select((audit::subject_kind, audit::subject_id, audit::at)), connection)
    })?;
    type Ended = (Option<String>, Option<String>, NaiveDateTime);
    let ended = |(kind, id, at): Ended| Some(((kind?, id?), at.and_utc()));
    Ok(read.rows.into_iter().filter_map(ended).collect())
}

/// Which of some ids are of something that there is, or was.
fn there(tx: &mut Tx<'_>, ids: &[String]) -> Result<BTreeSet<Of>, StoreError> {
    let begun = on_backend!(tx, |connection| {
        let firsts = events::table.filter(events::subject_kind.eq_any(["case", "certificate"]));
        let firsts = firsts.filter(events::subject_id.eq_any(ids)).filter(events::sequence.eq(1));
        legible(firsts.select((events::subject_kind, events::subject_id)), connection)
    })?;
    let begun: Vec<Of> = begun.rows;
    let accounts: Vec<String> = on_backend!(tx, |connection| {
        users::table.filter(users::id.eq_any(ids)).select(users::id).load(connection)
    })?;
    let webhooks = secrets_of_all(tx)?.into_iter().map(|(id, _)| ("webhook".to_owned(), id));
    let accounts = accounts.into_iter().map(|id| ("account".to_owned(), id));
    Ok(begun.into_iter().chain(accounts).chain(webhooks).collect())
}

/// Accounts whose second factor has a secret that can't be read, or that this program didn't write; with one that has none.
///
/// # Errors
/// The database's; a data key that this program lacks.
pub fn unreadable_second_factors(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let secrets = on_backend!(tx, |connection| {
        let any = users::totp_secret.is_not_null().or(users::totp_enrolled_at.is_not_null());
        legible(users::table.filter(any).select((users::id, users::totp_secret)).order(users::id), connection)
    })?;
    unreadable(tx, secrets.rows, Subject::Account)
}

/// Webhooks whose secrets can't be read, or that this program didn't write.
///
/// # Errors
/// As [`unreadable_second_factors`].
pub fn unreadable_webhooks(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let secrets = secrets_of_all(tx)?.into_iter().map(|(id, secrets)| (id, Some(secrets))).collect();
    unreadable(tx, secrets, Subject::Webhook)
}

fn unreadable(
    tx: &mut Tx<'_>,
    secrets: Vec<(String, Option<String>)>,
    subject: fn(Uuid) -> Subject,
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for (id, secret) in secrets {
        let text = Uuid::try_parse(&id).ok().zip(secret.filter(|secret| vault::is_encrypted(secret)));
        let opens = match text {
            Some((of, secret)) => tx.unopened(&[(Place::document(subject(of)), secret)])?.is_empty(),
            None => false,
        };
        if !opens {
            found.push(id);
        }
    }
    Ok(found)
}

/// Data keys of which the database says something else than what lies outside of it.
///
/// # Errors
/// The database's.
pub fn differing_data_keys(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let (vault, connection) = tx.vault_and_connection();
    vault.differing(connection)
}

/// The data key that is in force.
///
/// # Errors
/// The database's.
pub fn data_key_in_force(tx: &mut Tx<'_>) -> Result<Option<String>, StoreError> {
    use crate::store::engine::schema::data_keys as t;
    let in_force = on_backend!(tx, |c| legible(t::table.filter(t::in_force.eq(true)).select(t::id), c))?;
    Ok(in_force.rows.into_iter().next())
}
