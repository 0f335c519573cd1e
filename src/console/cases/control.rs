//! A control of a form with its label: rendered by `cases/control.html`.

use crate::console::page::forms::draft::Fields;

/// What kind of control it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Control {
    /// A line of text.
    Line,
    /// Several lines of text.
    Lines,
    /// A day.
    Day,
    /// One of several, by code and name.
    Choice(Vec<(String, String)>),
    /// Yes, or nothing.
    Tick,
}

/// A control with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name: see `page/forms/draft`.
    pub(super) name: String,
    /// What it is called.
    pub(super) label: String,
    /// What it holds.
    pub(super) value: String,
    /// What it is.
    pub(super) control: Control,
    /// Whether it must be filled in.
    pub(super) required: bool,
    /// The most characters.
    pub(super) most: usize,
}

impl Field {
    /// A line that must be filled in.
    pub(super) fn line(name: &str, label: &str, most: usize) -> Self {
        let (name, label) = (name.to_owned(), label.to_owned());
        Self { name, label, value: String::new(), control: Control::Line, required: true, most }
    }

    /// The same, that may be left blank.
    #[must_use]
    pub(super) fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same as another control.
    #[must_use]
    pub(super) fn control(self, control: Control) -> Self {
        Self { control, ..self }
    }

    /// The same with something in it.
    #[must_use]
    pub(super) fn holding(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// The same with what was sent in it, where it was.
    #[must_use]
    pub(super) fn with_sent(self, sent: &Fields) -> Self {
        match sent.iter().find(|(name, _)| *name == self.name) {
            Some((_, value)) => self.holding(value.clone()),
            None => self,
        }
    }

    /// For the label and the control to find each other.
    pub(super) fn id(&self) -> String {
        self.name.replace(['.', ':'], "-")
    }
}
