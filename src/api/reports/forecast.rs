//! The forecast over HTTP.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::rights::{May, ReadForecast};
use crate::domain::reports::forecast::{Certainty, GroupForecast};
use crate::http::answers::{Forbidden, NotFound, Shown};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::reports::forecast::{CaseAtRisk, FORECAST_DAYS, HallForecast, RunningCase};

/// The parameters of the forecast.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Only this outlet; by default the caller's outlet or the whole hall.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// Number of past working days used; by default 20.
    #[param(minimum = 10, maximum = 60)]
    pub history_days: Option<u32>,
}

/// The forecast: which open cases will miss their limit, and how many must be made a day so that none does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// The instant that it was made for.
    pub as_of: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<String>,
    /// How many were made on each of the last working days, oldest first.
    pub history: Vec<MadeView>,
    /// The share of a working day that is left of today.
    pub today_share: f64,
    /// Open cases whose deadline runs.
    pub open: u64,
    /// Of these, those whose limit has passed.
    pub overdue_already: u64,
    /// Expected number of late cases; null if the history is too short.
    #[schema(required = true)]
    pub expected_late: Option<f64>,
    /// Number to make per working day so that none is late; null if some are already overdue.
    #[schema(required = true)]
    pub needed_per_day: Option<u64>,
    /// The same for the cases that are not overdue yet.
    pub needed_for_the_rest: u64,
    /// The cases of each limit, earliest first.
    pub limits: Vec<LimitView>,
    /// The cases that may be late and aren't yet, the most urgent first; at most 200.
    pub at_risk: Vec<CaseAtRiskView>,
}

/// A case that may miss its limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseAtRiskView {
    /// Its number.
    pub acceptance_number: String,
    /// Code of the state it is in.
    pub state: String,
    /// The organization's name.
    pub organization_name: String,
    /// Name of who works on it.
    #[schema(required = true)]
    pub assignee: Option<String>,
    /// Its limit.
    pub limit: NaiveDate,
    /// The probability that it is late.
    pub probability_late: f64,
}

/// What was made on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeView {
    /// The working day, with the days off after it.
    pub date: NaiveDate,
    /// How many.
    pub made: u32,
}

/// The forecast for the cases with one limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitView {
    /// Their limit.
    pub limit: NaiveDate,
    /// Working days after today up to it; negative when it has passed.
    pub working_days_left: i64,
    /// How many they are.
    pub cases: u64,
    /// safe, at_risk, likely_late, overdue_already or not_enough_history.
    pub certainty: Certainty,
    /// Expected number of late cases among them.
    #[schema(required = true)]
    pub expected_late: Option<f64>,
    /// The probability that any of them is late.
    #[schema(required = true)]
    pub probability_late: Option<f64>,
    /// How many of them, the earliest received first, are safe.
    #[schema(required = true)]
    pub safe_cases: Option<u64>,
}

/// The forecast of the open cases: which limits will be missed, with which probability, and what would prevent it.
#[utoipa::path(tag = "reports", params(May<ReadForecast>, ForecastQuery), responses(Shown<ForecastView>, Forbidden, NotFound))]
#[get("/forecast")]
pub(in crate::api) async fn read_forecast(
    may: May<ReadForecast>,
    query: Query<ForecastQuery>,
) -> Result<Shown<ForecastView>, Problem> {
    let days = query.0.history_days.and_then(|days| usize::try_from(days).ok()).unwrap_or(FORECAST_DAYS);
    let outlet = query.checked(|query| may.service.known_outlet(query.outlet.as_deref()))?;
    Ok(Shown(may.service.forecast(&may.caller, outlet, days).await?.into()))
}

impl From<HallForecast> for ForecastView {
    fn from(found: HallForecast) -> Self {
        let HallForecast { now, outlet, history, today_share, forecast, at_risk } = found;
        Self {
            as_of: now,
            outlet,
            history: history.into_iter().map(|(date, made)| MadeView { date, made }).collect(),
            today_share,
            open: forecast.open,
            overdue_already: forecast.overdue_already,
            expected_late: forecast.expected_late,
            needed_per_day: forecast.needed_per_day,
            needed_for_the_rest: forecast.needed_for_the_rest,
            limits: forecast.groups.iter().map(LimitView::from).collect(),
            at_risk: at_risk.into_iter().map(CaseAtRiskView::from).collect(),
        }
    }
}

impl From<CaseAtRisk> for CaseAtRiskView {
    fn from(CaseAtRisk { case, limit, probability_late }: CaseAtRisk) -> Self {
        let RunningCase { acceptance_number, state, organization_name, assignee_name } = case;
        Self { acceptance_number, state, organization_name, assignee: assignee_name, limit, probability_late }
    }
}

impl From<&GroupForecast> for LimitView {
    fn from(group: &GroupForecast) -> Self {
        let first = group.last_position.saturating_sub(group.cases);
        let safe = |at_risk: Option<u64>| match at_risk {
            Some(position) => position.saturating_sub(first + 1),
            None => group.cases,
        };
        Self {
            limit: group.limit,
            working_days_left: group.working_days_left,
            cases: group.cases,
            certainty: group.certainty,
            expected_late: group.risk.map(|risk| risk.expected_late),
            probability_late: group.risk.map(|risk| risk.last_is_late),
            safe_cases: group.risk.map(|risk| safe(risk.first_at_risk)),
        }
    }
}
