//! The calendar as an instance remembers it between requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use chrono::NaiveDate;

use crate::domain::cases::deadlines::reckoning::CalendarInForce;

/// The calendar as this instance remembers it. Whatever counts dates asks the database first whether that is still so.
#[derive(Default)]
pub(in crate::service) struct CalendarMemory {
    pub(super) in_force: RwLock<Arc<CalendarInForce>>,
    pub(super) earlier: Mutex<HashMap<i64, Arc<CalendarInForce>>>,
    pub(super) warned_on: Mutex<Option<NaiveDate>>,
}
