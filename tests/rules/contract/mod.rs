//! The contract with other systems: what changed since it was released last, or first written down, stands in docs/contract-changes.md, and
//! nothing of it breaks anybody.
//!
//! `UPDATE_DOCS=1 cargo test --test rules contract` writes the list again; `UPDATE_DOCS=release` does so when a version is released: the
//! contract of today is the released one from then on.

mod accepted;
mod compare;
mod lists;
mod problems;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use casehall::http::headers::deprecation::{DEPRECATED, Deprecated};
use serde_json::{Value, json};

use self::accepted::{BEFORE_RELEASE, TRUER};
use self::compare::{KEYWORDS, bare, changes};

const HOW: &str = "write it again with `UPDATE_DOCS=1 cargo test --test rules contract`";
/// Until the first release.
const FIRST: &str = "## Since 30 November 2026, when the contract was first written down\n";
/// From then on.
const SINCE: &str = "## Since the last release\n";
/// What is served for a while yet.
const GOING: &str = "## Deprecated\n";
const NONE: &str = "\nNothing changed.\n";
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn contract() -> Value {
    let document = casehall::http::openapi::document(casehall::api::routes);
    bare(&serde_json::from_slice(&casehall::http::openapi::written(&document)).unwrap())
}

/// One path or schema on a line, so that a difference of two versions is read at a glance.
fn lines(contract: &Value) -> String {
    let mut text = "{\n".to_owned();
    let part = |text: &mut String, name: &str, members: &Value| {
        let lines: Vec<String> =
            members.as_object().unwrap().iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
        write!(text, "{}: {{\n{}\n}}", json!(name), lines.join(",\n")).unwrap();
    };
    part(&mut text, "paths", &contract["paths"]);
    text.push_str(",\n\"components\": {\n");
    for (at, (name, members)) in contract["components"].as_object().unwrap().iter().enumerate() {
        text.push_str(if at > 0 { ",\n" } else { "" });
        part(&mut text, name, members);
    }
    text.push_str("\n}\n}\n");
    text
}

#[test]
fn what_changed_in_the_contract_is_written_down_and_breaks_nobody() {
    let (released, page) = (file("tests/data/contract.json"), file("docs/contract-changes.md"));
    let (now, update) = (contract(), std::env::var("UPDATE_DOCS").unwrap_or_default());
    let before: Value = fs::read(&released).map_or_else(|_| now.clone(), |text| serde_json::from_slice(&text).unwrap());
    let found = changes(&before, &now);
    let known = || TRUER.into_iter().chain(BEFORE_RELEASE);
    let truer = |words: &str| known().find_map(|(told, why)| (told == words).then_some(why));
    let (breaking, listed): (Vec<_>, Vec<_>) =
        found.iter().partition(|change| change.breaks && truer(&change.words).is_none());
    let breaking: Vec<&str> = breaking.into_iter().map(|change| change.words.as_str()).collect();
    assert_eq!(
        listed.iter().filter(|change| change.breaks).count(),
        known().count(),
        "what isn't new is to be forgotten"
    );
    let listed: Vec<String> = listed
        .into_iter()
        .map(|change| truer(&change.words).map_or(change.words.clone(), |why| format!("{}: {why}", change.words)))
        .collect();
    let listed: String = gathered(&listed).iter().map(|line| format!("- {line}\n")).collect();
    let listed = if listed.is_empty() { NONE.to_owned() } else { format!("\n{listed}") };

    let text = fs::read_to_string(&page).unwrap();
    let since = if text.contains(FIRST) { FIRST } else { SINCE };
    let (head, rest) = text.split_once(since).unwrap_or_else(|| panic!("{} has no {since}", page.display()));
    let older = rest.find("\n## ").map_or("", |at| &rest[at..]);
    let (head, _) = head.split_once(GOING).unwrap_or_else(|| panic!("{} has no {GOING}", page.display()));
    let head = format!("{head}{GOING}{}\n", going());
    let mut expected = format!("{head}{since}{listed}{older}");
    if update == "release" {
        let version = env!("CARGO_PKG_VERSION");
        expected = format!("{head}{SINCE}{NONE}\n## {version}\n{listed}{older}");
        fs::write(&released, lines(&now)).unwrap();
    }
    if !update.is_empty() {
        fs::write(&page, &expected).unwrap();
    }
    if update != "release" {
        assert!(breaking.is_empty(), "this breaks whoever relies on what there was:\n{}", breaking.join("\n"));
    }
    assert!(fs::read_to_string(&page).is_ok_and(|found| found == expected), "docs/contract-changes.md is stale; {HOW}");
    assert!(released.exists(), "no contract is written down; UPDATE_DOCS=release does so with that of today");
}

