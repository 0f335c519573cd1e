//! The log over all rows: its leaves, and the seals on them.
//!
//! Guarantees: a row gets its position when it is sealed, events of a seal before entries of the audit trail, each in the order of their numbers. One
//! instance at a time adds to the log; what it adds and the seal on it are one transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::columns::{at, spelled};
use super::settled::Numbers;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::evidence::row::RowHash;
use crate::domain::evidence::suite::{Digest, Suite};
use crate::domain::evidence::tree::{Frontier, frontier_leaves};
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{audit, events, leaves, seals};
use crate::store::engine::tx::Tx;

/// So many of the newest seals are looked at for one that can be read.
const NEWEST: i64 = 10;

/// Any number that nothing else locks: "caseseal" in ASCII.
const LOCK: i64 = i64::from_be_bytes(*b"caseseal");

vocabulary! {
    /// Where a leaf's row stands.
    pub enum Source {
        /// Among the events.
        Event = "event";
        /// In the audit trail.
        Entry = "audit";
    }
}

/// A leaf of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// From 0.
    pub position: i64,
    /// By which seal it was sealed.
    pub seal: i64,
    /// Where its row stands; none: somebody wrote something else there.
    pub source: Option<Source>,
    /// The number of its row there.
    pub number: i64,
    /// The root of the largest complete subtree that ends with it.
    pub node: Vec<u8>,
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// From 1.
    pub number: i64,
    /// When, to the second.
    pub at: DateTime<Utc>,
    /// Code of its suite.
    pub suite: String,
    /// The position at which its tree starts.
    pub starts_at: i64,
    /// Leaves of its tree.
    pub size: i64,
    /// The signed checkpoint.
    pub note: String,
}

/// How far the log goes.
#[derive(Debug, Clone, Default)]
pub struct LogEnd {
    /// The newest seal.
    pub seal: Option<Seal>,
    /// How many leaves there are.
    pub leaves: i64,
    /// The newest seal that any leaf names.
    pub named_seal: i64,
    /// The last rows that are in the log.
    pub through: Numbers,
}

/// Lets nobody else add to the log until the transaction ends.
///
/// # Errors
/// The database's.
pub fn lock(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(connection) = tx.connection() {
        diesel::select(sql::<Text>(&format!("pg_advisory_xact_lock({LOCK})::text"))).execute(connection)?;
    }
    Ok(())
}

/// How far the log goes.
///
/// # Errors
/// The database's.
pub fn end(tx: &mut Tx<'_>) -> Result<LogEnd, StoreError> {
    let seal = seals_before(tx, None, NEWEST)?.into_iter().next();
    let last: Option<(i64, i64)> = on_backend!(tx, |connection| {
        let last = leaves::table.order(leaves::position.desc()).select((leaves::position, leaves::seal));
        last.first(connection).optional()
    })?;
    let (leaves, named_seal) = last.map_or((0, 0), |(position, seal)| (position.saturating_add(1), seal));
    let through = Numbers { event: last_of(tx, Source::Event)?, entry: last_of(tx, Source::Entry)? };
    Ok(LogEnd { seal, leaves, named_seal, through })
}

/// The number of the last row of a source that is in the log.
pub(super) fn last_of(tx: &mut Tx<'_>, source: Source) -> Result<i64, StoreError> {
    let last: Option<i64> = on_backend!(tx, |connection| {
        leaves::table.filter(leaves::source.eq(source.code())).select(max(leaves::number)).first(connection)
    })?;
    Ok(last.unwrap_or(0))
}

