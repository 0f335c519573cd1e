//! What is wrong with a form, at its fields: the summary at the top leads to each of them.

use super::super::messages::Messages;
use super::field::Field;
use crate::domain::base::words::Fault;

/// One thing that is wrong.
#[derive(Debug)]
pub struct Told {
    /// The id of its field; empty where it is of none.
    pub at: String,
    /// What is wrong and what is expected.
    pub text: String,
}

/// Puts each fault at its field, found by the fault's pointer, and makes the summary of all of them. Fields are named by the
/// pointers of the draft that they become; `field_of` names those that are called otherwise.
pub fn told<'a>(
    messages: Messages,
    faults: &[Fault],
    field_of: impl Fn(&str) -> &str,
    fields: impl Iterator<Item = &'a mut Field>,
) -> Vec<Told> {
    let mut fields: Vec<&mut Field> = fields.collect();
    let tell = |fault: &Fault| {
        let name = field_of(fault.pointer.trim_start_matches('/')).to_owned();
        let text = messages.of(&fault.words).to_owned();
        let Some(field) = fields.iter_mut().find(|field| field.name == name) else {
            return Told { at: String::new(), text };
        };
        let told =
            Told { at: field.id(), text: messages.with("field.fault", &[("field", &field.label), ("fault", &text)]) };
        field.fault.get_or_insert(text);
        told
    };
    faults.iter().map(tell).collect()
}

impl Told {
    /// Something that is of no field.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { at: String::new(), text: text.into() }
    }
}
