//! What can be done with a certificate: the table of states ([`Verb::allowed_in`]) and the verbs themselves, each the
//! event it leads to, or the reason why not.
//!
//! Every change of a certificate that is in the register comes through these verbs, whether a case, the register or another
//! system asks for it; so a revoked certificate stays revoked and an expired one can't be renewed. Entering the register is
//! not a verb: see [`super::event::begin`].

use chrono::{DateTime, Utc};

use super::certificate::{Certificate, Lock, LockSource, Suspension};
use super::custody::{Place, Slip, Stay, StayCause};
use super::event::CertificateEvent;
use super::refusal::CertificateRefusal;
use super::state::CertificateState;
use super::state::CertificateState::{
    Active, Expired, InCustody, Issued, Locked, Made, Rejected, Revoked, Suspended, Unapproved,
};
use crate::domain::base::words::Words;
use crate::domain::certificates::particulars::Particulars;

/// What can be done with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words say it
pub enum Verb {
    ApproveRegistration,
    RejectRegistration,
    TakeIntoCustody,
    Issue,
    Activate,
    MoveMedium,
    TakeIn,
    GiveBack,
    RetireMedium,
    ReportLock,
    WithdrawReport,
    Unlock,
    Suspend,
    Restore,
    Renew,
    Change,
    Correct,
    Revoke,
    OpenService,
    SuspendService,
    RestoreService,
    CloseService,
}

impl Verb {
    /// Every verb, in the order of a life.
    pub const ALL: [Self; 22] = [
        Self::ApproveRegistration,
        Self::RejectRegistration,
        Self::TakeIntoCustody,
        Self::Issue,
        Self::Activate,
        Self::MoveMedium,
        Self::TakeIn,
        Self::GiveBack,
        Self::RetireMedium,
        Self::ReportLock,
        Self::WithdrawReport,
        Self::Unlock,
        Self::Suspend,
        Self::Restore,
        Self::Renew,
        Self::Change,
        Self::Correct,
        Self::Revoke,
        Self::OpenService,
        Self::SuspendService,
        Self::RestoreService,
        Self::CloseService,
    ];

