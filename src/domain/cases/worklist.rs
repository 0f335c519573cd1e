//! The work lists: what waits for whom, and in which order it is worked on.
//!
//! Guarantees: `due_today`, `due_soon`, `overdue` and `paused` have no case in common; every open case is on exactly one
//! of `to_check`, `to_make`, `to_hand_over` and `waiting_for_correction`, which the workflow's states name.

use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::Queue;

/// A work list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkList {
    /// What the caller took or was given.
    Mine,
    /// Papers to be checked.
    ToCheck,
    /// Certificates to be made.
    ToMake,
    /// To be handed over and activated when the applicant comes.
    ToHandOver,
    /// The applicant corrects the papers.
    WaitingForCorrection,
    /// With a limit that has passed.
    Overdue,
    /// With a limit that passes today.
    DueToday,
    /// With a limit that passes after today, within the working days that the hall calls soon.
    DueSoon,
    /// With a deadline that stands still.
    Paused,
    /// Made and not yet handed over.
    Uncollected,
    /// Accepted with a commitment to bring a document, whose day has passed without it.
    OverdueCommitments,
    /// Open and nobody's.
    Unassigned,
}

impl WorkList {
    /// Every list, in the order in which people look at them.
    pub const ALL: [Self; 12] = [
        Self::Mine,
        Self::ToCheck,
        Self::ToMake,
        Self::ToHandOver,
        Self::WaitingForCorrection,
        Self::Overdue,
        Self::DueToday,
        Self::DueSoon,
        Self::Paused,
        Self::Uncollected,
        Self::OverdueCommitments,
        Self::Unassigned,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::ToCheck => Queue::ToCheck.code(),
            Self::ToMake => Queue::ToMake.code(),
            Self::ToHandOver => Queue::ToHandOver.code(),
            Self::WaitingForCorrection => Queue::WaitingForCorrection.code(),
            Self::Overdue => "overdue",
            Self::DueToday => "due_today",
            Self::DueSoon => "due_soon",
            Self::Paused => "paused",
            Self::Uncollected => "uncollected",
            Self::OverdueCommitments => "overdue_commitments",
            Self::Unassigned => "unassigned",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Mine => Words::new("我的办件", "Mine"),
            Self::ToCheck => Words::new("待核验", "To check"),
            Self::ToMake => Words::new("待制证", "To make"),
            Self::ToHandOver => Words::new("待发放", "To hand over"),
            Self::WaitingForCorrection => Words::new("待补正", "Waiting for correction"),
            Self::Overdue => Words::new("已超期", "Overdue"),
            Self::DueToday => Words::new("今日到期", "Due today"),
            Self::DueSoon => Words::new("即将到期", "Due soon"),
            Self::Paused => Words::new("暂停计时", "Deadline suspended"),
            Self::Uncollected => Words::new("待领取", "Uncollected"),
            Self::OverdueCommitments => Words::new("容缺逾期", "Overdue commitments"),
            Self::Unassigned => Words::new("无人承办", "Unassigned"),
        }
    }

    /// Whose work it shows; auditors see what supervisors see, and change nothing.
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
