//! That the cash-up sheet of a day was printed.
//!
//! Guarantee: each print of a sheet has a number of its own, counted in the transaction of its entry in the audit trail, which says of
//! whose money at which outlet and window it is, who printed it when, in which language, and the digest of what stood on it.

use std::collections::BTreeMap;

use super::report::Report;
use crate::domain::accounts::audit::{AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::base::words::Language;
use crate::domain::reports::query::Query;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::applicants::papers::{Print, printed_in};
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit::{self, AuditFilter};
use crate::store::engine::sequences;

/// Entries of a day that are looked at for the last print of a sheet.
const MOST_PRINTS: i64 = 500;

impl Service {
    /// The last print of the sheet that a cash-up is.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_cash_up_print(&self, cash_up: &Report) -> Result<Option<Print>, ServiceError> {
        let (about, of) = (subject(&cash_up.query), sheet(&cash_up.query));
        let read = self.db.read("cash_up_print", move |tx| {
            let filter = AuditFilter {
                kinds: vec![AuditKind::PaperPrinted],
                subjects: vec![about.id.clone()],
                ..AuditFilter::default()
            };
            let is_of_it =
                |details: &BTreeMap<String, String>| of.iter().all(|(name, said)| details.get(*name) == said.as_ref());
            let mut entries = audit::list(tx, &filter, None, MOST_PRINTS)?.into_iter();
            Ok(entries.find(|entry| is_of_it(&entry.details)).and_then(Print::entered))
        });
        read.await
    }

    /// Records that the sheet that a cash-up is gets printed: in which language, and with the SHA-256 of what stands on it.
    ///
    /// # Errors
    /// The database's.
    pub async fn record_cash_up_print(
        &self,
        caller: &Caller,
        cash_up: &Report,
        (language, sha256): (Language, String),
    ) -> Result<(), ServiceError> {
        let (day, of) = (cash_up.query.period.to, sheet(&cash_up.query));
        let entry = self.entry_by(caller, AuditKind::PaperPrinted, subject(&cash_up.query)).with("document", CASH_UP);
        let entry = of.iter().fold(entry, |entry, (name, said)| match said {
            Some(said) => entry.with(name, said),
            None => entry,
        });
        let said = of.map(|(_, said)| said.unwrap_or_default());
        let write = self.db.write("record_cash_up_print", move |tx| {
            let [outlet, window, person] = &said;
            let number = sequences::next_of(tx, &format!("print:{CASH_UP}:{person}:{window}"), day, outlet)?;
            Ok(audit::append(tx, &printed_in(entry.clone(), number, language, &sha256))?)
        });
        write.await
    }
}

/// How entries and series name it.
pub(in crate::service) const CASH_UP: &str = "cash_up";

fn subject(query: &Query) -> AuditSubject {
    AuditSubject::new(AuditSubjectKind::Report, format!("{CASH_UP}.{}", query.period.to))
}

/// Which sheet of its day it is.
fn sheet(query: &Query) -> [(&'static str, Option<String>); 3] {
    [("outlet", query.outlet.clone()), ("window", query.window.clone()), ("person", query.person.clone())]
}
