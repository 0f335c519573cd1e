//! What happened to a certificate, in words; and when it was locked or suspended.

use chrono::{DateTime, Utc};

use super::happenings::changes;
use super::names::{reason_called, service_called};
use crate::console::page::messages::Messages;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::recorded::Recorded;
use crate::domain::certificates::certificate::Lock;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};

/// A moment of its history.
pub(super) struct Moment {
    pub(super) what: String,
    /// Why, and what was changed.
    pub(super) why: Vec<String>,
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
            what: about.map_or(what.clone(), |about| {
                let about =
                    if key.starts_with("history.service_") { service_called(visitor, about) } else { about.to_owned() };
                format!("{what}{}{about}", messages.t("history.of"))
            }),
            why: why
                .map(|why| reason_called(messages, why))
                .into_iter()
                .chain(changed(visitor, &recorded.event.event))
                .collect(),
            who: recorded.actor_name.clone(),
            at: dates.moment(recorded.at),
        }
    };
    recorded.iter().rev().map(moment).collect()
}

/// What was changed on it, field by field.
fn changed(visitor: &Visitor, event: &CertificateEvent) -> Vec<String> {
    match event {
        CertificateEvent::Changed { before, after } | CertificateEvent::Corrected { before, after, .. } => {
            changes(visitor.messages, before, after)
        }
        _ => Vec::new(),
    }
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
        E::ServiceUsable { code, .. } => ("history.service_usable", Some(code), None),
        E::ServiceClosed { code, reason, .. } => ("history.service_closed", Some(code), reason.as_deref()),
    }
}

/// A time in which it could not be used: locked, or suspended.
pub(super) struct Interruption {
    pub(super) what: String,
    pub(super) since: String,
    /// Who reported it, and by what they find it again.
    pub(super) by: String,
    /// When it ended and how; none: it lasts.
    pub(super) end: Option<(String, String)>,
    pub(super) tag: Tag,
}

/// A report that may still stand.
struct Report {
    is_lock: bool,
    since: DateTime<Utc>,
    by: String,
    reported_by: Option<String>,
    end: Option<(DateTime<Utc>, String)>,
}

/// Every lock and every suspension of it, newest first.
pub(super) fn interruptions(visitor: &Visitor, recorded: &[Recorded<RegisterEntry>]) -> Vec<Interruption> {
    let mut reports = Vec::new();
    for recorded in recorded {
        follow(&mut reports, recorded, visitor.messages);
    }
    let (messages, dates) = (visitor.messages, visitor.dates());
    let shown = |report: Report| {
        let (what, lasts) = if report.is_lock {
            ("interruption.lock", Tag::new("late", messages.t("interruption.locked").to_owned()))
        } else {
            ("interruption.suspension", Tag::new("paused", messages.t("interruption.suspended").to_owned()))
        };
        Interruption {
            what: messages.t(what).to_owned(),
            since: dates.cell(report.since),
            by: report.by,
            end: report.end.map(|(at, how)| (dates.cell(at), how)),
            tag: lasts,
        }
    };
    reports.into_iter().rev().map(shown).collect()
}

/// What one more event makes of the reports before it.
fn follow(reports: &mut Vec<Report>, recorded: &Recorded<RegisterEntry>, messages: Messages) {
    use CertificateEvent as E;
    let said = |why: Option<&str>| match why {
        Some(why) => format!("{} · {}", recorded.actor_name, reason_called(messages, why)),
        None => recorded.actor_name.clone(),
    };
    let lock = |lock: &Lock| Report {
        is_lock: true,
        since: lock.at,
        by: said(lock.reference.as_deref()),
        reported_by: Some(lock.reported_by.clone()),
        end: None,
    };
    let mut end = |ended: &dyn Fn(&Report) -> bool, why: Option<&str>| {
        for report in reports.iter_mut().filter(|report| report.end.is_none() && ended(report)) {
            report.end = Some((recorded.at, said(why)));
        }
    };
    match &recorded.event.event {
        E::LockReportWithdrawn { lock, reason } => {
            end(&|one| one.is_lock && one.reported_by.as_ref() == Some(&lock.reported_by), Some(reason));
        }
        E::SuspensionWithdrawn { suspension, reason } => {
            end(&|one| !one.is_lock && one.reported_by == suspension.reported_by, Some(reason));
        }
        E::Unlocked { reason, .. } => end(&|one| one.is_lock, reason.as_deref()),
        E::Restored { reason, .. } => end(&|one| !one.is_lock, reason.as_deref()),
        E::Revoked { .. } => end(&|_| true, Some(messages.t("history.revoked"))),
        E::Registered { certificate } => reports.extend(certificate.lock.as_ref().map(lock)),
        E::LockReported { lock: reported } => reports.push(lock(reported)),
        E::Suspended { suspension } => reports.push(Report {
            is_lock: false,
            since: suspension.since,
            by: said(Some(&suspension.reason)),
            reported_by: suspension.reported_by.clone(),
            end: None,
        }),
        _ => {}
    }
}
