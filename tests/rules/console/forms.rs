//! Every form of every page: it carries the session's key, and a scan's Enter presses none of its buttons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What a form begins with: the key, and a first button that can't be pressed.
const KEY: &str = "{% include \"page/key.html\" %}";
/// The same for a form in which Enter does what is meant, and no harm to what was scanned.
const KEY_WITH_ENTER: &str = "{% include \"page/key_with_enter.html\" %}";

/// The forms in which Enter does something, each for a reason.
const WITH_ENTER: &[(&str, &str)] = &[
    ("accounts/password.html", "/account/password"), // nobody scans a password
    ("accounts/second_factor.html", "/account/second-factor"), // nor this one
    ("accounts/second_factor.html", "/account/second-factor/confirm"), // a code is no number of ours
    ("cases/check_sheet.html", "/materials"),        // the box for commands and scans
    ("cases/counter/hand_over.html", "/handover"),   // the box for scans
    ("cases/counter/intake.html", "/cases/new"),     // looks whether the organization may apply
    ("cases/counter/production.html", "/production"), // the boxes for scans
    ("money/window.html", "/console/window"),        // a scan is looked up
];
/// The forms that are sent without a session.
const OPEN: &[(&str, &str)] = &[("accounts/sign_in.html", "/sign-in"), ("applicants/progress.html", "/progress")];

/// A form: its file, where it is sent, and what follows its tag.
struct Form {
    file: String,
    action: String,
    begins: String,
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn console() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/console");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let text = |path: PathBuf| {
        (path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(text).collect()
}

fn forms() -> Vec<Form> {
    let tag = Regex::new(r#"<form[^>]* method="post"[^>]*>"#).unwrap();
    let action = Regex::new(r#" action="([^"]*)""#).unwrap();
    let mut forms = Vec::new();
    for (file, text) in console().into_iter().filter(|(file, _)| file.ends_with(".html")) {
        for found in tag.find_iter(&text) {
            let action = action.captures(found.as_str()).expect("a form says where it is sent")[1].to_owned();
            forms.push(Form { file: file.clone(), action, begins: text[found.end()..].trim_start().to_owned() });
        }
    }
    forms
}

fn is_of(form: &Form, list: &[(&str, &str)]) -> bool {
    list.iter().any(|(file, action)| form.file == *file && form.action.ends_with(action))
}

#[test]
fn every_form_begins_with_the_key_and_a_button_that_nothing_presses() {
    let forms = forms();
    assert!(forms.len() > 30, "{}", forms.len());
    let wrong: Vec<String> = forms
        .iter()
        .filter(|form| match (is_of(form, WITH_ENTER), is_of(form, OPEN)) {
            (true, _) => !form.begins.starts_with(KEY_WITH_ENTER),
            (_, true) => form.begins.contains("page/key"),
            _ => !form.begins.starts_with(KEY),
        })
        .map(|form| format!("{}: {}", form.file, form.action))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let unused: Vec<_> = WITH_ENTER
        .iter()
        .chain(OPEN)
        .filter(|(file, action)| !forms.iter().any(|form| is_of(form, &[(file, action)])))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// A browser cuts off what is longer without a word: of a scan, what made it one.
#[test]
fn no_box_cuts_what_is_typed_or_scanned_into_it() {
    let cutting = console().into_iter().filter(|(file, text)| file.ends_with(".html") && text.contains("maxlength"));
    let cutting: Vec<String> = cutting.map(|(file, _)| file).collect();
    assert!(cutting.is_empty(), "{cutting:?}");
}

/// A browser that doesn't know the method of a button sends the form by GET: its key would stand in an address.
#[test]
fn no_button_sends_a_form_by_another_method() {
    let other = console().into_iter().filter(|(file, text)| file.ends_with(".html") && text.contains("formmethod"));
    let other: Vec<String> = other.map(|(file, _)| file).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn the_key_stands_in_two_partials_only() {
    let with_key: BTreeSet<String> = console()
        .into_iter()
        .filter(|(file, text)| file.ends_with(".html") && text.contains("form_key"))
        .map(|(file, _)| file)
        .collect();
    assert_eq!(with_key, ["page/key.html", "page/key_with_enter.html"].map(str::to_owned).into());
}

#[test]
fn fields_with_faults_are_drawn_by_one_partial() {
    let drawn = console().into_iter().filter(|(file, text)| file.ends_with(".html") && text.contains("aria-invalid"));
    let drawn: Vec<String> = drawn.map(|(file, _)| file).collect();
    assert_eq!(drawn, ["page/field.html"]);
}
