//! How far a case has come, for whoever knows its number and the end of a phone number: state, next step, what to bring, where, until
//! when. No name, no number of a person, and nothing that a clerk has typed stands in it.
//!
//! Cast: [`progress`] makes a [`Progress`] of a case; [`answers_to`] says whether digits belong to it.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};

use super::bring::papers_to_bring;
use super::paper::{Paper, refusal};
use crate::domain::base::person::Personal;
use crate::domain::base::phone::Phone;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::{Effect, Queue};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, Workflow, state_words};
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::dates::{DeadlineDetails, DeadlineStatus};
use crate::domain::cases::event::Event;
use crate::domain::certificates::authorization::first_minute;
use crate::domain::hall::{Hall, Outlet};
use crate::domain::money::yuan::yuan;

/// How many digits of a phone are asked for.
pub const DIGITS: usize = 4;

/// A step on the way of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The state.
    pub words: Words,
    /// The day on which the case came there; none of what is to come.
    pub on: Option<NaiveDate>,
    /// Whether it is there now.
    pub is_now: bool,
}

/// How far a case has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its number.
    pub acceptance_number: String,
    /// What was applied for.
    pub case_type: Words,
    /// What comes next, and for whom.
    pub next: Words,
    /// From when, or until when.
    pub when: Option<Words>,
    /// Whether the case has ended.
    pub is_over: bool,
    /// Whether the hall is late.
    pub is_late: bool,
    /// Whether the time limit stands still.
    pub is_paused: bool,
    /// What to bring.
    pub bring: Vec<Words>,
    /// Where and how long one can object, where the hall refused what was applied for.
    pub remedy: Option<Words>,
    /// Where.
    pub outlet: Outlet,
    /// What was, is and will be.
    pub steps: Vec<Step>,
}

/// Whether the last digits of a phone of the case are these. All of its phones are looked at, so that none takes longer.
pub fn answers_to(case: &Case, digits: &str) -> bool {
    let application = &case.application;
    let agent = application.agent.as_ref().map(|agent| &agent.phone);
    let contact = application.certificate_contact.as_ref().map(|contact| &contact.phone);
    let phones = [Some(&application.applicant.phone), agent, contact];
    let right = phones.into_iter().flatten().filter(|phone| last_digits(phone) == digits).count();
    right > 0 && digits.len() == DIGITS
}

/// The last digits of the number itself; an extension is no part of it.
fn last_digits(phone: &Phone) -> String {
    let number = phone.in_clear().split(';').next().unwrap_or_default();
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(DIGITS)).collect()
}

/// How far a case has come at an instant.
pub fn progress(
    definition: Definition<'_>,
    case: &Case,
    events: &[Recorded<Event>],
    deadline: Option<&DeadlineDetails>,
    hall: &Hall,
    now: DateTime<Utc>,
) -> Progress {
    let refused = refusal(definition, case, events);
    Progress {
        acceptance_number: case.acceptance_number.clone(),
        case_type: definition.case_type.words.clone(),
        next: match &refused {
            Some(refused) => to_collect(&refused.words),
            None => next(definition, case, hall, now),
        },
        when: when(definition, case, deadline, hall),
        is_over: case.closed_at.is_some(),
        is_late: deadline.is_some_and(|deadline| deadline.status == DeadlineStatus::Overdue),
        is_paused: deadline.is_some_and(|deadline| deadline.status == DeadlineStatus::Paused),
        bring: bring(definition, case),
        remedy: refused.map(|_| hall.remedy.clone()),
        outlet: hall.outlet_or_unknown(&case.application.outlet),
        steps: steps(definition.workflow, case, events, hall),
    }
}

fn queue(definition: Definition<'_>, case: &Case) -> Option<Queue> {
    definition.workflow.state(&case.state).and_then(|state| state.queue)
}

