//! Schemas that are made from others, as JSON: what a derive can't say.
//!
//! Cast: [`written`] and [`read`] go from a schema to JSON and back, [`choice`] is one of several that a member tells apart,
//! [`inline`] puts what is referred to where it is referred to.

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

/// Schemas by their names, as a document collects them.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// A schema as JSON.
pub(crate) fn written(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default() // maps with text keys always serialize
}

/// The schema of this JSON.
pub(crate) fn read(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).map_or_else(|_| Schema::default().into(), RefOr::T)
}

/// One of several, each by the word that its member `told_by` has and by its name.
pub(crate) fn choice(about: &str, told_by: &str, ways: &[(String, String)]) -> RefOr<Schema> {
    let mapping: Map<_, _> = ways.iter().map(|(word, name)| (word.clone(), component(name).into())).collect();
    read(json!({
        "description": about,
        "oneOf": ways.iter().map(|(_, name)| json!({ "$ref": component(name) })).collect::<Vec<_>>(),
        "discriminator": { "propertyName": told_by, "mapping": mapping },
    }))
}

/// Where the schema of a name stands.
pub(crate) fn component(name: &str) -> String {
    Ref::from_schema_name(name).ref_location
}

/// A code as the first part of a schema's name.
pub(crate) fn pascal(code: &str) -> String {
    let word = |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
    code.split('_').map(word).collect()
}

/// Puts what is referred to where it is referred to.
pub(crate) fn inline(schema: &mut Value, schemas: &Value) {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.strip_prefix("#/components/schemas/")) {
        *schema = schemas[name].clone();
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(|member| inline(member, schemas)),
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, schemas)),
        _ => {}
    }
}
