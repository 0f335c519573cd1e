//! The forecast of a hall or an outlet: which open cases will miss their limit, and how many must be made a day.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::domain::accounts::role::Role;
use crate::domain::reports::forecast::{
    Certainty, Forecast, MOST_HISTORY_DAYS, QueueGroup, forecast, share_of_today_left,
};
use crate::store::Tx;
use crate::store::reports::forecast as rows;

pub use crate::store::reports::forecast::RunningCase;

use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// Who may see what is to be expected of the hall.
const FORECAST_ROLES: &[Role] = &[Role::Supervisor, Role::Auditor];

/// The working days of history that a forecast is made from where none are named.
pub const FORECAST_DAYS: usize = 20;

/// A forecast with what it was made from.
#[derive(Debug, Clone)]
pub struct HallForecast {
    /// The instant it was made for.
    pub now: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    pub outlet: Option<String>,
    /// The working days of the history, each with how many were made, oldest first.
    pub history: Vec<(NaiveDate, u32)>,
    /// Share of a working day that is left of today.
    pub today_share: f64,
    /// What is to be expected.
    pub forecast: Forecast,
    /// The cases that are at risk and not overdue already, the most urgent first.
    pub at_risk: Vec<CaseAtRisk>,
}

/// A case that may miss its limit.
#[derive(Debug, Clone)]
pub struct CaseAtRisk {
    /// The case.
    pub case: RunningCase,
    /// Its limit.
    pub limit: NaiveDate,
    /// How probable it is that it is late.
    pub probability_late: f64,
}

/// At most so many cases at risk are named.
pub const MOST_AT_RISK: usize = 200;

impl Service {
    /// Refuses whoever may not see a forecast.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn may_forecast(&self, caller: &Caller) -> Result<(), ServiceError> {
        let may = caller.client_id().is_none() && caller.actor.has_any(FORECAST_ROLES);
        if may { Ok(()) } else { Err(ServiceError::NotPermitted("supervisor")) }
    }

    /// What is to be expected of the open cases of an outlet or the hall, from the last `history_days` working days.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`] for who is neither supervisor nor auditor.
    pub async fn forecast(
        &self,
        caller: &Caller,
        outlet: Option<String>,
        history_days: usize,
    ) -> Result<HallForecast, ServiceError> {
        self.may_forecast(caller)?;
        let outlet = match &caller.actor.outlet {
            // Of another outlet nothing is shown, as in lists.
            Some(own) if outlet.as_ref().is_some_and(|asked| asked != own) => return Err(ServiceError::NotFound),
            Some(own) => Some(own.clone()),
            None => outlet,
        };
        let (service, now) = (self.clone(), self.now());
        self.db
            .read_long("forecast", move |tx| {
                let calendar = service.calendar_now(tx)?;
                let (hours, days) = (&service.hall.hours, &calendar.calendar);
                let today = hours.local_date(now);
                let wanted = history_days.min(MOST_HISTORY_DAYS);
                // The hall's first case may be younger: days before it say nothing about its pace.
                let first = rows::first_made(tx, outlet.as_deref())?;
                let mut history: Vec<(NaiveDate, u32)> = (1..=u64::MAX)
                    .map_while(|back| today.checked_sub_days(Days::new(back)))
                    .take_while(|day| first.is_some_and(|first| *day >= first))
                    .filter(|day| days.is_working_day(*day))
                    .take(wanted)
                    .map(|day| (day, 0))
                    .collect();
                history.reverse();
                if let (Some((from, _)), Some((to, _))) = (history.first().copied(), history.last().copied()) {
                    for (day, made) in rows::made_by_day(tx, from, to, outlet.as_deref())? {
                        // What was made on a day off counts for the working day before: the hall made it.
                        let at = history.partition_point(|(known, _)| *known <= day).saturating_sub(1);
                        if let Some((_, count)) = history.get_mut(at) {
                            *count = count.saturating_add(u32::try_from(made).unwrap_or(u32::MAX));
                        }
                    }
                }
                let queue: Vec<QueueGroup> = rows::open_by_limit(tx, outlet.as_deref())?
                    .into_iter()
                    .map(|(limit, cases)| {
                        let cases = u32::try_from(cases).unwrap_or(u32::MAX);
                        QueueGroup::seen_from(today, days, hours.local_date(limit), cases)
                    })
                    .collect();
                let made: Vec<u32> = history.iter().map(|(_, made)| *made).collect();
                let today_share = share_of_today_left(hours, days, now);
                let forecast = forecast(&made, &queue, today_share);
                let at_risk = service.at_risk(tx, &forecast, outlet.as_deref())?;
                Ok(HallForecast { now, outlet, history, today_share, forecast, at_risk })
            })
            .await
    }

    /// The cases at risk, by their positions in the queue.
    fn at_risk(
        &self,
        tx: &mut Tx<'_>,
        forecast: &Forecast,
        outlet: Option<&str>,
    ) -> Result<Vec<CaseAtRisk>, ServiceError> {
        let mut found = Vec::new();
        let hours = &self.hall.hours;
        for group in &forecast.groups {
            let Some(first) = group.risk.and_then(|risk| risk.first_at_risk) else { continue };
            if group.certainty == Certainty::OverdueAlready || found.len() >= MOST_AT_RISK {
                continue;
            }
            let skip = first.saturating_sub(group.last_position.saturating_sub(group.cases) + 1);
            // A limit is some close of business on that day; the setting may have changed since.
            let day = hours.day(group.limit);
            let most = i64::try_from(MOST_AT_RISK - found.len()).unwrap_or(0);
            let rows = rows::with_limit(tx, day, outlet, i64::try_from(skip).unwrap_or(i64::MAX), most)?;
            for (place, case) in ((skip + 1)..).zip(rows) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                let Some(probability_late) = forecast.probability_late(group.limit, place) else { continue };
                found.push(CaseAtRisk { case, limit: group.limit, probability_late });
            }
        }
        Ok(found)
    }
}
