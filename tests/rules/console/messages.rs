//! Every text that a page names stands in both languages with the same gaps, and every text that stands there is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

pub(super) fn console() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/console")
}

pub(super) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The texts of a language; a key that stands twice is a fault.
fn texts(language: &str) -> BTreeMap<String, String> {
    let (mut paths, mut texts) = (Vec::new(), BTreeMap::new());
    files(&console(), &mut paths);
    for path in paths.iter().filter(|path| path.ends_with(format!("{language}.toml"))) {
        let lines: BTreeMap<String, String> = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for (key, text) in lines {
            assert!(texts.insert(key.clone(), text).is_none(), "{key} stands twice");
        }
    }
    texts
}

fn sources() -> String {
    let mut paths = Vec::new();
    files(&console(), &mut paths);
    let is_source = |path: &&PathBuf| path.extension().is_some_and(|it| it == "rs" || it == "html");
    paths.iter().filter(is_source).map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn gaps(text: &str) -> BTreeSet<String> {
    Regex::new(r"\{([a-z_]+)(?:\|[a-z ]+\|[a-z ]+)?\}")
        .unwrap()
        .captures_iter(text)
        .map(|gap| gap[1].to_owned())
        .collect()
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_gaps() {
    let (chinese, english) = (texts("zh-CN"), texts("en"));
    assert!(chinese.len() > 100);
    let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&chinese), keys(&english));
    for (key, text) in &chinese {
        assert_eq!(gaps(text), gaps(&english[key]), "{key}");
    }
}

#[test]
fn every_text_that_a_page_names_is_there() {
    let (chinese, sources) = (texts("zh-CN"), sources());
    let named = Regex::new(r#"\.(?:t|fill|with)\(\s*"([a-z_]+\.[a-z_.]+)""#).unwrap();
    let missing: BTreeSet<&str> = named
        .captures_iter(&sources)
        .map(|found| found.get(1).unwrap().as_str())
        .filter(|key| !chinese.contains_key(*key))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_text_is_named_by_a_page() {
    let sources = sources();
    // Keys that are put together: `format!("field.{path}")`.
    let put_together = Regex::new(r#"format!\(\s*"([a-z_]+\.(?:[a-z_]+\.)*)\{"#).unwrap();
    let prefixes: BTreeSet<&str> =
        put_together.captures_iter(&sources).map(|found| found.get(1).unwrap().as_str()).collect();
    let is_named =
        |key: &String| sources.contains(&format!("\"{key}\"")) || prefixes.iter().any(|prefix| key.starts_with(prefix));
    let unused: Vec<String> = texts("zh-CN").into_keys().filter(|key| !is_named(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
