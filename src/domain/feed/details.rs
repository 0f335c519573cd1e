//! What is told of an event beside its type: what a program needs to decide whether to ask for more.

use chrono::{DateTime, Utc};

use crate::domain::cases::deadlines::announcement::AnnouncementKind;
use crate::domain::cases::event::Event;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::certificates::event::CertificateEvent;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    /// Only that it happened.
    Nothing,
    /// The states that a case left and is in.
    State(StateChange),
    /// Code of the paper that was checked.
    Material(String),
    /// What was announced, and when it fell due.
    Announcement(AnnouncementKind, DateTime<Utc>),
    /// Until when a certificate is valid, which was set.
    Validity(DateTime<Utc>),
    /// Kind and code of the service that it is about.
    Service(ServiceKind, String),
    /// The same, and from when that service can be used.
    ServiceOpened(ServiceKind, String, DateTime<Utc>),
}

/// A case's way from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// Code of the state that it left.
    pub from: String,
    /// Code of the state that it is in.
    pub to: String,
    /// Whether it ended.
    pub closed: bool,
}

impl Details {
    /// Of a case's event.
    pub fn of_case(event: &Event) -> Self {
        match event {
            Event::StateChanged { from, to, closed, .. } => {
                Self::State(StateChange { from: from.clone(), to: to.clone(), closed: *closed })
            }
            Event::MaterialRecorded { material, .. } => Self::Material(material.clone()),
            Event::Announced { announcement } => Self::Announcement(announcement.kind, announcement.due_at),
            Event::Certificate { event, .. } => Self::of_certificate(event),
            Event::CaseOpened { .. }
            | Event::NoticeGiven { .. }
            | Event::ApplicationCorrected { .. }
            | Event::EditionMoved { .. }
            | Event::CommitmentAccepted { .. }
            | Event::PaymentRecorded { .. }
            | Event::PaymentCancelled { .. }
            | Event::PaymentRefunded { .. }
            | Event::FeeWaived { .. }
            | Event::CollectorRecorded { .. }
            | Event::CopiesDistributed { .. }
            | Event::DeadlinePaused { .. }
            | Event::DeadlineResumed { .. }
            | Event::LimitExtended { .. }
            | Event::DeadlineSettled { .. }
            | Event::CalendarChanged { .. }
            | Event::Assigned { .. }
            | Event::HoldPlaced { .. }
            | Event::HoldLifted { .. }
            | Event::PersonsErased { .. }
            | Event::Remarked { .. } => Self::Nothing,
        }
    }

    /// Of a certificate's event.
    pub fn of_certificate(event: &CertificateEvent) -> Self {
        match event {
            CertificateEvent::Registered { certificate } | CertificateEvent::Made { certificate } => {
                Self::Validity(certificate.valid_until)
            }
            CertificateEvent::Renewed { valid_until, .. } => Self::Validity(*valid_until),
            CertificateEvent::ServiceOpened { service, code, usable_from, .. } => {
                Self::ServiceOpened(*service, code.clone(), *usable_from)
            }
            CertificateEvent::ServiceSuspended { service, code, .. }
            | CertificateEvent::ServiceRestored { service, code, .. }
            | CertificateEvent::ServiceUsable { service, code }
            | CertificateEvent::ServiceClosed { service, code, .. } => Self::Service(*service, code.clone()),
            CertificateEvent::RegistrationApproved
            | CertificateEvent::RegistrationRejected { .. }
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
            | CertificateEvent::Changed { .. }
            | CertificateEvent::Corrected { .. }
            | CertificateEvent::CorrectionAsked { .. }
            | CertificateEvent::CorrectionDeclined { .. }
            | CertificateEvent::PersonsErased => Self::Nothing,
        }
    }
}
