//! The closed vocabularies of workflows: guards, effects, and the parts of an action's data. A new code is one entry here
//! and one function in [`machine`](crate::domain::cases::actions) or [`decide`](crate::domain::cases::decide).

use serde::Serialize;

use crate::domain::base::words::Words;

/// What must hold before an action can be taken, besides state and role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// The verdict on the papers lacks nothing.
    MaterialsComplete,
    /// What the verdict on the papers lacks is promised by commitments in force (容缺受理).
    MaterialsAcceptable,
    /// Something that lacks may be promised for later.
    CommitmentPossible,
    /// Every document of the checklist was looked at, so that one notice can name everything (一次性告知).
    MaterialsAllChecked,
    /// The verdict on the papers lacks something.
    MaterialsLacking,
    /// Nothing is missing that an earlier notice had passed.
    NothingOverlooked,
    /// Something is missing that an earlier notice had passed.
    Overlooked,
    /// Something of the fee is still owed.
    FeeOutstanding,
    /// Nothing of the fee is owed any more.
    FeeSettled,
    /// A payment stands that was neither cancelled nor given back.
    PaymentStanding,
    /// A certificate with its medium was recorded in this case.
    MediumRecorded,
    /// Who collects was recorded, with the identity document sighted.
    CollectorRecorded,
    /// The certificate held exists, is the organization's, valid and not locked.
    HeldCertificateValid,
    /// The case has a deadline that isn't met yet.
    DeadlineOpen,
    /// Nobody has stopped the deadline by decision.
    NotSuspended,
    /// Somebody has stopped the deadline by decision.
    Suspended,
    /// The hall has the medium of the certificate held, by this case.
    HeldMediumKept,
}

/// What an action does besides recording its input and changing the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Freezes the verdict as a numbered one-time notice.
    GiveNotice,
    /// Enters the certificate made in the register; the production deadline is met.
    MakeCertificate,
    /// Revokes a certificate made in this case, if there is one; the production deadline runs again.
    VoidCertificate,
    /// The certificate made in this case was handed over.
    IssueCertificate,
    /// The certificate made in this case becomes active.
    ActivateCertificate,
    /// Opens the applications applied for, usable after the authorization delay.
    OpenApplications,
    /// Opens the legal-person e-seal service, usable after the authorization delay.
    OpenESeal,
    /// Unlocks the certificate held (guide, section 4.2).
    UnlockCertificate,
    /// Adds the years of service to the end of the certificate held.
    RenewCertificate,
    /// Writes the name, the handler and the seal of the application into the certificate held.
    ChangeCertificate,
    /// Revokes the certificate held, and with it all that is open on it.
    RevokeHeldCertificate,
    /// Stops the deadline by decision, for the reason given.
    PauseDeadline,
    /// Ends what [`Effect::PauseDeadline`] began.
    ResumeDeadline,
    /// Moves the limit to a later date, for the reason given.
    ExtendLimit,
    /// Gives back what was paid, the way it was paid, as long as nothing was ever made in the case.
    RefundPayments,
    /// Puts the medium that the hall has by this case in a box at the case's outlet.
    BoxMedium,
    /// Takes the medium of the certificate held in, against a slip.
    TakeHeldMedium,
    /// Gives the medium of the certificate held back, if the hall has it by this case.
    ReturnHeldMedium,
    /// Keeps the medium of the certificate held for good, if the hall has it by this case: it was revoked.
    RetireHeldMedium,
    /// Records to where the copies went.
    DistributeCopies,
}

/// A part of the data that an action takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputPart {
    /// Why, in words; kept for ever.
    Reason,
    /// A remark.
    Remark,
    /// Checks of documents.
    Materials,
    /// Serial and medium number of a certificate made.
    Certificate,
    /// Money taken.
    Payment,
    /// Who collects.
    Collector,
    /// Corrected details of the application.
    Correction,
    /// A later limit, as a date.
    Limit,
    /// A document promised for later.
    Commitment,
    /// Which payment is cancelled.
    Cancellation,
    /// Where money is given back.
    Refund,
    /// What is waived.
    Waiver,
    /// The box that a medium is put in.
    BoxNumber,
}

macro_rules! codes {
    ($type:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        impl $type {
            /// The code by which configuration and API name it.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// Every code, for messages.
            pub const CODES: &'static [&'static str] = &[$($code),+];
        }
    };
}

codes!(Guard {
    MaterialsComplete = "materials_complete",
    MaterialsAcceptable = "materials_acceptable",
    CommitmentPossible = "commitment_possible",
    MaterialsAllChecked = "materials_all_checked",
    MaterialsLacking = "materials_lacking",
    NothingOverlooked = "nothing_overlooked",
    Overlooked = "overlooked",
    FeeOutstanding = "fee_outstanding",
    FeeSettled = "fee_settled",
    PaymentStanding = "payment_standing",
    MediumRecorded = "medium_recorded",
    CollectorRecorded = "collector_recorded",
    HeldCertificateValid = "held_certificate_valid",
    DeadlineOpen = "deadline_open",
    NotSuspended = "not_suspended",
    Suspended = "suspended",
    HeldMediumKept = "held_medium_kept",
});
codes!(Effect {
    GiveNotice = "give_notice",
    MakeCertificate = "make_certificate",
    VoidCertificate = "void_certificate",
    IssueCertificate = "issue_certificate",
    ActivateCertificate = "activate_certificate",
    OpenApplications = "open_applications",
    OpenESeal = "open_e_seal",
    UnlockCertificate = "unlock_certificate",
    RenewCertificate = "renew_certificate",
    ChangeCertificate = "change_certificate",
    RevokeHeldCertificate = "revoke_held_certificate",
    PauseDeadline = "pause_deadline",
    ResumeDeadline = "resume_deadline",
    ExtendLimit = "extend_limit",
    RefundPayments = "refund_payments",
    BoxMedium = "box_medium",
    TakeHeldMedium = "take_held_medium",
    ReturnHeldMedium = "return_held_medium",
    RetireHeldMedium = "retire_held_medium",
    DistributeCopies = "distribute_copies",
});
codes!(InputPart {
    Reason = "reason",
    Remark = "remark",
    Materials = "materials",
    Certificate = "certificate",
    Payment = "payment",
    Collector = "collector",
    Correction = "correction",
    Limit = "limit",
    Commitment = "commitment",
    Cancellation = "cancellation",
    Refund = "refund",
    Waiver = "waiver",
    BoxNumber = "box_number",
});

