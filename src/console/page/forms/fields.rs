//! The fields of a form as they were sent: for forms with boxes of one name, and those that come back as they were typed.

use serde::Deserialize;

/// What a form sent, in the order of the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The text of a field; nothing where the form hasn't it.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The text of a field that isn't blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// The values of all boxes of a name that are ticked.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Whether a box is ticked.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The version of what the page showed; 0, which nothing has, where the form doesn't say.
    pub fn version(&self) -> i64 {
        self.text("version").parse().unwrap_or(0)
    }
}
