//! What a list of cases is asked for, read from the address.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::console::page::address::{Paging, address};
use crate::console::page::forms::day::day;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Fault;
use crate::domain::case_types::codes::Queue;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::board::happened::{Happened, Happening};
use crate::domain::reports::query::Period;
use crate::http::problem::{Problem, kinds};
use crate::http::query::cursor;
use crate::service::cases::worklists::{Among, Cursor, Selection};

/// Where cases are listed.
const PAGE: &str = "/console/cases";

/// The filters as the address has them; a field that was left empty asks nothing.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct ListQuery {
    pub(in crate::console) list: String,
    pub(in crate::console) due_from: String,
    pub(in crate::console) due_to: String,
    pub(in crate::console) age: String,
    /// What happened to them from a day to another; of what was lacked, of which document and how.
    pub(in crate::console) happened: String,
    pub(in crate::console) from: String,
    pub(in crate::console) to: String,
    pub(in crate::console) document: String,
    pub(in crate::console) defect: String,
    /// On which work list they were when a day ended.
    pub(in crate::console) stood: String,
    pub(in crate::console) on: String,
    pub(in crate::console) outlet: String,
    pub(in crate::console) case_type: String,
    pub(in crate::console) state: String,
    pub(in crate::console) assignee: String,
    pub(in crate::console) after: String,
    /// Where the pages before this one began.
    pub(in crate::console) before: String,
    /// How many were reassigned just now.
    pub(in crate::console) assigned: String,
    /// How many of those that were chosen were theirs already.
    pub(in crate::console) unchanged: String,
}

/// What is asked, checked.
pub(in crate::console) struct Asked {
    pub(in crate::console) among: Among,
    pub(in crate::console) selection: Selection,
    pub(in crate::console) after: Option<Cursor>,
}

impl ListQuery {
    /// The address of the list that is asked for.
    pub(in crate::console) fn address(&self) -> String {
        let here = [("after", &self.after), ("before", &self.before)];
        let told = [("assigned", &self.assigned), ("unchanged", &self.unchanged)];
        let asked: Vec<(&str, &String)> = self.asked().into_iter().chain(here).chain(told).collect();
        address(PAGE, &asked)
    }

    /// The ways from this page to others.
    pub(in crate::console) fn paging(&self, next: Option<String>) -> Paging {
        Paging::of(PAGE, &self.asked(), [&self.after, &self.before], next)
    }

    fn asked(&self) -> Vec<(&'static str, &String)> {
        let shown = [
            ("list", &self.list),
            ("due_from", &self.due_from),
            ("due_to", &self.due_to),
            ("outlet", &self.outlet),
            ("case_type", &self.case_type),
            ("state", &self.state),
            ("assignee", &self.assignee),
        ];
        shown.into_iter().chain(self.carried()).collect()
    }

    /// What a mark of the board asks: the filters carry it along, and have no field for it.
    pub(in crate::console) fn carried(&self) -> [(&'static str, &String); 8] {
        [
            ("age", &self.age),
            ("happened", &self.happened),
            ("from", &self.from),
            ("to", &self.to),
            ("document", &self.document),
            ("defect", &self.defect),
            ("stood", &self.stood),
            ("on", &self.on),
        ]
    }

    /// What is asked.
    ///
    /// # Errors
    /// What of it can't be answered, in words.
    pub(in crate::console) fn checked(&self, visitor: &Visitor) -> Result<Result<Asked, Vec<String>>, Problem> {
        let service = &visitor.service;
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut faults: Vec<Fault> = Vec::new();
        let mut known = |checked: Result<Option<String>, Vec<Fault>>| {
            checked.unwrap_or_else(|found| {
                faults.extend(found);
                None
            })
        };
        let selection = Selection {
            outlet: known(service.known_outlet(given(&self.outlet).as_deref())),
            case_type: known(service.known_case_type(given(&self.case_type).as_deref())),
            state: known(service.known_state(given(&self.state).as_deref())),
            person: given(&self.assignee),
        };
        let after = cursor(given(&self.after).as_deref()).map_err(|_| not_found())?;
        let no_days: Vec<Fault> = [&self.due_from, &self.due_to].iter().filter_map(|it| day(it, "").err()).collect();
        let among = if no_days.is_empty() { self.among()? } else { None };
        let told = faults.iter().chain(&no_days).map(|fault| visitor.in_words(fault).to_owned());
        let mut told: Vec<String> = told.collect();
        if among.is_none() && no_days.is_empty() {
            told.push(visitor.messages.t("listing.one_at_a_time").to_owned());
        }
        Ok(match among {
            Some(among) if told.is_empty() => Ok(Asked { among, selection, after }),
            _ => Err(told),
        })
    }

    /// Among which cases; none where that is said twice.
    fn among(&self) -> Result<Option<Among>, Problem> {
        let has_dates = !self.due_from.is_empty() || !self.due_to.is_empty();
        let said =
            [!self.list.is_empty(), has_dates, !self.age.is_empty(), !self.happened.is_empty(), !self.stood.is_empty()];
        if said.iter().filter(|is_said| **is_said).count() > 1 {
            return Ok(None);
        }
        let read = |text: &str| day(text, "").map_err(|_| not_found());
        let or = |text: &str, open: NaiveDate| read(text).map(|day| day.unwrap_or(open));
        Ok(Some(match said.iter().position(|is_said| *is_said) {
            Some(0) => Among::List(WorkList::from_code(&self.list).ok_or_else(not_found)?),
            Some(1) => {
                let (first, last) = (NaiveDate::default(), NaiveDate::from_ymd_opt(9000, 1, 1).unwrap_or_default());
                Among::Due(or(&self.due_from, first)?, or(&self.due_to, last)?)
            }
            Some(2) => Among::Aged(self.age.parse().map_err(|_| not_found())?),
            Some(3) => Among::Happened(self.happening()?),
            Some(_) => Among::StoodAt(Queue::from_code(&self.stood).ok_or_else(not_found)?, said_day(&self.on)?),
            None => Among::Open,
        }))
    }

    fn happening(&self) -> Result<Happening, Problem> {
        let what = match self.happened.as_str() {
            "made" => Happened::Made,
            "at_first_pass" => Happened::AtFirstPass,
            "after_notice" => Happened::AfterNotice,
            "ended" => Happened::Ended,
            "lacked" => Happened::Lacked { document: self.document.clone(), defect: self.defect.clone() },
            _ => return Err(not_found()),
        };
        Ok(Happening { what, on: Period { from: said_day(&self.from)?, to: said_day(&self.to)? } })
    }
}

/// A day, as the board writes it.
fn said_day(text: &str) -> Result<NaiveDate, Problem> {
    day(text, "").ok().flatten().filter(|day| (1..=9999).contains(&day.year())).ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::of(&kinds::NOT_FOUND)
}
