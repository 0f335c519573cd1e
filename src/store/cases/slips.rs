//! The case by which a slip was given.

use diesel::prelude::*;

use crate::domain::certificates::custody::SlipNumber;
use crate::domain::reports::facts::FactKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, report_facts};
use crate::store::engine::tx::Tx;

/// What happens on the day of a slip to the case by which it is given.
const HAPPENS: [FactKind; 5] =
    [FactKind::Issued, FactKind::Opened, FactKind::Closed, FactKind::Left, FactKind::Activated];

/// The numbers of the cases by which a slip was given, one an outlet: looked for among those to which something happened on its day.
///
/// # Errors
/// The database's.
pub fn cases_of_slip(tx: &mut Tx<'_>, slip: SlipNumber) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let happened = report_facts::table
            .filter(report_facts::kind.eq_any(HAPPENS.map(FactKind::code)))
            .filter(report_facts::day.eq(slip.day));
        cases::table
            .filter(cases::id.eq_any(happened.select(report_facts::case_id)))
            .filter(cases::document.like(format!("%\"{slip}\"%")))
            .select(cases::acceptance_number)
            .load(connection)
    })?)
}
