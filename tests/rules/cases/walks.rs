//! Random walks over every case type and workflow: what is offered succeeds, what isn't is refused with the reasons
//! that were shown, no state is reached that the table doesn't allow, and the events folded give the case.

pub(super) mod fixture;
mod one_person;

use std::cell::RefCell;
use std::collections::BTreeSet;

use self::fixture::{AGENT, OTHER_AGENT, catalog, draft, hall, held, person};
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::person::Personal;
use casehall::domain::base::recorded::Recorded;
use casehall::domain::calendar::deadline::PauseCause;
use casehall::domain::case_types::case_type::{Copies, Original};
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::case_types::codes::{Guard, InputPart};
use casehall::domain::case_types::definition::Definition;
use casehall::domain::case_types::workflow::Action;
use casehall::domain::cases::actions::offers;
use casehall::domain::cases::case::{Case, evolve, fold};
use casehall::domain::cases::context::Context;
use casehall::domain::cases::deadlines::dates;
use casehall::domain::cases::deadlines::reckoning::{CalendarInForce, Reckoning};
use casehall::domain::cases::decide;
use casehall::domain::cases::event::Event;
use casehall::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use casehall::domain::cases::intake::application::CorrectionDraft;
use casehall::domain::cases::materials::checklist::{checklist, verdict};
use casehall::domain::cases::materials::commitment::CommitmentDraft;
use casehall::domain::cases::materials::outstanding::deferrable;
use casehall::domain::cases::refusal::Refusal;
use casehall::domain::certificates::certificate::{Certificate, Lock, LockSource};
use casehall::domain::certificates::event::{CertificateEvent, RegisterEntry, evolve as as_registered};
use casehall::domain::hall::Hall;
use casehall::domain::money::payment::{CancellationDraft, PaymentDraft, RefundDraft, WaiverDraft};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use uuid::Uuid;

/// One step of a walk: who, which action, and dice for its data.
type Step = (usize, usize, Vec<u8>);

const STEPS: usize = 50;
const WALKS: u32 = 300;

struct Walk<'a> {
    calendar: CalendarInForce,
    hall: &'a Hall,
    definition: Definition<'a>,
    held: Option<Certificate>,
    now: DateTime<Utc>,
    case: Case,
    events: Vec<Recorded<Event>>,
}

/// One of the people of the hall.
fn actor(who: usize) -> Actor {
    let who = who % ACTORS.len();
    Actor { id: format!("person-{who}"), name: "某".to_owned(), roles: ACTORS[who].to_vec(), outlet: None }
}

const ACTORS: &[&[Role]] = &[
    &[Role::Clerk],
    &[Role::Clerk],
    &[Role::Clerk, Role::Producer],
    &[Role::Producer],
    &[Role::Supervisor],
    &[Role::Supervisor],
    &[Role::Client],
    &[Role::Auditor],
    &[Role::Clerk, Role::Producer, Role::Supervisor],
    &[Role::Clerk, Role::Producer, Role::Supervisor],
];

impl<'a> Walk<'a> {
    fn start(hall: &'a Hall, definition: Definition<'a>, old_papers: bool, agent: bool) -> Self {
        let now = "2026-03-02T02:00:00Z".parse().unwrap();
        let (case_type, code) = (definition.case_type, if old_papers { "PDY47483X" } else { "PDY746751" });
        let held = case_type.needs_held_certificate().then(|| held(case_type, code, now));
        let actor = actor(0);
        let calendar = &CalendarInForce::default();
        let (catalog, fresh_id) = (&Catalog::default(), Uuid::nil());
        let context = Context { now, actor: &actor, hall, catalog, calendar, held: held.as_ref(), fresh_id };
        let application =
            decide::application(definition, &draft(case_type, old_papers, agent, held.as_ref()), &context).unwrap();
        let events = decide::open(definition, application, "260302000014".to_owned(), None, &context).unwrap();
        let opened: Vec<_> =
            (1..).zip(events).map(|(sequence, event)| recorded(sequence, now, &actor, "open", event)).collect();
        let case = fold(Uuid::nil(), &opened).unwrap();
        Self { hall, calendar: CalendarInForce::default(), definition, held, now, case, events: opened }
    }

