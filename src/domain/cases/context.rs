//! The inputs of a decision besides the case: time, caller, hall and register are passed in the [`Context`].

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::deadlines::reckoning::{CalendarInForce, Reckoning};
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::Role;
use crate::domain::base::organization::CheckOverride;
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
    /// Every case type, for alternatives.
    pub catalog: &'a Catalog,
    /// The calendar.
    pub calendar: &'a CalendarInForce,
    /// The held certificate from the register, if the case works on one.
    pub held: Option<&'a Certificate>,
    /// An identity for what the decision creates.
    pub fresh_id: Uuid,
}

impl<'a> Context<'a> {
    /// What dates are counted by.
    pub fn reckoning(&self) -> Reckoning<'a> {
        Reckoning { calendar: self.calendar, hours: &self.hall.hours }
    }

    /// The day of the decision in the hall's zone.
    pub fn today(&self) -> NaiveDate {
        self.hall.hours.local_date(self.now)
    }

    /// Whether the caller may accept a code whose check character is wrong.
    pub fn check_override(&self) -> CheckOverride {
        if self.actor.roles.contains(&Role::Supervisor) { CheckOverride::Permitted } else { CheckOverride::Refused }
    }
}
