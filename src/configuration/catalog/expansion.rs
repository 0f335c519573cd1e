//! The definitions of a folder in their whole form: each file laid over the one that it `extends`.
//!
//! Cast: [`expanded`] reads a folder and answers a [`Whole`] for each file that isn't a base, as a type of the domain and as a
//! tree whose values know where they stand. The rules are [`crate::domain::case_types::inheritance`]'s; here are the files: which
//! are bases (those in the folder `bases`), which keys a file may have, and that nothing extends itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::configuration::layers::{Node, Place};
use crate::configuration::reading::{deepest, read};
use crate::configuration::{ConfigFault, ConfigFile, ConfigFiles};
use crate::domain::case_types::inheritance::{BESIDE, Misfit, OWN, Tree, extended, grouped, idle_groups, listed};

/// A definition in its whole form.
pub(in crate::configuration) struct Whole<T> {
    /// What it says together with its bases.
    pub says: T,
    /// Where it says so.
    pub origin: Origin,
}

/// Where a definition was written.
#[derive(Debug, Clone)]
pub(in crate::configuration) struct Origin {
    /// Its own file.
    pub file: String,
    /// The whole of it, with places.
    pub tree: Tree<Place>,
    /// The files that it extends, the nearest first.
    pub bases: Vec<String>,
}

/// What a folder's files say.
pub(in crate::configuration) struct Expanded<T> {
    /// The definitions that could be read.
    pub wholes: Vec<Whole<T>>,
    /// The files of the others: something is wrong with them or with what they extend.
    pub unread: BTreeSet<String>,
    /// Everything that is wrong so far, each once.
    pub faults: Vec<ConfigFault>,
}

/// Reads a folder's definitions.
pub(in crate::configuration) fn expanded<T: DeserializeOwned>(
    files: &ConfigFiles,
    folder: &'static str,
) -> Expanded<T> {
    let mut reader = Reader { files, folder, known: BTreeMap::new(), faults: Vec::new() };
    let mut found = Expanded { wholes: Vec::new(), unread: BTreeSet::new(), faults: Vec::new() };
    for file in files.under(folder) {
        let level = reader.level::<T>(file, &mut Vec::new());
        if is_base(folder, &file.name) {
            continue;
        }
        match level.map(|level| reader.whole(&file.name, level)) {
            Some(Some(whole)) => found.wholes.push(whole),
            _ => drop(found.unread.insert(file.name.clone())),
        }
    }
    reader.faults.sort();
    reader.faults.dedup();
    found.faults = reader.faults;
    found
}

fn is_base(folder: &str, name: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.starts_with("/bases/"))
}

/// A file laid over its bases, its groups still by name.
#[derive(Debug, Clone)]
struct Level {
    tree: Tree<Place>,
    bases: Vec<String>,
}

struct Reader<'a> {
    files: &'a ConfigFiles,
    folder: &'static str,
    /// Every file that was read; nothing where it has faults, which have been told.
    known: BTreeMap<String, Option<Level>>,
    faults: Vec<ConfigFault>,
}

impl<'a> Reader<'a> {
    /// A file laid over its bases; `below` are the files that led here.
    fn level<T: DeserializeOwned>(&mut self, file: &'a ConfigFile, below: &mut Vec<String>) -> Option<Level> {
        if let Some(known) = self.known.get(&file.name) {
            return known.clone();
        }
        let level = self.own::<T>(file).and_then(|own| self.laid_over::<T>(file, own, below));
        self.known.insert(file.name.clone(), level.clone());
        level
    }

    fn laid_over<T: DeserializeOwned>(
        &mut self,
        file: &'a ConfigFile,
        own: Tree<Place>,
        below: &mut Vec<String>,
    ) -> Option<Level> {
        let (mut tree, mut misfits, mut bases) = (own.clone(), Vec::new(), Vec::new());
        if let Some(extends) = own.get("extends") {
            below.push(file.name.clone());
            let base = self.base(extends, below).and_then(|base| Some((base, self.level::<T>(base, below)?)));
            below.pop();
            let (base, level) = base?;
            (tree, misfits) = extended(&level.tree, own.clone());
            bases = [vec![base.name.clone()], level.bases].concat();
        }
        misfits.extend(idle_groups(&own, &mut tree));
        let is_right = misfits.is_empty();
        self.tell(misfits);
        is_right.then_some(Level { tree, bases })
    }

