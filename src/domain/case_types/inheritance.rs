//! Definitions that extend one another: a file says only what is its own, and the rest comes from its base.
//!
//! Cast: a [`Tree`] is what a file says, each value with its place; [`extended`] lays one over its base; [`grouped`] puts the
//! states of a group in the place of its name. What comes out is a whole definition, such as a file without a base is, and
//! every value in it still knows where it was written: so a fault of the whole is told where it stands.
//!
//! The rules, all of them:
//! - A key that a file gives replaces its base's; a table is laid over key by key.
//! - A list of things with codes is laid over code by code. What has a code of the base changes that thing and keeps its place
//!   in the list, what has another is new and comes last. `after = "code"` or `before = "code"` puts either beside another.
//! - `without = { actions = ["pause"] }` leaves things of the base out.
//! - `code`, `edition`, `zh` and `en` are each definition's own and are never taken over.
//! - A state in `from` may be the name of one of the `groups`; each state comes once, in the order of the group.

use std::collections::BTreeMap;

/// What is each definition's own: never taken from a base, and not to be given by one.
pub const OWN: [&str; 4] = ["code", "edition", "zh", "en"];
/// What puts a thing of a list beside another: the key, and how far from the other.
pub const BESIDE: [(&str, usize); 2] = [("before", 0), ("after", 1)];

/// A value of a definition's file, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree<P> {
    /// Where it stands: for an entry of a table, where its key does.
    pub place: P,
    /// What it is.
    pub value: Value<P>,
}

/// What a [`Tree`] can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<P> {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Truth(bool),
    /// What no definition has use for, as it is written: a date, a fraction.
    Other(String),
    /// A list, in its order.
    List(Vec<Tree<P>>),
    /// Keys and what each says.
    Table(BTreeMap<String, Tree<P>>),
}

/// One thing wrong with how a file extends its base, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit<P> {
    /// Where it stands.
    pub place: P,
    /// What is wrong and what is expected.
    pub message: String,
}

impl<P> Tree<P> {
    /// What a key of a table says; nothing where this is no table.
    pub fn get(&self, key: &str) -> Option<&Self> {
        if let Value::Table(table) = &self.value { table.get(key) } else { None }
    }

    /// The things of a list; none where this is no list.
    pub fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The code of a thing of a list.
    pub fn code(&self) -> Option<&str> {
        self.get("code")?.text()
    }

    fn take(&mut self, key: &str) -> Option<Self> {
        if let Value::Table(table) = &mut self.value { table.remove(key) } else { None }
    }

    fn entries(&self) -> impl Iterator<Item = (&String, &Self)> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }.into_iter().flatten()
    }

    /// A list of at least one thing, each with a code.
    fn is_coded(&self) -> bool {
        !self.items().is_empty() && self.items().iter().all(|item| item.code().is_some())
    }
}

/// A file laid over its base, and what of it doesn't fit.
pub fn extended<P: Clone>(base: &Tree<P>, mut own: Tree<P>) -> (Tree<P>, Vec<Misfit<P>>) {
    let mut misfits = Vec::new();
    let mut whole = base.clone();
    OWN.iter().for_each(|key| drop(whole.take(key)));
    own.take("extends");
    if let Some(without) = own.take("without") {
        leave_out(&mut whole, &without, &mut misfits);
    }
    whole.lay(own, &mut misfits);
    (whole, misfits)
}

/// Takes from the lists of a base what a file names under `without`.
fn leave_out<P: Clone>(whole: &mut Tree<P>, without: &Tree<P>, misfits: &mut Vec<Misfit<P>>) {
    for (list, codes) in without.entries() {
        for code in codes.items() {
            let Value::Table(table) = &mut whole.value else { return };
            let found = table.get_mut(list).and_then(|known| {
                let Value::List(items) = &mut known.value else { return None };
                let at = items.iter().position(|item| item.code() == code.text())?;
                Some(items.remove(at))
            });
            if found.is_none() {
                let message = format!("the base has no \"{}\" in `{list}`", code.text().unwrap_or_default());
                misfits.push(Misfit { place: code.place.clone(), message });
            }
        }
    }
}

impl<P: Clone> Tree<P> {
    /// Lays what a file says over what its base says in the same place.
    fn lay(&mut self, own: Self, misfits: &mut Vec<Misfit<P>>) {
        let coded = self.is_coded() || self.items().is_empty() && own.is_coded();
        self.place = own.place.clone();
        match (&mut self.value, own.value) {
            (Value::Table(table), Value::Table(own)) => {
                for (key, value) in own {
                    let nothing = || Self { place: value.place.clone(), value: Value::List(Vec::new()) };
                    table.entry(key).or_insert_with(nothing).lay(value, misfits);
                }
            }
            (Value::List(items), Value::List(own)) if coded => {
                if own.is_empty() {
                    let message = "an empty list changes nothing: name what is left out in `without`".to_owned();
                    misfits.push(Misfit { place: self.place.clone(), message });
                }
                lay_by_code(items, own, misfits);
            }
            (value, own) => *value = own,
        }
    }
}

