//! Finding what bears a name by a part of the name: certificates and cases in one index. References and pairs of metadata stand in it whole.
//!
//! A part is looked up by the rarest pair of neighbouring characters in it, so that a page costs what that pair is common,
//! not what the table is large. Where every pair is common, so are the hits as a rule, and the newest are soon found; words
//! that are common, but stand together nowhere, would have the whole table looked through. So a page looks at a bounded
//! number of rows, and says where to go on.

mod entering;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use self::entering::{PartRow, rows};
pub(in crate::store) use self::entering::{Parts, insert};
use super::connection::on_backend;
use super::error::StoreError;
use super::schema::name_parts;
use super::tx::{Tx, parse_uuid};
use crate::domain::base::search_key;

/// Whose name a part is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Field {
    /// The organization that holds a certificate.
    Holder,
    /// The person who handles it.
    Handler,
    /// The organization that applies in a case.
    Organization,
    /// The applicant or the agent of a case.
    Person,
    /// No name, but the reference of a case.
    Reference,
    /// No name, but a pair of a case's metadata.
    Metadata,
}

impl Field {
    /// Its code in the index.
    pub(in crate::store) fn code(self) -> &'static str {
        match self {
            Self::Holder => "name",
            Self::Handler => "handler",
            Self::Organization => "case_organization",
            Self::Person => "case_person",
            Self::Reference => "case_reference",
            Self::Metadata => "case_metadata",
        }
    }

    /// By which parts it is found: of names by neighbouring characters, else by the whole.
    fn parts(self, name: Cow<'_, str>) -> BTreeSet<String> {
        match self {
            Self::Reference | Self::Metadata => BTreeSet::from([name.into_owned()]),
            Self::Holder | Self::Handler | Self::Organization | Self::Person => {
                search_key::parts(&search_key::key(&name))
            }
        }
    }
}

/// A name in the index: whose, what, and the certificate or case that bears it.
pub(in crate::store) type Named<'a> = (Field, Cow<'a, str>, Uuid);

/// Takes names out of the index.
pub(in crate::store) fn remove<'a>(
    tx: &mut Tx<'_>,
    names: impl IntoIterator<Item = Named<'a>>,
) -> Result<(), StoreError> {
    // By their key: there is no index by what bears them.
    for PartRow { field, part, subject_id } in rows(names) {
        on_backend!(tx, |connection| {
            let of_field = name_parts::table.filter(name_parts::field.eq(field)).filter(name_parts::part.eq(&part));
            diesel::delete(of_field.filter(name_parts::subject_id.eq(&subject_id))).execute(connection)
        })?;
    }
    Ok(())
}

/// How many parts of names that something bears don't lead to it.
pub(in crate::store) fn missing<'a>(
    tx: &mut Tx<'_>,
    names: impl IntoIterator<Item = Named<'a>>,
) -> Result<usize, StoreError> {
    let wanted = rows(names);
    let Some(subject_id) = wanted.first().map(|row| row.subject_id.clone()) else { return Ok(0) };
    let mut missing = 0;
    for of_field in wanted.chunk_by(|one, other| one.field == other.field) {
        for some in of_field.chunks(AT_ONCE) {
            let parts: Vec<&str> = some.iter().map(|row| row.part.as_str()).collect();
            let there: i64 = on_backend!(tx, |connection| {
                let of_field = name_parts::table.filter(name_parts::field.eq(some[0].field));
                let leading = of_field.filter(name_parts::part.eq_any(&parts));
                leading.filter(name_parts::subject_id.eq(&subject_id)).count().get_result(connection)
            })?;
            missing += some.len().saturating_sub(usize::try_from(there).unwrap_or(0));
        }
    }
    Ok(missing)
}

/// How much is done for a page.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Effort {
    /// A pair of characters in more names than this isn't counted further: it is common.
    pub(in crate::store) common: i64,
    /// The most rows that are looked at one by one.
    pub(in crate::store) looked_at: i64,
}

