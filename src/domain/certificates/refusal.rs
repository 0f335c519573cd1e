//! Why something isn't done to a certificate: stable codes, and the words people are told.

use super::certificate::ServiceKind;
use super::state::CertificateState;
use crate::domain::base::words::Words;

/// Why a certificate stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateRefusal {
    /// It was revoked, and never comes back.
    Revoked,
    /// Its validity ended: it isn't renewed, another one is issued.
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
    /// Whoever asks for a correction can't approve it.
    SecondPersonNeeded,
    /// A correction waits already.
    CorrectionPending,
    /// No correction waits.
    NoCorrection,
    /// It has become another since the correction was asked for.
    CorrectionOutdated,
    /// The service was never opened on it: a case opens it.
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
            Self::CorrectionPending => "correction_pending",
            Self::NoCorrection => "no_correction",
            Self::CorrectionOutdated => "correction_outdated",
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
            Self::Revoked => Words::new("该证书已注销，不能恢复", "the certificate was revoked and never comes back"),
            Self::Expired => Words::new(
                "该证书已过有效期，须办理补办",
                "the certificate has expired: it can't be renewed, apply for reissue",
            ),
            Self::Suspended => Words::new("该证书已暂停使用", "the certificate is suspended"),
            Self::Locked => Words::new("该证书已锁定", "the certificate is locked"),
            Self::NotActive => Words::new("该证书未激活", "the certificate isn't activated"),
            Self::WrongStage { state } => {
                let Words { zh, en } = state.words();
                Words::new(
                    format!("该证书处于“{zh}”，不能这样办理"),
                    format!("not while the certificate is \"{}\"", en.to_lowercase()),
                )
            }
            Self::NotLocked => Words::new("该证书未锁定", "the certificate isn't locked"),
            Self::NotSuspended => Words::new("该证书未暂停", "the certificate isn't suspended"),
            Self::NothingChanged => Words::new("内容没有变化", "nothing would change"),
            Self::NumbersFixed => Words::new(
                "序列号和介质编号只能更正，不能变更",
                "serial and medium aren't changed; what was recorded wrongly is corrected",
            ),
            Self::SecondPersonNeeded => {
                Words::new("更正须由另一人批准", "a correction is approved by somebody else than who asks for it")
            }
            Self::CorrectionPending => Words::new(
                "该证书已有一项更正待批准，须先批准或退回",
                "a correction of the certificate waits already: it is approved or declined first",
            ),
            Self::NoCorrection => Words::new("该证书没有待批准的更正", "no correction of the certificate waits"),
            Self::CorrectionOutdated => Words::new(
                "提出更正后证书登记内容已变化，须退回后重新提出",
                "the certificate has changed since the correction was asked for: decline it, and ask anew",
            ),
            Self::ServiceNeverOpened { service, code } => {
                named(service, code, "从未开通，须通过办件开通", "was never opened on it: a case opens it")
            }
            Self::InCustody => Words::new("证书介质已收存在大厅", "the hall has the medium already"),
            Self::NotInCustody => Words::new("大厅没有收存该介质", "the hall hasn't the medium"),
            Self::ServiceNotOpen { service, code } => named(service, code, "未开通", "isn't open on the certificate"),
            Self::ServiceAlreadyOpen { service, code } => {
                named(service, code, "已开通", "is open on the certificate already")
            }
            Self::ServiceSuspended { service, code } => named(service, code, "已暂停", "is suspended"),
            Self::ServiceNotSuspended { service, code } => named(service, code, "未暂停", "isn't suspended"),
        }
    }
}
