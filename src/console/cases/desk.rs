//! The desk: the lists of a role with how many wait on each, and one of them row by row.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use crate::console::accounts::deed::told;
use crate::console::certificates::entering::registrations::waiting;
use crate::console::money::window::ask;
use crate::console::page::address::Paging;
use crate::console::page::answer::rendered;
use crate::console::page::dates::Dates;
use crate::console::page::layout::{Layout, list_address};
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;
use crate::domain::cases::worklist::WorkList;
use crate::http::problem::{Problem, kinds};
use crate::http::query::{cursor, cursor_text};
use crate::service::cases::case::CaseSummary;
use crate::service::cases::glance::Progress;
use crate::service::cases::worklists::{Counted, WorkLists};

/// Rows of a page; what doesn't fit a screen isn't calm.
const ROWS: i64 = 20;
/// Lists that stand on the desk, each under a digit.
const MOST_LISTS: usize = 5;

/// A list on the desk.
struct Shelf {
    key: usize,
    name: String,
    count: String,
    address: String,
    is_open: bool,
}

/// A case on the list.
pub(in crate::console) struct Row {
    pub(in crate::console) tag: Option<Tag>,
    /// The day that it stands in order of, where the tag says another one.
    pub(in crate::console) due: Option<String>,
    pub(in crate::console) is_ended: bool,
    pub(in crate::console) organization: String,
    pub(in crate::console) number: String,
    pub(in crate::console) case_type: String,
    pub(in crate::console) state: String,
    /// How far it is in that state, where that is known.
    pub(in crate::console) progress: Option<String>,
    pub(in crate::console) assignee: Option<String>,
}

#[derive(Template)]
#[template(path = "cases/desk.html", config = "src/console/askama.toml")]
struct DeskPage {
    layout: Layout,
    today: String,
    /// Whether the reader opens cases.
    opens: bool,
    shelves: Vec<Shelf>,
    /// How many changes of the register wait for the reader's approval.
    waiting: Option<String>,
    list: Option<String>,
    /// Where the list is reassigned from, of who may do that.
    reassign: Option<String>,
    rows: Vec<Row>,
    /// In which order they stand.
    order: &'static str,
    paging: Paging,
}

/// Which list, and from where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct DeskQuery {
    list: Option<String>,
    #[serde(default)]
    after: String,
    #[serde(default)]
    before: String,
    /// What was just done elsewhere.
    #[serde(default)]
    saved: String,
}

impl DeskQuery {
    fn wanted(&self) -> Result<Option<WorkList>, Problem> {
        let list = |code: &String| WorkList::from_code(code).ok_or_else(|| Problem::of(&kinds::NOT_FOUND));
        self.list.as_ref().map(list).transpose()
    }
}

/// The desk, with the first list of the role open.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<DeskQuery>) -> Result<HttpResponse, Problem> {
    if visitor.has_yet_to_say_window() {
        return Ok(ask("/console"));
    }
    let found = visitor.service.work_lists(&visitor.caller, None).await?;
    let on_desk = on_desk(&visitor.caller.actor.roles, &found);
    let list = query.wanted()?.or(on_desk.first().map(|(list, _)| *list));
    let mut page = DeskPage::of(&visitor, &on_desk, list, query.list.is_some());
    page.waiting = waiting(&visitor).await?;
    page.layout.saved = told(&visitor, &query.saved);
    if let Some(list) = list {
        page.open(&visitor, list, &query, found.of(list)).await?;
    }
    Ok(rendered(StatusCode::OK, &page))
}

impl DeskPage {
    /// Puts the cases of a list on it, from where the reader is.
    async fn open(
        &mut self,
        visitor: &Visitor,
        list: WorkList,
        query: &DeskQuery,
        counted: Option<Counted>,
    ) -> Result<(), Problem> {
        let after = cursor(Some(query.after.as_str()).filter(|after| !after.is_empty()))
            .map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
        let found = visitor.service.work_list(&visitor.caller, list, None, after, ROWS).await?;
        self.layout.enter = found.cases.first().map(|case| format!("/console/cases/{}", case.acceptance_number));
        let (messages, dates) = (visitor.messages, visitor.dates());
        let is_by_due = order_of(list) == EARLIEST_DUE;
        let due = |case: &CaseSummary| {
            let says_another = case.limit_at.or(case.paused_since).is_none() && case.work_by != case.opened_at;
            let due = || messages.fill("desk.due", "day", dates.near(dates.date(case.work_by)));
            (is_by_due && says_another).then(due)
        };
        let dues: Vec<Option<String>> = found.cases.iter().map(due).collect();
        self.rows = rows(visitor, found.cases).await?;
        self.rows.iter_mut().zip(dues).for_each(|(row, due)| row.due = due);
        let next = found.next.map(cursor_text);
        let counted = counted.filter(|_| next.is_some());
        let paging = Paging::of(Place::Desk.address(), &[("list", list.code())], [&query.after, &query.before], next);
        self.paging = paging.cases(messages, self.rows.len(), ROWS, counted);
        self.layout.keys.extend(self.paging.keys());
        Ok(())
    }