/// Rows behind the end of the log and up to what is settled, in the order in which they enter it.
///
/// # Errors
/// The database's; a row without a hash.
pub fn unsealed(
    tx: &mut Tx<'_>,
    end: &LogEnd,
    settled: Numbers,
    limit: i64,
) -> Result<Vec<(Source, i64, RowHash)>, StoreError> {
    let of_events: Vec<(i64, Option<Vec<u8>>)> = on_backend!(tx, |connection| {
        events::table
            .filter(events::number.gt(end.through.event).and(events::number.le(settled.event)))
            .order(events::number)
            .select((events::number, events::hash))
            .limit(limit)
            .load(connection)
    })?;
    let limit = limit - i64::try_from(of_events.len()).unwrap_or(limit);
    let of_entries: Vec<(i64, Vec<u8>)> = on_backend!(tx, |connection| {
        audit::table
            .filter(audit::number.gt(end.through.entry).and(audit::number.le(settled.entry)))
            .order(audit::number)
            .select((audit::number, audit::hash))
            .limit(limit)
            .load(connection)
    })?;
    let of_events = of_events.into_iter().map(|(number, hash)| (Source::Event, number, hash.unwrap_or_default()));
    let of_entries = of_entries.into_iter().map(|(number, hash)| (Source::Entry, number, hash));
    let row = |(source, number, hash): (Source, i64, Vec<u8>)| match RowHash::from_bytes(&hash) {
        Some(hash) => Ok((source, number, hash)),
        None => Err(StoreError::Corrupt(format!("{} {number} has no hash", source.code()))),
    };
    of_events.chain(of_entries).map(row).collect()
}

/// The tree that starts at a position, with so many leaves.
///
/// # Errors
/// The database's; nodes that aren't there.
pub fn frontier(tx: &mut Tx<'_>, suite: Suite, starts_at: i64, size: i64) -> Result<Frontier, StoreError> {
    let size = u64::try_from(size).unwrap_or(0);
    let position = |index: u64| starts_at.saturating_add(i64::try_from(index).unwrap_or(i64::MAX));
    let positions: Vec<i64> = frontier_leaves(size).into_iter().map(position).collect();
    let nodes: Vec<Vec<u8>> = on_backend!(tx, |connection| {
        let wanted = leaves::table.filter(leaves::position.eq_any(&positions)).order(leaves::position);
        wanted.select(leaves::node).load(connection)
    })?;
    let nodes: Option<Vec<Digest>> = nodes.into_iter().map(|node| node.try_into().ok()).collect();
    let frontier = nodes.and_then(|nodes| Frontier::of(suite, size, nodes));
    frontier.ok_or_else(|| StoreError::Corrupt("the log of events and entries has gaps".to_owned()))
}

/// Adds leaves and the seal on them.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, new: &[Leaf], seal: &Seal) -> Result<(), StoreError> {
    let rows: Vec<_> = new
        .iter()
        .map(|leaf| {
            (
                leaves::position.eq(leaf.position),
                leaves::seal.eq(leaf.seal),
                leaves::source.eq(leaf.source.map_or("", Source::code)),
                leaves::number.eq(leaf.number),
                leaves::node.eq(&leaf.node),
            )
        })
        .collect();
    let row = (
        seals::number.eq(seal.number),
        seals::at.eq(seal.at.naive_utc()),
        seals::suite.eq(&seal.suite),
        seals::starts_at.eq(seal.starts_at),
        seals::size.eq(seal.size),
        seals::note.eq(&seal.note),
    );
    on_backend!(tx, |connection| {
        diesel::insert_into(leaves::table).values(&rows).execute(connection)?;
        diesel::insert_into(seals::table).values(row).execute(connection)
    })?;
    Ok(())
}

/// Leaves from a position on, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn leaves_from(tx: &mut Tx<'_>, position: i64, limit: i64) -> Result<Vec<Leaf>, StoreError> {
    let read = on_backend!(tx, |connection| {
        let from = leaves::table.filter(leaves::position.ge(position)).order(leaves::position).limit(limit);
        legible(from.select((leaves::position, leaves::seal, leaves::source, leaves::number, leaves::node)), connection)
    })?;
    let leaf = |(position, seal, source, number, node): (i64, i64, String, i64, Vec<u8>)| {
        let source = Source::from_code(&source);
        Leaf { position, seal, source, number, node }
    };
    Ok(read.rows.into_iter().map(leaf).collect())
}

