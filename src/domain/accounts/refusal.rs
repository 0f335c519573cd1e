//! Why something isn't done with an account, a session or a second factor.

use crate::domain::accounts::session::Duty;

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRefusal {
    /// Something else comes first.
    MustFirst(Duty),
    /// The password is right, and a code of the second factor must come with it.
    CodeMissing,
    /// The code of the second factor is wrong, or was used before.
    CodeWrong,
    /// There is no such session any more.
    SessionEnded,
    /// Nobody does this to their own account.
    OwnAccount,
    /// The hall would be left without an active security administrator.
    LastSecurityAdministrator,
    /// A second factor is in use.
    SecondFactorInUse,
    /// No second factor waits for its first code.
    NoSecondFactorPrepared,
}

impl AccountRefusal {
    /// A stable name, for the log and the audit trail.
    pub fn code(self) -> &'static str {
        match self {
            Self::MustFirst(duty) => duty.code(),
            Self::CodeMissing => "second_factor_code_missing",
            Self::CodeWrong => "second_factor_code_wrong",
            Self::SessionEnded => "session_ended",
            Self::OwnAccount => "own_account",
            Self::LastSecurityAdministrator => "last_security_administrator",
            Self::SecondFactorInUse => "second_factor_in_use",
            Self::NoSecondFactorPrepared => "no_second_factor_prepared",
        }
    }
}
