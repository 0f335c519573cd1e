//! Words for people: everything the product says exists in Chinese and in English.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// A language the product speaks. Chinese is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Language {
    /// Simplified Chinese (`zh`).
    #[default]
    Chinese,
    /// English (`en`).
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Its tag (BCP 47), as pages, cookies and addresses have it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The one with exactly this tag.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }

    /// The text in one language, of which nothing else is needed.
    pub fn into_text(self, language: Language) -> String {
        match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        }
    }

    /// What is said of a line of a file, with its number.
    #[must_use]
    pub fn at_line(&self, line: usize) -> Self {
        Self::new(format!("第{line}行：{}", self.zh), format!("line {line}: {}", self.en))
    }
}

/// A date as people read it, with its year: `2026年11月26日`, `26 November 2026`.
pub fn day(date: NaiveDate) -> Words {
    Words::new(date.format("%Y年%-m月%-d日").to_string(), date.format("%-d %B %Y").to_string())
}

/// A minute of a day in the same way; it is told as the clock of its zone showed it.
pub fn minute(at: NaiveDateTime) -> Words {
    let Words { zh, en } = day(at.date());
    let time = at.format("%H:%M");
    Words::new(format!("{zh} {time}"), format!("{en}, {time}"))
}

/// So many of something, in English: "1 document", "2 documents".
pub fn count_of(count: impl TryInto<u64>, thing: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Words as a sentence that others follow: with a full stop, where they don't end with a stop of their own, as what another program said may.
pub fn sentence(words: &str) -> String {
    let words = words.trim_end();
    let stop = if words.ends_with(['.', '?', '!', '。', '？', '！']) { "" } else { "." };
    format!("{words}{stop}")
}

/// One thing wrong with a request's data: where, a stable code, and words. Requests answer all their faults at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the request, such as `/organization/name`; empty for the request as a whole.
    pub pointer: String,
    /// Line of the file that the request brought, counted from 1, where it is a file.
    pub line: Option<usize>,
    /// Stable code in snake_case.
    pub code: &'static str,
    /// What is wrong and what is expected.
    pub words: Words,
}

impl Fault {
    /// A fault at a JSON pointer.
    pub fn new(pointer: impl Into<String>, code: &'static str, words: Words) -> Self {
        Self { pointer: pointer.into(), line: None, code, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_one_stop() {
        assert_eq!(sentence("it is full"), "it is full.");
        assert_eq!(sentence("accepting TCP/IP connections?\n"), "accepting TCP/IP connections?");
        assert_eq!(sentence("还接受连接吗？"), "还接受连接吗？");
    }
}
