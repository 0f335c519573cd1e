//! Answers to other systems name nobody of the staff: their role stands in place of name and account id.
//!
//! Guarantee: it is done where answers are written, for every route alike, by the member that says who did something. What other
//! systems read is listed by a test, which looks for the names and ids of everybody in it.

use actix_web::{HttpMessage, HttpRequest};
use serde::Serialize;
use serde_json::Value;

use super::authenticated::Authenticated;
use super::language::of_headers;
use crate::domain::base::words::{Language, Words};
use crate::service::accounts::clients::others::{Others, Told};

/// Whether a member says who did something: by a text, an object with `code` or `id`, and `name`, or several of them.
fn says_who(member: &str) -> bool {
    // What an action is blocked by is a reason.
    matches!(member, "actor" | "assignee" | "by") || (member.ends_with("_by") && member != "blocked_by")
}

/// A view as whoever asks may read it.
///
/// # Errors
/// It can't be written as JSON.
pub(crate) fn readable(request: &HttpRequest, view: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let extensions = request.extensions();
    let system = extensions.get::<Authenticated>().and_then(|Authenticated(caller)| caller.system.as_ref());
    let Some(system) = system else { return serde_json::to_vec(view) };
    let mut value = serde_json::to_value(view)?;
    conceal(&mut value, &system.others, of_headers(request.headers()));
    serde_json::to_vec(&value)
}

fn conceal(value: &mut Value, others: &Others, language: Language) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| conceal(value, others, language)),
        Value::Object(members) => {
            let is_assignment = members.get("kind").is_some_and(|kind| kind == "assigned");
            for (name, value) in members.iter_mut() {
                if says_who(name) {
                    // Applicants accept texts, too: who isn't of the staff keeps the name.
                    if name != "accepted_by" || is_somebody(value, others) {
                        name_role(value, others, language);
                    }
                } else if is_assignment && name == "data" {
                    ["before", "after"].into_iter().for_each(|side| name_role(&mut value[side], others, language));
                }
                conceal(value, others, language);
            }
        }
        _ => {}
    }
}

/// Whether a text is the name or id of somebody who is known.
fn is_somebody(value: &Value, others: &Others) -> bool {
    value.as_str().is_some_and(|text| matches!(others.told(text), Told::As(_)))
}

/// The role of whoever is named: its code in place of an id, its words in place of a name.
fn name_role(value: &mut Value, others: &Others, language: Language) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| name_role(value, others, language)),
        Value::String(text) => {
            if let Some((_, words)) = told(others, text) {
                *text = words.text(language).to_owned();
            }
        }
        Value::Object(members) => {
            let named = ["code", "id"].into_iter().find_map(|name| members.get(name)?.as_str().map(str::to_owned));
            let Some((code, words)) = named.and_then(|named| told(others, &named)) else { return };
            for (name, value) in members.iter_mut() {
                match name.as_str() {
                    "code" | "id" => *value = code.into(),
                    "name" => *value = words.text(language).into(),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Code and words in place of a name; none where it may be read.
fn told(others: &Others, id_or_name: &str) -> Option<(&'static str, Words)> {
    match others.told(id_or_name) {
        Told::Known => None,
        Told::As(role) => Some((role.code(), role.words())),
        Told::Staff => Some(("staff", Words::new("工作人员", "Staff"))),
    }
}
