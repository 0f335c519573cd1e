//! The settings of signing in.

use super::hashing::HashingLimits;
use crate::domain::accounts::role::Role;
use crate::domain::accounts::session::SessionRules;
use crate::domain::accounts::sign_in::SignInRules;

/// What the settings say of signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSetup {
    /// When an attempt is evaluated.
    pub rules: SignInRules,
    /// How many at once.
    pub hashing: HashingLimits,
    /// How long people stay signed in.
    pub sessions: SessionRules,
    /// Who must have a second factor.
    pub second_factor_roles: Vec<Role>,
}
