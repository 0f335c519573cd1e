//! A list of cases with its filters.

use std::collections::BTreeSet;

use actix_web::web::Query;
use askama::Template;

use super::asked::{Asked, ListQuery};
use super::takers::choices;
use crate::console::cases::desk::{Row, has_marks, rows};
use crate::console::cases::steps::roles_of_next;
use crate::console::page::address::Paging;
use crate::console::page::answer::Page;
use crate::console::page::forms::field::Choice;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::console::reports::lacked::lacked;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::cases::assignment::WORKERS;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::board::ageing;
use crate::domain::reports::board::happened::{Happened, Happening};
use crate::http::problem::Problem;
use crate::http::query::cursor_text;
use crate::service::cases::case::CaseSummary;
use crate::service::cases::worklists::Among;

/// Rows of a page.
const ROWS: i64 = 20;

#[derive(Template)]
#[template(path = "cases/listing/list.html", config = "src/console/askama.toml")]
pub(in crate::console) struct ListPage {
    layout: Layout,
    heading: String,
    query: ListQuery,
    lists: Vec<Choice>,
    outlets: Vec<Choice>,
    case_types: Vec<Choice>,
    states: Vec<Choice>,
    people: Vec<Choice>,
    assigns: bool,
    /// To whom they can be given: whoever can take the next step of any of them.
    takers: Vec<Choice>,
    back: String,
    rows: Vec<Row>,
    paging: Paging,
    pub(in crate::console) told: Vec<Told>,
    pub(in crate::console) chosen: BTreeSet<String>,
    pub(in crate::console) assignee: String,
    pub(in crate::console) reason: String,
}

/// The cases that are asked for.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<ListQuery>,
) -> Result<Page<impl Template>, Problem> {
    Ok(Page(ListPage::read(&visitor, query.into_inner()).await?))
}

impl ListPage {
    /// The page of a query, or with what is wrong with it.
    pub(in crate::console) async fn read(visitor: &Visitor, query: ListQuery) -> Result<Self, Problem> {
        visitor.caller.require(Scope::CasesRead)?;
        let asked = query.checked(visitor)?;
        let mut page = Self::of(visitor, query).await?;
        match asked {
            Err(faults) => page.told = faults.into_iter().map(Told::plain).collect(),
            Ok(asked) => page.fill(visitor, asked).await?,
        }
        Ok(page)
    }

    async fn fill(&mut self, visitor: &Visitor, Asked { among, selection, after }: Asked) -> Result<(), Problem> {
        self.heading = heading(visitor, &among, &self.query);
        let (service, caller) = (&visitor.service, &visitor.caller);
        let found = service.cases_among(caller, among.clone(), selection.clone(), after, ROWS).await?;
        let counted = match found.next {
            Some(_) => Some(service.how_many(caller, among, selection).await?),
            None => None,
        };
        if self.assigns {
            let colleagues = visitor.service.colleagues(&visitor.caller, visitor.caller.actor.outlet.clone()).await?;
            self.takers = choices(visitor, colleagues, &next_of(visitor, &found.cases));
        }
        self.rows = rows(visitor, found.cases).await?;
        let paging = self.query.paging(found.next.map(cursor_text));
        self.paging = paging.cases(visitor.messages, self.rows.len(), ROWS, counted);
        self.layout.keys = self.paging.keys().collect();
        Ok(())
    }

