//! The forecast over HTTP.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::auth::Authenticated;
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::query::Query;
use crate::domain::reports::forecast::{Certainty, GroupForecast};
use crate::service::Service;
use crate::service::reports::forecast::{CaseAtRisk, HallForecast, RunningCase};

/// What is asked of the forecast.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Of this outlet; without it, of the caller's own or of the whole hall.
    #[param(max_length = 64)]
    pub outlet: Option<String>,
    /// From so many of the last working days; 20 without it.
    #[param(minimum = 10, maximum = 60)]
    pub history_days: Option<u32>,
}

/// Which open cases will miss their limit, and how many must be made a day so that none does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastView {
    /// The instant that it was made for.
    pub as_of: DateTime<Utc>,
    /// The outlet; none: the whole hall.
    pub outlet: Option<String>,
    /// How many were made on each of the last working days, oldest first.
    pub history: Vec<MadeView>,
    /// The share of a working day that is left of today.
    pub today_share: f64,
    /// Open cases whose deadline runs.
    pub open: u64,
    /// Of these, those whose limit has passed.
    pub overdue_already: u64,
    /// How many will be late in the mean; none with too short a history.
    pub expected_late: Option<f64>,
    /// So many made on every working day, and none is late; none when some are overdue already.
    pub needed_per_day: Option<u64>,
    /// The same for those that aren't overdue already.
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

/// What is to be expected of the cases with one limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitView {
    /// Their limit.
    pub limit: NaiveDate,
    /// Working days after today up to it; negative when it has passed.
    pub working_days_left: i64,
    /// How many they are.
    pub cases: u64,
    /// safe, at_risk, likely_late, overdue_already or not_enough_history.
    #[schema(value_type = String)]
    pub certainty: Certainty,
    /// How many of them will be late, in the mean.
    pub expected_late: Option<f64>,
    /// The probability that any of them is late.
    pub probability_late: Option<f64>,
    /// How many of them, the earliest received first, are safe.
    pub safe_cases: Option<u64>,
}

/// What is to be expected of the open cases: which limits will be missed, how sure that is, and what would prevent it.
#[utoipa::path(
    tag = "deadlines",
    params(ForecastQuery),
    responses(
        (status = 200, description = "The forecast; docs/forecast.md has the method.", body = ForecastView),
        (status = 403, description = "For supervisors and auditors.", body = ProblemView),
        (status = 404, description = "Another outlet.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[get("/forecast")]
pub(in crate::api) async fn read_forecast(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    query: Query<ForecastQuery>,
) -> Result<HttpResponse, Problem> {
    let ForecastQuery { outlet, history_days } = query.into_value()?;
    let days = usize::try_from(history_days.unwrap_or(20)).unwrap_or(20);
    let found = service.forecast(&caller, outlet, days).await?;
    Ok(HttpResponse::Ok().json(ForecastView::from(found)))
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
