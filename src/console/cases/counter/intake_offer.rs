//! What stands in the way of an application, and what the organization can do instead: another case type with what was typed, or the
//! open case in which it goes on.

use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::base::named::Named;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::CaseType;
use crate::domain::cases::refusal::{HeldBy, Refusal};
use crate::service::certificates::holding::Holding;

/// What stands in the way, and what can be applied for instead.
pub struct Offer {
    /// Why it can't be applied for.
    pub text: String,
    /// The number of the case where it goes on.
    pub case: Option<String>,
    /// What was scanned, and isn't a case.
    pub serial: Option<String>,
    /// Code and name of each case type that can be.
    pub instead: Vec<(String, String)>,
}

impl Offer {
    /// What an organization can do that has applied already.
    pub fn of(visitor: &Visitor, held_by: HeldBy) -> Self {
        let messages = visitor.messages;
        let text = messages.line(&Refusal::AlreadyApplied { held_by: held_by.clone() }.words());
        match held_by {
            HeldBy::Certificate { offers, .. } => {
                Self { text, case: None, serial: None, instead: named(messages, offers) }
            }
            HeldBy::Registration { .. } => Self { text, case: None, serial: None, instead: Vec::new() },
            HeldBy::Case { acceptance_number } => {
                Self { text, case: acceptance_number, serial: None, instead: Vec::new() }
            }
        }
    }

    /// Why this case type can't be applied for, or what else can be; none where it simply can.
    pub fn on(visitor: &Visitor, case_type: &CaseType, found: Holding) -> Option<Self> {
        let (messages, needs_held) = (visitor.messages, case_type.needs_held_certificate());
        let serial = found.certificate.map(|held| held.serial).unwrap_or_default();
        let offers = found.offers.into_iter().filter(|offer| offer.code != case_type.code).collect();
        let instead = named(messages, offers);
        let told = |text: String| Self { text, case: None, serial: None, instead: instead.clone() };
        let refusal = found.refusal?;
        let at_work = found.at_work.filter(|busy| *busy != refusal);
        let offer = match refusal {
            Refusal::AlreadyApplied { held_by: HeldBy::Case { acceptance_number } } if needs_held => {
                Self { case: acceptance_number, ..told(messages.t("intake.in_progress").to_owned()) }
            }
            Refusal::AlreadyApplied { held_by } => Self::of(visitor, held_by),
            Refusal::HeldCertificateUnknown => {
                let text = messages.t("intake.none_held").to_owned();
                Self { instead: named(messages, new_ones(visitor)), ..told(text) }
            }
            refusal @ Refusal::CertificateBusy { .. } => {
                Self { case: number_of(&refusal), ..told(messages.line(&refusal.words())) }
            }
            refusal => {
                let why = messages.of(&refusal.words()).to_owned();
                told(messages.with("intake.not_on_held", &[("serial", &serial), ("why", &why)]))
            }
        };
        // Whatever stands in the way: the open case on the certificate is where it goes on.
        Some(match at_work.filter(|_| offer.case.is_none()) {
            Some(busy) => Self { text: both(messages, &offer.text, &busy.words()), case: number_of(&busy), ..offer },
            None => offer,
        })
    }
}

/// Two reasons as two sentences; the first may be one already.
fn both(messages: Messages, first: &str, second: &Words) -> String {
    let first = first.trim_end_matches(['。', '.']);
    messages.with("intake.both", &[("first", &first), ("second", &messages.line(second))])
}

/// The case that a refusal names.
fn number_of(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::CertificateBusy { acceptance_number, .. } => acceptance_number.clone(),
        _ => None,
    }
}

fn named(messages: Messages, offers: Vec<Named>) -> Vec<(String, String)> {
    offers.into_iter().map(|offer| (offer.code, messages.of(&offer.words).to_owned())).collect()
}

/// The case types for an organization that holds nothing.
fn new_ones(visitor: &Visitor) -> Vec<Named> {
    let open = visitor.service.opened_by(&visitor.caller).filter(|it| !it.needs_held_certificate());
    open.map(|it| Named { code: it.code.clone(), words: it.words.clone() }).collect()
}
