//! Roles of accounts and scopes of other systems.
//!
//! Cast: a [`Role`] says what an account may do, a [`Scope`] what another system may do; both are
//! closed. [`check_roles`] keeps the three administrators apart. Which role may do which step of a case is data of
//! the workflow, not of this module.

use std::fmt;
use std::str::FromStr;

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::{Fault, Words};

vocabulary! {
    /// What an account (or, as [`Role::Client`], another system) may do.
    pub enum Role {
        /// Serves the window: receives, checks, hands over.
        Clerk = "clerk", "窗口人员", "Clerk";
        /// Makes certificates.
        Producer = "producer", "制证人员", "Producer";
        /// Watches deadlines, decides exceptions, answers for the outlet.
        Supervisor = "supervisor", "督办人员", "Supervisor";
        /// System administrator: settings, calendar, case types.
        Administrator = "administrator", "系统管理员", "System administrator";
        /// Security administrator: accounts, roles, clients.
        SecurityAdministrator = "security_administrator", "安全管理员", "Security administrator";
        /// Reads the audit trail, and writes nothing.
        Auditor = "auditor", "审计员", "Auditor";
        /// Another system, bounded by its [`Scope`]s.
        Client = "client", "外部系统", "External system";
    }
}

impl Role {
    /// One of the three administrators that GB/T 22239 keeps apart.
    pub fn is_administrator(self) -> bool {
        matches!(self, Role::Administrator | Role::SecurityAdministrator | Role::Auditor)
    }

    /// Whether they see cases. The administrators of system and security run the hall and see none: least privilege.
    pub fn sees_cases(self) -> bool {
        matches!(self, Role::Clerk | Role::Producer | Role::Supervisor | Role::Auditor)
    }

    /// Whether nobody can have both: two administrators, or an administrator and a role that works on cases.
    pub fn excludes(self, other: Role) -> bool {
        self != other && (self.is_administrator() || other.is_administrator())
    }
}

/// Refuses a set of roles in which one person would be two of the three administrators, or an administrator who works on
/// cases.
///
/// GB/T 22239-2019 (等级保护), level 3, chapter 8.1.5, wants system administration, security administration and audit
/// in three pairs of hands, so that nobody grants themselves rights or audits themselves; and none of them does the work
/// that they administer. One fault for each pair, pointing at the later of the two; a role named twice is no conflict. An
/// empty list means the roles go together.
pub fn check_roles(roles: &[Role]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, later) in roles.iter().enumerate() {
        // A repeated role has already been compared where it stood first.
        if roles[..index].contains(later) {
            continue;
        }
        let mut seen: Vec<Role> = Vec::new();
        for earlier in &roles[..index] {
            if earlier.excludes(*later) && !seen.contains(earlier) {
                seen.push(*earlier);
                faults.push(exclusive(index, *earlier, *later));
            }
        }
    }
    faults
}

fn exclusive(index: usize, earlier: Role, later: Role) -> Fault {
    let (one, other) = (earlier.words(), later.words());
    let both = earlier.is_administrator() && later.is_administrator();
    let (code, why_zh, why_en) = if both {
        ("administrators_exclude_one_another", "三权分立", "the three administrators exclude one another")
    } else {
        ("administrators_do_no_business", "管理员不办理业务", "administrators don't work on cases")
    };
    let words = Words::new(
        format!("同一账号不得兼任{}和{}（GB/T 22239，{why_zh}）", one.zh, other.zh),
        format!(
            "One account can't be both {} and {}: {why_en} (GB/T 22239)",
            one.en.to_lowercase(),
            other.en.to_lowercase()
        ),
    );
    Fault::new(format!("/roles/{index}"), code, words)
}

vocabulary! {
    /// What another system may do with its token (OAuth 2.0, RFC 6749 section 3.3).
    pub enum Scope {
        /// Open cases.
        CasesOpen = "cases:open", "提交办件", "Open cases";
        /// Read cases.
        CasesRead = "cases:read", "查看办件", "Read cases";
        /// Work on cases: record materials, take actions.
        CasesWrite = "cases:write", "办理办件", "Work on cases";
        /// Ask whether an organization may apply.
        EligibilityRead = "eligibility:read", "查询申办资格", "Check eligibility";
        /// Read certificates.
        CertificatesRead = "certificates:read", "查看证书", "Read certificates";
        /// Report that a certificate is locked; that it is lost with the reissue that is opened for it.
        CertificatesReport = "certificates:report", "报告证书锁定，提交补办时挂失", "Report locks of certificates, and losses by opening a reissue";
        /// Ask whether a certificate may be used in an application yet.
        AuthorizationsRead = "authorizations:read", "查询应用授权", "Check authorizations";
        /// Manage its own webhooks.
        WebhooksManage = "webhooks:manage", "管理本系统的事件推送", "Manage its own webhooks";
    }
}

impl Scope {
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

/// No role of a person. The text is not repeated, because it came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such role; the roles are {}", listed(&person_codes()))]
pub struct UnknownRole;

/// An unknown scope. The text is not repeated, because it came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such scope; the scopes are {}", listed(Scope::CODES))]
pub struct UnknownScope;

/// Codes in a sentence: "a, b and c".
fn listed(codes: &[&str]) -> String {
    match codes {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => codes.concat(),
    }
}

fn person_codes() -> Vec<&'static str> {
    Role::CODES.iter().copied().filter(|code| *code != Role::Client.code()).collect()
}

impl UnknownRole {
    /// The fault at a place of a request.
    pub fn fault(self, pointer: impl Into<String>) -> Fault {
        let codes = person_codes().join("、");
        Fault::new(pointer, "unknown_role", Words::new(format!("没有这个角色；可选：{codes}"), self.to_string()))
    }
}

/// The role of a person; other systems have scopes.
impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Role::from_code(text).filter(|role| *role != Role::Client).ok_or(UnknownRole)
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Scope::from_code(text).ok_or(UnknownScope)
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
