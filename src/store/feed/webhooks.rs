//! Webhooks: where they are, how far each has been told, and which instance works on it.
//!
//! Guarantees: secrets are stored encrypted, by a key of each webhook (docs/encryption.md). Whoever moves a webhook on says from where: nobody
//! skips or repeats what another instance has done meanwhile.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tables::{webhook_attempts, webhook_queue, webhooks};
use crate::domain::feed::webhook::{DisabledReason, Replay, Webhook, WebhookSecret};
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, from_json, parse_uuid, to_json};
use crate::store::engine::vault::Place;

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct Row {
    id: String,
    client_id: String,
    url: String,
    types: String,
    active: bool,
    disabled_reason: Option<String>,
    secrets: String,
    position: i64,
    replay_position: Option<i64>,
    replay_end: Option<i64>,
    replay_from: Option<NaiveDateTime>,
    replay_to: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    version: i64,
}

/// What the column of secrets holds.
#[derive(Serialize, Deserialize)]
struct Secrets {
    secrets: Vec<WebhookSecret>,
}

/// A webhook to which something may be sent, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: Uuid,
    /// The system that it belongs to.
    pub client_id: String,
    /// Number of the last event that entered its queue, or was passed over.
    pub position: i64,
    /// The same of what it is told once more.
    pub replay_position: Option<i64>,
    /// Events that wait.
    pub queued: i64,
    /// Since when the oldest does.
    pub oldest: Option<DateTime<Utc>>,
    /// When the next is due.
    pub next_at: Option<DateTime<Utc>>,
}

/// How long an instance works on a webhook unless it says so again.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// The instance.
    pub by: Uuid,
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Row {
    fn read(self, tx: &mut Tx<'_>) -> Result<Webhook, StoreError> {
        let id = parse_uuid(&self.id)?;
        let replay = match (self.replay_position, self.replay_end, self.replay_from, self.replay_to) {
            (Some(position), Some(end), Some(from), Some(to)) => {
                Some(Replay { position, end, from: from.and_utc(), to: to.and_utc() })
            }
            _ => None,
        };
        let unknown = |code: String| StoreError::Corrupt(format!("a webhook switched off by {code}"));
        let disabled_reason =
            self.disabled_reason.map(|code| DisabledReason::from_code(&code).ok_or_else(|| unknown(code)));
        let Secrets { secrets } = tx.read(place(id), self.secrets)?;
        Ok(Webhook {
            id,
            client_id: self.client_id,
            url: self.url,
            types: from_json(&self.types)?,
            active: self.active,
            disabled_reason: disabled_reason.transpose()?,
            secrets,
            position: self.position,
            replay,
            created_at: self.created_at.and_utc(),
            version: self.version,
        })
    }
}

/// The columns of what is told once more.
#[derive(AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
struct ReplayRow {
    replay_position: Option<i64>,
    replay_end: Option<i64>,
    replay_from: Option<NaiveDateTime>,
    replay_to: Option<NaiveDateTime>,
}

fn replay_columns(replay: Option<&Replay>) -> ReplayRow {
    ReplayRow {
        replay_position: replay.map(|replay| replay.position),
        replay_end: replay.map(|replay| replay.end),
        replay_from: replay.map(|replay| replay.from.naive_utc()),
        replay_to: replay.map(|replay| replay.to.naive_utc()),
    }
}

fn place(id: Uuid) -> Place {
    Place::document(Subject::Webhook(id))
}

/// A webhook by its id.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Webhook>, StoreError> {
    let row: Option<Row> = on_backend!(tx, |connection| {
        webhooks::table.find(id.to_string()).select(Row::as_select()).first(connection).optional()
    })?;
    row.map(|row| row.read(tx)).transpose()
}

/// The webhooks of a system, or all; they are few.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>, client_id: Option<&str>) -> Result<Vec<Webhook>, StoreError> {
    let rows: Vec<Row> = on_backend!(tx, |connection| {
        let mut query = webhooks::table.select(Row::as_select()).order(webhooks::id).into_boxed();
        if let Some(client_id) = client_id {
            query = query.filter(webhooks::client_id.eq(client_id));
        }
        query.load(connection)
    })?;
    rows.into_iter().map(|row| row.read(tx)).collect()
}

/// The column of secrets of each that can be read, by its id.
///
/// # Errors
/// The database's.
pub(in crate::store) fn secrets_of_all(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let read = on_backend!(tx, |connection| {
        legible(webhooks::table.select((webhooks::id, webhooks::secrets)).order(webhooks::id), connection)
    })?;
    Ok(read.rows)
}

