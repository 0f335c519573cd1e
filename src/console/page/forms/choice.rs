//! What forms offer to choose from, in the reader's language.

use super::super::visitor::Visitor;
use super::field::Choice;
use crate::domain::base::words::Words;

impl Visitor {
    /// A choice of a filter.
    pub fn choice(&self, value: &str, words: &Words, is_chosen: bool) -> Choice {
        Choice { value: value.to_owned(), name: self.messages.line(words), is_chosen }
    }

    /// Codes with their names, for a field.
    pub fn named<'a>(&self, of: impl IntoIterator<Item = (&'a str, Words)>) -> Vec<(String, String)> {
        of.into_iter().map(|(code, words)| (code.to_owned(), self.messages.line(&words))).collect()
    }

    /// The hall's outlets, one of them chosen.
    pub fn outlets(&self, chosen: Option<&str>) -> Vec<Choice> {
        let outlets = self.service.hall().outlets.iter();
        outlets.map(|outlet| self.choice(&outlet.code, &outlet.words, chosen == Some(&outlet.code))).collect()
    }

    /// The hall's outlets, for a field.
    pub fn named_outlets(&self) -> Vec<(String, String)> {
        self.named(self.service.hall().outlets.iter().map(|outlet| (outlet.code.as_str(), outlet.words.clone())))
    }

    /// What an outlet is called; none: the whole hall.
    pub fn outlet_name(&self, code: Option<&str>) -> String {
        let named = |code: &str| self.messages.of(&self.service.hall().outlet_or_unknown(code).words).to_owned();
        code.map_or_else(|| self.messages.t("frame.whole_hall").to_owned(), named)
    }
}
