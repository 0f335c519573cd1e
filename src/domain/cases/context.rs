//! What a decision depends on besides the case: time, caller, hall and register come in by the [`Context`].

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::deadlines::reckoning::{CalendarInForce, Reckoning};
use crate::domain::accounts::actor::Actor;
use crate::domain::case_types::catalog::Catalog;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::hall::Hall;

/// What a decision depends on besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The instant of the decision.
    pub now: DateTime<Utc>,
    /// Who asks.
    pub actor: &'a Actor,
    /// The hall.
    pub hall: &'a Hall,
    /// Every case type, for what can be applied for instead.
    pub catalog: &'a Catalog,
    /// The calendar.
    pub calendar: &'a CalendarInForce,
    /// The certificate held, as the register has it, where the case works on one.
    pub held: Option<&'a Certificate>,
    /// An identity for what the decision creates.
    pub fresh_id: Uuid,
}

impl<'a> Context<'a> {
    /// What dates are counted by.
    pub fn reckoning(&self) -> Reckoning<'a> {
        Reckoning { calendar: self.calendar, hours: &self.hall.hours }
    }
}