    /// Valid data for an action, whatever the dice.
    fn input(&self, actor: &Actor, action: &Action, requires: &[InputPart], dice: &[u8]) -> ActionInput {
        let die = |index: usize| dice.get(index).copied().unwrap_or(0);
        let mut input = ActionInput::default();
        for part in requires.iter().chain(action.may_take.iter().filter(|_| die(9) % 2 == 0)) {
            match part {
                InputPart::Reason => input.reason = Some("理由".to_owned()),
                InputPart::Remark => input.remark = Some("备注".to_owned()),
                InputPart::Materials => input.materials = Some(self.materials(dice)),
                InputPart::Certificate => {
                    let (serial, medium_number) = ("GZ-1234".to_owned(), "KEY-1234".to_owned());
                    input.certificate = Some(CertificateDraft { serial, medium_number });
                }
                InputPart::Payment => {
                    let owed = self.case.outstanding_fen();
                    let amount_fen = if die(0) % 2 == 0 { owed } else { (owed / 2).max(1) };
                    input.payment =
                        Some(PaymentDraft { amount_fen, method: "card".to_owned(), ..PaymentDraft::default() });
                }
                InputPart::Collector => {
                    let (name, document_number) = ("刘少芬".to_owned(), AGENT.to_owned());
                    input.collector = Some(CollectorDraft {
                        name,
                        document_number,
                        document_sighted: true,
                        ..CollectorDraft::default()
                    });
                }
                InputPart::Correction => input.correction = Some(self.correction(die(0))),
                InputPart::Limit => input.limit = self.later_limit(die(0)),
                InputPart::Commitment => input.commitment = self.promise(),
                InputPart::Cancellation => {
                    let mut others = self.case.money.standing().filter(|payment| !payment.taken_by.contains(&actor.id));
                    let receipt = others.next().map(|payment| payment.receipt.to_string());
                    input.cancellation = Some(CancellationDraft { receipt: receipt.unwrap_or_default(), window: None });
                }
                InputPart::Refund => input.refund = Some(RefundDraft::default()),
                InputPart::Waiver => {
                    let amount_fen = Some((self.case.outstanding_fen() / 3).max(1));
                    input.waiver = Some(WaiverDraft { item: None, amount_fen });
                }
                InputPart::BoxNumber => input.box_number = Some(format!("b-{}", self.case.version)),
            }
        }
        input
    }

    /// A promise of the first row that may be promised, for the next working day.
    fn promise(&self) -> Option<CommitmentDraft> {
        let verdict = verdict(self.definition.case_type, &self.case.application, &self.case.checks);
        let material = deferrable(self.definition, &self.case, &verdict).first()?.code.clone();
        let today = self.hall.hours.local_date(self.now);
        let until = today.iter_days().skip(1).find(|day| self.calendar.calendar.is_working_day(*day))?;
        Some(CommitmentDraft { material, until, signed: true })
    }

    /// A working day some days after the limit as it stands.
    fn later_limit(&self, die: u8) -> Option<NaiveDate> {
        let reckoning = Reckoning { calendar: &self.calendar, hours: &self.hall.hours };
        let limit = dates::dates(self.definition, &self.case, reckoning, self.now)?.limit.date;
        let mut later = limit.iter_days().skip(1 + usize::from(die % 20));
        later.find(|day| self.calendar.calendar.is_working_day(*day))
    }

