//! Why something isn't done: a closed vocabulary with stable codes and the words people are told.

use super::certificate::CertificateRefusal;
use super::command::Actor;
use super::materials::Missing;
use super::role::{Role, Scope};
use super::words::{Fault, Words};

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
        offers: Vec<String>,
    },
    /// A case of it is open.
    Case {
        /// Its acceptance number.
        acceptance_number: String,
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
        /// Name of the state the case is in.
        state: Words,
        /// Names of the states in which it can be taken.
        wanted: Vec<Words>,
    },
    /// The caller hasn't the role.
    RoleMissing {
        /// The roles that may.
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
    /// There is nothing to pay.
    NothingOwed,
    /// Something is still to pay.
    FeeNotSettled {
        /// In fen.
        outstanding_fen: i64,
    },
    /// No certificate was recorded.
    MediumNotRecorded,
    /// Nobody was recorded as collecting.
    CollectorNotRecorded,
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
    HeldCertificateExpired,
    /// The certificate's validity hasn't begun.
    HeldCertificateNotYetValid,
    /// It is suspended.
    HeldCertificateSuspended,
    /// The certificate is locked.
    HeldCertificateLocked,
    /// The application is open on the certificate already.
    ApplicationAlreadyOpen {
        /// Its code.
        application: String,
    },
    /// One organization, one certificate.
    AlreadyApplied {
        /// What stands in the way.
        held_by: HeldBy,
    },
    /// The same application is being added to the certificate by another case.
    AdditionAlreadyApplied {
        /// Its acceptance number.
        acceptance_number: String,
    },
    /// The serial stands in the register already.
    SerialTaken,
    /// The medium stands in the register already.
    MediumTaken,
    /// The case has no deadline, or its deadline was met.
    NoDeadlineOpen,
    /// Somebody stopped the deadline already.
    AlreadySuspended,
    /// Nobody stopped the deadline by decision.
    NotSuspended,
    /// The case is somebody else's.
    AssignedToAnother {
        /// Their name.
        name: String,
    },
    /// The case has ended: there is no more work to give.
    CaseClosed,
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
            Self::RoleMissing { .. } | Self::ScopeMissing { .. } => RefusalKind::NotPermitted,
            Self::WrongState { .. }
            | Self::AlreadyApplied { .. }
            | Self::AdditionAlreadyApplied { .. }
            | Self::SerialTaken
            | Self::MediumTaken
            | Self::Certificate(_)
            | Self::AssignedToAnother { .. }
            | Self::CaseClosed => RefusalKind::Conflict,
            _ => RefusalKind::Unmet,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAction { .. } => "unknown_action",
            Self::WrongState { .. } => "wrong_state",
            Self::RoleMissing { .. } => "role_missing",
            Self::ScopeMissing { .. } => "scope_missing",
            Self::MaterialsIncomplete { .. } => "materials_incomplete",
            Self::MaterialsUnchecked { .. } => "materials_unchecked",
            Self::NothingLacking => "nothing_lacking",
            Self::NothingOwed => "nothing_owed",
            Self::FeeNotSettled { .. } => "fee_not_settled",
            Self::MediumNotRecorded => "medium_not_recorded",
            Self::CollectorNotRecorded => "collector_not_recorded",
            Self::CertificateAlreadyMade => "certificate_already_made",
            Self::Certificate(refusal) => refusal.code(),
            Self::HeldCertificateUnknown => "certificate_unknown",
            Self::HeldCertificateOfAnother => "certificate_of_another",
            Self::HeldCertificateNotActive => "certificate_not_active",
            Self::HeldCertificateExpired => "certificate_expired",
            Self::HeldCertificateNotYetValid => "certificate_not_yet_valid",
            Self::HeldCertificateSuspended => "certificate_suspended",
            Self::HeldCertificateLocked => "certificate_locked",
            Self::ApplicationAlreadyOpen { .. } => "application_already_open",
            Self::AlreadyApplied { .. } => "already_applied",
            Self::AdditionAlreadyApplied { .. } => "addition_already_applied",
            Self::SerialTaken => "serial_taken",
            Self::MediumTaken => "medium_taken",
            Self::NoDeadlineOpen => "no_deadline_open",
            Self::AlreadySuspended => "already_suspended",
            Self::NotSuspended => "not_suspended",
            Self::AssignedToAnother { .. } => "assigned_to_another",
            Self::CaseClosed => "case_closed",
            Self::InvalidInput { .. } => "invalid_input",
        }
    }

    /// What people are told.
    pub fn words(&self) -> Words {
        match self {
            Self::UnknownAction { action } => {
                Words::new(format!("该事项没有“{action}”操作"), format!("this case has no action \"{action}\""))
            }
            Self::WrongState { state, wanted } => {
                let zh: Vec<&str> = wanted.iter().map(|state| state.zh.as_str()).collect();
                let en: Vec<&str> = wanted.iter().map(|state| state.en.as_str()).collect();
                Words::new(
                    format!("办件处于“{}”，该操作只能在“{}”时进行", state.zh, zh.join("”“")),
                    format!("the case is \"{}\"; this can be done when it is \"{}\"", state.en, en.join("\" or \"")),
                )
            }
            Self::RoleMissing { roles } => {
                let zh: Vec<String> = roles.iter().map(|role| role.words().zh).collect();
                let en: Vec<String> = roles.iter().map(|role| role.words().en).collect();
                Words::new(format!("须由{}办理", zh.join("或")), format!("only for: {}", en.join(", ")))
            }
            Self::ScopeMissing { scope } => {
                let scope = scope.code();
                Words::new(format!("该系统没有“{scope}”权限"), format!("this system needs the scope \"{scope}\""))
            }
            Self::MaterialsIncomplete { missing } => {
                let zh: Vec<&str> = missing.iter().map(|missing| missing.words.zh.as_str()).collect();
                let en: Vec<&str> = missing.iter().map(|missing| missing.words.en.as_str()).collect();
                Words::new(
                    format!("材料还差{}处：{}", missing.len(), zh.join("；")),
                    format!("{} missing of the materials: {}", missing.len(), en.join("; ")),
                )
            }
            Self::MaterialsUnchecked { rows } => Words::new(
                format!("还有{rows}项材料未核验，补正须一次性告知"),
                format!("{rows} documents aren't checked yet; everything must be told at once"),
            ),
            Self::NothingLacking => Words::new("材料齐全，无须补正", "the materials are complete: nothing to correct"),
            Self::NothingOwed => Words::new("费用已结清", "nothing is owed any more"),
            Self::FeeNotSettled { outstanding_fen } => {
                let yuan = yuan(*outstanding_fen);
                Words::new(format!("费用未结清，尚欠{yuan}元"), format!("{yuan} yuan are still owed"))
            }
            Self::MediumNotRecorded => Words::new("尚未登记制成的证书", "no certificate was recorded yet"),
            Self::CollectorNotRecorded => Words::new("尚未登记领取人", "who collects wasn't recorded yet"),
            Self::CertificateAlreadyMade => Words::new(
                "证书已按原单位信息制作，须先作废重制再更正",
                "the certificate was made with these details: void it first (action remake), then correct",
            ),
            Self::Certificate(refusal) => refusal.words(),
            Self::HeldCertificateUnknown => Words::new("登记簿中没有该证书", "the register has no such certificate"),
            Self::HeldCertificateOfAnother => {
                Words::new("该证书不属于本单位", "the certificate belongs to another organization")
            }
            Self::HeldCertificateNotActive => Words::new("该证书未激活或已注销", "the certificate isn't active"),
            Self::HeldCertificateExpired => Words::new("该证书已过有效期", "the certificate has expired"),
            Self::HeldCertificateNotYetValid => {
                Words::new("该证书有效期尚未开始", "the certificate's validity hasn't begun")
            }
            Self::HeldCertificateSuspended => Words::new("该证书已暂停使用", "the certificate is suspended"),
            Self::HeldCertificateLocked => {
                Words::new("该证书已锁定，须先解锁", "the certificate is locked: unlock it first")
            }
            Self::ApplicationAlreadyOpen { application } => {
                Words::new(format!("该证书已开通“{application}”"), format!("\"{application}\" is open on it already"))
            }
            Self::AlreadyApplied { held_by } => match held_by {
                HeldBy::Certificate { serial, offers } if offers.is_empty() => Words::new(
                    format!("该证件已经申请过证书，不能再申请；单位持有证书 {serial}"),
                    format!("the organization holds certificate {serial} and can't have another"),
                ),
                HeldBy::Certificate { serial, .. } => Words::new(
                    format!("该证件已经申请过证书，不能再申请；可凭证书 {serial} 办理增开应用"),
                    format!("the organization holds certificate {serial}; apply for add-application on it instead"),
                ),
                HeldBy::Case { acceptance_number } => Words::new(
                    format!("该证件已经申请过证书，不能再申请；办件 {acceptance_number} 正在办理，可继续办理或先撤回"),
                    format!("case {acceptance_number} of the organization is open; go on with it or withdraw it first"),
                ),
            },
            Self::AdditionAlreadyApplied { acceptance_number } => Words::new(
                format!("办件 {acceptance_number} 正在为该证书增开同一应用"),
                format!("case {acceptance_number} is adding the same application to this certificate"),
            ),
            Self::SerialTaken => Words::new("该证书序列号已在登记簿中", "this serial stands in the register already"),
            Self::MediumTaken => Words::new("该介质编号已在登记簿中", "this medium stands in the register already"),
            Self::NoDeadlineOpen => Words::new("没有正在计算的办结期限", "no deadline is being counted"),
            Self::AlreadySuspended => Words::new("计时已暂停", "the deadline is suspended already"),
            Self::NotSuspended => Words::new("计时未被暂停", "nobody suspended the deadline"),
            Self::AssignedToAnother { name } => {
                Words::new(format!("该办件由{name}承办"), format!("the case is assigned to {name}"))
            }
            Self::CaseClosed => Words::new("办件已办结", "the case has ended"),
            Self::InvalidInput { .. } => Words::new("填写的内容有误", "the data has faults"),
        }
    }

    /// A refusal for want of a role, where the actor has none of these.
    pub fn unless_role(actor: &Actor, roles: &[Role]) -> Option<Self> {
        (!actor.has_any(roles)).then(|| Self::RoleMissing { roles: roles.to_vec() })
    }
}

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}
