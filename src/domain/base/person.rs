//! What identifies a person and how to reach them: personal, and shown masked.
//!
//! Cast: [`super::phone::Phone`], [`DocumentNumber`] and [`super::identity_document::IdentityNumber`]; each is [`Personal`].
//!
//! Guarantee: none of them shows in clear by accident. `Debug`, `Display` and `Serialize` give the masked form, so a log, a
//! message and an answer have no other. Whoever needs the number asks with [`Personal::in_clear`]; a field that is kept says
//! so with `#[serde(with = "stored_in_clear")]`, and since none of them has a `Deserialize` of its own, one that is to be
//! read back doesn't compile without.

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

// Of a short document number, all but the first character: more can't be hidden and still tell two apart.
personal!(DocumentNumber, |number| {
    let characters = number.chars().count();
    masked(number, 0, characters.saturating_sub(1).min(4))
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
    let length = text.chars().count();
    if length <= first + last {
        return "*".repeat(length);
    }
    let shown = |place: usize| place < first || place >= length - last;
    text.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '*' }).collect()
}