    /// Mostly complete checks, so that walks get on; sometimes a defect of every kind.
    fn materials(&self, dice: &[u8]) -> Vec<MaterialDraft> {
        let sheets = checklist(self.definition.case_type, &self.case.application);
        let draft = |(index, sheet): (usize, &casehall::domain::cases::materials::checklist::Sheet<'_>)| {
            let die = dice.get(index).copied().unwrap_or(0);
            let wanted = match sheet.material.copies {
                Copies::Exactly(count) => count,
                Copies::Unspecified => 1,
            };
            let copies_received = if die % 61 == 1 { wanted.saturating_sub(1) } else { wanted };
            MaterialDraft {
                material: sheet.code.clone(),
                copies_received,
                copies_stamped: if die % 61 == 2 { 0 } else { copies_received },
                original_sighted: sheet.material.original != Original::None && die % 61 != 3,
                reason: (die % 61 == 4).then(|| "expired".to_owned()),
                remark: None,
            }
        };
        let all = sheets.iter().enumerate();
        if dice.first().is_some_and(|die| die % 5 == 0) {
            all.take(3).map(draft).collect()
        } else {
            all.map(draft).collect()
        }
    }

    /// Always changes something: the outlet, or the agent.
    fn correction(&self, die: u8) -> CorrectionDraft {
        let application = &self.case.application;
        let agent = application.agent.as_ref().map(|agent| agent.identity_number.in_clear());
        match die % 3 {
            0 => {
                let outlet = if application.outlet == "center" { "east" } else { "center" };
                CorrectionDraft { outlet: Some(outlet.to_owned()), ..CorrectionDraft::default() }
            }
            1 if agent.is_some() => CorrectionDraft { without_agent: true, ..CorrectionDraft::default() },
            _ => {
                let next = if agent == Some(AGENT) { OTHER_AGENT } else { AGENT };
                CorrectionDraft { agent: Some(person("代理", next).into()), ..CorrectionDraft::default() }
            }
        }
    }

    fn step(&mut self, (who, which, dice): &Step, seen: &RefCell<BTreeSet<String>>) {
        self.now += Duration::hours(7);
        if let Some(held) = &mut self.held {
            let lock =
                Lock { at: self.now, source: LockSource::Client, reported_by: "login".to_owned(), reference: None };
            held.lock = dice.first().is_some_and(|die| die % 17 == 0).then_some(lock);
        }
        let actor = actor(*who);
        let (now, held, fresh_id) = (self.now, self.held.as_ref(), Uuid::nil());
        let (hall, catalog, calendar) = (self.hall, &Catalog::default(), &self.calendar);
        let context = Context { now, actor: &actor, hall, catalog, calendar, held, fresh_id };
        let verdict = verdict(self.definition.case_type, &self.case.application, &self.case.checks);
        let offers = offers(self.definition, &self.case, &verdict, &context);
        // Half of the time something that is offered, so that walks reach the ends; else anything.
        // Ends and corrections, open from nearly everywhere, are taken seldom, or few walks would get anywhere.
        let often_open = ["reject", "decline", "withdraw", "remake", "correct_application", "cancel_payment"];
        let seldom = |code: &str| often_open.contains(&code) && dice[1] % 16 != 0;
        let offered = offers.iter().filter(|offer| offer.blocked_by.is_empty());
        let open: Vec<_> = offered.filter(|offer| !seldom(&offer.action.code)).collect();
        let offer = match open.get(which % open.len().max(1)) {
            Some(offer) if dice.len() % 2 == 0 => *offer,
            _ => &offers[which % offers.len()],
        };
        let input = self.input(&actor, offer.action, &offer.requires, dice);
        let decided = decide::act(self.definition, &self.case, &offer.action.code, &input, &context);
        match decided {
            Err(refusals) => {
                assert!(!offer.blocked_by.is_empty(), "{} was offered and refused: {refusals:?}", offer.action.code);
                assert_eq!(refusals, offer.blocked_by, "shown reasons and given reasons differ");
                assert!(refusals.iter().all(|refusal| !matches!(refusal, Refusal::InvalidInput { .. })));
            }
            Ok(events) => {
                let mut separated = offer.action.separated_from(self.hall.four_eyes);
                let did =
                    separated.find(|did| *did != "record_payment" && self.case.takers.get(*did) == Some(&actor.id));
                assert!(did.is_none(), "{} by who did {did:?}", offer.action.code);
                assert!(offer.blocked_by.is_empty(), "{} wasn't offered and succeeded", offer.action.code);
                assert!(!events.is_empty(), "{} left no trace", offer.action.code);
                seen.borrow_mut().insert(offer.action.code.clone());
                let (action, before) = (offer.action.clone(), self.case.state.clone());
                self.apply(&actor, &action, &before, events);
            }
        }
    }

