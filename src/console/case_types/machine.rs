//! A workflow as a picture: its states one below the other, what leads to the next one straight down, what skips some in an arc to
//! the right, what leads back in one to the left. Each way has the numbers of its actions, which stand in the table beside it.

use crate::console::page::messages::Messages;
use crate::domain::case_types::workflow::{Action, State, Workflow, state_words};

/// The size of a state, and from one to the next.
const WIDTH: usize = 280;
const HEIGHT: usize = 48;
const STEP: usize = 96;
/// How far an arc to the next state but one stands out, and how much further for each state more.
const ARC: usize = 48;
const ARC_MORE: usize = 20;
/// The room for the mark where a case begins.
const ABOVE: usize = 36;

/// A state.
pub(super) struct Node {
    pub(super) x: usize,
    pub(super) y: usize,
    /// The middle of the box, of its name, and of the note below that.
    pub(super) middle: usize,
    pub(super) name_y: usize,
    pub(super) note_y: usize,
    pub(super) name: String,
    pub(super) note: String,
    pub(super) class: &'static str,
}

/// A way from one state to another.
pub(super) struct Edge {
    pub(super) path: String,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) numbers: String,
}

/// An action in the table.
pub(super) struct ActionLine {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) roles: String,
    pub(super) guards: String,
}

/// The picture and its table.
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) code: String,
    pub(super) edition: u32,
    pub(super) width: usize,
    pub(super) height: usize,
    /// How wide a state is.
    pub(super) box_width: usize,
    pub(super) start: String,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    pub(super) actions: Vec<ActionLine>,
}

impl Machine {
    /// A workflow in the reader's language.
    pub(super) fn of(workflow: &Workflow, messages: Messages) -> Self {
        let ways = ways(workflow);
        // As much room on each side as its longest arc takes.
        let room = |is_there: fn(&Way) -> bool| {
            let longest = ways.iter().filter(|way| is_there(way)).map(Way::bow).max();
            longest.unwrap_or(0) * 3 / 4 + 40
        };
        let left = room(|way| way.to < way.from);
        let right = room(|way| way.to > way.from + 1);
        let middle = left + WIDTH / 2;
        Self {
            name: messages.of(&workflow.words).to_owned(),
            code: workflow.code.clone(),
            edition: workflow.edition,
            width: left + WIDTH + right,
            height: ABOVE + workflow.states.len() * STEP,
            box_width: WIDTH,
            start: format!("M{middle} 8V{ABOVE}"),
            nodes: workflow.states.iter().enumerate().map(|(at, state)| node(state, at, left, messages)).collect(),
            edges: ways.iter().map(|way| way.edge(left)).collect(),
            actions: (workflow.actions.iter().enumerate())
                .map(|(at, action)| line(workflow, at + 1, action, messages))
                .collect(),
        }
    }
}

fn node(state: &State, at: usize, x: usize, messages: Messages) -> Node {
    let (class, note) = match (state.is_final, state.pauses_deadline) {
        (true, _) => ("end", messages.t("case_types.end")),
        (_, true) => ("paused", messages.t("case_types.paused")),
        _ => ("", ""),
    };
    let y = ABOVE + at * STEP;
    let name_y = if note.is_empty() { y + 29 } else { y + 20 };
    Node {
        x,
        y,
        middle: x + WIDTH / 2,
        name_y,
        note_y: y + 40,
        name: messages.of(&state.words).to_owned(),
        note: note.to_owned(),
        class,
    }
}

/// From one place in the order of the states to another, by some actions.
struct Way {
    from: usize,
    to: usize,
    numbers: Vec<usize>,
}

/// Every way once; what stays where it is isn't drawn.
fn ways(workflow: &Workflow) -> Vec<Way> {
    let place = |code: &str| workflow.states.iter().position(|state| state.code == code);
    let mut ways: Vec<Way> = Vec::new();
    for (at, action) in workflow.actions.iter().enumerate() {
        let Some(to) = action.to.as_deref().and_then(place) else { continue };
        for from in action.from.iter().filter_map(|code| place(code)).filter(|from| *from != to) {
            match ways.iter_mut().find(|way| (way.from, way.to) == (from, to)) {
                Some(way) => way.numbers.push(at + 1),
                None => ways.push(Way { from, to, numbers: vec![at + 1] }),
            }
        }
    }
    ways
}

impl Way {
    /// How far its arc stands out.
    fn bow(&self) -> usize {
        ARC + ARC_MORE * self.from.abs_diff(self.to).saturating_sub(1)
    }

    fn edge(&self, left: usize) -> Edge {
        let middle_of = |at: usize| ABOVE + at * STEP + HEIGHT / 2;
        let (from_y, to_y) = (middle_of(self.from), middle_of(self.to));
        let y = usize::midpoint(from_y, to_y) + 5;
        let numbers = self.numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        if self.to == self.from + 1 {
            let x = left + WIDTH / 2;
            let path = format!("M{x} {}V{}", from_y + HEIGHT / 2, to_y - HEIGHT / 2);
            return Edge { path, x: x + 8 + 5 * numbers.len(), y, numbers };
        }
        let bow = self.bow();
        let (edge, out, x) = if self.to > self.from {
            let edge = left + WIDTH;
            (edge, edge + bow, edge + bow * 3 / 4)
        } else {
            (left, left.saturating_sub(bow), left.saturating_sub(bow * 3 / 4))
        };
        let path = format!("M{edge} {from_y}C{out} {from_y} {out} {to_y} {edge} {to_y}");
        Edge { path, x, y, numbers }
    }
}

fn line(workflow: &Workflow, number: usize, action: &Action, messages: Messages) -> ActionLine {
    let between = messages.t("list.between");
    let state = |code: &String| messages.of(&state_words(workflow, code)).to_owned();
    let mut guards: Vec<String> = action.guards.iter().map(|guard| messages.of(&guard.words()).to_owned()).collect();
    for (codes, key) in [(&action.not_by_who_did, "case_types.not_by"), (&action.four_eyes, "case_types.four_eyes")] {
        let names: Vec<String> =
            codes.iter().map(|code| messages.of(&workflow.action_words(code)).to_owned()).collect();
        if !names.is_empty() {
            guards.push(messages.fill(key, "actions", names.join(between)));
        }
    }
    let open = workflow.states.iter().filter(|state| !state.is_final);
    let from = if open.clone().count() > 2 && open.clone().all(|state| action.from.contains(&state.code)) {
        messages.t("case_types.any_open").to_owned()
    } else {
        action.from.iter().map(state).collect::<Vec<_>>().join(between)
    };
    let roles: Vec<String> = action.roles.iter().map(|role| messages.of(&role.words()).to_owned()).collect();
    ActionLine {
        number,
        name: messages.of(&action.words).to_owned(),
        from,
        to: action.to.as_ref().map_or_else(|| messages.t("case_types.stays").to_owned(), state),
        roles: roles.join(between),
        guards: guards.join(messages.t("list.between_reasons")),
    }
}