    /// The table: the states in which it can be done.
    pub fn allowed_in(self) -> &'static [CertificateState] {
        match self {
            Self::ApproveRegistration | Self::RejectRegistration => &[Unapproved],
            Self::TakeIntoCustody => &[Made],
            Self::Issue => &[Made, InCustody],
            Self::Activate => &[Issued],
            // Whether the hall has the medium decides, and not what it can be used for.
            Self::MoveMedium => &[InCustody, Active, Suspended, Locked, Expired, Revoked],
            Self::TakeIn | Self::GiveBack => &[Active, Suspended, Locked, Expired, Revoked],
            Self::RetireMedium => &[Revoked],
            // The medium of a suspended certificate may still be tried by whoever found it; and what one has reported another
            // may report as well.
            Self::ReportLock => &[Active, Suspended, Locked],
            // A wrong report stays wrong when the holder has reported a loss since.
            Self::WithdrawReport => &[Locked, Suspended],
            Self::Unlock => &[Locked],
            Self::Suspend => &[Active, Locked, Suspended],
            Self::Restore => &[Suspended],
            Self::Renew => &[Active],
            Self::Change => &[Active, Locked],
            // What was recorded wrongly is wrong in every state; what isn't approved yet is rejected, and entered anew.
            Self::Correct => &[Made, InCustody, Issued, Active, Suspended, Locked, Expired, Revoked],
            Self::Revoke => &[Made, InCustody, Issued, Active, Suspended, Locked, Expired],
            Self::OpenService => &[Made, InCustody, Issued, Active],
            Self::SuspendService | Self::RestoreService | Self::CloseService => &[Active, Suspended, Locked],
        }
    }

    /// The state it leads to where nothing else holds; none: it stays where it is.
    pub fn leads_to(self) -> Option<CertificateState> {
        match self {
            Self::TakeIntoCustody => Some(InCustody),
            Self::Issue => Some(Issued),
            Self::ApproveRegistration | Self::Activate | Self::WithdrawReport | Self::Unlock | Self::Restore => {
                Some(Active)
            }
            Self::RejectRegistration => Some(Rejected),
            Self::ReportLock => Some(Locked),
            Self::Suspend => Some(Suspended),
            Self::Revoke => Some(Revoked),
            _ => None,
        }
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::ApproveRegistration => Words::new("批准登记", "approve the registration"),
            Self::RejectRegistration => Words::new("退回登记", "reject the registration"),
            Self::TakeIntoCustody => Words::new("入库保管", "take into custody"),
            Self::Issue => Words::new("发放", "issue"),
            Self::Activate => Words::new("激活", "activate"),
            Self::MoveMedium => Words::new("介质换盒", "move the medium to another box"),
            Self::TakeIn => Words::new("收存介质", "take in the medium"),
            Self::GiveBack => Words::new("退还介质", "return the medium"),
            Self::RetireMedium => Words::new("收回销毁介质", "retire the medium"),
            Self::ReportLock => Words::new("报告锁定", "report a lock"),
            Self::WithdrawReport => Words::new("撤销锁定报告", "withdraw a lock report"),
            Self::Unlock => Words::new("解锁", "unlock"),
            Self::Suspend => Words::new("暂停（挂失）", "suspend"),
            Self::Restore => Words::new("恢复", "restore"),
            Self::Renew => Words::new("续期", "renew"),
            Self::Change => Words::new("变更", "change"),
            Self::Correct => Words::new("更正", "correct"),
            Self::Revoke => Words::new("注销", "revoke"),
            Self::OpenService => Words::new("开通服务", "open a service"),
            Self::SuspendService => Words::new("暂停服务", "suspend a service"),
            Self::RestoreService => Words::new("恢复服务", "restore a service"),
            Self::CloseService => Words::new("关闭服务", "close a service"),
        }
    }

    /// Why it can't be done in a state that the table doesn't name.
    fn refusal(self, state: CertificateState) -> CertificateRefusal {
        match (self, state) {
            (Self::ApproveRegistration | Self::RejectRegistration, _) => CertificateRefusal::NoRegistration,
            (_, Unapproved | Rejected) => CertificateRefusal::NotApproved,
            (Self::RetireMedium, state) => CertificateRefusal::WrongStage { state },
            (_, Revoked) => CertificateRefusal::Revoked,
            (_, Expired) => CertificateRefusal::Expired,
            (Self::Restore, _) => CertificateRefusal::NotSuspended,
            (_, Suspended) => CertificateRefusal::Suspended,
            (Self::Unlock | Self::WithdrawReport, _) => CertificateRefusal::NotLocked,
            (_, Locked) => CertificateRefusal::Locked,
            (Self::TakeIntoCustody | Self::Issue | Self::Activate, _) => CertificateRefusal::WrongStage { state },
            _ => CertificateRefusal::NotActive,
        }
    }
}

pub(super) type Outcome = Result<CertificateEvent, CertificateRefusal>;

/// The verbs. `now` decides whether it has expired.
///
/// # Errors
/// Of each: why the certificate stays as it is.
impl Certificate {
    /// Whether something can be done in the state it is in.
    #[allow(missing_docs)]
    pub fn permits(&self, verb: Verb, now: DateTime<Utc>) -> Result<(), CertificateRefusal> {
        let state = self.state(now);
        if verb.allowed_in().contains(&state) { Ok(()) } else { Err(verb.refusal(state)) }
    }

