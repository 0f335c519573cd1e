//! What the pages say of files.

use std::fs;
use std::path::PathBuf;

use super::root;

/// In which folders are files that a page names by their path.
const FOLDERS: [&str; 4] = ["src/", "tests/", "config/", "migrations/"];

fn pages() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/decisions", "docs/case-types"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The paths of files that stand as code in a text; patterns of several are none.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_path = |part: &&str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte));
        plain && FOLDERS.iter().any(|folder| part.starts_with(folder))
    };
    text.split('`').skip(1).step_by(2).filter(is_path)
}

#[test]
fn the_index_of_decisions_has_each_under_its_title() {
    let folder = root().join("docs/decisions");
    let index = fs::read_to_string(folder.join("README.md")).unwrap();
    let listed: Vec<&str> = index.lines().filter(|line| line.starts_with("- [")).collect();
    let mut files: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    files.sort();
    let expected: Vec<String> = files
        .iter()
        .map(|name| {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            let (number, title) = text.lines().next().unwrap().trim_start_matches("# ").split_once(' ').unwrap();
            format!("- [{number}]({name}) {title}")
        })
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        // Blocks of code show what somebody writes, wherever they like.
        let prose: String = text.split("```").step_by(2).collect();
        for path in named(&prose) {
            assert!(root().join(path).exists(), "{} names {path}", page.display());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}
