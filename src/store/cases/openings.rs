//! When systems and people opened cases, as the events say.

use chrono::{DateTime, Utc};

use crate::store::engine::error::StoreError;
use crate::store::engine::events;
use crate::store::engine::tx::Tx;

/// As the condition of the index has it.
const IS_OPENING: &str = "kind = 'case_opened'";

/// When somebody opened the `nth` newest of their cases, if it was after an instant; counted from 1.
///
/// # Errors
/// The database's.
pub fn nth_newest_opening(
    tx: &mut Tx<'_>,
    opener: &str,
    after: DateTime<Utc>,
    nth: u32,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    events::nth_newest(tx, IS_OPENING, opener, after, nth)
}
