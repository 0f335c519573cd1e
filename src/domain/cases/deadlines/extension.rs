//! The extensions of a case's limit, as its timeline tells them.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Words, count_of};
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::cases::event::Event;

/// A decision that extended the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Name of who made it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The limit before.
    pub before: NaiveDate,
    /// The limit that was set.
    pub after: NaiveDate,
    /// By how many working days.
    pub working_days: u32,
}

/// The extensions in the timeline of a case, oldest first. The reason is the remark that the same action recorded.
pub fn extensions(timeline: &[Recorded<Event>]) -> Vec<Extension> {
    let mut found = Vec::new();
    let mut remark: Option<(&Recorded<Event>, &str)> = None;
    for recorded in timeline {
        match &recorded.event {
            Event::Remarked { text } => remark = Some((recorded, text)),
            Event::LimitExtended { before, after, working_days, .. } => {
                let same = |said: &&Recorded<Event>| said.at == recorded.at && said.action == recorded.action;
                let reason = remark.filter(|(said, _)| same(said)).map(|(_, text)| text.to_owned());
                found.push(Extension {
                    at: recorded.at,
                    by: recorded.actor_name.clone(),
                    reason: reason.unwrap_or_default(),
                    before: *before,
                    after: *after,
                    working_days: *working_days,
                });
            }
            _ => {}
        }
    }
    found
}

/// The sentence that explains a limit, with each extension of it: when, by whom, by how much and why.
pub fn named(sentence: Words, extensions: &[Extension], hours: &OfficeHours) -> Words {
    let told = |extension: &Extension| {
        let Extension { at, by, reason, working_days, .. } = extension;
        let day = hours.local_date(*at);
        Words::new(
            format!("{day}{by}决定延长{working_days}个工作日（{reason}）"),
            format!("extended by {} on {day} by {by} ({reason})", count_of(*working_days, "working day")),
        )
    };
    extensions.iter().map(told).fold(sentence, and)
}

/// The same where only the sum of the extensions is known.
pub fn counted(sentence: Words, working_days: u32) -> Words {
    if working_days == 0 {
        return sentence;
    }
    let (zh, en) =
        (format!("含延长{working_days}个工作日"), format!("{} by extension", count_of(working_days, "working day")));
    and(sentence, Words::new(zh, en))
}

fn and(sentence: Words, more: Words) -> Words {
    let (zh, en) = (sentence.zh.trim_end_matches('。'), sentence.en.trim_end_matches('.'));
    Words::new(format!("{zh}；{}。", more.zh), format!("{en}; {}.", more.en))
}
