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

vocabulary! {
    /// What an entry tells.
    pub enum AuditKind {
        /// A person signed in.
        SignedIn = "signed_in", "登录成功", "signed in";
        /// A sign-in was evaluated and refused.
        SignInFailed = "sign_in_failed", "登录失败", "sign-in failed";
        /// A name was locked for an address after wrong passwords.
        SignInLocked = "sign_in_locked", "登录被锁定", "sign-in locked";
        /// A name became slow for new addresses, since many of them guess.
        SignInSlowed = "sign_in_slowed", "登录被限速", "sign-in slowed down";
        /// The security administrator unlocked the sign-ins of an account.
        SignInUnlocked = "sign_in_unlocked", "解除登录锁定", "sign-in unlocked";
        /// A system got a token.
        TokenIssued = "token_issued", "签发系统令牌", "token given to a system";
        /// A system asked for a token with a wrong secret, or for a scope that it hasn't.
        TokenRefused = "token_refused", "拒绝系统令牌", "token refused to a system";
        /// A person's numbers were shown in clear.
        PersonDisclosed = "person_disclosed", "明文查看个人信息", "person's numbers shown in clear";
        /// Another data key wraps the keys of persons' data from now on.
        DataKeyChanged = "data_key_changed", "更换数据密钥", "data key exchanged";
        /// Somebody ran the program on its own machine.
        CommandRun = "command_run", "执行命令行", "command run";
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
        /// A case.
        Case = "case", "办件", "case";
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
}
