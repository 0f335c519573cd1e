//! Exclusive claims: each is held by at most one case or certificate. The primary key enforces it on both databases.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::claims;
use crate::store::engine::tx::{Tx, parse_uuid};

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The one certificate of an organization.
    Organization {
        /// Its organization code.
        organization_code: String,
    },
    /// Adding an application to a certificate.
    Addition {
        /// Serial of the certificate.
        serial: String,
        /// Code of the application.
        application: String,
    },
    /// Working on a certificate in any other way: one case at a time.
    Work {
        /// Serial of the certificate.
        serial: String,
    },
}

impl Claim {
    /// Its kind, and on what it is.
    pub fn key(&self) -> (&'static str, String) {
        match self {
            Self::Organization { organization_code } => ("organization", organization_code.clone()),
            Self::Addition { serial, application } => ("addition", format!("{serial}/{application}")),
            Self::Work { serial } => ("work", serial.clone()),
        }
    }
}

/// Who holds a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An open case.
    Case(Uuid),
    /// A certificate, by its serial.
    Certificate(String),
}

impl Holder {
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Case(id) => ("case", id.to_string()),
            Self::Certificate(serial) => ("certificate", serial.clone()),
        }
    }

    fn from_columns(kind: &str, holder: String) -> Result<Self, StoreError> {
        match kind {
            "case" => Ok(Self::Case(parse_uuid(&holder)?)),
            "certificate" => Ok(Self::Certificate(holder)),
            _ => Err(StoreError::Corrupt(format!("unknown holder kind {kind}"))),
        }
    }
}

/// Takes a claim; answers who holds it already, if somebody does.
///
/// # Errors
/// The database's.
pub fn take(tx: &mut Tx<'_>, claim: &Claim, holder: &Holder, now: DateTime<Utc>) -> Result<Option<Holder>, StoreError> {
    let ((kind, subject), (holder_kind, holder_id)) = (claim.key(), holder.columns());
    let row = (
        claims::kind.eq(kind),
        claims::subject.eq(&subject),
        claims::holder_kind.eq(holder_kind),
        claims::holder.eq(&holder_id),
        claims::taken_at.eq(now.naive_utc()),
    );
    // On PostgreSQL this waits for another transaction that is taking the same claim.
    let taken = on_backend!(tx, |connection| {
        diesel::insert_into(claims::table).values(row).on_conflict_do_nothing().execute(connection)
    })?;
    if taken == 1 {
        return Ok(None);
    }
    // It may have been given back in between: then the whole use case is tried again.
    find(tx, claim)?.map(Some).ok_or(StoreError::Conflict)
}

/// Who holds a claim.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, claim: &Claim) -> Result<Option<Holder>, StoreError> {
    let (kind, subject) = claim.key();
    let found: Option<(String, String)> = on_backend!(tx, |connection| {
        claims::table
            .filter(claims::kind.eq(kind))
            .filter(claims::subject.eq(&subject))
            .select((claims::holder_kind, claims::holder))
            .first(connection)
            .optional()
    })?;
    found.map(|(kind, holder)| Holder::from_columns(&kind, holder)).transpose()
}

/// Who holds a claim, and since when.
///
/// # Errors
/// The database's.
pub fn held(tx: &mut Tx<'_>, claim: &Claim) -> Result<Option<(Holder, DateTime<Utc>)>, StoreError> {
    let (kind, subject) = claim.key();
    let found: Option<(String, String, NaiveDateTime)> = on_backend!(tx, |connection| {
        let columns = (claims::holder_kind, claims::holder, claims::taken_at);
        claims::table.find((kind, &subject)).select(columns).first(connection).optional()
    })?;
    found.map(|(kind, holder, at)| Ok((Holder::from_columns(&kind, holder)?, at.and_utc()))).transpose()
}

/// A claim as it stands: its kind, on what it is, and the case that holds it.
pub type OfCase = (String, String, String);

/// Claims that cases hold, after one by its kind and what it is on.
///
/// # Errors
/// The database's.
pub fn of_cases_after(tx: &mut Tx<'_>, (kind, subject): (&str, &str), limit: i64) -> Result<Vec<OfCase>, StoreError> {
    let behind = claims::kind.gt(kind).or(claims::kind.eq(kind).and(claims::subject.gt(subject)));
    Ok(on_backend!(tx, |connection| {
        let next = claims::table.filter(claims::holder_kind.eq("case")).filter(behind);
        let next = next.order((claims::kind, claims::subject)).limit(limit);
        legible(next.select((claims::kind, claims::subject, claims::holder)), connection)
    })?
    .rows)
}

