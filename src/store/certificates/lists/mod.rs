//! Searching the register: filtered, newest first, a page at a time.
//!
//! A part of a name is looked up by the rarest pair of neighbouring characters in it, so that a page costs what that pair
//! is common, not what the register is large. Where every pair is common, so are the hits as a rule, and the newest are
//! soon found; words that are common, but stand together nowhere, would have the whole register looked through. So a page
//! looks at a bounded number of certificates, and says where to go on.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::names::Field;
use crate::domain::base::search_key;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::state::{CertificateState, LifeStage};
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{certificate_name_parts as parts, certificates, former_serials};
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

/// How much is done for a page.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// A pair of characters in more names than this isn't counted further: it is common.
    common: i64,
    /// The most certificates that are looked at one by one.
    looked_at: i64,
}

/// Fifty thousand rows take some twenty milliseconds to look at.
const EFFORT: Effort = Effort { common: 2_000, looked_at: 50_000 };

/// How many ids are looked up in one statement.
const AT_ONCE: usize = 250;

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
    let names: Vec<(Field, &str)> = [(Field::Name, &filter.name), (Field::Handler, &filter.handler)]
        .into_iter()
        .filter_map(|(field, key)| Some((field, key.as_deref()?)))
        .collect();
    let mut oldest = None;
    let mut found = match rarest(tx, &names, effort)? {
        Some(part) => of_part(tx, filter, page, &part)?,
        None => {
            let after = page.after.map(|id| id.to_string());
            if !names.is_empty() && !has_short_way(filter) {
                oldest = last_of(tx, after.as_deref(), effort.looked_at)?;
            }
            let among = Among::Range { after: after.as_deref(), oldest: oldest.as_deref() };
            certificates_of(tx, filter, among, page.limit + 1)?
        }
    };
    let wanted = usize::try_from(page.limit).unwrap_or(0);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = match oldest {
        _ if more => found.last().map(|last| last.id),
        Some(oldest) => Some(parse_uuid(&oldest)?),
        None => None,
    };
    Ok(CertificateListing { certificates: found, next })
}

/// A pair of characters, with whose name it is of.
type Part = (Field, String);

/// Among which certificates is looked.
#[derive(Clone, Copy)]
enum Among<'a> {
    /// Those with these ids.
    Ids(&'a [String]),
    /// Those that entered the register before one, down to another.
    Range { after: Option<&'a str>, oldest: Option<&'a str> },
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
    let documents: Vec<String> = on_backend!(tx, |connection| {
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
        if let Some(name) = &name {
            query = query.filter(certificates::name_key.like(name).escape('\\'));
        }
        if let Some(handler) = &handler {
            query = query.filter(certificates::handler_key.like(handler).escape('\\'));
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
        query.select(certificates::document).order(certificates::id.desc()).limit(limit).load(connection)
    })?;
    documents.iter().map(|document| from_json(document)).collect()
}

/// Certificates that had a serial before they were corrected.
fn with_former(tx: &mut Tx<'_>, serial: &str) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let had = former_serials::table.filter(former_serials::serial.eq(serial));
        had.select(former_serials::certificate_id).limit(100).load(connection)
    })?)
}

/// A page of those with a part in a name: their ids first, because PostgreSQL would rather walk through the register.
fn of_part(
    tx: &mut Tx<'_>,
    filter: &CertificateFilter,
    page: &CertificatePage,
    (field, part): &Part,
) -> Result<Vec<Certificate>, StoreError> {
    let after = page.after.map(|id| id.to_string());
    let ids: Vec<String> = on_backend!(tx, |connection| {
        let mut query = parts::table.filter(parts::field.eq(field.code())).filter(parts::part.eq(part)).into_boxed();
        if let Some(after) = &after {
            query = query.filter(parts::certificate_id.lt(after));
        }
        query.select(parts::certificate_id).order(parts::certificate_id.desc()).load(connection)
    })?;
    let (mut listed, mut wanted) = (Vec::new(), page.limit + 1);
    for ids in ids.chunks(AT_ONCE) {
        let found = certificates_of(tx, filter, Among::Ids(ids), wanted)?;
        wanted -= i64::try_from(found.len()).unwrap_or(wanted);
        listed.extend(found);
        if wanted <= 0 {
            break;
        }
    }
    Ok(listed)
}

/// Whether an index leads to few certificates, whatever their names are.
fn has_short_way(filter: &CertificateFilter) -> bool {
    let numbers =
        [&filter.serial, &filter.medium_number, &filter.organization_code, &filter.kept_at, &filter.box_number];
    let held_up = [CertificateState::Suspended, CertificateState::Locked];
    filter.to_correct
        || numbers.into_iter().any(Option::is_some)
        || filter.state.is_some_and(|(state, _)| held_up.contains(&state))
}

/// The last of so many certificates, newest first; none where there are fewer.
fn last_of(tx: &mut Tx<'_>, after: Option<&str>, many: i64) -> Result<Option<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = certificates::table.select(certificates::id).into_boxed();
        if let Some(after) = after {
            query = query.filter(certificates::id.lt(after));
        }
        query.order(certificates::id.desc()).offset(many - 1).limit(1).first(connection).optional()
    })?)
}

/// The pair of characters that is in the fewest names, of all that is looked for; none: all of them are common.
fn rarest(tx: &mut Tx<'_>, names: &[(Field, &str)], effort: Effort) -> Result<Option<Part>, StoreError> {
    let (mut found, mut bound) = (None, effort.common);
    for (field, part) in
        names.iter().flat_map(|(field, key)| search_key::parts(key).into_iter().map(|part| (*field, part)))
    {
        let seen: Vec<i32> = on_backend!(tx, |connection| {
            let of_part = parts::table.filter(parts::field.eq(field.code())).filter(parts::part.eq(&part));
            of_part.select(1.into_sql::<diesel::sql_types::Integer>()).limit(bound).load(connection)
        })?;
        let count = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        if count < bound {
            (found, bound) = (Some((field, part)), count);
        }
        if count == 0 {
            break;
        }
    }
    Ok(found)
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
