//! The floors hold: what each may know, read off its source. `docs/architecture.md` says why they are as they are.
#![allow(clippy::unwrap_used)] // a test that can't go on should fail
#![allow(clippy::print_stdout)] // `--nocapture` shows the figures

#[path = "architecture/pages.rs"]
mod pages;
#[path = "architecture/reached.rs"]
mod reached;
#[path = "architecture/rooms.rs"]
mod rooms;
#[path = "architecture/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rooms::{circles, folder_of, imports};
use source::{UsedPath, paths, tokens};

/// A floor and the floors of this crate that it may name besides itself.
struct Floor {
    name: &'static str,
    may_know: &'static [&'static str],
}

/// From below. `startup`, `demo` and `main` put the others together.
const FLOORS: &[Floor] = &[
    Floor { name: "domain", may_know: &[] },
    Floor { name: "clock", may_know: &[] },
    Floor { name: "formats", may_know: &["domain"] },
    Floor { name: "configuration", may_know: &["domain", "formats"] },
    Floor { name: "store", may_know: &["domain"] },
    Floor { name: "service", may_know: &["domain", "formats", "store", "clock"] },
    Floor { name: "http", may_know: &["domain", "service"] },
    Floor { name: "api", may_know: &["domain", "formats", "service", "http"] },
    Floor { name: "console", may_know: &["domain", "formats", "service", "http"] },
    Floor { name: "jobs", may_know: &["domain", "service"] },
    Floor {
        name: "startup",
        may_know: &["domain", "clock", "configuration", "store", "service", "http", "api", "console", "jobs"],
    },
    Floor { name: "demo", may_know: &["domain", "clock", "configuration", "service", "console", "jobs", "startup"] },
    Floor { name: "commands", may_know: &["domain", "formats", "clock", "configuration", "service", "startup"] },
    Floor { name: "main", may_know: &["clock", "configuration", "startup", "demo", "commands"] },
    Floor { name: "lib", may_know: &[] },
];

/// Files that may know one floor more, each for a reason; one that no longer needs it must leave the list.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/service/case_types/editions.rs",
        "configuration",
        "reads the editions of definitions that the database keeps",
    ),
    ("src/service/accounts/signing_keys.rs", "configuration", "finds in the settings where the keys are"),
];

/// The crates that the rules may use; all of them are data, none does anything. Of utoipa only the derives: a draft is what a
/// request sends, and says itself within which limits.
const DOMAIN_CRATES: &[&str] = &[
    "std",
    "chrono",
    "chrono_tz",
    "hex",
    "phonenumber",
    "serde",
    "sha2",
    "sm3",
    "base64",
    "thiserror",
    "unicode_normalization",
    "unicode_properties",
    "utoipa",
    "uuid",
];
/// What the rules may use of it.
const DOMAIN_DERIVES: &[&str] = &["ToSchema"];

/// Crates that belong to some floors only.
const CRATES_OF: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("libsqlite3_sys", &["store"]),
    ("pq_sys", &["store"]),
    ("openssl_sys", &["store"]),
    ("openssl", &["service", "jobs"]),
    ("tokio_openssl", &["jobs"]),
    ("hyper", &["jobs"]),
    ("hyper_util", &["jobs"]),
    ("http_body_util", &["jobs"]),
    ("url", &["configuration", "service", "jobs"]),
    ("r2d2", &["store"]),
    ("aes_gcm", &["store"]),
    ("sm4", &["store"]),
    ("hkdf", &["store"]),
    ("actix_web", &["http", "api", "console", "startup", "demo", "main"]),
    ("actix_cors", &["http"]),
    ("actix_multipart", &["console"]),
    ("phonenumber", &["domain"]),
    ("utoipa", &["http", "api", "domain"]),
    ("utoipa_actix_web", &["http", "api"]),
    ("utoipa_swagger_ui", &["http"]),
    ("askama", &["console"]),
    ("flate2", &["console"]),
    ("toml", &["configuration", "formats", "console"]),
    ("icalendar", &["formats"]),
    ("encoding_rs", &["formats"]),
    ("rust_xlsxwriter", &["formats"]),
    ("quick_xml", &["formats"]),
    ("csv", &["formats", "demo"]),
    ("zxcvbn", &["service"]),
    ("totp_rs", &["service"]),
    ("clap", &["commands", "main"]),
    ("clap_complete", &["commands"]),
    ("clap_mangen", &["commands"]),
    ("indicatif", &["commands"]),
    ("sd_notify", &["startup"]),
];

