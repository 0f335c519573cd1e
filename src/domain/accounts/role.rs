//! Who may do what: the roles of people and the scopes of other systems.
//!
//! Cast: [`Role`] is what a person is in the hall, [`Scope`] what another system was allowed to ask for; both are
//! closed. [`check_roles`] keeps the three administrators apart. Which role may do which step of a case is data of
//! the workflow, not of this module.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::base::words::{Fault, Words};

/// What a person (or, as [`Role::Client`], another system) is in the hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Serves the window: receives, checks, hands over.
    Clerk,
    /// Makes certificates.
    Producer,
    /// Watches deadlines, decides exceptions, answers for the outlet.
    Supervisor,
    /// System administrator: settings, calendar, case types.
    Administrator,
    /// Security administrator: accounts, roles, clients.
    SecurityAdministrator,
    /// Reads the audit trail, and writes nothing.
    Auditor,
    /// Another system, bounded by its [`Scope`]s.
    Client,
}

impl Role {
    /// Every role, in the order in which people expect them.
    pub const ALL: [Role; 7] = [
        Role::Clerk,
        Role::Producer,
        Role::Supervisor,
        Role::Administrator,
        Role::SecurityAdministrator,
        Role::Auditor,
        Role::Client,
    ];

    /// The stable code, as in JSON and configuration.
    pub fn code(self) -> &'static str {
        match self {
            Role::Clerk => "clerk",
            Role::Producer => "producer",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
            Role::SecurityAdministrator => "security_administrator",
            Role::Auditor => "auditor",
            Role::Client => "client",
        }
    }

    /// Every code, for messages; the same order as [`Role::ALL`].
    pub const CODES: &'static [&'static str] =
        &["clerk", "producer", "supervisor", "administrator", "security_administrator", "auditor", "client"];

    /// The role with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The name that people read.
    pub fn words(self) -> Words {
        match self {
            Role::Clerk => Words::new("窗口人员", "Clerk"),
            Role::Producer => Words::new("制证人员", "Producer"),
            Role::Supervisor => Words::new("督办", "Supervisor"),
            Role::Administrator => Words::new("系统管理员", "System administrator"),
            Role::SecurityAdministrator => Words::new("安全管理员", "Security administrator"),
            Role::Auditor => Words::new("审计员", "Auditor"),
            Role::Client => Words::new("外部系统", "External system"),
        }
    }

    /// One of the three administrators that GB/T 22239 keeps apart.
    pub fn is_administrator(self) -> bool {
        matches!(self, Role::Administrator | Role::SecurityAdministrator | Role::Auditor)
    }
}

/// Refuses a set of roles in which one person would be two of the three administrators.
///
/// GB/T 22239-2019 (等级保护), level 3, chapter 8.1.5, wants system administration, security administration and audit
/// in three pairs of hands, so that nobody grants themselves rights or audits themselves. One fault for each pair,
/// pointing at the later of the two; a role named twice is no conflict. An empty list means the roles go together.
pub fn check_roles(roles: &[Role]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, later) in roles.iter().enumerate() {
        // A repeated role has already been compared where it stood first.
        if !later.is_administrator() || roles[..index].contains(later) {
            continue;
        }
        let mut seen: Vec<Role> = Vec::new();
        for earlier in &roles[..index] {
            if earlier.is_administrator() && !seen.contains(earlier) {
                seen.push(*earlier);
                faults.push(exclusive(index, *earlier, *later));
            }
        }
    }
    faults
}

fn exclusive(index: usize, earlier: Role, later: Role) -> Fault {
    let (one, other) = (earlier.words(), later.words());
    let words = Words::new(
        format!("同一账号不得兼任{}和{}(GB/T 22239 三权分立)", one.zh, other.zh),
        format!(
            "One account can't be both {} and {}: the three administrators exclude one another (GB/T 22239)",
            one.en.to_lowercase(),
            other.en.to_lowercase()
        ),
    );
    Fault::new(format!("/roles/{index}"), "administrators_exclude_one_another", words)
}

