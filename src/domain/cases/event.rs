//! The whole vocabulary on one screen: who acts ([`Actor`]), what is asked ([`ActionInput`]), what happened ([`Event`]).
//!
//! Refusals have a page of their own: [`super::refusal`]. Events are facts in the past tense; they are kept for ever and
//! a case is nothing but its events folded ([`super::case::evolve`]).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::base::running_number::Uncounted;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::{Deadlines, PauseCause};
use crate::domain::case_types::pinned::Pinned;
use crate::domain::cases::deadlines::announcement::Announcement;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::materials::checklist::MaterialCheck;
use crate::domain::cases::materials::commitment::Commitment;
use crate::domain::cases::materials::copies::DistributedCopies;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::certificates::custody::{Place, Slip, Stay};
use crate::domain::certificates::particulars::Particulars;
use crate::domain::money::fee::Fee;
use crate::domain::money::payment::{Payment, Reversal, Waiver};

/// The certificate made in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeCertificate {
    /// Identity in the register.
    pub id: Uuid,
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
}

/// Who collects (领取人).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// Name.
    pub name: String,
    /// Number of the identity document that was sighted.
    pub document_number: String,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Collector").finish_non_exhaustive()
    }
}

/// Who a case is assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// Account id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// What happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A case was opened.
    CaseOpened {
        /// Its number, for ever.
        acceptance_number: String,
        /// The case type.
        case_type: Pinned,
        /// The workflow.
        workflow: Pinned,
        /// The first state.
        state: String,
        /// What was applied for.
        application: Box<Application>,
        /// What is owed.
        fee: Fee,
        /// The client that submitted it, where a system did.
        client_id: Option<String>,
    },
    /// A sheet was checked.
    MaterialRecorded {
        /// Code of the row.
        material: String,
        /// What was recorded before.
        before: Option<MaterialCheck>,
        /// What was found.
        after: MaterialCheck,
    },
    /// A one-time notice was given.
    NoticeGiven {
        /// The notice.
        notice: Notice,
    },
    /// Details of the application were corrected.
    ApplicationCorrected {
        /// As it was.
        before: Box<Application>,
        /// As it is.
        after: Box<Application>,
        /// Rows whose checks no longer hold and start again.
        checks_voided: Vec<String>,
    },
    /// The case went to another edition of its case type.
    EditionMoved {
        /// The edition it was on.
        before: Pinned,
        /// The edition it is on.
        after: Pinned,
        /// Rows whose checks start again.
        checks_voided: Vec<String>,
    },
    /// A commitment to bring a document later was accepted.
    CommitmentAccepted {
        /// What was promised for the row before.
        before: Option<Commitment>,
        /// What is promised.
        after: Commitment,
    },
    /// Money was taken.
    PaymentRecorded {
        /// The payment.
        payment: Payment,
    },
    /// A payment was cancelled: it had been typed wrongly.
    PaymentCancelled {
        /// The cancellation.
        cancellation: Reversal,
    },
    /// A payment was given back.
    PaymentRefunded {
        /// The refund.
        refund: Reversal,
    },
    /// A part of the fee was waived.
    FeeWaived {
        /// The waiver.
        waiver: Waiver,
    },
    /// Who collects was recorded.
    CollectorRecorded {
        /// What was recorded before.
        before: Option<Collector>,
        /// Who collects.
        after: Collector,
    },
    /// A certificate was made.
    CertificateMade {
        /// The certificate.
        certificate: MadeCertificate,
    },
    /// The certificate made was voided.
    CertificateVoided {
        /// The certificate.
        certificate: MadeCertificate,
    },
    /// The certificate made was handed over.
    CertificateIssued {
        /// Its serial.
        serial: String,
        /// The paper that went with it.
        slip: Slip,
    },
    /// A medium in the hall was put in a box, or in another one.
    MediumBoxed {
        /// Serial of the certificate.
        serial: String,
        /// Where it was.
        before: Place,
        /// Where it is.
        after: Place,
    },
    /// The medium of the certificate held was handed in.
    HeldMediumTaken {
        /// Serial of the certificate.
        serial: String,
        /// Where it is.
        stay: Box<Stay>,
    },
    /// The medium of the certificate held was given back.
    HeldMediumReturned {
        /// Serial of the certificate.
        serial: String,
        /// The paper that went with it.
        slip: Slip,
    },
    /// The medium of the certificate held was kept for good, and destroyed.
    HeldMediumRetired {
        /// Serial of the certificate.
        serial: String,
    },
    /// The copies went to where they belong.
    CopiesDistributed {
        /// Row by row.
        copies: Vec<DistributedCopies>,
    },
    /// The certificate made was activated.
    CertificateActivated {
        /// Its serial.
        serial: String,
    },
    /// The certificate held was unlocked.
    HeldCertificateUnlocked {
        /// Its serial.
        serial: String,
    },
    /// The certificate held was renewed.
    HeldCertificateRenewed {
        /// Its serial.
        serial: String,
        /// By so many years.
        years: u32,
        /// Until when it is valid now, excluded.
        valid_until: DateTime<Utc>,
    },
    /// What is written on the certificate held was changed.
    HeldCertificateChanged {
        /// Its serial.
        serial: String,
        /// As it was.
        before: Box<Particulars>,
        /// As it is.
        after: Box<Particulars>,
    },
    /// The certificate held was reported lost: it is suspended before any papers.
    HeldCertificateSuspended {
        /// Its serial.
        serial: String,
    },
    /// The certificate held was revoked.
    HeldCertificateRevoked {
        /// Its serial.
        serial: String,
    },
    /// A service was opened on the certificate.
    ServiceOpened {
        /// Serial of the certificate.
        serial: String,
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
        /// From when it can be used.
        usable_from: DateTime<Utc>,
    },
    /// The deadline stands still, from now until the same cause ends it.
    DeadlinePaused {
        /// What stopped it.
        cause: PauseCause,
        /// Why, in words.
        reason: Words,
    },
    /// What stopped the deadline has ended; it runs again unless something else still stops it.
    DeadlineResumed {
        /// What had stopped it.
        cause: PauseCause,
    },
    /// The limit was extended: a decision, with the reason in the same action.
    LimitExtended {
        /// The limit before.
        before: NaiveDate,
        /// The limit now.
        after: NaiveDate,
        /// By how many working days.
        working_days: u32,
        /// The new limit reaches into a year without a notice, and may move.
        provisional: bool,
    },
    /// The certificate was made or the case ended: its dates stand, whatever becomes of the calendar.
    DeadlineSettled {
        /// As they were then.
        deadlines: Deadlines,
        /// The edition of the calendar that they were counted by.
        calendar: i64,
    },
    /// The calendar changed, and this case's dates with it.
    CalendarChanged {
        /// The years that were imported or amended.
        years: Vec<i32>,
        /// Where the last notice of each of them stands: why the dates change.
        notices: Vec<String>,
        /// The edition of the calendar that the dates are counted by now.
        calendar: i64,
        /// The dates before.
        before: Deadlines,
        /// The dates now.
        after: Deadlines,
    },
    /// Something about the deadline was announced.
    Announced {
        /// What, and because of what.
        announcement: Announcement,
    },
    /// Somebody took the case, or it was given to somebody, or to nobody.
    Assigned {
        /// Whose it was.
        before: Option<Assignee>,
        /// Whose it is.
        after: Option<Assignee>,
        /// Why; needed where it takes work from somebody.
        reason: Option<String>,
    },
    /// The case moved.
    StateChanged {
        /// The state it left.
        from: String,
        /// The state it is in.
        to: String,
        /// It ended.
        closed: bool,
    },
    /// An action was taken that leaves no other trace, or a remark or reason came with one.
    Remarked {
        /// The words.
        text: String,
    },
}

impl Event {
    /// Its number on paper, where it has one: counted by who records it.
    pub fn uncounted(&mut self) -> Option<Uncounted<'_>> {
        match self {
            Self::PaymentRecorded { payment } => Some(payment.receipt.uncounted(&payment.outlet)),
            Self::PaymentCancelled { cancellation: reversal } | Self::PaymentRefunded { refund: reversal } => {
                Some(reversal.receipt.uncounted(&reversal.outlet))
            }
            Self::FeeWaived { waiver } => Some(waiver.receipt.uncounted(&waiver.outlet)),
            Self::CertificateIssued { slip, .. } | Self::HeldMediumReturned { slip, .. } => {
                Some(slip.number.uncounted(&slip.outlet))
            }
            Self::HeldMediumTaken { stay, .. } => stay.slip.as_mut().map(|slip| slip.number.uncounted(&slip.outlet)),
            _ => None,
        }
    }
}
