//! Money of a case in the store: numbers for receipts, and what the cash-up counts. In the transaction of the events.

use chrono::NaiveDate;

use crate::domain::case::Case;
use crate::domain::command::{Event, Recorded};
use crate::domain::takings::entries;
use crate::domain::words::Words;
use crate::store::{Tx, sequences, takings};

use super::Service;
use super::error::ServiceError;

/// So many days ahead the board says that prices end.
const WARNED_DAYS: u64 = 30;

impl Service {
    /// What to say when the prices end soon and none follow.
    pub(super) fn price_warning(&self, today: NaiveDate) -> Option<Words> {
        let (list, last) = self.hall.prices.ending_within(WARNED_DAYS, today)?;
        let code = &list.code;
        Some(Words::new(
            format!("收费标准“{code}”于{last}到期，尚无后续标准；到期后不能收件"),
            format!("price list \"{code}\" ends on {last} and none follows it: no application can be taken then"),
        ))
    }
}

/// The events with their numbers on paper, counted by outlet and day: a transaction that is rolled back gives them back.
pub(super) fn counted(tx: &mut Tx<'_>, mut events: Vec<Event>) -> Result<Vec<Event>, ServiceError> {
    for uncounted in events.iter_mut().filter_map(Event::uncounted) {
        *uncounted.number = sequences::next_of(tx, uncounted.series, uncounted.day, uncounted.outlet)?;
    }
    Ok(events)
}

/// Keeps what was recorded of money for the cash-up.
pub(super) fn keep(tx: &mut Tx<'_>, recorded: &[Recorded], after: &Case) -> Result<(), ServiceError> {
    Ok(takings::append(tx, after.id, &entries(recorded, after))?)
}
