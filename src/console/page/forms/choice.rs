//! Choices of a form: boxes, and the entries of a list.

use super::super::visitor::Visitor;
use crate::domain::base::words::Words;

/// One that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Whether it is chosen.
    pub is_on: bool,
}

impl Visitor {
    /// A choice in the reader's language.
    pub fn choice(&self, code: &str, words: &Words, is_on: bool) -> Choice {
        Choice { code: code.to_owned(), name: self.messages.of(words).to_owned(), is_on }
    }

    /// The hall's outlets, one of them chosen.
    pub fn outlets(&self, chosen: Option<&str>) -> Vec<Choice> {
        let outlets = self.service.hall().outlets.iter();
        outlets.map(|outlet| self.choice(&outlet.code, &outlet.words, chosen == Some(&outlet.code))).collect()
    }

    /// What an outlet is called; none: the whole hall.
    pub fn outlet_name(&self, code: Option<&str>) -> String {
        let named = |code: &str| self.messages.of(&self.service.hall().outlet_or_unknown(code).words).to_owned();
        code.map_or_else(|| self.messages.t("frame.whole_hall").to_owned(), named)
    }
}