/// The only files that may open a transaction; everything else gets a `Tx` from `Db::read` or `Db::write`.
const OPEN_TRANSACTIONS: &[&str] = &[
    "src/store/engine/db.rs",
    "src/store/engine/sqlite/mod.rs",
    "src/store/engine/postgres/begin.rs",
    "src/store/engine/postgres/mod.rs",
    "src/store/engine/sqlite/writer.rs",
    "src/store/engine/sqlite/writer/tests.rs",
    "src/store/engine/migrations.rs",
];

/// A file that outgrows this has two subjects.
const MOST_LINES: usize = 400;
/// A folder with more entries, beside its `mod.rs`, isn't looked through at a glance.
const MOST_ENTRIES: usize = 15;

#[test]
fn every_file_keeps_to_its_floor() {
    let mut found = Vec::new();
    for path in sources("src") {
        found.extend(violations(&shown(&path), &fs::read_to_string(&path).unwrap()));
    }
    assert!(found.is_empty(), "{} violation(s):\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_file_outgrows_its_subject() {
    let paths = ["src", "tests", "benches"].into_iter().flat_map(sources);
    let long = paths.filter_map(|path| {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        (lines > MOST_LINES).then(|| format!("{}: {lines} lines; split it by subject", shown(&path)))
    });
    let long: Vec<String> = long.collect();
    let longest =
        ["src", "tests", "benches"].into_iter().flat_map(texts).map(|(path, text)| (text.lines().count(), path));
    let (lines, path) = longest.max().unwrap();
    println!("the longest file: {path}, {lines} lines");
    assert!(long.is_empty(), "more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn files_import_one_another_in_no_circle() {
    let found = circles(&imports(&texts("src")));
    println!("{} pair(s) of files that import one another:", found.len());
    for circle in &found {
        println!("  {}", circle.join(" ↔ "));
    }
    let bad = |circle: &&Vec<String>| circle.len() > 2 || folder_of(&circle[0]) != folder_of(&circle[1]);
    let bad: Vec<String> = found.iter().filter(bad).map(|circle| format!("  {}", circle.join(" → "))).collect();
    assert!(bad.is_empty(), "circles of more than two files, or across folders:\n{}", bad.join("\n"));
}

#[test]
fn the_circle_finder_works() {
    let found = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        circles(&imports(&files))
    };
    let (x, y, z) = ("src/a/x.rs", "src/a/y.rs", "src/b/z.rs");
    let in_turn = [(x, "use super::y::Y;"), (y, "use crate::b::z::Z;"), (z, "fn f() -> crate::a::x::X {}")];
    assert_eq!(found(&in_turn), [[x, y, z]]);
    let through_fronts =
        [("src/a/mod.rs", "pub mod x;\npub use x::X;"), (x, "use crate::b::z::Z;"), (z, "use crate::a::X;")];
    assert_eq!(found(&through_fronts), [["src/a/mod.rs", x, z]]);
    let none = [
        ("src/a/mod.rs", "pub mod x;\npub mod y;"),
        (x, "use super::y::Y;\nmod tests { use super::*; }"),
        (y, "pub(in crate::a) struct Y; // crate::a::x::X"),
    ];
    assert_eq!(found(&none), Vec::<Vec<String>>::new());
}

#[test]
fn no_folder_is_crowded() {
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let mut shown = shown(&path);
        while let Some((folder, entry)) = shown.clone().rsplit_once('/') {
            entries.entry(folder.to_owned()).or_default().insert(entry.to_owned());
            shown = folder.to_owned();
        }
    }
    let count = |found: &BTreeSet<String>| found.iter().filter(|entry| *entry != "mod.rs").count();
    let mut fullest: Vec<(usize, &String)> = entries.iter().map(|(folder, found)| (count(found), folder)).collect();
    fullest.sort_by(|a, b| b.cmp(a));
    for (entries, folder) in fullest.iter().take(10) {
        println!("{entries:4} entries in {folder}");
    }
    let crowded: Vec<_> = fullest.iter().filter(|(entries, _)| *entries > MOST_ENTRIES).collect();
    assert!(crowded.is_empty(), "more than {MOST_ENTRIES} entries: {crowded:?}; give the subjects rooms of their own");
}

