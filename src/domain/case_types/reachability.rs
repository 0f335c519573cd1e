//! Whether every state of a workflow is reached, and an end from every state.

use std::collections::{BTreeMap, BTreeSet};

use super::faults::{DefinitionFault, Faults, PathStep};
use super::workflow::{Action, State};

/// Whether a fault is about states or what leads where, so that nothing sure can be said about what is reached.
pub(super) fn is_of_graph(fault: &DefinitionFault) -> bool {
    use PathStep::{Index, Key};
    matches!(
        fault.path.as_slice(),
        [Key("initial")] | [Key("states"), Index(_), Key("code")] | [Key("actions"), Index(_), Key("to")]
    ) || matches!(fault.path.as_slice(), [Key("actions"), Index(_), Key("from"), Index(_)] if fault.message.starts_with("unknown"))
}

/// Every state is reached from the first, and from every state that isn't final an end can be reached.
pub(super) fn check_reachability(initial: &str, states: &[State], actions: &[Action], faults: &mut Faults) {
    let mut forward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut backward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let is_final = |code: &str| states.iter().any(|state| state.is_final && state.code == code);
    let ways = actions.iter().flat_map(|action| action.from.iter().map(|from| (from, action.to.as_ref())));
    let back = states.iter().map(|state| (&state.code, state.recheck_in.as_ref()));
    for (from, to) in ways.chain(back).filter(|(from, _)| !is_final(from)) {
        if let Some(to) = to {
            forward.entry(from).or_default().push(to);
            backward.entry(to).or_default().push(from);
        }
    }
    let reached = closure(vec![initial], &forward);
    let ends = states.iter().filter(|state| state.is_final).map(|state| state.code.as_str()).collect();
    let ending = closure(ends, &backward);
    for (index, state) in states.iter().enumerate() {
        let path = [PathStep::Key("states"), PathStep::Index(index)];
        if !reached.contains(state.code.as_str()) {
            faults.add(&path, format!("state \"{}\" can't be reached from \"{initial}\"", state.code));
        }
        if !ending.contains(state.code.as_str()) {
            faults.add(&path, format!("state \"{}\" is a dead end: no final state can be reached from it", state.code));
        }
    }
}

fn closure<'a>(start: Vec<&'a str>, edges: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = start.iter().copied().collect();
    let mut waiting = start;
    while let Some(state) = waiting.pop() {
        for next in edges.get(state).into_iter().flatten() {
            if found.insert(next) {
                waiting.push(next);
            }
        }
    }
    found
}
