//! The page docs/events.md says which events there are and what is told of each, as the description of the service has it.
//!
//! `UPDATE_DOCS=1 cargo test --test rules feed` writes it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use casehall::domain::feed::event_type::EventType;
use casehall::domain::feed::webhook::TEST_EVENT;
use serde_json::Value;

const HOW: &str = "write it again with `UPDATE_DOCS=1 cargo test --test rules feed`";

/// What events are about: how the names of their types begin, and what they are called.
const SUBJECTS: [(&str, &str); 2] = [("casehall.case.", "Cases"), ("casehall.certificate.", "Certificates")];

const INTRODUCTION: &str = "# Events

What other systems are told, by `GET /api/v1/events` ([how to follow along](api.md#follow-what-happens)). Each event is a
[CloudEvent](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON. Its `data` name no person and hold no text that
somebody wrote: who wants to know more reads the case or the certificate, as far as they may. The JSON Schema of the data of each type is at
`/docs/events/{type}`, where the event's `dataschema` leads; the running server lists them at `/docs/events`, and `/asyncapi.json` describes all of them, feed and
[webhooks](webhooks.md), as [AsyncAPI](https://www.asyncapi.com/docs/reference/specification/v3.1.0) for programs.

An event is the same whenever it is read, and whoever tells it, the feed or a webhook: a case's outlet and a certificate's serial are those of then.
What a caller isn't told of a case depends on the caller alone.

A type's data never lose or change a member; they may get further ones. What can't keep to that is another type, `.v2`, beside the one before.
";

fn schemas() -> Value {
    let document = casehall::http::openapi::document(casehall::api::routes);
    serde_json::to_value(document).unwrap()["components"]["schemas"].take()
}

/// What a reference leads to.
fn named<'a>(schemas: &'a Value, reference: &Value) -> (&'a str, &'a Value) {
    let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
    let (name, schema) = schemas.as_object().unwrap().get_key_value(name).unwrap();
    (name, schema)
}

/// Name and schema of what is told of a type.
fn data_of(schemas: &Value, event_type: EventType) -> (&str, &Value) {
    let mapping = &schemas["CloudEventView"]["discriminator"]["mapping"];
    let (_, event) = named(schemas, &mapping[event_type.code()]);
    named(schemas, &event["properties"]["data"]["$ref"])
}

fn members(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().unwrap().iter()
}

/// The object that a member is, if it is one.
fn object<'a>(schemas: &'a Value, member: &'a Value) -> Option<&'a Value> {
    let alternatives = member["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let reference = alternatives.iter().chain([member]).find_map(|one| one.get("$ref"))?;
    Some(named(schemas, reference).1).filter(|schema| schema["properties"].is_object())
}

/// What a member is, in words; where it may be null, they stand beside the reference.
fn words(member: &Value) -> &str {
    let alternatives = member["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let said = [member].into_iter().chain(alternatives).find_map(|one| one["description"].as_str());
    said.unwrap_or_else(|| panic!("no words: {member:#}"))
}

/// The members that are told, each with what it is and of which events it is that.
type Told<'a> = BTreeMap<String, BTreeMap<String, BTreeSet<&'a str>>>;

fn describe<'a>(told: &mut Told<'a>, schemas: &Value, (of, at): (&'a str, &str), schema: &Value) {
    for (name, member) in members(schema) {
        // A row of a table is a line.
        let words = words(member).replace('\n', " ");
        told.entry(format!("{at}{name}")).or_default().entry(words).or_default().insert(of);
        if let Some(object) = object(schemas, member) {
            describe(told, schemas, (of, &format!("{at}{name}.")), object);
        }
    }
}

/// What a member is; where it is another thing of other events, of which each.
fn said(words: &BTreeMap<String, BTreeSet<&str>>) -> String {
    if let [only] = Vec::from_iter(words.keys())[..] {
        return only.clone();
    }
    let of =
        |(words, of): (&String, &BTreeSet<&str>)| format!("{}: {words}", Vec::from_iter(of.iter().copied()).join(", "));
    words.iter().map(of).collect::<Vec<_>>().join(" ")
}

fn page() -> String {
    let schemas = schemas();
    let mut page = format!("<!-- Made from the types; don't edit it, but {HOW}. -->\n\n{INTRODUCTION}");
    for (of, title) in SUBJECTS {
        write!(page, "\n## {title}\n\n| `type` | | | `data` |\n|---|---|---|---|\n").unwrap();
        for event_type in EventType::ALL.into_iter().filter(|event_type| event_type.code().starts_with(of)) {
            let names: Vec<_> = members(data_of(&schemas, event_type).1).map(|(name, _)| format!("`{name}`")).collect();
            let words = event_type.words();
            writeln!(page, "| `{}` | {} | {} | {} |", event_type.code(), words.zh, words.en, names.join(", ")).unwrap();
        }
    }
    page.push_str("\n## To webhooks only\n\n| `type` | | | `data` |\n|---|---|---|---|\n");
    writeln!(page, "| `{TEST_EVENT}` | 测试 | somebody tests the webhook | `webhook` |").unwrap();
    page.push_str("\n## What is told\n\n| member | |\n|---|---|\n");
    let mut told = Told::new();
    for event_type in EventType::ALL {
        let (_, title) = SUBJECTS.into_iter().find(|(of, _)| event_type.code().starts_with(of)).unwrap();
        describe(&mut told, &schemas, (title, ""), data_of(&schemas, event_type).1);
    }
    told.iter().for_each(|(name, words)| writeln!(page, "| `{name}` | {} |", said(words)).unwrap());
    page
}

#[test]
fn the_page_of_events_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let expected = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(fs::read_to_string(&path).is_ok_and(|found| found == expected), "docs/events.md is stale; {HOW}");
}

#[test]
fn every_type_has_one_shape_of_data() {
    let schemas = schemas();
    let mapping = schemas["CloudEventView"]["discriminator"]["mapping"].as_object().unwrap();
    assert_eq!(mapping.len(), EventType::ALL.len());
    for reference in schemas["CloudEventView"]["oneOf"].as_array().unwrap() {
        let (name, event) = named(&schemas, &reference["$ref"]);
        let types = event["properties"]["type"]["enum"].as_array().unwrap();
        assert!(!types.is_empty(), "{name}");
        for of in types {
            assert_eq!(mapping[of.as_str().unwrap()], reference["$ref"], "{name}");
        }
        assert_eq!(event["required"].as_array().unwrap().len(), members(event).count(), "{name}");
    }
}

#[test]
fn whoever_chooses_types_may_choose_all_of_them_and_no_more() {
    let document = casehall::http::openapi::document(casehall::api::routes);
    let document = serde_json::to_value(document).unwrap();
    let mut found = Vec::new();
    lists_of_types(&document, &mut found);
    assert!(found.len() > 2, "{found:?}");
    let all = u64::try_from(EventType::ALL.len()).unwrap();
    assert!(found.iter().all(|most| *most == Some(all)), "{found:?}");
}

/// Of each list of types that is asked for, how many it may have.
fn lists_of_types(value: &Value, found: &mut Vec<Option<u64>>) {
    let items = &value["items"];
    let is_of_types = items["$ref"] == "#/components/schemas/EventType"
        || items["enum"].as_array().is_some_and(|words| words.len() == EventType::ALL.len());
    if is_of_types {
        found.push(value["maxItems"].as_u64());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| lists_of_types(member, found)),
        Value::Array(items) => items.iter().for_each(|item| lists_of_types(item, found)),
        _ => {}
    }
}

#[test]
fn an_instance_has_a_webhook_for_longer_than_any_request_takes() {
    let longest = i64::try_from(casehall::configuration::systems::webhooks::LONGEST_SECONDS).unwrap();
    assert!(casehall::service::feed::webhooks::deliver::LEASE.num_seconds() >= 2 * longest);
}
