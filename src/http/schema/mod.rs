//! Request schemas: the published schema is the enforced one.
//!
//! Cast: a [`RequestSchema`] is made once for each request type, from the same derives that make `/openapi.json`; it
//! reads a value or tells all faults of its structure. The rules are asked only about what has none.

pub(crate) mod faults;
pub(crate) mod json;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonschema::{PatternOptions, Validator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{RefOr, Required, schema::Schema};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::problem::kinds::ProblemKind;
use crate::domain::base::words::{Fault, Words};

/// A compiled schema (JSON Schema draft 2020-12, formats asserted).
pub(crate) struct RequestSchema {
    document: Value,
    validator: Validator,
}

type Cache = RwLock<HashMap<(TypeId, bool), Arc<RequestSchema>>>;
static COMPILED: LazyLock<Cache> = LazyLock::new(Cache::default);

impl RequestSchema {
    /// The schema of a JSON body.
    ///
    /// # Errors
    /// 500 when the schema is no schema, such as a pattern that isn't a regular expression.
    pub(crate) fn of_body<T: ToSchema + 'static>() -> Result<Arc<Self>, Problem> {
        Self::cached((TypeId::of::<T>(), true), || {
            let mut components = Vec::new();
            T::schemas(&mut components);
            let mut document = serde_json::to_value(T::schema()).map_err(|error| error.to_string())?;
            let components: HashMap<String, RefOr<Schema>> = components.into_iter().collect();
            document["components"] = json!({ "schemas": components });
            Ok(document)
        })
    }

    /// The schema of a query string, as an object of its parameters.
    ///
    /// # Errors
    /// As [`Self::of_body`]. A parameter of an own type must be inlined: `#[param(inline)]`.
    pub(crate) fn of_query<T: IntoParams + 'static>() -> Result<Arc<Self>, Problem> {
        Self::cached((TypeId::of::<T>(), false), || {
            let (mut properties, mut required) = (Map::new(), Vec::new());
            for parameter in T::into_params(|| Some(ParameterIn::Query)) {
                if matches!(parameter.required, Required::True) {
                    required.push(parameter.name.clone());
                }
                let schema = serde_json::to_value(parameter.schema).map_err(|error| error.to_string())?;
                properties.insert(parameter.name, schema);
            }
            Ok(json!({
                "type": "object", "properties": properties, "required": required, "additionalProperties": false
            }))
        })
    }

    fn cached(key: (TypeId, bool), make: impl FnOnce() -> Result<Value, String>) -> Result<Arc<Self>, Problem> {
        if let Some(found) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let compiled = Arc::new(make().and_then(Self::compile).map_err(Problem::internal)?);
        COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }

    fn compile(mut document: Value) -> Result<Self, String> {
        bound_integers(&mut document);
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex()) // matches in linear time, whatever a caller sends
            .build(&document)
            .map_err(|error| error.to_string())?;
        Ok(Self { document, validator })
    }

    /// The schemas of the members, for reading a query string.
    pub(crate) fn properties(&self) -> Option<&Map<String, Value>> {
        self.document.get("properties").and_then(Value::as_object)
    }

    /// Reads a value.
    ///
    /// # Errors
    /// A problem of this kind with everything that is wrong with its structure: what the schema has against it, and
    /// `found`, which was seen before the schema was asked.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        mut value: Value,
        found: Vec<Fault>,
        kind: &ProblemKind,
    ) -> Result<T, Problem> {
        let mut unclean = Vec::new();
        faults::clean("", &mut value, &self.document, &mut unclean);
        let mut faults = faults::of_errors(self.validator.iter_errors(&value));
        faults.extend(unclean);
        // What can't be read isn't missing as well.
        let is_known = |fault: &Fault| found.iter().any(|known| known.pointer == fault.pointer);
        faults.retain(|fault| fault.code != "missing_field" || !is_known(fault));
        faults.extend(found);
        if !faults.is_empty() {
            return Err(Problem::of(kind).faults(faults));
        }
        whole_numbers(&mut value);
        serde_json::from_value(value).map_err(|error| {
            // A rule that the type has and its schema doesn't.
            let words = Words::new("取值无效。", format!("The value is not valid: {error}."));
            Problem::of(kind).faults(vec![Fault::new("", "invalid_value", words)])
        })
    }
}

/// Writes whole numbers without a fraction: JSON Schema counts 1.0 as an integer, serde doesn't.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = json::whole(number) {
                *value = json!(whole);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// `int32` and `int64` are bounds, but JSON Schema takes them for remarks; without bounds a number too large for its
/// type would be refused without a pointer.
fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let bounds = match members.get("format").and_then(Value::as_str) {
                Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
                Some("int64") => Some((i64::MIN, i64::MAX)),
                _ => None,
            };
            if let Some((least, greatest)) = bounds {
                members.entry("minimum").or_insert(json!(least));
                members.entry("maximum").or_insert(json!(greatest));
            }
            members.values_mut().for_each(bound_integers);
        }
        Value::Array(items) => items.iter_mut().for_each(bound_integers),
        _ => {}
    }
}