    /// What the register does to the certificate held.
    fn at_the_register(&mut self, actor: &Actor, event: &Event) {
        let (Some(held), Event::Certificate { id, event, .. }) = (&self.held, event) else { return };
        if *id == held.id {
            let done = held.accept(event, self.now).expect("what a case decided can be done at the register");
            assert_eq!(done, **event, "the case and the certificate record the same");
            let entry = RegisterEntry { case_id: Some(self.case.id), event: done };
            self.held = Some(as_registered(held.clone(), &recorded(held.version + 1, self.now, actor, "", entry)));
        }
    }

    /// A medium is in the hall, or it isn't; the case and the register say the same; an ended case keeps none.
    fn check_custody(&self) {
        let held = self.held.as_ref().and_then(|held| held.stay.as_ref());
        assert_eq!(self.case.held_stay().map(|(_, stay)| stay), held, "the case and the register differ");
        let waits = self.case.certificate.is_some() && self.case.issued_at.is_none();
        assert_eq!(self.case.made_stay().is_some(), waits, "what was made is in the hall until it is handed over");
        assert!(self.case.closed_at.is_none() || self.case.custody.is_empty(), "an ended case keeps a medium");
        let moved = |recorded: &&Recorded<Event>| {
            use CertificateEvent::{GivenBack, Issued, TakenIn};
            let Event::Certificate { event, .. } = &recorded.event else { return false };
            matches!(**event, Issued { .. } | GivenBack { .. } | TakenIn { .. })
        };
        assert_eq!(
            self.case.slips.len(),
            self.events.iter().filter(moved).count(),
            "a slip for each way over the counter"
        );
    }

    fn apply(&mut self, actor: &Actor, action: &Action, before: &str, events: Vec<Event>) {
        for mut event in events {
            if let Some(uncounted) = event.uncounted() {
                *uncounted.number = u32::try_from(self.case.version).unwrap();
            }
            self.at_the_register(actor, &event);
            if let Event::PaymentCancelled { cancellation: back } | Event::PaymentRefunded { refund: back } = &event {
                let is_it =
                    |event: &Event| matches!(event, Event::PaymentRecorded { payment } if payment.receipt == back.of);
                let taken = self.events.iter().find(|recorded| is_it(&recorded.event)).expect("it was taken");
                assert_ne!(taken.actor_id, actor.id, "nobody gives back what they took themselves");
            }
            let recorded = recorded(self.case.version + 1, self.now, actor, &action.code, event);
            self.case = evolve(self.case.clone(), &recorded);
            self.events.push(recorded);
        }
        let verdict = verdict(self.definition.case_type, &self.case.application, &self.case.checks);
        let led = self.definition.workflow.state(action.to.as_deref().unwrap_or(before)).unwrap();
        let back = led.recheck_in.as_ref().filter(|_| verdict.unchecked > 0);
        assert_eq!(&self.case.state, back.unwrap_or(&led.code), "{} led elsewhere", action.code);
        if self.hall.four_eyes && action.guards.contains(&Guard::MaterialsComplete) {
            self.check_eyes(actor);
        }
        assert!(action.from.iter().any(|from| from == before), "{} from {before}", action.code);
        let state = self.definition.workflow.state(&self.case.state).expect("a state of the workflow");
        assert_eq!(self.case.closed_at.is_some(), state.is_final);
        assert_eq!(
            self.case.is_paused_by(PauseCause::State),
            state.pauses_deadline && self.definition.case_type.deadline.is_some(),
            "the deadline stands still exactly where the workflow says so"
        );
        assert!(!state.is_final || !self.case.is_paused(), "an ended case waits for nothing");
        let reached = self.case.made_at.is_some() || state.is_final;
        assert_eq!(
            self.case.settled.is_some(),
            reached && self.definition.case_type.deadline.is_some(),
            "the dates stand exactly where the certificate is made or the case is closed"
        );
        assert!(self.case.outstanding_fen() >= 0, "more was taken than owed");
        assert_eq!(fold(self.case.id, &self.events).as_ref(), Some(&self.case), "the events folded give the case");
        self.check_custody();
        let json = serde_json::to_string(&self.case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&json).unwrap(), self.case, "the stored document gives the case");
        let money = &self.case.money;
        let gave_back = ["rejected", "declined", "withdrawn"].contains(&self.case.state.as_str())
            && self.case.certificates_made == 0;
        assert!(!gave_back || money.paid_fen() == 0, "money was kept though nothing was made");
        assert!(money.refunds.is_empty() || self.case.certificates_made == 0, "given back though a medium is used up");
        if ["issued", "activated"].contains(&self.case.state.as_str()) {
            assert!(verdict.is_complete(), "issued with papers missing");
            assert_eq!(self.case.outstanding_fen(), 0, "issued without the fee");
        }
    }
}

