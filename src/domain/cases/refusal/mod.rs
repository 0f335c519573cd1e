//! Why something isn't done: a closed vocabulary with stable codes and the words people are told.

pub mod code;
mod words;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use self::code::RefusalCode;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::named::Named;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::codes::Guard;
use crate::domain::cases::materials::checklist::Missing;
use crate::domain::certificates::custody::Place;
use crate::domain::certificates::refusal::{CertificateRefusal, CertificateRefusalCode};
use crate::domain::money::fee::NoPrice;

/// What kind of "no" a refusal is; skins map it to a status once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// There is no such thing to do.
    Unknown,
    /// The caller may not do it.
    NotPermitted,
    /// Not in this state, or somebody else was first.
    Conflict,
    /// Something must be brought or mended first.
    Unmet,
}

/// What the organization can do instead of applying again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldBy {
    /// It holds this living certificate.
    Certificate {
        /// Serial number.
        serial: String,
        /// Case types that can be applied for on it now, such as adding an application that isn't open yet.
        offers: Vec<Named>,
    },
    /// A certificate of it was entered without a case, and waits for a second person.
    Registration {
        /// Serial number.
        serial: String,
    },
    /// A case of it is open.
    Case {
        /// Its acceptance number, for whoever may see the case.
        acceptance_number: Option<String>,
    },
}

/// Why something isn't done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The workflow has no such action.
    UnknownAction {
        /// What was asked.
        action: String,
    },
    /// The action can't be taken in this state.
    WrongState {
        /// The states that the case is in and in which it can be taken, in a sentence.
        words: Arc<Words>,
    },
    /// The caller hasn't the role.
    RoleMissing {
        /// The roles that may.
        roles: Vec<Role>,
    },
    /// Duties are separated: whoever took that action can't take this one.
    SecondPersonNeeded {
        /// What the caller did.
        did: Words,
        /// Who may take this one.
        roles: Vec<Role>,
    },
    /// The calling system wasn't given the right to act.
    ScopeMissing {
        /// The scope that it needs.
        scope: Scope,
    },
    /// Papers are missing.
    MaterialsIncomplete {
        /// All of them.
        missing: Vec<Missing>,
    },
    /// Rows weren't looked at yet, so a notice wouldn't be complete.
    MaterialsUnchecked {
        /// How many.
        rows: usize,
    },
    /// There is nothing to correct.
    NothingLacking,
    /// Nothing that lacks may be promised for later.
    NothingDeferrable,
    /// An earlier notice passed what is missing now: a supervisor gives the notice, with the reason.
    OverlookedBefore {
        /// All of it.
        missing: Vec<Missing>,
    },
    /// Everything missing was named before or came since: no supervisor is needed.
    NothingOverlooked,
    /// So much happened to the case that its labels stay as they are: a system that relabels it again and again fills its timeline.
    ChangedTooOften,
    /// There is nothing to pay.
    NothingOwed,
    /// Something is still to pay.
    FeeNotSettled {
        /// In fen.
        outstanding_fen: i64,
    },
    /// No price list is in force on the day of the receipt.
    NoPriceList {
        /// The day.
        day: NaiveDate,
    },
    /// The price list in force has no price for what is charged.
    NotPriced {
        /// What is charged.
        item: Words,
    },
    /// No payment stands that could be cancelled.
    NothingPaid,
    /// The payment was cancelled or given back already.
    PaymentReversed,
    /// Money must be given back, which is done by people at a window.
    RefundAtWindow,
    /// No certificate was recorded.
    MediumNotRecorded,
    /// Nobody was recorded as collecting.
    CollectorNotRecorded,
    /// The hall has the medium: it is given back first.
    MediumInCustody {
        /// Acceptance number of the case by which it is here, for whoever may see the case.
        acceptance_number: Option<String>,
        /// The box it is in.
        box_number: Option<String>,
    },
    /// The hall hasn't the medium by this case.
    MediumNotInCustody,
    /// The medium is at another outlet: it is brought here and put in a box first.
    MediumElsewhere {
        /// Name of the outlet.
        outlet: Words,
        /// Where it is.
        place: Place,
    },
    /// The certificate made bears the organization's details: it is voided first.
    CertificateAlreadyMade,
    /// The certificate stays as it is.
    Certificate(CertificateRefusal),
    /// The register has no such certificate.
    HeldCertificateUnknown,
    /// The certificate is another organization's.
    HeldCertificateOfAnother,
    /// The certificate isn't active.
    HeldCertificateNotActive,
    /// The certificate has expired.
    HeldCertificateExpired {
        /// Its serial number.
        serial: String,
        /// Case types that can be applied for on it all the same.
        offers: Vec<Named>,
    },
    /// The certificate that was made has expired before it was in use.
    MadeCertificateExpired,
    /// What was made in its place would have the remaining term, and none remains.
    NoTermLeft,
    /// The certificate's validity hasn't begun.
    HeldCertificateNotYetValid,
    /// It is suspended.
    HeldCertificateSuspended,
    /// The certificate is locked.
    HeldCertificateLocked,
    /// The certificate isn't locked: there is nothing to unlock.
    HeldCertificateNotLocked,
    /// The certificate hasn't expired: it is renewed, or replaced for another reason.
    HeldCertificateNotExpired,
    /// The certificate was revoked, and never comes back.
    HeldCertificateRevoked,
    /// It is too early: this is done shortly before the certificate's end.
    TooEarly {
        /// From when, in the hall's zone.
        opens_at: NaiveDateTime,
    },
    /// What is applied for is so already.
    NothingToChange,
    /// Another case works on the certificate.
    CertificateBusy {
        /// Its acceptance number, for whoever may see the case.
        acceptance_number: Option<String>,
        /// What it is about.
        case_type: Words,
    },
    /// The application is open on the certificate already.
    ApplicationAlreadyOpen {
        /// What people call it.
        application: Words,
    },
    /// One organization, one certificate.
    AlreadyApplied {
        /// What stands in the way.
        held_by: HeldBy,
    },
    /// The same application is being added to the certificate by another case.
    AdditionAlreadyApplied {
        /// Its acceptance number, for whoever may see the case.
        acceptance_number: Option<String>,
    },
    /// The serial stands in the register already.
    SerialTaken,
    /// The medium stands in the register already.
    MediumTaken,
    /// The case has no deadline, or its deadline was met.
    NoDeadlineOpen,
    /// The limit has passed: lateness stays a fact, and an extension is decided before.
    LimitPassed {
        /// The limit.
        limit: NaiveDate,
    },
    /// Somebody stopped the deadline already.
    AlreadySuspended,
    /// Nobody stopped the deadline by decision.
    NotSuspended,
    /// The case is somebody else's.
    AssignedToAnother {
        /// Their name.
        name: String,
    },
    /// Work is given to people only.
    StaffOnly,
    /// The case has ended: there is no more work to give.
    CaseClosed,
    /// The persons are erased: there is nothing to keep.
    PersonsErased,
    /// As many holds stand on the case as may.
    TooManyHolds,
    /// The hold was lifted already.
    HoldLifted,
    /// There are as many valid secrets as may be.
    TooManySecrets {
        /// How many.
        most: usize,
        /// When the first of them ends, where an end is set.
        until: Option<DateTime<Utc>>,
    },
    /// The system has as many keys as it may.
    TooManyKeys,
    /// The system has a key of this name.
    KeyNameTaken,
    /// A guard doesn't hold, and its own words say all there is to say.
    Unmet(Guard),
    /// The data is wrong.
    InvalidInput {
        /// All faults.
        faults: Vec<Fault>,
    },
}

