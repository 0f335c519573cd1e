//! What happened to a certificate, in words.

use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};

/// A moment of its history.
pub(super) struct Moment {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) who: String,
    pub(super) at: String,
}

/// Its history, newest first.
pub(super) fn history(visitor: &Visitor, recorded: &[Recorded<RegisterEntry>]) -> Vec<Moment> {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let moment = |recorded: &Recorded<RegisterEntry>| {
        let (key, about, why) = said(&recorded.event.event);
        let what = messages.t(key).to_owned();
        Moment {
            what: about.map_or(what.clone(), |about| format!("{what}{}{about}", messages.t("history.of"))),
            why: why.unwrap_or_default().to_owned(),
            who: recorded.actor_name.clone(),
            at: dates.moment(recorded.at),
        }
    };
    recorded.iter().rev().map(moment).collect()
}

/// The key of what happened, what it happened to, and why.
fn said(event: &CertificateEvent) -> (&'static str, Option<&str>, Option<&str>) {
    use CertificateEvent as E;
    match event {
        E::Registered { .. } => ("history.registered", None, None),
        E::RegistrationApproved => ("history.registration_approved", None, None),
        E::RegistrationRejected { reason } => ("history.registration_rejected", None, Some(reason)),
        E::Made { .. } => ("history.made", None, None),
        E::Boxed { after, .. } => ("history.boxed", after.box_number.as_deref(), None),
        E::Issued { .. } => ("history.issued", None, None),
        E::TakenIn { .. } => ("history.taken_in", None, None),
        E::GivenBack { .. } => ("history.given_back", None, None),
        E::PersonsErased => ("history.persons_erased", None, None),
        E::MediumRetired => ("history.medium_retired", None, None),
        E::Activated => ("history.activated", None, None),
        E::LockReported { lock } => ("history.lock_reported", lock.reference.as_deref(), None),
        E::LockReportWithdrawn { lock, reason } => ("history.lock_withdrawn", lock.reference.as_deref(), Some(reason)),
        E::Unlocked { reason, .. } => ("history.unlocked", None, reason.as_deref()),
        E::Suspended { suspension } => ("history.suspended", None, Some(&suspension.reason)),
        E::SuspensionWithdrawn { reason, .. } => ("history.suspension_withdrawn", None, Some(reason)),
        E::Restored { reason, .. } => ("history.restored", None, reason.as_deref()),
        E::Revoked { reason } => ("history.revoked", None, reason.as_deref()),
        E::Renewed { .. } => ("history.renewed", None, None),
        E::Changed { .. } => ("history.changed", None, None),
        E::Corrected { reason, .. } => ("history.corrected", None, Some(reason)),
        E::CorrectionAsked { correction } => ("history.correction_asked", None, Some(&correction.reason)),
        E::CorrectionDeclined { reason, .. } => ("history.correction_declined", None, Some(reason)),
        E::ServiceOpened { code, reason, .. } => ("history.service_opened", Some(code), reason.as_deref()),
        E::ServiceSuspended { code, reason, .. } => ("history.service_suspended", Some(code), reason.as_deref()),
        E::ServiceRestored { code, reason, .. } => ("history.service_restored", Some(code), reason.as_deref()),
        E::ServiceClosed { code, reason, .. } => ("history.service_closed", Some(code), reason.as_deref()),
    }
}
