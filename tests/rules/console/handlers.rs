//! A page is a handler, a template and texts: what a handler would say in more lines has a name of its own.

use std::fs;

use super::messages::{console, files};

/// The lines of a handler's body, with its name.
fn handlers(source: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let is_route = |line: &&str| ["#[get(", "#[post("].iter().any(|route| line.trim_start().starts_with(route));
    let after = |from: usize, is_meant: &dyn Fn(&str) -> bool| {
        from + lines[from..].iter().position(|line| is_meant(line)).unwrap()
    };
    let handler = |(at, _): (usize, &&str)| {
        let name = after(at, &|line| line.contains(" fn "));
        let indent = lines[name].len() - lines[name].trim_start().len();
        let first = after(name, &|line| line.ends_with('{')) + 1;
        let end = after(first, &|line| line == format!("{}}}", " ".repeat(indent)));
        let name = lines[name].split(" fn ").nth(1).unwrap().split('(').next().unwrap();
        (name.to_owned(), end - first)
    };
    lines.iter().enumerate().filter(|(_, line)| is_route(line)).map(handler).collect()
}

#[test]
fn no_handler_is_longer_than_fifteen_lines() {
    let (mut paths, mut found, mut seen) = (Vec::new(), Vec::new(), 0);
    files(&console(), &mut paths);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "rs")) {
        for (name, lines) in handlers(&fs::read_to_string(path).unwrap()) {
            seen += 1;
            if lines > 15 {
                found.push(format!("{lines} lines: {name} in {}", path.display()));
            }
        }
    }
    assert!(seen > 90, "{seen} handlers");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_lines_of_a_handler_are_counted() {
    let source = "#[get(\"/a\")]\nasync fn a(\n    b: B,\n) -> C {\n    if b {\n        c\n    }\n}\nfn other() {\n    d\n}\n    #[post(\"/e\")]\n    pub async fn e() {\n        f\n    }\n";
    assert_eq!(handlers(source), [("a".to_owned(), 3), ("e".to_owned(), 1)]);
}