    async fn of(visitor: &Visitor, mut query: ListQuery) -> Result<Self, Problem> {
        let (messages, service, caller) = (visitor.messages, &visitor.service, &visitor.caller);
        let choice = |code: &str, name: &str, chosen: &str| Choice {
            is_chosen: code == chosen,
            value: code.to_owned(),
            name: name.to_owned(),
        };
        let people = match caller.actor.has_any(WORKERS) {
            true => service.colleagues(caller, caller.actor.outlet.clone()).await?,
            false => Vec::new(),
        };
        let catalog = service.catalog();
        let known = catalog.workflows().flat_map(|workflow| &workflow.states).filter(|state| state.queue.is_some());
        let mut states: Vec<Choice> = Vec::new();
        for state in known {
            if !states.iter().any(|known| known.value == state.code) {
                states.push(choice(&state.code, messages.of(&state.words), &query.state));
            }
        }
        let lists = WorkList::ALL.into_iter().filter(|list| caller.actor.has_any(list.roles()));
        let mut layout = Layout::of(visitor, messages.t("listing.title").to_owned(), Place::Board);
        let assigned = std::mem::take(&mut query.assigned).parse::<usize>().ok();
        let unchanged = std::mem::take(&mut query.unchanged).parse::<usize>().ok().filter(|count| *count > 0);
        layout.is_unchanged = assigned == Some(0);
        layout.saved = assigned.map(|count| {
            if count == 0 {
                return messages.fill("listing.none_assigned", "count", unchanged.unwrap_or_default());
            }
            let done = messages.fill("listing.assigned", "count", count);
            let unchanged = unchanged.map(|count| messages.fill("listing.unchanged", "count", count));
            format!("{done}{}", unchanged.unwrap_or_default())
        });
        let back = query.address();
        layout.here.clone_from(&back);
        Ok(Self {
            layout,
            heading: messages.t("listing.title").to_owned(),
            lists: lists.map(|list| choice(list.code(), messages.of(&list.words()), &query.list)).collect(),
            outlets: match caller.actor.outlet {
                Some(_) => Vec::new(),
                None => {
                    let outlets = service.hall().outlets.iter();
                    outlets.map(|outlet| choice(&outlet.code, messages.of(&outlet.words), &query.outlet)).collect()
                }
            },
            case_types: catalog
                .current()
                .map(|known| choice(&known.code, messages.of(&known.words), &query.case_type))
                .collect(),
            states,
            people: people.iter().map(|person| choice(&person.id, &person.name, &query.assignee)).collect(),
            assigns: service.may_assign(caller).is_ok(),
            takers: Vec::new(),
            back,
            rows: Vec::new(),
            paging: Paging::default(),
            told: Vec::new(),
            chosen: BTreeSet::new(),
            assignee: String::new(),
            reason: messages.t("listing.default_reason").to_owned(),
            query,
        })
    }
}

impl ListPage {
    /// What is chosen on other pages of the list.
    fn elsewhere(&self) -> Vec<&String> {
        self.chosen.iter().filter(|number| !self.rows.iter().any(|row| row.number == **number)).collect()
    }

    fn has_marks(&self) -> bool {
        has_marks(&self.rows)
    }
}

/// The roles that take the next step of any of these cases.
fn next_of(visitor: &Visitor, cases: &[CaseSummary]) -> Vec<Role> {
    let catalog = visitor.service.catalog();
    let mut roles: Vec<Role> = Vec::new();
    for case in cases {
        let (code, edition) = &case.workflow;
        let workflow =
            catalog.workflows().find(|known| known.code == *code && i64::from(known.edition) == i64::from(*edition));
        roles.extend(workflow.map_or(&[][..], |workflow| roles_of_next(workflow, &case.state)));
    }
    roles
}

/// What is listed, in words.
fn heading(visitor: &Visitor, among: &Among, query: &ListQuery) -> String {
    let (messages, dates) = (visitor.messages, visitor.dates());
    match among {
        Among::List(list) => messages.of(&list.words()).to_owned(),
        Among::Due(from, to) if from == to => messages.fill("listing.due_on", "day", dates.day(*from)),
        Among::Due(from, to) => {
            let from =
                if query.due_from.is_empty() { messages.t("listing.begin").to_owned() } else { dates.day(*from) };
            let to = if query.due_to.is_empty() { messages.t("listing.end").to_owned() } else { dates.day(*to) };
            messages.with("listing.due", &[("from", &from), ("to", &to)])
        }
        Among::Aged(youngest) => {
            let bars = ageing::days(visitor.service.catalog().usual_deadline());
            let key = if bars.last() == Some(youngest) { "listing.aged_more" } else { "listing.aged" };
            messages.fill(key, "days", youngest)
        }
        Among::Happened(happening) => happened(visitor, happening, query),
        Among::StoodAt(queue, day) => {
            let list = WorkList::from_code(queue.code()).map(WorkList::words).unwrap_or_default();
            messages.with("listing.stood", &[("day", &dates.day(*day)), ("list", &messages.of(&list))])
        }
        Among::Open => messages.t("listing.all_open").to_owned(),
    }
}

/// What happened to them, and when.
fn happened(visitor: &Visitor, Happening { what, on }: &Happening, query: &ListQuery) -> String {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let on = match on.from == on.to {
        true => dates.day(on.from),
        false => messages.with("listing.days", &[("from", &dates.day(on.from)), ("to", &dates.day(on.to))]),
    };
    match what {
        Happened::Made => messages.fill("listing.made", "days", on),
        Happened::AtFirstPass => messages.fill("listing.at_first_pass", "days", on),
        Happened::AfterNotice => messages.fill("listing.after_notice", "days", on),
        Happened::Ended => messages.fill("listing.ended", "days", on),
        Happened::Lacked { document, defect } => {
            let lacked = lacked(visitor, &query.case_type, document, defect);
            messages.with("listing.lacked", &[("days", &on), ("lacked", &lacked)])
        }
    }
}
