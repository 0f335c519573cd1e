//! Searching the register: filtered, newest first, a page at a time.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use crate::domain::calendar::span::Span;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::state::{CertificateState, LifeStage};
use crate::store::certificates::rows;
use crate::store::engine::connection::{on_backend, within};
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{self, Among, EFFORT, Effort, Field, Searchable, like};
use crate::store::engine::schema::{certificates, former_serials};
use crate::store::engine::tx::Tx;

/// Which certificates are asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateFilter {
    /// With this serial, now or before it was corrected.
    pub serial: Option<String>,
    /// On this medium.
    pub medium_number: Option<String>,
    /// Of this organization, by its organization code.
    pub organization_code: Option<String>,
    /// With this in the organization's name, as a search key.
    pub name: Option<String>,
    /// With this in the handler's name, as a search key.
    pub handler: Option<String>,
    /// In one of these states; in any where there is none.
    pub states: Vec<CertificateState>,
    /// At this instant.
    pub at: DateTime<Utc>,
    /// Valid until then.
    pub valid_until: Span,
    /// Whose medium the hall has at this outlet.
    pub kept_at: Option<String>,
    /// Whose medium is in this box.
    pub box_number: Option<String>,
    /// Only those with a correction that waits.
    pub to_correct: bool,
    /// Only those that were registered by themselves and wait for approval.
    pub to_approve: bool,
    /// Only those of this import.
    pub import: Option<Uuid>,
}

/// Which part of a listing is asked for: newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificatePage {
    /// Only certificates that entered the register before this one.
    pub after: Option<Uuid>,
    /// At most this many.
    pub limit: i64,
}

/// A page of certificates.
#[derive(Debug, Clone, Default)]
pub struct CertificateListing {
    /// The certificates, newest first. Where much had to be looked at, fewer than asked for, or none, though others follow.
    pub certificates: Vec<Certificate>,
    /// Where the next page starts, if there is one.
    pub next: Option<Uuid>,
}

/// A page of certificates, newest first.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &CertificateFilter,
    page: &CertificatePage,
) -> Result<CertificateListing, StoreError> {
    list_with(tx, filter, page, EFFORT)
}

fn list_with(
    tx: &mut Tx<'_>,
    filter: &CertificateFilter,
    page: &CertificatePage,
    effort: Effort,
) -> Result<CertificateListing, StoreError> {
    let (certificates, next) = name_parts::page(tx, filter, page.after, page.limit, effort)?;
    Ok(CertificateListing { certificates, next })
}

impl Searchable for CertificateFilter {
    type Row = Certificate;

    fn names(&self) -> Vec<(Field, &str)> {
        let names = [(Field::Holder, &self.name), (Field::Handler, &self.handler)];
        names.into_iter().filter_map(|(field, key)| Some((field, key.as_deref()?))).collect()
    }

    fn has_short_way(&self) -> bool {
        let numbers = [&self.serial, &self.medium_number, &self.organization_code, &self.kept_at, &self.box_number];
        let held_up = [CertificateState::Suspended, CertificateState::Locked, CertificateState::Unapproved];
        self.to_correct
            || self.to_approve
            || self.import.is_some()
            || numbers.into_iter().any(Option::is_some)
            || matches!(self.states.as_slice(), [state] if held_up.contains(state))
    }

    fn is_sparse(&self) -> bool {
        self.states.len() > 1 || self.valid_until != Span::ALWAYS
    }

    fn rows(&self, tx: &mut Tx<'_>, among: Among<'_>, limit: i64) -> Result<Vec<Certificate>, StoreError> {
        certificates_of(tx, self, among, limit)
    }

    fn last_of(&self, tx: &mut Tx<'_>, after: Option<&str>, many: i64) -> Result<Option<String>, StoreError> {
        Ok(on_backend!(tx, |connection| {
            let mut query = certificates::table.select(certificates::id).into_boxed();
            if let Some(after) = after {
                query = query.filter(certificates::id.lt(after));
            }
            query.order(certificates::id.desc()).offset(many - 1).limit(1).first(connection).optional()
        })?)
    }

    fn id(certificate: &Certificate) -> Uuid {
        certificate.id
    }
}

