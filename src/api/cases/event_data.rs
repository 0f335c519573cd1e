//! The data of an event in responses: identity numbers, phones and document numbers are always masked.
//!
//! An event is written as it goes to the store, texts of persons marked; then each part with a number of a person in it is
//! written again, masked, and names lose their marks. The matches name every kind of event, so that a new one doesn't compile until somebody has said whether a person stands in it.

use serde_json::Value;

use super::application_view::application_view;
use super::handover_view::CollectorView;
use crate::domain::base::person::MARK;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;

/// The event as JSON, masked.
///
/// # Errors
/// It can't be written as JSON, which doesn't happen with the events that there are.
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
            data["before"] = serde_json::to_value(before.as_ref().map(CollectorView::from))?;
            data["after"] = serde_json::to_value(CollectorView::from(after))?;
        }
        // The kind says that it was a certificate; besides the certificate's own data there is which one.
        Event::Certificate { id, serial, event } => {
            data = of_certificate(event)?;
            data["kind"] = format!("certificate_{}", data["kind"].as_str().unwrap_or_default()).into();
            data["id"] = id.to_string().into();
            data["serial"] = serial.as_str().into();
        }
        // No person stands in these, or by name only: who acted, who handles a certificate, whose a case is.
        Event::MaterialRecorded { .. }
        | Event::NoticeGiven { .. }
        | Event::EditionMoved { .. }
        | Event::CommitmentAccepted { .. }
        | Event::PaymentRecorded { .. }
        | Event::PaymentCancelled { .. }
        | Event::PaymentRefunded { .. }
        | Event::FeeWaived { .. }
        | Event::CopiesDistributed { .. }
        | Event::DeadlinePaused { .. }
        | Event::DeadlineResumed { .. }
        | Event::LimitExtended { .. }
        | Event::DeadlineSettled { .. }
        | Event::CalendarChanged { .. }
        | Event::Announced { .. }
        | Event::Assigned { .. }
        | Event::StateChanged { .. }
        | Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::PersonsErased { .. }
        | Event::Remarked { .. } => {}
    }
    Ok(data)
}

/// An event of a certificate as JSON.
///
/// # Errors
/// As of [`masked`].
pub(in crate::api) fn of_certificate(event: &CertificateEvent) -> Result<Value, serde_json::Error> {
    match event {
        // No number of a person stands in these, and persons by name only: who handles a certificate, who asked.
        CertificateEvent::Registered { .. }
        | CertificateEvent::RegistrationApproved
        | CertificateEvent::RegistrationRejected { .. }
        | CertificateEvent::Made { .. }
        | CertificateEvent::Boxed { .. }
        | CertificateEvent::Issued { .. }
        | CertificateEvent::TakenIn { .. }
        | CertificateEvent::GivenBack { .. }
        | CertificateEvent::MediumRetired
        | CertificateEvent::Activated
        | CertificateEvent::LockReported { .. }
        | CertificateEvent::LockReportWithdrawn { .. }
        | CertificateEvent::Unlocked { .. }
        | CertificateEvent::Suspended { .. }
        | CertificateEvent::SuspensionWithdrawn { .. }
        | CertificateEvent::Restored { .. }
        | CertificateEvent::Revoked { .. }
        | CertificateEvent::Renewed { .. }
        | CertificateEvent::Changed { .. }
        | CertificateEvent::Corrected { .. }
        | CertificateEvent::CorrectionAsked { .. }
        | CertificateEvent::CorrectionDeclined { .. }
        | CertificateEvent::ServiceOpened { .. }
        | CertificateEvent::ServiceSuspended { .. }
        | CertificateEvent::ServiceRestored { .. }
        | CertificateEvent::ServiceUsable { .. }
        | CertificateEvent::ServiceClosed { .. }
        | CertificateEvent::PersonsErased => {
            let mut data = serde_json::to_value(event)?;
            unmark(&mut data);
            Ok(data)
        }
    }
}

/// Takes out what the hall notes for itself, before another system reads it: why it keeps a case, gave it to somebody, accepted a code, or did something at the
/// register. What an applicant is told, in notices and decisions, stays.
pub(in crate::api) fn without_notes(kind: &str, data: &mut Value) {
    let of_certificate = kind.strip_prefix("certificate_");
    if of_certificate.is_some() || matches!(kind, "hold_placed" | "hold_lifted" | "assigned") {
        without_reasons(of_certificate.unwrap_or(kind), data);
    }
    for side in ["application", "before", "after"] {
        if let Some(reason) = data.pointer_mut(&format!("/{side}/organization/check_override_reason")) {
            *reason = Value::Null;
        }
    }
}

/// Takes out every reason in the data of an event of a kind.
pub(in crate::api) fn without_reasons(kind: &str, data: &mut Value) {
    // It has one only where it was no unlocking at the window.
    if let (UNLOCKED, Some(members)) = (kind, data.as_object_mut()) {
        members.remove("reason");
    }
    no_reason(data);
}

const UNLOCKED: &str = "unlocked";

fn no_reason(data: &mut Value) {
    match data {
        Value::Array(items) => items.iter_mut().for_each(no_reason),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match (name.as_str(), &value) {
            ("reason", Value::String(_)) => *value = Value::Null,
            _ => no_reason(value),
        }),
        _ => {}
    }
}

/// Takes the marks off that persons' names bear on their way to the store.
fn unmark(data: &mut Value) {
    match data {
        Value::String(text) if text.starts_with(MARK) => *text = text.split_off(MARK.len_utf8()),
        Value::Array(items) => items.iter_mut().for_each(unmark),
        Value::Object(members) => members.values_mut().for_each(unmark),
        _ => {}
    }
}
