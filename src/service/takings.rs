//! Money of a case in the store: numbers for receipts, and what the cash-up counts. In the transaction of the events.

use crate::domain::case::Case;
use crate::domain::command::{Event, Recorded};
use crate::domain::takings::entries;
use crate::store::{Tx, sequences, takings};

use super::error::ServiceError;

/// Gives events of money their numbers, counted by outlet and day: a transaction that is rolled back gives them back.
pub(super) fn count(tx: &mut Tx<'_>, events: &mut [Event]) -> Result<(), ServiceError> {
    for (receipt, outlet) in events.iter_mut().filter_map(Event::receipt_mut) {
        receipt.number = sequences::next_receipt(tx, receipt.day, outlet, receipt.kind)?;
    }
    Ok(())
}

/// Keeps what was recorded of money for the cash-up.
pub(super) fn keep(tx: &mut Tx<'_>, recorded: &[Recorded], after: &Case) -> Result<(), ServiceError> {
    Ok(takings::append(tx, after.id, &entries(recorded, after))?)
}