/// So many certificates that a filter lets through, newest first.
fn certificates_of(
    tx: &mut Tx<'_>,
    filter: &CertificateFilter,
    among: Among<'_>,
    limit: i64,
) -> Result<Vec<Certificate>, StoreError> {
    let (name, handler) = (filter.name.as_deref().map(like), filter.handler.as_deref().map(like));
    // Asked for first: PostgreSQL uses no index for what is one number or else in a table.
    let former = filter.serial.as_deref().map_or(Ok(Vec::new()), |serial| with_former(tx, serial))?;
    let import = filter.import.map(|id| id.to_string());
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        let mut query = certificates::table.into_boxed();
        if let Some(serial) = &filter.serial {
            // SQLite would look through everything for what is one number or else nothing.
            query = match former.is_empty() {
                true => query.filter(certificates::serial.eq(serial)),
                false => query.filter(certificates::serial.eq(serial).or(certificates::id.eq_any(&former))),
            };
        }
        if let Some(medium_number) = &filter.medium_number {
            query = query.filter(certificates::medium_number.eq(medium_number));
        }
        if let Some(organization_code) = &filter.organization_code {
            query = query.filter(certificates::organization_code.eq(organization_code));
        }
        if let Some(outlet) = &filter.kept_at {
            query = query.filter(certificates::kept_at.eq(outlet));
        }
        if let Some(box_number) = &filter.box_number {
            query = query.filter(certificates::kept_at.is_not_null().and(certificates::box_number.eq(box_number)));
        }
        if filter.to_correct {
            query = query.filter(certificates::correction_asked_at.is_not_null());
        }
        if filter.to_approve {
            query = query.filter(certificates::stage.eq(LifeStage::Unapproved.code()));
            query = query.filter(certificates::import_id.is_null());
        }
        if let Some(import) = &import {
            query = query.filter(certificates::import_id.eq(import));
        }
        if let Some(name) = &name {
            query = query.filter(certificates::name_key.like(name).escape('\\'));
        }
        if let Some(handler) = &handler {
            query = query.filter(certificates::handler_key.like(handler).escape('\\'));
        }
        let (states, now) = (&filter.states, filter.at.naive_utc());
        if !states.is_empty() {
            let in_force = certificates::stage.ne(LifeStage::Revoked.code());
            let in_force = in_force.and(certificates::stage.ne(LifeStage::Unapproved.code()));
            let expired = certificates::valid_until.le(now);
            let living = in_force.and(certificates::valid_until.gt(now));
            let free = living.and(certificates::suspended_since.is_null()).and(certificates::locked_at.is_null());
            query = match *states.as_slice() {
                [state @ (CertificateState::Unapproved | CertificateState::Rejected | CertificateState::Revoked)] => {
                    query.filter(certificates::stage.eq(state.code()))
                }
                [CertificateState::Expired] => query.filter(in_force.and(expired)),
                [CertificateState::Suspended] => query.filter(living.and(certificates::suspended_since.is_not_null())),
                [CertificateState::Locked] => query.filter(
                    living.and(certificates::suspended_since.is_null()).and(certificates::locked_at.is_not_null()),
                ),
                [state] => query.filter(free.and(certificates::stage.eq(state.code()))),
                _ => {
                    let codes: Vec<&str> = states.iter().map(|state| state.code()).collect();
                    let asked = |state| states.contains(&state).into_sql::<Bool>();
                    let suspended = certificates::suspended_since.is_not_null().and(asked(CertificateState::Suspended));
                    let locked = certificates::suspended_since.is_null().and(certificates::locked_at.is_not_null());
                    let held_up = suspended.or(locked.and(asked(CertificateState::Locked)));
                    let out_of_force = not(in_force).and(certificates::stage.eq_any(codes.clone()));
                    let ended = in_force.and(expired).and(asked(CertificateState::Expired));
                    let held_up = living.and(held_up);
                    query.filter(out_of_force.or(ended).or(held_up).or(free.and(certificates::stage.eq_any(codes))))
                }
            };
        }
        within!(query, certificates::valid_until, filter.valid_until);
        match among {
            Among::Ids(ids) => query = query.filter(certificates::id.eq_any(ids)),
            Among::Range { after, oldest } => {
                if let Some(after) = after {
                    query = query.filter(certificates::id.lt(after));
                }
                if let Some(oldest) = oldest {
                    query = query.filter(certificates::id.ge(oldest));
                }
            }
        }
        query
            .select((certificates::id, certificates::document))
            .order(certificates::id.desc())
            .limit(limit)
            .load(connection)
    })?;
    rows::read(tx, found)
}

/// Certificates that had a serial before they were corrected.
fn with_former(tx: &mut Tx<'_>, serial: &str) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let had = former_serials::table.filter(former_serials::serial.eq(serial));
        had.select(former_serials::certificate_id).limit(100).load(connection)
    })?)
}
