//! What is told of an event, in the shape that its type has.
//!
//! Guarantees: the type of an event says which members its data have, and the OpenAPI document has them from the same types; an event
//! whose data were of another shape isn't told at all. No person is named.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::cases::deadlines::announcement::AnnouncementKind;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::feed::details::Details;
use crate::domain::feed::event_type::{EventType, Kind};
use crate::service::feed::OfCase;

/// Which members the data of an event have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Case,
    CaseState,
    CaseMaterial,
    CaseAnnouncement,
    Certificate,
    CertificateValidity,
    CertificateService,
    CertificateServiceOpened,
}

impl Shape {
    pub(super) const ALL: [Self; 8] = [
        Self::Case,
        Self::CaseState,
        Self::CaseMaterial,
        Self::CaseAnnouncement,
        Self::Certificate,
        Self::CertificateValidity,
        Self::CertificateService,
        Self::CertificateServiceOpened,
    ];

    /// That of a type's data.
    pub(super) fn of(event_type: EventType) -> Self {
        use EventType as Of;
        match (event_type, event_type.kind()) {
            (Of::StateChanged, _) => Self::CaseState,
            (Of::MaterialRecorded, _) => Self::CaseMaterial,
            (Of::Announced, _) => Self::CaseAnnouncement,
            (Of::CertificateRegistered | Of::CertificateMade | Of::CertificateRenewed, _) => Self::CertificateValidity,
            (Of::CertificateServiceOpened, _) => Self::CertificateServiceOpened,
            (Of::CertificateServiceSuspended | Of::CertificateServiceRestored, _) => Self::CertificateService,
            (Of::CertificateServiceClosed | Of::CertificateServiceUsable, _) => Self::CertificateService,
            (_, Kind::OfCertificate(_)) => Self::Certificate,
            (_, Kind::OfCase(_)) => Self::Case,
        }
    }
}

/// What is told of an event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(in crate::api) enum EventDataView {
    Case(CaseEventDataView),
    CaseState(CaseStateEventDataView),
    CaseMaterial(CaseMaterialEventDataView),
    CaseAnnouncement(CaseAnnouncementEventDataView),
    Certificate(CertificateEventDataView),
    CertificateValidity(CertificateValidityEventDataView),
    CertificateService(CertificateServiceEventDataView),
    CertificateServiceOpened(CertificateServiceOpenedEventDataView),
}

macro_rules! data {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $member:ident: $of:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The version of the subject that the event made, counted by its changes: of a certificate without a gap; of a case, what
            /// is told with the certificate has numbers, too.
            #[schema(minimum = 1)]
            pub version: i64,
            /// Code of the action that it came by.
            #[schema(min_length = 1, max_length = 64)]
            pub action: String,
            $($(#[$about])* pub $member: $of,)*
        }
    )*};
}

data! {
    /// What is told of an event that says no more than its type.
    CaseEventDataView {
        /// The case that it happened to.
        case: EventCaseView,
    }
    /// What is told of a case that moved.
    CaseStateEventDataView {
        /// The case that it happened to.
        case: EventCaseView,
        /// The state that it left, and the one that it is in.
        state: StateChangeView,
    }
    /// What is told of a document that was checked.
    CaseMaterialEventDataView {
        /// The case that it happened to.
        case: EventCaseView,
        /// Code of the document.
        #[schema(min_length = 1, max_length = 64)]
        material: String,
    }
    /// What is told of an announcement.
    CaseAnnouncementEventDataView {
        /// The case that it happened to.
        case: EventCaseView,
        /// What was announced.
        announcement: EventAnnouncementView,
    }
    /// What is told of a certificate to which happened what the type says.
    CertificateEventDataView {
        /// The certificate that it happened to.
        certificate: EventCertificateView,
        /// The case that it came by, if any; to a system null, too, where it didn't open that case.
        #[schema(required = true)]
        case: Option<EventCaseView>,
    }
    /// What is told of a certificate that is valid until another instant now.
    CertificateValidityEventDataView {
        /// The certificate that it happened to.
        certificate: EventCertificateView,
        /// The case that it came by, if any; to a system null, too, where it didn't open that case.
        #[schema(required = true)]
        case: Option<EventCaseView>,
        /// Until when it is valid, excluded.
        valid_until: DateTime<Utc>,
    }
    /// What is told of a service on a certificate.
    CertificateServiceEventDataView {
        /// The certificate that it happened to.
        certificate: EventCertificateView,
        /// The case that it came by, if any; to a system null, too, where it didn't open that case.
        #[schema(required = true)]
        case: Option<EventCaseView>,
        /// The service.
        service: EventServiceView,
    }
    /// What is told of a service that was opened on a certificate.
    CertificateServiceOpenedEventDataView {
        /// The certificate that it happened to.
        certificate: EventCertificateView,
        /// The case that it came by, if any; to a system null, too, where it didn't open that case.
        #[schema(required = true)]
        case: Option<EventCaseView>,
        /// The service.
        service: EventServiceView,
        /// From when it can be used.
        usable_from: DateTime<Utc>,
    }
}

