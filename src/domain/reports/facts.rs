//! Report facts: what reports count, each with its measures at the time of the event.
//!
//! Cast: [`facts_of`] derives from the events of one action the [`Fact`]s stored beside them. A [`Standing`] is
//! what it needs to know about the case before the action.
//!
//! Guarantees: a function of its arguments; what it gives is never changed later, so a report of days that are over says
//! the same whenever it is asked: a certificate that was made counts on its day though it is voided later, and by the dates
//! that held when it was made though the calendar is amended later.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::base::recorded::Recorded;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::calendar::deadline::{counted_days, due};
use crate::domain::case_types::codes::{Guard, Queue};
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::document_of;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::certificates::event::CertificateEvent;

vocabulary! {
    /// What happened.
    pub enum FactKind {
        /// The application was received.
        Opened = "opened";
        /// The papers were found complete.
        Accepted = "accepted";
        /// A one-time notice was given.
        Notice = "notice";
        /// A certificate was made.
        Made = "made";
        /// A certificate that was made was voided.
        Voided = "voided";
        /// A certificate was handed over.
        Issued = "issued";
        /// A certificate was activated, or services were opened on the one held.
        Activated = "activated";
        /// The case ended.
        Closed = "closed";
        /// A state was left.
        Left = "left";
        /// The case went to another outlet.
        Moved = "moved";
    }
}

/// A report fact of a case. Measures that don't apply to its kind are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub kind: FactKind,
    /// Sequence of the event.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The day in the hall's zone.
    pub day: NaiveDate,
    /// The outlet of the case then.
    pub outlet: String,
    /// Code of its case type.
    pub case_type: String,
    /// Account id of who did it.
    pub actor_id: String,
    /// Code of the workflow, where a state was left.
    pub workflow: Option<String>,
    /// The state that was left, the state in which the case ended, or the outlet it was at before it moved.
    pub place: Option<String>,
    /// The work list of the state that was left, or on which the case was when it moved.
    pub queue: Option<Queue>,
    /// Seconds spent in the state that was left; from the receipt to the making or the end.
    pub seconds: Option<i64>,
    /// The same in working days: for a state and for the end, those after its first date up to its last; for the making,
    /// which working day of the case it was, without those on which the clock stood still.
    pub working_days: Option<i64>,
    /// One-time notices given until then, the one given now included.
    pub notices: Option<u32>,
    /// How many rows a notice named that an earlier one had passed.
    pub overlooked: Option<u32>,
    /// The making compared with the promised dates, if any.
    pub promise: Option<Promise>,
    /// What a notice named.
    pub defects: Vec<Defect>,
}

/// The making of a certificate compared with the promised dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Made no later than the close of business on the day ready from (the guide's 7th).
    pub by_ready: bool,
    /// Made no later than the limit as it was promised (the guide's 10th), whatever it was extended to.
    pub by_limit: bool,
    /// Made no later than the limit with its extensions.
    pub in_time: bool,
    /// One of these dates reached into a year without a notice.
    pub provisional: bool,
}

/// One thing missing that a notice named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Code of the document in its case type.
    pub document: String,
    /// What is missing: the code of a [`Lack`](crate::domain::cases::materials::checklist::Lack).
    pub defect: &'static str,
    /// Code of the reason, where the document is there but doesn't do.
    pub reason: Option<String>,
}

/// The part of a case before an action that facts need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it came into its state.
    pub state_since: DateTime<Utc>,
}

impl Standing {
    /// That of a case.
    pub fn of(case: &Case) -> Self {
        Self { state_since: case.state_since }
    }
}

/// The report facts of events recorded together; `before` is `None` for the opening of a case.
pub fn facts_of(
    definition: Definition<'_>,
    before: Option<Standing>,
    recorded: &[Recorded<Event>],
    after: &Case,
    reckoning: Reckoning<'_>,
) -> Vec<Fact> {
    let mut book =
        Book { definition, after, reckoning, state_since: before.map(|before| before.state_since), found: Vec::new() };
    for recorded in recorded {
        book.enter(recorded);
    }
    book.found
}

struct Book<'a> {
    definition: Definition<'a>,
    after: &'a Case,
    reckoning: Reckoning<'a>,
    state_since: Option<DateTime<Utc>>,
    found: Vec<Fact>,
}

