//! What was found in the lines of a table: each with what it names, and whether it can be entered or why not.

use std::collections::BTreeMap;

use actix_web::web::Bytes;

use crate::console::certificates::acts::label;
use crate::console::page::forms::told::Told;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Fault;
use crate::formats::certificates::{CertificateLine, CertificateLines, column_name, encoding};
use crate::service::certificates::import::Imported;

/// Lines that are listed; the rest is counted.
const MOST_ROWS: usize = 300;

/// A line of the table.
pub(super) struct LineRow {
    pub(super) number: usize,
    pub(super) serial: String,
    pub(super) organization: String,
    pub(super) tag: Tag,
    pub(super) faults: Vec<String>,
}

/// What was found.
pub(super) struct Outcome {
    pub(super) title: String,
    pub(super) is_good: bool,
    /// Those with faults first.
    pub(super) rows: Vec<LineRow>,
    pub(super) more: usize,
}

/// What was found in a table; where it isn't one, or has other columns, only what is wrong with it.
pub(super) fn outcome(visitor: &Visitor, table: &Bytes, found: &Imported) -> (Option<Outcome>, Vec<Told>) {
    let messages = visitor.messages;
    let mut by_line = BTreeMap::<usize, Vec<String>>::new();
    for fault in &found.faults {
        by_line.entry(fault.line.unwrap_or_default()).or_default().push(said(visitor, fault));
    }
    let lines = lines(visitor, table);
    if lines.is_empty() {
        let at = |(line, said): (usize, Vec<String>)| {
            let text = messages.with("entering.at_line", &[("line", &line), ("fault", &said.join("；"))]);
            Told { at: "table".to_owned(), text }
        };
        return (None, by_line.into_iter().map(at).collect());
    }
    let (refused, listed) = (by_line.len(), found.fault_count == found.faults.len());
    let all = lines.len();
    let mut rows: Vec<LineRow> = lines.into_iter().map(|line| row(visitor, line, &mut by_line)).collect();
    // A line that can't be read at all is no certificate of any line.
    rows.extend(by_line.into_iter().map(|(number, faults)| LineRow {
        number,
        serial: String::new(),
        organization: String::new(),
        tag: refused_tag(visitor),
        faults,
    }));
    rows.sort_by_key(|row| (row.faults.is_empty(), row.number));
    let title = match (refused, listed) {
        (0, _) => messages.fill("entering.all_good", "lines", all),
        (_, true) => messages.with("entering.some_bad", &[("lines", &all), ("bad", &refused)]),
        _ => messages.with("entering.many_bad", &[("lines", &all), ("faults", &found.fault_count), ("bad", &refused)]),
    };
    let more = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    (Some(Outcome { title, is_good: refused == 0, rows, more }), Vec::new())
}

fn lines(visitor: &Visitor, table: &Bytes) -> Vec<CertificateLine> {
    let read = encoding(table.as_ref()).ok();
    let zone = visitor.service.hall().hours.zone;
    let lines = read.and_then(|written| CertificateLines::new(table.as_ref(), written, zone).ok());
    lines.map(|lines| lines.filter_map(Result::ok).collect()).unwrap_or_default()
}

fn row(visitor: &Visitor, line: CertificateLine, by_line: &mut BTreeMap<usize, Vec<String>>) -> LineRow {
    let faults = by_line.remove(&line.line).unwrap_or_default();
    let good = || Tag::new("ok", visitor.messages.t("entering.good").to_owned());
    LineRow {
        number: line.line,
        serial: line.serial,
        organization: line.organization_name,
        tag: if faults.is_empty() { good() } else { refused_tag(visitor) },
        faults,
    }
}

fn refused_tag(visitor: &Visitor) -> Tag {
    Tag::new("late", visitor.messages.t("entering.bad").to_owned())
}

/// A fault with its column.
fn said(visitor: &Visitor, fault: &Fault) -> String {
    let (messages, column) = (visitor.messages, fault.pointer.trim_start_matches('/'));
    let words = messages.of(&fault.words);
    if column.is_empty() {
        return words.to_owned();
    }
    let called = column_name(column, messages.0).unwrap_or_else(|| messages.t(label(column)));
    messages.with("field.fault", &[("field", &called), ("fault", &words)])
}
