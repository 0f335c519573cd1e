//! How the events of timelines are described: for each kind an alternative of its own, chosen by `kind`, with the data that it has.
//!
//! Cast: [`of_cases`] and [`of_certificates`] are the kinds, made from the events themselves, since what is recorded is what is shown;
//! parts with a person's number are described as they are shown, masked. [`choice`] is an event, [`described`] what it refers to.
//!
//! A timeline is read a page at a time ([`TimelineQuery`]): who repeats a change makes it long.
//!
//! Guarantee: a kind of event that is added is described; tests hold answers against the descriptions.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::cases::application_view::ApplicationView;
use super::cases::handover_view::CollectorView;
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;
use crate::http::openapi::schemas::{self, Schemas, component, pascal, read, written};

/// Query of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct TimelineQuery {
    /// Continue after the event with this sequence, as `next` of the page before says.
    #[param(minimum = 1, maximum = 2_147_483_647)]
    pub after: Option<i64>,
    /// At most this many; 200 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl TimelineQuery {
    /// After which sequence, and how many are looked for: one more than are shown tells whether others follow.
    pub(in crate::api) fn page(&self) -> (i64, i64) {
        (self.after.unwrap_or_default(), i64::from(self.limit.unwrap_or(200)) + 1)
    }

    /// The events of the page, and after which the next begins.
    pub(in crate::api) fn shown<E>(&self, mut found: Vec<Recorded<E>>) -> (Vec<Recorded<E>>, Option<i64>) {
        let most = usize::try_from(self.page().1 - 1).unwrap_or(usize::MAX);
        let more = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| more).map(|last| last.sequence);
        (found, next)
    }
}

/// The data of events of a kind.
pub(in crate::api) struct Described {
    /// The kind, as the event names it.
    kind: String,
    /// The name of the alternative.
    name: String,
    /// The schema of the data.
    data: Value,
}

/// The kinds of events of a case. What [`masked`](super::cases::event_data::masked) writes otherwise than it is recorded is described so.
pub(in crate::api) fn of_cases() -> Vec<Described> {
    let application = json!({ "$ref": component(&ApplicationView::name()) });
    let collector = json!({ "$ref": component(&CollectorView::name()) });
    let mut found = Vec::new();
    for (kind, mut data) in kinds::<Event>() {
        match kind.as_str() {
            "case_opened" => data["properties"]["application"] = application.clone(),
            "hold_lifted" => unless_told(&mut data),
            "application_corrected" => {
                data["properties"]["before"] = application.clone();
                data["properties"]["after"] = application.clone();
            }
            "collector_recorded" => {
                data["properties"]["before"] = json!({ "oneOf": [collector, { "type": "null" }] });
                data["properties"]["after"] = collector.clone();
            }
            Event::CERTIFICATE => {
                // One kind for each of the certificate's, with which certificate it is beside its own data.
                let (id, serial) = (data["properties"]["id"].take(), data["properties"]["serial"].take());
                for (kind, mut data) in kinds::<CertificateEvent>() {
                    unless_told(&mut data);
                    data["properties"]["id"] = id.clone();
                    data["properties"]["serial"] = serial.clone();
                    require(&mut data, &["id", "serial"]);
                    let kind = format!("certificate_{kind}");
                    found.push(Described { name: format!("{}EventView", pascal(&kind)), kind, data });
                }
                continue;
            }
            _ => {}
        }
        found.push(Described { name: format!("{}EventView", pascal(&kind)), kind, data });
    }
    found
}

/// The kinds of events of a certificate.
pub(in crate::api) fn of_certificates() -> Vec<Described> {
    let name = |kind: &str| format!("{}CertificateEventView", pascal(kind));
    let described = |(kind, mut data): (String, Value)| {
        unless_told(&mut data);
        Described { name: name(&kind), kind, data }
    };
    kinds::<CertificateEvent>().into_iter().map(described).collect()
}

/// Parts of events with a reason that the hall notes for itself.
const NOTED: [&str; 3] = ["Hold", "Suspension", "PendingCorrection"];

/// A reason that is always there is null for other systems.
fn unless_told(schema: &mut Value) {
    let needed = schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == "reason"));
    let Some(reason) = schema.pointer_mut("/properties/reason").filter(|_| needed) else { return };
    if reason["type"] == "string" {
        reason["type"] = json!(["string", "null"]);
        let about = reason["description"].as_str().unwrap_or("Why").trim_end_matches('.').to_owned();
        reason["description"] = format!("{about}; not told to other systems.").into();
    }
}

/// An event: one of the kinds.
pub(in crate::api) fn choice(about: &str, kinds: Vec<Described>) -> RefOr<Schema> {
    let ways: Vec<_> = kinds.into_iter().map(|described| (described.kind, described.name)).collect();
    schemas::choice(about, "kind", &ways)
}

