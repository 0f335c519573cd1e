//! Every code that the program can answer is on the page `/docs/problems`.

use std::fs;
use std::path::{Path, PathBuf};

use casehall::http::openapi::problem_codes;

/// Floors whose faults callers get. Those of configuration are for whoever starts the program, the console's own for its readers.
const FLOORS: [&str; 5] = ["domain", "formats", "service", "http", "api"];
/// Words followed by Chinese that are no codes of faults: columns of reports and tables, what a person is, parts of the check sheet's commands.
const OTHERS: [&str; 4] =
    ["domain/reports/", "http/others.rs", "domain/cases/materials/sheet_command.rs", "http/problem/kinds.rs"];
/// Members of a key that a fault is at.
const MEMBERS: [&str; 3] = ["alg", "kid", "use"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|end| end == "rs") {
            found.push(entry);
        }
    }
}

/// The codes in a text: words in quotes that are followed by what they mean, in Chinese first. Those of a vocabulary and of a list of names stand
/// behind `=` and `[`.
fn codes(text: &str) -> Vec<&str> {
    let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    let texts: Vec<(usize, &str)> = text
        .match_indices('"')
        .map(|(at, _)| at)
        .collect::<Vec<_>>()
        .windows(2)
        .map(|pair| (pair[0], &text[pair[0] + 1..pair[1]]))
        .collect();
    let mut found = Vec::new();
    for pair in texts.windows(3) {
        let [(at, code), (_, between), (_, words)] = *pair else { unreachable!() };
        let is_code = !code.is_empty() && code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        let leads_on =
            matches!(between.trim().trim_start_matches(',').trim(), "" | "Words::new(" | "format!(" | "&format!(");
        let is_listed = text[..at].trim_end().ends_with(['=', '[']);
        if is_code && between.starts_with(',') && leads_on && words.chars().any(is_chinese) && !is_listed {
            found.push(code);
        }
    }
    found
}

#[test]
fn codes_are_found_in_a_text() {
    let text = r#"Window = "window", "窗口"; fault("/a", "too_long", "过长", "x"); at(1, "bad_time", Words::new("时间", "x"));
        of_file("no_days", format!("没有{year}"), "x"); ["serial", "序列号"]; say("not_this", "English");"#;
    assert_eq!(codes(text), ["too_long", "bad_time", "no_days"]);
}

#[test]
fn every_code_that_is_answered_is_on_the_page_of_problems() {
    let (known, root) = (problem_codes(), Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut files = Vec::new();
    FLOORS.iter().for_each(|floor| sources(&root.join(floor), &mut files));
    let (mut found, mut missing) = (0, Vec::new());
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        if OTHERS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for code in codes(text.split("#[cfg(test)]").next().unwrap()).into_iter().filter(|code| !MEMBERS.contains(code))
        {
            found += 1;
            if !known.contains(code) {
                missing.push(format!("{name}: {code}"));
            }
        }
    }
    assert!(found > 100, "only {found} codes were found");
    assert!(missing.is_empty(), "not on /docs/problems:\n{}", missing.join("\n"));
}