impl Book<'_> {
    fn enter(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::CaseOpened { .. } => {
                self.add(FactKind::Opened, recorded);
                self.state_since = Some(recorded.at);
            }
            Event::NoticeGiven { notice } => self.notice(notice, recorded),
            Event::Certificate { serial, event, .. } => self.on_certificate(serial, event, recorded),
            Event::ApplicationCorrected { before, after, .. } if before.outlet != after.outlet => {
                let queue = self.definition.workflow.state(&self.after.state).and_then(|state| state.queue);
                let moved = self.add(FactKind::Moved, recorded);
                moved.place = Some(before.outlet.clone());
                moved.queue = queue;
            }
            Event::StateChanged { from, to, closed, .. } => self.moved_on(from, to, *closed, recorded),
            _ => {}
        }
    }

    fn on_certificate(&mut self, serial: &str, event: &CertificateEvent, recorded: &Recorded<Event>) {
        let is_held = self.after.application.certificate_serial.as_deref() == Some(serial);
        let kind = match event {
            CertificateEvent::Made { .. } => return self.made(recorded),
            // The certificate made is voided; to revoke the one held is what the case is for.
            CertificateEvent::Revoked { .. } if !is_held => FactKind::Voided,
            CertificateEvent::Issued { .. } => FactKind::Issued,
            CertificateEvent::Activated | CertificateEvent::ServiceOpened { .. } => FactKind::Activated,
            _ => return,
        };
        // One activation opens several services.
        if kind != FactKind::Activated || !self.found.iter().any(|fact| fact.kind == kind) {
            self.add(kind, recorded);
        }
    }

    fn add(&mut self, kind: FactKind, recorded: &Recorded<Event>) -> &mut Fact {
        self.found.push(Fact {
            kind,
            sequence: recorded.sequence,
            at: recorded.at,
            day: self.reckoning.hours.local_date(recorded.at),
            outlet: self.after.application.outlet.clone(),
            case_type: self.after.case_type.code.clone(),
            actor_id: recorded.actor_id.clone(),
            workflow: None,
            place: None,
            queue: None,
            seconds: None,
            working_days: None,
            notices: None,
            overlooked: None,
            promise: None,
            defects: Vec::new(),
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn notice(&mut self, notice: &Notice, recorded: &Recorded<Event>) {
        let case_type = self.definition.case_type;
        let defects = notice.missing.iter().map(|missing| {
            let document = document_of(case_type, &missing.material);
            let reason = match &missing.lack {
                crate::domain::cases::materials::checklist::Lack::Defective { reason } => Some(reason.clone()),
                _ => None,
            };
            let document = document.map_or_else(|| missing.material.clone(), |material| material.code.clone());
            Defect { document, defect: missing.lack.code(), reason }
        });
        let (defects, number) = (defects.collect(), notice.number);
        let given = self.add(FactKind::Notice, recorded);
        given.notices = Some(number);
        given.overlooked = Some(u32::try_from(notice.overlooked.len()).unwrap_or(u32::MAX));
        given.defects = defects;
    }

    fn made(&mut self, recorded: &Recorded<Event>) {
        let Self { after, reckoning, .. } = *self;
        let (calendar, hours, at) = (&reckoning.calendar.calendar, reckoning.hours, recorded.at);
        let promise = self.definition.case_type.deadline.zip(after.settled).map(|(rule, settled)| {
            let dates = settled.deadlines;
            // What was extended was promised by its earlier limit all the same.
            let promised = if after.extended_by == 0 {
                dates.limit
            } else {
                due(calendar, hours, after.opened_at, rule.limit_after, &after.pauses, at)
            };
            Promise {
                by_ready: at <= dates.ready_from.at,
                by_limit: at <= promised.at,
                in_time: at <= dates.limit.at,
                provisional: dates.ready_from.provisional || dates.limit.provisional,
            }
        });
        let working_days = counted_days(calendar, hours, after.opened_at, &after.pauses, at);
        let made = self.add(FactKind::Made, recorded);
        made.seconds = Some(spent(after.opened_at, at));
        made.working_days = Some(i64::from(working_days));
        made.promise = promise;
    }

    fn moved_on(&mut self, from: &str, to: &str, closed: bool, recorded: &Recorded<Event>) {
        let Self { definition, after, reckoning, .. } = *self;
        let (calendar, hours, at) = (&reckoning.calendar.calendar, reckoning.hours, recorded.at);
        let queue = definition.workflow.state(from).and_then(|state| state.queue);
        let since = self.state_since.unwrap_or(after.opened_at);
        self.state_since = Some(at);
        let left = self.add(FactKind::Left, recorded);
        left.workflow = Some(after.workflow.code.clone());
        left.place = Some(from.to_owned());
        left.queue = queue;
        left.seconds = Some(spent(since, at));
        left.working_days = Some(calendar.working_days_between(hours.local_date(since), hours.local_date(at)).max(0));
        // Nothing marks the verdict on the papers but the action that needs it.
        let needs_papers = |code: &str| {
            let asks = |guard: &Guard| matches!(guard, Guard::MaterialsComplete | Guard::MaterialsAcceptable);
            definition.workflow.action(code).is_some_and(|action| action.guards.iter().any(asks))
        };
        if queue == Some(Queue::ToCheck) && needs_papers(&recorded.action) {
            self.add(FactKind::Accepted, recorded).notices = Some(after.notices.len() as u32);
        }
        if closed {
            let receipt_day = hours.receipt_day(calendar, after.opened_at);
            let ended = self.add(FactKind::Closed, recorded);
            ended.place = Some(to.to_owned());
            ended.seconds = Some(spent(after.opened_at, at));
            ended.working_days = Some(calendar.working_days_between(receipt_day, ended.day).max(0));
        }
    }
}

/// Seconds from one instant to another. Where the clock was put back in between, they took no time; they took no less than that.
fn spent(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_seconds().max(0)
}
