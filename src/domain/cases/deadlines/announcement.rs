//! Announcements about deadlines; each is made once.
//!
//! Cast: an [`Announcement`] names its kind and its cause; [`plan`](super::plan::plan) says which are due at an instant and when the next
//! one could be. Sweeps only ask and record.
//!
//! Guarantees: a case keeps what was announced, so each cause is announced once however many instances sweep, after
//! whatever downtime, and when a date moves away and back; what fell due while the deadline ran is announced though the
//! case has gone on since.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::base::vocabulary::vocabulary;

/// When things are announced; the hall's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnouncementPolicy {
    /// So many working days before the limit it is due soon.
    pub due_soon_working_days: u32,
    /// After so many days a certificate that was made counts as uncollected.
    pub uncollected_after_days: u32,
    /// After so many days a correction that was asked for counts as unanswered.
    pub unanswered_after_days: u32,
}

impl Default for AnnouncementPolicy {
    fn default() -> Self {
        Self { due_soon_working_days: 2, uncollected_after_days: 30, unanswered_after_days: 30 }
    }
}

vocabulary! {
    /// What is announced.
    pub enum AnnouncementKind {
        /// The limit is near.
        DueSoon = "due_soon", "临近办结期限", "the limit is due soon";
        /// The day has come from which the applicant may collect, and the certificate isn't made.
        ReadyFromReached = "ready_from_reached", "已到可领取日期，证书尚未制成", "the ready-from date has come, but the certificate is not made";
        /// The limit has passed.
        LimitPassed = "limit_passed", "已超过办结期限", "the limit has passed";
        /// The certificate was made long ago and nobody came.
        Uncollected = "uncollected", "证书制成后长期未领取", "the certificate has not been collected for a long time";
        /// A correction was asked for long ago and nobody answered.
        CorrectionUnanswered = "correction_unanswered", "补正通知长期未答复", "a correction has not been answered for a long time";
        /// A document that was promised for a date isn't there.
        CommitmentOverdue = "commitment_overdue", "承诺补交的材料逾期未交", "a document promised by commitment was not brought in time";
    }
}

/// Something announced. Two with the same kind and cause are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// What.
    pub kind: AnnouncementKind,
    /// Because of which date: the limit, the day ready from, the day of a promise, or the day on which the wait began.
    pub cause: NaiveDate,
    /// When it fell due.
    pub due_at: DateTime<Utc>,
    /// That date reaches into a year without a notice, and may still move.
    pub provisional: bool,
}
