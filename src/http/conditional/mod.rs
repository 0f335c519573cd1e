//! Conditional requests: `ETag`, `If-Match`, `If-None-Match` (RFC 9110 §13, RFC 6585 §3).
//!
//! Cast: a `Tag` names what is answered to a `GET`, as the version and a digest of the bytes, and spares a caller who polls the
//! body. What a change answers has the version alone, `"7"`. [`IfMatch`] is the version that the caller has seen, from either, and a handler
//! that takes it can't be reached without one; [`stale`] refuses when it is no longer the current one.

pub(crate) mod tags;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, ObjectBuilder, Required, Type};

use super::problem::Problem;
use super::problem::kinds;
use crate::domain::base::words::Words;

/// Every entity tag of the service: a version, the digest of an answer, or both; and how the answer is packed.
pub(crate) const ETAG_PATTERN: &str = r#"^"([0-9]{1,19}|([0-9]{1,19}\.)?[0-9a-f]{32}(-(gzip|deflate))?)"$"#;

/// What [`IfMatch`] takes, proxies' marks included; `version` looks at it. A version alone, or with the digest of an answer: the two stand
/// beside one another, so that whoever takes the first is seen to be taken still.
pub(crate) const IF_MATCH_PATTERN: &str = concat!(
    r#"^(W/)?"(0|[1-9][0-9]{0,17})((--|[-;:])(gzip|br|brotli|deflate|zstd))?"$"#,
    r#"|^(W/)?"(0|[1-9][0-9]{0,17})\.[0-9a-f]{32}((--|[-;:])(gzip|br|brotli|deflate|zstd))?"$"#
);

/// The entity tag of a version, with the quotes that belong to it.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version that the caller has seen and means to replace.
///
/// Exactly one tag is taken. `*` ("whatever there is") is refused, because it is the lost update that the header
/// exists to prevent. `W/"7"`, `"7-gzip"` and `"7.9f86d081884c7d659a2feaa0c55ad015"` count as `"7"`, although RFC 9110 §13.1.1 compares
/// strongly: proxies that compress weaken or mark the tag on the way out, and the number names the state of the thing and not the bytes
/// that show it, in this language and to this caller.
///
/// # Errors
/// 428 when the header is missing, 400 when it isn't one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(if_match(request.headers()).map(Self))
    }
}

/// The version that the caller has seen, where it says one: the request is refused when that is no longer current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaybeIfMatch(pub Option<i64>);

impl FromRequest for MaybeIfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.headers().contains_key(header::IF_MATCH);
        ready(if given { if_match(request.headers()).map(|version| Self(Some(version))) } else { Ok(Self(None)) })
    }
}

fn if_match(headers: &HeaderMap) -> Result<i64, Problem> {
    let mut values = headers.get_all(header::IF_MATCH);
    match (values.next(), values.next()) {
        (None, _) => Err(missing()),
        (Some(value), None) => value.to_str().ok().and_then(version).ok_or_else(malformed),
        (Some(_), Some(_)) => Err(malformed()),
    }
}

/// The refusal of an overwrite without `If-Match`: 428.
pub(crate) fn missing() -> Problem {
    Problem::of(&kinds::PRECONDITION_REQUIRED).detail(Words::new(
        "请先读取最新数据，再用 If-Match 带上其 ETag（例如 \"7\"）。",
        "Read the resource first, then send its ETag as If-Match, such as \"7\".",
    ))
}

fn malformed() -> Problem {
    Problem::of(&kinds::INVALID_HEADER).member("header", "If-Match").detail(Words::new(
        "If-Match 须是一个带引号的版本号，例如 \"7\"；不接受 * 和多个值。",
        "If-Match must be one version in quotes, such as \"7\"; * and lists are not accepted.",
    ))
}

/// The version that a tag names, with the digest of an answer or without. It is written as the service writes it: no sign, no leading zero.
fn version(tag: &str) -> Option<i64> {
    let opaque = tags::opaque(tag)?;
    let digits = match opaque.split_once('.') {
        Some((digits, digest)) => tags::is_digest(digest).then_some(digits)?,
        None => opaque,
    };
    let number = digits.parse().ok()?;
    (etag(number).trim_matches('"') == digits && number >= 0).then_some(number)
}

/// The refusal of an outdated version: 412 with `current_version` and the current `ETag`.
pub fn stale(current_version: i64) -> Problem {
    let problem = Problem::of(&kinds::VERSION_STALE).member("current_version", current_version).detail(Words::new(
        format!("当前版本为 {current_version}。请重新读取后再修改。"),
        format!("The current version is {current_version}. Read it again before changing it."),
    ));
    match HeaderValue::from_str(&etag(current_version)) {
        Ok(value) => problem.header(header::ETAG, value),
        Err(_) => problem,
    }
}

/// Whether a change requires that nothing is there yet: `If-None-Match: *`. What is answered to a `GET` looks at the header itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IfNoneMatch {
    any: bool,
}

impl IfNoneMatch {
    /// Whether the caller requires that nothing exists yet: `*`.
    pub fn is_any(self) -> bool {
        self.any
    }
}

impl FromRequest for IfNoneMatch {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let any = request.headers().get_all(header::IF_NONE_MATCH).any(|value| value.as_bytes().trim_ascii() == b"*");
        ready(Ok(Self { any }))
    }
}

impl IntoParams for MaybeIfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![seen("The version that was seen, such as \"7\"; required of what is there.", Required::False)]
    }
}

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let words = "The ETag of an answer that is kept: 304 where it is still valid. With a change `*`: only if nothing is there yet.";
        // Whatever isn't one of its tags says nothing, however long it is: so there is no pattern, and no default that clients would send.
        let schema =
            ObjectBuilder::new().schema_type(Type::String).examples(["\"9f86d081884c7d659a2feaa0c55ad015\""]).build();
        vec![described("If-None-Match", words, Required::False, schema)]
    }
}

/// `If-Match`, described.
pub(crate) fn seen(words: &str, required: Required) -> Parameter {
    header("If-Match", words, required, 80, Some(IF_MATCH_PATTERN))
}

/// A header of a request, described.
pub(crate) fn header(name: &str, words: &str, required: Required, longest: usize, pattern: Option<&str>) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(longest))
        .pattern(pattern)
        .build();
    described(name, words, required, schema)
}

fn described(name: &str, words: &str, required: Required, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(words))
        .schema(Some(schema))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_version_as_the_service_writes_it() {
        assert_eq!(version("\"7\""), Some(7));
        assert_eq!(version("W/\"7\""), Some(7));
        assert_eq!(version("\"0-gzip\""), Some(0));
        assert_eq!(version("\"7.9f86d081884c7d659a2feaa0c55ad015\""), Some(7));
        assert_eq!(version("W/\"7.9f86d081884c7d659a2feaa0c55ad015-gzip\""), Some(7));
        for wrong in [
            "\"7.\"",
            "\".9f86d081884c7d659a2feaa0c55ad015\"",
            "\"07.9f86d081884c7d659a2feaa0c55ad015\"",
            "\"7.9F86D081884C7D659A2FEAA0C55AD015\"",
            "\"7.9f86\"",
            "\"9f86d081884c7d659a2feaa0c55ad015\"",
        ] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
        assert_eq!(version("\"9223372036854775807\""), Some(i64::MAX));
        for wrong in
            ["7", "*", "\"\"", "\"07\"", "\"+7\"", "\"-7\"", "\"-0\"", "\"7", "\"7\", \"8\"", "\"9223372036854775808\""]
        {
            assert_eq!(version(wrong), None, "{wrong}");
        }
    }
}
