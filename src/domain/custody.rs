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

use super::case::Case;
use super::certificate::Verb;
use super::form::plain_line;
use super::machine::{Context, Definition};
use super::refusal::Refusal;
use super::role::Role;
use super::running_number::{RunningNumber, Series};
use super::words::Words;
use super::workflow::{Action, Effect, InputPart};

/// Those who hand media over the counter.
const AT_THE_WINDOW: &[Role] = &[Role::Clerk, Role::Supervisor];
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

impl Case {
    /// The medium of the certificate held, while the hall has it by this case.
    pub fn held_stay(&self) -> Option<(&str, &Stay)> {
        let serial = self.application.certificate_serial.as_deref()?;
        self.custody.get(serial).map(|stay| (serial, stay))
    }

    /// The medium of the certificate made, while the hall has it.
    pub fn made_stay(&self) -> Option<(&str, &Stay)> {
        let serial = self.certificate.as_ref()?.serial.as_str();
        self.custody.get(serial).map(|stay| (serial, stay))
    }

    /// The medium that is put in a box: the one made, before one that was handed in.
    pub fn stay_to_box(&self) -> Option<(&str, &Stay)> {
        self.made_stay().or_else(|| self.held_stay())
    }
}

/// The data that an action needs now: who takes it, too, where it gives back what the hall has.
pub fn required_parts(case: &Case, action: &Action) -> Vec<InputPart> {
    let mut parts = action.takes.clone();
    let gives_back = action.effects.contains(&Effect::ReturnHeldMedium) && case.held_stay().is_some();
    if gives_back && case.collector.is_none() && !parts.contains(&InputPart::Collector) {
        parts.push(InputPart::Collector);
    }
    parts
}

/// What stands in the way of an action, of the media that the hall has or is to have.
pub fn blockers(definition: Definition<'_>, case: &Case, action: &Action, context: &Context<'_>) -> Vec<Refusal> {
    let does = |effect: Effect| action.effects.contains(&effect);
    let (held, made) = (case.held_stay().map(|(_, stay)| stay), case.made_stay().map(|(_, stay)| stay));
    let mut refusals = Vec::new();
    if does(Effect::BoxMedium) && case.stay_to_box().is_none() {
        refusals.push(Refusal::MediumNotInCustody);
    }
    if does(Effect::TakeHeldMedium) {
        refusals.extend(cannot_be_taken(context));
    }
    let given = held.filter(|_| does(Effect::ReturnHeldMedium));
    let handed = made.filter(|_| does(Effect::IssueCertificate));
    for stay in given.into_iter().chain(handed).filter(|stay| stay.place.outlet != case.application.outlet) {
        let outlet = context.hall.outlet(&stay.place.outlet).map(|outlet| outlet.words.clone());
        let outlet = outlet.unwrap_or_else(|| Words::new(stay.place.outlet.clone(), stay.place.outlet.clone()));
        refusals.push(Refusal::MediumElsewhere { outlet, place: stay.place.clone() });
    }
    // A key isn't given back by another system, nor by the hall's clock.
    refusals.extend(given.filter(|_| !context.actor.has_any(AT_THE_WINDOW)).map(in_custody));
    if does(Effect::RetireHeldMedium) && held.is_some() && !does(Effect::RevokeHeldCertificate) {
        let refusal = context.held.and_then(|held| held.permits(Verb::RetireMedium, context.now).err());
        refusals.extend(refusal.map(Refusal::from));
    }
    let ends = action.to.as_ref().and_then(|to| definition.workflow.state(to)).is_some_and(|state| state.is_final);
    let held_stays = held.filter(|_| !does(Effect::ReturnHeldMedium) && !does(Effect::RetireHeldMedium));
    let made_stays = made.filter(|_| !does(Effect::IssueCertificate) && !does(Effect::VoidCertificate));
    if ends {
        refusals.extend(held_stays.or(made_stays).map(in_custody));
    }
    refusals
}

/// The refusal that names where a medium is.
fn in_custody(stay: &Stay) -> Refusal {
    Refusal::MediumInCustody {
        acceptance_number: stay.acceptance_number.clone(),
        box_number: stay.place.box_number.clone(),
    }
}

/// Why the medium of the certificate held can't be taken in.
fn cannot_be_taken(context: &Context<'_>) -> Option<Refusal> {
    let Some(held) = context.held else { return Some(Refusal::HeldCertificateUnknown) };
    match &held.stay {
        Some(stay) => Some(in_custody(stay)),
        None => held.permits(Verb::TakeIn, context.now).err().map(Refusal::from),
    }
}
