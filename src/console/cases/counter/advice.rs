//! What the clerk tells whoever collects, a short line each; the hand-over slip has the same at length.

use chrono::TimeDelta;

use crate::console::applicants::paper::written;
use crate::console::page::messages::unbroken;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handover::{Handover, InstructionKind};
use crate::domain::certificates::authorization::first_minute;

/// A line: what the ear must catch first, and the rest of it.
pub struct Advice {
    /// In bold.
    pub strong: String,
    /// What follows it.
    pub rest: String,
}

impl Advice {
    fn plain(rest: impl Into<String>) -> Self {
        Self { strong: String::new(), rest: rest.into() }
    }
}

/// The lines, in the order in which the holder needs them.
pub fn advice(visitor: &Visitor, case: &Case, told: &Handover) -> Vec<Advice> {
    let messages = visitor.messages;
    let is_told = |kind: InstructionKind| told.instructions.iter().any(|instruction| instruction.kind == kind);
    let is_new = is_told(InstructionKind::ChangeInitialPin);
    let held = case.application.certificate_serial.as_deref().unwrap_or_default();
    let line = |kind: InstructionKind| match kind {
        InstructionKind::UsableFrom => Some(usable_from(visitor, told)),
        InstructionKind::SetNewPin => Some(Advice::plain(messages.t("tell.set_new_pin"))),
        InstructionKind::Extended => {
            Some(Advice::plain(messages.fill("tell.extended", "years", case.application.service_years)))
        }
        InstructionKind::DetailsChanged => Some(Advice::plain(messages.t("tell.details_changed"))),
        InstructionKind::Revoked if is_new => Some(Advice::plain(messages.fill("tell.replaced", "serial", held))),
        InstructionKind::Revoked => Some(Advice::plain(messages.fill("tell.revoked", "serial", held))),
        InstructionKind::ChangeInitialPin => Some(Advice::plain(messages.t("tell.change_initial_pin"))),
        InstructionKind::WrongPinsLock => Some(Advice::plain(messages.t("tell.wrong_pins_lock"))),
        InstructionKind::WhereToTurn => None,
    };
    let mut lines: Vec<Advice> = told.instructions.iter().filter_map(|instruction| line(instruction.kind)).collect();
    if let Some(made) = case.certificate.as_ref().filter(|_| is_new) {
        let last = visitor.dates().date(made.valid_until - TimeDelta::nanoseconds(1));
        lines.push(Advice::plain(messages.fill("tell.valid_until", "day", written(messages, last))));
    }
    let hall = visitor.service.hall();
    let supports = told.applications.iter().find_map(|application| application.support_line.as_ref());
    let telephone = hall.customer_line.as_ref().or(supports);
    lines.extend(telephone.map(|line| Advice::plain(messages.fill("tell.telephone", "line", unbroken(line)))));
    lines
}

/// From when it can be used: said before the hand-over as if that were now, so that both look at the same time.
fn usable_from(visitor: &Visitor, told: &Handover) -> Advice {
    let (messages, dates, hall) = (visitor.messages, visitor.dates(), visitor.service.hall());
    let names: Vec<&str> = told.applications.iter().map(|application| messages.of(&application.words)).collect();
    let what = names.join(messages.t("list.between"));
    let log_in = if what.is_empty() {
        messages.t("tell.log_in").to_owned()
    } else {
        messages.fill("tell.log_in_to", "what", what)
    };
    let hours = hall.authorization_delay_hours;
    if told.usable_from.is_none() && hours == 0 {
        return Advice { strong: messages.t("tell.at_once").to_owned(), rest: log_in };
    }
    let at = first_minute(told.usable_from.unwrap_or(dates.now + TimeDelta::hours(i64::from(hours))));
    let (date, time) = (dates.date(at), at.with_timezone(&dates.zone).format("%H:%M"));
    let (near, day) = (dates.near(date), dates.day(date));
    let when = if near == day { day } else { messages.with("tell.near", &[("near", &near), ("day", &day)]) };
    let after = messages.fill("tell.after_hours", "hours", hours);
    Advice {
        strong: messages.fill("tell.from", "at", format!("{when} {time}")),
        rest: if told.usable_from.is_some() { log_in } else { format!("{log_in}{after}") },
    }
}
