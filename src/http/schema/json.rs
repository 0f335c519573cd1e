//! Reading JSON strictly: what RFC 8259 calls unpredictable, a member named twice, is refused.
//!
//! `serde_json` keeps the last of two members of one name, other readers the first; a signature, an audit or a proxy in
//! front would then have seen another request than the one carried out. A byte order mark at the start says nothing in
//! UTF-8 and is skipped, as §8.1 permits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use super::super::problem::{Problem, kinds};
use crate::domain::base::words::Words;

/// What some programs begin a text in UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The body as JSON.
///
/// # Errors
/// 400 with line and column (counted from 1; bytes) when it isn't well-formed, nests deeper than 128, or repeats a member.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Problem> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    serde_json::from_slice::<Strict>(body).map(|strict| strict.0).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
        // Strict takes every value, so that an error about data is its own: a name that was there before.
        let problem = if error.is_data() {
            Problem::of(&kinds::DUPLICATE_MEMBER).detail(Words::new(
                format!("第{line}行第{column}列：字段“{said}”重复出现。"),
                format!("Line {line}, column {column}: the member “{said}” is repeated."),
            ))
        } else {
            // The parser's own words are English; of its kinds of fault there are few.
            let why = match error.classify() {
                Category::Eof => "内容不完整，到此中断",
                _ if said.starts_with("recursion limit") => "嵌套层次过深",
                _ => "此处不符合JSON语法",
            };
            Problem::of(&kinds::MALFORMED_JSON).detail(Words::new(
                format!("第{line}行第{column}列：{why}。"),
                format!("Line {line}, column {column}: {said}."),
            ))
        };
        problem.member("line", line).member("column", column)
    })
}

/// The one way to write a value: without blanks, members by name. What means the same is written the same.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    let mut between = "";
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, member) in members {
                text.push_str(std::mem::replace(&mut between, ","));
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(member, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                text.push_str(std::mem::replace(&mut between, ","));
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => match whole(number) {
            Some(whole) => text.push_str(&whole.to_string()),
            None => text.push_str(&number.to_string()),
        },
        single => text.push_str(&single.to_string()),
    }
}

/// The whole number that a number with a fraction is: 1 of 1.0. JSON Schema counts it as an integer.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i64)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom(name));
            }
            let Strict(value) = access.next_value()?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_written_the_same() {
        let written = |text: &str| parse(text.as_bytes()).map(|value| canonical(&value)).unwrap_or_default();
        let plain = r#"{"a":[1,2.5,null],"b":{"c":"中\"","d":true}}"#;
        assert_eq!(written(plain), plain);
        let other = "\u{feff}{ \"b\" : {\"d\":true,\"c\":\"\\u4e2d\\u0022\"},\r\n\t\"\\u0061\":[1.0, 2.50,null] }\n";
        assert_eq!(written(other), plain);
        for changed in [r#"{"a":[2.5,1,null],"b":{}}"#, r#"{"a":["1"]}"#, r#"{"a":[1,2.5]}"#] {
            assert_ne!(written(changed), plain);
        }
    }

    #[test]
    fn everything_but_a_repeated_member_reads_as_serde_json_reads_it() {
        for text in [r#"{"a":[1,-2,3.5,1e3,null,true,"\u4e2d"],"b":{"a":{}}}"#, "18446744073709551615", "\"\"", "null"]
        {
            let expected: Value = serde_json::from_str(text).unwrap_or_default();
            assert_eq!(parse(text.as_bytes()).ok(), Some(expected), "{text}");
        }
        assert_eq!(
            parse(br#"{"a":1,"b":{"c":1,"c":2}}"#).err().map(|problem| problem.code()),
            Some("duplicate_member")
        );
        for text in ["", " ", "{", "{\"a\":1,}", "[1] 2", "\"\\ud800\"", "1e999", &"[".repeat(1000)] {
            assert_eq!(parse(text.as_bytes()).err().map(|problem| problem.code()), Some("malformed_json"), "{text}");
        }
    }
}
