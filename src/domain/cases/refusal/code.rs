//! The stable codes of refusals about cases, with what each means whatever the case: what `/docs/problems` tells of it.
//!
//! Guarantee: a refusal has no code but one of these, one of [`CertificateRefusalCode`](crate::domain::certificates::refusal::CertificateRefusalCode)
//! or one of [`Guard`](crate::domain::case_types::codes::Guard).

use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// Why something isn't done.
    pub enum RefusalCode {
        /// The case has no such action.
        UnknownAction = "unknown_action", "该事项没有此操作", "The case has no such action";
        /// The case is not in a state for this action.
        WrongState = "wrong_state", "办件当前状态不能进行此操作", "The case is not in a state for this action";
        /// The caller has none of the roles that may do this.
        RoleMissing = "role_missing", "没有可以办理此操作的角色", "The caller has none of the roles that may do this";
        /// Not permitted.
        Forbidden = "forbidden", "没有权限", "Not permitted";
        /// The materials are incomplete.
        MaterialsIncomplete = "materials_incomplete", "材料不齐", "The materials are incomplete";
        /// Documents are not checked yet.
        MaterialsUnchecked = "materials_unchecked", "还有材料未核验", "Documents are not checked yet";
        /// The materials are complete; no correction is needed.
        NothingLacking = "nothing_lacking", "材料齐全，无须补正", "The materials are complete; no correction is needed";
        /// No missing document may be brought later.
        NothingDeferrable = "nothing_deferrable", "没有可以容缺的材料", "No missing document may be brought later";
        /// An earlier notice accepted it; a supervisor gives this notice, with a reason.
        OverlookedBefore = "overlooked_before", "前次告知未列出，须由督办人员说明理由后补充告知", "An earlier notice accepted it; a supervisor gives this notice, with a reason";
        /// Nothing is missing that an earlier notice accepted.
        NothingOverlooked = "nothing_overlooked", "没有前次应告知而未告知的事项", "Nothing is missing that an earlier notice accepted";
        /// The case was changed too often to be labelled anew.
        ChangedTooOften = "changed_too_often", "办件变更次数过多，不能再改标签", "The case was changed too often to be labelled anew";
        /// The fee is already settled.
        NothingOwed = "nothing_owed", "费用已结清", "The fee is already settled";
        /// The fee is not settled.
        FeeNotSettled = "fee_not_settled", "费用尚未缴清", "The fee is not settled";
        /// No price list is in force on the day.
        NoPriceList = "no_price_list", "当日没有生效的收费标准", "No price list is in force on the day";
        /// The price list has no price for it.
        NotPriced = "not_priced", "生效的收费标准中没有此项", "The price list has no price for it";
        /// No payment can be cancelled.
        NothingPaid = "nothing_paid", "没有可冲正的收款", "No payment can be cancelled";
        /// The payment was cancelled or refunded.
        PaymentReversed = "payment_reversed", "该笔收款已冲正或退款", "The payment was cancelled or refunded";
        /// A refund is made at a window.
        RefundAtWindow = "refund_at_window", "须由窗口人员退款", "A refund is made at a window";
        /// No certificate was recorded.
        MediumNotRecorded = "medium_not_recorded", "尚未登记证书介质", "No certificate was recorded";
        /// No collector was recorded.
        CollectorNotRecorded = "collector_not_recorded", "尚未登记领取人", "No collector was recorded";
        /// The medium is at another outlet.
        MediumElsewhere = "medium_elsewhere", "介质在另一网点", "The medium is at another outlet";
        /// The certificate is already made; void it first.
        CertificateAlreadyMade = "certificate_already_made", "证书已制作，须先作废", "The certificate is already made; void it first";
        /// The register has no such certificate.
        CertificateUnknown = "certificate_unknown", "登记簿中没有该证书", "The register has no such certificate";
        /// The certificate belongs to another organization.
        CertificateOfAnother = "certificate_of_another", "该证书属于另一单位", "The certificate belongs to another organization";
        /// The certificate is not valid yet.
        CertificateNotYetValid = "certificate_not_yet_valid", "证书有效期尚未开始", "The certificate is not valid yet";
        /// The certificate has not expired.
        CertificateNotExpired = "certificate_not_expired", "证书尚在有效期内", "The certificate has not expired";
        /// It is too early for this.
        TooEarly = "too_early", "尚未到可办理的时间", "It is too early for this";
        /// Another case works on the certificate.
        CertificateBusy = "certificate_busy", "该证书另有在办事项", "Another case works on the certificate";
        /// The application is already open on the certificate.
        ApplicationAlreadyOpen = "application_already_open", "该应用已在证书上开通", "The application is already open on the certificate";
        /// The organization has a certificate or an open case.
        AlreadyApplied = "already_applied", "该单位已有证书或在办事项", "The organization has a certificate or an open case";
        /// Another case is adding the application.
        AdditionAlreadyApplied = "addition_already_applied", "该应用正由另一办件增开", "Another case is adding the application";
        /// The serial is already in the register.
        SerialTaken = "serial_taken", "序列号已在登记簿中", "The serial is already in the register";
        /// The medium is already in the register.
        MediumTaken = "medium_taken", "介质编号已在登记簿中", "The medium is already in the register";
        /// No deadline is running.
        NoDeadlineOpen = "no_deadline_open", "没有在计算的办结期限", "No deadline is running";
        /// The limit has passed.
        LimitPassed = "limit_passed", "办结期限已过", "The limit has passed";
        /// The deadline is already paused by decision.
        AlreadySuspended = "already_suspended", "办结期限已暂停计时", "The deadline is already paused by decision";
        /// The deadline is not paused by decision.
        NotSuspended = "not_suspended", "办结期限未暂停计时", "The deadline is not paused by decision";
        /// The case is assigned to somebody else.
        AssignedToAnother = "assigned_to_another", "办件由他人承办", "The case is assigned to somebody else";
        /// The case has ended.
        CaseClosed = "case_closed", "办件已结束", "The case has ended";
        /// The case has as many holds as it may.
        TooManyHolds = "too_many_holds", "暂缓删除已达上限", "The case has as many holds as it may";
        /// The hold was lifted already.
        HoldLifted = "hold_lifted", "该暂缓删除已解除", "The hold was lifted already";
        /// The system has as many valid secrets as it may.
        TooManySecrets = "too_many_secrets", "有效的密钥已达上限", "The system has as many valid secrets as it may";
        /// The system has as many keys as it may.
        TooManyKeys = "too_many_keys", "公钥已达上限", "The system has as many keys as it may";
        /// The system has a key of this name.
        KeyNameTaken = "key_name_taken", "已有同名的公钥", "The system has a key of this name";
        /// The data is not valid.
        InvalidInput = "invalid_input", "数据有误", "The data is not valid";
    }
}