/// What is deprecated, and what to call instead.
fn going() -> String {
    let head = "\n| operation | since | served until at least | instead |\n|---|---|---|---|\n".to_owned();
    DEPRECATED.iter().fold(head, |text, Deprecated { method, path, since, until, instead }| {
        format!("{text}| `{method} {path}` | {since} | {until} | `{instead}` |\n")
    })
}

#[test]
fn the_description_marks_what_is_deprecated_and_nothing_else() {
    let contract = contract();
    let mut marked = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let headers = |status: &str| operation["responses"][status]["headers"].as_object();
            let told = headers("200").is_some_and(|headers| headers.contains_key("Deprecation"));
            assert_eq!(operation["deprecated"] == true, told, "{method} {path}");
            if told {
                marked.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    let listed: Vec<_> = DEPRECATED.iter().map(|one| (one.method.to_owned(), one.path.to_owned())).collect();
    assert_eq!(marked.len(), listed.len());
    assert!(listed.iter().all(|one| marked.contains(one)), "{listed:?} isn't all of {marked:?}");
    for Deprecated { instead, .. } in DEPRECATED {
        let (method, path) = instead.split_once(' ').unwrap();
        let operation = &contract["paths"][path][method.to_lowercase()];
        assert!(operation.is_object() && operation["deprecated"].is_null(), "{instead} can't be called instead");
    }
}

/// The same change in more places than are read one by one is a line.
fn gathered(changes: &[String]) -> Vec<String> {
    const MOST: usize = 8;
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (place, what) in changes.iter().filter_map(|change| change.split_once("`: ")) {
        places.entry(what).or_default().push(place);
    }
    let line = |change: &String| {
        let Some((place, what)) = change.split_once("`: ") else { return Some(change.clone()) };
        let many = &places[what];
        let is_first = many.first() == Some(&place);
        match many.len() > MOST {
            true => is_first.then(|| format!("{place}` and {} others: {what}", many.len() - 1)),
            false => Some(change.clone()),
        }
    };
    changes.iter().filter_map(line).collect()
}

#[test]
fn one_change_of_many_places_is_one_line() {
    let changes: Vec<String> = (0..20).map(|at| format!("`GET /{at} 200`: comes with ETag")).collect();
    assert_eq!(gathered(&changes), ["`GET /0 200` and 19 others: comes with ETag"]);
    assert_eq!(gathered(&changes[..8]), changes[..8]);
}

/// A description with one operation, changed in some places.
fn described(changed: &[(&str, Value)]) -> Value {
    let schemas = json!({
        "Asked": {
            "type": "object",
            "properties": {
                "name": { "type": "string", "maxLength": 20, "minLength": 1 },
                "kind": { "type": "string", "enum": ["a", "b"] },
                "code": { "type": "string", "pattern": "^[0-9]$" },
                "part": { "$ref": "#/components/schemas/Part" },
            },
            "required": ["name"],
        },
        "Answered": {
            "type": "object",
            "properties": {
                "name": { "type": ["string", "null"] },
                "kind": { "type": "string", "enum": ["a", "b"] },
                "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Part" } },
                "way": { "oneOf": [{ "$ref": "#/components/schemas/Part" }, { "$ref": "#/components/schemas/Other" }] },
            },
            "required": ["name", "kind", "parts"],
        },
        "Part": {
            "type": "object",
            "properties": {
                "count": { "type": "integer" },
                "tens": { "type": "integer", "multipleOf": 10 },
                "marks": { "type": "array" },
                "names": { "type": "array", "items": { "type": "string" }, "uniqueItems": true },
            },
            "required": ["count"],
        },
        "Other": { "type": "object", "properties": { "text": { "type": "string" } } },
    });
    let operation = json!({
        "operationId": "change_thing",
        "security": [{ "bearer": [] }, { "systems": ["things:write"] }],
        "parameters": [{ "in": "query", "name": "limit", "schema": { "type": "integer", "maximum": 100 } }],
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Asked" } } } },
        "responses": { "200": {
            "headers": { "ETag": {} },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answered" } } },
        } },
    });
    let mut document = json!({ "paths": { "/things": { "put": operation } }, "components": { "schemas": schemas } });
    for (pointer, value) in changed {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        match (document.pointer_mut(parent).unwrap(), value) {
            (Value::Object(members), Value::Null) => drop(members.remove(member)),
            (Value::Array(items), value) => items[member.parse::<usize>().unwrap()] = value.clone(),
            (place, value) => place[member] = value.clone(),
        }
    }
    document
}

