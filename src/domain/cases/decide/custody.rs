//! What a decision does with media: puts them in boxes, takes them in, hands them over, gives them back.

use crate::domain::base::form::Form;
use crate::domain::case_types::codes::Effect;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::domain::certificates::custody::{Place, Slip, SlipKind, SlipNumber, Stay, StayCause, box_number};

impl Decision<'_> {
    pub(in crate::domain) fn check_box(&self, typed: &str, action: &Action, form: &mut Form) {
        let at = "/box_number";
        let Some(number) = form.box_number(at, typed) else { return };
        let moves = action.effects.contains(&Effect::BoxMedium);
        let stay = self.case.stay_to_box().filter(|_| moves);
        if stay.is_some_and(|(_, stay)| stay.place == self.place(Some(number))) {
            form.fault(at, "nothing_changed", "介质已在该盒中", "the medium is in this box already");
        }
    }

    pub(in crate::domain) fn on_medium(&self, effect: Effect, input: &ActionInput) -> Option<Event> {
        let box_number = input.box_number.as_deref().and_then(box_number);
        match effect {
            Effect::IssueCertificate => {
                let serial = self.case.certificate.as_ref()?.serial.clone();
                Some(Event::CertificateIssued { serial, slip: self.slip(SlipKind::HandedOver) })
            }
            Effect::BoxMedium => {
                let (serial, stay) = self.case.stay_to_box()?;
                let (before, after) = (stay.place.clone(), self.place(Some(box_number?)));
                Some(Event::MediumBoxed { serial: serial.to_owned(), before, after })
            }
            Effect::TakeHeldMedium => {
                let held = self.context.held?;
                let stay = Stay {
                    medium_number: held.medium_number.clone(),
                    cause: StayCause::TakenIn,
                    place: self.place(box_number),
                    since: self.context.now,
                    slip: Some(self.slip(SlipKind::TakenIn)),
                    case_id: self.case.id,
                    acceptance_number: self.case.acceptance_number.clone(),
                };
                Some(Event::HeldMediumTaken { serial: held.serial.clone(), stay: Box::new(stay) })
            }
            Effect::ReturnHeldMedium => {
                let (serial, _) = self.case.held_stay()?;
                let slip = self.slip(SlipKind::HandedOver);
                Some(Event::HeldMediumReturned { serial: serial.to_owned(), slip })
            }
            Effect::RetireHeldMedium => {
                let (serial, _) = self.case.held_stay()?;
                Some(Event::HeldMediumRetired { serial: serial.to_owned() })
            }
            _ => None,
        }
    }

    /// At the outlet of the case, maybe in a box.
    fn place(&self, box_number: Option<String>) -> Place {
        Place { outlet: self.case.application.outlet.clone(), box_number }
    }

    fn slip(&self, kind: SlipKind) -> Slip {
        let day = self.context.hall.hours.local_date(self.context.now);
        Slip { number: SlipNumber::not_yet(kind, day), outlet: self.case.application.outlet.clone() }
    }
}