/// A case, by its names.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCaseView {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    #[schema(min_length = 1, max_length = 45)]
    pub acceptance_number: String,
    /// Code of its case type.
    #[schema(min_length = 1, max_length = 64)]
    pub case_type: String,
    /// Code of the outlet that it was at then; of a move, the one that it came to.
    #[schema(min_length = 1, max_length = 64)]
    pub outlet: String,
}

/// A certificate, by its names.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCertificateView {
    /// Its id.
    pub id: Uuid,
    /// Its serial number then.
    #[schema(min_length = 1, max_length = 64)]
    pub serial: String,
}

/// A case's way from one state to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateChangeView {
    /// Code of the state that it left.
    #[schema(min_length = 1, max_length = 64)]
    pub from: String,
    /// Code of the state that it is in.
    #[schema(min_length = 1, max_length = 64)]
    pub to: String,
    /// Whether it ended.
    pub closed: bool,
}

/// An announcement.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventAnnouncementView {
    /// What it says.
    pub kind: AnnouncementKind,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
}

/// A service on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventServiceView {
    /// A login application or an e-seal.
    pub kind: ServiceKind,
    /// Its code, such as `urban-construction`.
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
}

impl From<OfCase> for EventCaseView {
    fn from(OfCase { id, acceptance_number, case_type, outlet, .. }: OfCase) -> Self {
        Self { id, acceptance_number, case_type, outlet }
    }
}

/// Beside what every event tells: version and action, the case, the certificate.
pub(super) struct About {
    pub(super) version: i64,
    pub(super) action: String,
    pub(super) case: Option<EventCaseView>,
    pub(super) certificate: Option<EventCertificateView>,
}

impl EventDataView {
    /// In the shape of the type; none where the event has something else to tell.
    pub(super) fn of(event_type: EventType, details: Details, about: About) -> Option<Self> {
        let About { version, action, case, certificate } = about;
        Some(match (Shape::of(event_type), details) {
            (Shape::Case, Details::Nothing) => Self::Case(CaseEventDataView { version, action, case: case? }),
            (Shape::CaseState, Details::State(change)) => {
                let state = StateChangeView { from: change.from, to: change.to, closed: change.closed };
                Self::CaseState(CaseStateEventDataView { version, action, case: case?, state })
            }
            (Shape::CaseMaterial, Details::Material(material)) => {
                Self::CaseMaterial(CaseMaterialEventDataView { version, action, case: case?, material })
            }
            (Shape::CaseAnnouncement, Details::Announcement(kind, due_at)) => {
                let announcement = EventAnnouncementView { kind, due_at };
                Self::CaseAnnouncement(CaseAnnouncementEventDataView { version, action, case: case?, announcement })
            }
            (Shape::Certificate, Details::Nothing) => {
                Self::Certificate(CertificateEventDataView { version, action, certificate: certificate?, case })
            }
            (Shape::CertificateValidity, Details::Validity(valid_until)) => {
                let certificate = certificate?;
                let data = CertificateValidityEventDataView { version, action, certificate, case, valid_until };
                Self::CertificateValidity(data)
            }
            (Shape::CertificateService, Details::Service(kind, code)) => {
                let (certificate, service) = (certificate?, EventServiceView { kind, code });
                let data = CertificateServiceEventDataView { version, action, certificate, case, service };
                Self::CertificateService(data)
            }
            (Shape::CertificateServiceOpened, Details::ServiceOpened(kind, code, usable_from)) => {
                let (certificate, service) = (certificate?, EventServiceView { kind, code });
                Self::CertificateServiceOpened(CertificateServiceOpenedEventDataView {
                    version,
                    action,
                    certificate,
                    case,
                    service,
                    usable_from,
                })
            }
            _ => return None,
        })
    }
}
