//! What a form sent, by the names of its fields.

use serde::Deserialize;

use super::field::Field;

use crate::service::cases::case::Expected;

/// What begins the names of fields that the page for signing in carries for another form.
const CARRIED: &str = "sent.";

/// What a form sends: names with values, one more than once where several were ticked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Typed(pub(super) Vec<(String, String)>);

impl From<Vec<(String, String)>> for Typed {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
}

impl Typed {
    /// Types into a field, whatever it holds.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// What was typed into a field, without the blanks around it; empty where there is no such field.
    pub fn one(&self, name: &str) -> &str {
        self.text(name).trim()
    }

    /// The same; none where nothing was typed.
    pub fn given(&self, name: &str) -> Option<String> {
        Some(self.one(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Everything that was ticked under a name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// What follows a prefix in the names of fields in which something was typed.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let filled = self.0.iter().filter(|(_, value)| !value.trim().is_empty());
        filled.filter_map(move |(name, _)| name.strip_prefix(prefix))
    }

    /// Types into a field that is empty.
    pub fn fill(&mut self, name: &str, value: &str) {
        if self.one(name).is_empty() {
            self.set(name, value);
        }
    }

    /// Types one more value under a name.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes one of the values under a name away.
    pub fn remove(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, typed)| known != name || typed != value);
    }

    /// Empties a field.
    pub fn clear(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Every name with what was typed there.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the form is shown for the first time.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a box is ticked.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// What was typed into a field, blanks and all: for passwords and long texts.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What the page for signing in carries for another form.
    pub fn carried(&self) -> Vec<(String, String)> {
        let carried = |(name, value): &(String, String)| Some((name.strip_prefix(CARRIED)?.to_owned(), value.clone()));
        self.0.iter().filter_map(carried).collect()
    }

    /// All of it, where any of these fields says something else than stands there by itself.
    pub fn begun<'a>(&self, fields: impl IntoIterator<Item = (&'a Field, &'a Field)>) -> Vec<(String, String)> {
        let mut fields = fields.into_iter();
        // Another form of the page may have sent none of them.
        let is_sent = |field: &Field| self.has(&field.name);
        let is_begun = fields.any(|(field, stands)| is_sent(field) && field.is_other_than(stands));
        if is_begun { self.0.clone() } else { Vec::new() }
    }

    /// All of it.
    pub fn into_fields(self) -> Vec<(String, String)> {
        self.0
    }

    /// The version of what the page showed; 0, which nothing has, where the form doesn't say.
    pub fn version(&self) -> i64 {
        self.one("version").parse().unwrap_or(0)
    }

    /// The same, of a case.
    pub fn seen(&self) -> Expected {
        Expected::Case(self.version())
    }
}
