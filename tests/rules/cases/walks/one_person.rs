//! One person with every role, stopped wherever the workflows' own data say that another must act, and told who may.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::recorded::Recorded;
use casehall::domain::case_types::codes::{Effect, InputPart};
use casehall::domain::case_types::workflow::Action;
use casehall::domain::cases::actions::offers;
use casehall::domain::cases::case::evolve;
use casehall::domain::cases::context::Context;
use casehall::domain::cases::decide;
use casehall::domain::cases::event::Event;
use casehall::domain::cases::input::ActionInput;
use casehall::domain::cases::materials::checklist::{checklist, verdict};
use casehall::domain::cases::refusal::Refusal;
use casehall::domain::hall::Hall;
use casehall::domain::money::payment::PaymentDraft;
use uuid::Uuid;

use super::fixture::{catalog, hall};
use super::{Catalog, Walk, actor, recorded};

impl Walk<'_> {
    fn context<'b>(&'b self, actor: &'b Actor, catalog: &'b Catalog) -> Context<'b> {
        let (now, held, fresh_id) = (self.now, self.held.as_ref(), Uuid::nil());
        Context { now, actor, hall: self.hall, catalog, calendar: &self.calendar, held, fresh_id }
    }

    /// The case in a state of an action, where somebody did one thing before it and nothing else is known of anybody.
    fn stands(&mut self, action: &Action, from: &str, did: &str, by: &Actor) {
        let workflow = self.definition.workflow;
        let paying = workflow.action(did).filter(|did| did.takes.contains(&InputPart::Payment));
        if let Some(paying) = paying.filter(|_| action.judges_payments()) {
            // Of money each payment says who took it.
            self.case.state = paying.from[0].clone();
            let payment = PaymentDraft { amount_fen: 100, method: "card".to_owned(), ..PaymentDraft::default() };
            let input = ActionInput { payment: Some(payment), ..ActionInput::default() };
            let events = decide::act(self.definition, &self.case, did, &input, &self.context(by, &Catalog::default()));
            for event in events.unwrap() {
                self.case = evolve(self.case.clone(), &recorded(self.case.version + 1, self.now, by, did, event));
            }
        }
        self.case.state = from.to_owned();
        self.case.takers = BTreeMap::from([(did.to_owned(), by.id.clone())]);
    }

    /// Of every paper of a case that is delivered, two people have seen what was found last.
    pub(super) fn check_eyes(&self, delivering: &Actor) {
        let last = |is_it: &dyn Fn(&Recorded<Event>) -> bool| self.events.iter().rfind(|recorded| is_it(recorded));
        let accepted = last(&|recorded| recorded.action == "accept_materials").expect("the papers were accepted");
        for sheet in checklist(self.definition.case_type, &self.case.application) {
            let of_row = |recorded: &Recorded<Event>| matches!(&recorded.event, Event::MaterialRecorded { material, .. } if *material == sheet.code);
            let check = last(&of_row).expect("every row was looked at");
            let mut eyes = BTreeSet::from([&check.actor_id, &delivering.id]);
            if check.sequence < accepted.sequence {
                eyes.insert(&accepted.actor_id);
            }
            assert!(eyes.len() > 1, "{} was seen by {eyes:?} alone", sheet.code);
        }
    }

    /// For whom a person is told to look, where somebody else must take the action.
    fn sent_to_others(&self, actor: &Actor, action: &Action) -> Option<Refusal> {
        let verdict = verdict(self.definition.case_type, &self.case.application, &self.case.checks);
        let offers = offers(self.definition, &self.case, &verdict, &self.context(actor, &Catalog::default()));
        let offer = offers.into_iter().find(|offer| offer.action.code == action.code).unwrap();
        let mut stops = offer.blocked_by.into_iter().filter(|why| matches!(why, Refusal::SecondPersonNeeded { .. }));
        let stop = stops.next();
        assert_eq!(stops.next(), None, "{} says it once", action.code);
        stop
    }
}

#[test]
fn one_person_is_stopped_at_every_place_that_the_workflows_name_and_told_who_may() {
    let (one, other) = (actor(8), actor(9));
    let (known, mut stops) = (catalog(), BTreeMap::new());
    let pairs = known.current().flat_map(|known| known.workflows.iter().map(|workflow| (&known.code, workflow)));
    for (case_type, workflow) in pairs {
        let mut catalog = catalog();
        catalog.choose_workflow(case_type, workflow).unwrap();
        let definition = catalog.opening(case_type).unwrap();
        for four_eyes in [false, true] {
            let hall = Hall { four_eyes, ..hall() };
            for action in &definition.workflow.actions {
                for did in action.separated_from(true) {
                    for from in &action.from {
                        let mut walk = Walk::start(&hall, definition, false, true);
                        walk.stands(action, from, did, &one);
                        let place = format!("{case_type}, {workflow}: {} in {from} after {did}", action.code);
                        let is_strict = !action.not_by_who_did.iter().any(|code| code == did);
                        let stop = walk.sent_to_others(&one, action);
                        assert_eq!(stop.is_some(), four_eyes || !is_strict, "{place}, four eyes: {four_eyes}");
                        assert_eq!(walk.sent_to_others(&other, action), None, "{place}: another may");
                        let Some(stop) = stop else { continue };
                        let words = stop.words();
                        // Money is given back at the window, whoever else may take the action where none was taken.
                        let gives_back = did == "record_payment" && action.effects.contains(&Effect::RefundPayments);
                        for role in action.roles.iter().filter(|role| !gives_back || **role != Role::Client) {
                            assert!(words.zh.contains(&role.words().zh), "{place}: {words:?}");
                        }
                        assert!(
                            words.zh.contains("须由另一人") && words.en.contains("somebody else"),
                            "{place}: {words:?}"
                        );
                        *stops.entry(is_strict).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    assert!(stops[&true] > 10 && stops[&false] > 10, "the shipped workflows separate duties: {stops:?}");
}
