//! Why a change of a certificate is refused: stable codes and texts for users.

use uuid::Uuid;

use super::certificate::ServiceKind;
use super::import::ImportState;
use super::state::CertificateState;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;

vocabulary! {
    /// The stable codes, with what each means whatever the certificate.
    pub enum CertificateRefusalCode {
        /// The certificate is revoked.
        Revoked = "certificate_revoked", "证书已注销", "The certificate is revoked";
        /// The certificate has expired.
        Expired = "certificate_expired", "证书已过有效期", "The certificate has expired";
        /// The certificate is suspended.
        Suspended = "certificate_suspended", "证书已暂停使用", "The certificate is suspended";
        /// The certificate is locked.
        Locked = "certificate_locked", "证书已锁定", "The certificate is locked";
        /// The certificate is not activated.
        NotActive = "certificate_not_active", "证书未激活", "The certificate is not activated";
        /// Not possible in the certificate's present state.
        WrongStage = "certificate_wrong_stage", "证书当前状态不能这样办理", "Not possible in the certificate's present state";
        /// The certificate is not locked.
        NotLocked = "certificate_not_locked", "证书未锁定", "The certificate is not locked";
        /// The certificate is not suspended.
        NotSuspended = "certificate_not_suspended", "证书未暂停", "The certificate is not suspended";
        /// Nothing would change.
        NothingChanged = "nothing_changed", "内容没有变化", "Nothing would change";
        /// Serial and medium are only corrected, never changed.
        NumbersFixed = "certificate_numbers_fixed", "序列号和介质编号只能更正，不能变更", "Serial and medium are only corrected, never changed";
        /// Somebody else must do this.
        SecondPersonNeeded = "second_person_needed", "须由另一人办理", "Somebody else must do this";
        /// The certificate's registration is not approved yet.
        NotApproved = "registration_not_approved", "证书的登记尚未批准", "The certificate's registration is not approved yet";
        /// No registration is pending.
        NoRegistration = "no_registration", "没有待批准的登记", "No registration is pending";
        /// The certificate belongs to an import, which is approved or rejected as a whole.
        PartOfImport = "part_of_import", "证书属于批量导入，须整批批准或退回", "The certificate belongs to an import, which is approved or rejected as a whole";
        /// The import isn't what the audit trail says of it.
        ImportDiffers = "import_differs", "批量导入的登记与审计记录不符", "The import isn't what the audit trail says of it";
        /// The import does not wait for approval.
        ImportNotWaiting = "import_not_waiting", "该批量导入不在待批准状态", "The import does not wait for approval";
        /// The lock or suspension was reported otherwise.
        ReportOfAnother = "report_of_another", "现有锁定或暂停不是该次报告的", "The lock or suspension was reported otherwise";
        /// A correction is already pending.
        CorrectionPending = "correction_pending", "已有一项更正待批准", "A correction is already pending";
        /// No correction is pending.
        NoCorrection = "no_correction", "没有待批准的更正", "No correction is pending";
        /// The certificate has changed since the correction was requested.
        CorrectionOutdated = "correction_outdated", "提出更正后登记内容已变化", "The certificate has changed since the correction was requested";
        /// The persons were erased at the end of the retention.
        PersonsErased = "persons_erased", "个人信息已按保存期限删除", "The persons were erased at the end of the retention";
        /// The service was never opened on the certificate.
        ServiceNeverOpened = "service_never_opened", "该服务从未开通", "The service was never opened on the certificate";
        /// The hall has the medium.
        InCustody = "medium_in_custody", "大厅收存着证书介质", "The hall has the medium";
        /// The hall does not have the medium.
        NotInCustody = "medium_not_in_custody", "大厅没有收存该介质", "The hall does not have the medium";
        /// The service is not open on the certificate.
        ServiceNotOpen = "service_not_open", "该服务未开通", "The service is not open on the certificate";
        /// The service is already open on the certificate.
        ServiceAlreadyOpen = "service_already_open", "该服务已开通", "The service is already open on the certificate";
        /// The service is suspended.
        ServiceSuspended = "service_suspended", "该服务已暂停", "The service is suspended";
        /// The service is not suspended.
        ServiceNotSuspended = "service_not_suspended", "该服务未暂停", "The service is not suspended";
    }
}

