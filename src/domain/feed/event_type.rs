//! The types of events that other systems are told of.

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;

vocabulary! {
    /// What happened, as other systems choose by it. The code is the stored kind; before that of a certificate's stands `certificate_`.
    pub enum EventType {
        /// A case was opened.
        CaseOpened = "case_opened", "受理登记", "a case was opened";
        /// A paper was checked.
        MaterialRecorded = "material_recorded", "核验材料", "a paper was checked";
        /// A one-time notice was given.
        NoticeGiven = "notice_given", "出具一次性告知", "a one-time notice was given";
        /// The application was corrected.
        ApplicationCorrected = "application_corrected", "更正申请内容", "details of the application were corrected";
        /// The case goes by another edition of its case type.
        EditionMoved = "edition_moved", "改用事项新版本", "the case went to another edition of its case type";
        /// A commitment to bring a paper later was accepted.
        CommitmentAccepted = "commitment_accepted", "接受容缺承诺", "a commitment to bring a paper later was accepted";
        /// Money was taken.
        PaymentRecorded = "payment_recorded", "登记缴费", "a payment was recorded";
        /// A payment was cancelled.
        PaymentCancelled = "payment_cancelled", "撤销缴费登记", "a mistyped payment was cancelled";
        /// A payment was refunded.
        PaymentRefunded = "payment_refunded", "退费", "a payment was refunded";
        /// A fee was waived.
        FeeWaived = "fee_waived", "减免费用", "a part of the fee was waived";
        /// The collector was recorded.
        CollectorRecorded = "collector_recorded", "登记领取人", "the collector was recorded";
        /// The copies went to where they belong.
        CopiesDistributed = "copies_distributed", "分送材料份数", "the copies were distributed";
        /// The deadline was paused.
        DeadlinePaused = "deadline_paused", "期限暂停", "the deadline was paused";
        /// The deadline runs again.
        DeadlineResumed = "deadline_resumed", "期限恢复", "a pause of the deadline ended";
        /// The limit was extended.
        LimitExtended = "limit_extended", "延长期限", "the limit was extended";
        /// The dates don't move any more.
        DeadlineSettled = "deadline_settled", "期限确定", "the dates no longer move";
        /// The calendar moved the dates.
        CalendarChanged = "calendar_changed", "工作日历变动", "the calendar changed the dates";
        /// Something about the deadline was announced.
        Announced = "announced", "期限提醒", "something about the deadline was announced";
        /// The case is somebody else's, or nobody's.
        Assigned = "assigned", "改派", "the case was claimed, assigned or released";
        /// The case is in another state.
        StateChanged = "state_changed", "进入下一环节", "the case moved";
        /// A remark was made.
        Remarked = "remarked", "备注", "a remark was made";
        /// A hold was placed.
        HoldPlaced = "hold_placed", "暂缓清除个人信息", "a hold was placed";
        /// A hold was lifted.
        HoldLifted = "hold_lifted", "解除暂缓", "a hold was lifted";
        /// The persons of the case were erased.
        PersonsErased = "persons_erased", "清除个人信息", "the persons of the case were erased";
        /// It entered the register without a case.
        CertificateRegistered = "certificate_registered", "证书登记", "a certificate entered the register";
        /// A second person approved that.
        CertificateRegistrationApproved = "certificate_registration_approved", "证书登记复核通过", "the entry was approved";
        /// It left the register again.
        CertificateRegistrationRejected = "certificate_registration_rejected", "证书登记被退回", "the entry was rejected";
        /// It was made.
        CertificateMade = "certificate_made", "证书制成", "the certificate was made";
        /// Its medium was put in a box.
        CertificateBoxed = "certificate_boxed", "介质入盒", "the medium was put in a box";
        /// It was handed over.
        CertificateIssued = "certificate_issued", "证书发放", "the certificate was issued";
        /// Its medium was handed in.
        CertificateTakenIn = "certificate_taken_in", "收存介质", "the medium was taken in";
        /// Its medium was given back.
        CertificateGivenBack = "certificate_given_back", "交还介质", "the medium was given back";
        /// Its medium was destroyed.
        CertificateMediumRetired = "certificate_medium_retired", "介质作废", "the medium was retired";
        /// It was activated.
        CertificateActivated = "certificate_activated", "证书激活", "the certificate was activated";
        /// It was reported as locked.
        CertificateLockReported = "certificate_lock_reported", "报告锁定", "a lock was reported";
        /// Such a report was withdrawn.
        CertificateLockReportWithdrawn =
            "certificate_lock_report_withdrawn", "撤回锁定报告", "a report of a lock was withdrawn";
        /// It was unlocked.
        CertificateUnlocked = "certificate_unlocked", "证书解锁", "the certificate was unlocked";
        /// It was suspended.
        CertificateSuspended = "certificate_suspended", "证书停用", "the certificate was suspended";
        /// A report that suspended it was withdrawn.
        CertificateSuspensionWithdrawn =
            "certificate_suspension_withdrawn", "撤回停用报告", "a report that suspended it was withdrawn";
        /// It can be used again.
        CertificateRestored = "certificate_restored", "证书恢复", "the suspension was lifted";
        /// It was revoked.
        CertificateRevoked = "certificate_revoked", "证书注销", "the certificate was revoked";
        /// It was renewed.
        CertificateRenewed = "certificate_renewed", "证书延期", "the certificate was renewed";
        /// Its holder's particulars changed.
        CertificateChanged = "certificate_changed", "证书信息变更", "its particulars changed";
        /// What was recorded wrongly was put right.
        CertificateCorrected = "certificate_corrected", "证书信息更正", "its particulars were corrected";
        /// A correction was asked for.
        CertificateCorrectionAsked = "certificate_correction_asked", "申请更正", "a correction was asked for";
        /// It was declined.
        CertificateCorrectionDeclined = "certificate_correction_declined", "更正未采纳", "a correction was declined";
        /// A service was opened on it.
        CertificateServiceOpened = "certificate_service_opened", "开通应用或印章", "a service was opened";
        /// A service was suspended.
        CertificateServiceSuspended = "certificate_service_suspended", "停用应用或印章", "a service was suspended";
        /// A service can be used again.
        CertificateServiceRestored = "certificate_service_restored", "恢复应用或印章", "a service was restored";
        /// A service was closed.
        CertificateServiceClosed = "certificate_service_closed", "关闭应用或印章", "a service was closed";
        /// Its person was erased.
        CertificatePersonsErased = "certificate_persons_erased", "清除证书经办人信息", "its person was erased";
    }
}

