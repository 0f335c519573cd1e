//! Fields of a form: each with its label, what was typed, and what is wrong with it; `page/field.html` draws them all.
//!
//! Guarantee: no box cuts off what is typed, pasted or scanned into it, without script either: the rules tell what is too long, and a scan
//! that lands in a box it isn't meant for is known for one.

use super::fields::Typed;

/// How a field is filled in, and so what it says in a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// A line of text.
    Text,
    /// Several lines of text.
    Lines,
    /// An amount in yuan, which a draft has in fen.
    Yuan,
    /// A day.
    Day,
    /// A day and a time of it.
    Moment,
    /// What nobody reads along, and no page shows again.
    Password,
    /// One of a list that is folded.
    Select,
    /// One of some that are all seen.
    Radio,
    /// Any of some.
    Check,
    /// Yes, or nothing.
    Tick,
}

/// One that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What the form sends it as: the pointer of what it says in the draft, `organization/name`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Whose it is, where the page asks for the same of several persons.
    pub whose: &'static str,
    /// What helps to fill it in.
    pub hint: String,
    /// What was typed, or stands there before.
    pub value: String,
    /// What stood there before anything was typed.
    pub stands: String,
    /// How it is filled in.
    pub control: Control,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Whether people see what is sent, too: other systems' people call a right by its code.
    pub shows_codes: bool,
    /// Whether it can't be left out.
    pub is_required: bool,
    /// Whether the page begins here.
    pub is_first: bool,
    /// Whether codes are scanned into it; of what else is scanned there, only the number of a case isn't meant for it.
    pub takes_codes: bool,
    /// What a browser may fill in.
    pub autocomplete: &'static str,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// Pointers by which the rules name it besides its own.
    pointers: &'static [&'static str],
    is_sent: bool,
}