/// The work list that a state puts a case on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// A clerk checks the papers.
    ToCheck,
    /// A producer makes the certificate.
    ToMake,
    /// A clerk hands over and activates when the applicant comes.
    ToHandOver,
    /// The applicant corrects the papers.
    WaitingForCorrection,
}

codes!(Queue {
    ToCheck = "to_check",
    ToMake = "to_make",
    ToHandOver = "to_hand_over",
    WaitingForCorrection = "waiting_for_correction",
});

impl Guard {
    /// What it asks for.
    pub fn words(self) -> Words {
        match self {
            Self::MaterialsComplete => Words::new("材料齐全", "materials complete"),
            Self::MaterialsAcceptable => Words::new("材料齐全或已承诺补交", "materials complete, or promised"),
            Self::CommitmentPossible => Words::new("有可容缺的材料", "something lacking may be promised"),
            Self::MaterialsAllChecked => Words::new("材料全部核验过", "every document was checked"),
            Self::MaterialsLacking => Words::new("材料有缺漏", "something is lacking"),
            Self::NothingOverlooked => Words::new("无此前应告知而未告知的", "nothing that an earlier notice passed"),
            Self::Overlooked => Words::new("有此前应告知而未告知的", "something that an earlier notice passed"),
            Self::FeeOutstanding => Words::new("尚有应缴费用", "a fee is outstanding"),
            Self::FeeSettled => Words::new("费用已缴清", "fee settled"),
            Self::PaymentStanding => Words::new("有可冲正的收款", "a payment stands"),
            Self::MediumRecorded => Words::new("已登记证书介质", "certificate and medium recorded"),
            Self::CollectorRecorded => Words::new("已登记领取人", "collector recorded"),
            Self::HeldCertificateValid => Words::new("所持证书有效", "the certificate held is valid"),
            Self::DeadlineOpen => Words::new("办结期限尚在计算", "the deadline isn't met yet"),
            Self::NotSuspended => Words::new("未暂停计时", "not suspended"),
            Self::Suspended => Words::new("已暂停计时", "suspended"),
            Self::HeldMediumKept => Words::new("所持证书介质收存在大厅", "the medium held is in the hall"),
        }
    }
}

impl Effect {
    /// What it does.
    pub fn words(self) -> Words {
        match self {
            Self::GiveNotice => Words::new("出具一次性告知书", "gives a one-time notice"),
            Self::MakeCertificate => Words::new("证书入册", "enters the certificate in the register"),
            Self::VoidCertificate => Words::new("作废已制证书", "voids the certificate made, if any"),
            Self::IssueCertificate => Words::new("证书已交付", "hands the certificate over"),
            Self::ActivateCertificate => Words::new("激活证书", "activates the certificate"),
            Self::OpenApplications => Words::new("开通所申请的应用", "opens the applications applied for"),
            Self::OpenESeal => Words::new("开通法人电子印章", "opens the e-seal service"),
            Self::UnlockCertificate => Words::new("解锁证书", "unlocks the certificate held"),
            Self::RenewCertificate => Words::new("续期证书", "renews the certificate held"),
            Self::ChangeCertificate => Words::new("变更证书登记内容", "changes the certificate held"),
            Self::RevokeHeldCertificate => Words::new("注销所持证书", "revokes the certificate held"),
            Self::PauseDeadline => Words::new("暂停计时", "stops the deadline"),
            Self::ResumeDeadline => Words::new("恢复计时", "lets the deadline run again"),
            Self::ExtendLimit => Words::new("延长期限", "extends the limit"),
            Self::RefundPayments => {
                Words::new("退还已收费用（尚未制证的）", "gives back what was paid, if nothing was made")
            }
            Self::BoxMedium => Words::new("介质装盒入库", "puts the medium in a box"),
            Self::TakeHeldMedium => Words::new("收存所持证书介质", "takes the medium held in"),
            Self::ReturnHeldMedium => Words::new("退还收存的介质", "gives the medium back, if it was taken in"),
            Self::RetireHeldMedium => Words::new("收回销毁收存的介质", "keeps the medium for good, if it was taken in"),
            Self::DistributeCopies => Words::new("记录各份材料去向", "records to where the copies went"),
        }
    }
}

impl InputPart {
    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Reason => Words::new("理由", "reason"),
            Self::Remark => Words::new("备注", "remark"),
            Self::Materials => Words::new("材料核验", "material checks"),
            Self::Certificate => Words::new("证书", "certificate"),
            Self::Payment => Words::new("缴费", "payment"),
            Self::Collector => Words::new("领取人", "collector"),
            Self::Correction => Words::new("更正内容", "correction"),
            Self::Limit => Words::new("新的期限", "new limit"),
            Self::Commitment => Words::new("承诺补交", "commitment"),
            Self::Cancellation => Words::new("所冲正的收款", "payment to cancel"),
            Self::Refund => Words::new("退款窗口", "where money is given back"),
            Self::Waiver => Words::new("减免", "waiver"),
            Self::BoxNumber => Words::new("盒号", "box number"),
        }
    }
}
