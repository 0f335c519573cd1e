//! What identifies a person and how to reach them: personal, and shown masked.
//!
//! Cast: [`super::phone::Phone`], [`DocumentNumber`] and [`super::identity_document::IdentityNumber`]; each is [`Personal`].
//!
//! Guarantee: none of them shows in clear by accident. `Debug`, `Display` and `Serialize` give the masked form, so a log, a
//! message and an answer have no other. Whoever needs the number asks with [`Personal::in_clear`]; a field that is kept says
//! so with `#[serde(with = "stored_encrypted")]`, and since none of them has a `Deserialize` of its own, one that is to be
//! read back doesn't compile without. Names of persons are kept by the same gate.

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::text;

/// A number of a person.
pub trait Personal: Sized {
    /// The whole number: for comparing, for storing, for a paper that must have it. Never for a log or an answer.
    fn in_clear(&self) -> &str;

    /// For people: enough to tell it from another, too little to use it.
    fn masked(&self) -> String;

    /// As it was stored: it was checked when it came in.
    fn from_store(text: String) -> Self;
}

/// What a text that is stored encrypted begins with on its way to and from the store: a character that no text holds, since
/// what can't be seen isn't text ([`super::text`]).
pub const MARK: char = '\u{1}';

/// What is read in the place of a person's text that was erased.
pub const ERASED: &str = "—";

/// What is read in the place of a person's text whose key is missing, or whose ciphertext doesn't open.
pub const UNREADABLE: &str = "（无法读取）";
/// How the same begins where it must be told which of the texts it stands for: `（无法读取：3）`.
pub const UNREADABLE_BEGINS: &str = "（无法读取：";

/// What stands for one of several texts that can't be read, by its number.
pub fn unreadable(number: usize) -> String {
    format!("{UNREADABLE_BEGINS}{number}）")
}

/// The number of a text that can't be read, of what [`unreadable`] put in its place.
pub fn number_of_unreadable(text: &str) -> Option<usize> {
    text.strip_prefix(UNREADABLE_BEGINS)?.strip_suffix('）')?.parse().ok()
}

/// What is shown of a text that isn't there to be read: that it was erased, or can't be read.
pub fn placeholder(text: &str) -> Option<&'static str> {
    match text {
        ERASED => Some(ERASED),
        text if text == UNREADABLE || number_of_unreadable(text).is_some() => Some(UNREADABLE),
        _ => None,
    }
}

/// A text of a person: a number, or a name.
pub trait Private: Sized {
    /// The whole text; `None` where there is none.
    fn whole(&self) -> Option<&str>;

    /// As it was stored.
    fn restored(text: Option<String>) -> Option<Self>;

    /// Puts in the place of the text, where there is one, that it was erased.
    fn erase(&mut self) {
        if self.whole().is_some()
            && let Some(erased) = Self::restored(Some(ERASED.to_owned()))
        {
            *self = erased;
        }
    }

    /// Whether it was erased.
    fn is_erased(&self) -> bool {
        self.whole() == Some(ERASED)
    }
}

impl<P: Personal> Private for P {
    fn whole(&self) -> Option<&str> {
        Some(self.in_clear())
    }

    fn restored(text: Option<String>) -> Option<Self> {
        text.map(P::from_store)
    }
}

impl Private for String {
    fn whole(&self) -> Option<&str> {
        Some(self)
    }

    fn restored(text: Option<String>) -> Option<Self> {
        text
    }
}

impl Private for Option<String> {
    fn whole(&self) -> Option<&str> {
        self.as_deref()
    }

    fn restored(text: Option<String>) -> Option<Self> {
        Some(text)
    }
}

/// How a text of a person is kept, in events and in the documents of cases and certificates: encrypted. It is marked here, and
/// the store takes what is marked out of what it writes (`store::engine::vault`).
pub mod stored_encrypted {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{MARK, Private};

