//! How often a sign-in may fail.

/// When an account name is locked.
#[derive(Debug, Clone, Copy)]
pub struct SignInPolicy {
    /// After this many failures in a row.
    pub failures: u32,
    /// For this many minutes.
    pub lock_minutes: u32,
}