impl From<CertificateRefusal> for Refusal {
    fn from(refusal: CertificateRefusal) -> Self {
        Self::Certificate(refusal)
    }
}

impl Refusal {
    /// What kind of "no" it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::UnknownAction { .. } => RefusalKind::Unknown,
            Self::RoleMissing { .. }
            | Self::SecondPersonNeeded { .. }
            | Self::ScopeMissing { .. }
            | Self::StaffOnly => RefusalKind::NotPermitted,
            Self::WrongState { .. }
            | Self::AlreadyApplied { .. }
            | Self::AdditionAlreadyApplied { .. }
            | Self::CertificateBusy { .. }
            | Self::SerialTaken
            | Self::MediumTaken
            | Self::TooManySecrets { .. }
            | Self::TooManyKeys
            | Self::KeyNameTaken
            | Self::Certificate(_)
            | Self::AssignedToAnother { .. }
            | Self::PaymentReversed
            | Self::PersonsErased
            | Self::ChangedTooOften
            | Self::TooManyHolds
            | Self::HoldLifted
            | Self::CaseClosed => RefusalKind::Conflict,
            _ => RefusalKind::Unmet,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAction { .. } => RefusalCode::UnknownAction.code(),
            Self::WrongState { .. } => RefusalCode::WrongState.code(),
            Self::RoleMissing { .. } => RefusalCode::RoleMissing.code(),
            Self::SecondPersonNeeded { .. } => CertificateRefusalCode::SecondPersonNeeded.code(),
            Self::ScopeMissing { .. } => RefusalCode::Forbidden.code(),
            Self::MaterialsIncomplete { .. } => RefusalCode::MaterialsIncomplete.code(),
            Self::MaterialsUnchecked { .. } => RefusalCode::MaterialsUnchecked.code(),
            Self::NothingLacking => RefusalCode::NothingLacking.code(),
            Self::NothingDeferrable => RefusalCode::NothingDeferrable.code(),
            Self::OverlookedBefore { .. } => RefusalCode::OverlookedBefore.code(),
            Self::NothingOverlooked => RefusalCode::NothingOverlooked.code(),
            Self::ChangedTooOften => RefusalCode::ChangedTooOften.code(),
            Self::NothingOwed => RefusalCode::NothingOwed.code(),
            Self::FeeNotSettled { .. } => RefusalCode::FeeNotSettled.code(),
            Self::NoPriceList { .. } => RefusalCode::NoPriceList.code(),
            Self::NotPriced { .. } => RefusalCode::NotPriced.code(),
            Self::NothingPaid => RefusalCode::NothingPaid.code(),
            Self::PaymentReversed => RefusalCode::PaymentReversed.code(),
            Self::RefundAtWindow => RefusalCode::RefundAtWindow.code(),
            Self::MediumNotRecorded => RefusalCode::MediumNotRecorded.code(),
            Self::CollectorNotRecorded => RefusalCode::CollectorNotRecorded.code(),
            Self::MediumInCustody { .. } => CertificateRefusalCode::InCustody.code(),
            Self::MediumNotInCustody => CertificateRefusalCode::NotInCustody.code(),
            Self::MediumElsewhere { .. } => RefusalCode::MediumElsewhere.code(),
            Self::CertificateAlreadyMade => RefusalCode::CertificateAlreadyMade.code(),
            Self::Certificate(refusal) => refusal.code(),
            Self::HeldCertificateUnknown => RefusalCode::CertificateUnknown.code(),
            Self::HeldCertificateOfAnother => RefusalCode::CertificateOfAnother.code(),
            Self::HeldCertificateNotActive => CertificateRefusalCode::NotActive.code(),
            Self::HeldCertificateExpired { .. } | Self::MadeCertificateExpired | Self::NoTermLeft => {
                CertificateRefusalCode::Expired.code()
            }
            Self::HeldCertificateNotYetValid => RefusalCode::CertificateNotYetValid.code(),
            Self::HeldCertificateSuspended => CertificateRefusalCode::Suspended.code(),
            Self::HeldCertificateLocked => CertificateRefusalCode::Locked.code(),
            Self::HeldCertificateNotLocked => CertificateRefusalCode::NotLocked.code(),
            Self::HeldCertificateNotExpired => RefusalCode::CertificateNotExpired.code(),
            Self::HeldCertificateRevoked => CertificateRefusalCode::Revoked.code(),
            Self::TooEarly { .. } => RefusalCode::TooEarly.code(),
            Self::NothingToChange => CertificateRefusalCode::NothingChanged.code(),
            Self::CertificateBusy { .. } => RefusalCode::CertificateBusy.code(),
            Self::ApplicationAlreadyOpen { .. } => RefusalCode::ApplicationAlreadyOpen.code(),
            Self::AlreadyApplied { .. } => RefusalCode::AlreadyApplied.code(),
            Self::AdditionAlreadyApplied { .. } => RefusalCode::AdditionAlreadyApplied.code(),
            Self::SerialTaken => RefusalCode::SerialTaken.code(),
            Self::MediumTaken => RefusalCode::MediumTaken.code(),
            Self::NoDeadlineOpen => RefusalCode::NoDeadlineOpen.code(),
            Self::LimitPassed { .. } => RefusalCode::LimitPassed.code(),
            Self::AlreadySuspended => RefusalCode::AlreadySuspended.code(),
            Self::NotSuspended => RefusalCode::NotSuspended.code(),
            Self::AssignedToAnother { .. } => RefusalCode::AssignedToAnother.code(),
            Self::StaffOnly => RefusalCode::Forbidden.code(),
            Self::CaseClosed => RefusalCode::CaseClosed.code(),
            Self::PersonsErased => CertificateRefusalCode::PersonsErased.code(),
            Self::TooManyHolds => RefusalCode::TooManyHolds.code(),
            Self::HoldLifted => RefusalCode::HoldLifted.code(),
            Self::TooManySecrets { .. } => RefusalCode::TooManySecrets.code(),
            Self::TooManyKeys => RefusalCode::TooManyKeys.code(),
            Self::KeyNameTaken => RefusalCode::KeyNameTaken.code(),
            Self::Unmet(guard) => guard.code(),
            Self::InvalidInput { .. } => RefusalCode::InvalidInput.code(),
        }
    }

    /// A refusal for want of a role, where the actor has none of these.
    pub fn unless_role(actor: &Actor, roles: &[Role]) -> Option<Self> {
        (!actor.has_any(roles)).then(|| Self::RoleMissing { roles: roles.to_vec() })
    }
}

impl From<NoPrice> for Refusal {
    fn from(no_price: NoPrice) -> Self {
        match no_price {
            NoPrice::List { day } => Self::NoPriceList { day },
            NoPrice::Item { item } => Self::NotPriced { item: item.words() },
        }
    }
}
