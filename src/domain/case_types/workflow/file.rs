//! A workflow as a file has it, and the checks that make a [`Workflow`] of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Action, OPENING, State, TimeOut, Workflow};
use crate::domain::accounts::role::Role;
use crate::domain::case_types::codes::{Effect, Guard, InputPart, Queue};
use crate::domain::case_types::faults::{DefinitionFault, Faults, PathStep, step};
use crate::domain::case_types::reachability::{check_reachability, is_of_graph};

/// What a workflow file says, before anything was checked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of Workflow
pub struct WorkflowFile {
    pub code: String,
    pub edition: u32,
    pub zh: String,
    pub en: String,
    pub initial: String,
    pub states: Vec<StateEntry>,
    pub actions: Vec<ActionEntry>,
}

/// A state as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of State
pub struct StateEntry {
    pub code: String,
    pub zh: String,
    pub en: String,
    #[serde(rename = "final")]
    pub is_final: bool,
    pub pauses_deadline: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recheck_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_out: Option<TimeOut>,
}

/// An action as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of Action
pub struct ActionEntry {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub from: Vec<String>,
    pub to: Option<String>,
    pub roles: Vec<String>,
    pub takes: Vec<String>,
    pub may_take: Vec<String>,
    pub guards: Vec<String>,
    pub effects: Vec<String>,
    // Absent where there are none, so that the content of editions without them stays what it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_by_who_did: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub four_eyes: Vec<String>,
}

impl Workflow {
    /// Checks a file and makes the workflow of it.
    ///
    /// # Errors
    /// Everything that is wrong: unknown and duplicate codes, missing words, states that can't be reached, states from
    /// which no end can be reached, effects without the data they need.
    pub fn validated(file: &WorkflowFile) -> Result<Self, Vec<DefinitionFault>> {
        use PathStep::{Index, Key};
        let mut faults = Faults::default();
        faults.code(&[], &file.code, &mut BTreeSet::new());
        let words = faults.words(&[], &file.zh, &file.en);
        if file.edition == 0 {
            faults.add(&[Key("edition")], "the edition is missing; the first is 1");
        }
        let mut seen = BTreeSet::new();
        let mut states = Vec::new();
        for (index, entry) in file.states.iter().enumerate() {
            let path = [Key("states"), Index(index)];
            faults.code(&path, &entry.code, &mut seen);
            let words = faults.words(&path, &entry.zh, &entry.en);
            let queue = validated_queue(entry, &path, &mut faults);
            let StateEntry { code, is_final, pauses_deadline, recheck_in, time_out, .. } = entry.clone();
            states.push(State { code, words, is_final, pauses_deadline, queue, recheck_in, time_out });
        }
        check_rechecks(&states, &mut faults);
        let known: BTreeSet<&str> = file.states.iter().map(|state| state.code.as_str()).collect();
        if !known.contains(file.initial.as_str()) {
            faults.add(&[Key("initial")], format!("the initial state \"{}\" isn't among the states", file.initial));
        }
        let mut seen = BTreeSet::new();
        let mut actions = Vec::new();
        for (index, entry) in file.actions.iter().enumerate() {
            actions.push(validated_action(entry, &[Key("actions"), Index(index)], &states, &mut seen, &mut faults));
        }
        check_separation(&actions, &mut faults);
        for (index, state) in states.iter().enumerate() {
            check_time_out(state, &actions, &[Key("states"), Index(index), Key("time_out")], &mut faults);
        }
        if faults.0.iter().all(|fault| !is_of_graph(fault)) {
            check_reachability(&file.initial, &states, &actions, &mut faults);
        }
        let workflow = Self {
            code: file.code.clone(),
            edition: file.edition,
            words,
            initial: file.initial.clone(),
            states,
            actions,
        };
        if faults.0.is_empty() { Ok(workflow.with_refusals()) } else { Err(faults.0) }
    }
}

/// Work that is on no list is forgotten, so every state that isn't final names one.
fn validated_queue(entry: &StateEntry, path: &[PathStep], faults: &mut Faults) -> Option<Queue> {
    let at = step(path, PathStep::Key("queue"));
    match (&entry.queue, entry.is_final) {
        (None, true) => None,
        (None, false) => {
            let known = Queue::CODES.join(", ");
            faults.add(path, format!("state \"{}\" needs a work list: `queue`, one of {known}", entry.code));
            None
        }
        (Some(_), true) => {
            faults.add(&at, format!("\"{}\" is final and can't be on a work list", entry.code));
            None
        }
        (Some(code), false) => {
            let queue = Queue::from_code(code);
            if queue.is_none() {
                faults.add(&at, format!("unknown work list \"{code}\"; known: {}", Queue::CODES.join(", ")));
            }
            queue
        }
    }
}

/// Papers are checked again in a state that there is, and none is where a case has ended.
fn check_rechecks(states: &[State], faults: &mut Faults) {
    for (index, state) in states.iter().enumerate() {
        let Some(code) = &state.recheck_in else { continue };
        let path = [PathStep::Key("states"), PathStep::Index(index), PathStep::Key("recheck_in")];
        match states.iter().find(|state| state.code == *code) {
            _ if state.is_final => faults.add(&path, format!("\"{}\" is final: nothing leads out of it", state.code)),
            None => faults.add(&path, format!("unknown state \"{code}\"")),
            Some(to) if to.is_final => faults.add(&path, format!("\"{code}\" is final: no papers are checked there")),
            Some(_) => {}
        }
    }
}

