//! Case details: checklist with verdict, allowed actions, and dates. Computed, never stored.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::accounts::role::Scope;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::{due, explain};
use crate::domain::calendar::explanation::sentence;
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, Workflow};
use crate::domain::cases::actions::{Offer, offers};
use crate::domain::cases::assignment::{self, AssignmentOffer};
use crate::domain::cases::case::Case;
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::dates;
use crate::domain::cases::deadlines::extension;
use crate::domain::cases::deadlines::reckoning::{CalendarInForce, Reckoning};
use crate::domain::cases::decide::foreseen;
use crate::domain::cases::event::Event;
use crate::domain::cases::held::change;
use crate::domain::cases::materials::checklist::{Sheet, Verdict, checklist, verdict};
use crate::domain::cases::materials::outstanding::commitment_due_at;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::hall::Hall;
use crate::store::cases::{Due, Ledger};

pub use crate::domain::cases::deadlines::dates::{DeadlineDetails, DeadlineStatus};

use super::case::{CaseAt, CaseSummary};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// What is said of a case to one caller; each part is computed when it is asked for, and once.
pub struct CaseReport<'a, 'c> {
    /// The case.
    pub case: &'a Case,
    /// The rules it runs on.
    pub definition: Definition<'a>,
    /// The hall.
    pub hall: &'a Hall,
    /// The instant of this report.
    pub now: DateTime<Utc>,
    caller: &'c Caller,
    context: Context<'c>,
    sheets: OnceCell<Vec<Sheet<'a>>>,
    verdict: OnceCell<Verdict>,
    offers: OnceCell<Vec<Offer<'a>>>,
    assignment: OnceCell<Vec<AssignmentOffer>>,
}

impl<'a> CaseReport<'a, '_> {
    /// Whether the staff reads it, who are told what the hall notes for itself.
    pub fn to_staff(&self) -> bool {
        self.caller.client_id().is_none()
    }

    /// Its checklist.
    pub fn sheets(&self) -> &[Sheet<'a>] {
        self.sheets.get_or_init(|| checklist(self.definition.case_type, &self.case.application))
    }

    /// What is missing.
    pub fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| Verdict {
            is_final: self.case.closed_at.is_some(),
            ..verdict(self.definition.case_type, &self.case.application, &self.case.checks)
        })
    }

    /// What can be done, and why not the rest.
    pub fn offers(&self) -> &[Offer<'a>] {
        self.offers.get_or_init(|| {
            let mut offers = offers(self.definition, self.case, self.verdict(), &self.context);
            if !self.caller.may(Scope::CasesWrite) {
                let refusal = Refusal::ScopeMissing { scope: Scope::CasesWrite };
                offers.iter_mut().for_each(|offer| offer.blocked_by.insert(0, refusal.clone()));
            }
            offers
        })
    }

    /// How this caller can change whose it is, and why not.
    pub fn assignment(&self) -> &[AssignmentOffer] {
        self.assignment.get_or_init(|| {
            let mut assignment = assignment::offers(self.case, &self.caller.actor);
            if self.caller.require_staff().is_err() {
                assignment.iter_mut().for_each(|offer| offer.blocked_by = vec![Refusal::StaffOnly]);
            }
            assignment
        })
    }

    /// Its dates, where something is produced.
    pub fn deadline(&self) -> Option<DeadlineDetails> {
        dates::report(self.definition, self.case, self.context.reckoning(), self.now)
    }
}

/// All of that at once, and what an action would do: what the pages show.
#[derive(Debug, Clone)]
pub struct CaseDetails<'a> {
    /// The case.
    pub case: &'a Case,
    /// The rules it runs on.
    pub definition: Definition<'a>,
    /// Its checklist.
    pub sheets: Vec<Sheet<'a>>,
    /// What is missing.
    pub verdict: Verdict,
    /// What can be done and what that would do, and why not the rest.
    pub offers: Vec<Offer<'a>>,
    /// How this caller can change whose it is, and why not.
    pub assignment: Vec<AssignmentOffer>,
    /// Its dates, where something is produced.
    pub deadline: Option<DeadlineDetails>,
    /// What is changed on the certificate held, before and after, while the case is open.
    pub change: Option<(Particulars, Particulars)>,
    /// The instant of this report.
    pub now: DateTime<Utc>,
}