/// The numbers within a range, first and last included, that are in the log.
///
/// # Errors
/// The database's.
pub fn in_log(tx: &mut Tx<'_>, source: Source, first: i64, last: i64) -> Result<Vec<i64>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        leaves::table
            .filter(leaves::source.eq(source.code()))
            .filter(leaves::number.between(first, last))
            .select(leaves::number)
            .load(connection)
    })?)
}

/// The stored hashes of rows by their numbers; of a row that isn't there none.
///
/// # Errors
/// The database's.
pub fn hashes(tx: &mut Tx<'_>, source: Source, numbers: &[i64]) -> Result<HashMap<i64, Vec<u8>>, StoreError> {
    let rows: Vec<(i64, Option<Vec<u8>>)> = on_backend!(tx, |connection| match source {
        Source::Event => {
            let wanted = events::table.filter(events::number.eq_any(numbers));
            wanted.select((events::number, events::hash)).load(connection)
        }
        Source::Entry => {
            let wanted = audit::table.filter(audit::number.eq_any(numbers));
            wanted.select((audit::number, audit::hash.nullable())).load(connection)
        }
    })?;
    Ok(rows.into_iter().map(|(number, hash)| (number, hash.unwrap_or_default())).collect())
}

/// Seals after a number, oldest first, as far as they can be read.
///
/// # Errors
/// The database's.
pub fn seals_after(tx: &mut Tx<'_>, number: i64, limit: i64) -> Result<Vec<Seal>, StoreError> {
    seals_where(tx, Seals { number: Some(number), ..Seals::default() }, limit)
}

/// Seals before a number, newest first; without a number the newest.
///
/// # Errors
/// The database's.
pub fn seals_before(tx: &mut Tx<'_>, number: Option<i64>, limit: i64) -> Result<Vec<Seal>, StoreError> {
    seals_where(tx, Seals { number, newest_first: true, ..Seals::default() }, limit)
}

/// The newest seals of a suite, newest first.
///
/// # Errors
/// The database's.
pub fn newest_of(tx: &mut Tx<'_>, suite: Suite, limit: i64) -> Result<Vec<Seal>, StoreError> {
    seals_where(tx, Seals { newest_first: true, suite: Some(suite), ..Seals::default() }, limit)
}

/// Which seals: before or after a number.
#[derive(Default)]
struct Seals {
    number: Option<i64>,
    newest_first: bool,
    suite: Option<Suite>,
}

fn seals_where(tx: &mut Tx<'_>, wanted: Seals, limit: i64) -> Result<Vec<Seal>, StoreError> {
    let Seals { number, newest_first, suite } = wanted;
    let at = at(tx, "seals");
    let read = on_backend!(tx, |connection| {
        let mut query = seals::table.into_boxed();
        query = match (number, newest_first) {
            (Some(number), true) => query.filter(seals::number.lt(number)),
            (Some(number), false) => query.filter(seals::number.gt(number)),
            (None, _) => query,
        };
        if let Some(suite) = suite {
            query = query.filter(seals::suite.eq(suite.code()));
        }
        query = if newest_first { query.order(seals::number.desc()) } else { query.order(seals::number) };
        let columns = (seals::number, at, seals::suite, seals::starts_at, seals::size, seals::note);
        legible(query.select(columns).limit(limit), connection)
    })?;
    let seal = |(number, at, suite, starts_at, size, note): (i64, String, String, i64, i64, String)| {
        // What somebody wrote there instead is no instant that was ever signed.
        let at = spelled(at).parse().unwrap_or(DateTime::<Utc>::MIN_UTC);
        Seal { number, at, suite, starts_at, size, note }
    };
    Ok(read.rows.into_iter().map(seal).collect())
}
