//! The query string of a request: as strict as a body, and refused in the same two steps.
//!
//! A parameter type is plain: `#[derive(Deserialize, IntoParams)] #[serde(deny_unknown_fields)]`, limits in `#[param(…)]`,
//! own types with `#[param(inline)]`. A list (`Vec` with `#[serde(default)]`) is its name repeated: `state=a&state=b`.

use std::borrow::Cow;
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Datelike};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::problem::Problem;
use super::problem::kinds;
use super::schema::RequestSchema;
use super::schema::faults::child;
use crate::domain::base::words::{Fault, Words};
use crate::service::cases::case::CaseCursor;
use crate::service::cases::worklists::Cursor;

/// A query string of type `T` that is as its schema says.
pub struct Query<T>(pub T);

/// One of the codes of a filter that takes several.
#[derive(Debug, Deserialize)]
pub struct Code(pub String);

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(64)).into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "Code".into()
    }
}

impl Code {
    /// All of a filter.
    pub(crate) fn texts(codes: Vec<Self>) -> Vec<String> {
        codes.into_iter().map(|Self(code)| code).collect()
    }
}

impl<T> Query<T> {
    /// What the rules make of the parameters.
    ///
    /// # Errors
    /// 400 with every fault that they find.
    pub fn checked<U>(self, check: impl FnOnce(T) -> Result<U, Vec<Fault>>) -> Result<U, Problem> {
        check(self.0).map_err(|faults| Problem::of(&kinds::INVALID_QUERY).faults(faults))
    }
}

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

/// The parameters of a route that took any before it had its own: what others there are is not looked at.
pub struct Among<T>(pub T);

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Among<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let own = |schema: Arc<RequestSchema>| {
            let is_own = |part: &&str| {
                let name = part.split_once('=').map_or(*part, |(name, _)| name);
                schema.properties().is_some_and(|properties| properties.contains_key(name))
            };
            request.query_string().split('&').filter(is_own).collect::<Vec<_>>().join("&")
        };
        ready(RequestSchema::of_query::<T>().and_then(|schema| read(&own(schema))).map(Self))
    }
}

fn read<T: DeserializeOwned + IntoParams + 'static>(text: &str) -> Result<T, Problem> {
    let schema = RequestSchema::of_query::<T>()?;
    let pairs =
        web::Query::<Vec<(String, String)>>::from_query(text).map_err(|_| Problem::of(&kinds::INVALID_QUERY))?;
    let (object, repeated) = object(pairs.into_inner(), schema.properties());
    let once = |name: String| {
        let words = Words::new(
            format!("参数“{name}”只能出现一次。"),
            format!("The parameter “{name}” may be given once only."),
        );
        Fault::new(child("", &name), "repeated_parameter", words)
    };
    let mut repeated: Vec<Fault> = repeated.into_iter().map(once).collect();
    // No page ends with it, and what is before it is an empty page: whoever sends it forgot to fill it in.
    let nil = Value::String(Uuid::nil().to_string());
    repeated.extend((object.get("after") == Some(&nil)).then(no_cursor));
    schema.read(Value::Object(object), repeated, &kinds::INVALID_QUERY)
}