fn next(definition: Definition<'_>, case: &Case, hall: &Hall, now: DateTime<Utc>) -> Words {
    if case.closed_at.is_some() {
        return ended(definition, case, hall, now);
    }
    match queue(definition, case) {
        Some(Queue::WaitingForCorrection) => {
            Words::new("请补正材料后交到窗口", "Please correct the documents and bring them to the window")
        }
        Some(Queue::ToCheck) if case.certificate.is_some() => Words::new(
            "证书已制作，请携带材料到窗口，核验后领取",
            "The certificate is made: please bring the documents to the window and collect it",
        ),
        Some(Queue::ToCheck) => Words::new(
            "申请已收到，材料待窗口核验",
            "The application was received; its documents are to be checked at the window",
        ),
        Some(Queue::ToMake) => Words::new("证书制作中，请等候", "The certificate is being made; please wait"),
        Some(Queue::ToHandOver) if case.issued_at.is_some() => Words::new(
            "证书已发放，请在窗口激活",
            "The certificate was handed over; please have it activated at the window",
        ),
        Some(Queue::ToHandOver) if case.certificate.is_some() => {
            Words::new("证书已制作，请到窗口领取", "The certificate is made: please collect it at the window")
        }
        Some(Queue::ToHandOver) => {
            Words::new("材料已核验，请到窗口办理", "The documents are in order: please come to the window")
        }
        None => state_words(definition.workflow, &case.state),
    }
}

/// What the hall decided, and that the notice of it waits: the reason stands there, and in the words of whoever decided nowhere else.
fn to_collect(decision: &Words) -> Words {
    Words::new(
        format!("{}：请到窗口领取通知书，原因见通知书", decision.zh),
        format!("{}: please collect the notice at the window; it says why", decision.en),
    )
}

fn ended(definition: Definition<'_>, case: &Case, hall: &Hall, now: DateTime<Utc>) -> Words {
    let state = state_words(definition.workflow, &case.state);
    match case.deliveries.iter().map(|delivery| delivery.usable_from).max() {
        Some(from) if from > now => {
            let from = first_minute(from).with_timezone(&hall.hours.zone);
            Words::new(
                format!("已办结，{}起即可登录使用", from.format("%Y年%-m月%-d日 %H:%M")),
                format!("Done: it can be used to log in from {} on", from.format("%-d %B %Y, %H:%M")),
            )
        }
        Some(_) => Words::new("已办结，可以登录使用", "Done: it can be used to log in"),
        None => Words::new(format!("办件已结束：{}", state.zh), format!("The case has ended: {}", state.en)),
    }
}

fn when(definition: Definition<'_>, case: &Case, deadline: Option<&DeadlineDetails>, hall: &Hall) -> Option<Words> {
    let deadline = deadline?;
    // Whoever is to correct papers collects nothing before that.
    let is_corrected = queue(definition, case) == Some(Queue::WaitingForCorrection);
    let (ready, limit) = (deadline.deadlines.ready_from.date, deadline.deadlines.limit.date);
    let (zh, en) = ("%Y年%-m月%-d日", "%-d %B %Y");
    match deadline.status {
        DeadlineStatus::OnTrack => Some(Words::new(
            format!("{}起可领取，最迟{}制成", ready.format(zh), limit.format(zh)),
            format!("Ready from {} on, made by {} at the latest", ready.format(en), limit.format(en)),
        )),
        DeadlineStatus::Overdue => Some(Words::new(
            format!("最迟应于{}制成，现已逾期，正在加紧办理", limit.format(zh)),
            format!("Was due by {} and is overdue; we are working on it", limit.format(en)),
        )),
        DeadlineStatus::Paused => {
            let since = hall.hours.local_date(deadline.paused_since?);
            Some(Words::new(
                format!("{}起暂停计时", since.format(zh)),
                format!("Time limit paused since {}", since.format(en)),
            ))
        }
        DeadlineStatus::Met if !is_corrected && case.issued_at.is_none() && case.closed_at.is_none() => {
            let made = hall.hours.local_date(deadline.met_at?);
            Some(Words::new(format!("{}起可领取", made.format(zh)), format!("Ready since {}", made.format(en))))
        }
        DeadlineStatus::Met | DeadlineStatus::Ended => None,
    }
}

