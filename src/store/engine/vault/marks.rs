//! Taking marked texts out of JSON and putting them back, without reading the JSON otherwise.
//!
//! What the gate of the domain marked is a string that begins with [`MARK`]. In its place stays a string of the mark and a
//! number: which of the texts belongs there. What the texts became stands in a member of its own, whose string begins with
//! another such character. So the JSON stays JSON, and its members may be moved about.
//!
//! Guarantee: what was put back is, for whoever reads the JSON, what was taken out.

use crate::domain::base::person::MARK;

/// How a string with [`MARK`] begins in JSON.
const MARKED: &str = "\"\\u0001";
/// How the string with the ciphertext begins.
const SEALED: &str = "\"\\u0002";
/// The member that holds it, always the first when it is written.
const MEMBER: &str = "\"sealed\":";

/// The JSON with numbers in place of the marked texts, and these as a JSON array; `None` where none is marked.
pub(super) fn taken(json: &str) -> Option<(String, String)> {
    let (mut rest, mut left, mut texts, mut count) = (json, String::new(), String::from("["), 0);
    while let Some((before, inner, after)) = next(rest, MARKED) {
        if left.is_empty() {
            left.reserve(json.len());
        }
        left.push_str(before);
        left.push_str(&format!("{MARKED}{count}\""));
        if count > 0 {
            texts.push(',');
        }
        texts.push('"');
        texts.push_str(inner);
        texts.push('"');
        rest = after;
        count += 1;
    }
    if count == 0 {
        return None;
    }
    left.push_str(rest);
    texts.push(']');
    Some((left, texts))
}

/// The object with the ciphertext in its first member.
pub(super) fn with_sealed(object: &str, sealed: &str) -> String {
    let members = object.strip_prefix('{').unwrap_or(object);
    let comma = if members.starts_with('}') { "" } else { "," };
    format!("{{{MEMBER}{SEALED}{sealed}\"{comma}{members}")
}

/// The ciphertext in an object, if there is one.
pub(super) fn sealed(json: &str) -> Option<&str> {
    next(json, SEALED).map(|(_, sealed, _)| sealed)
}

/// Whether texts were taken out of it.
pub(super) fn has_gaps(json: &str) -> bool {
    next(json, MARKED).is_some()
}

/// The JSON with the texts in their places again, or what `text` answers for a number; `None` where it answers none.
pub(super) fn restored(json: &str, text: impl Fn(usize) -> Option<String>) -> Option<String> {
    replaced(json, |number| text(number.parse().ok()?))
}

/// The JSON with the same text in all the places, also where somebody took their numbers away.
pub(super) fn filled(json: &str, text: &str) -> String {
    replaced(json, |_| Some(text.to_owned())).unwrap_or_default()
}

fn replaced(json: &str, text: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (mut rest, mut whole) = (json, String::with_capacity(json.len()));
    while let Some((before, number, after)) = next(rest, MARKED) {
        whole.push_str(before);
        whole.push_str(&serde_json::to_string(&text(number)?).ok()?);
        rest = after;
    }
    whole.push_str(rest);
    Some(whole)
}

/// The first string that begins so: what stands before it, its inside after the beginning, and what follows it.
fn next<'a>(json: &'a str, beginning: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let mut from = 0;
    loop {
        let at = from + json[from..].find(beginning)?;
        // After a backslash the quotation mark is a character of a string, and so begins none.
        if json[..at].ends_with('\\') {
            from = at + beginning.len();
            continue;
        }
        let inner = &json[at + beginning.len()..];
        let end = end_of_string(inner)?;
        return Some((&json[..at], &inner[..end], &inner[end + 1..]));
    }
}

/// Where the quotation mark stands that ends a string.
fn end_of_string(inner: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some(at),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

const _: () = assert!(MARK as u32 == 1, "MARKED is how JSON writes MARK");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn seal(value: &Value) -> Option<(String, String)> {
        taken(&value.to_string())
    }

    fn restore(left: &str, texts: &str) -> Option<Value> {
        let texts: Vec<String> = serde_json::from_str(texts).ok()?;
        serde_json::from_str(&restored(left, |number| texts.get(number).cloned())?).ok()
    }

    #[test]
    fn nothing_marked_is_nothing_taken() {
        assert_eq!(seal(&json!({ "a": "b", "c": ["\\", "\"", "\\\"\\u0001x", "x\u{1}y"] })), None);
    }

    #[test]
    fn a_quotation_mark_inside_a_text_begins_none() {
        let value = json!({ "remark": "he said \"\u{1}secret\"", "name": "\u{1}谭\"丽\\" });
        let (left, texts) = seal(&value).unwrap_or_default();
        assert_eq!(texts, r#"["谭\"丽\\"]"#);
        assert_eq!(restore(&left, &texts), Some(json!({ "remark": "he said \"\u{1}secret\"", "name": "谭\"丽\\" })));
    }

    #[test]
    fn the_ciphertext_is_found_wherever_its_member_stands() {
        assert_eq!(with_sealed("{}", "x.y"), r#"{"sealed":"\u0002x.y"}"#);
        let moved = json!({ "a": "\"sealed\":", "sealed": "\u{2}x.y", "z": 1 }).to_string();
        assert_eq!(sealed(&moved), Some("x.y"));
        assert_eq!(sealed(r#"{"sealed":"x.y"}"#), None);
    }

    proptest! {
        #[test]
        fn what_was_taken_out_is_put_back(plain in "\\PC*", names in prop::collection::vec("[\\PC\u{1}\u{2}\\n\"\\\\]*", 1..4)) {
            let marked: Vec<String> = names.iter().map(|name| format!("{MARK}{name}")).collect();
            let value = json!({ "plain": plain, "persons": marked, "number": 1 });
            let (left, texts) = seal(&value).unwrap_or_default();
            // The same from an object whose members were moved.
            let moved: Value = serde_json::from_str(&left).unwrap_or_default();
            let expected = json!({ "plain": plain, "persons": names, "number": 1 });
            prop_assert_eq!(restore(&left, &texts), Some(expected.clone()));
            prop_assert_eq!(restore(&moved.to_string(), &texts), Some(expected));
        }
    }
}
