//! The supervisor's board: what is due and late, and pictures of the last weeks.

use actix_web::web::Query;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::charts::svg::Link;
use super::figures::{Figure, Sources};
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::forecast::{Certainty, Forecast};
use crate::http::problem::Problem;
use crate::service::reports::forecast::FORECAST_DAYS;

/// Whose board.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct BoardQuery {
    outlet: Option<String>,
}

/// What must be looked at first: how many, and what stands under it.
struct Tile {
    tag: Tag,
    count: i64,
    about: String,
    /// How many are expected to become overdue, and where these are listed; nowhere where none are.
    expected: Option<Link>,
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
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<BoardQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_read_board(&visitor.caller)?;
    let outlet = outlet_asked(&visitor, &query)?;
    Ok(Page(BoardPage::of(&visitor, &sources(&visitor, outlet).await?)))
}

/// The outlet whose board is asked for.
pub(super) fn outlet_asked(visitor: &Visitor, query: &BoardQuery) -> Result<Option<String>, Problem> {
    let asked = query.outlet.as_deref().filter(|outlet| !outlet.is_empty());
    visitor.service.known_outlet(asked).map_err(|_| super::report::not_found())
}

/// Everything the board is made of, by the use cases of the API.
async fn sources(visitor: &Visitor, outlet: Option<String>) -> Result<Sources, Problem> {
    let (service, caller) = (&visitor.service, &visitor.caller);
    // Who sees the board of a hall needn't be one of those who see what is to be expected of it.
    let forecast = async {
        match service.may_forecast(caller) {
            Ok(()) => service.forecast(caller, outlet.clone(), FORECAST_DAYS).await.map(Some),
            Err(_) => Ok(None),
        }
    };
    let ((board, marks), forecast) = tokio::try_join!(service.overview(caller, outlet.clone()), forecast)?;
    Ok(Sources { board, marks, forecast, opens_cases: caller.may(Scope::CasesRead) })
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
            warnings: board.warnings.iter().map(|(_, words)| messages.line(words)).collect(),
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
    let (messages, marks) = (visitor.messages, &sources.marks);
    let about = |list: WorkList| match list {
        WorkList::DueToday => messages.fill("board.to_make", "count", marks.to_make_today),
        WorkList::DueSoon if sources.forecast.as_ref().is_some_and(|it| it.forecast.expected_late.is_none()) => {
            messages.t("board.no_forecast").to_owned()
        }
        WorkList::DueSoon => String::new(),
        WorkList::Overdue => longest(visitor, sources),
        _ => messages.fill("board.to_correct", "count", marks.to_correct),
    };
    let tile = |(list, class, name, count, key): (WorkList, &'static str, String, i64, &'static str)| Tile {
        tag: Tag::new(class, name),
        count,
        about: about(list),
        expected: match list {
            WorkList::DueSoon => expected_soon(visitor, sources),
            WorkList::Overdue => expected_at_all(visitor, sources),
            _ => None,
        },
        address: sources.cases(&format!("list={}", list.code())),
        key,
    };
    let soon = visitor.service.hall().announcements.due_soon_working_days;
    let tiles = [
        (WorkList::DueToday, "soon", messages.t("board.due_today").to_owned(), marks.due_today, ""),
        (WorkList::DueSoon, "soon", messages.fill("board.due_soon", "days", soon), marks.due_soon, ""),
        (WorkList::Overdue, "late", messages.t("board.overdue").to_owned(), marks.overdue, "o"),
        (WorkList::Paused, "paused", messages.t("board.paused").to_owned(), marks.paused, ""),
    ];
    tiles.into_iter().map(tile).collect()
}

/// How many cases of some limits will be late at the pace of the last weeks; none where the pace isn't known.
pub(super) fn expected_late(forecast: &Forecast, is_meant: impl Fn(NaiveDate) -> bool) -> Option<f64> {
    forecast.expected_late?;
    let groups = forecast.groups.iter().filter(|group| group.certainty != Certainty::OverdueAlready);
    let meant = groups.filter(|group| is_meant(group.limit));
    // The sum of no floating-point numbers is minus zero, which people would read as "-0".
    Some(meant.filter_map(|group| group.risk).fold(0.0, |sum, risk| sum + risk.expected_late))
}

/// How many of those due soon will be late.
fn expected_soon(visitor: &Visitor, sources: &Sources) -> Option<Link> {
    let (today, last) = (sources.board.today, visitor.dates().date(sources.board.edges.soon));
    expected(visitor, sources, "board.expected_soon", |limit| today < limit && limit <= last)
}

/// How many more will be late than are so already.
fn expected_at_all(visitor: &Visitor, sources: &Sources) -> Option<Link> {
    expected(visitor, sources, "board.expected_late", |_| true).filter(|link| !link.address.is_empty())
}

fn expected(visitor: &Visitor, sources: &Sources, key: &str, is_meant: impl Fn(NaiveDate) -> bool) -> Option<Link> {
    let late = expected_late(&sources.forecast.as_ref()?.forecast, is_meant)?;
    let says = visitor.messages.fill(key, "count", format!("{late:.0}"));
    Some(Link { address: if late < 0.5 { String::new() } else { sources.expected() }, says })
}

/// How long the longest overdue has been so.
fn longest(visitor: &Visitor, sources: &Sources) -> String {
    let (service, messages, dates) = (&visitor.service, visitor.messages, visitor.dates());
    let overdue = sources.marks.limits.first().filter(|(limit, _)| *limit < sources.board.edges.now);
    let longest = overdue.map(|(limit, _)| {
        match -service.working_days_until(service.hall().hours.start_of_day(dates.date(*limit)), dates.now) {
            0 => messages.t("deadline.late_today").to_owned(),
            days => messages.fill("board.longest", "days", days),
        }
    });
    longest.unwrap_or_else(|| messages.t("board.none_overdue").to_owned())
}
