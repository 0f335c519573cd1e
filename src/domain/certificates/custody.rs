//! Custody of media: where a USB key is while the hall has it, from its making to its hand-over, and from being handed
//! in to being given back.
//!
//! Cast: a [`Stay`] is one medium in the hall, at an outlet and maybe in a box; a [`Slip`] is the paper that whoever hands
//! a medium in, or is handed one, takes away (收存凭据, 领取凭据).
//!
//! Guarantee: nothing is in two places. A medium belongs to one certificate, and a certificate has one stay or none; the
//! case by which it is here has the same stay, changed by the same event, and doesn't end while it has one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::base::form::Form;
use crate::domain::base::running_number::{RunningNumber, Series};
use crate::domain::base::text;
use crate::domain::base::vocabulary::vocabulary;

/// Most characters of a box number.
pub const BOX_CHARACTERS: usize = 20;

vocabulary! {
    /// Why a medium is in the hall.
    pub enum StayCause {
        /// It was made here, and waits to be handed over.
        Made = "made", "新制待领", "made, waiting to be collected";
        /// Its holder handed it in: presented for an application to be added, to be unlocked, or because it is damaged.
        TakenIn = "taken_in", "收存待还", "taken in, to be returned";
    }
}

vocabulary! {
    /// What a slip is for.
    pub enum SlipKind {
        /// A medium was handed in (收存凭据).
        TakenIn = "medium_taken_in";
        /// A medium was handed over or given back (领取凭据).
        HandedOver = "medium_handed_over";
    }
}

impl Series for SlipKind {
    const SERIES: &'static [Self] = &Self::ALL;

    fn series(self) -> &'static str {
        self.code()
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

/// The slip that documents a hand-over of a medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Slip {
    /// Its number.
    #[schema(value_type = String)]
    pub number: SlipNumber,
    /// The outlet that counts it.
    pub outlet: String,
}

/// Where in the hall a medium is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Place {
    /// Code of the outlet.
    pub outlet: String,
    /// The box it is in; none: it isn't in one yet.
    pub box_number: Option<String>,
}

/// A medium in the hall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// The case by which it is here; not told to whoever may not see it.
    #[schema(required = false)]
    pub case_id: Uuid,
    /// Its acceptance number; likewise.
    #[schema(required = false)]
    pub acceptance_number: String,
}

/// A box number as it is stored; `None` when it is none.
pub fn box_number(text: &str) -> Option<String> {
    text::code(text, BOX_CHARACTERS)
}

impl Form {
    /// The number of a box.
    pub(crate) fn box_number(&mut self, pointer: &str, text: &str) -> Option<String> {
        self.code(pointer, text, BOX_CHARACTERS)
    }
}