impl Service {
    /// What is said of a case to a caller.
    ///
    /// # Errors
    /// Its definition is missing.
    pub fn report<'a, 'c>(&'a self, at: &'a CaseAt, caller: &'c Caller) -> Result<CaseReport<'a, 'c>, ServiceError>
    where
        'a: 'c,
    {
        Ok(CaseReport {
            case: &at.case,
            definition: self.definition(&at.case)?,
            hall: &self.hall,
            now: at.now,
            caller,
            context: self.context(caller, at.now, &at.calendar, at.held.as_ref()),
            sheets: OnceCell::new(),
            verdict: OnceCell::new(),
            offers: OnceCell::new(),
            assignment: OnceCell::new(),
        })
    }

    /// What the pages show of a case to a caller.
    ///
    /// # Errors
    /// Its definition is missing.
    pub fn details<'a>(&'a self, at: &'a CaseAt, caller: &Caller) -> Result<CaseDetails<'a>, ServiceError> {
        let case = &at.case;
        let definition = self.definition(case)?;
        let report = self.report(at, caller)?;
        let mut offers = report.offers().to_vec();
        for offer in offers.iter_mut().filter(|offer| offer.blocked_by.is_empty()) {
            offer.foreseen = foreseen(definition, case, offer.action, &report.context);
        }
        Ok(CaseDetails {
            case,
            definition,
            sheets: report.sheets().to_vec(),
            verdict: report.verdict().clone(),
            offers,
            assignment: report.assignment().to_vec(),
            change: change(definition, &case.application, at.held.as_ref()).filter(|_| case.closed_at.is_none()),
            deadline: report.deadline(),
            now: at.now,
        })
    }

    /// By what lists and sweeps find a case: only a deadline that still runs has dates.
    pub(in crate::service) fn due(
        &self,
        definition: Definition<'_>,
        case: &Case,
        calendar: &CalendarInForce,
        now: DateTime<Utc>,
    ) -> Due {
        let reckoning = Reckoning { calendar, hours: &self.hall.hours };
        let open = case.made_at.is_none() && case.closed_at.is_none();
        let dates = dates::dates(definition, case, reckoning, now);
        // A pause that began after the limit hides no lateness.
        let stands_still = case.is_paused() && dates.is_none_or(|dates| now <= dates.limit.at);
        let running = dates.filter(|_| open && !stands_still);
        let paused = dates.filter(|_| open && stands_still);
        let paused_since = case.pauses.iter().filter(|pause| pause.to.is_none()).map(|pause| pause.from).min();
        Due {
            ready_from: running.map(|dates| dates.ready_from.at),
            limit_at: running.map(|dates| dates.limit.at),
            paused_since: paused_since.filter(|_| paused.is_some()),
            provisional: open && dates.is_some_and(|dates| dates.ready_from.provisional || dates.limit.provisional),
            work_by: dates.map_or(case.opened_at, |dates| dates.limit.at),
            queue: definition.workflow.state(&case.state).and_then(|state| state.queue),
            commitment_due: commitment_due_at(definition, case, &self.hall.hours),
            look_at: self.plan(definition, case, calendar, now).look_at(now),
        }
    }

    /// Whether a date of a case in a list may still move: what was saved, or, while it stands still and its dates go on
    /// with every day, what it comes to now.
    pub fn is_provisional(&self, summary: &CaseSummary, now: DateTime<Utc>) -> bool {
        let rule = || self.catalog().case_type(&summary.case_type, summary.edition)?.deadline;
        let (Some(_), Some(rule)) = (summary.paused_since, rule()) else { return summary.provisional };
        let limit_after = rule.limit_after.saturating_add(summary.ledger.extended_by);
        let (calendar, pauses) = (self.calendar(), &summary.ledger.pauses);
        due(&calendar.calendar, &self.hall.hours, summary.opened_at, limit_after, pauses, now).provisional
    }

    /// Working days after today up to the day of an instant, by the calendar in force; negative when it has passed.
    pub fn working_days_until(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
        let hours = &self.hall.hours;
        self.calendar().calendar.working_days_between(hours.local_date(now), hours.local_date(at))
    }

    /// How the limits of cases in a list were counted.
    pub fn explanations(&self, now: DateTime<Utc>) -> Explanations<'_> {
        Explanations { service: self, now, said: RefCell::default() }
    }
}

/// Receipt and day that counts as it, working days and by how many of them the limit was extended.
type Counted = (NaiveDate, NaiveDate, u32, u32);

/// How the limits of cases in a list were counted: those that came on one day and never stood still are told the same.
pub struct Explanations<'a> {
    service: &'a Service,
    now: DateTime<Utc>,
    said: RefCell<HashMap<Counted, Arc<Words>>>,
}

impl Explanations<'_> {
    /// Of a case; none where no deadline is open.
    pub fn of(&self, summary: &CaseSummary) -> Option<Arc<Words>> {
        let Self { service, now, said } = self;
        if summary.limit_at.is_none() && summary.paused_since.is_none() {
            return None;
        }
        let case_type = service.catalog().case_type(&summary.case_type, summary.edition)?;
        let (hours, calendar, Ledger { pauses, extended_by, .. }) =
            (&service.hall.hours, service.calendar(), &summary.ledger);
        let limit_after = case_type.deadline?.limit_after.saturating_add(*extended_by);
        let counted = || {
            let days = explain(&calendar.calendar, hours, summary.opened_at, limit_after, pauses, *now);
            Arc::new(extension::counted(sentence(&days), *extended_by))
        };
        if !pauses.is_empty() {
            return Some(counted());
        }
        let receipt_day = hours.receipt_day(&calendar.calendar, summary.opened_at);
        let key = (hours.local_date(summary.opened_at), receipt_day, limit_after, *extended_by);
        Some(Arc::clone(said.borrow_mut().entry(key).or_insert_with(counted)))
    }
}

/// Empties remarks, as another system reads them: those of which no applicant is told, and that aren't its own, are the hall's notes.
pub(super) fn without_notes(events: &mut [Recorded<Event>], workflow: &Workflow, client_id: &str) {
    for Recorded { event, action, actor_id, .. } in events {
        let is_told = workflow.action(action).is_some_and(Action::tells_why);
        if let Event::Remarked { text } = event
            && !is_told
            && actor_id != client_id
        {
            text.clear();
        }
    }
}
