//! Fields of a form: each with its label, what was typed, and what is wrong with it; one template draws them all.

use super::fields::Typed;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// A line of text.
    Text,
    /// One of a list that is folded.
    Select,
    /// One of some that are all seen.
    Radio,
    /// Any of some.
    Check,
}

/// One that can be chosen.
#[derive(Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub name: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// What the form sends it as.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What helps to fill it in.
    pub hint: String,
    /// What was typed.
    pub value: String,
    /// How it is filled in.
    pub control: Control,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Whether it can't be left out.
    pub is_required: bool,
    /// Whether the page begins here.
    pub is_first: bool,
    /// What is wrong with it.
    pub fault: Option<String>,
}

impl Field {
    /// A line of text.
    pub fn text(name: &str, label: &str, typed: &Typed) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            value: typed.one(name).to_owned(),
            control: Control::Text,
            choices: Vec::new(),
            is_required: false,
            is_first: false,
            fault: None,
        }
    }

    /// Something to choose from, as values with names.
    pub fn choice(control: Control, name: &str, label: &str, typed: &Typed, of: Vec<(String, String)>) -> Self {
        let chosen = typed.all(name);
        let choice = |(value, name): (String, String)| Choice { is_chosen: chosen.contains(&value), value, name };
        Self { control, choices: of.into_iter().map(choice).collect(), ..Self::text(name, label, typed) }
    }

    /// One that can't be left out.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// With help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Where links to it go.
    pub fn id(&self) -> String {
        self.name.replace('/', "-")
    }

    /// Whether it is a line of text.
    pub fn is_text(&self) -> bool {
        self.control == Control::Text
    }

    /// Whether it is a list that is folded.
    pub fn is_select(&self) -> bool {
        self.control == Control::Select
    }

    /// What its choices are in HTML.
    pub fn input_type(&self) -> &'static str {
        if self.control == Control::Check { "checkbox" } else { "radio" }
    }
}