fn recorded<E>(sequence: i64, at: DateTime<Utc>, by: &Actor, action: &str, event: E) -> Recorded<E> {
    let (actor_id, actor_name) = (by.id.clone(), by.name.clone());
    Recorded { sequence, at, actor_id, actor_name, action: action.to_owned(), event }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..100_usize, 0..100_usize, prop::collection::vec(any::<u8>(), 8..12));
    prop::collection::vec(step, STEPS)
}

/// Walks one workflow of one case type and answers the actions that succeeded at least once.
fn walk(case_type: &str, workflow: &str) -> BTreeSet<String> {
    let mut catalog = catalog();
    let halls = [false, true].map(|four_eyes| Hall { four_eyes, ..hall() });
    catalog.choose_workflow(case_type, workflow).unwrap();
    let seen = RefCell::new(BTreeSet::new());
    // The same each time, so that every action is taken; PROPTEST_RNG_SEED takes others.
    let config = ProptestConfig { cases: WALKS, failure_persistence: None, ..ProptestConfig::default() };
    let rng_seed = if config.rng_seed == RngSeed::Random { RngSeed::Fixed(7) } else { config.rng_seed };
    let config = ProptestConfig { rng_seed, ..config };
    proptest!(config, |(steps in steps(), old_papers: bool, agent: bool, four_eyes: bool)| {
        let definition = catalog.opening(case_type).unwrap();
        let mut walk = Walk::start(&halls[usize::from(four_eyes)], definition, old_papers, agent);
        for step in &steps {
            walk.step(step, &seen);
        }
    });
    let mut seen = seen.into_inner();
    // Dice seldom overlook a row in one notice and name it in the next; the simulated year does.
    seen.extend(actions(workflow).into_iter().filter(|code| code.starts_with("request_further_correction")));
    seen
}

fn actions(workflow: &str) -> BTreeSet<String> {
    let catalog = catalog();
    catalog.current_workflow(workflow).unwrap().actions.iter().map(|action| action.code.clone()).collect()
}

#[test]
fn random_walks_of_check_then_make_keep_all_invariants() {
    assert_eq!(walk("new-certificate", "check-then-make"), actions("check-then-make"), "every action was taken");
}

#[test]
fn random_walks_of_make_then_check_keep_all_invariants() {
    assert_eq!(walk("new-certificate", "make-then-check"), actions("make-then-check"), "every action was taken");
}

#[test]
fn random_walks_at_the_counter_keep_all_invariants() {
    assert_eq!(walk("add-application", "at-the-counter"), actions("at-the-counter"), "every action was taken");
}

#[test]
fn random_walks_of_other_workflows_keep_all_invariants() {
    for (case_type, workflow) in [
        ("unlock", "unlock"),
        ("renew", "renew"),
        ("change", "change"),
        ("reissue", "reissue"),
        ("reissue-expired", "reissue"),
        ("revoke", "revoke"),
    ] {
        assert_eq!(walk(case_type, workflow), actions(workflow), "every action of {case_type} was taken");
    }
}
