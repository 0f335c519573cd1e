//! Validates typed data field by field, so that one answer has all faults.
//!
//! Cast: a `Form` reads fields, cleaned as [`super::text`] says, and remembers the fault of each with its pointer.

use chrono::NaiveDate;

use super::organization_code::IdentifierFault;
use super::person::holds_number;
use super::search_key;
use super::text;
use super::words::{Fault, Words};

/// Most characters of a name.
pub const NAME_CHARACTERS: usize = 120;
/// Most characters of a reason or a remark.
pub const REMARK_CHARACTERS: usize = 500;

/// Collects faults field by field.
#[derive(Default)]
pub(crate) struct Form(pub(crate) Vec<Fault>);

impl Form {
    pub(crate) fn fault(&mut self, pointer: &str, code: &'static str, zh: &str, en: &str) {
        self.0.push(Fault::new(pointer, code, Words::new(zh, en)));
    }

    pub(crate) fn not_one_of(&mut self, pointer: &str, known: &[&str]) {
        let (zh, en) = (known.join("、"), known.join(", "));
        self.fault(pointer, "not_one_of", &format!("须为以下之一：{zh}"), &format!("must be one of: {en}"));
    }

    /// A code, where it is a known one.
    pub(crate) fn known(&mut self, pointer: &str, code: &str, known: &[&str]) -> Option<String> {
        if !known.contains(&code) {
            self.not_one_of(pointer, known);
            return None;
        }
        Some(code.to_owned())
    }

    /// A name, a number, anything that stands on one line.
    pub(crate) fn line(&mut self, pointer: &str, text: &str, most: usize) -> Option<String> {
        self.printable(pointer, text::line(text, most), most)
    }

    /// The name of a person.
    pub(crate) fn person_name(&mut self, pointer: &str, text: &str) -> Option<String> {
        self.printable(pointer, text::person_name(text, NAME_CHARACTERS), NAME_CHARACTERS)
    }

    /// What people call a box or a window.
    pub(crate) fn code(&mut self, pointer: &str, text: &str, most: usize) -> Option<String> {
        self.printable(pointer, text::code(text, most), most)
    }

    /// A reason or a remark, of one or several lines.
    pub(crate) fn text(&mut self, pointer: &str, text: &str, most: usize) -> Option<String> {
        self.printable(pointer, text::paragraphs(text, most), most)
    }

    /// A reason that is kept for ever, and so holds no number of a person.
    pub(crate) fn lasting_reason(&mut self, pointer: &str, text: &str) -> Option<String> {
        let reason = self.text(pointer, text, REMARK_CHARACTERS);
        if reason.as_deref().is_some_and(holds_number) {
            let en = "must not hold a person's number: it is kept for ever";
            self.fault(pointer, "holds_number", "不得填写证件号码或电话：理由将永久留存", en);
        }
        reason
    }

    pub(in crate::domain) fn printable<T>(&mut self, pointer: &str, found: Option<T>, most: usize) -> Option<T> {
        if found.is_none() {
            let zh = format!("须为1至{most}个字，不得含有无法打印的字符");
            self.fault(pointer, "bad_text", &zh, &format!("must be 1 to {most} printable characters"));
        }
        found
    }

    pub(crate) fn serial(&mut self, pointer: &str, text: &str) -> Option<String> {
        let found = text::serial(text);
        if found.is_none() {
            let en = "must be 4 to 64 letters, digits and hyphens";
            self.fault(pointer, "bad_serial", "须为4至64位字母、数字或连字符", en);
        }
        found
    }

    pub(crate) fn identifier<T>(&mut self, pointer: &str, parsed: Result<T, IdentifierFault>) -> Option<T> {
        parsed.map_err(|fault| self.0.push(Fault::new(pointer, fault.code(), fault.words()))).ok()
    }

    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }

    /// Days of which the last isn't before the first: the fault stands at the last.
    pub(crate) fn days(&mut self, pointer: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) {
        if let Some((from, to)) = from.zip(to)
            && to < from
        {
            self.fault(pointer, "invalid_value", &format!("不得早于 {from}"), &format!("must not be before {from}"));
        }
    }

    /// What another check found, and else nothing.
    pub(crate) fn found<T: Default>(&mut self, found: Result<T, Vec<Fault>>) -> T {
        found.unwrap_or_else(|faults| {
            self.0.extend(faults);
            T::default()
        })
    }

    /// A part of a name that is searched for, as its search key.
    pub(crate) fn name_part(&mut self, pointer: &str, text: &str) -> Option<String> {
        let key = search_key::key(text);
        if key.chars().count() < search_key::FEWEST_CHARACTERS {
            self.fault(pointer, "too_short", "至少填写两个字", "must have two characters at least");
            return None;
        }
        Some(key)
    }
}