    /// The file that is named by `extends`.
    fn base(&mut self, extends: &Tree<Place>, below: &[String]) -> Option<&'a ConfigFile> {
        let (folder, named) = (self.folder, extends.text().unwrap_or_default());
        let short = |name: &str| name[folder.len() + 1..].trim_end_matches(".toml").to_owned();
        let name = format!("{folder}/{named}.toml");
        let fault = if let Some(start) = below.iter().position(|other| *other == name) {
            let circle: Vec<String> = below[start..].iter().chain([&name]).map(|name| short(name)).collect();
            format!("\"{named}\" extends itself: {}", circle.join(" → "))
        } else if let Some(file) = self.files.get(&name) {
            return Some(file);
        } else {
            let known: Vec<String> = self.files.under(folder).map(|file| short(&file.name)).collect();
            format!("there is no {name} to extend; known: {}", known.join(", "))
        };
        self.faults.push(extends.place.fault(fault));
        None
    }

    /// What a file says by itself, if every value has its type. Keys that aren't known are told and left alone.
    fn own<T: DeserializeOwned>(&mut self, file: &ConfigFile) -> Option<Tree<Place>> {
        let mut tree = match Node::parse(file) {
            Ok(node) => node.into_tree(),
            Err(faults) => {
                // What comes after is often nothing but a consequence.
                self.faults.extend(faults.into_iter().next());
                return None;
            }
        };
        listed(&mut tree);
        let mut unknown = Vec::new();
        let typed = read::<T>(&tree, |path| unknown.push(path)).map(drop);
        let typed = typed.and_then(|()| read::<Inheritance>(&tree, |_| {}));
        let unknown: Vec<ConfigFault> = unknown.iter().filter_map(|path| self.unknown(&tree, path)).collect();
        self.faults.extend(unknown);
        if is_base(self.folder, &file.name) {
            for (key, value) in OWN.iter().filter_map(|key| Some((key, tree.get(key)?))) {
                self.faults
                    .push(value.place.fault(format!("a base has no `{key}`: it is each file's that extends it")));
            }
        }
        typed.map_err(|fault| self.faults.push(fault)).ok()?;
        Some(tree)
    }

    /// What is to be said about a key that the type doesn't know; nothing if it is one of inheritance.
    fn unknown(&self, tree: &Tree<Place>, path: &str) -> Option<ConfigFault> {
        let found = deepest(tree, path.split('.'));
        let extends = tree.get("extends").is_some();
        let steps: Vec<&str> = path.split('.').collect();
        match steps.as_slice() {
            ["extends"] => None,
            ["without"] if extends => None,
            ["groups"] if self.folder == "workflows" => None,
            [_, _, key] if extends && BESIDE.iter().any(|(beside, _)| beside == key) => {
                let message = format!("`{key}` must be the code of another in the list");
                found.text().is_none().then(|| found.place.fault(message))
            }
            ["without"] | [_, _, "after" | "before"] => {
                Some(found.place.fault(format!("unknown key \"{path}\": only a file that `extends` another has it")))
            }
            _ => Some(found.place.fault(format!("unknown key \"{path}\""))),
        }
    }

    fn whole<T: DeserializeOwned>(&mut self, file: &str, level: Level) -> Option<Whole<T>> {
        let Level { mut tree, bases } = level;
        let misfits = grouped(&mut tree);
        let is_right = misfits.is_empty();
        self.tell(misfits);
        // Each file's values have their types, so the whole's have.
        let says = read::<T>(&tree, |_| {}).map_err(|fault| self.faults.push(fault)).ok()?;
        is_right.then(|| Whole { says, origin: Origin { file: file.to_owned(), tree, bases } })
    }

    fn tell(&mut self, misfits: Vec<Misfit<Place>>) {
        self.faults.extend(misfits.into_iter().map(|misfit| misfit.place.fault(misfit.message)));
    }
}

/// The keys of inheritance, for their types.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read for their types only")]
struct Inheritance {
    extends: Option<String>,
    without: Option<BTreeMap<String, Vec<String>>>,
    groups: Option<BTreeMap<String, Vec<String>>>,
}
