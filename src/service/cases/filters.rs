//! What the filters of lists, reports and exports may name: nothing but what the hall knows, because a mistyped code that
//! finds nothing looks like good news.
//!
//! Known are the outlets of the hall, and the case types and states of every edition that a case may be on; whether any
//! case has them is another question, and its answer may be an empty list.

use std::collections::BTreeSet;

use crate::domain::accounts::actor::HALL_ID;
use crate::domain::base::form::Form;
use crate::domain::base::words::Fault;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::reports::standing;

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
        let states = self.catalog().workflows().flat_map(|workflow| &workflow.states).map(|state| state.code.as_str());
        let states: Vec<&str> = states.collect::<BTreeSet<_>>().into_iter().collect();
        let mut form = Form::default();
        let state = asked.and_then(|code| form.known("/state", code, &states));
        form.finish(Some(state))
    }

    /// Whether there is a person or another system with this account id, or it is the hall itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_somebody(&self, id: &str) -> Result<bool, ServiceError> {
        let names = self.db.read_long("names", |tx| Ok::<_, ServiceError>(standing::names(tx)?)).await?;
        Ok(id == HALL_ID || names.iter().any(|(known, _)| known == id))
    }

    /// The codes of all case types, of those that can't be applied for any more as well.
    pub(in crate::service) fn case_type_codes(&self) -> Vec<&str> {
        let codes: BTreeSet<&str> = self.catalog().case_types().map(|known| known.code.as_str()).collect();
        codes.into_iter().collect()
    }
}