/// What changed where one place of a description did, with a mark where it breaks somebody.
fn found(pointer: &str, value: Value) -> Vec<String> {
    let found = changes(&described(&[]), &described(&[(pointer, value)]));
    found.into_iter().map(|change| format!("{}{}", if change.breaks { "! " } else { "" }, change.words)).collect()
}

#[test]
fn what_breaks_a_caller_is_found() {
    let (operation, schemas) = ("/paths/~1things/put", "/components/schemas");
    let further = json!({ "type": "string" });
    for (pointer, value, expected) in [
        ("/paths/~1things/put".to_owned(), Value::Null, "! `PUT /things`: is gone"),
        ("/paths/~1things/get".to_owned(), json!({}), "`GET /things`: is new"),
        (format!("{operation}/deprecated"), json!(true), "`PUT /things`: is deprecated"),
        (
            format!("{operation}/operationId"),
            json!("replace_thing"),
            "! `PUT /things`: is called \"replace_thing\" now, not \"change_thing\"",
        ),
        (
            format!("{operation}/security"),
            json!([{ "bearer": [] }]),
            "! `PUT /things`: doesn't let in by {\"systems\":[\"things:write\"]} any more",
        ),
        (format!("{operation}/parameters"), json!([]), "! `PUT /things query limit`: is gone"),
        (format!("{operation}/parameters/0/required"), json!(true), "! `PUT /things query limit`: is required now"),
        (
            format!("{operation}/parameters/0/schema/maximum"),
            json!(50),
            "! `PUT /things query limit`: maximum is 50 now, not 100",
        ),
        (
            format!("{operation}/parameters/0/schema/maximum"),
            json!(200),
            "`PUT /things query limit`: maximum is 200 now, not 100",
        ),
        (format!("{operation}/responses/200/headers"), json!({}), "! `PUT /things 200`: comes without ETag"),
        (format!("{operation}/responses/404"), json!({}), "`PUT /things 404`: may be answered now"),
        (format!("{operation}/responses/202"), json!({}), "! `PUT /things 202`: may be answered now"),
        (format!("{operation}/responses/304"), json!({}), "`PUT /things 304`: may be answered now"),
        (format!("{schemas}/Asked/properties/further"), further.clone(), "`Asked.further`: is new"),
        (format!("{schemas}/Asked/required"), json!(["name", "kind"]), "! `Asked.kind`: is always there now"),
        (
            format!("{schemas}/Asked/properties/name/maxLength"),
            json!(10),
            "! `Asked.name`: maxLength is 10 now, not 20",
        ),
        (
            format!("{schemas}/Asked/properties/name/minLength"),
            Value::Null,
            "`Asked.name`: minLength is null now, not 1",
        ),
        (
            format!("{schemas}/Asked/properties/code/pattern"),
            json!("^[0-9]$|^[0-9]\\.[a-f]$"),
            "`Asked.code`: pattern is \"^[0-9]$|^[0-9]\\\\.[a-f]$\" now, not \"^[0-9]$\"",
        ),
        (
            format!("{schemas}/Asked/properties/code/pattern"),
            json!("^[0-9]$x|^[0-9]$"),
            "! `Asked.code`: pattern is \"^[0-9]$x|^[0-9]$\" now, not \"^[0-9]$\"",
        ),
        (
            format!("{schemas}/Asked/properties/kind/enum"),
            json!(["a"]),
            "! `Asked.kind`: \"b\" is no word of it any more",
        ),
        (
            format!("{schemas}/Asked/properties/kind/enum"),
            json!(["a", "b", "c"]),
            "`Asked.kind`: \"c\" is a further word of it",
        ),
        (
            format!("{schemas}/Asked/properties/name/pattern"),
            json!("^x"),
            "! `Asked.name`: pattern is \"^x\" now, not null",
        ),
        (format!("{schemas}/Answered/properties/further"), further, "`Answered.further`: is new"),
        (format!("{schemas}/Answered/properties/name"), Value::Null, "! `Answered.name`: is gone"),
        (format!("{schemas}/Answered/required"), json!(["name", "parts"]), "! `Answered.kind`: may be left out now"),
        (
            format!("{schemas}/Answered/properties/kind/type"),
            json!(["string", "null"]),
            "! `Answered.kind`: may be null now",
        ),
        (format!("{schemas}/Answered/properties/name/type"), json!("string"), "`Answered.name`: is null no more"),
        (
            format!("{schemas}/Answered/properties/name/type"),
            json!(["integer", "null"]),
            "! `Answered.name`: is integer now, not string",
        ),
        (
            format!("{schemas}/Answered/properties/way/oneOf/1"),
            json!({ "type": "string" }),
            "`Answered.way`: may be string, too",
        ),
    ] {
        let changes = found(&pointer, value.clone());
        assert!(changes.iter().any(|change| change == expected), "{pointer}: {value}: {changes:#?}");
    }
    assert_eq!(found("/info", json!({})), Vec::<String>::new());
}

