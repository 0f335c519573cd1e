//! Work lists: which cases wait for whom, and their working order.
//!
//! Guarantees: `due_today`, `due_soon`, `overdue` and `paused` have no case in common; every open case is on exactly one
//! of `to_check`, `to_make`, `to_hand_over` and `waiting_for_correction`, which the workflow's states name.

use crate::domain::accounts::role::Role;
use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// A work list.
    pub enum WorkList {
        /// Cases assigned to the caller.
        Mine = "mine", "我的办件", "Mine";
        /// Papers to be checked.
        ToCheck = "to_check", "待核验", "To check";
        /// Certificates to be made.
        ToMake = "to_make", "待制证", "To make";
        /// To be handed over and activated when the applicant comes.
        ToHandOver = "to_hand_over", "待发放激活", "To hand over";
        /// The applicant corrects the papers.
        WaitingForCorrection = "waiting_for_correction", "待补正", "Waiting for correction";
        /// With a limit that has passed.
        Overdue = "overdue", "已逾期", "Overdue";
        /// With a limit that passes today.
        DueToday = "due_today", "今日到期", "Due today";
        /// With a limit after today, within the setting `due_soon_working_days`.
        DueSoon = "due_soon", "即将到期", "Due soon";
        /// With a paused deadline.
        Paused = "paused", "暂停计时", "Deadline paused";
        /// Made and not yet handed over.
        Uncollected = "uncollected", "待领取", "Uncollected";
        /// Accepted with a commitment to bring a document, whose day has passed without it.
        OverdueCommitments = "overdue_commitments", "容缺逾期", "Overdue commitments";
        /// Open and unassigned.
        Unassigned = "unassigned", "无人承办", "Unassigned";
    }
}

impl WorkList {
    /// The roles that see it; auditors see what supervisors see, and change nothing.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Mine => &[Role::Clerk, Role::Producer, Role::Supervisor],
            Self::ToCheck
            | Self::ToHandOver
            | Self::WaitingForCorrection
            | Self::Uncollected
            | Self::OverdueCommitments => &[Role::Clerk, Role::Supervisor, Role::Auditor],
            Self::ToMake => &[Role::Producer, Role::Supervisor, Role::Auditor],
            Self::Overdue | Self::DueToday | Self::DueSoon | Self::Unassigned => {
                &[Role::Clerk, Role::Producer, Role::Supervisor, Role::Auditor]
            }
            Self::Paused => &[Role::Supervisor, Role::Auditor],
        }
    }
}
