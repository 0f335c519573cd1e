//! How a deadline stands, as shape, words and colour: a reader who sees no colour, and a grey printer, lose nothing.

use chrono::{DateTime, Utc};

use super::dates::Dates;
use super::messages::{Messages, begun};
use crate::service::Service;
use crate::service::cases::case::CaseSummary;
use crate::service::cases::details::{DeadlineDetails, DeadlineStatus};

/// A tag beside a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The class of its colours: `ok`, `soon`, `late`, `paused`, `work`, or `off`, of what can't be used; `ended`, without any, of what needs nobody any more.
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
            "off" => "×",
            "work" => "○",
            _ => "●",
        };
        Self { class, shape, text: begun(&text) }
    }

    /// What the marks of deadlines mean: the words of the board.
    pub fn meanings(messages: Messages, due_soon_working_days: u32) -> [Self; 5] {
        let named = |class, key| Self::new(class, messages.t(key).to_owned());
        let soon = messages.fill("board.due_soon", "days", due_soon_working_days);
        [
            named("late", "board.overdue"),
            Self::new("soon", soon),
            Self::same_day(messages.t("deadline.same_day").to_owned()),
            named("ok", "deadline.ahead"),
            named("paused", "board.paused"),
        ]
    }

    /// A tag of what is over: plain, as colour is for what needs someone.
    pub fn ended(text: String) -> Self {
        Self { class: "ended", shape: "–", text: begun(&text) }
    }

    /// Of a case in a list: how its deadline stands, or since when it waits.
    pub fn of_summary(service: &Service, summary: &CaseSummary, dates: &Dates) -> Option<Self> {
        if let Some(at) = summary.closed_at {
            return Some(Self::ended(dates.messages.fill("deadline.ended", "at", dates.moment(at))));
        }
        // Where no deadline runs any more, or none ever did, it is told since when the case waits.
        let Some(limit) = summary.limit_at.or(summary.paused_since) else {
            return Some(match summary.uncollected_since {
                Some(made) => {
                    let at = dates.near(dates.date(made));
                    Self { shape: "✓", ..Self::ended(dates.messages.fill("deadline.met", "at", at)) }
                }
                None if has_no_deadline(service, summary) => Self::of_receipt(service, summary.opened_at, dates),
                None => Self::ended(received(summary.opened_at, dates)),
            });
        };
        let working_days_left = service.working_days_until(limit, dates.now);
        Some(Self::of(service, dates, &Standing { limit, paused_since: summary.paused_since, working_days_left }))
    }

    /// Of an open case without a deadline, which is done at once: since when it is there. From the next working day on that needs someone.
    pub fn of_receipt(service: &Service, at: DateTime<Utc>, dates: &Dates) -> Self {
        let received = received(at, dates);
        if service.working_days_until(at, dates.now) < 0 { Self::same_day(received) } else { Self::ended(received) }
    }

    /// Of what is done on the day of its receipt, and wasn't: it has no deadline that comes nearer, so its mark is no deadline's.
    fn same_day(text: String) -> Self {
        Self { shape: "◆", ..Self::new("soon", text) }
    }

    /// Of a case that has ended: no deadline runs any more, whether it came to what it is about or not.
    pub fn of_ended(is_delivered: bool, at: DateTime<Utc>, dates: &Dates) -> Self {
        let (shape, key) = if is_delivered { ("✓", "deadline.done") } else { ("–", "deadline.ended") };
        Self { shape, ..Self::ended(dates.messages.fill(key, "at", dates.moment(at))) }
    }

    /// Of a case that is open, with its deadline where it has one; none of one that has ended.
    pub fn of_details(
        service: &Service,
        details: Option<&DeadlineDetails>,
        opened_at: DateTime<Utc>,
        dates: &Dates,
    ) -> Option<Self> {
        let messages = dates.messages;
        let Some(details) = details else { return Some(Self::of_receipt(service, opened_at, dates)) };
        let limit = details.deadlines.limit.at;
        Some(match details.status {
            DeadlineStatus::Met => {
                let at = details.met_at.map(|at| dates.moment(at)).unwrap_or_default();
                Self { shape: "✓", ..Self::ended(messages.fill("deadline.met", "at", &at)) }
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

    /// Of what is due on a day, beside which that day is named: by the marks and words of the board.
    pub fn of_day(service: &Service, limit: DateTime<Utc>, dates: &Dates) -> Self {
        let (messages, days) = (dates.messages, service.working_days_until(limit, dates.now));
        match Nearness::of(service, dates, limit, days) {
            Nearness::Late => Self::new("late", messages.t("board.overdue").to_owned()),
            Nearness::Today => Self::new("soon", messages.t("board.due_today").to_owned()),
            Nearness::Soon(within) => Self::new("soon", messages.fill("board.due_soon", "days", within)),
            Nearness::Ahead => Self::new("ok", messages.fill("deadline.left", "days", days)),
        }
    }

    fn of(service: &Service, dates: &Dates, standing: &Standing) -> Self {
        let messages = dates.messages;
        if let Some(since) = standing.paused_since {
            let since = dates.day(dates.date(since));
            return Self::new("paused", messages.fill("deadline.paused", "day", &since));
        }
        let (limit, days) = (standing.limit, standing.working_days_left);
        let until = |day: String| Self::new("soon", messages.fill("deadline.until", "day", day));
        match Nearness::of(service, dates, limit, days) {
            // Late on the very day is late by less than a working day.
            Nearness::Late if days == 0 => Self::new("late", messages.t("deadline.late_today").to_owned()),
            Nearness::Late => Self::new("late", messages.fill("deadline.late", "days", -days)),
            Nearness::Today => until(dates.moment(limit)),
            Nearness::Soon(_) => until(dates.near(dates.date(limit))),
            Nearness::Ahead => Self::new("ok", messages.fill("deadline.left", "days", days)),
        }
    }
}

/// Whether cases of its type have a deadline at all.
fn has_no_deadline(service: &Service, summary: &CaseSummary) -> bool {
    let case_type = service.catalog().case_type(&summary.case_type, summary.edition);
    case_type.is_some_and(|case_type| case_type.deadline.is_none())
}

/// Since when a case is there.
fn received(at: DateTime<Utc>, dates: &Dates) -> String {
    dates.messages.fill("deadline.received", "at", dates.near(dates.date(at)))
}

/// How near a limit is.
enum Nearness {
    Late,
    Today,
    /// Within so many working days, as the hall counts what is due soon.
    Soon(u32),
    Ahead,
}

impl Nearness {
    fn of(service: &Service, dates: &Dates, limit: DateTime<Utc>, working_days_left: i64) -> Self {
        let soon = service.hall().announcements.due_soon_working_days;
        match () {
            () if dates.now > limit => Self::Late,
            () if dates.date(limit) == dates.today() => Self::Today,
            () if working_days_left <= i64::from(soon) => Self::Soon(soon),
            () => Self::Ahead,
        }
    }
}