#[test]
fn every_exception_is_still_needed() {
    for (file, floor, reason) in EXCEPTIONS {
        let text = fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{file} is gone: {reason}"));
        let named = paths(&tokens(&text)).into_iter().any(|path| crate_floor(&path) == Some(*floor));
        assert!(named, "{file} doesn't know {floor} any more ({reason}): take it off the list");
    }
}

#[test]
fn every_part_of_the_crate_is_on_a_floor() {
    let of = |path: PathBuf| floor_of(&shown(&path)).to_owned();
    let found: BTreeSet<String> = sources("src").into_iter().map(of).collect();
    let known: BTreeSet<String> = FLOORS.iter().map(|floor| floor.name.to_owned()).collect();
    assert_eq!(found, known);
}

#[test]
fn the_checker_works() {
    let bad = [
        ("src/domain/x.rs", "use crate::store::Db;", "domain may not know store"),
        ("src/domain/x.rs", "use crate::{domain::fee, service::{self, error}};", "domain may not know service"),
        ("src/domain/x.rs", "fn f() { tokio::spawn(g()) }", "domain may not use the crate tokio"),
        ("src/domain/x.rs", "fn f() -> T { chrono::Utc::now() }", "domain asks for the time"),
        ("src/domain/x.rs", "let id = Uuid::now_v7();", "domain asks for the time"),
        ("src/domain/x.rs", "use std::fs;", "domain may not use std::fs"),
        ("src/domain/x.rs", "use std::{fmt, net::TcpStream};", "domain may not use std::net"),
        ("src/domain/x.rs", "async fn f() {}", "domain may not wait"),
        ("src/domain/x.rs", "use utoipa::openapi::OpenApi;", "domain may use utoipa for derives only"),
        ("src/api/cases.rs", "use crate::store::cases::CaseFilter;", "api may not know store"),
        ("src/api/x.rs", "fn f(db: super::super::store::Db) {}", "api may not know store"),
        ("src/api/x.rs", "pub use crate::startup;", "api may not know startup"),
        ("src/service/x.rs", "fn f() { r#\"\"#; diesel::insert_into(t) }", "only store may use the crate diesel"),
        ("src/service/x.rs", "use diesel;", "only store may use the crate diesel"),
        ("src/service/cases.rs", "use crate::configuration::ConfigFault;", "service may not know configuration"),
        ("src/store/cases.rs", "connection.transaction(|c| save(c))", "only the store's own hands open a transaction"),
        ("src/store/cases.rs", "sql_query(\"begin immediate\")", "only the store's own hands open a transaction"),
        ("src/main.rs", "use casehall::store::Db;", "main may not know store"),
        ("src/commands/x.rs", "use casehall::api::Api;", "commands may not know api"),
        ("src/formats/x.rs", "use crate::service::Service;", "formats may not know service"),
        ("src/api/x.rs", "use icalendar::parser;", "only formats may use the crate icalendar"),
    ];
    for (path, line, expected) in bad {
        let found = violations(path, &format!("//! A module.\n{line}\n"));
        let as_expected =
            found.len() == 1 && found[0].contains(expected) && found[0].starts_with(&format!("{path}:2: "));
        assert!(as_expected, "{path} with `{line}` should give «{path}:2: …{expected}…», gave {found:?}");
    }
    let good = [
        ("src/domain/x.rs", "use utoipa::ToSchema;"),
        ("src/domain/x.rs", "//! See [`crate::store`].\nuse chrono::{DateTime, Utc};\nuse super::words::Words;"),
        ("src/domain/x.rs", "/* crate::store /* nested */ diesel::x */ const S: &str = \"crate::store\\\" std::fs\";"),
        ("src/domain/x.rs", "fn f<'a>(c: &'a char) -> bool { *c == '\"' || domain::store::x() }"),
        ("src/api/x.rs", "use super::body::Body; use crate::service::error::ServiceError;"),
        ("src/service/case_types/editions.rs", "use crate::configuration::ConfigFault;"),
        ("src/store/engine/sqlite/writer.rs", "AnyConnection::begin_transaction(c); \"BEGIN IMMEDIATE\""),
    ];
    for (path, text) in good {
        assert_eq!(violations(path, text), Vec::<String>::new(), "{path} with `{text}`");
    }
}

