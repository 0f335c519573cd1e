//! The settings of signing in.

use super::hashing::HashingLimits;
use crate::domain::accounts::sign_in::SignInRules;

/// What the settings say of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInSetup {
    /// When an attempt is evaluated.
    pub rules: SignInRules,
    /// How many at once.
    pub hashing: HashingLimits,
}
