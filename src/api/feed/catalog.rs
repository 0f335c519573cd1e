//! The catalog of events as an AsyncAPI document: which messages go out on which channels, for programs that follow along.
//!
//! It is made from the same types and schemas as the OpenAPI document.

use serde_json::{Map, Value, json};

use super::data::Shape;
use super::event::STRUCTURED;
use super::stream::EVENT_STREAM;
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::TEST_EVENT;
use crate::http::openapi::schemas::inline;
use crate::http::openapi::webhooks;

/// The path of the document.
pub(super) const CATALOG: &str = "/asyncapi.json";

/// What a test is, in Chinese and in English.
pub(super) const TESTED: (&str, &str) = ("测试", "somebody tests the webhook");

/// The version of AsyncAPI that the document keeps to.
const VERSION: &str = "3.1.0";

/// The catalog of a service that is described so.
pub(super) fn document(openapi: &Value) -> Value {
    let schemas = &openapi["components"]["schemas"];
    let traits = json!({ "traits": [{ "$ref": "#/components/messageTraits/signed" }] });
    let mut sent = messages(|of| message(of, traits.clone()));
    sent.insert(TEST_EVENT.to_owned(), tested(traits));
    json!({
        "asyncapi": VERSION,
        "info": {
            "title": "Casehall",
            "version": openapi["info"]["version"],
            "description": "大厅对外发布的事件，遵循 CloudEvents 1.0。\n\nThe events that a hall tells other systems, as CloudEvents 1.0 in JSON. \
                How to read the feed and how to be sent to is in `/openapi.json`.",
            "license": { "name": openapi["info"]["license"]["name"] },
            "tags": [{ "name": "events", "description": "What happens, for systems that follow along." }],
        },
        "defaultContentType": STRUCTURED,
        "channels": {
            "feed": {
                "address": "/api/v1/events",
                "title": "事件流 · Feed",
                "description": "All events that the caller may see, in one order without gaps; as server-sent events, whose `id` is the event's.",
                "messages": messages(|of| json!({ "$ref": format!("#/components/messages/{}", of.code()) })),
            },
            "webhook": {
                // Whoever adds the webhook says where it is.
                "address": null,
                "title": "推送 · Webhook",
                "description": "Each event as a POST request to the address of a webhook, signed as Standard Webhooks has it.",
                "messages": sent,
            },
        },
        "operations": {
            "streamEvents": {
                "action": "send",
                "channel": { "$ref": "#/channels/feed" },
                "title": "Stream events",
                "summary": "Tells of what happens as it happens.",
                "description": format!("`GET` with `Accept: {EVENT_STREAM}`, going on after `Last-Event-ID`."),
                "security": [{ "$ref": "#/components/securitySchemes/token" }],
                "bindings": { "http": { "method": "GET", "bindingVersion": "0.3.0" } },
            },
            "sendEvents": {
                "action": "send",
                "channel": { "$ref": "#/channels/webhook" },
                "title": "Send events to a webhook",
                "summary": "Sends each event to a webhook until it is taken.",
                "description": "Any 2xx answer takes the event; others are tried again with growing pauses over about three days.",
                "bindings": { "http": { "method": "POST", "bindingVersion": "0.3.0" } },
            },
        },
        "components": {
            "messages": messages(|of| message(of, json!({}))),
            "messageTraits": { "signed": { "headers": webhooks::headers() } },
            "schemas": Shape::ALL.into_iter().map(|shape| (shape.event_name(), event(shape, schemas))).collect::<Map<_, _>>(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token with `cases:read` or `certificates:read`." },
            },
        },
    })
}

/// Something of each type.
fn messages(of: impl Fn(EventType) -> Value) -> Map<String, Value> {
    EventType::ALL.into_iter().map(|event_type| (event_type.code().to_owned(), of(event_type))).collect()
}

/// The message of a type, with what else it has.
fn message(of: EventType, mut more: Value) -> Value {
    let (code, words) = (of.code(), of.words());
    more["name"] = json!(code);
    more["title"] = json!(words.zh);
    more["summary"] = json!(words.en);
    more["contentType"] = json!(STRUCTURED);
    more["payload"] = json!({ "allOf": [
        { "$ref": format!("#/components/schemas/{}", Shape::of(of).event_name()) },
        { "type": "object", "properties": { "type": { "const": code } } },
    ] });
    more
}

/// The events of a shape; what they refer to stands in its place.
fn event(shape: Shape, schemas: &Value) -> Value {
    let mut schema = schemas[&shape.event_name()].clone();
    inline(&mut schema, schemas);
    schema
}

/// The message that somebody has sent to see whether a webhook takes it, with what else it has.
fn tested(mut more: Value) -> Value {
    more["name"] = json!(TEST_EVENT);
    more["title"] = json!(TESTED.0);
    more["summary"] = json!(TESTED.1);
    more["contentType"] = json!(STRUCTURED);
    more["payload"] = webhooks::test_event();
    more
}