/// Everything that a file does that its floor may not do, as `file:line: what`.
fn violations(file: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let floor_name = floor_of(file);
    let Some(floor) = FLOORS.iter().find(|floor| floor.name == floor_name) else {
        return vec![format!("{file}:1: {floor_name} is no floor; put it on one in tests/architecture.rs")];
    };
    let mut found: Vec<(usize, String)> = Vec::new();
    for path in paths(&tokens) {
        if let Some(known) = crate_floor(&path) {
            let excepted = EXCEPTIONS.iter().any(|(at, to, _)| *at == file && *to == known);
            if known != floor.name && !floor.may_know.contains(&known) && !excepted {
                found.push((path.line, format!("{} may not know {known}", floor.name)));
            }
        }
        let first = path.segments[0].as_str();
        if let Some((name, floors)) =
            CRATES_OF.iter().find(|(name, floors)| *name == first && !floors.contains(&floor.name))
        {
            found.push((path.line, format!("only {} may use the crate {name}", floors.join(", "))));
        }
        if floor.name == "domain" {
            found.extend(impurity(&path).map(|what| (path.line, what)));
        }
    }
    for (index, token) in tokens.iter().enumerate() {
        let after_dot = index > 0 && tokens[index - 1].text == ".";
        if floor.name == "domain" && ["async", "await"].contains(&token.text.as_str()) {
            found.push((token.line, "domain may not wait: it is pure".to_owned()));
        }
        // `BEGIN:VEVENT` begins an event.
        let is_icalendar = floor.name == "formats" && token.text.starts_with("\"BEGIN:");
        let opens = token.text == "begin_transaction"
            || token.text == "begin_transaction_sql"
            || (after_dot
                && ["transaction", "immediate_transaction", "exclusive_transaction"].contains(&token.text.as_str()))
            || (token.text.to_ascii_uppercase().starts_with("\"BEGIN") && !is_icalendar);
        if opens && !OPEN_TRANSACTIONS.contains(&file) {
            let what = "only the store's own hands open a transaction: take a Tx from Db::read or Db::write";
            found.push((token.line, what.to_owned()));
        }
    }
    found.dedup();
    found.into_iter().map(|(line, what)| format!("{file}:{line}: {what}")).collect()
}

/// The floor of this crate that a path leads to. No module is named like a floor, so `super::…::store` is one, however
/// deep the file.
fn crate_floor(path: &UsedPath) -> Option<&'static str> {
    const ABOVE: [&str; 3] = ["crate", "casehall", "super"];
    let named = path.segments.iter().find(|name| !ABOVE.contains(&name.as_str()))?;
    let leads_up = ABOVE.contains(&path.segments[0].as_str());
    FLOORS.iter().map(|floor| floor.name).find(|floor| leads_up && floor == named)
}

/// What a path in the domain reaches for that isn't pure.
fn impurity(path: &UsedPath) -> Option<String> {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    let clock = |pair: &[&str]| {
        matches!(pair, ["Utc" | "Local" | "Instant" | "SystemTime", "now"] | ["Uuid", "now_v7" | "new_v4" | "now_v1"])
    };
    if segments.windows(2).any(clock) {
        return Some("domain asks for the time or for chance: it comes in by the Context".to_owned());
    }
    match segments[..] {
        ["std", "sync", "Arc"] => None, // it shares what never changes
        ["std", part @ ("fs" | "net" | "io" | "env" | "thread" | "process" | "time" | "sync"), ..] => {
            Some(format!("domain may not use std::{part}"))
        }
        ["utoipa", ref rest @ ..] if rest.len() != 1 || !DOMAIN_DERIVES.contains(&rest[0]) => {
            Some("domain may use utoipa for derives only".to_owned())
        }
        [first, ..] if DEPENDENCIES.with(|known| known.contains(first)) && !DOMAIN_CRATES.contains(&first) => {
            Some(format!("domain may not use the crate {first}"))
        }
        _ => None,
    }
}

thread_local! {
    /// The crates that Cargo.toml names, as they are written in paths.
    static DEPENDENCIES: BTreeSet<String> = dependencies();
}

fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().replace('-', "_"));
    names.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
}

/// The floor of a file: its first directory, or its own name.
fn floor_of(file: &str) -> &str {
    let below = file.strip_prefix("src/").unwrap_or(file);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// Every Rust file below a directory, with its text.
fn texts(directory: &str) -> Vec<(String, String)> {
    sources(directory).into_iter().map(|path| (shown(&path), fs::read_to_string(&path).unwrap())).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Every Rust file below a directory of the project, in order.
fn sources(directory: &str) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![root().join(directory)]);
    while let Some(directory) = waiting.pop() {
        for path in fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
