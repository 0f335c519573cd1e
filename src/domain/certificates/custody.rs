//! Custody of media: where a USB key is while the hall has it, from its making to its hand-over, and from being handed
//! in to being given back.
//!
//! Cast: a [`Stay`] is one medium in the hall, at an outlet and maybe in a box; a [`Slip`] is the paper that whoever hands
//! a medium in, or is handed one, takes away (收存凭证, 领取凭证).
//!
//! Guarantee: nothing is in two places. A medium belongs to one certificate, and a certificate has one stay or none; the
//! case by which it is here has the same stay, changed by the same event, and doesn't end while it has one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::base::form::{Form, plain_line};
use crate::domain::base::running_number::{RunningNumber, Series};
use crate::domain::base::words::Words;

/// Most characters of a box number.
pub const BOX_CHARACTERS: usize = 20;

/// How a medium came to be in the hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StayCause {
    /// It was made here, and waits to be handed over.
    Made,
    /// Its holder handed it in: presented for an application to be added, to be unlocked, or because it is damaged.
    TakenIn,
}

impl StayCause {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::TakenIn => "taken_in",
        }
    }

    /// The cause with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Made, Self::TakenIn].into_iter().find(|cause| cause.code() == code)
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Made => Words::new("新制待领", "made, to be collected"),
            Self::TakenIn => Words::new("收存待还", "taken in, to be given back"),
        }
    }
}

/// What a slip is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SlipKind {
    /// A medium was handed in (收存凭证).
    TakenIn,
    /// A medium was handed over or given back (领取凭证).
    HandedOver,
}

impl Series for SlipKind {
    const SERIES: &'static [Self] = &[Self::TakenIn, Self::HandedOver];

    fn series(self) -> &'static str {
        match self {
            Self::TakenIn => "medium_taken_in",
            Self::HandedOver => "medium_handed_over",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::TakenIn => "SC",
            Self::HandedOver => "LQ",
        }
    }
}

/// The number of a slip, such as `LQ20260302-0001`.
pub type SlipNumber = RunningNumber<SlipKind>;

/// The paper that goes with a medium over the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Its number.
    pub number: SlipNumber,
    /// The outlet that counts it.
    pub outlet: String,
}

/// Where in the hall a medium is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Code of the outlet.
    pub outlet: String,
    /// The box it is in; none: it isn't in one yet.
    pub box_number: Option<String>,
}

/// A medium in the hall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Number of the medium.
    pub medium_number: String,
    /// How it came here.
    pub cause: StayCause,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// Since when it is in the hall.
    pub since: DateTime<Utc>,
    /// The paper its holder took away; none of one made here.
    pub slip: Option<Slip>,
    /// The case by which it is here.
    pub case_id: Uuid,
    /// Its acceptance number.
    pub acceptance_number: String,
}

/// A box number as it is stored: compatibility forms folded, upper case; `None` when it is none.
pub fn box_number(text: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    plain_line(&text.trim().nfkc().collect::<String>().to_uppercase(), BOX_CHARACTERS)
}

impl Form {
    /// The number of a box.
    pub(crate) fn box_number(&mut self, pointer: &str, text: &str) -> Option<String> {
        self.printable(pointer, box_number(text), BOX_CHARACTERS)
    }
}