/// What stands before the kind of a certificate's event.
const OF_CERTIFICATE: &str = "certificate_";

impl EventType {
    /// The type of a case's event.
    pub fn of_case(event: &Event) -> Self {
        match event {
            Event::CaseOpened { .. } => Self::CaseOpened,
            Event::MaterialRecorded { .. } => Self::MaterialRecorded,
            Event::NoticeGiven { .. } => Self::NoticeGiven,
            Event::ApplicationCorrected { .. } => Self::ApplicationCorrected,
            Event::EditionMoved { .. } => Self::EditionMoved,
            Event::CommitmentAccepted { .. } => Self::CommitmentAccepted,
            Event::PaymentRecorded { .. } => Self::PaymentRecorded,
            Event::PaymentCancelled { .. } => Self::PaymentCancelled,
            Event::PaymentRefunded { .. } => Self::PaymentRefunded,
            Event::FeeWaived { .. } => Self::FeeWaived,
            Event::CollectorRecorded { .. } => Self::CollectorRecorded,
            Event::Certificate { event, .. } => Self::of_certificate(event),
            Event::CopiesDistributed { .. } => Self::CopiesDistributed,
            Event::DeadlinePaused { .. } => Self::DeadlinePaused,
            Event::DeadlineResumed { .. } => Self::DeadlineResumed,
            Event::LimitExtended { .. } => Self::LimitExtended,
            Event::DeadlineSettled { .. } => Self::DeadlineSettled,
            Event::CalendarChanged { .. } => Self::CalendarChanged,
            Event::Announced { .. } => Self::Announced,
            Event::Assigned { .. } => Self::Assigned,
            Event::StateChanged { .. } => Self::StateChanged,
            Event::Remarked { .. } => Self::Remarked,
            Event::HoldPlaced { .. } => Self::HoldPlaced,
            Event::HoldLifted { .. } => Self::HoldLifted,
            Event::PersonsErased { .. } => Self::PersonsErased,
        }
    }

    /// The type of a certificate's event.
    pub fn of_certificate(event: &CertificateEvent) -> Self {
        match event {
            CertificateEvent::Registered { .. } => Self::CertificateRegistered,
            CertificateEvent::RegistrationApproved => Self::CertificateRegistrationApproved,
            CertificateEvent::RegistrationRejected { .. } => Self::CertificateRegistrationRejected,
            CertificateEvent::Made { .. } => Self::CertificateMade,
            CertificateEvent::Boxed { .. } => Self::CertificateBoxed,
            CertificateEvent::Issued { .. } => Self::CertificateIssued,
            CertificateEvent::TakenIn { .. } => Self::CertificateTakenIn,
            CertificateEvent::GivenBack { .. } => Self::CertificateGivenBack,
            CertificateEvent::MediumRetired => Self::CertificateMediumRetired,
            CertificateEvent::Activated => Self::CertificateActivated,
            CertificateEvent::LockReported { .. } => Self::CertificateLockReported,
            CertificateEvent::LockReportWithdrawn { .. } => Self::CertificateLockReportWithdrawn,
            CertificateEvent::Unlocked { .. } => Self::CertificateUnlocked,
            CertificateEvent::Suspended { .. } => Self::CertificateSuspended,
            CertificateEvent::SuspensionWithdrawn { .. } => Self::CertificateSuspensionWithdrawn,
            CertificateEvent::Restored { .. } => Self::CertificateRestored,
            CertificateEvent::Revoked { .. } => Self::CertificateRevoked,
            CertificateEvent::Renewed { .. } => Self::CertificateRenewed,
            CertificateEvent::Changed { .. } => Self::CertificateChanged,
            CertificateEvent::Corrected { .. } => Self::CertificateCorrected,
            CertificateEvent::CorrectionAsked { .. } => Self::CertificateCorrectionAsked,
            CertificateEvent::CorrectionDeclined { .. } => Self::CertificateCorrectionDeclined,
            CertificateEvent::ServiceOpened { .. } => Self::CertificateServiceOpened,
            CertificateEvent::ServiceSuspended { .. } => Self::CertificateServiceSuspended,
            CertificateEvent::ServiceRestored { .. } => Self::CertificateServiceRestored,
            CertificateEvent::ServiceClosed { .. } => Self::CertificateServiceClosed,
            CertificateEvent::PersonsErased => Self::CertificatePersonsErased,
        }
    }

    /// The kind that a certificate's own record stores it by; none for what only happens to cases.
    pub fn certificate_kind(self) -> Option<&'static str> {
        self.code().strip_prefix(OF_CERTIFICATE)
    }
}
