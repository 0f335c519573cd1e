//! Making a faulty request readable: so that the rules of the domain can add their faults to the same answer.
//!
//! A value that breaks its schema can't become a request type. [`mend`] takes out what can't stay and puts a neutral
//! value (empty text, zero, the first of an enumeration) where something is required, so that the rest can be read.
//! What was put in is never used: a request with one fault is refused, whatever the domain says about the rest.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::faults::child;
use crate::domain::base::words::Fault;

/// How deep `$ref`s and required members are followed; a schema that contains itself has no smallest value.
const DEEPEST: usize = 16;

/// The value with every faulty place mended, as far as the schema says how. Array items keep their places, so that the
/// pointers of later faults stay true.
pub(in crate::api) fn mend(mut value: Value, schema: &Value, faults: &[Fault]) -> Value {
    let faulty = faults.iter().filter(|fault| !is_readable(fault.code));
    let mender =
        Mender { document: schema, faulty: faulty.map(|fault| (fault.pointer.as_str(), fault.code)).collect() };
    if mender.is_faulty("") {
        return mender.neutral(schema, 0);
    }
    mender.visit(&mut value, schema, "");
    value
}

/// Whether a value with this fault can be read all the same: its type is right.
fn is_readable(code: &str) -> bool {
    matches!(
        code,
        "too_short" | "too_long" | "bad_pattern" | "too_few_items" | "too_many_items" | "repeated_item" | "bad_text"
    )
}

struct Mender<'a> {
    document: &'a Value,
    faulty: HashMap<&'a str, &'static str>,
}

impl Mender<'_> {
    fn is_faulty(&self, pointer: &str) -> bool {
        self.faulty.contains_key(pointer)
    }

    fn visit(&self, value: &mut Value, schema: &Value, pointer: &str) {
        let schema = self.resolve(schema, Some(value));
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !self.is_faulty(&child(pointer, name)));
                for (name, member) in members.iter_mut() {
                    if let Some(schema) = member_schema(schema, name) {
                        self.visit(member, schema, &child(pointer, name));
                    }
                }
                for name in required(schema).filter(|name| !members.contains_key(*name)).collect::<Vec<_>>() {
                    let neutral = member_schema(schema, name).map_or(Value::Null, |schema| self.neutral(schema, 0));
                    members.insert(name.to_owned(), neutral);
                }
            }
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    if self.is_faulty(&pointer) {
                        *item = self.neutral(schema, 0);
                    } else {
                        self.visit(item, schema, &pointer);
                    }
                }
            }
            Value::Number(number) if has_type(schema, "integer") => {
                // JSON Schema counts 1.0 as an integer, serde doesn't.
                if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                    && float.abs() <= 9_007_199_254_740_992.0
                {
                    *value = json!(float as i64);
                }
            }
            _ => {}
        }
    }

    /// A value of the schema's type that means nothing.
    fn neutral(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolve(schema, None);
        if let Some(value) = first_fixed(schema) {
            return value.clone();
        }
        let has = |name| has_type(schema, name);
        if has("null") || depth > DEEPEST {
            Value::Null
        } else if has("string") {
            match schema.get("format").and_then(Value::as_str) {
                Some("date") => json!("1970-01-01"),
                Some("date-time") => json!("1970-01-01T00:00:00Z"),
                Some("uuid") => json!("00000000-0000-0000-0000-000000000000"),
                _ => json!(""),
            }
        } else if has("integer") || has("number") {
            json!(0)
        } else if has("boolean") {
            json!(false)
        } else if has("array") {
            json!([])
        } else if has("object") {
            let member = |name: &str| {
                let value = member_schema(schema, name).map_or(Value::Null, |schema| self.neutral(schema, depth + 1));
                (name.to_owned(), value)
            };
            Value::Object(required(schema).map(member).collect::<Map<_, _>>())
        } else {
            Value::Null
        }
    }

    /// Follows references and picks, of alternatives, the one that `value` was meant to be.
    fn resolve<'s>(&'s self, schema: &'s Value, value: Option<&Value>) -> &'s Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let next = if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer))
            } else if let Some(branches) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
            {
                branches.iter().find(|branch| self.fits(branch, value)).or_else(|| branches.first())
            } else {
                None
            };
            match next {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn fits(&self, branch: &Value, value: Option<&Value>) -> bool {
        let branch = self.resolve_reference(branch);
        match value {
            None => has_type(branch, "null"),
            Some(Value::Null) => has_type(branch, "null"),
            Some(Value::Object(members)) => members.iter().all(|(name, member)| {
                member_schema(branch, name).and_then(first_fixed).is_none_or(|fixed| fixed == member)
            }),
            Some(_) => !has_type(branch, "null"),
        }
    }

    fn resolve_reference<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(schema)
    }
}

fn member_schema<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    let named = schema.get("properties").and_then(|properties| properties.get(name));
    named.or_else(|| schema.get("additionalProperties").filter(|others| others.is_object()))
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn first_fixed(schema: &Value) -> Option<&Value> {
    schema.get("const").or_else(|| schema.get("enum").and_then(|options| options.get(0)))
}

pub(in crate::api) fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(single)) => single == name,
        Some(Value::Array(several)) => several.iter().any(|kind| kind == name),
        _ => false,
    }
}
