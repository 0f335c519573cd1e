//! What a page says of what was done just before it was opened.

use serde::Deserialize;

use crate::console::page::address::address;
use crate::console::page::messages::Messages;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;

/// The address of a page of a case or a certificate after something was done: on it, or on the check sheet from which it was scanned.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct Done {
    pub(in crate::console) done: Option<String>,
    #[serde(default)]
    pub(in crate::console) saved: SavedBefore,
}

/// Done of a case that was to be given to whoever had it already.
pub(in crate::console) const UNCHANGED: &str = "unchanged";

/// That it is so, in words, where that is what was done.
pub(super) fn unchanged(messages: Messages, assignee: Option<&str>, done: &str) -> Option<String> {
    Some(messages.fill("listing.unchanged_one", "name", assignee.filter(|_| done == UNCHANGED)?))
}

/// Where a payment goes on, besides to the case: the page of the hand-over.
pub(in crate::console) const HAND_OVER: &str = "hand-over";

/// What is chosen and typed there of whoever collects: it goes along in forms, as it belongs into no address.
pub(in crate::console) const COLLECTOR: [&str; 5] = [
    "collector",
    "collector/name",
    "collector/document_type",
    "collector/document_country",
    "collector/document_number",
];

/// The page where the fee is taken, from which it goes on there, with the medium that was scanned.
pub(in crate::console) fn to_payment(number: &str, medium: &str) -> String {
    address(&format!("/console/cases/{number}/payment"), &[("then", HAND_OVER), ("medium", medium)])
}

/// That page after something was paid, with the medium that was scanned there before.
pub(in crate::console) fn after_payment(number: &str, medium: &str, receipt: &str) -> String {
    address(&format!("/console/cases/{number}/handover"), &[("medium", medium), ("paid", receipt)])
}

/// What was saved on a check sheet before a scan opened another page, as the address of that page carries it: `260601000140.3`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(in crate::console) struct SavedBefore(String);

impl SavedBefore {
    /// That rows of a case were saved; of none there is nothing to say.
    pub(super) fn of(case: &Case, rows: usize) -> Self {
        if rows == 0 { Self::default() } else { Self(format!("{}.{rows}", case.acceptance_number)) }
    }

    /// As an address carries it.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// What is said of it; nothing of what no sheet wrote.
    pub(in crate::console) fn said(&self, messages: Messages) -> Option<String> {
        let (number, rows) = self.0.split_once('.')?;
        let (number, rows) = (AcceptanceNumber::parse(number).ok()?, rows.parse::<u16>().ok()?);
        Some(messages.with("sheet.saved_of", &[("number", &number), ("rows", &rows)]))
    }
}
