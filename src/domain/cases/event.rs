//! The events of a case ([`Event`]) and the data in them.
//!
//! Refusals are in [`super::refusal`]. Events are facts in the past tense; they are kept for ever, and
//! a case is exactly the fold of its events ([`super::case::evolve`]).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::person::{DocumentNumber, stored_encrypted};
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
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::money::fee::Fee;
use crate::domain::money::payment::{Payment, Reversal, Waiver};
use crate::domain::retention::Due;
use crate::domain::retention::hold::Hold;

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

/// The collector (领取人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// Name.
    #[serde(with = "stored_encrypted")]
    pub name: String,
    /// Which identity document was sighted; `None` where it was recorded before that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_type: Option<IdentityDocumentType>,
    /// The country that issued a passport (ISO 3166-1 alpha-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_country: Option<String>,
    /// Number of the identity document that was sighted.
    #[serde(with = "stored_encrypted")]
    pub document_number: DocumentNumber,
}

/// Who a case is assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Assignee {
    /// Account id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// What happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
        #[schema(value_type = Object)]
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
        #[schema(value_type = Object)]
        before: Box<Application>,
        /// As it is.
        #[schema(value_type = Object)]
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
    /// A mistyped payment was cancelled.
    PaymentCancelled {
        /// The cancellation.
        cancellation: Reversal,
    },
    /// A payment was refunded.
    PaymentRefunded {
        /// The refund.
        refund: Reversal,
    },
    /// A part of the fee was waived.
    FeeWaived {
        /// The waiver.
        waiver: Waiver,
    },
    /// The collector was recorded.
    CollectorRecorded {
        /// What was recorded before.
        #[schema(value_type = Option<Object>)]
        before: Option<Collector>,
        /// Who collects.
        #[schema(value_type = Object)]
        after: Collector,
    },
    /// Something happened to the certificate made, or to the one held: the same stands in the certificate's own record.
    Certificate {
        /// Identity of the certificate in the register.
        id: Uuid,
        /// Its serial number then.
        serial: String,
        /// What happened to it.
        #[schema(value_type = Object)]
        event: Box<CertificateEvent>,
    },
    /// The copies went to where they belong.
    CopiesDistributed {
        /// Row by row.
        copies: Vec<DistributedCopies>,
    },
    /// The deadline was paused, until the same cause ends the pause.
    DeadlinePaused {
        /// What stopped it.
        cause: PauseCause,
        /// Why, in words.
        reason: Words,
    },
    /// A pause ended; the deadline runs again unless another pause is open.
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
    /// The certificate was made or the case ended: its dates no longer move with the calendar.
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
        /// The last holiday notice of each year: why the dates change.
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
    /// The case was claimed, assigned or released.
    Assigned {
        /// The previous assignee.
        before: Option<Assignee>,
        /// The new assignee.
        after: Option<Assignee>,
        /// Why; required if the case is taken from its assignee.
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
        /// Its papers were accepted by that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        accepts_papers: bool,
    },
    /// An action was taken that leaves no other trace, or a remark or reason came with one.
    Remarked {
        /// The words.
        text: String,
    },
    /// A hold was placed: the persons are kept.
    HoldPlaced {
        /// The hold.
        hold: Hold,
    },
    /// A hold was lifted.
    HoldLifted {
        /// Which.
        number: u32,
        /// Why.
        reason: String,
    },
    /// The persons were erased: the key that protected them was destroyed.
    PersonsErased {
        /// Since when that was due, and why.
        due: Due,
        /// The agent was another person than the applicant.
        separate_agent: bool,
    },
}

/// Codes of kinds by which events are asked for where they are stored.
impl Event {
    /// Of [`Event::StateChanged`].
    pub const STATE_CHANGED: &'static str = "state_changed";
    /// Of [`Event::PersonsErased`], and of the same event of a certificate.
    pub const PERSONS_ERASED: &'static str = "persons_erased";
    /// Of [`Event::Certificate`].
    pub const CERTIFICATE: &'static str = "certificate";
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
            Self::Certificate { event, .. } => event.uncounted(),
            _ => None,
        }
    }
}
