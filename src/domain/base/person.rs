//! What identifies a person and how to reach them: personal, and shown masked.
//!
//! Cast: [`PhoneNumber`], [`DocumentNumber`] and [`super::identity_document::IdentityNumber`]; each is [`Personal`].
//!
//! Guarantee: none of them shows in clear by accident. `Debug`, `Display` and `Serialize` give the masked form, so a log, a
//! message and an answer have no other. Whoever needs the number asks with [`Personal::in_clear`]; a field that is kept says
//! so with `#[serde(with = "stored_in_clear")]`, and since none of them has a `Deserialize` of its own, one that is to be
//! read back doesn't compile without.

use super::organization_code::IdentifierFault;
use super::text::{self, number};

/// A number of a person.
pub trait Personal: Sized {
    /// The whole number: for comparing, for storing, for a paper that must have it. Never for a log or an answer.
    fn in_clear(&self) -> &str;

    /// For people: enough to tell it from another, too little to use it.
    fn masked(&self) -> String;

    /// As it was stored: it was checked when it came in.
    fn from_store(text: String) -> Self;
}

/// How a number of a person is kept, in events and in the document of a case: in clear.
pub mod stored_in_clear {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Personal;

    /// The whole number.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<P: Personal, S: Serializer>(number: &P, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(number.in_clear())
    }

    /// The number as it was kept.
    ///
    /// # Errors
    /// What was kept is no text.
    pub fn deserialize<'de, P: Personal, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
        String::deserialize(deserializer).map(P::from_store)
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

pub(super) use personal;

// The first three and the last four characters of the national number.
personal!(PhoneNumber, |number| masked(national(number), 3, 4));
// Of a short document number, all but the first character: more can't be hidden and still tell two apart.
personal!(DocumentNumber, |number| {
    let characters = number.chars().count();
    masked(number, 0, characters.saturating_sub(1).min(4))
});

/// A Chinese mobile or landline number in international form, such as `+8613800138000`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number however it was typed: mobile, or landline with its area code and perhaps an extension.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        Self::parse_mobile(text).or_else(|_| Self::parse_landline(text))
    }

    /// Reads a mobile number.
    ///
    /// # Errors
    /// It is none.
    pub fn parse_mobile(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        let national = national(&text);
        let prefix = matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]);
        if prefix && national.len() == 11 && is_digits(national) {
            return Ok(Self(format!("+86{national}")));
        }
        Err(IdentifierFault::Phone)
    }

    /// Reads a landline number with its area code, and up to four digits of an extension.
    ///
    /// # Errors
    /// It is none.
    pub fn parse_landline(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        let bare = national(&text);
        // Without the country code the area code stands with its 0, which the international form drops.
        let area =
            if bare.len() == text.len() { bare.strip_prefix('0') } else { bare.strip_prefix('0').or(Some(bare)) };
        let Some(area) = area.filter(|area| is_digits(area)) else { return Err(IdentifierFault::Phone) };
        let code_length = match area.as_bytes() {
            [b'1', b'0', ..] | [b'2', ..] => 2,
            [b'3'..=b'9', ..] => 3,
            _ => return Err(IdentifierFault::Phone),
        };
        let subscriber = area.len().saturating_sub(code_length);
        if (7..=12).contains(&subscriber) { Ok(Self(format!("+86{area}"))) } else { Err(IdentifierFault::Phone) }
    }
}

/// Number of an identity document that somebody showed: any kind, so any characters that can be printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber(String);

impl DocumentNumber {
    /// Most characters.
    pub const CHARACTERS: usize = 40;

    /// Reads a number; `None` where it is empty, too long or can't be printed.
    pub fn parse(text: &str) -> Option<Self> {
        text::line(text, Self::CHARACTERS).map(Self)
    }
}

fn national(text: &str) -> &str {
    text.strip_prefix("+86").or_else(|| text.strip_prefix("0086")).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn masked(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    if length <= first + last {
        return "*".repeat(length);
    }
    let shown = |place: usize| place < first || place >= length - last;
    text.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '*' }).collect()
}
