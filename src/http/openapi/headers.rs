//! The headers of answers, said once for all of them, and which answer has which that no route need say.
//!
//! Guarantee: an answer that is described has those that every answer has.

use utoipa::openapi::header::Header;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Response};

use crate::http::conditional::ETAG_PATTERN;

/// Which preference was followed (RFC 7240).
pub(in crate::http) const APPLIED_NAME: &str = "Preference-Applied";
pub(super) const REPLAYED: &str = "Idempotency-Replayed";
const REQUEST_ID: &str = "X-Request-Id";
const LANGUAGE: &str = "Content-Language";
const DISPOSITION: &str = "Content-Disposition";

/// What comes as a file to be kept.
const FILES: [&str; 4] = ["text/csv", "application/xml", "application/jsonl", "application/vnd.openxmlformats"];

/// A reference to one of the headers of [`all`].
pub(crate) fn header(name: &str) -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

/// Adds to an answer what it has whatever its route.
pub(super) fn complete(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_json = |kind: &String| kind.starts_with("application/json") || kind == "application/problem+json";
    let is_file = |kind: &String| FILES.iter().any(|file| kind.starts_with(file));
    let (has_words, has_files) = (response.content.keys().any(is_json), response.content.keys().any(is_file));
    for (name, applies) in [(REQUEST_ID, true), (LANGUAGE, has_words), (DISPOSITION, has_files)] {
        if applies {
            response.headers.entry(name.to_owned()).or_insert_with(|| header(name));
        }
    }
}

fn text(longest: usize, pattern: Option<&str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(longest)).pattern(pattern).build()
}

/// Those that anything refers to, by their names.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Header)> {
    let address = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uri-reference".to_owned())))
        .max_length(Some(200))
        .build();
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .maximum(Some(i64::from(i32::MAX)))
        .build();
    [
        ("ETag", "What it is now, for If-Match and If-None-Match.", text(70, Some(ETAG_PATTERN))),
        ("Location", "Where it is.", address),
        (
            "Link",
            "Leads to the next page (`rel=\"next\"`, RFC 8288); left out on the last one.",
            text(4000, Some("^<[^>]+>; rel=\"next\"$")),
        ),
        ("Retry-After", "In how many seconds the same request may succeed.", seconds),
        ("Case-Number", "The acceptance number of the case, where the case isn't sent.", text(20, Some("^[0-9]+$"))),
        ("Case-State", "The code of its state, likewise.", text(64, None)),
        ("Case-Version", "Its version, likewise.", text(19, Some("^[0-9]+$"))),
        (APPLIED_NAME, "The preference that was followed (RFC 7240).", text(40, Some("^return=(minimal|representation)$"))),
        ("Accept-Patch", "Of which media type a PATCH is, on its answer (RFC 5789).", text(60, Some("^application/json$"))),
        (
            "Deprecation",
            "Since when the operation is deprecated, in seconds since 1970 (RFC 9745).",
            text(20, Some("^@[0-9]+$")),
        ),
        ("Sunset", "When it may be gone (RFC 8594).", text(29, Some("^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} 00:00:00 GMT$"))),
        (
            "DeprecationLink",
            "Leads to what to call instead.",
            text(200, Some("^<[^>]+>; rel=\"deprecation\"; type=\"text/html\"$")),
        ),
        (REQUEST_ID, "The id of the request, by which the log of the service has it.", text(64, Some("^[0-9A-Za-z-]{8,64}$"))),
        (LANGUAGE, "The language of the words in it.", text(5, Some("^(zh|en)"))),
        (DISPOSITION, "The name of the file (RFC 6266).", text(200, Some("^attachment; filename=\"[^\"]+\"$"))),
        ("Accept-Encoding", "Bodies aren't packed (RFC 9110).", text(20, Some("^identity$"))),
        ("WWW-Authenticate", "How to authenticate.", text(100, Some("^(Bearer|Basic) "))),
        ("Cache-Control", "How long the answer may be kept.", text(100, None)),
        (
            "RateLimit-Policy",
            "How many requests (`q`) a system may send in how many seconds (`w`) to each instance of the hall, where the hall limits that (draft-ietf-httpapi-ratelimit-headers).",
            text(60, Some("^\"requests\";q=[0-9]+;w=60$")),
        ),
        (
            "RateLimit",
            "How many more (`r`) it may send at once to the instance that answers, and in how many seconds (`t`) all of them again.",
            text(60, Some("^\"requests\";r=[0-9]+;t=[0-9]+$")),
        ),
        (
            REPLAYED,
            "`true` where the same request with the same key had been done before: the answer is that of then.",
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"])).build(),
        ),
    ]
    .into_iter()
    .map(|(name, words, schema)| {
        let mut header = Header::new(schema);
        header.description = Some(words.to_owned());
        (name, header)
    })
}