    /// Does what a case decided: the verb that leads to such an event, held against the certificate as it is now.
    pub fn accept(&self, decided: &CertificateEvent, now: DateTime<Utc>) -> Outcome {
        match decided {
            CertificateEvent::Boxed { after, .. } => self.put_in_box(after.clone(), now),
            CertificateEvent::Issued { slip } => self.issue(slip.clone(), now),
            CertificateEvent::TakenIn { stay } => self.take_in((**stay).clone(), now),
            CertificateEvent::GivenBack { slip } => self.give_back(slip.clone(), now),
            CertificateEvent::MediumRetired => self.retire_medium(now),
            CertificateEvent::Activated => self.activate(now),
            CertificateEvent::Unlocked { .. } => self.unlock(now),
            CertificateEvent::Suspended { suspension } => self.suspend(suspension.clone(), now),
            CertificateEvent::Revoked { reason } => self.revoke(reason.clone(), now),
            CertificateEvent::Renewed { valid_until, .. } => self.renew(*valid_until, now),
            CertificateEvent::Changed { after, .. } => self.change((**after).clone(), now),
            CertificateEvent::ServiceOpened { service, code, usable_from, .. } => {
                self.open_service(*service, code, *usable_from, now)
            }
            // Everything else is done at the register, and no case decides it.
            CertificateEvent::PersonsErased
            | CertificateEvent::Registered { .. }
            | CertificateEvent::RegistrationApproved
            | CertificateEvent::RegistrationRejected { .. }
            | CertificateEvent::Made { .. }
            | CertificateEvent::LockReported { .. }
            | CertificateEvent::LockReportWithdrawn { .. }
            | CertificateEvent::SuspensionWithdrawn { .. }
            | CertificateEvent::Restored { .. }
            | CertificateEvent::Corrected { .. }
            | CertificateEvent::CorrectionAsked { .. }
            | CertificateEvent::CorrectionDeclined { .. }
            | CertificateEvent::ServiceSuspended { .. }
            | CertificateEvent::ServiceRestored { .. }
            | CertificateEvent::ServiceUsable { .. }
            | CertificateEvent::ServiceClosed { .. } => Err(CertificateRefusal::WrongStage { state: self.state(now) }),
        }
    }

    /// Puts its medium, which the hall has, in a box, or in another one: one that was made is in custody then.
    pub fn put_in_box(&self, after: Place, now: DateTime<Utc>) -> Outcome {
        let verb = if self.state(now) == Made { Verb::TakeIntoCustody } else { Verb::MoveMedium };
        self.permits(verb, now)?;
        let before = self.stay.as_ref().ok_or(CertificateRefusal::NotInCustody)?.place.clone();
        if before == after {
            return Err(CertificateRefusal::NothingChanged);
        }
        Ok(CertificateEvent::Boxed { before, after })
    }

