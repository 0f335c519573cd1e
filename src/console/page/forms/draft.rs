//! What a form says as the draft that the API takes as JSON: the same schema, the same faults, with the same pointers.
//!
//! A control is named as its member, `collector.name`; what isn't text says so behind a colon: `collector.document_sighted:yes` is
//! a tick, `payment.amount_fen:yuan` an amount as people write it. What was left blank isn't there.

use serde_json::{Map, Value};

use crate::domain::base::words::{Fault, Words};
use crate::domain::money::yuan::fen;

/// What the controls of a form say, in their order.
pub type Fields = Vec<(String, String)>;

/// The draft that a form means, for `http::body::of_form`, and what is wrong with it already.
pub fn draft(fields: &Fields) -> (Value, Vec<Fault>) {
    let (mut object, mut faults) = (Value::Object(Map::new()), Vec::new());
    for (name, text) in fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let (path, kind) = name.split_once(':').unwrap_or((name, ""));
        let value = match kind {
            "yes" => Value::Bool(true),
            "yuan" => fen(text).map_or_else(
                || {
                    let words =
                        Words::new("金额须为数字，至多两位小数", "an amount is a number with at most two decimals");
                    faults.push(Fault::new(format!("/{}", path.replace('.', "/")), "bad_amount", words));
                    Value::from(1) // what is wrong with it is told already
                },
                Value::from,
            ),
            _ => Value::String(text.clone()),
        };
        put(&mut object, path, value);
    }
    (object, faults)
}

fn put(into: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(object) = into.as_object_mut() else { return };
    if rest.is_empty() {
        object.insert(first.to_owned(), value);
    } else {
        put(object.entry(first).or_insert_with(|| Value::Object(Map::new())), rest, value);
    }
}
