//! What is announced about deadlines, when, and that nothing is announced twice.
//!
//! Cast: an [`Announcement`] names its kind and its cause; [`plan`] says which are due at an instant and when the next
//! one could be. Sweeps only ask and record.
//!
//! Guarantees: a case keeps what was announced, so each cause is announced once however many instances sweep, after
//! whatever downtime, and when a date moves away and back; what fell due while the deadline ran is announced though the
//! case has gone on since.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::case_deadline::{Reckoning, dates};
use super::commitment::{Commitment, outstanding};
use super::deadline::DueDate;
use super::machine::Definition;
use super::materials::verdict;
use super::words::Words;
use super::workflow::Effect;

/// When things are announced; the hall's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnouncementPolicy {
    /// So many working days before the limit it is due soon.
    pub due_soon_working_days: u32,
    /// After so many days a certificate that was made counts as uncollected.
    pub uncollected_after_days: u32,
    /// After so many days a correction that was asked for counts as unanswered.
    pub unanswered_after_days: u32,
}

impl Default for AnnouncementPolicy {
    fn default() -> Self {
        Self { due_soon_working_days: 2, uncollected_after_days: 30, unanswered_after_days: 30 }
    }
}

/// What is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnouncementKind {
    /// The limit is near.
    DueSoon,
    /// The day has come from which the applicant may collect, and the certificate isn't made.
    ReadyFromReached,
    /// The limit has passed.
    LimitPassed,
    /// The certificate was made long ago and nobody came.
    Uncollected,
    /// A correction was asked for long ago and nobody answered.
    CorrectionUnanswered,
    /// A document that was promised for a date isn't there.
    CommitmentOverdue,
}

impl AnnouncementKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::DueSoon => "due_soon",
            Self::ReadyFromReached => "ready_from_reached",
            Self::LimitPassed => "limit_passed",
            Self::Uncollected => "uncollected",
            Self::CorrectionUnanswered => "correction_unanswered",
            Self::CommitmentOverdue => "commitment_overdue",
        }
    }

    /// Words for the timeline.
    pub fn words(self) -> Words {
        match self {
            Self::DueSoon => Words::new("临近办结期限", "the limit is near"),
            Self::ReadyFromReached => Words::new("已到可领取日期，证书尚未制成", "promised ready, but not made yet"),
            Self::LimitPassed => Words::new("已超过办结期限", "the limit has passed"),
            Self::Uncollected => Words::new("证书制成后长期未领取", "made, and not collected for long"),
            Self::CorrectionUnanswered => Words::new("补正通知长期未答复", "a correction is unanswered for long"),
            Self::CommitmentOverdue => Words::new("承诺补交的材料逾期未交", "a promised document didn't come"),
        }
    }
}

/// Something announced. Two with the same kind and cause are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// What.
    pub kind: AnnouncementKind,
    /// Because of which date: the limit, the day ready from, the day of a promise, or the day on which the wait began.
    pub cause: NaiveDate,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
    /// That date reaches into a year without a notice, and may still move.
    pub provisional: bool,
}

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

impl Plan {
    /// When to look at the case: now where something is due.
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
    if state.is_some_and(|state| state.queue == Some(super::workflow::Queue::WaitingForCorrection)) {
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
    outstanding(case, &verdict).into_iter().map(announcement).collect()
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
