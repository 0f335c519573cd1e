//! The console's texts, in the languages of people: in each room `zh-CN.toml` and `en.toml`, one line a text.
//!
//! Guarantee: a text that a page names stands in both files of a room, with the same gaps, and one that stands there is named by a page;
//! a test reads the sources for it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use crate::domain::base::words::{Language, Words};

type Texts = BTreeMap<String, String>;

/// The files of a room.
macro_rules! rooms {
    ($language:literal: $($room:literal),*) => {
        texts(&[$(include_str!(concat!("../", $room, "/", $language, ".toml"))),*])
    };
}

static CHINESE: LazyLock<Texts> = LazyLock::new(
    || rooms!("zh-CN": "page", "accounts", "applicants", "audit", "calendar", "case_types", "cases", "cases/counter", "cases/listing", "certificates", "certificates/entering", "hall", "money", "reports"),
);
static ENGLISH: LazyLock<Texts> = LazyLock::new(
    || rooms!("en": "page", "accounts", "applicants", "audit", "calendar", "case_types", "cases", "cases/counter", "cases/listing", "certificates", "certificates/entering", "hall", "money", "reports"),
);

/// The lines of files: a key in quotes, and its text. A file that can't be read has no text, which the test notices.
fn texts(files: &[&str]) -> Texts {
    files.iter().flat_map(|file| toml::from_str::<Texts>(file).unwrap_or_default()).collect()
}

/// The texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Messages(pub Language);

impl Messages {
    /// The text of a key; the key itself where there is none.
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        let texts: &'static Texts = match self.0 {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        };
        texts.get(key).map_or(key, String::as_str)
    }

    /// The text of a key with its gaps filled: `{days}` by the value named `days`.
    pub fn with(&self, key: &str, gaps: &[(&str, &dyn Display)]) -> String {
        gaps.iter().fold(self.t(key).to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), &value.to_string())
        })
    }

    /// The text of a key with its one gap filled.
    pub fn fill(&self, key: &str, gap: &str, value: impl Display) -> String {
        self.with(key, &[(gap, &value)])
    }

    /// The rules' own words.
    pub fn of(self, words: &Words) -> &str {
        words.text(self.0)
    }

    /// For `<html lang>`.
    pub fn tag(&self) -> &'static str {
        self.0.tag()
    }
}
