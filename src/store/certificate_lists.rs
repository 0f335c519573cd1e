//! Searching the register: filtered, newest first, a page at a time.
//!
//! A part of a name is looked up by the rarest pair of neighbouring characters in it, so that a page costs what that pair
//! is common, not what the register is large; where every pair is common, so are the hits, and the newest are soon found.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::certificate_names::Field;
use super::certificates::{CertificateRow, with_services};
use super::schema::{certificate_name_parts as parts, certificates, former_serials};
use super::{StoreError, Tx, on_backend};
use crate::domain::certificate::{Certificate, CertificateState, LifeStage};
use crate::domain::search_key;

/// A pair of characters in more names than this isn't counted further: it is common.
const COMMON: i64 = 2_000;

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
    /// In this state at this instant.
    pub state: Option<(CertificateState, DateTime<Utc>)>,
    /// Whose medium the hall has at this outlet.
    pub kept_at: Option<String>,
    /// Whose medium is in this box.
    pub box_number: Option<String>,
    /// Only those with a correction that waits.
    pub to_correct: bool,
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
    /// The certificates, newest first.
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
    let mut names = Vec::new();
    for (field, key) in [(Field::Name, &filter.name), (Field::Handler, &filter.handler)] {
        if let Some(key) = key {
            names.push((field, rarest(tx, field, key)?, like(key)));
        }
    }
    let after = page.after.map(|id| id.to_string());
    let rows: Vec<CertificateRow> = on_backend!(tx, |connection| {
        let mut query = certificates::table.into_boxed();
        if let Some(serial) = &filter.serial {
            let former = former_serials::table.filter(former_serials::serial.eq(serial));
            let former = former.select(former_serials::certificate_id);
            query = query.filter(certificates::serial.eq(serial).or(certificates::id.eq_any(former)));
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
            query = query.filter(certificates::correction.is_not_null());
        }
        for (field, part, like) in &names {
            query = match field {
                Field::Name => query.filter(certificates::name_key.like(like).escape('\\')),
                Field::Handler => query.filter(certificates::handler_key.like(like).escape('\\')),
            };
            match part {
                // A common one finds its hits soon on the way through the register from its newest end.
                Part::Common => {}
                Part::Rare(part) => {
                    let of_part = parts::table.filter(parts::field.eq(field.code())).filter(parts::part.eq(part));
                    query = query.filter(certificates::id.eq_any(of_part.select(parts::certificate_id)));
                }
            }
        }
        if let Some((state, now)) = filter.state {
            let now = now.naive_utc();
            let (revoked, expired) =
                (certificates::stage.eq(LifeStage::Revoked.code()), certificates::valid_until.le(now));
            let living = certificates::stage.ne(LifeStage::Revoked.code()).and(certificates::valid_until.gt(now));
            let free = living.and(certificates::suspended_since.is_null()).and(certificates::locked_at.is_null());
            query = match state {
                CertificateState::Revoked => query.filter(revoked),
                CertificateState::Expired => {
                    query.filter(certificates::stage.ne(LifeStage::Revoked.code()).and(expired))
                }
                CertificateState::Suspended => query.filter(living.and(certificates::suspended_since.is_not_null())),
                CertificateState::Locked => query.filter(
                    living.and(certificates::suspended_since.is_null()).and(certificates::locked_at.is_not_null()),
                ),
                CertificateState::Made
                | CertificateState::InCustody
                | CertificateState::Issued
                | CertificateState::Active => query.filter(free.and(certificates::stage.eq(state.code()))),
            };
        }
        if let Some(after) = &after {
            query = query.filter(certificates::id.lt(after));
        }
        query.select(CertificateRow::as_select()).order(certificates::id.desc()).limit(page.limit + 1).load(connection)
    })?;
    let mut found = with_services(tx, rows)?;
    let wanted = usize::try_from(page.limit).unwrap_or(0);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = if more { found.last().map(|last| last.id) } else { None };
    Ok(CertificateListing { certificates: found, next })
}

/// The pair of a key by which it is looked up.
enum Part {
    /// The one in the fewest names.
    Rare(String),
    /// All of them are common.
    Common,
}

fn rarest(tx: &mut Tx<'_>, field: Field, key: &str) -> Result<Part, StoreError> {
    let mut found: Option<(i64, String)> = None;
    for part in search_key::parts(key) {
        let bound = found.as_ref().map_or(COMMON, |(count, _)| *count);
        let seen: Vec<i32> = on_backend!(tx, |connection| {
            let of_part = parts::table.filter(parts::field.eq(field.code())).filter(parts::part.eq(&part));
            of_part.select(1.into_sql::<diesel::sql_types::Integer>()).limit(bound).load(connection)
        })?;
        let count = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        if count < bound {
            found = Some((count, part));
        }
        if count == 0 {
            break;
        }
    }
    Ok(found.map_or(Part::Common, |(_, part)| Part::Rare(part)))
}

/// The pattern of a key anywhere in a name.
fn like(key: &str) -> String {
    let mut pattern = String::from("%");
    for c in key.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
