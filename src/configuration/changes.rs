//! What changed under an old edition number, and whether it did in a base.
//!
//! Cast: [`Definitions::base_changes`] compares an edition that the database keeps with what the files say now, and names the
//! places in bases that say something else.

use serde_json::Value as Json;

use crate::configuration::catalog::{Definitions, canonical};
use crate::configuration::layers::Place;
use crate::domain::case_types::catalog::Edition;
use crate::domain::case_types::inheritance::Tree;

/// What a base has to do with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseChange {
    /// The places in bases, `file:line`, that say something else than they did.
    At(Vec<String>),
    /// Something is gone, and nothing tells whether from the file or from one of these, its bases.
    GoneFromOneOf(Vec<String>),
}

impl Definitions {
    /// What bases have to do with a kept edition being another now; nothing where only the definition's own file changed.
    pub fn base_changes(&self, kept: &Edition) -> Option<BaseChange> {
        let origin = self.origins.get(&(kept.kind, kept.pinned.code.clone()))?;
        let now = self.editions.iter().find(|now| now.kind == kept.kind && now.pinned == kept.pinned)?;
        let before: Json = serde_json::from_str(&canonical(kept)?).ok()?;
        let now: Json = serde_json::from_str(&now.content).ok()?;
        let mut changes = Vec::new();
        compare(&before, &now, &origin.tree, &mut changes);
        let mut places: Vec<&Place> = changes.iter().copied().filter(|place| place.source() != origin.file).collect();
        places.sort();
        places.dedup();
        match (changes.is_empty(), places.is_empty(), origin.bases.is_empty()) {
            (_, false, _) => Some(BaseChange::At(places.into_iter().map(Place::to_string).collect())),
            (true, _, false) => Some(BaseChange::GoneFromOneOf(origin.bases.clone())),
            _ => None,
        }
    }
}

/// Notes the place of everything that is another than before. What is gone has no place.
fn compare<'a>(before: &Json, now: &Json, tree: &'a Tree<Place>, changes: &mut Vec<&'a Place>) {
    match (before, now) {
        _ if before == now => {}
        (Json::Object(before), Json::Object(now)) => {
            for (key, now) in now {
                compare(before.get(key).unwrap_or(&Json::Null), now, tree.get(key).unwrap_or(tree), changes);
            }
        }
        (Json::Array(before), Json::Array(now)) if before.iter().chain(now).all(|item| code(item).is_some()) => {
            let noted = changes.len();
            for (index, item) in now.iter().enumerate() {
                let (known, tree) =
                    (before.iter().find(|known| code(known) == code(item)), tree.items().get(index).unwrap_or(tree));
                compare(known.unwrap_or(&Json::Null), item, tree, changes);
            }
            // The same things in another order.
            let moved = (0..now.len()).find(|index| before.get(*index).and_then(code) != code(&now[*index]));
            if let (true, true, Some(moved)) = (noted == changes.len(), before.len() == now.len(), moved) {
                changes.push(&tree.items().get(moved).unwrap_or(tree).place);
            }
        }
        (Json::Array(before), Json::Array(now)) => {
            let new = (0..now.len()).filter(|index| before.get(*index) != Some(&now[*index]));
            let places: Vec<&Place> = new.filter_map(|index| Some(&tree.items().get(index)?.place)).collect();
            // A list that only became shorter stands where what is left of it does.
            let left = || tree.items().last().map_or(&tree.place, |item| &item.place);
            if places.is_empty() { changes.push(left()) } else { changes.extend(places) }
        }
        _ => changes.push(&tree.place),
    }
}

fn code(item: &Json) -> Option<&str> {
    item.get("code")?.as_str()
}