/// Who adds an application to a certificate, if somebody does.
///
/// # Errors
/// The database's.
pub fn any_addition(tx: &mut Tx<'_>, serial: &str) -> Result<Option<Holder>, StoreError> {
    // Serials are letters, digits and hyphens: none of them is a wildcard. A range would depend on the collation.
    let of_serial = format!("{serial}/%");
    let found: Option<(String, String)> = on_backend!(tx, |connection| {
        claims::table
            .filter(claims::kind.eq("addition"))
            .filter(claims::subject.like(&of_serial))
            .select((claims::holder_kind, claims::holder))
            .first(connection)
            .optional()
    })?;
    found.map(|(kind, holder)| Holder::from_columns(&kind, holder)).transpose()
}

/// Who holds the claims on these organizations: their codes with the holders, of those that are held.
///
/// # Errors
/// The database's.
pub fn find_organizations(tx: &mut Tx<'_>, codes: &[&str]) -> Result<Vec<(String, Holder)>, StoreError> {
    let found: Vec<(String, String, String)> = on_backend!(tx, |connection| {
        claims::table
            .filter(claims::kind.eq("organization"))
            .filter(claims::subject.eq_any(codes))
            .select((claims::subject, claims::holder_kind, claims::holder))
            .load(connection)
    })?;
    found.into_iter().map(|(code, kind, holder)| Ok((code, Holder::from_columns(&kind, holder)?))).collect()
}

#[derive(Insertable)]
#[diesel(table_name = claims)]
struct ClaimRow {
    kind: &'static str,
    subject: String,
    holder_kind: &'static str,
    holder: String,
    taken_at: chrono::NaiveDateTime,
}

/// Takes claims that were found free.
///
/// # Errors
/// [`StoreError::Conflict`] when one was taken meanwhile, and all is to be decided again.
pub fn take_free(tx: &mut Tx<'_>, taking: &[(Claim, Holder)], now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = |(claim, holder): &(Claim, Holder)| {
        let ((kind, subject), (holder_kind, holder)) = (claim.key(), holder.columns());
        ClaimRow { kind, subject, holder_kind, holder, taken_at: now.naive_utc() }
    };
    let rows: Vec<ClaimRow> = taking.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let taken: Result<usize, StoreError> =
        on_backend!(tx, |connection| diesel::insert_into(claims::table).values(&rows).execute(connection))
            .map_err(StoreError::from);
    taken.map(drop).map_err(|error| if error.is_unique_violation() { StoreError::Conflict } else { error })
}

/// Hands a claim over to another holder.
///
/// # Errors
/// [`StoreError::Conflict`] when nobody holds it.
pub fn transfer(
    tx: &mut Tx<'_>,
    claim: &Claim,
    from: &Holder,
    to: &Holder,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ((kind, subject), (from_kind, from_id)) = (claim.key(), from.columns());
    let (holder_kind, holder_id) = to.columns();
    let changed = on_backend!(tx, |connection| {
        let target = claims::table
            .filter(claims::kind.eq(kind))
            .filter(claims::subject.eq(&subject))
            .filter(claims::holder_kind.eq(from_kind))
            .filter(claims::holder.eq(&from_id));
        diesel::update(target)
            .set((
                claims::holder_kind.eq(holder_kind),
                claims::holder.eq(&holder_id),
                claims::taken_at.eq(now.naive_utc()),
            ))
            .execute(connection)
    })?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Gives a claim back, where this holder has it.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut Tx<'_>, claim: &Claim, holder: &Holder) -> Result<(), StoreError> {
    let ((kind, subject), (holder_kind, holder_id)) = (claim.key(), holder.columns());
    on_backend!(tx, |connection| {
        let target = claims::table
            .filter(claims::kind.eq(kind))
            .filter(claims::subject.eq(&subject))
            .filter(claims::holder_kind.eq(holder_kind))
            .filter(claims::holder.eq(&holder_id));
        diesel::delete(target).execute(connection)
    })?;
    Ok(())
}
