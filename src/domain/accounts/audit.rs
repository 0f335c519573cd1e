//! Entries of the audit trail: what isn't of a case or a certificate, and still has to be accounted for.
//!
//! Cast: an [`AuditEntry`] says what happened ([`AuditKind`]), who did it ([`AuditActor`]) and to what ([`AuditSubject`]).
//!
//! Guarantee: an entry is written in the transaction of what it tells, and never changed. Its details hold no secret, no
//! password and no number of a person: whoever writes an entry sees to that.
//!
//! Source: GB/T 22239-2019, level 3, 8.1.4.3 (security audit): date, user, kind of event, success.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;

vocabulary! {
    /// What an entry tells.
    pub enum AuditKind {
        /// A person signed in.
        SignedIn = "signed_in", "登录成功", "signed in";
        /// A sign-in was evaluated and refused.
        SignInFailed = "sign_in_failed", "登录失败", "sign-in failed";
        /// A name was locked for an address after wrong passwords.
        SignInLocked = "sign_in_locked", "登录被锁定", "sign-in locked";
        /// A name became slow for new addresses, since many of them guess; or an address for new names, since it guesses at many.
        SignInSlowed = "sign_in_slowed", "登录被限速", "sign-in slowed down";
        /// The security administrator unlocked the sign-ins of an account.
        SignInUnlocked = "sign_in_unlocked", "解除登录锁定", "sign-in unlocked";
        /// A person signed out, here or everywhere; or the security administrator signed them out.
        SignedOut = "signed_out", "退出登录", "signed out";
        /// A refresh token was used a second time: somebody has a copy. The session was ended.
        RefreshReused = "refresh_reused", "刷新令牌被重复使用", "refresh token reused";
        /// An account was added.
        AccountAdded = "account_added", "新建账号", "account added";
        /// Name, roles or outlet of an account were changed.
        AccountChanged = "account_changed", "修改账号", "account changed";
        /// An account was deactivated, and all its sessions ended.
        AccountDeactivated = "account_deactivated", "停用账号", "account deactivated";
        /// An account was activated again.
        AccountActivated = "account_activated", "启用账号", "account activated";
        /// An account got a one-time password.
        PasswordReset = "password_reset", "重置密码", "password reset";
        /// A person chose a new password.
        PasswordChanged = "password_changed", "修改密码", "password changed";
        /// A person set up a second factor.
        SecondFactorEnrolled = "second_factor_enrolled", "启用动态口令", "second factor set up";
        /// A second factor was removed, since its holder has lost it.
        SecondFactorRemoved = "second_factor_removed", "解除动态口令", "second factor removed";
        /// Accounts and systems are held against the trail from now on: what was there already stands in it as it was found.
        AccountsHeld = "accounts_held", "开始核对账号与外部系统", "accounts and systems held against the trail from now on";
        /// An account that was there when that began, as it was then.
        AccountFound = "account_found", "登记已有账号", "account found";
        /// A system that was there when that began, as it was then.
        SystemFound = "system_found", "登记已有外部系统", "system found";
        /// Imports, editions and years of the calendar are held against the trail from now on: what was there already stands in it as it was found.
        RecordsHeld = "records_held", "开始核对批量导入、版本与日历", "imports, editions and calendar held against the trail from now on";
        /// An import, edition or year of the calendar that was there when that began, as it was then.
        RecordFound = "record_found", "登记已有数据", "record found";
        /// A system got a token.
        TokenIssued = "token_issued", "签发系统令牌", "token given to a system";
        /// A system came in by a token of another issuer, for the first time by this one.
        TokenAccepted = "token_accepted", "接受其他签发方的令牌", "token of another issuer accepted";
        /// A system asked for a token with a wrong secret, or for a scope that it hasn't.
        TokenRefused = "token_refused", "拒绝系统令牌", "token refused to a system";
        /// A system was added.
        SystemAdded = "system_added", "新增外部系统", "system added";
        /// Name, scopes or outlet of a system were changed.
        SystemChanged = "system_changed", "变更外部系统", "system changed";
        /// A system was deactivated.
        SystemDeactivated = "system_deactivated", "停用外部系统", "system deactivated";
        /// A system was activated again.
        SystemActivated = "system_activated", "启用外部系统", "system activated";
        /// A system got a new secret; the one before ends.
        SystemSecretAdded = "system_secret_added", "更换系统密钥", "secret of a system added";
        /// A secret of a system was ended at once.
        SystemSecretEnded = "system_secret_ended", "作废系统密钥", "secret of a system ended";
        /// A system got a key to sign with.
        SystemKeyAdded = "system_key_added", "添加系统公钥", "key of a system added";
        /// A key of a system was removed.
        SystemKeyRemoved = "system_key_removed", "移除系统公钥", "key of a system removed";
        /// A webhook of a system was added.
        WebhookAdded = "webhook_added", "新建事件推送", "webhook added";
        /// Address, types or activity of a webhook were changed.
        WebhookChanged = "webhook_changed", "修改事件推送", "webhook changed";
        /// A webhook was removed, with what waited for it.
        WebhookRemoved = "webhook_removed", "删除事件推送", "webhook removed";
        /// A webhook got a new secret; the one before ends.
        WebhookSecretRotated = "webhook_secret_rotated", "更换推送密钥", "secret of a webhook exchanged";
        /// The hall switched a webhook off: it answered that it wants no more.
        WebhookDisabled = "webhook_disabled", "自动停用事件推送", "webhook switched off by the hall";
        /// A webhook is told once more of what happened.
        WebhookReplayed = "webhook_replayed", "重新推送事件", "webhook told once more";
        /// A person's numbers were shown in clear.
        PersonDisclosed = "person_disclosed", "明文查看个人信息", "person's numbers shown in clear";
        /// A case was kept from the erasure of its persons.
        HoldPlaced = "hold_placed", "暂缓删除个人信息", "hold placed";
        /// A hold was lifted.
        HoldLifted = "hold_lifted", "解除暂缓删除", "hold lifted";
        /// The persons of a case or certificate were erased at the end of their retention.
        PersonsErased = "persons_erased", "按保存期限删除个人信息", "persons erased";
        /// A paper of a case was printed.
        PaperPrinted = "paper_printed", "打印文书", "paper printed";
        /// Another data key wraps the keys of persons' data from now on.
        DataKeyChanged = "data_key_changed", "更换数据密钥", "data key exchanged";
        /// Somebody ran the program on its own machine.
        CommandRun = "command_run", "执行命令行", "command run";
        /// The program started with settings that differ from those in force before.
        SettingsChanged = "settings_changed", "设置变更", "settings changed";
        /// A new edition of a case type or workflow came into force, or cases were moved to one.
        EditionChanged = "edition_changed", "版本变更", "edition changed";
        /// The program started with prices that differ from those in force before.
        PricesChanged = "prices_changed", "价格变更", "prices changed";
        /// Years of the calendar were put in force.
        CalendarChanged = "calendar_changed", "工作日历变更", "calendar changed";
        /// All certificates of an import were entered, and wait for a second person.
        ImportEntered = "import_entered", "批量导入录入完毕", "import entered";
        /// An import was approved by a second person: its certificates are in force.
        ImportApproved = "import_approved", "批准批量导入", "import approved";
        /// An import was rejected, or taken back: its certificates leave the register.
        ImportRejected = "import_rejected", "退回批量导入", "import rejected";
        /// Not all certificates of an import could be entered: those that were leave the register.
        ImportFailed = "import_failed", "批量导入失败", "import failed";
        /// A report was taken as a file.
        ReportTaken = "report_taken", "导出报表文件", "report taken as a file";
        /// The event log was exported.
        EventLogExported = "event_log_exported", "导出事件日志", "event log exported";
        /// The audit trail was read.
        TrailRead = "trail_read", "查阅审计记录", "audit trail read";
        /// The audit trail was exported.
        TrailExported = "trail_exported", "导出审计记录", "audit trail exported";
        /// A seal that is kept beside the sealing keys isn't in the database, and whoever runs the program said why: an older state was put back.
        RestoreAccepted = "restore_accepted", "认可数据库恢复", "older state of the database accepted";
        /// Another key seals from now on, since the one before is lost.
        SealingKeyBegun = "sealing_key_begun", "启用新的封存密钥", "new sealing key begun";
        /// A backup was made.
        BackupMade = "backup_made", "备份数据", "backup made";
        /// Events, audit trail and seals were verified.
        EvidenceVerified = "evidence_verified", "核验存证", "evidence verified";
    }
}

