//! The types of events that other systems are told of.

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::CertificateEvent;

vocabulary! {
    /// What happened, as other systems choose by it. What is told of a type never loses or changes a member: where that must be, there is
    /// another type, `.v2`, beside it.
    pub enum EventType {
        /// A case was opened.
        CaseOpened = "casehall.case.opened.v1", "收件", "a case was opened";
        /// A paper was checked.
        MaterialRecorded = "casehall.case.material_recorded.v1", "核验材料", "a document was checked";
        /// A one-time notice was given.
        NoticeGiven = "casehall.case.notice_given.v1", "出具一次性告知书", "a one-time notice was given";
        /// The application was corrected.
        ApplicationCorrected = "casehall.case.application_corrected.v1", "更正申请信息", "details of the application were corrected";
        /// The case goes by another edition of its case type.
        EditionMoved = "casehall.case.edition_moved.v1", "改用事项新版本", "the case went to another edition of its case type";
        /// A commitment to bring a paper later was accepted.
        CommitmentAccepted = "casehall.case.commitment_accepted.v1", "接受容缺承诺", "a commitment to bring a document later was accepted";
        /// Money was taken.
        PaymentRecorded = "casehall.case.payment_recorded.v1", "登记收费", "a payment was recorded";
        /// A payment was cancelled.
        PaymentCancelled = "casehall.case.payment_cancelled.v1", "冲正收款", "a mistyped payment was cancelled";
        /// A payment was refunded.
        PaymentRefunded = "casehall.case.payment_refunded.v1", "退款", "a payment was refunded";
        /// A fee was waived.
        FeeWaived = "casehall.case.fee_waived.v1", "减免费用", "a part of the fee was waived";
        /// The collector was recorded.
        CollectorRecorded = "casehall.case.collector_recorded.v1", "登记领取人", "the collector was recorded";
        /// The copies went to where they belong.
        CopiesDistributed = "casehall.case.copies_distributed.v1", "分发材料", "the copies were distributed";
        /// The deadline was paused.
        DeadlinePaused = "casehall.case.deadline_paused.v1", "暂停计时", "the deadline was paused";
        /// The deadline runs again.
        DeadlineResumed = "casehall.case.deadline_resumed.v1", "恢复计时", "a pause of the deadline ended";
        /// The limit was extended.
        LimitExtended = "casehall.case.limit_extended.v1", "延长期限", "the limit was extended";
        /// The dates don't move any more.
        DeadlineSettled = "casehall.case.deadline_settled.v1", "期限定格", "the dates no longer move";
        /// The calendar moved the dates.
        CalendarChanged = "casehall.case.calendar_changed.v1", "工作日历变动", "the calendar changed the dates";
        /// Something about the deadline was announced.
        Announced = "casehall.case.announced.v1", "期限提醒", "something about the deadline was announced";
        /// The case is somebody else's, or nobody's.
        Assigned = "casehall.case.assigned.v1", "承办人变动", "the case was claimed, assigned or released";
        /// The case is in another state.
        StateChanged = "casehall.case.state_changed.v1", "状态变更", "the case moved";
        /// A remark was made.
        Remarked = "casehall.case.remarked.v1", "备注", "a remark was made";
        /// A hold was placed.
        HoldPlaced = "casehall.case.hold_placed.v1", "暂缓删除个人信息", "a hold was placed";
        /// A hold was lifted.
        HoldLifted = "casehall.case.hold_lifted.v1", "解除暂缓删除", "a hold was lifted";
        /// The persons of the case were erased.
        PersonsErased = "casehall.case.persons_erased.v1", "删除个人信息", "the persons of the case were erased";
        /// It entered the register without a case.
        CertificateRegistered = "casehall.certificate.registered.v1", "证书登记", "a certificate entered the register";
        /// A second person approved that.
        CertificateRegistrationApproved = "casehall.certificate.registration_approved.v1", "证书登记获批准", "the entry was approved";
        /// It left the register again.
        CertificateRegistrationRejected = "casehall.certificate.registration_rejected.v1", "证书登记被退回", "the entry was rejected";
        /// It was made.
        CertificateMade = "casehall.certificate.made.v1", "证书制成", "the certificate was made";
        /// Its medium was put in a box.
        CertificateBoxed = "casehall.certificate.boxed.v1", "装盒入库", "the medium was put in a box";
        /// It was handed over.
        CertificateIssued = "casehall.certificate.issued.v1", "证书发放", "the certificate was issued";
        /// Its medium was handed in.
        CertificateTakenIn = "casehall.certificate.taken_in.v1", "收存介质", "the medium was taken in";
        /// Its medium was given back.
        CertificateGivenBack = "casehall.certificate.given_back.v1", "退还介质", "the medium was given back";
        /// Its medium was destroyed.
        CertificateMediumRetired = "casehall.certificate.medium_retired.v1", "收回销毁介质", "the medium was retired";
        /// It was activated.
        CertificateActivated = "casehall.certificate.activated.v1", "证书激活", "the certificate was activated";
        /// It was reported as locked.
        CertificateLockReported = "casehall.certificate.lock_reported.v1", "报告锁定", "a lock was reported";
        /// Such a report was withdrawn.
        CertificateLockReportWithdrawn =
            "casehall.certificate.lock_report_withdrawn.v1", "撤销锁定报告", "a report of a lock was withdrawn";
        /// It was unlocked.
        CertificateUnlocked = "casehall.certificate.unlocked.v1", "证书解锁", "the certificate was unlocked";
        /// It was suspended.
        CertificateSuspended = "casehall.certificate.suspended.v1", "证书暂停", "the certificate was suspended";
        /// A report that suspended it was withdrawn.
        CertificateSuspensionWithdrawn =
            "casehall.certificate.suspension_withdrawn.v1", "撤销挂失", "a report that suspended it was withdrawn";
        /// It can be used again.
        CertificateRestored = "casehall.certificate.restored.v1", "证书恢复", "the suspension was lifted";
        /// It was revoked.
        CertificateRevoked = "casehall.certificate.revoked.v1", "证书注销", "the certificate was revoked";
        /// It was renewed.
        CertificateRenewed = "casehall.certificate.renewed.v1", "证书续期", "the certificate was renewed";
        /// Its holder's particulars changed.
        CertificateChanged = "casehall.certificate.changed.v1", "证书信息变更", "its particulars changed";
        /// What was recorded wrongly was put right.
        CertificateCorrected = "casehall.certificate.corrected.v1", "证书信息更正", "its particulars were corrected";
        /// A correction was asked for.
        CertificateCorrectionAsked = "casehall.certificate.correction_asked.v1", "申请更正", "a correction was asked for";
        /// It was declined.
        CertificateCorrectionDeclined = "casehall.certificate.correction_declined.v1", "更正未获批准", "a correction was declined";
        /// A service was opened on it.
        CertificateServiceOpened = "casehall.certificate.service_opened.v1", "开通应用或印章", "a service was opened";
        /// A service was suspended.
        CertificateServiceSuspended = "casehall.certificate.service_suspended.v1", "暂停应用或印章", "a service was suspended";
        /// A service can be used again.
        CertificateServiceRestored = "casehall.certificate.service_restored.v1", "恢复应用或印章", "a service was restored";
        /// A service was closed.
        CertificateServiceClosed = "casehall.certificate.service_closed.v1", "关闭应用或印章", "a service was closed";
        /// A service that was opened can be used from now on.
        CertificateServiceUsable = "casehall.certificate.service_usable.v1", "应用或印章已可使用", "a service can be used from now on";
        /// Its person was erased.
        CertificatePersonsErased = "casehall.certificate.persons_erased.v1", "删除证书经办人信息", "its person was erased";
    }
}

/// What stands before the kind of a case's event, and of a certificate's.
const OF_CASE: &str = "casehall.case.";
const OF_CERTIFICATE: &str = "casehall.certificate.";

/// How something is stored that happened to a case, or to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To a case.
    OfCase(&'static str),
    /// To a certificate.
    OfCertificate(&'static str),
}

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
            CertificateEvent::ServiceUsable { .. } => Self::CertificateServiceUsable,
            CertificateEvent::PersonsErased => Self::CertificatePersonsErased,
        }
    }

    /// The kind by which it is stored.
    pub fn kind(self) -> Kind {
        let code = self.code();
        let unversioned = code.rsplit_once('.').map_or(code, |(unversioned, _)| unversioned);
        match (unversioned.strip_prefix(OF_CERTIFICATE), unversioned.strip_prefix(OF_CASE)) {
            (Some(kind), _) => Kind::OfCertificate(kind),
            (None, Some("opened")) => Kind::OfCase("case_opened"),
            (None, Some(kind)) => Kind::OfCase(kind),
            (None, None) => Kind::OfCase(code),
        }
    }
}
