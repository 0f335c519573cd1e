//! The announcements due for a case at an instant, and when to check again.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::dates::dates;
use super::reckoning::Reckoning;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::DueDate;
use crate::domain::case_types::codes::Effect;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::announcement::{Announcement, AnnouncementKind, AnnouncementPolicy};
use crate::domain::cases::materials::checklist::verdict;
use crate::domain::cases::materials::commitment::Commitment;
use crate::domain::cases::materials::outstanding::outstanding_commitments;

/// What is due about a case, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// To be announced now, in the order in which it fell due.
    pub due: Vec<Announcement>,
    /// An action of the workflow that the hall takes by itself now.
    pub action: Option<String>,
    /// The next instant at which something could be due; none: only when the case changes.
    pub next: Option<DateTime<Utc>>,
}

/// Why the hall took an action by itself. The Chinese is recorded, as a reason is that somebody types; who reads the other language is
/// shown that.
pub fn own_reason() -> Words {
    Words::new("逾期未办理，系统自动处理", "Not dealt with in time; done by the system")
}

impl Plan {
    /// When to check the case: now if something is due.
    pub fn look_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.due.is_empty() && self.action.is_none() { self.next } else { Some(now) }
    }
}

/// What is due about a case at an instant.
pub fn plan(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    policy: AnnouncementPolicy,
    now: DateTime<Utc>,
) -> Plan {
    let mut plan = Plan::default();
    let mut expected = of_deadline(definition, case, reckoning, policy, now);
    expected.extend(of_waiting(definition, case, reckoning, policy));
    expected.extend(of_commitments(definition, case, reckoning));
    expected.sort_by_key(|announcement| announcement.due_at);
    for announcement in expected {
        let is_known = |known: &Announcement| (known.kind, known.cause) == (announcement.kind, announcement.cause);
        if case.announced.iter().any(is_known) {
            continue;
        }
        if announcement.due_at <= now {
            plan.due.push(announcement);
        } else {
            plan.look_again(announcement.due_at);
        }
    }
    if let Some((action, at)) = time_out(definition, case) {
        if at <= now {
            plan.action = Some(action);
        } else {
            plan.look_again(at);
        }
    }
    plan
}

impl Plan {
    fn look_again(&mut self, at: DateTime<Utc>) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// What a running deadline announces. Once it was met or the case has ended it announces nothing any more: whatever fell
/// due before was recorded with the action that did so, and an amendment of the calendar must not invent more.
fn of_deadline(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    policy: AnnouncementPolicy,
    now: DateTime<Utc>,
) -> Vec<Announcement> {
    // While it stands still no date comes nearer.
    if case.is_paused() || case.made_at.is_some() || case.closed_at.is_some() {
        return Vec::new();
    }
    let Some(deadlines) = dates(definition, case, reckoning, now) else { return Vec::new() };
    let limit = deadlines.limit;
    let soon = before(limit.date, policy.due_soon_working_days, reckoning);
    let candidates = [
        (AnnouncementKind::DueSoon, limit, soon),
        (AnnouncementKind::ReadyFromReached, deadlines.ready_from, deadlines.ready_from.at),
        (AnnouncementKind::LimitPassed, limit, limit.at),
    ];
    let announcement = |(kind, because, due_at): (AnnouncementKind, DueDate, DateTime<Utc>)| Announcement {
        kind,
        cause: because.date,
        due_at,
        provisional: because.provisional,
    };
    candidates.into_iter().map(announcement).collect()
}

/// Start of business so many working days before a date.
fn before(date: NaiveDate, working_days: u32, reckoning: Reckoning<'_>) -> DateTime<Utc> {
    let calendar = &reckoning.calendar.calendar;
    let mut left = working_days;
    let mut day = date;
    // Ten times as many days as asked for, and two weeks, is more than any holiday makes necessary.
    for _ in 0..working_days.saturating_mul(10).saturating_add(14).min(4_000) {
        if left == 0 {
            break;
        }
        let Some(earlier) = day.checked_sub_days(Days::new(1)) else { break };
        day = earlier;
        left -= u32::from(calendar.is_working_day(day));
    }
    reckoning.hours.start_of_business(day)
}

/// What waiting for the applicant announces.
fn of_waiting(
    definition: Definition<'_>,
    case: &Case,
    reckoning: Reckoning<'_>,
    policy: AnnouncementPolicy,
) -> Vec<Announcement> {
    let mut found = Vec::new();
    if case.closed_at.is_some() {
        return found;
    }
    let mut waits = |kind, since: DateTime<Utc>, days: u32| {
        let cause = reckoning.hours.local_date(since);
        if let Some(due_at) = since.checked_add_signed(TimeDelta::days(i64::from(days))) {
            found.push(Announcement { kind, cause, due_at, provisional: false });
        }
    };
    if let (Some(made_at), None) = (case.made_at, case.issued_at) {
        waits(AnnouncementKind::Uncollected, made_at, policy.uncollected_after_days);
    }
    let state = definition.workflow.state(&case.state);
    if state.is_some_and(|state| state.queue == Some(crate::domain::case_types::codes::Queue::WaitingForCorrection)) {
        waits(AnnouncementKind::CorrectionUnanswered, case.state_since, policy.unanswered_after_days);
    }
    found
}

/// What promises announce whose day has passed without the document.
fn of_commitments(definition: Definition<'_>, case: &Case, reckoning: Reckoning<'_>) -> Vec<Announcement> {
    if case.commitments.is_empty() || case.closed_at.is_some() {
        return Vec::new();
    }
    let verdict = verdict(definition.case_type, &case.application, &case.checks);
    let announcement = |commitment: &Commitment| Announcement {
        kind: AnnouncementKind::CommitmentOverdue,
        cause: commitment.until,
        // The close of business itself is still in time.
        due_at: commitment.ends_at(reckoning.hours) + TimeDelta::microseconds(1),
        provisional: false,
    };
    outstanding_commitments(case, &verdict).into_iter().map(announcement).collect()
}

/// The action that ends the wait of a state by itself, and when.
fn time_out(definition: Definition<'_>, case: &Case) -> Option<(String, DateTime<Utc>)> {
    let time_out = definition.workflow.state(&case.state)?.time_out.as_ref()?;
    let at = case.state_since.checked_add_signed(TimeDelta::days(i64::from(time_out.after_days)))?;
    // Money and media are given back by people at a window: such a case waits for one.
    let gives_back = definition.workflow.action(&time_out.action)?.effects.contains(&Effect::RefundPayments);
    let waits = case.held_stay().is_some() || (gives_back && case.refundable().next().is_some());
    (case.closed_at.is_none() && !waits).then(|| (time_out.action.clone(), at))
}
