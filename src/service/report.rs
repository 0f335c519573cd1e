//! What people look at of a case: its checklist with the verdict, what can be done, and its dates. Computed, never stored.

use chrono::{DateTime, Utc};

use crate::domain::case::Case;
use crate::domain::deadline::{Deadlines, deadlines};
use crate::domain::machine::{Definition, Offer, offers};
use crate::domain::materials::{Sheet, Verdict, checklist, verdict};
use crate::domain::refusal::Refusal;
use crate::domain::role::Scope;
use crate::store::cases::Due;

use super::Service;
use super::caller::Caller;
use super::cases::CaseAt;
use super::error::ServiceError;

/// How a deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineStatus {
    /// It runs, with time left.
    OnTrack,
    /// It runs, and its limit has passed.
    Overdue,
    /// It stands still.
    Paused,
    /// The certificate was made.
    Met,
    /// The case ended without one.
    Ended,
}

/// The two dates of a case that produces something.
#[derive(Debug, Clone)]
pub struct DeadlineReport {
    /// Ready from and limit, as they stand now.
    pub deadlines: Deadlines,
    /// How it stands.
    pub status: DeadlineStatus,
    /// Working days until the limit; negative when it has passed.
    pub working_days_left: i64,
    /// Since when it stands still, where it does.
    pub paused_since: Option<DateTime<Utc>>,
    /// When it was met.
    pub met_at: Option<DateTime<Utc>>,
}

/// A case as one caller sees it.
#[derive(Debug, Clone)]
pub struct CaseReport<'a> {
    /// The case.
    pub case: &'a Case,
    /// The rules it runs on.
    pub definition: Definition<'a>,
    /// Its checklist.
    pub sheets: Vec<Sheet<'a>>,
    /// What is missing.
    pub verdict: Verdict,
    /// What can be done, and why not the rest.
    pub offers: Vec<Offer<'a>>,
    /// Its dates, where something is produced.
    pub deadline: Option<DeadlineReport>,
    /// The instant of this report.
    pub now: DateTime<Utc>,
}

impl Service {
    /// What a caller sees of a case.
    ///
    /// # Errors
    /// Its definition is missing.
    pub fn report<'a>(&'a self, at: &'a CaseAt, caller: &Caller) -> Result<CaseReport<'a>, ServiceError> {
        let case = &at.case;
        let definition = self.definition(case)?;
        let context = self.context(caller, at.now, at.held.as_ref());
        let mut offers = offers(definition, case, &context);
        if !caller.may(Scope::CasesWrite) {
            let refusal = Refusal::ScopeMissing { scope: Scope::CasesWrite };
            offers.iter_mut().for_each(|offer| offer.blocked_by.insert(0, refusal.clone()));
        }
        Ok(CaseReport {
            case,
            definition,
            sheets: checklist(definition.case_type, &case.application),
            verdict: verdict(definition.case_type, &case.application, &case.checks),
            offers,
            deadline: self.deadline(definition, case, at.now),
            now: at.now,
        })
    }

    /// The dates of a case at an instant; `None` where nothing is produced.
    pub fn deadline(&self, definition: Definition<'_>, case: &Case, now: DateTime<Utc>) -> Option<DeadlineReport> {
        let rule = definition.case_type.deadline?;
        let (calendar, hours) = (&self.hall.calendar, &self.hall.hours);
        // What was reached stands: an ended or met deadline doesn't move with the time any more.
        let as_of = case.made_at.or(case.closed_at).unwrap_or(now);
        let deadlines = deadlines(rule, calendar, hours, case.opened_at, &case.pauses, as_of);
        let paused_since = case.pauses.last().filter(|pause| pause.to.is_none()).map(|pause| pause.from);
        let status = if case.made_at.is_some() {
            DeadlineStatus::Met
        } else if case.closed_at.is_some() {
            DeadlineStatus::Ended
        } else if paused_since.is_some() {
            DeadlineStatus::Paused
        } else if now > deadlines.limit.at {
            DeadlineStatus::Overdue
        } else {
            DeadlineStatus::OnTrack
        };
        let today = as_of.with_timezone(&hours.zone).date_naive();
        let working_days_left = calendar.working_days_between(today, deadlines.limit.date);
        Some(DeadlineReport { deadlines, status, working_days_left, paused_since, met_at: case.made_at })
    }

    /// The dates by which the store finds cases: only a deadline that still runs has any.
    pub(super) fn due(&self, definition: Definition<'_>, case: &Case, now: DateTime<Utc>) -> Due {
        let running = case.made_at.is_none() && case.closed_at.is_none() && !case.is_paused();
        let report = self.deadline(definition, case, now).filter(|_| running);
        Due {
            ready_from: report.as_ref().map(|report| report.deadlines.ready_from.at),
            limit_at: report.as_ref().map(|report| report.deadlines.limit.at),
            paused: case.is_paused(),
        }
    }
}