impl Field {
    /// A line of text.
    pub fn text(name: &str, label: &str, typed: &Typed) -> Self {
        let value = typed.text(name).to_owned();
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            whose: "",
            hint: String::new(),
            value,
            stands: String::new(),
            control: Control::Text,
            choices: Vec::new(),
            shows_codes: false,
            is_required: false,
            is_first: false,
            takes_codes: false,
            autocomplete: "off",
            fault: None,
            pointers: &[],
            is_sent: !typed.is_empty(),
        }
    }

    /// Something to choose from, as values with names.
    pub fn choice(control: Control, name: &str, label: &str, typed: &Typed, of: Vec<(String, String)>) -> Self {
        let chosen = typed.all(name);
        let choice = |(value, name): (String, String)| Choice { is_chosen: chosen.contains(&value), value, name };
        Self { control, choices: of.into_iter().map(choice).collect(), ..Self::text(name, label, typed) }
    }

    /// A box to tick.
    pub fn tick(name: &str, label: &str, typed: &Typed) -> Self {
        Self::text(name, label, typed).control(Control::Tick)
    }

    /// A password.
    pub fn secret(name: &str, label: &str, autocomplete: &'static str) -> Self {
        let field = Self::text(name, label, &Typed::default()).control(Control::Password);
        field.required().filled_in_by(autocomplete)
    }

    /// The same, that a browser may fill in.
    #[must_use]
    pub fn filled_in_by(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    /// The same, filled in otherwise.
    #[must_use]
    pub fn control(self, control: Control) -> Self {
        Self { control, ..self }
    }

    /// One that can't be left out.
    #[must_use]
    pub fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// One that may be left out; of a list nothing is chosen then.
    #[must_use]
    pub fn optional(mut self) -> Self {
        if self.control == Control::Select && self.choices.iter().all(|choice| !choice.value.is_empty()) {
            let is_chosen = !self.choices.iter().any(|choice| choice.is_chosen);
            self.choices.insert(0, Choice { value: String::new(), name: String::new(), is_chosen });
        }
        Self { is_required: false, ..self }
    }

    /// The same, of a person.
    #[must_use]
    pub fn of(self, whose: &'static str) -> Self {
        Self { whose, ..self }
    }

    /// With help.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// One into which codes are scanned.
    #[must_use]
    pub fn for_codes(self) -> Self {
        Self { takes_codes: true, ..self }
    }

    /// With what stands there until something is typed.
    #[must_use]
    pub fn holding(mut self, stands: impl Into<String>) -> Self {
        self.stands = stands.into();
        if !self.is_sent {
            self.value.clone_from(&self.stands);
            self.choices.iter_mut().for_each(|choice| choice.is_chosen = choice.value == self.stands);
        }
        self
    }

    /// With what is chosen until anything is.
    #[must_use]
    pub fn choosing(mut self, is_chosen: impl Fn(&str) -> bool) -> Self {
        if !self.is_sent {
            self.choices.iter_mut().for_each(|choice| choice.is_chosen = is_chosen(&choice.value));
        }
        self
    }

    /// One that the rules name by these pointers, too, such as `payment/amount_fen`.
    #[must_use]
    pub fn known_as(self, pointers: &'static [&'static str]) -> Self {
        Self { pointers, ..self }
    }

    /// With the code of each choice beside its name.
    #[must_use]
    pub fn with_codes(self) -> Self {
        Self { shows_codes: true, ..self }
    }

    /// Whether a pointer names it.
    pub fn is_at(&self, pointer: &str) -> bool {
        self.name == pointer || self.pointers.contains(&pointer)
    }

    /// Whether a pointer names something in it.
    pub fn has(&self, pointer: &str) -> bool {
        let is_in = |name: &str| pointer.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        is_in(&self.name) || self.pointers.iter().any(|name| is_in(name))
    }

    /// The text that asks for it, where it can't be left out and was.
    pub fn left_blank(&self) -> Option<&'static str> {
        let (is_blank, asks) = match self.control {
            Control::Select | Control::Radio | Control::Check => {
                // A box that is alone says yes.
                let asks = match self.choices.as_slice() {
                    [only] if only.value == "yes" => "field.tick",
                    _ => "field.choose",
                };
                (!self.choices.iter().any(|choice| choice.is_chosen), asks)
            }
            Control::Tick => (self.value.is_empty(), "field.tick"),
            _ => (self.value.trim().is_empty(), "field.fill_in"),
        };
        (self.is_required && self.is_sent && is_blank).then_some(asks)
    }

    /// Whether something else was typed or chosen than stands there by itself.
    pub fn is_other_than(&self, stands: &Self) -> bool {
        let chosen = |field: &Self| -> Vec<bool> { field.choices.iter().map(|choice| choice.is_chosen).collect() };
        match self.choices.is_empty() {
            true => self.value.trim() != stands.value.trim(),
            false => chosen(self) != chosen(stands),
        }
    }

    /// Where links to it go.
    pub fn id(&self) -> String {
        self.name.replace('/', "-")
    }

    /// What describes it, by id.
    pub fn described_by(&self) -> Option<String> {
        let (fault, hint) = (self.fault.is_some().then_some("fault"), (!self.hint.is_empty()).then_some("hint"));
        let ids: Vec<String> = fault.into_iter().chain(hint).map(|part| format!("{}-{part}", self.id())).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// Whether it is a line of text.
    pub fn is_text(&self) -> bool {
        self.control == Control::Text
    }

    /// Whether it is an amount of money.
    pub fn is_amount(&self) -> bool {
        self.control == Control::Yuan
    }

    /// Whether it is a day.
    pub fn is_day(&self) -> bool {
        self.control == Control::Day
    }

    /// Whether it is several lines of text.
    pub fn is_lines(&self) -> bool {
        self.control == Control::Lines
    }

    /// Whether it is a list that is folded.
    pub fn is_select(&self) -> bool {
        self.control == Control::Select
    }

    /// Whether all that can be chosen is seen.
    pub fn is_boxes(&self) -> bool {
        matches!(self.control, Control::Radio | Control::Check)
    }

    /// Whether it is a box to tick.
    pub fn is_tick(&self) -> bool {
        self.control == Control::Tick
    }

    /// What it is in HTML, or what its choices are.
    pub fn input_type(&self) -> &'static str {
        match self.control {
            Control::Check | Control::Tick => "checkbox",
            Control::Radio => "radio",
            Control::Moment => "datetime-local",
            Control::Password => "password",
            // Where script runs, it is a calendar.
            Control::Text | Control::Lines | Control::Yuan | Control::Day | Control::Select => "text",
        }
    }
}
