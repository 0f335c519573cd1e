//! The console's texts, in the languages of people: in each room `zh-CN.toml` and `en.toml`, one line a text.
//!
//! Guarantee: a text that a page names stands in both files of a room, with the same gaps, and one that stands there is named by a page;
//! a test reads the sources for it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use crate::domain::base::words::{Language, Words};

type Texts = BTreeMap<String, String>;

/// The files of all rooms in a language.
macro_rules! rooms {
    ($language:literal) => {
        rooms!($language: "page", "accounts", "applicants", "audit", "calendar", "case_types", "cases", "cases/counter",
            "cases/listing", "certificates", "certificates/entering", "hall", "money", "reports")
    };
    ($language:literal: $($room:literal),*) => {
        texts(&[$(include_str!(concat!("../", $room, "/", $language, ".toml"))),*])
    };
}

static CHINESE: LazyLock<Texts> = LazyLock::new(|| rooms!("zh-CN"));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| rooms!("en"));

/// The lines of files: a key in quotes, and its text. A file that can't be read has no text, which the test notices.
fn texts(files: &[&str]) -> Texts {
    files.iter().flat_map(|file| toml::from_str::<Texts>(file).unwrap_or_default()).collect()
}

/// A text that stands beside others in one line, whatever direction it is written in: what is written from right to left would turn the
/// numbers beside it around (Unicode Standard Annex 9), and is set apart.
pub(in crate::console) fn isolated(text: &str) -> Cow<'_, str> {
    let from_right_to_left = |letter| matches!(letter, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    match text.chars().any(from_right_to_left) {
        true => Cow::Owned(format!("\u{2068}{text}\u{2069}")),
        false => Cow::Borrowed(text),
    }
}

/// A text in which no number ends at the end of a line and goes on in the next: telephones, serials and receipts have hyphens, behind which
/// browsers break.
pub(in crate::console) fn unbroken(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '*' || letter == '-';
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (other, after) = rest.split_at(rest.find(is_part).unwrap_or(rest.len()));
        let (part, after) = after.split_at(after.find(|letter| !is_part(letter)).unwrap_or(after.len()));
        whole.push_str(other);
        match part.contains(|letter: char| letter.is_ascii_digit()) {
            true => whole.push_str(&part.replace('-', "-\u{2060}")),
            false => whole.push_str(part),
        }
        rest = after;
    }
    whole
}

/// A text that begins a line: in English with a capital.
pub(in crate::console) fn begun(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
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

    /// The text of a key with its gaps filled: `{days}` by the value named `days`, and `{days|day|days}` by the first word where that is 1,
    /// else by the second. What a value says fills no gap.
    pub fn with(&self, key: &str, gaps: &[(&str, &dyn Display)]) -> String {
        let mut parts = self.t(key).split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let gap = part.split_once('}').and_then(|(gap, after)| {
                let (name, words) = gap.split_once('|').unwrap_or((gap, ""));
                let (_, value) = gaps.iter().find(|(known, _)| *known == name)?;
                let value = value.to_string();
                let word = words.split_once('|').map(|(one, several)| if value == "1" { one } else { several });
                Some(format!("{}{after}", word.map_or_else(|| isolated(&value), Cow::Borrowed)))
            });
            filled.push_str(&gap.unwrap_or_else(|| format!("{{{part}")));
        }
        filled
    }

    /// The text of a key with its one gap filled.
    pub fn fill(&self, key: &str, gap: &str, value: impl Display) -> String {
        self.with(key, &[(gap, &value)])
    }

    /// The rules' own words.
    pub fn of(self, words: &Words) -> &str {
        words.text(self.0)
    }

    /// The same, where the number of a document stays beside its title, wherever the line ends.
    pub fn whole(self, words: &Words) -> String {
        let mut whole = String::new();
        for letter in self.of(words).chars() {
            if letter == '《' && whole.ends_with(|before| matches!(before, '\u{2460}'..='\u{2473}')) {
                whole.push('\u{2060}');
            }
            whole.push(letter);
        }
        whole
    }

    /// The same where they begin a line.
    pub fn line(self, words: &Words) -> String {
        begun(self.of(words))
    }

    /// For `<html lang>`.
    pub fn tag(&self) -> &'static str {
        self.0.tag()
    }
}
