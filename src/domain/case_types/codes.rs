//! The closed vocabularies of workflows: guards, effects, the parts of an action's data, and the work lists of states.
//!
//! A new guard is one entry here and its predicate beside the others, in `cases::actions::guards`; a new effect is one entry
//! here and what it does, in [`decide`](crate::domain::cases::decide).

use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// What must hold before an action can be taken, besides state and role.
    pub enum Guard {
        /// Nothing is missing from the papers.
        MaterialsComplete = "materials_complete", "材料齐全", "materials complete";
        /// Everything missing is covered by commitments in force (容缺受理).
        MaterialsAcceptable = "materials_acceptable", "材料齐全或已承诺补交", "materials complete, or covered by a commitment";
        /// A missing document may be brought later.
        CommitmentPossible = "commitment_possible", "有可容缺的材料", "a missing document may be brought later";
        /// Every row of the checklist was checked, so that one notice can name everything (一次性告知).
        MaterialsAllChecked = "materials_all_checked", "材料全部核验过", "every document was checked";
        /// Something is missing from the papers.
        MaterialsLacking = "materials_lacking", "材料有缺漏", "materials incomplete";
        /// Nothing is missing that an earlier notice accepted as in order.
        NothingOverlooked = "nothing_overlooked", "无此前应告知而未告知的", "nothing missing that an earlier notice accepted";
        /// Something is missing that an earlier notice accepted as in order.
        Overlooked = "overlooked", "有此前应告知而未告知的", "something missing that an earlier notice accepted";
        /// A part of the fee is outstanding.
        FeeOutstanding = "fee_outstanding", "尚有应缴费用", "a fee is outstanding";
        /// The fee is settled.
        FeeSettled = "fee_settled", "费用已缴清", "fee settled";
        /// There is a payment that was neither cancelled nor refunded.
        PaymentStanding = "payment_standing", "有可冲正的收款", "a payment can be cancelled";
        /// A certificate with its medium was recorded in this case.
        MediumRecorded = "medium_recorded", "已登记证书介质", "certificate and medium recorded";
        /// The collector is recorded, with the identity document sighted.
        CollectorRecorded = "collector_recorded", "已登记领取人", "collector recorded";
        /// The held certificate exists, belongs to the organization, is valid and not locked.
        HeldCertificateValid = "held_certificate_valid", "原证书有效", "the held certificate is valid";
        /// The case has a running or paused deadline.
        DeadlineOpen = "deadline_open", "办结期限尚在计算", "the deadline is running";
        /// The deadline is not paused by decision.
        NotSuspended = "not_suspended", "未作出暂停计时决定", "deadline not paused by decision";
        /// The deadline is paused by decision.
        Suspended = "suspended", "已作出暂停计时决定", "deadline paused by decision";
        /// The hall has the medium of the held certificate for this case.
        HeldMediumKept = "held_medium_kept", "原证书介质收存在大厅", "the medium of the held certificate is in the hall";
    }
}

