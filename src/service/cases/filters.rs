//! What the filters of lists, reports and exports may name: nothing but what the hall knows, because a mistyped code that
//! finds nothing looks like good news.
//!
//! Known are the outlets of the hall, and the case types and states of every edition that a case may be on; whether any
//! case has them is another question, and its answer may be an empty list.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::accounts::actor::HALL_ID;
use crate::domain::base::form::Form;
use crate::domain::base::words::Fault;
use crate::domain::calendar::span::Span;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::reports::standing;

/// What the codes of a filter are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodesOf {
    /// Outlets of the hall.
    Outlets,
    /// Case types of every edition.
    CaseTypes,
    /// States of every workflow.
    States,
}

impl Service {
    /// Checks the outlet that is asked about.
    ///
    /// # Errors
    /// A fault at `outlet`: it isn't one of the hall's.
    pub fn known_outlet(&self, asked: Option<&str>) -> Result<Option<String>, Vec<Fault>> {
        let mut form = Form::default();
        let outlet = asked.and_then(|code| form.outlet("/outlet", code, &self.hall));
        form.finish(Some(outlet))
    }

    /// Checks the case type that is asked about.
    ///
    /// # Errors
    /// A fault at `case_type`: there never was one of this code.
    pub fn known_case_type(&self, asked: Option<&str>) -> Result<Option<String>, Vec<Fault>> {
        let mut form = Form::default();
        let case_type = asked.and_then(|code| form.known("/case_type", code, &self.case_type_codes()));
        form.finish(Some(case_type))
    }

    /// Checks the state that is asked about.
    ///
    /// # Errors
    /// A fault at `state`: no workflow has it.
    pub fn known_state(&self, asked: Option<&str>) -> Result<Option<String>, Vec<Fault>> {
        let mut form = Form::default();
        let state = asked.and_then(|code| form.known("/state", code, &self.state_codes()));
        form.finish(Some(state))
    }

    /// Checks the codes of a filter that takes several.
    ///
    /// # Errors
    /// A fault at each that the hall doesn't know.
    pub fn known_codes(&self, of: CodesOf, asked: &[String]) -> Result<Vec<String>, Vec<Fault>> {
        let (name, known) = match of {
            CodesOf::Outlets => ("outlet", Vec::new()),
            CodesOf::CaseTypes => ("case_type", self.case_type_codes()),
            CodesOf::States => ("state", self.state_codes()),
        };
        let mut form = Form::default();
        let codes = asked.iter().enumerate().filter_map(|(at, code)| {
            let pointer = format!("/{name}/{at}");
            match of {
                CodesOf::Outlets => form.outlet(&pointer, code, &self.hall),
                CodesOf::CaseTypes | CodesOf::States => form.known(&pointer, code, &known),
            }
        });
        let codes = codes.collect();
        form.finish(Some(codes))
    }

    /// The time of the days that are asked about, named `name_from` and `name_to`.
    ///
    /// # Errors
    /// A fault at the last day: it is before the first.
    pub fn days(&self, name: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Span, Vec<Fault>> {
        let mut form = Form::default();
        form.days(&format!("/{name}_to"), from, to);
        form.finish(Some(Span::of_days(&self.hall.hours, from, to)))
    }

    /// Whether there is a person or another system with this account id, or it is the hall itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_somebody(&self, id: &str) -> Result<bool, ServiceError> {
        let names = self.db.read_long("names", |tx| Ok::<_, ServiceError>(standing::names(tx)?)).await?;
        Ok(id == HALL_ID || names.iter().any(|(known, _)| known == id))
    }

    /// The codes of all states of all workflows.
    fn state_codes(&self) -> Vec<&str> {
        let states = self.catalog().workflows().flat_map(|workflow| &workflow.states).map(|state| state.code.as_str());
        states.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The codes of all case types, of those that can't be applied for any more as well.
    pub(in crate::service) fn case_type_codes(&self) -> Vec<&str> {
        let codes: BTreeSet<&str> = self.catalog().case_types().map(|known| known.code.as_str()).collect();
        codes.into_iter().collect()
    }
}
