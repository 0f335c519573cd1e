//! A row of the check sheet as it is shown, and as its controls send it back.

use std::collections::BTreeMap;

use crate::console::page::messages::Messages;
use crate::domain::case_types::case_type::{Copies, Original};
use crate::domain::cases::input::MaterialDraft;
use crate::domain::cases::materials::checklist::{MaterialCheck, Sheet, lacks};

/// What the controls of a form say, by their names.
pub(in crate::console) type Fields = BTreeMap<String, String>;

/// A reason why a document doesn't do.
pub(in crate::console) struct Reason {
    pub(in crate::console) number: usize,
    pub(in crate::console) code: String,
    pub(in crate::console) name: String,
}

/// A row as it is shown.
pub(in crate::console) struct Row {
    pub(in crate::console) number: u32,
    pub(in crate::console) code: String,
    pub(in crate::console) name: String,
    /// Copies asked for; none where the guide doesn't say.
    pub(in crate::console) copies: Option<u32>,
    pub(in crate::console) stamped: bool,
    pub(in crate::console) original: bool,
    pub(in crate::console) received: String,
    pub(in crate::console) sealed: String,
    pub(in crate::console) sighted: bool,
    pub(in crate::console) reason: String,
    pub(in crate::console) remark: String,
    /// Its check in one text: the page sends it back, so that what a colleague changed meanwhile isn't taken for the reader's own.
    pub(in crate::console) shown: String,
    pub(in crate::console) is_checked: bool,
    pub(in crate::console) is_lacking: bool,
}

impl Row {
    pub(in crate::console) fn of(
        messages: Messages,
        number: u32,
        sheet: &Sheet<'_>,
        check: Option<&MaterialCheck>,
    ) -> Self {
        let count = |count: fn(&MaterialCheck) -> u32| check.map_or_else(String::new, |check| count(check).to_string());
        let row = Self {
            number,
            code: sheet.code.clone(),
            name: messages.of(&sheet.words()).to_owned(),
            copies: match sheet.material.copies {
                Copies::Exactly(copies) => Some(copies),
                Copies::Unspecified => None,
            },
            stamped: sheet.material.stamped,
            original: matches!(sheet.material.original, Original::Sighted | Original::Presented),
            received: count(|check| check.copies_received),
            sealed: count(|check| check.copies_stamped),
            sighted: check.is_some_and(|check| check.original_sighted),
            reason: check.and_then(|check| check.reason.clone()).unwrap_or_default(),
            remark: check.and_then(|check| check.remark.clone()).unwrap_or_default(),
            is_checked: check.is_some(),
            is_lacking: check.is_some() && !lacks(sheet.material, check).is_empty(),
            shown: String::new(),
        };
        Self { shown: row.described(), ..row }
    }

    /// Its check in one text.
    fn described(&self) -> String {
        let sighted = if self.sighted { "yes" } else { "" };
        [self.received.as_str(), self.sealed.as_str(), sighted, self.reason.as_str(), self.remark.as_str()].join("\n")
    }

    /// The row with what its controls said, so that nothing is lost when the page comes back.
    pub(in crate::console) fn retyped(&mut self, fields: &Fields) {
        if self.changed_by(fields).is_none() {
            return;
        }
        let field = |name: &str| fields.get(&format!("{name}.{}", self.code)).cloned().unwrap_or_default();
        let (received, sealed, reason, remark) = (field("received"), field("sealed"), field("reason"), field("remark"));
        self.sighted = !field("sighted").is_empty();
        (self.received, self.sealed, self.reason, self.remark) = (received, sealed, reason, remark);
    }

    /// What its controls say, where that differs from what the page showed; a row without a number of copies stays unchecked.
    pub(in crate::console) fn changed_by(&self, fields: &Fields) -> Option<MaterialDraft> {
        let field = |name: &str| fields.get(&format!("{name}.{}", self.code)).map_or("", |value| value.trim());
        let (received, sealed, reason, remark) = (field("received"), field("sealed"), field("reason"), field("remark"));
        let sighted = !field("sighted").is_empty();
        let sent = [received, sealed, if sighted { "yes" } else { "" }, reason, remark].join("\n");
        let shown = fields.get(&format!("shown.{}", self.code)).map(|shown| shown.replace("\r\n", "\n"));
        if received.is_empty() || sent == shown.unwrap_or_else(|| self.shown.clone()) {
            return None;
        }
        // What is no number is refused as one too large, with the row's own words.
        let number = |text: &str| if text.is_empty() { 0 } else { text.parse().unwrap_or(u32::MAX) };
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(MaterialDraft {
            material: self.code.clone(),
            copies_received: number(received),
            copies_stamped: number(sealed),
            original_sighted: sighted,
            reason: given(reason),
            remark: given(remark),
        })
    }
}
