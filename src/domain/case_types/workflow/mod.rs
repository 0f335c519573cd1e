//! Workflows: states and actions as data, guards and effects as closed vocabularies.
//!
//! Cast: a [`file::WorkflowFile`] is what a configuration file says, in plain strings; [`Workflow::validated`] turns it into a
//! [`Workflow`] whose every code is known, or says everything that is wrong with it. The state machine that runs one is
//! [`crate::domain::cases::actions`]. A new workflow is a file; a new [`Guard`] or [`Effect`] is one entry here and one function there.

pub mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::codes::{Effect, Guard, InputPart, Queue};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;

/// A state of a workflow.
#[derive(Debug, Clone)]
pub struct State {
    /// Code, unique in the workflow.
    pub code: String,
    /// What people call it.
    pub words: Words,
    /// The case ends here.
    pub is_final: bool,
    /// The deadline is paused while a case is here.
    pub pauses_deadline: bool,
    /// The work list that a case is on while it is here; none where it ends.
    pub queue: Option<Queue>,
    /// Where a case is instead while rows of its sheet are empty, since its papers were accepted for something else; none: here.
    pub recheck_in: Option<String>,
    /// The automatic action after a long time in this state.
    pub time_out: Option<TimeOut>,
}

/// An automatic action when a case stays in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeOut {
    /// After so many days, of 24 hours.
    pub after_days: u32,
    /// Code of the action, one that needs no data but a reason.
    pub action: String,
}

/// An action of a workflow.
#[derive(Debug, Clone)]
pub struct Action {
    /// Code, unique in the workflow.
    pub code: String,
    /// What people call it.
    pub words: Words,
    /// States in which it can be taken.
    pub from: Vec<String>,
    /// The state it leads to; none: the case stays where it is.
    pub to: Option<String>,
    /// Who may take it.
    pub roles: Vec<Role>,
    /// Data it needs.
    pub takes: Vec<InputPart>,
    /// Data it may have besides.
    pub may_take: Vec<InputPart>,
    /// What must hold.
    pub guards: Vec<Guard>,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Codes of actions of the same case, or [`OPENING`], that another person must have taken last.
    pub not_by_who_did: Vec<String>,
    /// The same, in halls that want four eyes everywhere.
    pub four_eyes: Vec<String>,
    /// What is said in each state in which it can't be taken, by the state's code: made once, and told of every case.
    elsewhere: BTreeMap<String, Arc<Words>>,
}

impl Action {
    /// Whether it takes money.
    pub fn takes_money(&self) -> bool {
        self.takes.contains(&InputPart::Payment)
    }

    /// Whether the applicant is told why: of decisions that end the case or move its time. Why else something was done the hall notes for itself.
    pub fn tells_why(&self) -> bool {
        let told = [Effect::RefundPayments, Effect::PauseDeadline, Effect::ResumeDeadline, Effect::ExtendLimit];
        self.effects.iter().any(|effect| told.contains(effect))
    }

    /// The actions that another person must have taken last.
    pub fn separated_from(&self, four_eyes: bool) -> impl Iterator<Item = &str> {
        let strict = if four_eyes { self.four_eyes.as_slice() } else { &[] };
        self.not_by_who_did.iter().chain(strict).map(String::as_str)
    }

    /// Whether it is the acceptance of the papers, and nothing else.
    pub fn accepts_papers(&self) -> bool {
        self.takes.is_empty() && self.guards.contains(&Guard::MaterialsAcceptable)
    }

    /// Whether it asks of each payment who took it: what gives one back, or waives what is left to pay.
    pub fn judges_payments(&self) -> bool {
        self.gives_money_back() || self.takes.contains(&InputPart::Waiver)
    }

    /// Whether it gives money back: of that, each payment has takers of its own.
    pub fn gives_money_back(&self) -> bool {
        self.effects.contains(&Effect::RefundPayments) || self.takes.contains(&InputPart::Cancellation)
    }
}

/// That something is done in other states than the one that a case is in.
pub fn wrong_state<'a>(state: &Words, wanted: impl Iterator<Item = &'a Words> + Clone) -> Words {
    let zh: Vec<&str> = wanted.clone().map(|state| state.zh.as_str()).collect();
    let en: Vec<&str> = wanted.map(|state| state.en.as_str()).collect();
    Words::new(
        format!("办件处于“{}”，该操作只能在“{}”时进行", state.zh, zh.join("”“")),
        format!("the case is \"{}\"; this is possible only at \"{}\"", state.en, en.join("\" or \"")),
    )
}

/// The opening of a case, where duties are separated.
pub const OPENING: &str = "open";

/// A validated workflow.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Code of the workflow, the file's name.
    pub code: String,
    /// Edition, from 1; a changed workflow has a new one.
    pub edition: u32,
    /// What people call it.
    pub words: Words,
    /// Where a case starts.
    pub initial: String,
    /// States in the order of the file, the main line first.
    pub states: Vec<State>,
    /// Actions in the order of the file.
    pub actions: Vec<Action>,
}

impl Workflow {
    /// A state by its code.
    pub fn state(&self, code: &str) -> Option<&State> {
        self.states.iter().find(|state| state.code == code)
    }

    /// An action by its code.
    pub fn action(&self, code: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.code == code)
    }

    /// Whether a case that moves so is checked again: its acceptance is taken back.
    pub fn takes_acceptance_back(&self, from: &str, to: &str) -> bool {
        self.state(from).is_some_and(|state| state.recheck_in.as_deref() == Some(to))
    }

    /// The ways back to the check of the papers: from a state, to another, by an action that corrects the application.
    pub fn ways_back_to_check(&self) -> impl Iterator<Item = (&State, &str, &Action)> {
        let corrects = |action: &&Action| action.to.is_none() && action.takes.contains(&InputPart::Correction);
        let ways = self.states.iter().filter_map(|state| Some((state, state.recheck_in.as_deref()?)));
        ways.flat_map(move |(state, to)| {
            let actions = self.actions.iter().filter(corrects).filter(move |action| action.from.contains(&state.code));
            actions.map(move |action| (state, to, action))
        })
    }

    /// Says of each action beforehand what is said in each state in which it can't be taken.
    fn with_refusals(mut self) -> Self {
        let Self { states, actions, .. } = &mut self;
        for action in actions {
            let wanted = action.from.iter().filter_map(|code| states.iter().find(|state| state.code == *code));
            let wanted = wanted.map(|state| &state.words);
            let others = states.iter().filter(|state| !action.from.contains(&state.code));
            let said = |state: &State| (state.code.clone(), wrong_state(&state.words, wanted.clone()).into());
            action.elsewhere = others.map(said).collect();
        }
        self
    }

    /// What is said of an action that can't be taken in a state.
    pub fn elsewhere(&self, action: &Action, state: &str) -> Arc<Words> {
        let unknown = || wrong_state(&state_words(self, state), std::iter::empty()).into();
        action.elsewhere.get(state).cloned().unwrap_or_else(unknown)
    }

    /// The name of an action, or of the opening.
    pub fn action_words(&self, code: &str) -> Words {
        let opening = || Words::new("收件", "Open the case");
        self.action(code).map_or_else(opening, |action| action.words.clone())
    }

    /// Whether any action has this effect.
    pub fn has_effect(&self, effect: Effect) -> bool {
        self.actions.iter().any(|action| action.effects.contains(&effect))
    }
}

/// The name of a state; its code where the workflow doesn't know it.
pub fn state_words(workflow: &Workflow, code: &str) -> Words {
    workflow.state(code).map_or_else(|| Words::new(code, code), |state| state.words.clone())
}
