//! The explained dates of a case, by the calendar edition they were counted by, which may be an old one.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};

use super::case::CaseKey;
use crate::domain::accounts::role::Scope;
use crate::domain::base::words::Words;
use crate::domain::calendar::explanation::{ExplainedDay, sentence};
use crate::domain::calendar::working_days::Calendar;
use crate::domain::cases::deadlines::dates::{self, DeadlineDetails};
use crate::domain::cases::deadlines::extension::{self, Extension, extensions};
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::engine::events::{self, Subject};

/// The dates of a case with every day that they were counted by.
#[derive(Debug, Clone)]
pub struct ExplainedDeadline {
    /// When the application was received.
    pub received_at: DateTime<Utc>,
    /// The dates, and how they stand.
    pub report: DeadlineDetails,
    /// The edition of the calendar they were counted by.
    pub calendar_edition: i64,
    /// How the limit was counted, in one sentence.
    pub sentence: Words,
    /// The decisions that extended the limit, oldest first.
    pub extensions: Vec<Extension>,
    /// Every day from the receipt to the limit.
    pub days: Vec<NoticedDay>,
}

/// A day, with where the notice is published that orders it.
#[derive(Debug, Clone)]
pub struct NoticedDay {
    /// The day.
    pub day: ExplainedDay,
    /// Address of the notice, for days that a notice names.
    pub notice: Option<String>,
}

impl Service {
    /// How the dates of a case were counted.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where it may not be seen, or produces nothing and has no dates.
    pub async fn explained_deadline(&self, caller: &Caller, key: CaseKey) -> Result<ExplainedDeadline, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .read_long("explained_deadline", move |tx| {
                let at = service.load_visible(tx, &caller, &key)?;
                let calendar = Arc::clone(&at.calendar);
                let definition = service.definition(&at.case)?;
                let reckoning = Reckoning { calendar: &calendar, hours: &service.hall.hours };
                let report = dates::report(definition, &at.case, reckoning, at.now);
                let days = dates::explanation(definition, &at.case, reckoning, at.now);
                let (Some(report), Some(days)) = (report, days) else { return Err(ServiceError::NotFound) };
                // Most cases have none, and then the timeline need not be read.
                let timeline = match report.extended_by {
                    0 => Vec::new(),
                    _ => events::list(tx, Subject::Case(at.case.id), i64::MAX)?,
                };
                let noticed = |day: ExplainedDay| NoticedDay { notice: notice(&calendar.calendar, &day), day };
                let extensions = extensions(&timeline);
                let counted = sentence(&days);
                // Who decided is no matter of other systems.
                let sentence = match caller.client_id() {
                    Some(_) => extension::counted(counted, report.extended_by),
                    None => extension::named(counted, &extensions, &service.hall.hours),
                };
                Ok(ExplainedDeadline {
                    received_at: at.case.opened_at,
                    report,
                    calendar_edition: calendar.edition,
                    sentence,
                    extensions,
                    days: days.into_iter().map(noticed).collect(),
                })
            })
            .await
    }
}

/// The last notice of the year that orders a day, where it names the day. Of a year with amendments it is the amendment:
/// what an earlier notice said about the day stands in it again or was changed by it.
fn notice(calendar: &Calendar, day: &ExplainedDay) -> Option<String> {
    if !day.reason.is_by_notice() {
        return None;
    }
    let year = calendar.year(day.date.year())?;
    year.notices().iter().rev().find_map(|notice| notice.address.clone())
}