/// Fifty thousand rows take some twenty milliseconds to look at.
pub(in crate::store) const EFFORT: Effort = Effort { common: 2_000, looked_at: 50_000 };

/// How many ids are looked up in one statement.
const AT_ONCE: usize = 250;

/// Among which rows is looked, newest first.
#[derive(Clone, Copy)]
pub(in crate::store) enum Among<'a> {
    /// Those with these ids.
    Ids(&'a [String]),
    /// Those that are older than one, down to another.
    Range {
        /// Only older ones than this.
        after: Option<&'a str>,
        /// None that is older than this.
        oldest: Option<&'a str>,
    },
}

/// A table whose rows bear names.
pub(in crate::store) trait Searchable {
    /// What a page shows of a row.
    type Row;

    /// The names that are looked for, as search keys.
    fn names(&self) -> Vec<(Field, &str)>;

    /// What is looked for whole, all of which it must have: a reference, pairs of metadata.
    fn wholes(&self) -> Vec<(Field, String)> {
        Vec::new()
    }

    /// Whether it may let through few of many rows for another reason than names.
    fn is_sparse(&self) -> bool {
        false
    }

    /// Whether an index leads to few rows, whatever their names are.
    fn has_short_way(&self) -> bool;

    /// So many rows that the filter lets through, newest first.
    fn rows(&self, tx: &mut Tx<'_>, among: Among<'_>, limit: i64) -> Result<Vec<Self::Row>, StoreError>;

    /// The last of so many rows, newest first, whatever the filter says; none where there are fewer.
    fn last_of(&self, tx: &mut Tx<'_>, after: Option<&str>, many: i64) -> Result<Option<String>, StoreError>;

    /// The id of a row.
    fn id(row: &Self::Row) -> Uuid;
}

/// A page, newest first, and where the next one starts, if there is one. Where much had to be looked at, it has fewer rows than
/// asked for, or none, though others follow.
pub(in crate::store) fn page<S: Searchable>(
    tx: &mut Tx<'_>,
    searched: &S,
    after: Option<Uuid>,
    limit: i64,
    effort: Effort,
) -> Result<(Vec<S::Row>, Option<Uuid>), StoreError> {
    let (names, wholes, after) = (searched.names(), searched.wholes(), after.map(|id| id.to_string()));
    let parts = names.iter().flat_map(|(field, key)| search_key::parts(key).into_iter().map(|part| (*field, part)));
    // The newest of those with a common name are as soon found without the index; what is looked for whole may be common and long gone.
    let leading = rarest(tx, wholes.iter().cloned().chain(parts), effort)?.or_else(|| wholes.first().cloned());
    let mut oldest = None;
    let mut found = match leading {
        Some(part) => {
            let (found, last) = of_part(tx, searched, after.as_deref(), limit, &part, effort)?;
            oldest = last;
            found
        }
        None => {
            if (!names.is_empty() || searched.is_sparse()) && !searched.has_short_way() {
                oldest = searched.last_of(tx, after.as_deref(), effort.looked_at)?;
            }
            let among = Among::Range { after: after.as_deref(), oldest: oldest.as_deref() };
            searched.rows(tx, among, limit + 1)?
        }
    };
    let wanted = usize::try_from(limit).unwrap_or(0);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = match oldest {
        _ if more => found.last().map(S::id),
        Some(oldest) => Some(parse_uuid(&oldest)?),
        None => None,
    };
    Ok((found, next))
}

/// A page of those with a part in a name: their ids first, because PostgreSQL would rather walk through the table; and the last that was looked at,
/// where others may follow.
fn of_part<S: Searchable>(
    tx: &mut Tx<'_>,
    searched: &S,
    after: Option<&str>,
    limit: i64,
    leading: &(Field, String),
    effort: Effort,
) -> Result<(Vec<S::Row>, Option<String>), StoreError> {
    let (mut listed, mut wanted, mut left) = (Vec::new(), limit + 1, effort.looked_at);
    let (others, mut after) = (searched.wholes(), after.map(str::to_owned));
    loop {
        let mut ids = bearing(tx, leading, after.as_deref(), None)?;
        let Some(last) = ids.last().cloned() else { return Ok((listed, None)) };
        left -= i64::try_from(ids.len()).unwrap_or(left);
        for other in others.iter().filter(|other| *other != leading) {
            ids = bearing(tx, other, None, Some(&ids))?;
        }
        let found = searched.rows(tx, Among::Ids(&ids), wanted)?;
        wanted -= i64::try_from(found.len()).unwrap_or(wanted);
        listed.extend(found);
        if wanted <= 0 || left <= 0 {
            return Ok((listed, Some(last).filter(|_| wanted > 0)));
        }
        after = Some(last);
    }
}

/// Some of what bears a part of a name, newest first: after one of them, or of these.
fn bearing(
    tx: &mut Tx<'_>,
    (field, part): &(Field, String),
    after: Option<&str>,
    among: Option<&[String]>,
) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let of_field = name_parts::table.filter(name_parts::field.eq(field.code()));
        let mut query = of_field.filter(name_parts::part.eq(part)).into_boxed();
        if let Some(after) = after {
            query = query.filter(name_parts::subject_id.lt(after));
        }
        if let Some(among) = among {
            query = query.filter(name_parts::subject_id.eq_any(among));
        }
        let newest = query.select(name_parts::subject_id).order(name_parts::subject_id.desc());
        newest.limit(i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).load(connection)
    })?)
}