/// The parameters as an object, each in the type that its schema has, and the names that were given twice.
fn object(pairs: Vec<(String, String)>, properties: Option<&Map<String, Value>>) -> (Map<String, Value>, Vec<String>) {
    let (mut object, mut repeated) = (Map::<String, Value>::new(), Vec::new());
    for (name, text) in pairs {
        let schema = properties.and_then(|properties| properties.get(&name));
        if let Some(schema) = schema.filter(|schema| has_type(schema, "array")) {
            let of_items = schema.get("items").unwrap_or(&Value::Null);
            // No known word has a comma in it, so several may come in one.
            let several = of_items.get("enum").map_or_else(|| vec![&*text], |_| text.split(',').collect());
            match object.entry(&name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.extend(several.into_iter().map(|text| typed(text.to_owned(), of_items))),
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

fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(single)) => single == name,
        Some(Value::Array(several)) => several.iter().any(|kind| kind == name),
        _ => false,
    }
}

/// A cursor as `next` has it: microseconds and id.
pub(crate) fn cursor_text(cursor: Cursor) -> String {
    format!("{}-{}", cursor.at.timestamp_micros(), cursor.id)
}

/// The cursor that `after` has.
///
/// # Errors
/// It isn't the `next` of a page.
pub(crate) fn cursor(after: Option<&str>) -> Result<Option<Cursor>, Fault> {
    let parsed = |text: &str| {
        // An instant before 1970 has a sign, which isn't what parts it from the id.
        let (micros, id) = text.split_at_checked(text.get(1..)?.find('-')? + 1)?;
        let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        let cursor = Cursor { at, id: Uuid::try_parse(id.get(1..)?).ok()? };
        // Other years no database orders by, and another spelling no page has.
        let known = (1..=9999).contains(&at.year()) && !cursor.id.is_nil();
        (known && cursor_text(cursor) == text).then_some(cursor)
    };
    after.map(|text| parsed(text).ok_or_else(no_cursor)).transpose()
}

/// The same as `next` of a list that isn't the only one with such cursors: it says of which it is, since a place in one order is none in another.
pub(crate) fn cursor_text_of(list: &str, cursor: Cursor) -> String {
    format!("{list}.{}", cursor_text(cursor))
}

/// The cursor that `after` has.
///
/// # Errors
/// It isn't the `next` of a page of this list.
pub(crate) fn cursor_of(list: &str, after: Option<&str>) -> Result<Option<Cursor>, Fault> {
    cursor(own_place(list, after)?)
}

/// What `after` says behind the name of the list.
fn own_place<'a>(list: &str, after: Option<&'a str>) -> Result<Option<&'a str>, Fault> {
    let own = |text: &'a str| text.strip_prefix(list).and_then(|rest| rest.strip_prefix('.')).ok_or_else(no_cursor);
    after.map(own).transpose()
}

/// A cursor of a list in the order of ids as `next` has it: behind the name of the list, so that it is taken for none of another one.
pub(crate) fn id_cursor_text(list: &str, id: Uuid) -> String {
    format!("{list}.{id}")
}

/// The id that `after` has, of which the schema said how it is written.
pub(crate) fn id_cursor(list: &str, after: Option<&str>) -> Option<Uuid> {
    own_place(list, after).ok().flatten().and_then(|id| Uuid::try_parse(id).ok())
}

/// A cursor of a list of cases as `next` has it: an id, with microseconds where the order is by an instant, behind the order unless it is the usual one.
pub(crate) fn case_cursor_text(order: Option<&str>, CaseCursor { at, id }: CaseCursor) -> String {
    let place = at.map_or_else(|| id.to_string(), |at| cursor_text(Cursor { at, id }));
    order.map_or_else(|| place.clone(), |order| format!("{order}.{place}"))
}

/// The cursor of a list of cases in an order that `after` has.
///
/// # Errors
/// It isn't the `next` of a page in this order.
pub(crate) fn case_cursor(order: Option<&str>, after: Option<&str>) -> Result<Option<CaseCursor>, Fault> {
    let after = match order {
        Some(order) => own_place(order, after)?,
        None => after,
    };
    match after.map(|text| (text, Uuid::try_parse(text))) {
        // Another spelling no page has.
        Some((text, Ok(id))) if id.to_string() == text && !id.is_nil() => Ok(Some(CaseCursor { at: None, id })),
        _ => Ok(cursor(after)?.map(|Cursor { at, id }| CaseCursor { at: Some(at), id })),
    }
}

pub(crate) fn no_cursor() -> Fault {
    Fault::new("/after", "invalid_value", Words::new("须为上一页的 next", "must be `next` of the page before"))
}
