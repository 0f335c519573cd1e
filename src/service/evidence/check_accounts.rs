//! A part of a verification: whether accounts and other systems are what the audit trail says of them.
//!
//! Guarantees: an account, its row and its entries are seen at one moment. What was there before its kind of entry was written is entered
//! once as it is found, by the first start that looks; nothing is held against the trail before.

use chrono::{DateTime, Utc};

use super::once::{enter_once, is_entered};
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, RecordedEntry};
use crate::domain::accounts::entered::{Columns, Entered, SIGNED_IN_AT, TELLING};
use crate::domain::evidence::finding::{FindingKind, Place, Verification, against_trail};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::{account, clients as systems};
use crate::service::base::error::ServiceError;
use crate::store::accounts::{self as stored, audit, clients};
use crate::store::evidence::accounts::{Holders, ids_after};
use crate::store::{Db, Tx};

/// How many accounts are looked at in one transaction.
const AT_ONCE: i64 = 100;

/// Enters accounts and systems as they are, once: from then on each is held against the trail.
///
/// # Errors
/// The database's.
pub async fn hold_accounts(db: &Db, now: DateTime<Utc>) -> Result<(), ServiceError> {
    enter_once(db, AuditKind::AccountsHeld, move |tx| {
        let by = Caller::operator().audit_actor();
        let (people, others) = (stored::all_users(tx)?, clients::all(tx)?);
        let held = AuditEntry::new(AuditKind::AccountsHeld, now, by.clone());
        let held = held.with("accounts", people.len().to_string()).with("systems", others.len().to_string());
        audit::append(tx, &held)?;
        let mut enter = |kind, about, columns: Columns| {
            let entry = AuditEntry::new(kind, now, by.clone()).about(about);
            audit::append(tx, &columns.into_iter().fold(entry, |entry, (name, value)| entry.with(name, value)))
        };
        for one in &people {
            enter(AuditKind::AccountFound, AuditSubject::account(&one.id), account::entered(one))?;
        }
        for one in &others {
            enter(AuditKind::SystemFound, AuditSubject::system(&one.id), systems::entered(one)?)?;
        }
        Ok(())
    })
    .await
}

impl Service {
    /// Looks at every account and system that there is, or that the trail knows.
    pub(super) async fn check_accounts(&self, found: &mut Verification) -> Result<(), ServiceError> {
        if !self.db.read("accounts_held", |tx| is_entered(tx, AuditKind::AccountsHeld)).await? {
            return Ok(());
        }
        for of in [Holders::Accounts, Holders::Systems] {
            let mut after = String::new();
            loop {
                let from = after.clone();
                let looked = self.db.read_long("verify_accounts", move |tx| looked_at(tx, of, &from)).await?;
                let (findings, Some(last)) = looked else { break };
                findings.into_iter().for_each(|(kind, place)| found.find(kind, place));
                after = last;
            }
        }
        Ok(())
    }
}

type Found = (FindingKind, Place);

/// What is wrong with those after an id, and the last of them.
fn looked_at(tx: &mut Tx<'_>, of: Holders, after: &str) -> Result<(Vec<Found>, Option<String>), ServiceError> {
    let ids = ids_after(tx, of, after, AT_ONCE)?;
    let mut found = Vec::new();
    for id in &ids {
        found.extend(fault_of(tx, of, id)?);
    }
    Ok((found, ids.last().cloned()))
}

fn fault_of(tx: &mut Tx<'_>, of: Holders, id: &str) -> Result<Option<Found>, ServiceError> {
    let (entries, row) = match both(tx, of, id) {
        Err(error) if error.is_of_stored_data() => {
            let (kind, id) = (of.subject().code().to_owned(), id.to_owned());
            return Ok(Some((FindingKind::Unreadable, Place::Subject { kind, id })));
        }
        read => read?,
    };
    let entered = Entered::by(&entries);
    let both = row.as_ref().zip(entered.as_ref());
    let mut differing = both.map(|(row, entered)| entered.differing(row)).unwrap_or_default();
    if of == Holders::Accounts && entered.is_some() && !is_signed_in_as_told(tx, id)? {
        differing.push(SIGNED_IN_AT);
    }
    Ok(against_trail((of.subject(), id.to_owned()), row.is_some(), entered.is_some(), differing))
}

/// What the trail says of one, and what there is.
fn both(tx: &mut Tx<'_>, of: Holders, id: &str) -> Result<(Vec<RecordedEntry>, Option<Columns>), ServiceError> {
    Ok((audit::about(tx, &AuditSubject::new(of.subject(), id), &TELLING)?, columns_of(tx, of, id)?))
}

/// Whether somebody signed in last when the trail says so. An account that signed in before there was a trail has no such entry.
fn is_signed_in_as_told(tx: &mut Tx<'_>, id: &str) -> Result<bool, ServiceError> {
    let told = audit::newest_about(tx, &AuditSubject::account(id), AuditKind::SignedIn)?;
    let stored = stored::user(tx, id)?.and_then(|account| account.signed_in_at);
    Ok(match (stored, told) {
        (Some(stored), Some(told)) => stored.timestamp_micros() == told.timestamp_micros(),
        (None, told) => told.is_none(),
        (Some(_), None) => audit::about(tx, &AuditSubject::account(id), &[AuditKind::AccountAdded])?.is_empty(),
    })
}

fn columns_of(tx: &mut Tx<'_>, of: Holders, id: &str) -> Result<Option<Columns>, ServiceError> {
    match of {
        Holders::Accounts => Ok(stored::user(tx, id)?.as_ref().map(account::entered)),
        Holders::Systems => clients::find(tx, id)?.as_ref().map(systems::entered).transpose(),
    }
}