/// What is asked of a webhook, as its row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// The system.
    pub client_id: String,
    /// The address.
    pub url: String,
    /// JSON array of types.
    pub types: String,
    /// Whether anything is sent there.
    pub active: bool,
    /// Why the hall switched it off.
    pub disabled_reason: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

/// What is asked of each that can be read, without its secrets.
///
/// # Errors
/// The database's.
pub fn asked_of_all(tx: &mut Tx<'_>) -> Result<Vec<Asked>, StoreError> {
    let read = on_backend!(tx, |connection| {
        legible(webhooks::table.select(Row::as_select()).order(webhooks::id), connection)
    })?;
    let asked = |row: Row| Asked {
        id: row.id,
        client_id: row.client_id,
        url: row.url,
        types: row.types,
        active: row.active,
        disabled_reason: row.disabled_reason,
        created_at: row.created_at.and_utc(),
        version: row.version,
    };
    Ok(read.rows.into_iter().map(asked).collect())
}

/// How many there are, of a system or at all.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, client_id: Option<&str>) -> Result<i64, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = webhooks::table.count().into_boxed();
        if let Some(client_id) = client_id {
            query = query.filter(webhooks::client_id.eq(client_id));
        }
        query.get_result(connection)
    })?)
}

/// The ids of all.
///
/// # Errors
/// The database's.
pub fn ids(tx: &mut Tx<'_>) -> Result<Vec<Uuid>, StoreError> {
    let ids: Vec<String> = on_backend!(tx, |connection| webhooks::table.select(webhooks::id).load(connection))?;
    ids.iter().map(|id| parse_uuid(id)).collect()
}

/// Leaves all webhooks to whoever comes next: for a start before which nobody else works on any.
///
/// # Errors
/// The database's.
pub fn release_all(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let nobody: (Option<String>, Option<NaiveDateTime>) = (None, None);
    let change = (webhooks::leased_by.eq(nobody.0), webhooks::leased_until.eq(nobody.1));
    let leased = webhooks::table.filter(webhooks::leased_by.is_not_null());
    on_backend!(tx, |connection| diesel::update(leased).set(change).execute(connection))?;
    Ok(())
}

/// Adds a webhook.
///
/// # Errors
/// The database's.
pub fn insert(tx: &mut Tx<'_>, webhook: &Webhook) -> Result<(), StoreError> {
    let secrets = tx.written(place(webhook.id), &Secrets { secrets: webhook.secrets.clone() })?;
    let row = (
        webhooks::id.eq(webhook.id.to_string()),
        webhooks::client_id.eq(&webhook.client_id),
        webhooks::url.eq(&webhook.url),
        webhooks::types.eq(to_json(&webhook.types)?),
        webhooks::active.eq(webhook.active),
        webhooks::secrets.eq(secrets),
        webhooks::position.eq(webhook.position),
        webhooks::created_at.eq(webhook.created_at.naive_utc()),
        webhooks::version.eq(webhook.version),
    );
    on_backend!(tx, |connection| diesel::insert_into(webhooks::table).values(row).execute(connection))?;
    Ok(())
}