/// Of the rows whose names share pairs of characters with a key: at least half of its pairs, the rarest first. Of each pair only
/// the newest rows are looked at, so that it costs the same however many there are.
pub(in crate::store) fn nearest(
    tx: &mut Tx<'_>,
    field: Field,
    key: &str,
    effort: Nearness,
) -> Result<Vec<String>, StoreError> {
    let parts: Vec<String> = search_key::parts(key).into_iter().take(effort.parts).collect();
    let mut shared: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for part in &parts {
        let ids: Vec<String> = on_backend!(tx, |connection| {
            let of_field = name_parts::table.filter(name_parts::field.eq(field.code()));
            let newest = of_field.filter(name_parts::part.eq(part)).order(name_parts::subject_id.desc());
            newest.select(name_parts::subject_id).limit(effort.rows).load(connection)
        })?;
        let rarity = 1.0 / f64::from(u32::try_from(ids.len()).unwrap_or(u32::MAX));
        for id in ids {
            let (count, rare) = shared.entry(id).or_default();
            (*count, *rare) = (*count + 1, *rare + rarity);
        }
    }
    let mut near: Vec<_> = shared.into_iter().filter(|(_, (count, _))| 2 * count >= parts.len()).collect();
    near.sort_by(|(id, (_, one)), (other_id, (_, other))| other.total_cmp(one).then_with(|| other_id.cmp(id)));
    Ok(near.into_iter().map(|(id, _)| id).take(effort.found).collect())
}

/// How much is done for names that are near.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Nearness {
    /// The most pairs of characters.
    parts: usize,
    /// The most rows of a pair.
    rows: i64,
    /// The most rows that are answered: some of them the reader may not see.
    found: usize,
}

/// Some ten milliseconds.
pub(in crate::store) const NEARNESS: Nearness = Nearness { parts: 24, rows: 200, found: 50 };

/// The part that is in the fewest names, of all that is looked for; none: all of them are common.
fn rarest(
    tx: &mut Tx<'_>,
    parts: impl Iterator<Item = (Field, String)>,
    effort: Effort,
) -> Result<Option<(Field, String)>, StoreError> {
    let (mut found, mut bound) = (None, effort.common);
    for (field, part) in parts {
        let seen: Vec<i32> = on_backend!(tx, |connection| {
            let of_field = name_parts::table.filter(name_parts::field.eq(field.code()));
            let of_part = of_field.filter(name_parts::part.eq(&part));
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
pub(in crate::store) fn like(key: &str) -> String {
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
