//! What is told of an event beside its type: what a program needs to decide whether to ask for more.

use chrono::{DateTime, Utc};

use crate::domain::cases::deadlines::announcement::AnnouncementKind;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::certificate::ServiceKind;

/// What is told. What an event has nothing to say of is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The states that a case left and is in, and whether it ended.
    pub state: Option<StateChange>,
    /// Code of the paper that was checked or promised.
    pub material: Option<String>,
    /// What was announced, and when it fell due.
    pub announcement: Option<(AnnouncementKind, DateTime<Utc>)>,
    /// Until when a certificate is valid, where that was set.
    pub valid_until: Option<DateTime<Utc>>,
    /// Kind and code of the service that it is about.
    pub service: Option<(ServiceKind, String)>,
    /// From when that service can be used.
    pub usable_from: Option<DateTime<Utc>>,
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
        let nothing = Self::default();
        match event {
            Event::StateChanged { from, to, closed } => {
                Self { state: Some(StateChange { from: from.clone(), to: to.clone(), closed: *closed }), ..nothing }
            }
            Event::MaterialRecorded { material, .. } => Self { material: Some(material.clone()), ..nothing },
            Event::Announced { announcement } => {
                Self { announcement: Some((announcement.kind, announcement.due_at)), ..nothing }
            }
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
            | Event::Remarked { .. } => nothing,
        }
    }

    /// Of a certificate's event.
    pub fn of_certificate(event: &CertificateEvent) -> Self {
        let nothing = Self::default();
        let of = |service: &ServiceKind, code: &String| Self { service: Some((*service, code.clone())), ..Self::default() };
        match event {
            CertificateEvent::Registered { certificate } | CertificateEvent::Made { certificate } => {
                Self { valid_until: Some(certificate.valid_until), ..nothing }
            }
            CertificateEvent::Renewed { valid_until, .. } => Self { valid_until: Some(*valid_until), ..nothing },
            CertificateEvent::ServiceOpened { service, code, usable_from, .. } => {
                Self { usable_from: Some(*usable_from), ..of(service, code) }
            }
            CertificateEvent::ServiceSuspended { service, code, .. }
            | CertificateEvent::ServiceRestored { service, code, .. }
            | CertificateEvent::ServiceClosed { service, code, .. } => of(service, code),
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
            | CertificateEvent::PersonsErased => nothing,
        }
    }
}