/// Keeps what is asked of a webhook as it is now, where its version follows the one that is stored; how far it is stays.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else changed it meanwhile.
pub fn save(tx: &mut Tx<'_>, webhook: &Webhook) -> Result<(), StoreError> {
    let secrets = tx.written(place(webhook.id), &Secrets { secrets: webhook.secrets.clone() })?;
    let change = (
        webhooks::url.eq(&webhook.url),
        webhooks::types.eq(to_json(&webhook.types)?),
        webhooks::active.eq(webhook.active),
        webhooks::disabled_reason.eq(webhook.disabled_reason.map(DisabledReason::code)),
        webhooks::secrets.eq(secrets),
        webhooks::version.eq(webhook.version),
    );
    let before = webhooks::table.find(webhook.id.to_string()).filter(webhooks::version.eq(webhook.version - 1));
    let changed = on_backend!(tx, |connection| diesel::update(before).set(change).execute(connection))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Begins to tell something once more, or nothing, in place of what was told so until now.
///
/// # Errors
/// The database's.
pub fn set_replay(tx: &mut Tx<'_>, id: Uuid, replay: Option<&Replay>) -> Result<(), StoreError> {
    let one = webhooks::table.find(id.to_string());
    on_backend!(tx, |connection| diesel::update(one).set(replay_columns(replay)).execute(connection))?;
    Ok(())
}

/// Removes a webhook, with its queue, its log and its secrets.
///
/// # Errors
/// The database's.
pub fn remove(tx: &mut Tx<'_>, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    let text = id.to_string();
    on_backend!(tx, |connection| {
        diesel::delete(webhook_queue::table.filter(webhook_queue::webhook_id.eq(&text))).execute(connection)?;
        diesel::delete(webhook_attempts::table.filter(webhook_attempts::webhook_id.eq(&text))).execute(connection)?;
        diesel::delete(webhooks::table.find(&text)).execute(connection)
    })?;
    tx.destroy_key(Subject::Webhook(id), now)?;
    Ok(())
}

/// Those that are active, and how far each is.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>) -> Result<Vec<Standing>, StoreError> {
    use diesel::dsl::{count_star, min};
    type Waiting = (String, i64, Option<NaiveDateTime>, Option<NaiveDateTime>);
    type Known = (String, String, i64, Option<i64>);
    let (rows, waiting): (Vec<Known>, Vec<Waiting>) = on_backend!(tx, |connection| {
        let active = webhooks::table.filter(webhooks::active.eq(true)).order(webhooks::id);
        let columns = (webhooks::id, webhooks::client_id, webhooks::position, webhooks::replay_position);
        let figures =
            (webhook_queue::webhook_id, count_star(), min(webhook_queue::queued_at), min(webhook_queue::next_at));
        let grouped = webhook_queue::table.group_by(webhook_queue::webhook_id).select(figures);
        (active.select(columns).load(connection)?, grouped.load(connection)?)
    });
    let standing = |(text, client_id, position, replay_position): Known| {
        let figures = waiting.iter().find(|(of, ..)| *of == text);
        Ok(Standing {
            id: parse_uuid(&text)?,
            client_id,
            position,
            replay_position,
            queued: figures.map_or(0, |(_, queued, ..)| *queued),
            oldest: figures.and_then(|(_, _, oldest, _)| oldest.map(|at| at.and_utc())),
            next_at: figures.and_then(|(.., next_at)| next_at.map(|at| at.and_utc())),
        })
    };
    rows.into_iter().map(standing).collect()
}

/// Takes a webhook to work on it, or goes on with that; `false` where another instance does, or it isn't active.
///
/// # Errors
/// The database's.
pub fn lease(tx: &mut Tx<'_>, id: Uuid, lease: Lease) -> Result<bool, StoreError> {
    let Lease { by, now, until } = lease;
    let is_free = webhooks::leased_until.is_null().or(webhooks::leased_until.le(now.naive_utc()));
    let is_ours = is_free.or(webhooks::leased_by.eq(by.to_string()));
    let one = webhooks::table.filter(webhooks::id.eq(id.to_string())).filter(webhooks::active.eq(true)).filter(is_ours);
    let change = (webhooks::leased_by.eq(by.to_string()), webhooks::leased_until.eq(until.naive_utc()));
    let leased = on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(leased == 1)
}

/// Leaves a webhook to whoever comes next.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut Tx<'_>, id: Uuid, by: Uuid) -> Result<(), StoreError> {
    let one = webhooks::table.filter(webhooks::id.eq(id.to_string())).filter(webhooks::leased_by.eq(by.to_string()));
    let nobody: (Option<String>, Option<NaiveDateTime>) = (None, None);
    let change = (webhooks::leased_by.eq(nobody.0), webhooks::leased_until.eq(nobody.1));
    on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(())
}

/// Moves a webhook on; `false` where it isn't where it was seen any more.
///
/// # Errors
/// The database's.
pub fn advance(tx: &mut Tx<'_>, id: Uuid, from: i64, to: i64) -> Result<bool, StoreError> {
    let one = webhooks::table.filter(webhooks::id.eq(id.to_string())).filter(webhooks::position.eq(from));
    let moved = on_backend!(tx, |connection| diesel::update(one).set(webhooks::position.eq(to)).execute(connection))?;
    Ok(moved == 1)
}

/// The same of what is told once more; it ends with its last event.
///
/// # Errors
/// The database's.
pub fn advance_replay(tx: &mut Tx<'_>, id: Uuid, seen: &Replay, to: i64) -> Result<bool, StoreError> {
    let one = webhooks::table
        .filter(webhooks::id.eq(id.to_string()))
        .filter(webhooks::replay_position.eq(seen.position))
        .filter(webhooks::replay_end.eq(seen.end));
    let left = Some(Replay { position: to, ..*seen }).filter(|left| left.position < left.end);
    let change = replay_columns(left.as_ref());
    let moved = on_backend!(tx, |connection| diesel::update(one).set(change).execute(connection))?;
    Ok(moved == 1)
}
