//! Strong entity tags of what is answered to a `GET` (RFC 9110 §8.8.3), and the answer without a body to whoever has it.
//!
//! Guarantee: a tag names the bytes of an answer, so that it differs with whatever the answer differs with: language, caller, day, version of the
//! program. Answers with the same tag are the same to the last byte, and 304 is never said of others.
//! `opaque` reads a tag as it comes back, by way of proxies.

use actix_web::body::MessageBody;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

/// How many bytes of a SHA-256 digest stand in a tag.
const BYTES: usize = 16;
/// In what an answer may be packed here; a packed answer has the coding in its tag, because its bytes are others.
const OWN_CODINGS: [&str; 2] = ["gzip", "deflate"];

/// The tag of an answer, without its quotes: `7.9f86d081884c7d659a2feaa0c55ad015`, or without a version.
#[derive(Debug, Clone)]
pub(crate) struct Tag(String);

impl Tag {
    /// The tag of an answer that shows no version.
    pub(crate) fn of(body: &[u8]) -> Self {
        Self(hex::encode(&Sha256::digest(body)[..BYTES]))
    }

    /// The tag of an answer that shows a version, which [`super::IfMatch`] finds in it.
    pub(crate) fn of_version(version: i64, body: &[u8]) -> Self {
        let Self(digest) = Self::of(body);
        Self(format!("{version}.{digest}"))
    }

    /// 304 to whoever has the answer, else 200 with it; the tag with both, and that it is in a language.
    pub(crate) fn answer(&self, request: &HttpRequest, body: impl MessageBody + 'static) -> HttpResponse {
        let had = self.had_in(request.headers());
        let tag = (header::ETAG, format!("\"{}\"", had.as_deref().unwrap_or(&self.0)));
        let vary = (header::VARY, "Accept-Language");
        if had.is_some() {
            return HttpResponse::NotModified().insert_header(tag).insert_header(vary).finish();
        }
        HttpResponse::Ok().insert_header(tag).insert_header(vary).content_type("application/json").body(body)
    }

    /// The tag as the caller has it, packed or not; none: they have another answer, or none. Compared weakly, as RFC 9110 §13.1.2 says.
    fn had_in(&self, headers: &HeaderMap) -> Option<String> {
        let values = headers.get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
        let mut known = values.flat_map(|value| value.split(',')).map(str::trim);
        let known = known.find(|known| *known == "*" || opaque(known) == Some(&self.0))?;
        let packed = OWN_CODINGS.map(|coding| marked(&self.0, coding));
        let exact = packed.into_iter().find(|packed| known.trim_start_matches("W/").trim_matches('"') == packed);
        Some(exact.unwrap_or_else(|| self.0.clone()))
    }
}

/// A tag, without its quotes, of an answer that is packed.
fn marked(tag: &str, coding: &str) -> String {
    format!("{tag}-{coding}")
}

/// The tag with its quotes of an answer that was packed after it was tagged; none where nothing need be changed.
pub(crate) fn of_packed(tag: &str, coding: &str) -> Option<String> {
    let own = tag.strip_prefix('"')?.strip_suffix('"')?;
    let is_known = OWN_CODINGS.contains(&coding) && opaque(tag) == Some(own);
    is_known.then(|| format!("\"{}\"", marked(own, coding)))
}

/// What proxies that compress add to the tags of what they send, after one of [`MARKS`].
const CODINGS: [&str; 5] = ["gzip", "br", "brotli", "deflate", "zstd"];
/// What stands before it: Apache and others write `-gzip`, Jetty writes `--gzip`, and some write `;gzip`.
const MARKS: [&str; 4] = ["--", "-", ";", ":"];

/// What stands between the quotes of a tag, without what proxies add to it: `7` of `"7"`, `W/"7"` and `"7-gzip"`.
pub(crate) fn opaque(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    let quoted = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    let marked = CODINGS.iter().find_map(|coding| quoted.strip_suffix(coding));
    let own = marked.and_then(|marked| MARKS.iter().find_map(|mark| marked.strip_suffix(mark)));
    Some(own.unwrap_or(quoted))
}

/// Whether it is the digest of a tag.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn whoever_has_an_answer_is_told_so_by_the_tag_that_they_have_it_under() {
        let (tag, plain) = (Tag::of_version(7, b"{}"), "7.44136fa355b3678a1146ad16f7e8649e");
        let had = |known: &str| {
            let request = TestRequest::get().insert_header((header::IF_NONE_MATCH, known)).to_http_request();
            tag.had_in(request.headers())
        };
        let packed = format!("{plain}-gzip");
        for (known, expected) in [
            (format!("\"{plain}\""), plain),
            (format!("W/\"{plain}\""), plain),
            ("*".to_owned(), plain),
            (format!("\"x\", \"{packed}\""), packed.as_str()),
            (format!("W/\"{packed}\""), packed.as_str()),
            // A proxy's mark, of a coding that the service doesn't know.
            (format!("\"{plain}-br\""), plain),
            (format!("\"{plain}--gzip\""), plain),
        ] {
            assert_eq!(had(&known).as_deref(), Some(expected), "{known}");
        }
        for other in ["\"7\"", "\"8.44136fa355b3678a1146ad16f7e8649e\"", "\"44136fa355b3678a1146ad16f7e8649e\"", "x"] {
            assert_eq!(had(other), None, "{other}");
        }
    }

    #[test]
    fn a_packed_answer_has_another_tag_that_is_read_as_the_same() {
        assert_eq!(of_packed("\"7.ab\"", "gzip").as_deref(), Some("\"7.ab-gzip\""));
        assert_eq!(opaque("\"7.ab-gzip\""), Some("7.ab"));
        for (tag, coding) in [("\"7-gzip\"", "gzip"), ("W/\"7\"", "gzip"), ("\"7\"", "identity"), ("7", "gzip")] {
            assert_eq!(of_packed(tag, coding), None, "{tag} {coding}");
        }
    }
}
