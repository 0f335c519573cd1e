//! How the dates of a case were counted: day by day, with the notice behind each holiday, so that whoever is asked at the counter can say it.

use actix_web::web::Path;
use askama::Template;

use super::case::{CasePath, Identity};
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::http::problem::Problem;
use crate::service::cases::deadlines::{ExplainedDeadline, NoticedDay};

/// A day of the count.
struct DayLine {
    day: String,
    /// Which working day it is; nothing of one that doesn't count.
    counted: String,
    why: String,
    notice: Option<String>,
    /// Which of the two dates it is.
    mark: Option<String>,
}

#[derive(Template)]
#[template(path = "cases/deadline.html", config = "src/console/askama.toml")]
struct DeadlinePage {
    layout: Layout,
    identity: Identity,
    sentence: String,
    days: Vec<DayLine>,
}

/// The days between receipt and limit.
pub(in crate::console) async fn show(visitor: Visitor, path: Path<CasePath>) -> Result<Page<impl Template>, Problem> {
    let key = path.into_inner().key;
    let at = visitor.service.case(&visitor.caller, key.clone()).await?;
    let explained = visitor.service.explained_deadline(&visitor.caller, key).await?;
    let identity = Identity::of(&visitor, &visitor.service.details(&at, &visitor.caller)?);
    let title = visitor.messages.fill("deadline.title", "organization", &identity.organization);
    let layout = Layout::of(&visitor, title, Place::Elsewhere);
    let sentence = visitor.messages.whole(&explained.sentence);
    let days = explained.days.iter().map(|day| line(&visitor, &explained, day)).collect();
    Ok(Page(DeadlinePage { layout, identity, sentence, days }))
}

fn line(visitor: &Visitor, explained: &ExplainedDeadline, noticed: &NoticedDay) -> DayLine {
    let (messages, day, dates) = (visitor.messages, &noticed.day, explained.report.deadlines);
    let provisional = |key: &str, is_provisional: bool| match is_provisional {
        true => {
            messages.with("deadline.both", &[("what", &messages.t(key)), ("how", &messages.t("deadline.provisional"))])
        }
        false => messages.t(key).to_owned(),
    };
    let mark = match day.date {
        date if date == dates.limit.date => Some(provisional("case.limit", dates.limit.provisional)),
        date if date == dates.ready_from.date => Some(provisional("case.ready_from", dates.ready_from.provisional)),
        _ => None,
    };
    DayLine {
        day: visitor.dates().day(day.date),
        counted: day.counted.map_or_else(String::new, |count| messages.fill("deadline.nth", "count", count)),
        why: messages.line(&day.reason.words()),
        notice: noticed.notice.clone(),
        mark,
    }
}
