//! Other labels of a case, whatever state it is in: they are of whoever opened it, and nothing depends on them.

use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::intake::labels::{Labels, LabelsDraft};
use crate::domain::cases::refusal::Refusal;

/// A case that has so many events is labelled no more; one that nobody plays with has some thirty.
const MOST_EVENTS: i64 = 300;

/// Puts labels in the place of those that a case has; no event where they are the same.
///
/// # Errors
/// The faults of the labels; the persons are erased, and with their key what would protect the metadata; too much
/// happened to the case.
pub fn relabel(case: &Case, draft: &LabelsDraft) -> Result<Vec<Event>, Refusal> {
    if case.erased_at.is_some() {
        return Err(Refusal::PersonsErased);
    }
    let labels = Labels::checked(draft).map_err(|faults| Refusal::InvalidInput { faults })?;
    let before = &case.application;
    if labels == before.labels {
        return Ok(Vec::new());
    }
    if case.version >= MOST_EVENTS {
        return Err(Refusal::ChangedTooOften);
    }
    let after = Application { labels, ..before.clone() };
    let (before, after) = (Box::new(before.clone()), Box::new(after));
    Ok(vec![Event::ApplicationCorrected { before, after, checks_voided: Vec::new() }])
}
