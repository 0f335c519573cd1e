//! The supervisor's board: what is due and late, and pictures of the last weeks.

use actix_web::get;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use super::figures::{Figure, Sources};
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::forecast::Certainty;
use crate::domain::reports::query::{QueryDraft, ReportName};
use crate::domain::reports::report::Noted;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::worklists::Counted;
use crate::service::reports::forecast::FORECAST_DAYS;
use crate::service::reports::report::ReportPage;

/// Whose board.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct BoardQuery {
    outlet: Option<String>,
}

/// What must be looked at first: how many, and what stands under it.
struct Tile {
    tag: Tag,
    count: String,
    about: String,
    address: String,
    key: &'static str,
}

/// A choice of outlet.
struct OutletChoice {
    address: String,
    name: String,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "reports/board.html", config = "src/console/askama.toml")]
struct BoardPage {
    layout: Layout,
    of: String,
    at: String,
    outlets: Vec<OutletChoice>,
    warnings: Vec<String>,
    tiles: Vec<Tile>,
    figures: Vec<Figure>,
}

/// The board of an outlet or the hall.
#[get("/board")]
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<BoardQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_read_board(&visitor.caller)?;
    let asked = query.outlet.as_deref().filter(|outlet| !outlet.is_empty());
    let outlet = visitor.service.known_outlet(asked).map_err(|_| super::report::not_found())?;
    Ok(Page(BoardPage::of(&visitor, &sources(&visitor, outlet).await?)))
}

/// Everything the board is made of, by the use cases of the API.
async fn sources(visitor: &Visitor, outlet: Option<String>) -> Result<Sources, Problem> {
    let (service, caller) = (&visitor.service, &visitor.caller);
    let board = service.board(caller, outlet.clone()).await?;
    let makings = service.makings(caller, outlet.clone()).await?;
    // Who sees the board of a hall needn't be one of those who see what is to be expected of it.
    let forecast = match service.may_forecast(caller) {
        Ok(()) => Some(service.forecast(caller, outlet.clone(), FORECAST_DAYS).await?),
        Err(_) => None,
    };
    let times = report(visitor, ReportName::CycleTimes, outlet.clone()).await?;
    let defects = report(visitor, ReportName::Defects, outlet).await?;
    Ok(Sources { board, makings, forecast, times, defects, opens_cases: caller.may(Scope::CasesRead) })
}

/// A report of the days that the board looks back on, which are those of a report that isn't asked for others.
async fn report(visitor: &Visitor, name: ReportName, outlet: Option<String>) -> Result<Noted, Problem> {
    let draft = QueryDraft { outlet, ..QueryDraft::default() };
    let query = visitor.service.check_report(name, draft).map_err(ServiceError::Invalid)?;
    let page = ReportPage { after: None, limit: 1 };
    Ok(visitor.service.read_report(&visitor.caller, name, query, page).await?.table)
}

impl BoardPage {
    fn of(visitor: &Visitor, sources: &Sources) -> Self {
        let (messages, dates, board) = (visitor.messages, visitor.dates(), &sources.board);
        let hall = visitor.service.hall();
        let outlet = board.outlet.as_deref().and_then(|code| hall.outlet(code));
        let whole = messages.t("frame.whole_hall").to_owned();
        Self {
            layout: Layout::of(visitor, messages.t("board.title").to_owned(), Place::Board),
            of: outlet.map_or_else(|| whole.clone(), |outlet| messages.of(&outlet.words).to_owned()),
            at: format!("{} {}", dates.day(board.today), board.now.with_timezone(&dates.zone).format("%H:%M")),
            outlets: outlets(visitor, board.outlet.as_deref(), whole),
            warnings: board.warnings.iter().map(|(_, words)| messages.of(words).to_owned()).collect(),
            tiles: tiles(visitor, sources),
            figures: sources.figures(visitor),
        }
    }
}

/// The outlets that can be chosen, where the reader belongs to none and there is a choice.
fn outlets(visitor: &Visitor, here: Option<&str>, whole: String) -> Vec<OutletChoice> {
    let hall = visitor.service.hall();
    if visitor.caller.actor.outlet.is_some() || hall.outlets.len() < 2 {
        return Vec::new();
    }
    let choice = |outlet: &crate::domain::hall::Outlet| OutletChoice {
        address: format!("/console/board?outlet={}", outlet.code),
        name: visitor.messages.of(&outlet.words).to_owned(),
        is_here: here == Some(outlet.code.as_str()),
    };
    let all = OutletChoice { address: Place::Board.address().to_owned(), name: whole, is_here: here.is_none() };
    std::iter::once(all).chain(hall.outlets.iter().map(choice)).collect()
}

fn tiles(visitor: &Visitor, sources: &Sources) -> Vec<Tile> {
    let (messages, board) = (visitor.messages, &sources.board);
    let counted = |lists: &[(WorkList, Counted)], wanted: WorkList| {
        let found = lists.iter().find(|(list, _)| *list == wanted).map(|(_, counted)| *counted);
        found.map_or_else(String::new, |found| format!("{}{}", found.count, if found.more { "+" } else { "" }))
    };
    let queue = |list| counted(&board.queues, list);
    let about = |list: WorkList| match list {
        WorkList::DueToday => messages.fill("board.to_make", "count", queue(WorkList::ToMake)),
        WorkList::DueSoon => expected(visitor, sources),
        WorkList::Overdue => longest(visitor, sources),
        _ => messages.fill("board.to_correct", "count", queue(WorkList::WaitingForCorrection)),
    };
    let tile = |(list, class, name, key): (WorkList, &'static str, String, &'static str)| Tile {
        tag: Tag::new(class, name),
        count: counted(&board.tiles, list),
        about: about(list),
        address: sources.cases(&format!("list={}", list.code())),
        key,
    };
    let soon = visitor.service.hall().announcements.due_soon_working_days;
    let tiles = [
        (WorkList::DueToday, "soon", messages.t("board.due_today").to_owned(), ""),
        (WorkList::DueSoon, "soon", messages.fill("board.due_soon", "days", soon), ""),
        (WorkList::Overdue, "late", messages.t("board.overdue").to_owned(), "o"),
        (WorkList::Paused, "paused", messages.t("board.paused").to_owned(), ""),
    ];
    tiles.into_iter().map(tile).collect()
}

/// How many more will be late at the pace of the last weeks.
fn expected(visitor: &Visitor, sources: &Sources) -> String {
    let Some(forecast) = &sources.forecast else { return String::new() };
    if forecast.forecast.expected_late.is_none() {
        return visitor.messages.t("board.no_forecast").to_owned();
    }
    let groups = forecast.forecast.groups.iter().filter(|group| group.certainty != Certainty::OverdueAlready);
    let late: f64 = groups.filter_map(|group| group.risk).map(|risk| risk.expected_late).sum();
    visitor.messages.fill("board.expected_late", "count", format!("{late:.0}"))
}

/// How long the longest overdue has been so.
fn longest(visitor: &Visitor, sources: &Sources) -> String {
    let (service, dates) = (&visitor.service, visitor.dates());
    let Some(forecast) = &sources.forecast else { return String::new() };
    let overdue = forecast.forecast.groups.iter().find(|group| group.certainty == Certainty::OverdueAlready);
    let Some(first) = overdue else { return visitor.messages.t("board.none_overdue").to_owned() };
    let days = -service.working_days_until(service.hall().hours.start_of_day(first.limit), dates.now);
    match days {
        0 => visitor.messages.t("deadline.late_today").to_owned(),
        days => visitor.messages.fill("board.longest", "days", days),
    }
}
