//! How a deadline stands, as shape, words and colour: a reader who sees no colour, and a grey printer, lose nothing.

use chrono::{DateTime, Utc};

use super::dates::Dates;
use super::messages::begun;
use crate::service::Service;
use crate::service::cases::case::CaseSummary;
use crate::service::cases::details::{DeadlineDetails, DeadlineStatus};

/// A tag beside a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The class of its colours: `ok`, `soon`, `late`, `paused` or `work`.
    pub class: &'static str,
    /// Its shape.
    pub shape: &'static str,
    /// Its words.
    pub text: String,
}

/// What a deadline is told by, in lists and on the case itself.
struct Standing {
    limit: DateTime<Utc>,
    paused_since: Option<DateTime<Utc>>,
    working_days_left: i64,
}

impl Tag {
    /// A tag of a class with words, which begin it; the shape follows.
    pub fn new(class: &'static str, text: String) -> Self {
        let shape = match class {
            "late" => "■",
            "soon" => "▲",
            "paused" => "‖",
            "work" => "○",
            _ => "●",
        };
        Self { class, shape, text: begun(&text) }
    }

    /// Of a case in a list; none where no deadline runs.
    pub fn of_summary(service: &Service, summary: &CaseSummary, dates: &Dates) -> Option<Self> {
        let limit = summary.limit_at.or(summary.paused_since)?;
        let working_days_left = service.working_days_until(limit, dates.now);
        Some(Self::of(service, dates, &Standing { limit, paused_since: summary.paused_since, working_days_left }))
    }

    /// Of a case that has ended: no deadline runs any more, whether it came to what it is about or not.
    pub fn of_ended(is_delivered: bool, at: DateTime<Utc>, dates: &Dates) -> Self {
        let (class, key) = if is_delivered { ("ok", "deadline.done") } else { ("paused", "deadline.ended") };
        Self::new(class, dates.messages.fill(key, "at", dates.moment(at)))
    }

    /// Of a case that is open; none of one that has ended.
    pub fn of_details(service: &Service, details: &DeadlineDetails, dates: &Dates) -> Option<Self> {
        let messages = dates.messages;
        let limit = details.deadlines.limit.at;
        Some(match details.status {
            DeadlineStatus::Met => {
                let at = details.met_at.map(|at| dates.moment(at)).unwrap_or_default();
                Self::new("ok", messages.fill("deadline.met", "at", &at))
            }
            DeadlineStatus::Ended => return None,
            DeadlineStatus::OnTrack | DeadlineStatus::Overdue | DeadlineStatus::Paused => {
                let standing = Standing {
                    limit,
                    paused_since: details.paused_since,
                    working_days_left: details.working_days_left,
                };
                let mut tag = Self::of(service, dates, &standing);
                // What is due soon says until when already.
                if !["paused", "soon"].contains(&tag.class) {
                    let limit = dates.date(limit);
                    // Of what is late the day itself is told, which nobody looks forward to.
                    let day = if tag.class == "late" { dates.day(limit) } else { dates.near(limit) };
                    let until = messages.fill("deadline.until", "day", day);
                    tag.text = format!("{} · {until}", tag.text);
                }
                tag
            }
        })
    }

    fn of(service: &Service, dates: &Dates, standing: &Standing) -> Self {
        let messages = dates.messages;
        if let Some(since) = standing.paused_since {
            let since = dates.day(dates.date(since));
            return Self::new("paused", messages.fill("deadline.paused", "day", &since));
        }
        let days = standing.working_days_left;
        if dates.now > standing.limit {
            // Late on the very day is late by less than a working day.
            let text = match -days {
                0 => messages.t("deadline.late_today").to_owned(),
                late => messages.fill("deadline.late", "days", late),
            };
            return Self::new("late", text);
        }
        let day = dates.date(standing.limit);
        if day == dates.today() {
            return Self::new("soon", messages.fill("deadline.until", "day", dates.moment(standing.limit)));
        }
        if days <= i64::from(service.hall().announcements.due_soon_working_days) {
            return Self::new("soon", messages.fill("deadline.until", "day", dates.near(day)));
        }
        Self::new("ok", messages.fill("deadline.left", "days", days))
    }
}
