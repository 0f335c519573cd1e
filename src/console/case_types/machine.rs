//! A workflow as a picture: its states one below the other, and what leads to the next one straight down. What skips some, or leads
//! back, runs on a rail of the state that it leads to: down on the right, up on the left, with a knot for each state that it comes from.
//! Each way has the numbers of its actions, which stand in the table beside it.

use crate::console::page::messages::{Messages, begun};
use crate::domain::case_types::workflow::{Action, State, Workflow, state_words};

/// The height of a state, and from one to the next.
const HEIGHT: usize = 44;
const STEP: usize = 70;
/// The room for the mark where a case begins.
const ABOVE: usize = 36;
/// From a state to the first rail, where the numbers stand, and from one rail to the next.
const FIRST_RAIL: usize = 64;
const NEXT_RAIL: usize = 18;
/// How far below the middle of a state what leaves it begins, and above it what comes to it ends.
const OFF_MIDDLE: usize = 9;

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

/// A line, with an arrow where it leads to a state.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) is_arrow: bool,
}

/// Where states join a rail.
pub(super) struct Knot {
    pub(super) x: usize,
    pub(super) y: usize,
}

/// The numbers of the actions of a way.
pub(super) struct Numbers {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) text: String,
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
    /// How wide and how high a state is.
    pub(super) box_width: usize,
    pub(super) box_height: usize,
    pub(super) start: String,
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    pub(super) knots: Vec<Knot>,
    pub(super) numbers: Vec<Numbers>,
    pub(super) actions: Vec<ActionLine>,
}

impl Machine {
    /// A workflow in the reader's language.
    pub(super) fn of(workflow: &Workflow, messages: Messages) -> Self {
        let (straight, on_rails): (Vec<Way>, Vec<Way>) =
            ways(workflow).into_iter().partition(|way| way.to == way.from + 1);
        let (back, on): (Vec<Way>, Vec<Way>) = on_rails.into_iter().partition(|way| way.to < way.from);
        let (back, on) = (rails(back), rails(on));
        let names = workflow.states.iter().map(|state| breadth(messages.of(&state.words)) + 24);
        let box_width = names.max().unwrap_or_default();
        let left = breadth_of(&back);
        let mut machine = Self {
            name: messages.of(&workflow.words).to_owned(),
            code: workflow.code.clone(),
            edition: workflow.edition,
            width: left + box_width + breadth_of(&on),
            height: ABOVE + workflow.states.len() * STEP,
            box_width,
            box_height: HEIGHT,
            start: format!("M{} 8V{ABOVE}", left + box_width / 2),
            nodes: (workflow.states.iter().enumerate())
                .map(|(at, state)| node(state, at, (left, box_width), messages))
                .collect(),
            lines: Vec::new(),
            knots: Vec::new(),
            numbers: Vec::new(),
            actions: (workflow.actions.iter().enumerate())
                .map(|(at, action)| line(workflow, at + 1, action, messages))
                .collect(),
        };
        for way in &straight {
            machine.draw_straight(way, left + box_width / 2);
        }
        machine.draw_rails(&back, |out| left.saturating_sub(out));
        machine.draw_rails(&on, |out| left + box_width + out);
        machine
    }

    fn draw_straight(&mut self, way: &Way, x: usize) {
        let (from, to) = (middle_of(way.from) + HEIGHT / 2, middle_of(way.to) - HEIGHT / 2);
        self.lines.push(Line { path: format!("M{x} {from}V{to}"), is_arrow: true });
        let text = shown(&way.numbers);
        self.numbers.push(Numbers { x: x + 8 + breadth(&text) / 2, y: from.midpoint(to) + 4, text });
    }

