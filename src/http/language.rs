//! The caller's language: `Accept-Language` (RFC 9110 §12.5.4); the default is Chinese.
//!
//! Cast: [`negotiate`] is the rule, [`AcceptedLanguage`] gives it to a handler. Any header, however broken, yields a
//! language: words in the wrong language help more than a refusal about the header.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::base::words::{Language, Words};

/// The language of this request's caller, as an extractor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedLanguage(pub Language);

impl FromRequest for AcceptedLanguage {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(of_headers(request.headers()))))
    }
}

/// The language that a request's headers ask for.
pub fn of_headers(headers: &HeaderMap) -> Language {
    let values: Vec<_> = headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()).collect();
    negotiate(&values.join(","))
}

/// The language of the highest weight; of equal weights the one named first. A region or script (`zh-Hant-TW`,
/// `en-GB`) counts as its language: simplified Chinese is nearer to it than English, and the other way round.
pub fn negotiate(accept_language: &str) -> Language {
    let mut best: Option<(Language, f32)> = None;
    let mut refused = Vec::new();
    for (language, weight) in accept_language.split(',').filter_map(range) {
        if weight <= 0.0 {
            refused.push(language);
        } else if best.is_none_or(|(_, highest)| weight > highest) {
            best = Some((language, weight));
        }
    }
    match best {
        Some((language, _)) => language,
        None if refused.contains(&Language::Chinese) => Language::English,
        None => Language::default(),
    }
}

/// The tag for `Content-Language`.
pub fn tag(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}

/// One `language-range;q=weight`; none for a language that the service doesn't speak or a weight that isn't one.
fn range(item: &str) -> Option<(Language, f32)> {
    let mut parts = item.split(';').map(str::trim);
    let primary = parts.next()?.split('-').next()?;
    let language = if primary.eq_ignore_ascii_case("zh") || primary == "*" {
        Language::Chinese
    } else if primary.eq_ignore_ascii_case("en") {
        Language::English
    } else {
        return None;
    };
    let weight = match parts.next() {
        None => 1.0,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            let weight: f32 = value.trim().parse().ok()?;
            if !name.trim().eq_ignore_ascii_case("q") || !(0.0..=1.0).contains(&weight) {
                return None;
            }
            weight
        }
    };
    Some((language, weight))
}

/// Something with a code and a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedView {
    /// Code.
    pub code: String,
    /// Name in the requested language.
    pub name: String,
}

/// The same, of what is there: a [`NamedView`] to whoever reads the answer.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Named<'a> {
    /// Code.
    pub code: &'a str,
    /// Name in the requested language.
    pub name: &'a str,
}

impl From<Named<'_>> for NamedView {
    fn from(Named { code, name }: Named<'_>) -> Self {
        Self { code: code.to_owned(), name: name.to_owned() }
    }
}

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordsView {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&Words> for WordsView {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}

impl NamedView {
    /// A code with its words in a language.
    pub fn new(code: &str, words: &Words, language: Language) -> Self {
        Self { code: code.to_owned(), name: words.text(language).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decide_and_chinese_is_the_default() {
        for (header, expected) in [
            ("", Language::Chinese),
            ("fr, de;q=0.5", Language::Chinese),
            ("en", Language::English),
            ("EN-us", Language::English),
            ("zh-CN", Language::Chinese),
            ("zh-Hant-TW, en;q=0.9", Language::Chinese),
            ("en-US,en;q=0.9,zh-CN;q=0.8", Language::English),
            ("en;q=0.3, zh;q=0.7", Language::Chinese),
            ("zh;q=0.3, en;q=0.7", Language::English),
            ("*", Language::Chinese),
            ("fr, en;q=0.1, *;q=0.05", Language::English),
            ("zh;q=0", Language::English),
            ("zh;q=0, en;q=0", Language::English),
            ("en;q=2, zh;q=nan", Language::Chinese),
            (";;;,,=q;q=1", Language::Chinese),
        ] {
            assert_eq!(negotiate(header), expected, "{header}");
        }
    }
}
