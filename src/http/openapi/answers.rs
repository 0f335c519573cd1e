//! Examples of what is answered: each was an answer once, when a test walked through all routes. It writes them again with
//! `UPDATE_DOCS=1 cargo test --test it every_answer_matches`, and holds each against its schema.

use serde_json::{Map, Value, json};

/// By the name of a schema: one line each, shortened.
const ANSWERS: &str = include_str!("answers.json");

/// Adds them to the schemas of the description.
pub(super) fn describe(document: &mut Value) {
    let examples: Map<String, Value> = serde_json::from_str(ANSWERS).unwrap_or_default();
    for (schema, example) in examples {
        if let Some(Value::Object(found)) = document.pointer_mut(&format!("/components/schemas/{schema}")) {
            found.insert("examples".to_owned(), json!([example]));
        }
    }
}
