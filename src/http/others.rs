//! Answers to other systems name nobody of the staff: their role stands in place of name and account id.
//!
//! Guarantees: it is done where answers are written, for every route alike, by the member that says who did something. What other
//! systems read is listed by a test, which looks for the names and ids of everybody in it. What callers name themselves is theirs:
//! whatever they call it, they read it as they sent it.

use actix_web::{HttpMessage, HttpRequest};
use serde::Serialize;
use serde_json::Value;

use super::authenticated::Authenticated;
use super::language::of_headers;
use crate::domain::base::words::{Language, Words};
use crate::service::accounts::clients::others::{Others, Told};

/// Whether a member says who did something: by a text, an object with `code` or `id`, and `name`, or several of them.
fn says_who(member: &str) -> bool {
    match member {
        "actor" | "assignee" | "by" => true,
        // What an action is blocked by is a reason, what a case type is opened by are roles, and a text is accepted by an applicant.
        "accepted_by" | "blocked_by" | "opened_by" => false,
        _ => member.ends_with("_by"),
    }
}

/// Whether a member is a document that was promised for later: what was accepted there, somebody of the staff accepted.
fn is_commitment(member: &str) -> bool {
    member == "commitment"
}

/// Whether whoever wrote the members of this one chose their names: these say nothing of what stands under them.
fn is_named_freely(member: &str) -> bool {
    matches!(member, "details" | "metadata" | "other_years")
}

/// A view as whoever asks may read it.
///
/// # Errors
/// It can't be written as JSON.
pub(crate) fn readable(request: &HttpRequest, view: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let body = serde_json::to_vec(view)?;
    let extensions = request.extensions();
    let system = extensions.get::<Authenticated>().and_then(|Authenticated(caller)| caller.system.as_ref());
    match system {
        None => Ok(body),
        Some(system) => concealed(body, &system.others, of_headers(request.headers())),
    }
}

/// An answer that names nobody. Most of it is no matter of anybody, and is taken over as it is written.
fn concealed(body: Vec<u8>, others: &Others, language: Language) -> Result<Vec<u8>, serde_json::Error> {
    let rewritten = |part: &[u8]| {
        let mut value = serde_json::from_slice(part)?;
        conceal(&mut value, others, language);
        serde_json::to_vec(&value)
    };
    let (mut written, mut taken) = (Vec::with_capacity(body.len()), 0);
    for (member, end) in (WhoMembers { body: &body, at: 0 }) {
        if &body[member..end] == ASSIGNED {
            return rewritten(&body); // what says who stands beside it, under other names
        }
        written.extend_from_slice(&body[taken..member]);
        // As the one member of an object, of which the braces are left away.
        let object = rewritten(&[b"{", &body[member..end], b"}"].concat())?;
        written.extend_from_slice(&object[1..object.len() - 1]);
        taken = end;
    }
    written.extend_from_slice(&body[taken..]);
    Ok(written)
}

/// By which member an object is seen to be an assignment.
const ASSIGNED: &[u8] = b"\"kind\":\"assigned\"";

/// Where the members that say who, or that there is an assignment, stand in JSON without blanks: from the name to the end of the value.
struct WhoMembers<'a> {
    body: &'a [u8],
    at: usize,
}

impl Iterator for WhoMembers<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let begin = self.at + self.body[self.at..].iter().position(|byte| *byte == b'"')?;
            let end = end_of_text(self.body, begin)?;
            self.at = end;
            if self.body.get(end) != Some(&b':') {
                continue;
            }
            let name = std::str::from_utf8(&self.body[begin + 1..end - 1]).unwrap_or_default();
            if is_named_freely(name) {
                self.at = end_of_value(self.body, end + 1)?;
            } else if says_who(name) || is_commitment(name) || self.body[begin..].starts_with(ASSIGNED) {
                self.at = end_of_value(self.body, end + 1)?;
                return Some((begin, self.at));
            }
        }
    }
}

/// Behind a text that begins there.
fn end_of_text(body: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin + 1;
    loop {
        at += body[at..].iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        match body[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Behind a value that begins there.
fn end_of_value(body: &[u8], begin: usize) -> Option<usize> {
    let (mut at, mut depth) = (begin, 0_usize);
    loop {
        match body.get(at)? {
            b'"' => at = end_of_text(body, at)?,
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' if depth > 0 => (at, depth) = (at + 1, depth - 1),
            b',' | b'}' | b']' if depth == 0 => return Some(at),
            _ => at += 1,
        }
        if depth == 0 && matches!(body.get(at)?, b',' | b'}' | b']') {
            return Some(at);
        }
    }
}

fn conceal(value: &mut Value, others: &Others, language: Language) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| conceal(value, others, language)),
        Value::Object(members) => {
            let is_assignment = members.get("kind").is_some_and(|kind| kind == "assigned");
            for (name, value) in members.iter_mut().filter(|(name, _)| !is_named_freely(name)) {
                let within: &[&str] = match name.as_str() {
                    name if is_commitment(name) => &["accepted_by"],
                    "data" if is_assignment => &["before", "after"],
                    _ => &[],
                };
                if says_who(name) {
                    name_role(value, others, language);
                }
                for member in within {
                    if let Some(who) = value.get_mut(member) {
                        name_role(who, others, language);
                    }
                }
                conceal(value, others, language);
            }
        }
        _ => {}
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    fn members(body: &str) -> Vec<&str> {
        WhoMembers { body: body.as_bytes(), at: 0 }.map(|(from, to)| &body[from..to]).collect()
    }

    #[test]
    fn members_that_say_who_are_found_wherever_they_stand_and_nothing_else_is() {
        assert_eq!(
            members(
                r#"{"a":"by","by":"x","b":[{"checked_by":{"code":"}\"","name":"y,"},"c":1},{"actor":null}],"made_by":["p","q"]}"#
            ),
            [r#""by":"x""#, r#""checked_by":{"code":"}\"","name":"y,"}"#, r#""actor":null"#, r#""made_by":["p","q"]"#]
        );
        assert_eq!(
            members(r#"{"metadata":{"by":"x","kind":"assigned"},"by":"y","commitment":{"accepted_by":"z"},"n":1}"#),
            [r#""by":"y""#, r#""commitment":{"accepted_by":"z"}"#]
        );
        for none in [
            r#"{"blocked_by":["x"],"opened_by":["clerk"],"accepted_by":"x","t":"\"by\":1","u":"\\"}"#,
            r#"{"application":{"metadata":{"kind":"assigned","data":"x","actor":"y"}}}"#,
            "{}",
            "[]",
            r#""by""#,
            "7",
            "",
        ] {
            assert_eq!(members(none), [""; 0], "{none}");
        }
    }
}
