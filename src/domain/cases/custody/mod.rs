//! Custody of media within a case: its custody stays, the data that an action needs, and the blockers.

pub mod handing_over;
pub mod handover;

use super::case::Case;
use super::context::Context;
use super::refusal::Refusal;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::{Effect, InputPart};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::Action;
use crate::domain::certificates::custody::Stay;
use crate::domain::certificates::verb::Verb;

/// Roles that hand over and take in media.
const AT_THE_WINDOW: &[Role] = &[Role::Clerk, Role::Supervisor];
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

/// The data that an action needs now; includes the collector if the action gives a medium back.
pub fn required_parts(case: &Case, action: &Action) -> Vec<InputPart> {
    let mut parts = action.takes.clone();
    let gives_back = action.effects.contains(&Effect::ReturnHeldMedium) && case.held_stay().is_some();
    if gives_back && case.collector.is_none() && !parts.contains(&InputPart::Collector) {
        parts.push(InputPart::Collector);
    }
    parts
}

/// The blockers of an action that come from media in custody.
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
    let in_custody = |stay: &Stay| in_custody(stay, Some(case), context);
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

/// The refusal that names where a medium is; the case only to those who see it: it is this one, or their outlet's.
fn in_custody(stay: &Stay, case: Option<&Case>, context: &Context<'_>) -> Refusal {
    let is_this = case.is_some_and(|case| case.acceptance_number == stay.acceptance_number);
    let is_staff = !context.actor.has_any(&[Role::Client]);
    let of_outlet = context.actor.outlet.as_ref().is_none_or(|outlet| *outlet == stay.place.outlet);
    Refusal::MediumInCustody {
        acceptance_number: (is_this || (is_staff && of_outlet)).then(|| stay.acceptance_number.clone()),
        box_number: stay.place.box_number.clone(),
    }
}

/// Why the medium of the held certificate can't be taken in.
fn cannot_be_taken(context: &Context<'_>) -> Option<Refusal> {
    let Some(held) = context.held else { return Some(Refusal::HeldCertificateUnknown) };
    match &held.stay {
        Some(stay) => Some(in_custody(stay, None, context)),
        None => held.permits(Verb::TakeIn, context.now).err().map(Refusal::from),
    }
}
