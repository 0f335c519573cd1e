//! A part of a verification: whether imports, editions, years of the calendar and webhooks are what the audit trail says of them.
//!
//! Guarantees: a row and its entries are seen at one moment. What was there before is entered once as it is found, by the first start
//! that looks; a row of which the trail says nothing isn't blamed before.

use chrono::{DateTime, Utc};

use super::once::{enter_once, is_entered};
use super::verify::named;
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::evidence::finding::{FindingKind, Place, Verification, against_trail};
use crate::domain::evidence::held::{Held, telling};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::calendar::kept as calendar;
use crate::service::case_types::kept as editions;
use crate::service::certificates::kept as imports;
use crate::service::feed::webhooks::kept as webhooks;
use crate::store::accounts::audit;
use crate::store::{Db, Tx};

/// How many imports are looked at in one transaction.
const AT_ONCE: i64 = 100;

/// Enters imports, editions and years of the calendar as they are, once: from then on each is held against the trail.
///
/// # Errors
/// The database's.
pub async fn hold_records(db: &Db, now: DateTime<Utc>) -> Result<(), ServiceError> {
    enter_once(db, AuditKind::RecordsHeld, move |tx| {
        let by = Caller::operator().audit_actor();
        let mut all = [editions::held(tx)?, imports::held_after(tx, "", i64::MAX)?.0].concat();
        // What an entry of an older version tells of is held already.
        all.retain(|held| held.said.is_none());
        all.extend(calendar::untold(tx)?);
        let entry = AuditEntry::new(AuditKind::RecordsHeld, now, by.clone());
        let kinds = [
            ("imports", AuditSubjectKind::Import),
            ("editions", AuditSubjectKind::Edition),
            ("calendar_years", AuditSubjectKind::CalendarYear),
        ];
        let many = |kind: AuditSubjectKind| all.iter().filter(|held| held.kind == kind).count().to_string();
        let entry = kinds.into_iter().fold(entry, |entry, (name, kind)| entry.with(name, many(kind)));
        audit::append(tx, &entry)?;
        for held in all {
            let entry = AuditEntry::new(AuditKind::RecordFound, now, by.clone());
            let entry = entry.about(AuditSubject::new(held.kind, held.id));
            audit::append(tx, &telling(entry, held.row.unwrap_or_default()))?;
        }
        Ok(())
    })
    .await
}

/// Whether rows are held against the trail: then each has its entry.
pub(in crate::service) fn are_held(tx: &mut Tx<'_>) -> Result<bool, ServiceError> {
    is_entered(tx, AuditKind::RecordsHeld)
}

impl Service {
    /// Looks at every import, edition, year of the calendar and webhook that there is, or that the trail knows.
    pub(super) async fn check_records(&self, found: &mut Verification) -> Result<(), ServiceError> {
        let are_held = self.db.read_long("records_held", are_held).await?;
        let editions = self.db.read_long("verify_editions", editions::held).await;
        note(named("editions", editions, found)?, are_held, found);
        let years =
            self.db.read_long("verify_years", |tx| Ok((calendar::held(tx)?, calendar::other_edition(tx)?))).await;
        let (years, other_edition) = named("years of the calendar", years, found)?;
        note(years, are_held, found);
        if let Some(edition) = other_edition {
            let (kind, id) = ("calendar".to_owned(), edition.to_string());
            found.find(FindingKind::EntryDiffers, Place::Columns { kind, id, names: vec!["edition"] });
        }
        let webhooks = self.db.read_long("verify_webhooks", webhooks::held).await;
        note(named("webhooks", webhooks, found)?, are_held, found);
        let mut after = String::new();
        loop {
            let from = after.clone();
            let read = self.db.read_long("verify_imports", move |tx| imports::held_after(tx, &from, AT_ONCE));
            let (all, Some(last)) = named("imports", read.await, found)? else { return Ok(()) };
            note(all, are_held, found);
            after = last;
        }
    }
}

fn note(all: Vec<Held>, are_held: bool, found: &mut Verification) {
    for held in all {
        let is_told = held.said.is_some() || !are_held;
        let (differing, is_there) = (held.differing(), held.row.is_some());
        if let Some((kind, place)) = against_trail((held.kind, held.id), is_there, is_told, differing) {
            found.find(kind, place);
        }
    }
}