    fn of(visitor: &Visitor, on_desk: &[(WorkList, Counted)], open: Option<WorkList>, is_asked: bool) -> Self {
        let messages = visitor.messages;
        let name = |list: WorkList| messages.of(&list.words()).to_owned();
        let shelf = |(at, (list, counted)): (usize, &(WorkList, Counted))| Shelf {
            key: at + 1,
            name: name(*list),
            count: counted.text(),
            address: list_address(*list),
            is_open: open == Some(*list),
        };
        let dates = visitor.dates();
        let shelves: Vec<Shelf> = on_desk.iter().enumerate().map(shelf).collect();
        // Where nobody asked for a list, one is at the desk itself.
        let place = open.filter(|_| is_asked).map_or(Place::Desk, Place::of_list);
        let mut layout = Layout::of(visitor, messages.t("desk.title").to_owned(), place);
        let opens = visitor.service.may_open(&visitor.caller).is_ok();
        let assigns = visitor.service.may_assign(&visitor.caller).is_ok();
        let reassign = open.filter(|_| assigns).map(|list| format!("/console/cases?list={}", list.code()));
        layout.keys = shelves.iter().map(|shelf| (shelf.key.to_string(), shelf.address.clone())).collect();
        layout.keys.extend(opens.then(|| ("n".to_owned(), "/console/cases/new".to_owned())));
        layout.keys.extend(reassign.iter().map(|address| ("r".to_owned(), address.clone())));
        Self {
            layout,
            opens,
            today: dates.day(dates.today()),
            shelves,
            waiting: None,
            list: open.map(name),
            reassign,
            rows: Vec::new(),
            order: open.map_or("", |list| messages.t(order_of(list))),
            paging: Paging::default(),
        }
    }

    fn has_marks(&self) -> bool {
        has_marks(&self.rows)
    }
}

/// Whether the marks of deadlines stand beside any of these cases.
pub(in crate::console) fn has_marks(rows: &[Row]) -> bool {
    rows.iter().filter_map(|row| row.tag.as_ref()).any(|tag| tag.class != "ended")
}

/// What says that a list stands in the order of what is due.
const EARLIEST_DUE: &str = "desk.earliest_due";

/// What says in which order a list stands.
fn order_of(list: WorkList) -> &'static str {
    match list {
        WorkList::Paused => "desk.longest_paused",
        WorkList::Uncollected => "desk.longest_made",
        WorkList::OverdueCommitments => "desk.earliest_promise",
        _ => EARLIEST_DUE,
    }
}

/// The lists of a role that stand on its desk, in the order of its work.
fn on_desk(roles: &[Role], found: &WorkLists) -> Vec<(WorkList, Counted)> {
    use WorkList::{DueToday, Mine, Overdue, Paused, ToCheck, ToHandOver, ToMake, Unassigned, WaitingForCorrection};
    let wanted: &[WorkList] = match roles {
        roles if roles.contains(&Role::Supervisor) => &[Overdue, DueToday, Unassigned, Paused, Mine],
        roles if roles.contains(&Role::Clerk) => &[ToCheck, WaitingForCorrection, ToHandOver, Mine, Overdue],
        // Most of what is nobody's is for others to do, and what is to be made is among the first.
        roles if roles.contains(&Role::Producer) => &[ToMake, DueToday, Overdue, Mine],
        _ => &[Overdue, DueToday, Unassigned, Paused, ToCheck],
    };
    let counted = |list: &WorkList| found.lists.iter().find(|(found, _)| found == list).copied();
    wanted.iter().filter_map(counted).take(MOST_LISTS).collect()
}

/// Cases as lists show them, with how far they are.
pub(in crate::console) async fn rows(visitor: &Visitor, cases: Vec<CaseSummary>) -> Result<Vec<Row>, Problem> {
    let (progress, dates) = (visitor.service.progress_of(&cases).await?, visitor.dates());
    let shown = |case: CaseSummary| {
        let progress = progress.get(&case.id).and_then(|progress| in_words(visitor, &case, *progress));
        Row { progress, ..row(visitor, &dates, case) }
    };
    Ok(cases.into_iter().map(shown).collect())
}

/// How far the papers are: rows that were looked at, which notice was given, or that corrections were brought after it.
fn in_words(visitor: &Visitor, case: &CaseSummary, progress: Progress) -> Option<String> {
    let (messages, is_paused) = (visitor.messages, case.paused_since.is_some());
    match (progress.notices, progress.checked) {
        (0, 0) => None,
        (0, checked) => Some(messages.fill("case.rows_checked", "checked", checked)),
        (notices, _) if is_paused => Some(messages.fill("case.notice_given", "notices", notices)),
        (notices, _) => Some(messages.fill("case.notice_followed", "notices", notices)),
    }
}

/// A case as lists show it.
pub(in crate::console) fn row(visitor: &Visitor, dates: &Dates, case: CaseSummary) -> Row {
    let catalog = visitor.service.catalog();
    let shown = |words: Option<&Words>, code: &str| {
        words.map_or_else(|| code.to_owned(), |words| visitor.messages.of(words).to_owned())
    };
    let workflow = catalog.workflow(&case.workflow.0, case.workflow.1);
    let state = workflow.and_then(|workflow| workflow.state(&case.state));
    let case_type = catalog.case_type(&case.case_type, case.edition);
    Row {
        tag: Tag::of_summary(&visitor.service, &case, dates),
        is_ended: case.closed_at.is_some(),
        case_type: shown(case_type.map(|case_type| &case_type.words), &case.case_type),
        due: None,
        state: shown(state.map(|state| &state.words), &case.state),
        progress: None,
        organization: case.organization_name,
        number: case.acceptance_number,
        assignee: case.assignee.map(|assignee| assignee.name),
    }
}
