//! What the description says of itself: short summaries, names that are verbs, one group and those who may of each operation, an example of each
//! answer, and no member of which nobody knows what it is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Verbs with which the names of operations begin.
const VERBS: &[&str] = &[
    "activate",
    "add",
    "approve",
    "ask",
    "assign",
    "change",
    "check",
    "claim",
    "confirm",
    "correct",
    "deactivate",
    "decline",
    "disclose",
    "end",
    "export",
    "hand",
    "import",
    "issue",
    "label",
    "lift",
    "list",
    "open",
    "patch",
    "place",
    "prepare",
    "query",
    "read",
    "record",
    "refresh",
    "register",
    "reject",
    "release",
    "remove",
    "replay",
    "report",
    "reset",
    "restore",
    "rotate",
    "run",
    "sign",
    "take",
    "test",
    "unlock",
    "withdraw",
];

fn document() -> Value {
    let document = casehall::http::openapi::document(casehall::api::routes);
    serde_json::from_slice(&casehall::http::openapi::written(&document)).unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    let items = document["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (format!("{method} {path}"), operation.as_object().unwrap()))
    })
}

#[test]
fn each_operation_says_in_a_line_what_it_does_under_a_verb_in_one_group_and_for_whom() {
    let (document, mut names) = (document(), BTreeSet::new());
    for (at, operation) in operations(&document) {
        let text = |member: &str| operation[member].as_str().unwrap();
        let (summary, name) = (text("summary"), text("operationId"));
        assert!((5..=120).contains(&summary.len()) && !summary.contains('\n'), "{at}: {summary}");
        assert!(VERBS.contains(&name.split('_').next().unwrap()), "{at}: {name}");
        assert!(names.insert(name), "{name} stands twice");
        let groups = operation["tags"].as_array().unwrap();
        assert!(
            groups.len() == 1 && document["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == groups[0]),
            "{at}"
        );
        if let Some(who) = operation.get("security").and_then(Value::as_array) {
            let is_open = who.iter().all(|way| way.as_object().unwrap().is_empty());
            assert!(is_open || text("description").contains("role"), "{at} doesn't say who may");
        }
    }
    assert!(names.len() > 90, "{}", names.len());
}

#[test]
fn whatever_takes_json_says_how_its_faults_are_told() {
    let document = document();
    let takes_json = |operation: &Map<String, Value>| {
        operation.get("requestBody").is_some_and(|body| body["content"]["application/json"].is_object())
    };
    for (at, operation) in operations(&document).filter(|(_, operation)| takes_json(operation)) {
        assert!(operation["responses"]["422"].is_object(), "{at}");
    }
}

#[test]
fn answers_in_parts_are_said_to_be_parts() {
    let document = document();
    let mut told = 0;
    for (at, operation) in operations(&document) {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for parameter in parameters.into_iter().flatten().filter(|parameter| parameter["name"] == "fields") {
            assert!(parameter["description"].as_str().unwrap().contains("its schema calls others required"), "{at}");
            told += 1;
        }
    }
    assert_eq!(told, 3);
}

#[test]
fn each_answer_in_json_has_an_example() {
    let document = document();
    for (at, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let Some(content) = answer["content"]["application/json"].as_object().filter(|_| status.starts_with('2'))
            else {
                continue;
            };
            let schema = &content["schema"];
            let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
            let shown =
                [content.get("example"), schema.get("example"), document["components"]["schemas"][name].get("example")];
            let several = document["components"]["schemas"][name].get("examples");
            // One line of JSON is a text.
            assert!(
                shown.iter().any(Option::is_some) || several.is_some() || schema["type"] == "string",
                "{at} {status} {name}"
            );
        }
    }
}

#[test]
fn no_member_is_any_object_and_each_integer_has_its_size() {
    fn look(at: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                let is = |kind: &str| {
                    members
                        .get("type")
                        .is_some_and(|of| of == kind || of.as_array().is_some_and(|of| of.iter().any(|of| of == kind)))
                };
                let knows = ["properties", "additionalProperties", "allOf", "anyOf", "oneOf"];
                assert!(!is("object") || knows.iter().any(|name| members.contains_key(*name)), "{at} is any object");
                assert!(
                    !is("integer") || members.contains_key("format") || members.contains_key("enum"),
                    "{at} has no size"
                );
                assert!(
                    !members.is_empty() || !at.contains("/properties/") || at.ends_with("additionalProperties"),
                    "{at} is anything"
                );
                for (name, value) in members {
                    if !["example", "examples", "default"].contains(&name.as_str()) {
                        look(&format!("{at}/{name}"), value);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| look(at, value)),
            _ => {}
        }
    }
    let document = document();
    look("", &document["components"]["schemas"]);
    look("", &document["paths"]);
}