vocabulary! {
    /// What an entry is about.
    pub enum AuditSubjectKind {
        /// An account of a person.
        Account = "account", "账号", "account";
        /// Another system.
        System = "system", "外部系统", "system";
        /// A webhook of another system.
        Webhook = "webhook", "事件推送", "webhook";
        /// A report.
        Report = "report", "报表", "report";
        /// A case.
        Case = "case", "办件", "case";
        /// A certificate.
        Certificate = "certificate", "证书", "certificate";
        /// An import of certificates.
        Import = "import", "批量导入", "import";
        /// An edition of a case type or workflow.
        Edition = "edition", "事项或流程版本", "edition";
        /// A year of the calendar, in one edition of it.
        CalendarYear = "calendar_year", "日历年份", "calendar year";
    }
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSubject {
    /// What it is.
    pub kind: AuditSubjectKind,
    /// Its id: of an account the account's id, of a system its client id.
    pub id: String,
}

/// Who did it, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditActor {
    /// Account or client id; the hall's own for the hall and for whoever runs a command; empty where nobody has signed in.
    pub id: String,
    /// The name as it was then.
    pub name: String,
    /// The address that the call came from.
    pub address: Option<String>,
    /// The operating system's user, for commands.
    pub system_user: Option<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What happened.
    pub kind: AuditKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: AuditActor,
    /// To what; none where there is no one thing.
    pub about: Option<AuditSubject>,
    /// What else is worth knowing, by names that are stored for ever.
    pub details: BTreeMap<String, String>,
}

