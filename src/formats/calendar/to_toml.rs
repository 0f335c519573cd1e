//! A year as a file for `config/calendar`.

use std::fmt::Write;

use toml::Value;

use crate::domain::calendar::working_days::{CalendarYear, Notice, holiday_name};

/// The year in the project's own format: [`read_toml`](crate::formats::calendar::read_toml) reads the same year from it.
///
/// An English name stands with its day where it isn't the yearly one.
pub fn write_toml(year: &CalendarYear) -> String {
    let number = year.year();
    let mut text = format!(
        "# Working days of {number} as ordered by the State Council. A date that is not named here is a working day from \
         Monday\n# to Friday and a day off at the weekend.\nyear = {number}\n"
    );
    if !year.missing_kinds().is_empty() {
        text.push_str("allow_incomplete = true\n");
    }
    text.push_str("\nnotices = [\n");
    for notice in year.notices() {
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {{ {} }},", notice_fields(notice).join(", "));
    }
    text.push_str("]\n\ndays = [\n");
    for day in year.days() {
        let kind = day.kind.code();
        let _ = write!(text, "  {{ date = {}, kind = \"{kind}\", name = {}", day.date, quoted(&day.name.zh));
        if holiday_name(&day.name.zh).as_ref() != Some(&day.name) {
            let _ = write!(text, ", name_en = {}", quoted(&day.name.en));
        }
        text.push_str(" },\n");
    }
    text.push_str("]\n");
    text
}

fn notice_fields(notice: &Notice) -> Vec<String> {
    let mut fields = Vec::new();
    let texts = [("address", &notice.address), ("source", &notice.source)];
    fields.extend(texts.iter().filter_map(|(key, text)| Some(format!("{key} = {}", quoted(text.as_ref()?)))));
    if notice.amendment {
        fields.push("amendment = true".to_owned());
    }
    fields.extend(notice.note.iter().map(|note| format!("note = {}", quoted(note))));
    fields
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
