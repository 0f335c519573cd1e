//! The rooms of the house: which file imports which, circles among them, and how full a folder is.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{paths, tokens};

/// What each file imports, by the files' paths such as `src/domain/cases/case.rs`.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// The imports of a crate, from its files as path and text.
///
/// What a front (`mod.rs`) passes on with `pub use` is an import of the front, and of the front's own file in turn.
pub(crate) fn imports(files: &[(String, String)]) -> Imports {
    let modules: BTreeMap<Vec<String>, &String> = files.iter().map(|(path, _)| (module_of(path), path)).collect();
    let imported = |path: &String, text: &String| {
        let own = module_of(path);
        let used = paths(&tokens(text)).into_iter().filter_map(|used| {
            let absolute = absolute(&used.segments, &own, &modules)?;
            let longest = (1..=absolute.len()).rev().find_map(|length| modules.get(&absolute[..length]));
            longest.map(|file| (*file).clone())
        });
        used.filter(|file| file != path).collect::<BTreeSet<String>>()
    };
    files.iter().map(|(path, text)| (path.clone(), imported(path, text))).collect()
}

/// The module that a file is: `src/domain/cases/mod.rs` is `domain::cases`.
fn module_of(path: &str) -> Vec<String> {
    let below = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = below.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// A path from the top of the crate; `None` where it leads outside, or to the module itself.
fn absolute(segments: &[String], own: &[String], modules: &BTreeMap<Vec<String>, &String>) -> Option<Vec<String>> {
    let mut base = own.to_vec();
    let mut rest = segments;
    match segments.first()?.as_str() {
        "crate" | "casehall" => (base, rest) = (Vec::new(), &segments[1..]),
        "self" => rest = &segments[1..],
        "super" => {
            while rest.first().is_some_and(|first| first == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child => {
            let inside = [own, &[child.to_owned()]].concat();
            modules.contains_key(&inside).then_some(())?;
        }
    }
    // `use super::*` of a module within the file says nothing.
    (!rest.is_empty()).then(|| [base, rest.to_vec()].concat())
}

/// Files that import one another in a circle, each circle in order, the longest first.
pub(crate) fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let reachable: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|start| (start, reachable(start, imports))).collect();
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for (start, reached) in &reachable {
        let circle: Vec<String> =
            reached.iter().filter(|other| reachable[*other].contains(start)).map(|file| (*file).clone()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    let mut found: Vec<Vec<String>> = found.into_iter().collect();
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

fn reachable<'a>(start: &'a String, imports: &'a Imports) -> BTreeSet<&'a String> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(file) = waiting.pop() {
        for next in imports.get(file).into_iter().flatten() {
            if found.insert(next) {
                waiting.push(next);
            }
        }
    }
    found
}

/// The folder of a file.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
