//! A page is a handler, a template and texts: what a handler would say in more lines has a name of its own.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use super::messages::{console, files};

/// The handlers of a module that the table of pages names: `module::handler`.
fn named(table: &str) -> BTreeSet<(String, String)> {
    let route = Regex::new(r"\.(?:get|post)\(\s*(?:\w+::)*(\w+)::(\w+)\)").unwrap();
    route.captures_iter(table).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// The lines of the bodies of a module's handlers, with their names.
fn handlers(source: &str, is_handler: impl Fn(&str) -> bool) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let after = |from: usize, is_meant: &dyn Fn(&str) -> bool| {
        from + lines[from..].iter().position(|line| is_meant(line)).unwrap()
    };
    let handler = |(at, line): (usize, &&str)| {
        let name = line.split_once("async fn ")?.1.split('(').next()?;
        let indent = line.len() - line.trim_start().len();
        let first = after(at, &|line| line.ends_with('{')) + 1;
        let end = after(first, &|line| line == format!("{}}}", " ".repeat(indent)));
        is_handler(name).then(|| (name.to_owned(), end - first))
    };
    lines.iter().enumerate().filter_map(handler).collect()
}

#[test]
fn no_handler_is_longer_than_fifteen_lines() {
    let table = named(&fs::read_to_string(console().join("mod.rs")).unwrap());
    let (mut paths, mut found, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    files(&console(), &mut paths);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "rs")) {
        let file = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_handler = |name: &str| table.contains(&(module.clone(), name.to_owned()));
        for (name, lines) in handlers(&fs::read_to_string(path).unwrap(), is_handler) {
            if lines > 15 {
                found.push(format!("{lines} lines: {name} in {}", path.display()));
            }
            seen.insert((module.clone(), name));
        }
    }
    assert!(table.len() > 60, "{} handlers", table.len());
    assert_eq!(seen, table, "each is found where the table says");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_lines_of_a_handler_are_counted() {
    let table = "cfg.service(at(\"/a\").get(one::a).post(two::one::e)).service(at(\"/o\").get(\n    one::b))";
    assert_eq!(named(table).len(), 3);
    let source = "async fn a(\n    b: B,\n) -> C {\n    if b {\n        c\n    }\n}\nasync fn other() {\n    d\n}\n    pub async fn e() {\n        f\n    }\n";
    assert_eq!(handlers(source, |name| name != "other"), [("a".to_owned(), 3), ("e".to_owned(), 1)]);
}