/// The kinds, each with what every event has, and whatever they refer to.
pub(in crate::api) fn described<V: ToSchema>(kinds: Vec<Described>) -> Schemas {
    let mut schemas = Schemas::new();
    parts::<Event>(&mut schemas);
    parts::<CertificateEvent>(&mut schemas);
    shown::<ApplicationView>(&mut schemas);
    shown::<CollectorView>(&mut schemas);
    V::schemas(&mut schemas);
    let common = written(&V::schema());
    for Described { kind, name, data } in kinds {
        let mut event = common.clone();
        event["description"] = data["description"].clone();
        event["properties"]["kind"]["enum"] = json!([kind]);
        event["properties"]["data"] = data;
        schemas.push((name, read(event)));
    }
    schemas
}

fn shown<V: ToSchema>(schemas: &mut Schemas) {
    schemas.push((V::name().into_owned(), V::schema()));
    V::schemas(schemas);
}

/// The kinds of events of a type, each with the schema of its data.
fn kinds<E: PartialSchema>() -> Vec<(String, Value)> {
    let mut all = written(&E::schema());
    let Value::Array(variants) = all["oneOf"].take() else { return Vec::new() };
    let kind = |mut data: Value| {
        let kind = data["properties"].as_object_mut()?.remove("kind")?;
        if let Some(Value::Array(required)) = data.get_mut("required") {
            required.retain(|name| name != "kind");
        }
        settle(&mut data);
        if data["properties"].as_object().is_none_or(Map::is_empty) {
            data["additionalProperties"] = json!(false);
        }
        Some((kind["enum"][0].as_str()?.to_owned(), data))
    };
    variants.into_iter().filter_map(kind).collect()
}

/// The parts of events of a type.
fn parts<E: ToSchema>(schemas: &mut Schemas) {
    let mut found = Vec::new();
    E::schemas(&mut found);
    let all: Map<_, _> = found.iter().map(|(name, schema)| (name.clone(), written(schema))).collect();
    let mut settled = all.clone();
    for (name, schema) in &mut settled {
        merge(schema, &all);
        settle(schema);
        if NOTED.contains(&name.as_str()) {
            unless_told(schema);
        }
    }
    // A part that others have taken in is one no longer.
    let said = format!("{}{}", Value::from(settled.clone()), written(&E::schema()));
    let parts = settled.into_iter().filter(|(name, _)| said.contains(&format!("\"{}\"", component(name))));
    schemas.extend(parts.map(|(name, schema)| (name, read(schema))));
}

/// What may be null is always there: what is left out where there is none is never null.
fn settle(schema: &mut Value) {
    let Some(members) = schema["properties"].as_object() else { return };
    let is_null = |schema: &Value| match &schema["type"] {
        Value::Array(types) => types.iter().any(|name| name == "null"),
        name => name == "null",
    };
    let is_nullable =
        |schema: &Value| is_null(schema) || schema["oneOf"].as_array().is_some_and(|ways| ways.iter().any(is_null));
    let nullable: Vec<String> =
        members.iter().filter(|(_, of)| is_nullable(of)).map(|(name, _)| name.clone()).collect();
    require(schema, &nullable);
}

/// Writes parts that are recorded as one object as one: their members, of which all must have those that every alternative has.
fn merge(schema: &mut Value, all: &Map<String, Value>) {
    let Value::Array(parts) = schema["allOf"].take() else { return };
    let (mut members, mut required) = (Map::new(), Vec::new());
    for part in parts {
        let name = part["$ref"].as_str().and_then(|place| place.rsplit('/').next());
        let part = name.and_then(|name| all.get(name)).unwrap_or(&part).clone();
        let ways = part["oneOf"].as_array().cloned().unwrap_or_else(|| vec![part]);
        let needs =
            |way: &Value, name: &str| way["required"].as_array().is_some_and(|all| all.iter().any(|of| of == name));
        for (name, member) in ways.iter().filter_map(|way| way["properties"].as_object()).flatten() {
            if ways.iter().all(|way| needs(way, name)) {
                required.push(name.clone());
            }
            let known = members.entry(name.clone()).or_insert_with(|| member.clone());
            if let (Some(words), Some(more)) = (known["enum"].as_array_mut(), member["enum"].as_array()) {
                words.extend(more.iter().filter(|word| *word != &words[0]).cloned().collect::<Vec<_>>());
            }
        }
    }
    *schema = json!({ "type": "object", "description": schema["description"], "properties": members });
    require(schema, &required);
}

fn require(schema: &mut Value, names: &[impl AsRef<str>]) {
    let mut required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in names.iter().map(AsRef::as_ref) {
        if !required.iter().any(|known| known == name) {
            required.push(name.into());
        }
    }
    schema["required"] = required.into();
}