/// Lays the things of a list over those of the base that have the same code.
fn lay_by_code<P: Clone>(items: &mut Vec<Tree<P>>, own: Vec<Tree<P>>, misfits: &mut Vec<Misfit<P>>) {
    let mut of_base: Vec<String> = items.iter().filter_map(|item| item.code().map(str::to_owned)).collect();
    for mut item in own {
        let code = item.code().unwrap_or_default().to_owned();
        let beside: Vec<(Tree<P>, usize)> =
            BESIDE.iter().filter_map(|(key, offset)| Some((item.take(key)?, *offset))).collect();
        let mut misfit = |place: &P, message: String| misfits.push(Misfit { place: place.clone(), message });
        let mut at = items.len();
        // What stands twice in a file is laid over once, and told as doubled when the whole is checked.
        if let Some(known) = of_base.iter().position(|known| *known == code) {
            of_base.remove(known);
            at = items.iter().position(|item| item.code() == Some(&code)).unwrap_or(at);
            if item.entries().count() == 1 && beside.is_empty() {
                misfit(&item.place, format!("\"{code}\" changes nothing of the base's"));
            }
            let mut known = items.remove(at);
            known.lay(item, misfits);
            item = known;
        } else if ["zh", "en"].iter().any(|key| item.get(key).is_none()) {
            misfit(&item.place, format!("the base has no \"{code}\" to change; a new one needs `zh` and `en`"));
        }
        for (other, offset) in beside {
            let Some(named) = other.text() else { continue };
            match items.iter().position(|item| item.code() == Some(named)) {
                Some(found) => at = found + offset,
                None => misfits.push(Misfit {
                    message: format!("there is no \"{named}\" to stand beside"),
                    place: other.place.clone(),
                }),
            }
        }
        items.insert(at, item);
    }
}

/// Makes a list of one of every `from` that is a text, as a file may write it.
pub fn listed<P: Clone>(tree: &mut Tree<P>) {
    for from in every_from(tree) {
        if let Value::Text(_) = from.value {
            from.value = Value::List(vec![from.clone()]);
        }
    }
}

/// Puts the states of a group in the place of its name in every `from`.
pub fn grouped<P: Clone>(tree: &mut Tree<P>) -> Vec<Misfit<P>> {
    let Some(groups) = tree.take("groups") else { return Vec::new() };
    let states: Vec<&str> =
        tree.get("states").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::code).collect();
    let doubtful = groups.entries().filter(|(name, _)| states.contains(&name.as_str()));
    let misfits = doubtful
        .map(|(name, group)| Misfit {
            place: group.place.clone(),
            message: format!("\"{name}\" is a state, so no group can have its name"),
        })
        .collect();
    for from in every_from(tree) {
        if !from.items().iter().any(|name| group_of(&groups, name).is_some()) {
            continue;
        }
        let mut states: Vec<Tree<P>> = Vec::new();
        for name in from.items() {
            let members = group_of(&groups, name).map_or(std::slice::from_ref(name), Tree::items);
            for state in members {
                if !states.iter().any(|known| known.text() == state.text()) {
                    states.push(state.clone());
                }
            }
        }
        from.value = Value::List(states);
    }
    misfits
}

/// The groups of a file that no action of it, or of what it extends, names in its `from`.
pub fn idle_groups<P: Clone>(own: &Tree<P>, whole: &mut Tree<P>) -> Vec<Misfit<P>> {
    let Some(groups) = own.get("groups") else { return Vec::new() };
    let named: Vec<String> =
        every_from(whole).flat_map(|from| from.items().iter().filter_map(Tree::text)).map(str::to_owned).collect();
    let idle = groups.entries().filter(|(name, _)| !named.contains(name));
    let misfit = |(name, group): (&String, &Tree<P>)| Misfit {
        place: group.place.clone(),
        message: format!("no action names the group \"{name}\" in its `from`"),
    };
    idle.map(misfit).collect()
}

fn group_of<'a, P>(groups: &'a Tree<P>, name: &Tree<P>) -> Option<&'a Tree<P>> {
    groups.get(name.text()?)
}

/// The `from` of every action.
fn every_from<P>(tree: &mut Tree<P>) -> impl Iterator<Item = &mut Tree<P>> {
    let table = if let Value::Table(table) = &mut tree.value { table.get_mut("actions") } else { None };
    let actions =
        table.and_then(|actions| if let Value::List(items) = &mut actions.value { Some(items) } else { None });
    actions.into_iter().flatten().filter_map(|action| {
        let Value::Table(action) = &mut action.value else { return None };
        action.get_mut("from")
    })
}
