//! Years of the calendar as they are kept, held against what the audit trail says of them: dates are counted by what stands there.

use crate::domain::accounts::actor::HALL_ID;
use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind, RecordedEntry};
use crate::domain::evidence::held::{Columns, Held, Told};
use crate::domain::evidence::row::instant;
use crate::service::base::digest::digest;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::calendar::years::{self, YearRow, YearSource};

/// The digest of a year's days.
const CONTENT: &str = "content";
const SOURCE: &str = "source";
const RECORDED_AT: &str = "recorded_at";
const RECORDED_BY: &str = "recorded_by";
const RECORDED_BY_NAME: &str = "recorded_by_name";

/// Every year of every edition that is kept or that the trail knows.
pub(in crate::service) fn held(tx: &mut Tx<'_>) -> Result<Vec<Held>, ServiceError> {
    let (told, rows) = (told(tx)?, years::rows(tx)?);
    let rows = rows.iter().map(|row| (id(row.year, row.edition), columns(row)));
    let mut all = Held::all(AuditSubjectKind::CalendarYear, rows.collect(), told);
    // An older version told only who did it.
    all.iter_mut().for_each(Held::leave_untold);
    Ok(all)
}

/// The years of which the trail doesn't say what they are; an older version told only who put them in force.
pub(in crate::service) fn untold(tx: &mut Tx<'_>) -> Result<Vec<Held>, ServiceError> {
    let (told, rows) = (told(tx)?, years::rows(tx)?);
    let is_told = |id: &str| told.get(id).is_some_and(|said| said.contains_key(CONTENT));
    let untold = rows.iter().filter(|row| !is_told(&id(row.year, row.edition)));
    let rows = untold.map(|row| (id(row.year, row.edition), columns(row)));
    Ok(Held::all(AuditSubjectKind::CalendarYear, rows.collect(), Told::new()))
}

/// The edition of the calendar in force, where it isn't the one that the trail says was put in force last.
pub(in crate::service) fn other_edition(tx: &mut Tx<'_>) -> Result<Option<i64>, ServiceError> {
    let in_force = years::edition(tx)?;
    let last = audit::newest(tx, AuditKind::CalendarChanged)?;
    let said = last.and_then(|entry| entry.details.get("edition")?.parse::<i64>().ok());
    Ok(said.filter(|said| *said != in_force).map(|_| in_force))
}

/// Why the calendar in the database isn't one to count by, in words.
///
/// # Errors
/// The database's.
pub fn fault(tx: &mut Tx<'_>) -> Result<Option<String>, ServiceError> {
    let put_back = "somebody has changed it there; put the last backup back";
    let of = |year: &str, edition: &str| format!("The year {year} in the database (edition {edition} of the calendar)");
    if let Some(edition) = other_edition(tx)? {
        return Ok(Some(format!(
            "The calendar in the database is edition {edition}, and the audit trail names another one: {put_back}."
        )));
    }
    let are_held = audit::has(tx, AuditKind::RecordsHeld)?;
    if let Some(Held { id, row, said, .. }) = held(tx)?.iter().find(|held| !held.is_as_told(are_held)) {
        let (year, edition) = id.split_once('.').unwrap_or((id, ""));
        let of = of(year, edition);
        return Ok(Some(match (row, said) {
            (None, _) => format!("{of} isn't there, or can't be read, though the audit trail names it: {put_back}."),
            (_, None) => format!("{of} isn't named by the audit trail: {put_back}."),
            _ => format!("{of} isn't the one that the audit trail names: {put_back}."),
        }));
    }
    let unread = years::rows(tx)?.into_iter().find_map(|row| row.fault().map(|why| (row, why)));
    Ok(unread.map(|(row, why)| {
        format!("{} can't be read ({why}): {put_back}.", of(&row.year.to_string(), &row.edition.to_string()))
    }))
}

/// What an entry of a change tells of a year: the name and the value of a detail.
pub(super) fn detail(year: i32, content: &str) -> (String, String) {
    (format!("{CONTENT}.{year}"), digest(content))
}

fn told(tx: &mut Tx<'_>) -> Result<Told, ServiceError> {
    let mut told = Told::new();
    for entry in audit::of_kinds(tx, &[AuditKind::CalendarChanged, AuditKind::RecordFound])? {
        match &entry.about {
            Some((kind, id)) if kind == AuditSubjectKind::CalendarYear.code() => {
                let said = told.entry(id.clone()).or_default();
                for (name, value) in entry.details {
                    said.entry(name).or_insert(value);
                }
            }
            _ if entry.kind == AuditKind::CalendarChanged.code() => {
                let said = |name: &str| entry.details.get(name).map(String::as_str).unwrap_or_default();
                for year in said("years").split(' ') {
                    let content = entry.details.get(&format!("{CONTENT}.{year}")).cloned();
                    let content = content.map(|digest| (CONTENT.to_owned(), digest));
                    let id = format!("{year}.{}", said("edition"));
                    told.entry(id).or_insert_with(|| recorded(&entry).into_iter().chain(content).collect());
                }
            }
            _ => {}
        }
    }
    Ok(told)
}

/// What a change says of each of its years. The hall itself takes years from its files, and nobody else does.
fn recorded(entry: &RecordedEntry) -> [(String, String); 4] {
    let source = if entry.by.id == HALL_ID { YearSource::Files } else { YearSource::Import };
    [
        (SOURCE, source.code().to_owned()),
        (RECORDED_AT, instant(entry.at.naive_utc())),
        (RECORDED_BY, entry.by.id.clone()),
        (RECORDED_BY_NAME, entry.by.name.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

fn id(year: i32, edition: i64) -> String {
    format!("{year}.{edition}")
}

fn columns(row: &YearRow) -> Columns {
    [
        (CONTENT, Some(digest(&row.content))),
        (SOURCE, Some(row.source.clone())),
        (RECORDED_AT, Some(instant(row.recorded_at.naive_utc()))),
        (RECORDED_BY, Some(row.recorded_by.clone())),
        (RECORDED_BY_NAME, Some(row.recorded_by_name.clone())),
    ]
    .into()
}