fn bring(definition: Definition<'_>, case: &Case) -> Vec<Words> {
    if case.closed_at.is_some() || case.issued_at.is_some() {
        return Vec::new();
    }
    let mut bring = papers_to_bring(definition, case);
    if bring.is_empty() {
        bring.push(Words::new("材料已齐全，无须再交", "The documents are complete; none need be brought again"));
    }
    // Who only brings corrected papers collects nothing yet, and pays nothing.
    if queue(definition, case) == Some(Queue::WaitingForCorrection) {
        if !case.notices.is_empty() {
            let Words { zh, en } = Paper::OneTimeNotice.words();
            bring.push(Words::new(zh, format!("The {}", en.to_lowercase())));
        }
        return bring;
    }
    if definition.workflow.has_effect(Effect::IssueCertificate) {
        bring.push(Words::new("领取人有效身份证件原件", "The original identity document of whoever collects it"));
    }
    let outstanding = case.outstanding_fen();
    if outstanding > 0 {
        let fee = yuan(outstanding);
        bring.push(Words::new(format!("费用 {fee} 元"), format!("The fee: {fee} yuan")));
    }
    bring
}

/// Where the case was, in the order of its life; where it is; and the straight way from there. Where it came back to with corrected papers
/// is a step of its own; of what was undone and came again, only what came last.
fn steps(workflow: &Workflow, case: &Case, events: &[Recorded<Event>], hall: &Hall) -> Vec<Step> {
    let opened = hall.hours.local_date(case.opened_at);
    let waits =
        |state: &str| workflow.state(state).is_some_and(|state| state.queue == Some(Queue::WaitingForCorrection));
    let mut been: Vec<(&str, Words, NaiveDate)> =
        vec![(workflow.initial.as_str(), state_words(workflow, &workflow.initial), opened)];
    for recorded in events {
        let Event::StateChanged { from, to, closed, .. } = &recorded.event else { continue };
        let on = hall.hours.local_date(recorded.at);
        match been.iter().rposition(|(known, ..)| known == to) {
            _ if waits(from) && !waits(to) && !closed => {
                been.push((to, Words::new("补正材料已交", "Corrected documents handed in"), on));
            }
            Some(before) if !waits(to) => been.truncate(before + 1),
            _ => been.push((to, state_words(workflow, to), on)),
        }
    }
    let last = been.len() - 1;
    let was = |state: &str| been.iter().any(|(known, ..)| *known == state);
    // What comes again after a correction is told once.
    let to_come: Vec<&str> = way(workflow, &case.state).into_iter().filter(|state| !was(state)).collect();
    let step = |(at, (_, words, on)): (usize, (&str, Words, NaiveDate))| Step {
        words,
        on: Some(on),
        is_now: at == last && case.closed_at.is_none(),
    };
    let to_come = to_come.into_iter();
    let to_come = to_come.map(|state| Step { words: state_words(workflow, state), on: None, is_now: false });
    been.into_iter().enumerate().map(step).chain(to_come).collect()
}

/// The shortest way from a state to an end that delivers: without detours through corrections, and without what ends a case early.
fn way<'a>(workflow: &'a Workflow, from: &'a str) -> Vec<&'a str> {
    let detours = [Effect::GiveNotice, Effect::VoidCertificate, Effect::RefundPayments];
    let is_straight = |action: &&Action| detours.iter().all(|detour| !action.effects.contains(detour));
    let (mut came_from, mut waiting) = (BTreeMap::from([(from, None)]), VecDeque::from([from]));
    while let Some(state) = waiting.pop_front() {
        if workflow.state(state).is_some_and(|state| state.is_final) {
            let mut way: Vec<&str> =
                std::iter::successors(Some(state), |state| came_from.get(state).copied()?).collect();
            way.pop();
            way.reverse();
            return way;
        }
        let leaving = workflow.actions.iter().filter(|action| action.from.iter().any(|one| one == state));
        for to in leaving.filter(is_straight).filter_map(|action| action.to.as_deref()) {
            came_from.entry(to).or_insert_with(|| {
                waiting.push_back(to);
                Some(state)
            });
        }
    }
    Vec::new()
}
