//! Whether what reports count is what the events say: each row of report facts and of notices' defects.
//!
//! Cast: [`Counting`] computes the rows of a case again, by the calendar of their day, and notes how many of them it found. What nobody found
//! is looked at afterwards, day by day, by [`Service::check_uncounted`].
//!
//! Guarantees: memory holds the rows of a few hundred cases, and a number for each kind and day. Nothing is said to be wrong that the hall could have
//! written itself: where its hours were other ones, what depends on them isn't held against today's.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::AuditKind;
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::case::{Case, evolve, fold};
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::event::Event;
use crate::domain::reports::facts::{Standing, facts_of};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::calendar::years;
use crate::store::engine::events::{self, Subject};
use crate::store::reports::counted::{self, CountedRow};

/// How many cases are looked at in one transaction.
const AT_ONCE: i64 = 200;
/// Instances' clocks may differ by so much: which calendar was in force isn't known better.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// Columns that depend on the hall's zone and hours.
const BY_HOURS: [&str; 3] = ["day", "working_days", "by_limit"];

/// How many rows were found of each kind and day.
pub(super) type Found = BTreeMap<(String, NaiveDate), i64>;

/// What is needed to compute rows again.
pub(super) struct Counting<'a> {
    service: &'a Service,
    /// Editions of the calendar, with the moment since which each was in force.
    editions: Vec<(i64, DateTime<Utc>)>,
    /// Since when the hall's zone and hours are what they are now, where they were others.
    hours_since: Option<DateTime<Utc>>,
    /// The same of what is announced, and when.
    announcements_since: Option<DateTime<Utc>>,
    /// What was found.
    pub(super) found: Found,
}

/// What a row may say: more than one where it isn't known by which calendar it was computed.
struct Expected {
    at: DateTime<Utc>,
    rows: Vec<CountedRow>,
}

impl<'a> Counting<'a> {
    pub(super) fn begin(tx: &mut Tx<'_>, service: &'a Service) -> Result<Self, ServiceError> {
        let changes = audit::of_kinds(tx, &[AuditKind::SettingsChanged])?;
        let changed = |section: &str| changes.iter().rfind(|entry| entry.details.contains_key(section));
        let [hours_since, announcements_since] =
            ["hall.before", "announcements.before"].map(|section| changed(section).map(|entry| entry.at));
        Ok(Self { service, editions: years::editions(tx)?, hours_since, announcements_since, found: Found::new() })
    }

    /// What is wrong with the rows of a case, in words that follow its id.
    pub(super) fn faults(
        &mut self,
        tx: &mut Tx<'_>,
        id: Uuid,
        told: &[Recorded<Event>],
    ) -> Result<Vec<String>, ServiceError> {
        let expected = self.expected(tx, id, told)?;
        let mut days: Vec<NaiveDate> = expected.iter().flat_map(|one| self.days(one)).collect();
        days.sort_unstable();
        days.dedup();
        let mut kinds: Vec<&str> = expected.iter().map(|one| one.rows[0].kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let stored = counted::of_case(tx, id, &kinds, &days)?;
        let mut faults = Vec::new();
        for one in &expected {
            let CountedRow { kind, number, .. } = &one.rows[0];
            let same = || stored.iter().filter(|row| row.is_of_same(&one.rows[0]));
            let row = same().find(|row| row.day == one.rows[0].day).or_else(|| same().next());
            let Some(row) = row else {
                faults.push(format!(": what reports count of it lacks {kind} of {number}"));
                continue;
            };
            *self.found.entry((kind.clone(), row.day)).or_default() += 1;
            let differing = self.differing(one, row);
            if !differing.is_empty() {
                let columns = differing.join(", ");
                faults.push(format!(": what reports count of it differs in {kind} of {number}: {columns}"));
            }
        }
        Ok(faults)
    }

    /// Whether a row that is stored is one that a case's events lead to, whatever it says.
    fn leads_to(&self, expected: &[Expected], row: &CountedRow) -> bool {
        expected.iter().any(|one| one.rows[0].is_of_same(row) && self.days(one).contains(&row.day))
    }

    /// The days for which a row may count.
    fn days(&self, one: &Expected) -> Vec<NaiveDate> {
        let day = one.rows[0].day;
        let around = || [day.checked_sub_days(Days::new(1)), day.checked_add_days(Days::new(1))];
        let others = if self.is_of_other_hours(one.at) { around() } else { [None, None] };
        others.into_iter().flatten().chain([day]).collect()
    }

    /// Whether the hall had other hours at an instant than now.
    pub(super) fn is_of_other_hours(&self, at: DateTime<Utc>) -> bool {
        self.hours_since.is_some_and(|since| at.signed_duration_since(since) < SKEW)
    }

    /// Whether other things were announced, or at other times.
    pub(super) fn is_of_other_announcements(&self, at: DateTime<Utc>) -> bool {
        self.announcements_since.is_some_and(|since| at.signed_duration_since(since) < SKEW)
    }

    fn differing(&self, expected: &Expected, row: &CountedRow) -> Vec<&'static str> {
        let differing = |one: &CountedRow| {
            let mut columns = one.differing(row);
            columns.retain(|column| !(BY_HOURS.contains(column) && self.is_of_other_hours(expected.at)));
            columns
        };
        let all: Vec<Vec<&'static str>> = expected.rows.iter().map(differing).collect();
        let least = all.into_iter().min_by_key(Vec::len);
        least.unwrap_or_default()
    }

