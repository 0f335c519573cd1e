//! The query string of a request: as strict as a body, and refused with all its faults at once.
//!
//! A parameter type is plain: `#[derive(Deserialize, IntoParams)] #[serde(deny_unknown_fields)]`, limits in `#[param(…)]`,
//! own types with `#[param(inline)]`. A list (`Vec` with `#[serde(default)]`) is its name repeated: `state=a&state=b`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::faults::child;
use super::mend::has_type;
use super::problem::Problem;
use super::problem_kinds;
use super::schema::{Reading, RequestSchema};
use crate::domain::base::words::{Fault, Words};

/// A query string of type `T`, read but not yet answered for.
pub struct Query<T>(Reading<T>);

impl<T> Query<T> {
    /// The parameters, when no further check is needed.
    ///
    /// # Errors
    /// 400 with every fault.
    pub fn into_value(self) -> Result<T, Problem> {
        self.checked(Ok)
    }

    /// What the domain makes of the parameters; as [`super::body::Body::checked`].
    ///
    /// # Errors
    /// 400 with every fault, the schema's and the domain's.
    pub fn checked<U>(self, check: impl FnOnce(T) -> Result<U, Vec<Fault>>) -> Result<U, Problem> {
        self.0.checked(&problem_kinds::INVALID_QUERY, check)
    }
}

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

fn read<T: DeserializeOwned + IntoParams + 'static>(text: &str) -> Result<Reading<T>, Problem> {
    let schema = RequestSchema::of_query::<T>()?;
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
        .map_err(|_| Problem::of(&problem_kinds::INVALID_QUERY))?;
    let (object, repeated) = object(pairs.into_inner(), schema.properties());
    let mut reading = schema.read(Value::Object(object));
    for name in repeated {
        let words = Words::new(
            format!("参数“{name}”只能出现一次。"),
            format!("The parameter “{name}” may be given once only."),
        );
        reading.add(Fault::new(child("", &name), "repeated_parameter", words));
    }
    Ok(reading)
}

/// The parameters as an object, each in the type that its schema has, and the names that were given twice.
fn object(pairs: Vec<(String, String)>, properties: Option<&Map<String, Value>>) -> (Map<String, Value>, Vec<String>) {
    let (mut object, mut repeated) = (Map::<String, Value>::new(), Vec::new());
    for (name, text) in pairs {
        let schema = properties.and_then(|properties| properties.get(&name));
        if let Some(schema) = schema.filter(|schema| has_type(schema, "array")) {
            let item = typed(text, schema.get("items").unwrap_or(&Value::Null));
            match object.entry(&name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(item),
                _ => repeated.push(name),
            }
        } else if object.contains_key(&name) {
            if schema.is_some() && !repeated.contains(&name) {
                repeated.push(name);
            }
        } else {
            object.insert(name, typed(text, schema.unwrap_or(&Value::Null)));
        }
    }
    (object, repeated)
}

/// The text as the type that the schema asks for, or left as text for the schema to refuse.
fn typed(text: String, schema: &Value) -> Value {
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        plain.then(|| text.parse().ok().map(Value::Number)).flatten()
    };
    let value = if has_type(schema, "integer") || has_type(schema, "number") {
        number(&text)
    } else if has_type(schema, "boolean") {
        text.parse().ok().map(Value::Bool)
    } else {
        None
    };
    value.unwrap_or(Value::String(text))
}