    /// The whole text, marked.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<P: Private, S: Serializer>(text: &P, serializer: S) -> Result<S::Ok, S::Error> {
        match text.whole() {
            Some(text) => serializer.collect_str(&format_args!("{MARK}{text}")),
            None => serializer.serialize_none(),
        }
    }

    /// The text as it was kept, without the mark where it has one still.
    ///
    /// # Errors
    /// What was kept is no text.
    pub fn deserialize<'de, P: Private, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
        let mut text = Option::<String>::deserialize(deserializer)?;
        if let Some(text) = text.as_mut().filter(|text| text.starts_with(MARK)) {
            text.remove(0);
        }
        P::restored(text).ok_or_else(|| D::Error::custom("a person's text is missing"))
    }
}

/// Makes a number of a person [`Personal`].
macro_rules! personal {
    ($type:ident, $mask:expr) => {
        impl $crate::domain::base::person::Personal for $type {
            fn in_clear(&self) -> &str {
                &self.0
            }

            fn masked(&self) -> String {
                let mask: fn(&str) -> String = $mask;
                mask(&self.0)
            }

            fn from_store(text: String) -> Self {
                Self(text)
            }
        }

        $crate::domain::base::person::printed_masked!($type);
    };
}

/// Makes every way to print a [`Personal`] print its masked form.
macro_rules! printed_masked {
    ($type:ident) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&$crate::domain::base::person::Personal::masked(self))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&$crate::domain::base::person::Personal::masked(self))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$crate::domain::base::person::Personal::masked(self))
            }
        }
    };
}

pub(super) use {personal, printed_masked};

// Of a number as long as that of an identity card as much as everywhere, of a short one all but the first character: more can't be
// hidden and still tell two apart.
personal!(DocumentNumber, |number| match number.chars().count() {
    15.. => masked(number, 3, 4),
    characters => masked(number, 0, characters.saturating_sub(1).min(4)),
});

/// Number of an identity document that somebody showed. Once any characters were taken, and such numbers are still stored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// Most characters.
    pub const CHARACTERS: usize = 40;

    /// Reads a number of a kind that isn't known; `None` where it is empty, too long or can't be printed.
    pub fn parse(text: &str) -> Option<Self> {
        text::line(text, Self::CHARACTERS).map(Self)
    }
}

pub(super) fn masked(text: &str, first: usize, last: usize) -> String {
    if let Some(placeholder) = placeholder(text) {
        return placeholder.to_owned();
    }
    let length = text.chars().count();
    if length <= first + last {
        return "*".repeat(length);
    }
    let shown = |place: usize| place < first || place >= length - last;
    text.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '*' }).collect()
}

/// The fewest digits of a person's number.
const FEWEST_DIGITS: usize = 8;

/// Whether so many digits follow one another as in no other thing that a reason would name but a person's number, in whatever
/// script and however they are parted (138 0013-8000, １３８, 一三八). Dates are no such number; an acceptance number has as many
/// digits, and is known to the entry already.
pub(crate) fn holds_number(text: &str) -> bool {
    let mut runs = vec![vec![String::new()]];
    // As it is seen: a full-width digit is one, too.
    for character in text.nfkc().filter(|character| !text::is_invisible(*character)) {
        let is_digit = character.is_numeric() || "〇零一二三四五六七八九幺".contains(character);
        match runs.last_mut() {
            Some(run) if is_digit => run.last_mut().into_iter().for_each(|group| group.push(character)),
            Some(run) if parts_a_number(character) => run.push(String::new()),
            _ => runs.push(vec![String::new()]),
        }
    }
    runs.iter_mut().any(|run| {
        run.retain(|group| !group.is_empty());
        is_number(run)
    })
}

/// Whether people write it within a number.
pub(super) fn parts_a_number(character: char) -> bool {
    let usual = character.is_whitespace() || matches!(character, '.' | '/' | '_' | '(' | ')' | '+' | '~');
    usual || text::is_dash(character) || text::is_middle_dot(character)
}

/// Whether groups of digits, behind the dates that they begin with, make a number.
fn is_number(groups: &[String]) -> bool {
    match groups {
        [year, month, day, rest @ ..] if is_date(year, month, day) => is_number(rest),
        _ => groups.iter().map(|group| group.chars().count()).sum::<usize>() >= FEWEST_DIGITS,
    }
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    let date = (|| NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))();
    year.len() == 4 && date.is_some_and(|date| (1900..2100).contains(&date.year()))
}
