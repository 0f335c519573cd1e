//! The one way from a form to a draft: the same request that other systems send, as `http::body::of_form` reads it.
//!
//! A field's name is its place in the draft, its control says what stands there. What was left blank isn't there.

use serde_json::{Map, Value};

use super::day::day;
use super::field::{Control, Field};
use crate::domain::base::words::{Fault, Words};
use crate::domain::money::yuan::fen;
use crate::http::body::{Request, of_form};
use crate::http::problem::Problem;

/// The draft that fields say, within the limits of a request.
///
/// # Errors
/// Every fault of its form.
pub(in crate::console) fn draft<'a, T: Request>(fields: impl IntoIterator<Item = &'a Field>) -> Result<T, Problem> {
    let (said, faults) = said(fields);
    of_form(said, faults)
}

/// What fields say, and what is wrong with it already.
pub fn said<'a>(fields: impl IntoIterator<Item = &'a Field>) -> (Value, Vec<Fault>) {
    let (mut object, mut faults) = (Value::Object(Map::new()), Vec::new());
    for field in fields {
        match value(field) {
            Ok(Some(value)) => put(&mut object, &field.name, value),
            Ok(None) if field.is_required => faults.push(blank(field)),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (object, faults)
}

fn value(field: &Field) -> Result<Option<Value>, Fault> {
    let typed = field.value.trim();
    let chosen = field.choices.iter().filter(|choice| choice.is_chosen).map(|choice| Value::from(choice.value.clone()));
    Ok(match field.control {
        Control::Check => Some(chosen.collect::<Vec<_>>()).filter(|chosen| !chosen.is_empty()).map(Value::from),
        Control::Tick => (!typed.is_empty()).then_some(Value::Bool(true)),
        _ if typed.is_empty() => None,
        Control::Yuan => {
            let (zh, en) = ("金额须为数字，至多两位小数", "an amount is a number with at most two decimals");
            Some(fen(typed).ok_or_else(|| fault(field, "bad_amount", zh, en))?.into())
        }
        Control::Day => day(typed, &format!("/{}", field.name))?.map(|day| day.to_string().into()),
        Control::Password => Some(field.value.clone().into()),
        _ => Some(typed.into()),
    })
}

fn blank(field: &Field) -> Fault {
    let (zh, en) = match field.control {
        Control::Tick => ("请勾选", "please tick this"),
        Control::Select | Control::Radio | Control::Check => ("请选择", "please choose"),
        _ => ("请填写此项", "please fill this in"),
    };
    fault(field, "missing_field", zh, en)
}

fn fault(field: &Field, code: &'static str, zh: &str, en: &str) -> Fault {
    Fault::new(format!("/{}", field.name), code, Words::new(zh, en))
}

fn put(into: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let Some(object) = into.as_object_mut() else { return };
    if rest.is_empty() {
        object.insert(first.to_owned(), value);
    } else {
        put(object.entry(first).or_insert_with(|| Value::Object(Map::new())), rest, value);
    }
}