/// What another system may ask for with its token (OAuth 2.0, RFC 6749 section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Open cases.
    #[serde(rename = "cases:open")]
    CasesOpen,
    /// Read cases.
    #[serde(rename = "cases:read")]
    CasesRead,
    /// Work on cases: record materials, take actions.
    #[serde(rename = "cases:write")]
    CasesWrite,
    /// Ask whether an organization may apply.
    #[serde(rename = "eligibility:read")]
    EligibilityRead,
    /// Read certificates.
    #[serde(rename = "certificates:read")]
    CertificatesRead,
    /// Report that a certificate is locked.
    #[serde(rename = "certificates:report")]
    CertificatesReport,
    /// Ask whether a certificate may be used in an application yet.
    #[serde(rename = "authorizations:read")]
    AuthorizationsRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 7] = [
        Scope::CasesOpen,
        Scope::CasesRead,
        Scope::CasesWrite,
        Scope::EligibilityRead,
        Scope::CertificatesRead,
        Scope::CertificatesReport,
        Scope::AuthorizationsRead,
    ];

    /// The stable code, as in a token.
    pub fn code(self) -> &'static str {
        match self {
            Scope::CasesOpen => "cases:open",
            Scope::CasesRead => "cases:read",
            Scope::CasesWrite => "cases:write",
            Scope::EligibilityRead => "eligibility:read",
            Scope::CertificatesRead => "certificates:read",
            Scope::CertificatesReport => "certificates:report",
            Scope::AuthorizationsRead => "authorizations:read",
        }
    }

    /// What people who grant it read.
    pub fn words(self) -> Words {
        match self {
            Scope::CasesOpen => Words::new("提交办件", "Open cases"),
            Scope::CasesRead => Words::new("查看办件", "Read cases"),
            Scope::CasesWrite => Words::new("办理办件", "Work on cases"),
            Scope::EligibilityRead => Words::new("查询申办资格", "Ask for eligibility"),
            Scope::CertificatesRead => Words::new("查看证书", "Read certificates"),
            Scope::CertificatesReport => Words::new("报告证书锁定、遗失", "Report locked and lost certificates"),
            Scope::AuthorizationsRead => Words::new("查询应用授权", "Ask for authorizations"),
        }
    }

    /// The scopes of a space-separated list, each once, in the order of [`Scope::ALL`].
    ///
    /// # Errors
    /// The first word that is no scope is refused.
    pub fn parse_list(text: &str) -> Result<Vec<Scope>, UnknownScope> {
        let mut scopes = text.split_ascii_whitespace().map(Scope::from_str).collect::<Result<Vec<_>, _>>()?;
        scopes.sort_unstable();
        scopes.dedup();
        Ok(scopes)
    }

    /// The scopes as a token carries them, separated by one space.
    pub fn list(scopes: &[Scope]) -> String {
        scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ")
    }
}

/// A text that names no role. The text itself is not repeated: it came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such role; the roles are clerk, producer, supervisor, administrator, security_administrator, auditor and client"
)]
pub struct UnknownRole;

/// A text that names no scope. The text itself is not repeated: it came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such scope; the scopes are cases:open, cases:read, cases:write, eligibility:read, certificates:read, certificates:report and authorizations:read"
)]
pub struct UnknownScope;

impl UnknownRole {
    /// The fault at a place of a request.
    pub fn fault(self, pointer: impl Into<String>) -> Fault {
        let codes = Role::ALL.map(Role::code).join("、");
        Fault::new(pointer, "unknown_role", Words::new(format!("没有这个角色;可选:{codes}"), self.to_string()))
    }
}

impl UnknownScope {
    /// The fault at a place of a request.
    pub fn fault(self, pointer: impl Into<String>) -> Fault {
        let codes = Scope::ALL.map(Scope::code).join("、");
        Fault::new(pointer, "unknown_scope", Words::new(format!("没有这个权限范围;可选:{codes}"), self.to_string()))
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.code() == text).ok_or(UnknownRole)
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Scope::ALL.into_iter().find(|scope| scope.code() == text).ok_or(UnknownScope)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}
