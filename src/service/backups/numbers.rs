//! Whether running numbers are what was given out: receipts by the cash journal, slips by the cases, prints by the audit trail; and whether
//! the numbers that certificates had before are those of their events.
//!
//! Guarantees: what was given out is missed wherever nothing is counted of it any more, since the next number would be a first again; nothing is
//! said to be wrong that the hall writes meanwhile: of slips of days that aren't over fewer may be there than were counted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditKind, AuditSubject, AuditSubjectKind, RecordedEntry};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::running_number::Series as _;
use crate::domain::cases::case::Case;
use crate::domain::certificates::custody::SlipKind;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};
use crate::domain::money::payment::EntryKind;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::reports::cash_up_prints::CASH_UP;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::backups::numbers::{self as stored, Counted};
use crate::store::engine::events::{self, Subject};

/// How many rows are looked at in one transaction.
const AT_ONCE: i64 = 200;
/// No other zone that a hall is moved to is further away.
const ZONES: TimeDelta = TimeDelta::hours(3);
/// What series of prints begin with.
const PRINT: &str = "print:";

/// Day, outlet and kind of a series of numbers.
type Key = (NaiveDate, String, String);
/// The same, where it isn't known on which of some days it began.
type Series = (Vec<NaiveDate>, String, String);

/// Slips by day, outlet and kind: how many there are, and the largest number.
pub(super) type Slips = BTreeMap<(NaiveDate, String, &'static str), (i64, u32)>;

/// Notes the slips of a case.
pub(super) fn note(case: &Case, slips: &mut Slips) {
    for given in &case.slips {
        let number = given.slip.number;
        let (many, largest) = slips.entry((number.day, given.slip.outlet.clone(), number.kind.series())).or_default();
        (*many, *largest) = (*many + 1, (*largest).max(number.number));
    }
}

/// Adds those of other cases.
pub(super) fn add(slips: &mut Slips, of_others: Slips) {
    for (key, (many, largest)) in of_others {
        let (all, last) = slips.entry(key).or_default();
        (*all, *last) = (*all + many, (*last).max(largest));
    }
}

/// The serials that a certificate had before, by its events.
pub(super) fn former_serials(told: &[Recorded<RegisterEntry>]) -> BTreeSet<String> {
    let (mut now, mut former) = (None, BTreeSet::new());
    for recorded in told {
        let serial = match &recorded.event.event {
            CertificateEvent::Registered { certificate } | CertificateEvent::Made { certificate } => {
                &certificate.particulars.serial
            }
            CertificateEvent::Changed { after, .. } | CertificateEvent::Corrected { after, .. } => &after.serial,
            _ => continue,
        };
        let before = now.replace(serial);
        former.extend(before.filter(|before| *before != serial).cloned());
    }
    former
}

impl Service {
    /// Looks at every row of running numbers.
    pub(super) async fn check_numbers(
        &self,
        began: DateTime<Utc>,
        slips: Slips,
        mut found: impl FnMut(String),
    ) -> Result<(), ServiceError> {
        // A transaction may take its time, and a clock be late.
        let today = self.hall.hours.local_date(began - TimeDelta::hours(1));
        let (mut after, mut seen) = (Counted::default(), BTreeSet::new());
        loop {
            let (service, from, slips) = (self.clone(), after.clone(), slips.clone());
            let looked = self.db.read_long("check_numbers", move |tx| {
                let rows = stored::counted_after(tx, &from, AT_ONCE)?;
                let mut faults = Vec::new();
                for row in &rows {
                    faults.extend(service.number_fault(tx, row, &slips, today)?);
                }
                Ok::<_, ServiceError>((rows, faults))
            });
            let (rows, faults) = looked.await?;
            faults.into_iter().for_each(&mut found);
            // A day in another spelling than the hall's stands behind itself.
            let Some(last) = rows.last().filter(|last| **last > after) else { break };
            after = last.clone();
            seen.extend(rows.into_iter().map(|row| (row.day, row.outlet, row.kind)));
        }
        for ((day, outlet, kind), (there, _)) in slips {
            let key = (day, outlet, kind.to_owned());
            if !seen.contains(&key) {
                found(uncounted(key, there));
            }
        }
        self.check_prints(found).await
    }

    /// Looks for prints of which nothing is counted any more.
    async fn check_prints(&self, mut found: impl FnMut(String)) -> Result<(), ServiceError> {
        let (mut after, mut all) = (0, BTreeMap::new());
        loop {
            let service = self.clone();
            let looked = self.db.read_long("check_prints", move |tx| {
                let entries = audit::of_kind_after(tx, AuditKind::PaperPrinted, after, AT_ONCE)?;
                let mut missed: BTreeMap<Key, i64> = BTreeMap::new();
                for entry in &entries {
                    let Some((days, outlet, kind)) = service.series_of(tx, entry)? else { continue };
                    let print = entry.details.get("print").and_then(|print| print.parse().ok()).unwrap_or(1);
                    if let (Some(day), false) = (days.first(), stored::is_counted(tx, &days, &outlet, &kind)?) {
                        let last = missed.entry((*day, outlet, kind)).or_default();
                        *last = print.max(*last);
                    }
                }
                Ok::<_, ServiceError>((entries.last().map(|entry| entry.number), missed))
            });
            let (Some(last), missed) = looked.await? else { break };
            all.extend(missed);
            after = last;
        }
        all.into_iter().for_each(|(key, there)| found(uncounted(key, there)));
        Ok(())
    }

    /// The series in which a print was counted: the days for which that may have been, what stands in the place of the outlet, and the kind. Of
    /// a case that can't be found others tell.
    fn series_of(&self, tx: &mut Tx<'_>, entry: &RecordedEntry) -> Result<Option<Series>, ServiceError> {
        let said = |name: &str| entry.details.get(name).map(String::as_str).unwrap_or_default();
        if said("document") == CASH_UP {
            let day =
                entry.about.as_ref().and_then(|(_, id)| id.strip_prefix(CASH_UP)?.strip_prefix('.')?.parse().ok());
            let kind = format!("{PRINT}{CASH_UP}:{}:{}", said("person"), said("window"));
            return Ok(day.map(|day| (vec![day], said("outlet").to_owned(), kind)));
        }
        let (number, kind) = (said("acceptance_number").to_owned(), format!("{PRINT}{}", said("document")));
        let case = stored::case_of(tx, &number)?;
        Ok(case.map(|(_, opened_at)| (self.days_of(opened_at.and_utc()).collect(), number, kind)))
    }

    fn number_fault(
        &self,
        tx: &mut Tx<'_>,
        row: &Counted,
        slips: &Slips,
        today: NaiveDate,
    ) -> Result<Option<String>, ServiceError> {
        let last = i64::from(row.last);
        if EntryKind::SERIES.iter().any(|kind| kind.series() == row.kind) {
            // Where there are any, who looks for gaps in the journal tells.
            return Ok((!stored::is_in_journal(tx, row)?).then(|| given_out(row, 0)));
        }
        if let Some(kind) = SlipKind::SERIES.iter().find(|kind| kind.series() == row.kind) {
            let key = (row.day, row.outlet.clone(), kind.series());
            let (many, largest) = slips.get(&key).copied().unwrap_or_default();
            let is_right = if row.day < today { many == last } else { many <= last };
            return Ok((!is_right || i64::from(largest) > last).then(|| given_out(row, many)));
        }
        let Some(of) = row.kind.strip_prefix(PRINT) else { return Ok(Some(given_out(row, 0))) };
        let told = match of.strip_prefix(CASH_UP).and_then(|rest| rest.strip_prefix(':')?.split_once(':')) {
            Some((person, window)) => {
                let sheet = AuditSubject::new(AuditSubjectKind::Report, format!("{CASH_UP}.{}", row.day));
                let of =
                    [("document", CASH_UP), ("outlet", row.outlet.as_str()), ("person", person), ("window", window)];
                prints(tx, &sheet, &of)?
            }
            None => match stored::case_of(tx, &row.outlet)? {
                Some((id, opened_at)) if self.days_of(opened_at.and_utc()).any(|day| day == row.day) => {
                    prints(tx, &AuditSubject::case(id), &[("document", of)])?
                }
                _ => 0,
            },
        };
        Ok((told != last).then(|| given_out(row, told)))
    }

    /// The days on which an instant may be, first the hall's: it may have had another zone once.
    fn days_of(&self, at: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
        let around = [TimeDelta::zero(), ZONES, -ZONES].into_iter();
        around.filter_map(move |shift| Some(self.hall.hours.local_date(at.checked_add_signed(shift)?)))
    }

    /// Looks at every serial that is kept as one that a certificate had before.
    pub(super) async fn check_former_serials(&self, mut found: impl FnMut(String)) -> Result<(), ServiceError> {
        let mut after = (String::new(), String::new());
        loop {
            let from = after.clone();
            let looked = self.db.read_long("check_former_serials", move |tx| {
                let rows = stored::former_serials_after(tx, (&from.0, &from.1), AT_ONCE)?;
                let mut faults = Vec::new();
                for (serial, id) in &rows {
                    let told = Uuid::parse_str(id)
                        .ok()
                        .map(|id| events::list::<RegisterEntry>(tx, Subject::Certificate(id), i64::MAX));
                    // What can't be read is told elsewhere.
                    let had = match told.transpose() {
                        Ok(told) => told.is_some_and(|told| former_serials(&told).contains(serial)),
                        Err(error) if error.is_of_stored_data() => continue,
                        Err(error) => return Err(error.into()),
                    };
                    if !had {
                        faults.push(format!(
                            "certificate {id} is found by the former serial {serial}, which no event of it says"
                        ));
                    }
                }
                Ok::<_, ServiceError>((rows.into_iter().next_back(), faults))
            });
            let (Some(last), faults) = looked.await? else { return Ok(()) };
            faults.into_iter().for_each(&mut found);
            after = last;
        }
    }
}

/// The largest number of a print of which there are entries with these details; an empty one is none.
fn prints(tx: &mut Tx<'_>, about: &AuditSubject, of: &[(&str, &str)]) -> Result<i64, ServiceError> {
    let entries = audit::about(tx, about, &[AuditKind::PaperPrinted])?;
    let is_of = entries.iter().filter(|entry| {
        of.iter().all(|(name, said)| entry.details.get(*name).map(String::as_str).unwrap_or_default() == *said)
    });
    Ok(is_of.filter_map(|entry| entry.details.get("print")?.parse().ok()).max().unwrap_or(0))
}

/// Of what was given out, and isn't counted.
fn uncounted((day, outlet, kind): Key, there: i64) -> String {
    given_out(&Counted { day, outlet, kind, last: 0 }, there)
}

fn given_out(Counted { day, outlet, kind, last }: &Counted, there: i64) -> String {
    format!("numbers of {kind} of {day} at {outlet}: {last} were given out, and {there} are there")
}