#[test]
fn a_part_of_what_is_asked_and_answered_breaks_either() {
    let count = "/components/schemas/Part/properties/count";
    assert_eq!(
        found(&format!("{count}/maximum"), json!(9)),
        ["`Part.count`: maximum is 9 now, not null", "! `Part.count`: maximum is 9 now, not null",]
    );
    let optional = found("/components/schemas/Part/required", json!([]));
    assert!(optional.contains(&"! `Part.count`: may be left out now".to_owned()), "{optional:?}");
}

/// The keywords of a schema and of those in it.
fn keywords<'a>(schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        found.insert(keyword);
        match (keyword.as_str(), value) {
            ("properties", Value::Object(members)) => members.values().for_each(|member| keywords(member, found)),
            ("oneOf" | "anyOf" | "allOf", Value::Array(ways)) => ways.iter().for_each(|way| keywords(way, found)),
            ("items" | "additionalProperties" | "not", schema) => keywords(schema, found),
            _ => {}
        }
    }
}

#[test]
fn whatever_a_schema_says_is_compared() {
    let contract = contract();
    let mut found = BTreeSet::new();
    for schema in contract["components"]["schemas"].as_object().unwrap().values() {
        keywords(schema, &mut found);
    }
    assert!(found.len() > 10);
    let unseen: Vec<&&str> = found.iter().filter(|keyword| !KEYWORDS.contains(keyword)).collect();
    assert!(unseen.is_empty(), "not compared: {unseen:?}");
}

#[test]
fn what_lists_numbers_and_maps_may_hold_is_compared_on_either_side() {
    let part = "/components/schemas/Part";
    for (pointer, value, asked_breaks, answered_breaks) in [
        (format!("{part}/additionalProperties"), json!(false), true, false),
        (format!("{part}/additionalProperties"), json!({ "type": "string" }), true, false),
        (format!("{part}/properties/count/multipleOf"), json!(5), true, false),
        (format!("{part}/properties/marks/items"), json!({ "type": "string" }), true, false),
        (format!("{part}/properties/marks/uniqueItems"), json!(true), true, false),
        (format!("{part}/properties/names/items"), Value::Null, false, true),
        (format!("{part}/properties/names/uniqueItems"), Value::Null, false, true),
        (format!("{part}/properties/tens/multipleOf"), json!(5), false, true),
        (format!("{part}/properties/tens/multipleOf"), json!(20), true, false),
        (format!("{part}/properties/tens/multipleOf"), json!(15), true, true),
    ] {
        let changes = found(&pointer, value.clone());
        let breaks = changes.iter().filter(|change| change.starts_with("! ")).count();
        let expected = usize::from(asked_breaks || answered_breaks);
        assert_eq!(breaks, expected, "{pointer}: {value}: {changes:#?}");
        // Said of what is asked and of what is answered; where both break it is one change.
        assert_eq!(
            changes.len(),
            if asked_breaks == answered_breaks { 1 } else { 2 },
            "{pointer}: {value}: {changes:#?}"
        );
    }
}