/// What the hall does by itself must be an action that can be taken there without data.
fn check_time_out(state: &State, actions: &[Action], path: &[PathStep], faults: &mut Faults) {
    let Some(time_out) = &state.time_out else { return };
    if time_out.after_days == 0 {
        faults.add(&step(path, PathStep::Key("after_days")), "at least one day");
    }
    let at = step(path, PathStep::Key("action"));
    match actions.iter().find(|action| action.code == time_out.action) {
        None => faults.add(&at, format!("unknown action \"{}\"", time_out.action)),
        Some(action) if !action.from.contains(&state.code) => {
            faults.add(&at, format!("\"{}\" can't be taken in \"{}\"", action.code, state.code));
        }
        Some(action) if action.takes.iter().any(|part| *part != InputPart::Reason) => {
            faults.add(&at, format!("\"{}\" needs data that an automatic action can't have", action.code));
        }
        Some(action) if action.to.is_none() => {
            faults.add(&at, format!("\"{}\" doesn't lead out of \"{}\"", action.code, state.code));
        }
        Some(_) => {}
    }
}

fn validated_action(
    entry: &ActionEntry,
    path: &[PathStep],
    states: &[State],
    seen: &mut BTreeSet<String>,
    faults: &mut Faults,
) -> Action {
    use PathStep::{Index, Key};
    let at = |key| step(path, Key(key));
    faults.code(path, &entry.code, seen);
    let words = faults.words(path, &entry.zh, &entry.en);
    if entry.from.is_empty() {
        faults.add(path, format!("action \"{}\" needs at least one state in `from`", entry.code));
    }
    for (index, code) in entry.from.iter().enumerate() {
        let path = step(&at("from"), Index(index));
        match states.iter().find(|state| state.code == *code) {
            None => faults.add(&path, format!("unknown state or group \"{code}\"")),
            Some(state) if state.is_final => faults.add(&path, format!("\"{code}\" is final: nothing leads out of it")),
            Some(_) => {}
        }
    }
    if let Some(to) = &entry.to
        && !states.iter().any(|state| state.code == *to)
    {
        faults.add(&at("to"), format!("unknown state \"{to}\""));
    }
    if entry.roles.is_empty() {
        faults.add(path, format!("action \"{}\" needs at least one role", entry.code));
    }
    let roles = faults.known(&at("roles"), "role", &entry.roles, Role::CODES, Role::from_code);
    let takes = faults.known(&at("takes"), "input", &entry.takes, InputPart::CODES, InputPart::from_code);
    let may_take = faults.known(&at("may_take"), "input", &entry.may_take, InputPart::CODES, InputPart::from_code);
    let guards = faults.known(&at("guards"), "guard", &entry.guards, Guard::CODES, Guard::from_code);
    let effects = faults.known(&at("effects"), "effect", &entry.effects, Effect::CODES, Effect::from_code);
    for effect in &effects {
        for part in effect.needs().iter().filter(|part| !takes.contains(part)) {
            let (effect, part) = (effect.code(), part.code());
            faults.add(&at("effects"), format!("effect \"{effect}\" needs \"{part}\" among `takes`"));
        }
    }
    let names_collector = takes.contains(&InputPart::Collector) || may_take.contains(&InputPart::Collector);
    if effects.contains(&Effect::ReturnHeldMedium) && !names_collector {
        let message = "effect \"return_held_medium\" needs \"collector\" among `takes` or `may_take`";
        faults.add(&at("effects"), message);
    }
    // What is taken back or waived says why.
    for part in [InputPart::Cancellation, InputPart::Waiver] {
        if (takes.contains(&part) || may_take.contains(&part)) && !takes.contains(&InputPart::Reason) {
            faults.add(&at("takes"), format!("\"{}\" also needs \"reason\" in `takes`", part.code()));
        }
    }
    let ActionEntry { code, from, to, not_by_who_did, four_eyes, .. } = entry.clone();
    let elsewhere = BTreeMap::new();
    Action { code, words, from, to, roles, takes, may_take, guards, effects, not_by_who_did, four_eyes, elsewhere }
}

/// Duties are separated from actions that there are.
fn check_separation(actions: &[Action], faults: &mut Faults) {
    use PathStep::{Index, Key};
    let known = |code: &String| code == OPENING || actions.iter().any(|action| action.code == *code);
    for (index, action) in actions.iter().enumerate() {
        for (key, codes) in [("not_by_who_did", &action.not_by_who_did), ("four_eyes", &action.four_eyes)] {
            for (at, code) in codes.iter().enumerate().filter(|(_, code)| !known(code)) {
                let path = [Key("actions"), Index(index), Key(key), Index(at)];
                faults.add(&path, format!("unknown action \"{code}\"; the opening of a case is \"{OPENING}\""));
            }
        }
    }
}