    /// The editions of the calendar that may have been in force at an instant or later, newest first.
    pub(super) fn editions_since(&self, at: DateTime<Utc>) -> Vec<i64> {
        let last = self.editions.last().map(|(edition, _)| *edition);
        let first = self.editions_at(at).into_iter().min();
        first.zip(last).map(|(first, last)| self.editions_between(first, last)).unwrap_or_default()
    }

    /// The editions of the calendar that may have been in force at an instant.
    fn editions_at(&self, at: DateTime<Utc>) -> Vec<i64> {
        let Some((first, _)) = self.editions.first() else { return Vec::new() };
        let in_force = |until: DateTime<Utc>| {
            let last = self.editions.iter().rfind(|(_, since)| *since < until);
            last.map_or(*first, |(edition, _)| *edition)
        };
        let (from, to) = (at.checked_sub_signed(SKEW), at.checked_add_signed(SKEW));
        self.editions_between(in_force(from.unwrap_or(at)), in_force(to.unwrap_or(at)))
    }

    /// Editions that there are, newest first: what somebody wrote for one may be any number.
    fn editions_between(&self, first: i64, last: i64) -> Vec<i64> {
        let all = self.editions.iter().rev().map(|(edition, _)| *edition);
        all.filter(|edition| (first..=last).contains(edition)).collect()
    }

    /// The rows of a case by its events: those that were recorded together lead to facts together.
    fn expected(&self, tx: &mut Tx<'_>, id: Uuid, told: &[Recorded<Event>]) -> Result<Vec<Expected>, ServiceError> {
        let mut expected: Vec<Expected> = Vec::new();
        let mut case: Option<Case> = None;
        for recorded in told.chunk_by(|one, next| one.at == next.at && one.action == next.action) {
            let before = case.as_ref().map(Standing::of);
            let after = match case.take() {
                None => fold(id, recorded),
                Some(case) => Some(recorded.iter().fold(case, evolve)),
            };
            // That its first event isn't its beginning is told elsewhere.
            let Some(after) = after else { return Ok(expected) };
            let (at, definition) = (recorded[0].at, self.service.definition(&after)?);
            let begun = expected.len();
            for edition in self.editions_at(at) {
                let calendar = self.service.calendar_of(tx, edition)?;
                let reckoning = Reckoning { calendar: &calendar, hours: &self.service.hall.hours };
                let facts = facts_of(definition, before, recorded, &after, reckoning);
                for row in facts.iter().flat_map(|fact| CountedRow::all_of(id, fact)) {
                    match expected[begun..].iter_mut().find(|one| one.rows[0].is_of_same(&row)) {
                        Some(one) => one.rows.push(row),
                        None => expected.push(Expected { at, rows: vec![row] }),
                    }
                }
            }
            case = Some(after);
        }
        Ok(expected)
    }

    /// What is stored of a kind and day, and no event leads to, in words.
    fn of_none(&self, tx: &mut Tx<'_>, rows: &[CountedRow]) -> Result<Vec<String>, ServiceError> {
        let mut faults = Vec::new();
        for of_case in rows.chunk_by(|one, next| one.case_id == next.case_id) {
            let expected = match Uuid::parse_str(&of_case[0].case_id) {
                // Of a case whose events can't be read, or lead nowhere, is told elsewhere.
                Ok(id) => {
                    let told = events::list(tx, Subject::Case(id), i64::MAX).map_err(ServiceError::from);
                    match told.and_then(|told| self.expected(tx, id, &told)) {
                        Ok(expected) => expected,
                        Err(_) => continue,
                    }
                }
                Err(_) => Vec::new(),
            };
            for row in of_case.iter().filter(|row| !self.leads_to(&expected, row)) {
                let CountedRow { kind, day, case_id, number, .. } = row;
                faults.push(format!(
                    "reports count {kind} of {number} of case {case_id} for {day}, which no event of it says"
                ));
            }
        }
        Ok(faults)
    }
}

impl Service {
    /// Looks for rows that no case led to: on days that were over when the looking began, where there are more than were found; on later
    /// days, to which rows are added meanwhile, at each.
    pub(super) async fn check_uncounted(
        &self,
        began: DateTime<Utc>,
        known: Found,
        mut found: impl FnMut(String),
    ) -> Result<(), ServiceError> {
        // A transaction may take its time, and a clock be late.
        let today = self.hall.hours.local_date(began - TimeDelta::hours(1));
        let amounts = self.db.read_long("counted", |tx| Ok::<_, ServiceError>(counted::amounts(tx)?)).await?;
        for (kind, day, amount) in amounts {
            let is_known = known.get(&(kind.clone(), day)).is_some_and(|known| *known == amount);
            if day < today && is_known {
                continue;
            }
            let mut after = String::new();
            loop {
                let (service, kind, from) = (self.clone(), kind.clone(), after.clone());
                let looked = self.db.read_long("uncounted", move |tx| {
                    // Nothing of persons is counted.
                    tx.leave_persons();
                    let rows = counted::on_day(tx, &kind, day, &from, AT_ONCE)?;
                    let faults = Counting::begin(tx, &service)?.of_none(tx, &rows)?;
                    Ok::<_, ServiceError>((rows.last().map(|row| row.case_id.clone()), faults))
                });
                let (Some(last), faults) = looked.await? else { break };
                faults.into_iter().for_each(&mut found);
                after = last;
            }
        }
        Ok(())
    }
}