vocabulary! {
    /// What an action does besides recording its input and changing the state.
    pub enum Effect {
        /// Freezes the verdict as a numbered one-time notice.
        GiveNotice = "give_notice", "出具一次性告知书", "gives a one-time notice";
        /// Enters the certificate made in the register; the production deadline is met.
        MakeCertificate = "make_certificate", "证书入册", "enters the certificate in the register";
        /// Revokes a certificate made in this case, if there is one; the production deadline runs again.
        VoidCertificate = "void_certificate", "作废已制证书", "voids the certificate made, if any";
        /// The certificate made in this case was handed over.
        IssueCertificate = "issue_certificate", "证书已交付", "records the hand-over of the certificate";
        /// The certificate made in this case becomes active.
        ActivateCertificate = "activate_certificate", "激活证书", "activates the certificate";
        /// Opens the applications applied for, usable after the authorization delay.
        OpenApplications = "open_applications", "开通所申请的应用", "opens the requested login applications";
        /// Opens the legal-person e-seal service, usable after the authorization delay.
        OpenESeal = "open_e_seal", "开通法人电子印章", "opens the e-seal service";
        /// Unlocks the certificate held (guide, section 4.2).
        UnlockCertificate = "unlock_certificate", "解锁证书", "unlocks the held certificate";
        /// Adds the years of service to the end of the certificate held.
        RenewCertificate = "renew_certificate", "续期证书", "renews the held certificate";
        /// Writes the name, the handler and the seal of the application into the certificate held.
        ChangeCertificate = "change_certificate", "变更证书登记内容", "updates the held certificate";
        /// Revokes the certificate held, and with it all that is open on it.
        RevokeHeldCertificate = "revoke_held_certificate", "注销原证书", "revokes the held certificate";
        /// Pauses the deadline by decision, with a reason.
        PauseDeadline = "pause_deadline", "暂停计时", "pauses the deadline";
        /// Ends what [`Effect::PauseDeadline`] began.
        ResumeDeadline = "resume_deadline", "恢复计时", "resumes the deadline";
        /// Moves the limit to a later date, for the reason given.
        ExtendLimit = "extend_limit", "延长期限", "extends the limit";
        /// Refunds payments by their payment method, if nothing was ever made in the case.
        RefundPayments = "refund_payments", "退还已收费用（尚未制证的）", "refunds payments, if nothing was made";
        /// Puts the medium that the hall has by this case in a box at the case's outlet.
        BoxMedium = "box_medium", "介质装盒入库", "puts the medium in a box";
        /// Takes in the medium of the held certificate, against a slip.
        TakeHeldMedium = "take_held_medium", "收存原证书介质", "takes in the medium of the held certificate";
        /// Gives the medium of the certificate held back, if the hall has it by this case.
        ReturnHeldMedium = "return_held_medium", "退还收存的介质", "returns the medium, if it was taken in";
        /// Keeps the medium of the certificate held for good, if the hall has it by this case: it was revoked.
        RetireHeldMedium = "retire_held_medium", "收回销毁收存的介质", "retires the medium, if it was taken in";
        /// Records the destination of each copy.
        DistributeCopies = "distribute_copies", "记录各份材料去向", "records the destination of each copy";
    }
}

impl Effect {
    /// The parts of the data that an action must take to have it.
    pub fn needs(self) -> &'static [InputPart] {
        match self {
            Self::MakeCertificate => &[InputPart::Certificate],
            Self::PauseDeadline | Self::RefundPayments => &[InputPart::Reason],
            Self::ExtendLimit => &[InputPart::Reason, InputPart::Limit],
            Self::BoxMedium => &[InputPart::BoxNumber],
            _ => &[],
        }
    }
}

vocabulary! {
    /// A part of the data that an action takes.
    pub enum InputPart {
        /// Why, in words; kept for ever.
        Reason = "reason", "理由", "reason";
        /// A remark.
        Remark = "remark", "备注", "remark";
        /// Checks of documents.
        Materials = "materials", "材料核验", "material checks";
        /// Serial and medium number of a certificate made.
        Certificate = "certificate", "证书", "certificate";
        /// Money taken.
        Payment = "payment", "收款", "payment";
        /// Who collects.
        Collector = "collector", "领取人", "collector";
        /// Corrected details of the application.
        Correction = "correction", "更正内容", "correction";
        /// A later limit, as a date.
        Limit = "limit", "新的期限", "new limit";
        /// A document promised for later.
        Commitment = "commitment", "承诺补交", "commitment";
        /// Which payment is cancelled.
        Cancellation = "cancellation", "所冲正的收款", "payment to cancel";
        /// Where money is given back.
        Refund = "refund", "退款窗口", "refund";
        /// What is waived.
        Waiver = "waiver", "减免", "waiver";
        /// The box that a medium is put in.
        BoxNumber = "box_number", "盒号", "box number";
    }
}

vocabulary! {
    /// The work list that a state puts a case on.
    pub enum Queue {
        /// A clerk checks the papers.
        ToCheck = "to_check";
        /// A producer makes the certificate.
        ToMake = "to_make";
        /// A clerk hands over and activates when the applicant comes.
        ToHandOver = "to_hand_over";
        /// The applicant corrects the papers.
        WaitingForCorrection = "waiting_for_correction";
    }
}