/// Why a certificate stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateRefusal {
    /// It was revoked, and never comes back.
    Revoked,
    /// Its validity has ended: it can't be renewed, only replaced.
    Expired,
    /// It is suspended.
    Suspended,
    /// It is locked.
    Locked,
    /// It wasn't activated yet.
    NotActive,
    /// It isn't in a state in which it can be handed over, taken in or activated.
    WrongStage {
        /// The state it is in.
        state: CertificateState,
    },
    /// It isn't locked.
    NotLocked,
    /// It isn't suspended.
    NotSuspended,
    /// Nothing would change.
    NothingChanged,
    /// What was asked would change the certificate's own numbers, which only a correction does.
    NumbersFixed,
    /// Whoever asks for a correction, or enters a certificate without a case, can't approve it.
    SecondPersonNeeded,
    /// It entered without a case, and no second person has approved that.
    NotApproved,
    /// It is in force: no registration waits.
    NoRegistration,
    /// It is approved or rejected with the others of its import.
    PartOfImport {
        /// The import.
        id: Uuid,
    },
    /// Somebody wrote into the import's row, beside the program.
    ImportDiffers,
    /// The import is past that, or not there yet.
    ImportNotWaiting {
        /// How far it is.
        state: ImportState,
    },
    /// Somebody else reported the lock or suspension, or it was reported another time.
    ReportOfAnother,
    /// A correction waits already.
    CorrectionPending,
    /// No correction waits.
    NoCorrection,
    /// It has become another since the correction was asked for.
    CorrectionOutdated,
    /// Its person was erased at the end of the retention: it stays as it is.
    PersonsErased,
    /// The service was never opened on the certificate; open it with a case.
    ServiceNeverOpened {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
    /// The hall has its medium already.
    InCustody,
    /// The hall hasn't its medium, or not so that this could be done with it.
    NotInCustody,
    /// The service isn't open on it.
    ServiceNotOpen {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
    /// The service is open on it already.
    ServiceAlreadyOpen {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
    /// The service is suspended.
    ServiceSuspended {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
    /// The service isn't suspended.
    ServiceNotSuspended {
        /// What kind of service.
        service: ServiceKind,
        /// Its code.
        code: String,
    },
}

impl CertificateRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.named().code()
    }

    fn named(&self) -> CertificateRefusalCode {
        use CertificateRefusalCode as Code;
        match self {
            Self::Revoked => Code::Revoked,
            Self::Expired => Code::Expired,
            Self::Suspended => Code::Suspended,
            Self::Locked => Code::Locked,
            Self::NotActive => Code::NotActive,
            Self::WrongStage { .. } => Code::WrongStage,
            Self::NotLocked => Code::NotLocked,
            Self::NotSuspended => Code::NotSuspended,
            Self::NothingChanged => Code::NothingChanged,
            Self::NumbersFixed => Code::NumbersFixed,
            Self::SecondPersonNeeded => Code::SecondPersonNeeded,
            Self::NotApproved => Code::NotApproved,
            Self::NoRegistration => Code::NoRegistration,
            Self::PartOfImport { .. } => Code::PartOfImport,
            Self::ImportDiffers => Code::ImportDiffers,
            Self::ImportNotWaiting { .. } => Code::ImportNotWaiting,
            Self::ReportOfAnother => Code::ReportOfAnother,
            Self::CorrectionPending => Code::CorrectionPending,
            Self::NoCorrection => Code::NoCorrection,
            Self::CorrectionOutdated => Code::CorrectionOutdated,
            Self::PersonsErased => Code::PersonsErased,
            Self::ServiceNeverOpened { .. } => Code::ServiceNeverOpened,
            Self::InCustody => Code::InCustody,
            Self::NotInCustody => Code::NotInCustody,
            Self::ServiceNotOpen { .. } => Code::ServiceNotOpen,
            Self::ServiceAlreadyOpen { .. } => Code::ServiceAlreadyOpen,
            Self::ServiceSuspended { .. } => Code::ServiceSuspended,
            Self::ServiceNotSuspended { .. } => Code::ServiceNotSuspended,
        }
    }

    /// What people are told.
    pub fn words(&self) -> Words {
        // Which application it is stands where it was asked for; its code is no word for people.
        let of = |service: &ServiceKind, zh: &str, en: &str| match service {
            ServiceKind::ESeal => Words::new(format!("法人电子印章{zh}"), format!("the e-seal {en}")),
            ServiceKind::Application => Words::new(format!("该应用{zh}"), format!("the login application {en}")),
        };
        match self {
            Self::Revoked => Words::new("该证书已注销，不能恢复", "the certificate is revoked permanently"),
            Self::Expired => Words::new(
                "该证书已过有效期，须办理补办",
                "the certificate has expired and can't be renewed; apply for reissue",
            ),
            Self::Suspended => Words::new("该证书已暂停使用", "the certificate is suspended"),
            Self::Locked => Words::new("该证书已锁定", "the certificate is locked"),
            Self::NotActive => Words::new("该证书未激活", "the certificate is not activated"),
            Self::WrongStage { state } => {
                let Words { zh, en } = state.words();
                Words::new(
                    format!("该证书目前为“{zh}”，不能这样办理"),
                    format!("not possible while the certificate is \"{}\"", en.to_lowercase()),
                )
            }
            Self::NotLocked => Words::new("该证书未锁定", "the certificate is not locked"),
            Self::NotSuspended => Words::new("该证书未暂停", "the certificate is not suspended"),
            Self::NothingChanged => Words::new("内容没有变化", "nothing would change"),
            Self::NumbersFixed => Words::new(
                "序列号和介质编号只能更正，不能变更",
                "serial and medium can't be changed; request a correction instead",
            ),
            Self::SecondPersonNeeded => Words::new(
                "须由另一名督办人员批准，提出或登记的人不能自己批准",
                "another supervisor must approve this, not the one who asked for it or entered it",
            ),
            Self::NotApproved => Words::new(
                "该证书的登记尚未经另一名督办人员批准，不能使用或办理",
                "the certificate was entered without a case, and waits for another supervisor's approval",
            ),
            Self::NoRegistration => {
                Words::new("该证书没有待批准的登记", "no registration of the certificate is pending")
            }
            Self::PartOfImport { id } => Words::new(
                format!("该证书随批量导入{id}登记，须整批批准或退回"),
                format!("the certificate belongs to import {id}, which is approved or rejected as a whole"),
            ),
            Self::ImportDiffers => Words::new(
                "该批量导入的登记与审计记录不符，不能批准；请系统管理员运行 casehall audit verify 核验",
                "the import isn't what the audit trail says of it, so nothing is done with it; ask whoever runs the program for `casehall audit verify`",
            ),
            Self::ImportNotWaiting { state } => {
                let Words { zh, en } = state.words();
                Words::new(
                    format!("该批量导入目前为“{zh}”，不能批准或退回"),
                    format!("the import is \"{}\" and can't be approved or rejected", en.to_lowercase()),
                )
            }
            Self::ReportOfAnother => Words::new(
                "现有锁定或暂停不是由该系统在该次报告的",
                "the certificate is locked or suspended by another report than this one",
            ),
            Self::CorrectionPending => Words::new(
                "该证书已有一项更正待批准，须先批准或退回",
                "a correction of the certificate is already pending; approve or decline it first",
            ),
            Self::NoCorrection => Words::new("该证书没有待批准的更正", "no correction of the certificate is pending"),
            Self::PersonsErased => Words::new(
                "证书的个人信息已按保存期限删除，不再变更",
                "the certificate's person was erased at the end of the retention, so it stays as it is",
            ),
            Self::CorrectionOutdated => Words::new(
                "提出更正后证书登记内容已变化，须退回后重新提出",
                "the certificate has changed since the correction was requested; decline it and request a new one",
            ),
            Self::ServiceNeverOpened { service, .. } => {
                of(service, "从未开通，须通过办件开通", "was never opened on the certificate; open it with a case")
            }
            Self::InCustody => Words::new("证书介质已收存在大厅", "the hall already has the medium"),
            Self::NotInCustody => Words::new("大厅没有收存该介质", "the hall does not have the medium"),
            Self::ServiceNotOpen { service, .. } => of(service, "未开通", "is not open on the certificate"),
            Self::ServiceAlreadyOpen { service, .. } => of(service, "已开通", "is already open on the certificate"),
            Self::ServiceSuspended { service, .. } => of(service, "已暂停", "is suspended"),
            Self::ServiceNotSuspended { service, .. } => of(service, "未暂停", "isn't suspended"),
        }
    }
}
