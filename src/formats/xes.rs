//! The event log as XES (IEEE 1849-2016, revised 2023), the format of process mining tools, a part at a time.
//!
//! Cast: [`opening`], then [`traces`] for every part, then [`closing`]. A case is a trace, an action of it an event. Of
//! the standard's extensions concept, lifecycle, organizational and time are used; attributes whose key has no prefix are
//! the hall's own, as the standard allows, and the two `global` scopes say which of them every trace and event has.
//!
//! Guarantees: the parts together are well-formed whatever the texts contain; without the last part they are not, so that
//! half a log is never taken for a whole one.

use std::borrow::Cow;
use std::io;

use chrono::SecondsFormat;
use chrono_tz::Tz;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};
use quick_xml::writer::Writer;

use crate::domain::reports::event_log::{LoggedAction, LoggedCase};

/// Name, prefix and address of the standard's extensions that are used.
const EXTENSIONS: [(&str, &str, &str); 4] = [
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
];

/// What every trace has: type, key, and the value that a reader takes where one is missing.
const OF_TRACES: [(&str, &str, &str); 6] = [
    ("string", "concept:name", "UNKNOWN"),
    ("string", "case_type", "UNKNOWN"),
    ("int", "case_type_edition", "0"),
    ("string", "workflow", "UNKNOWN"),
    ("int", "workflow_edition", "0"),
    ("string", "outlet", "UNKNOWN"),
];

/// What every event has.
const OF_EVENTS: [(&str, &str, &str); 5] = [
    ("string", "concept:name", "UNKNOWN"),
    ("string", "lifecycle:transition", "complete"),
    ("date", "time:timestamp", "1970-01-01T00:00:00.000+00:00"),
    ("string", "org:resource", "UNKNOWN"),
    ("boolean", "moves", "false"),
];

/// Name and keys of what makes two events the same activity.
const CLASSIFIERS: [(&str, &str); 2] = [("Action", "concept:name"), ("Account", "org:resource")];

type Xml = Writer<Vec<u8>>;

/// What comes before the first trace.
///
/// # Errors
/// None that is known: what writes into memory doesn't fail.
pub fn opening() -> io::Result<Vec<u8>> {
    let mut xml = xml();
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let log = [("xes.version", "1849-2016"), ("xes.features", ""), ("xmlns", "http://www.xes-standard.org/")];
    xml.write_event(Event::Start(BytesStart::new("log").with_attributes(log)))?;
    for (name, prefix, uri) in EXTENSIONS {
        empty(&mut xml, "extension", &[("name", name), ("prefix", prefix), ("uri", uri)])?;
    }
    for (scope, attributes) in [("trace", &OF_TRACES[..]), ("event", &OF_EVENTS[..])] {
        xml.write_event(Event::Start(BytesStart::new("global").with_attributes([("scope", scope)])))?;
        for (kind, key, value) in attributes {
            attribute(&mut xml, kind, key, value)?;
        }
        xml.write_event(Event::End(BytesEnd::new("global")))?;
    }
    for (name, keys) in CLASSIFIERS {
        empty(&mut xml, "classifier", &[("name", name), ("keys", keys)])?;
    }
    attribute(&mut xml, "string", "concept:name", "Casehall")?;
    attribute(&mut xml, "string", "lifecycle:model", "standard")?;
    Ok(xml.into_inner())
}

/// Traces, with instants in the hall's zone, to the millisecond: some readers know no finer ones.
///
/// # Errors
/// As [`opening`].
pub fn traces(cases: &[LoggedCase], zone: Tz) -> io::Result<Vec<u8>> {
    let mut xml = xml();
    for case in cases {
        xml.write_indent()?;
        xml.write_event(Event::Start(BytesStart::new("trace")))?;
        attribute(&mut xml, "string", "concept:name", &case.acceptance_number)?;
        attribute(&mut xml, "string", "case_type", &case.case_type.code)?;
        attribute(&mut xml, "int", "case_type_edition", &case.case_type.edition.to_string())?;
        attribute(&mut xml, "string", "workflow", &case.workflow.code)?;
        attribute(&mut xml, "int", "workflow_edition", &case.workflow.edition.to_string())?;
        attribute(&mut xml, "string", "outlet", &case.outlet)?;
        for action in &case.actions {
            event(&mut xml, action, zone)?;
        }
        xml.write_event(Event::End(BytesEnd::new("trace")))?;
    }
    Ok(xml.into_inner())
}

/// What comes after the last trace.
pub fn closing() -> Vec<u8> {
    b"\n</log>\n".to_vec()
}

fn event(xml: &mut Xml, action: &LoggedAction, zone: Tz) -> io::Result<()> {
    let at = action.at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false);
    xml.write_event(Event::Start(BytesStart::new("event")))?;
    attribute(xml, "string", "concept:name", &action.action)?;
    attribute(xml, "string", "lifecycle:transition", "complete")?;
    attribute(xml, "date", "time:timestamp", &at)?;
    attribute(xml, "string", "org:resource", &action.actor_id)?;
    attribute(xml, "boolean", "moves", if action.movement.is_some() { "true" } else { "false" })?;
    if let Some(movement) = &action.movement {
        if let Some(from) = &movement.from {
            attribute(xml, "string", "from_state", from)?;
        }
        attribute(xml, "string", "to_state", &movement.to)?;
    }
    xml.write_event(Event::End(BytesEnd::new("event")))
}

/// Each element on a line of its own, without blanks before it: a large log is small enough to read and to compare.
fn xml() -> Xml {
    Writer::new_with_indent(Vec::new(), b' ', 0)
}

fn attribute(xml: &mut Xml, kind: &str, key: &str, value: &str) -> io::Result<()> {
    empty(xml, kind, &[("key", key), ("value", &readable(value))])
}

fn empty(xml: &mut Xml, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
    xml.write_event(Event::Empty(BytesStart::new(name).with_attributes(attributes.iter().copied())))
}

/// The text with U+FFFD for what XML 1.0 has no way to write, not even escaped, and a blank for what a reader would make
/// one of in an attribute (XML 1.0, productions 2 and section 3.3.3).
fn readable(text: &str) -> Cow<'_, str> {
    let is_blank = |c: char| matches!(c, '\t' | '\n' | '\r');
    let is_unknown = |c: char| matches!(c, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_unknown) {
        return Cow::Borrowed(text);
    }
    let written = |c: char| match c {
        c if is_blank(c) => ' ',
        c if is_unknown(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    Cow::Owned(text.chars().map(written).collect())
}
