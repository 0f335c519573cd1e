//! What dates are counted by.

use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::calendar::working_days::Calendar;

/// The calendar that the hall counts by now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarInForce {
    /// Counts the changes; what was settled names the one it was counted by.
    pub edition: i64,
    /// The days.
    pub calendar: Calendar,
}

/// What dates depend on besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Reckoning<'a> {
    /// The calendar.
    pub calendar: &'a CalendarInForce,
    /// Zone and hours of business.
    pub hours: &'a OfficeHours,
}
