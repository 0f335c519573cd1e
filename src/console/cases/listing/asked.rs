//! What a list of cases is asked for, read from the address.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::console::page::address::address;
use crate::console::page::forms::day::day;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Fault;
use crate::domain::cases::worklist::WorkList;
use crate::http::problem::{Problem, kinds};
use crate::http::query::cursor;
use crate::service::cases::worklists::{Among, Cursor, Selection};

/// The filters as the address has them; a field that was left empty asks nothing.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct ListQuery {
    pub(in crate::console) list: String,
    pub(in crate::console) due_from: String,
    pub(in crate::console) due_to: String,
    pub(in crate::console) age: String,
    pub(in crate::console) made: String,
    pub(in crate::console) outlet: String,
    pub(in crate::console) case_type: String,
    pub(in crate::console) state: String,
    pub(in crate::console) assignee: String,
    pub(in crate::console) after: String,
    /// How many were reassigned just now.
    pub(in crate::console) assigned: String,
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
        let fields = [
            ("list", &self.list),
            ("due_from", &self.due_from),
            ("due_to", &self.due_to),
            ("age", &self.age),
            ("made", &self.made),
            ("outlet", &self.outlet),
            ("case_type", &self.case_type),
            ("state", &self.state),
            ("assignee", &self.assignee),
            ("after", &self.after),
            ("assigned", &self.assigned),
        ];
        address("/console/cases", &fields)
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
        let among = self.among()?;
        let mut told: Vec<String> = faults.iter().map(|fault| visitor.messages.of(&fault.words).to_owned()).collect();
        if among.is_none() {
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
        let said = [!self.list.is_empty(), has_dates, !self.age.is_empty(), !self.made.is_empty()];
        if said.iter().filter(|is_said| **is_said).count() > 1 {
            return Ok(None);
        }
        let day = |text: &str, open: NaiveDate| day(text, "").map(|day| day.unwrap_or(open)).map_err(|_| not_found());
        Ok(Some(match said {
            [true, ..] => Among::List(WorkList::from_code(&self.list).ok_or_else(not_found)?),
            [_, true, ..] => {
                let (first, last) = (NaiveDate::default(), NaiveDate::from_ymd_opt(9000, 1, 1).unwrap_or_default());
                Among::Due(day(&self.due_from, first)?, day(&self.due_to, last)?)
            }
            [_, _, true, _] => Among::Aged(self.age.parse().map_err(|_| not_found())?),
            [_, _, _, true] => Among::Made(day(&self.made, NaiveDate::default())?),
            _ => Among::Open,
        }))
    }
}

fn not_found() -> Problem {
    Problem::of(&kinds::NOT_FOUND)
}