    /// The rails of a side; `at` is where something is that lies so far out from the states.
    fn draw_rails(&mut self, rails: &[Rail], at: impl Fn(usize) -> usize) {
        let mut outermost = std::collections::BTreeMap::<usize, usize>::new();
        for (index, rail) in rails.iter().enumerate() {
            let (out, end) = (FIRST_RAIL + index * NEXT_RAIL, middle_of(rail.to) - OFF_MIDDLE);
            let leaves = |from: &usize| middle_of(*from) + OFF_MIDDLE;
            let furthest = rail.from.iter().map(leaves).max_by_key(|y| y.abs_diff(end)).unwrap_or(end);
            let path = format!("M{} {furthest}V{end}H{}", at(out), at(0));
            self.lines.push(Line { path, is_arrow: true });
            self.knots.extend(rail.from.iter().map(|from| Knot { x: at(out), y: leaves(from) }));
            for from in &rail.from {
                outermost.insert(leaves(from), out);
            }
            let text = shown(&rail.numbers);
            self.numbers.push(Numbers { x: at(14 + breadth(&text) / 2), y: end - 4, text });
        }
        let leave = |(y, out): (usize, usize)| Line { path: format!("M{} {y}H{}", at(0), at(out)), is_arrow: false };
        self.lines.extend(outermost.into_iter().map(leave));
    }
}

fn middle_of(at: usize) -> usize {
    ABOVE + at * STEP + HEIGHT / 2
}

fn shown(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

/// About how broad a text is at 14 px: Chinese characters are as broad as they are high, others half of that and a little.
fn breadth(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 8 } else { 14 }).sum()
}

/// Ways that lead to one state.
struct Rail {
    to: usize,
    from: Vec<usize>,
    numbers: Vec<usize>,
}

/// The rails of ways on one side, those that lead least far next to the states.
fn rails(ways: Vec<Way>) -> Vec<Rail> {
    let mut rails: Vec<Rail> = Vec::new();
    for way in ways {
        match rails.iter_mut().find(|rail| rail.to == way.to) {
            Some(rail) => {
                rail.from.push(way.from);
                rail.numbers.extend(way.numbers);
            }
            None => rails.push(Rail { to: way.to, from: vec![way.from], numbers: way.numbers }),
        }
    }
    for rail in &mut rails {
        rail.numbers.sort_unstable();
        rail.numbers.dedup();
    }
    rails.sort_by_key(|rail| rail.from.iter().map(|from| from.abs_diff(rail.to)).max());
    rails
}

/// How much room the rails of a side take.
fn breadth_of(rails: &[Rail]) -> usize {
    if rails.is_empty() { 8 } else { FIRST_RAIL + rails.len() * NEXT_RAIL }
}

fn node(state: &State, at: usize, (x, width): (usize, usize), messages: Messages) -> Node {
    let (class, note) = match (state.is_final, state.pauses_deadline) {
        (true, _) => ("end", messages.t("case_types.end")),
        (_, true) => ("paused", messages.t("case_types.paused")),
        _ => ("", ""),
    };
    let y = ABOVE + at * STEP;
    let name_y = if note.is_empty() { y + 27 } else { y + 18 };
    Node {
        x,
        y,
        middle: x + width / 2,
        name_y,
        note_y: y + 37,
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
        let led = action.to.as_deref().and_then(place).into_iter();
        let led = led.flat_map(|to| action.from.iter().filter_map(|code| place(code)).map(move |from| (from, to)));
        let back = workflow.ways_back_to_check().filter(|(_, _, back)| back.code == action.code);
        let back = back.filter_map(|(from, to, _)| Some((place(&from.code)?, place(to)?)));
        for (from, to) in led.chain(back).filter(|(from, to)| from != to) {
            match ways.iter_mut().find(|way| (way.from, way.to) == (from, to)) {
                Some(way) => way.numbers.push(at + 1),
                None => ways.push(Way { from, to, numbers: vec![at + 1] }),
            }
        }
    }
    ways
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
    let goes_back = workflow.ways_back_to_check().any(|(_, _, back)| back.code == action.code);
    let roles: Vec<String> = action.roles.iter().map(|role| messages.of(&role.words()).to_owned()).collect();
    ActionLine {
        number,
        name: messages.of(&action.words).to_owned(),
        from,
        to: match &action.to {
            Some(to) => state(to),
            None if goes_back => messages.t("case_types.stays_or_back").to_owned(),
            None => messages.t("case_types.stays").to_owned(),
        },
        roles: roles.join(between),
        guards: begun(&guards.join(messages.t("list.between_reasons"))),
    }
}
