//! An event's data as it is answered: identity numbers, phones and document numbers are masked wherever they stand.

use serde_json::Value;

use super::application_view::application_view;
use super::view::last_four;
use crate::domain::cases::event::Event;

/// The event as JSON, masked.
///
/// # Errors
/// It can't be written as JSON; none of ours is one.
pub(in crate::api) fn masked(event: &Event) -> Result<Value, serde_json::Error> {
    let mut data = serde_json::to_value(event)?;
    match event {
        Event::CaseOpened { application, .. } => {
            data["application"] = serde_json::to_value(application_view(application))?;
        }
        Event::ApplicationCorrected { before, after, .. } => {
            data["before"] = serde_json::to_value(application_view(before))?;
            data["after"] = serde_json::to_value(application_view(after))?;
        }
        Event::CollectorRecorded { before, after } => {
            data["after"]["document_number"] = last_four(&after.document_number).into();
            if let Some(before) = before {
                data["before"]["document_number"] = last_four(&before.document_number).into();
            }
        }
        _ => {}
    }
    Ok(data)
}