impl AuditSubject {
    /// An account.
    pub fn account(id: impl Into<String>) -> Self {
        Self { kind: AuditSubjectKind::Account, id: id.into() }
    }

    /// Anything by its kind and id.
    pub fn new(kind: AuditSubjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// A case.
    pub fn case(id: impl ToString) -> Self {
        Self { kind: AuditSubjectKind::Case, id: id.to_string() }
    }

    /// Another system.
    pub fn system(client_id: impl Into<String>) -> Self {
        Self { kind: AuditSubjectKind::System, id: client_id.into() }
    }
}

impl AuditActor {
    /// Nobody who has signed in, at an address.
    pub fn at_address(address: impl ToString) -> Self {
        Self { address: Some(address.to_string()), ..Self::default() }
    }
}

impl AuditEntry {
    /// An entry about nothing in particular, without details.
    pub fn new(kind: AuditKind, at: DateTime<Utc>, by: AuditActor) -> Self {
        Self { kind, at, by, about: None, details: BTreeMap::new() }
    }

    /// The same about something.
    #[must_use]
    pub fn about(self, subject: AuditSubject) -> Self {
        Self { about: Some(subject), ..self }
    }

    /// The same with a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The same with what differs, as it was and as it is; none where nothing does.
    #[must_use]
    pub fn with_changes<const N: usize>(
        mut self,
        before: &[(&'static str, String); N],
        after: &[(&'static str, String); N],
    ) -> Option<Self> {
        let said = self.details.len();
        for ((name, before), (_, after)) in before.iter().zip(after).filter(|(before, after)| before != after) {
            self = self.with(name, format!("{before}{BECAME}{after}"));
        }
        (self.details.len() > said).then_some(self)
    }
}

/// How an entry names the place of whoever acts in every outlet; of nobody else.
pub const WHOLE_HALL: &str = "all_outlets";

/// What stands between what was and what is, in a detail of a change.
pub const BECAME: &str = " → ";

/// An entry as it stands in the trail, also where a newer version or a foreign hand wrote what isn't known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEntry {
    /// Its number, in the order of writing.
    pub number: i64,
    /// Code of its kind.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: AuditActor,
    /// Kind and id of what it is about.
    pub about: Option<(String, String)>,
    /// The rest.
    pub details: BTreeMap<String, String>,
}

impl RecordedEntry {
    /// What people call its kind.
    pub fn kind_words(&self) -> Words {
        AuditKind::from_code(&self.kind).map_or_else(|| Words::new(&self.kind, &self.kind), AuditKind::words)
    }
}
