//! What stands behind the number of cases that are expected to become overdue: each that may, with how likely that is.

use actix_web::web::Query;
use askama::Template;

use super::board::{BoardQuery, expected_late, outlet_asked};
use crate::console::page::answer::Page;
use crate::console::page::dates::Dates;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::http::problem::Problem;
use crate::service::reports::forecast::{CaseAtRisk, FORECAST_DAYS, HallForecast, MOST_AT_RISK};

/// A case that may become overdue.
struct Row {
    tag: Tag,
    day: String,
    number: String,
    organization: String,
    assignee: Option<String>,
    /// How likely it is, in words of numbers.
    likely: String,
}

#[derive(Template)]
#[template(path = "reports/expected.html", config = "src/console/askama.toml")]
struct ExpectedPage {
    layout: Layout,
    about: String,
    rows: Vec<Row>,
    /// Said where not all are named.
    more: Option<String>,
    back: String,
}

/// The cases that may become overdue, the most urgent first.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<BoardQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_forecast(&visitor.caller)?;
    let outlet = outlet_asked(&visitor, &query)?;
    let found = visitor.service.forecast(&visitor.caller, outlet, FORECAST_DAYS).await?;
    Ok(Page(ExpectedPage::of(&visitor, &found)))
}

impl ExpectedPage {
    fn of(visitor: &Visitor, found: &HallForecast) -> Self {
        let (messages, dates) = (visitor.messages, visitor.dates());
        let late = expected_late(&found.forecast, |_| true).map(|late| format!("{late:.0}"));
        let about = late.map_or_else(
            || messages.t("board.no_forecast").to_owned(),
            |late| messages.with("expected.about", &[("days", &found.history.len()), ("count", &late)]),
        );
        let outlet = found.outlet.as_deref().map(|code| format!("?outlet={code}")).unwrap_or_default();
        let is_cut = found.at_risk.len() >= MOST_AT_RISK;
        Self {
            layout: Layout::of(visitor, messages.t("expected.title").to_owned(), Place::Board),
            about,
            rows: found.at_risk.iter().map(|one| row(visitor, &dates, one)).collect(),
            more: is_cut.then(|| messages.fill("expected.more", "most", MOST_AT_RISK)),
            back: format!("{}{outlet}", Place::Board.address()),
        }
    }
}

fn row(visitor: &Visitor, dates: &Dates, CaseAtRisk { case, limit, probability_late }: &CaseAtRisk) -> Row {
    let (_, closes) = visitor.service.hall().hours.day(*limit);
    Row {
        tag: Tag::of_day(&visitor.service, closes, dates),
        day: dates.day(*limit),
        number: case.acceptance_number.clone(),
        organization: case.organization_name.clone(),
        assignee: case.assignee_name.clone(),
        likely: format!("{:.0}%", probability_late * 100.0),
    }
}
