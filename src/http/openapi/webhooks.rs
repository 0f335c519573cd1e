//! What the hall sends to webhooks, as OpenAPI 3.1 describes it: the requests, and what becomes of each answer.
//!
//! The catalog of events (AsyncAPI) takes its headers and the test from here.

use serde_json::{Map, Value, json};

use crate::domain::feed::webhook::TEST_EVENT;

/// How a message is written.
const STRUCTURED: &str = "application/cloudevents+json";
/// The schema of an event; where nothing is described with it there is nothing to tell.
const EVENT: &str = "CloudEventView";
/// That of a test.
const TEST: &str = "WebhookTestEvent";

/// The headers of a request to a webhook, by Standard Webhooks and W3C Trace Context: name, words, longest, form, and whether it is always there.
const HEADERS: [(&str, &str, u32, &str, bool); 4] = [
    ("webhook-id", "Names the message: the same at each attempt.", 64, "^.+$", true),
    ("webhook-timestamp", "When it was sent, in seconds since 1970.", 12, "^[0-9]+$", true),
    (
        "webhook-signature",
        "A signature with each valid secret, separated by blanks.",
        500,
        "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$",
        true,
    ),
    (
        "traceparent",
        "Of which trace the attempt is, by W3C Trace Context.",
        55,
        "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        false,
    ),
];

/// What becomes of each answer.
const ANSWERS: [(&str, &str); 3] = [
    ("2XX", "It is taken."),
    ("410", "Nothing more is wanted: the hall switches the webhook off. An answer to a test doesn't."),
    (
        "default",
        "It is sent again with growing pauses, ten times within about three days: whatever else is answered, redirects too, and no answer in time.",
    ),
];

/// Adds them to the description.
pub(super) fn describe(document: &mut Value) {
    if document.pointer(&format!("/components/schemas/{EVENT}")).is_none() {
        return;
    }
    document["components"]["schemas"][TEST] = test_event();
    let told = "Something happened that the system of the webhook sees, of the types that it names: signed as Standard Webhooks has it. Whoever \
                gets one twice knows it by `webhook-id`. Events of one case or certificate come in their order.";
    let tested = "Somebody tests the webhook (`POST /api/v1/webhooks/{id}/test`). It is sent once.";
    document["webhooks"] = json!({
        "event": { "post": request("receive_event", "Tells a webhook of an event", told, EVENT) },
        "test": { "post": request("receive_test_event", "Tests a webhook", tested, TEST) },
    });
}

fn request(id: &str, summary: &str, words: &str, schema: &str) -> Value {
    let parameters: Vec<Value> = HEADERS
        .iter()
        .map(|(name, words, longest, pattern, required)| {
            json!({
                "name": name, "in": "header", "required": required, "description": words,
                "schema": { "type": "string", "maxLength": longest, "pattern": pattern },
            })
        })
        .collect();
    let answers: Map<String, Value> =
        ANSWERS.iter().map(|(status, words)| ((*status).to_owned(), json!({ "description": words }))).collect();
    json!({
        "operationId": id,
        "tags": ["events"],
        "summary": summary,
        "description": words,
        "security": [],
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { STRUCTURED: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } },
        },
        "responses": answers,
    })
}

/// The headers as one schema.
pub(crate) fn headers() -> Value {
    let properties: Map<String, Value> = HEADERS
        .iter()
        .map(|(name, words, _, pattern, _)| {
            ((*name).to_owned(), json!({ "type": "string", "description": words, "pattern": pattern }))
        })
        .collect();
    let required: Vec<&str> = HEADERS.iter().filter(|(.., required)| *required).map(|(name, ..)| *name).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// The message that somebody has sent to see whether a webhook takes it.
pub(crate) fn test_event() -> Value {
    json!({
        "type": "object",
        "description": "A test, as CloudEvents 1.0 has it.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"],
        "properties": {
            "specversion": { "type": "string", "const": "1.0", "description": "The version of CloudEvents." },
            "id": { "type": "string", "pattern": "^test-", "maxLength": 64, "description": "Another one for each test." },
            "source": { "type": "string", "format": "uri-reference", "maxLength": 200, "description": "The hall: the issuer of its tokens." },
            "type": { "type": "string", "const": TEST_EVENT, "description": "That it is a test." },
            "subject": { "type": "string", "pattern": "^webhooks/", "maxLength": 45, "description": "The webhook." },
            "time": { "type": "string", "format": "date-time", "description": "When." },
            "datacontenttype": { "type": "string", "const": "application/json", "description": "How `data` is written." },
            "dataschema": { "type": "string", "format": "uri", "maxLength": 400, "description": "Where the JSON Schema of `data` is." },
            "data": test_data(),
        },
    })
}

/// What a test tells.
pub(crate) fn test_data() -> Value {
    json!({
        "type": "object",
        "description": "What is tested.",
        "required": ["webhook"],
        "properties": { "webhook": { "type": "string", "format": "uuid", "description": "The webhook." } },
    })
}
