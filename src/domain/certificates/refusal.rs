//! Why a change of a certificate is refused: stable codes and texts for users.

use uuid::Uuid;

use super::certificate::ServiceKind;
use super::import::ImportState;
use super::state::CertificateState;
use crate::domain::base::words::Words;

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
        match self {
            Self::Revoked => "certificate_revoked",
            Self::Expired => "certificate_expired",
            Self::Suspended => "certificate_suspended",
            Self::Locked => "certificate_locked",
            Self::NotActive => "certificate_not_active",
            Self::WrongStage { .. } => "certificate_wrong_stage",
            Self::NotLocked => "certificate_not_locked",
            Self::NotSuspended => "certificate_not_suspended",
            Self::NothingChanged => "nothing_changed",
            Self::NumbersFixed => "certificate_numbers_fixed",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::NotApproved => "registration_not_approved",
            Self::NoRegistration => "no_registration",
            Self::PartOfImport { .. } => "part_of_import",
            Self::ImportNotWaiting { .. } => "import_not_waiting",
            Self::ReportOfAnother => "report_of_another",
            Self::CorrectionPending => "correction_pending",
            Self::NoCorrection => "no_correction",
            Self::CorrectionOutdated => "correction_outdated",
            Self::PersonsErased => "persons_erased",
            Self::ServiceNeverOpened { .. } => "service_never_opened",
            Self::InCustody => "medium_in_custody",
            Self::NotInCustody => "medium_not_in_custody",
            Self::ServiceNotOpen { .. } => "service_not_open",
            Self::ServiceAlreadyOpen { .. } => "service_already_open",
            Self::ServiceSuspended { .. } => "service_suspended",
            Self::ServiceNotSuspended { .. } => "service_not_suspended",
        }
    }

    /// What people are told.
    pub fn words(&self) -> Words {
        let named = |service: &ServiceKind, code: &str, zh: &str, en: &str| match service {
            ServiceKind::ESeal => Words::new(format!("法人电子印章{zh}"), format!("the e-seal {en}")),
            ServiceKind::Application => Words::new(format!("应用“{code}”{zh}"), format!("\"{code}\" {en}")),
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
                    format!("该证书处于“{zh}”，不能这样办理"),
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
            Self::ImportNotWaiting { state } => {
                let Words { zh, en } = state.words();
                Words::new(
                    format!("该批量导入处于“{zh}”，不能批准或退回"),
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
            Self::ServiceNeverOpened { service, code } => named(
                service,
                code,
                "从未开通，须通过办件开通",
                "was never opened on the certificate; open it with a case",
            ),
            Self::InCustody => Words::new("证书介质已收存在大厅", "the hall already has the medium"),
            Self::NotInCustody => Words::new("大厅没有收存该介质", "the hall does not have the medium"),
            Self::ServiceNotOpen { service, code } => named(service, code, "未开通", "is not open on the certificate"),
            Self::ServiceAlreadyOpen { service, code } => {
                named(service, code, "已开通", "is already open on the certificate")
            }
            Self::ServiceSuspended { service, code } => named(service, code, "已暂停", "is suspended"),
            Self::ServiceNotSuspended { service, code } => named(service, code, "未暂停", "isn't suspended"),
        }
    }
}