    /// Hands it over, against a slip.
    pub fn issue(&self, slip: Slip, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Issue, now).map(|()| CertificateEvent::Issued { slip })
    }

    /// Takes its medium in, from its holder.
    pub fn take_in(&self, stay: Stay, now: DateTime<Utc>) -> Outcome {
        if self.stay.is_some() {
            return Err(CertificateRefusal::InCustody);
        }
        self.permits(Verb::TakeIn, now).map(|()| CertificateEvent::TakenIn { stay: Box::new(stay) })
    }

    /// Gives its medium back, against a slip.
    pub fn give_back(&self, slip: Slip, now: DateTime<Utc>) -> Outcome {
        self.was_taken_in()?;
        self.permits(Verb::GiveBack, now).map(|()| CertificateEvent::GivenBack { slip })
    }

    /// Keeps its medium for good: it was revoked, and is of no more use to anybody.
    pub fn retire_medium(&self, now: DateTime<Utc>) -> Outcome {
        self.was_taken_in()?;
        self.permits(Verb::RetireMedium, now).map(|()| CertificateEvent::MediumRetired)
    }

    fn was_taken_in(&self) -> Result<(), CertificateRefusal> {
        let taken_in = self.stay.as_ref().is_some_and(|stay| stay.cause == StayCause::TakenIn);
        if taken_in { Ok(()) } else { Err(CertificateRefusal::NotInCustody) }
    }

    /// Activates it.
    pub fn activate(&self, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Activate, now).map(|()| CertificateEvent::Activated)
    }

    /// Takes down that it is locked; nobody reports it twice.
    pub fn report_lock(&self, lock: Lock, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::ReportLock, now)?;
        if self.locks().any(|known| known.reported_by == lock.reported_by) {
            return Err(CertificateRefusal::Locked);
        }
        Ok(CertificateEvent::LockReported { lock })
    }

    /// Unlocks it.
    pub fn unlock(&self, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Unlock, now)?;
        let before = self.lock.clone().ok_or(CertificateRefusal::NotLocked)?;
        Ok(CertificateEvent::Unlocked { before, reason: None })
    }

    /// Takes back what another system or somebody at the window, by their id, reported of a lock without cause: the lock ends, unless others reported it, too.
    pub fn withdraw_report(&self, reporter: &str, reason: String, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::WithdrawReport, now)?;
        let is_theirs = |lock: &&Lock| lock.source != LockSource::Import && lock.reported_by == reporter;
        let Some(lock) = self.locks().find(is_theirs).cloned() else {
            let refusal =
                if self.lock.is_some() { CertificateRefusal::ReportOfAnother } else { CertificateRefusal::NotLocked };
            return Err(refusal);
        };
        Ok(match self.further_locks.is_empty() {
            true => CertificateEvent::Unlocked { before: lock, reason: Some(reason) },
            false => CertificateEvent::LockReportWithdrawn { lock, reason },
        })
    }

    /// Suspends it, and with it whatever can be done with it; nobody reports it twice.
    pub fn suspend(&self, suspension: Suspension, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Suspend, now)?;
        if self.suspensions().any(|known| known.reported_by == suspension.reported_by) {
            return Err(CertificateRefusal::Suspended);
        }
        Ok(CertificateEvent::Suspended { suspension })
    }

    /// Takes back what another system or somebody at the window, by their id, reported without cause: the suspension is lifted, unless others reported it, too.
    pub fn withdraw_suspension(&self, reporter: &str, reason: String, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Restore, now)?;
        // Of one from before, whose it is stands in its event alone.
        let is_theirs = |known: &&Suspension| known.reported_by.as_deref().is_none_or(|by| by == reporter);
        let suspension = self.suspensions().find(is_theirs).cloned().ok_or(CertificateRefusal::ReportOfAnother)?;
        Ok(match self.further_suspensions.is_empty() {
            true => CertificateEvent::Restored { before: suspension, reason: Some(reason) },
            false => CertificateEvent::SuspensionWithdrawn { suspension, reason },
        })
    }

    /// Lifts the suspension; a lock stays.
    pub fn restore(&self, reason: Option<String>, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Restore, now)?;
        let before = self.suspension.clone().ok_or(CertificateRefusal::NotSuspended)?;
        Ok(CertificateEvent::Restored { before, reason })
    }

    /// Adds a further term: it ends later. From when it can be renewed is the case type's to say.
    pub fn renew(&self, valid_until: DateTime<Utc>, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Renew, now)?;
        if valid_until <= self.valid_until {
            return Err(CertificateRefusal::NothingChanged);
        }
        Ok(CertificateEvent::Renewed { before: self.valid_until, valid_until })
    }

    /// Changes its holder's name, codes, handler or seal. Another organization code needs the claim on that organization,
    /// which the register takes.
    pub fn change(&self, after: Particulars, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Change, now)?;
        let before = self.particulars();
        if (&before.serial, &before.medium_number) != (&after.serial, &after.medium_number) {
            return Err(CertificateRefusal::NumbersFixed);
        }
        if before == after {
            return Err(CertificateRefusal::NothingChanged);
        }
        Ok(CertificateEvent::Changed { before: Box::new(before), after: Box::new(after) })
    }

    /// Erases its person: once, and not while a correction waits.
    pub fn erase_persons(&self) -> Outcome {
        if self.correction.is_some() {
            return Err(CertificateRefusal::CorrectionPending);
        }
        self.is_kept().map(|()| CertificateEvent::PersonsErased)
    }

    /// Whether its person is kept still.
    pub(super) fn is_kept(&self) -> Result<(), CertificateRefusal> {
        if self.erased_at.is_none() { Ok(()) } else { Err(CertificateRefusal::PersonsErased) }
    }

    /// Ends it for ever, and with it all that is open on it.
    pub fn revoke(&self, reason: Option<String>, now: DateTime<Utc>) -> Outcome {
        self.permits(Verb::Revoke, now).map(|()| CertificateEvent::Revoked { reason })
    }
}
