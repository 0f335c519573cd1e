//! `docs/console.md` and its Chinese: what they say can be typed means that, and the keys are those of the pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::messages::{console, files};
use crate::cases::sheet_commands::Counter;

/// The pages, each with the position of its language among words.
const PAGES: [&str; 2] = ["docs/console.zh-CN.md", "docs/console.md"];

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The tables of a page, each as its rows without the heading, each as its cells.
fn tables(page: &str) -> Vec<Vec<Vec<&str>>> {
    let (mut tables, mut rows) = (Vec::new(), Vec::new());
    for line in page.lines().chain([""]) {
        if let Some(row) = line.strip_prefix("| ") {
            rows.push(row.trim_end_matches([' ', '|']).split(" | ").map(str::trim).collect());
        } else if !line.starts_with('|') && !rows.is_empty() {
            tables.push(rows.split_off(1));
            rows.clear();
        }
    }
    tables
}

fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn what_the_manual_says_can_be_typed_means_that() {
    let mut wrong = Vec::new();
    for (language, name) in PAGES.into_iter().enumerate() {
        let text = page(name);
        let examples = &tables(&text)[1];
        assert!(examples.len() > 10, "{name}: {examples:?}");
        for row in examples {
            let (mut counter, mut told) = (Counter::open(), [String::new(), String::new()]);
            for line in codes(row[0]) {
                told = counter.told(line);
            }
            if told[language] != row[2] {
                wrong.push(format!("{name}: {}: {} is told", row[0], told[language]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The keys of the pages, but for digits: those that an element names, and those that the script knows.
fn keys() -> BTreeSet<String> {
    let mut paths = Vec::new();
    files(&console(), &mut paths);
    let is_source =
        |path: &&std::path::PathBuf| path.extension().is_some_and(|it| it == "rs" || it == "html" || it == "js");
    let sources: String = paths.iter().filter(is_source).map(|path| fs::read_to_string(path).unwrap()).collect();
    let named = Regex::new(r#"data-key="([A-Za-z]+)"|event\.key === "([^"]+)"|marks\.\w+, "([a-z])"\)"#).unwrap();
    let found = named.captures_iter(&sources).filter_map(|found| found.iter().skip(1).flatten().next());
    found.map(|key| key.as_str().replace("Escape", "Esc")).collect()
}

#[test]
fn the_manual_has_the_keys_of_the_pages() {
    let keys = keys();
    assert!(keys.len() > 12, "{keys:?}");
    for name in PAGES {
        let text = page(name);
        let said: BTreeSet<String> = tables(&text)[2].iter().flat_map(|row| codes(row[0])).map(str::to_owned).collect();
        assert_eq!(said, keys, "{name}");
    }
}
