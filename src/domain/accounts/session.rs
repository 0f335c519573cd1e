//! Sessions of people who signed in: how long they last, and what comes before everything else in them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::base::vocabulary::vocabulary;

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRules {
    /// Without being refreshed.
    pub idle: TimeDelta,
    /// In all, however often it is refreshed.
    pub longest: TimeDelta,
}

impl SessionRules {
    /// When a session ends that isn't refreshed again.
    pub fn expires_at(&self, started_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        (now + self.idle).min(started_at + self.longest)
    }
}

vocabulary! {
    /// What somebody who is signed in must do before they may do anything else.
    pub enum Duty {
        /// Choose a password: theirs is a one-time password.
        ChangePassword = "password_change_required", "请先设置新密码", "choose a new password first";
        /// Set up a second factor: the hall requires it of their role.
        EnrolSecondFactor = "second_factor_required", "请先设置动态口令", "set up a second factor first";
    }
}
