//! An iCalendar file's lines: unfolded, each parsed, with where it stands; and the events they make.
//!
//! Long lines are folded, and programs that count octets fold within Chinese characters (RFC 5545, section 3.1, warns
//! of it), so lines are put together as bytes before they are read as text. Each line is parsed by the `icalendar` crate; the
//! nesting of components is kept on a list here, because the crate's parser of whole files goes as deep into the stack
//! as a file nests, stops at its first fault, and no longer knows the file's lines.

use icalendar::parser::Property;

use super::fault::FileFault;
use super::text::not_utf8;

/// As deep as components may nest. Calendars need three: an alarm in an event in a calendar.
const DEEPEST: usize = 8;

/// A property with the line it begins in.
pub(super) struct Placed {
    pub(super) line: usize,
    /// In upper case.
    pub(super) name: String,
    pub(super) value: String,
    parameters: Vec<(String, String)>,
}

impl Placed {
    /// The value of a parameter such as `TZID`.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A `VEVENT`; what is nested in it, such as an alarm, is left out.
pub(super) struct Event {
    /// Where it begins.
    pub(super) line: usize,
    pub(super) properties: Vec<Placed>,
}

impl Event {
    pub(super) fn property(&self, name: &str) -> Option<&Placed> {
        self.properties.iter().find(|property| property.name == name)
    }
}

/// Every event of a file, and what is wrong with its lines and their nesting.
pub(super) fn events(bytes: &[u8]) -> (Vec<Event>, Vec<FileFault>) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reading = Reading::default();
    for (line, content) in unfolded(bytes) {
        if reading.open.len() > DEEPEST {
            reading.faults.push(FileFault::at(
                line,
                "nested_too_deeply",
                format!("组件嵌套超过{DEEPEST}层"),
                format!("components nest deeper than {DEEPEST}"),
            ));
            break;
        }
        match std::str::from_utf8(&content) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => reading.take(line, text.trim_end()),
            Err(_) => reading.faults.push(not_utf8(line)),
        }
    }
    reading.end()
}

/// The logical lines with the number of the first physical line of each.
fn unfolded(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, lines.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some((_, begun))) => begun.extend_from_slice(rest),
            _ => lines.push((index + 1, line.to_vec())),
        }
    }
    lines
}

#[derive(Default)]
struct Reading {
    /// The components that are open, with where they began.
    open: Vec<(usize, String)>,
    event: Option<Event>,
    events: Vec<Event>,
    /// Whether there was a calendar at all.
    is_calendar: bool,
    faults: Vec<FileFault>,
}

impl Reading {
    fn take(&mut self, line: usize, text: &str) {
        if let Some(name) = after(text, "BEGIN:") {
            self.begin(line, name);
        } else if let Some(name) = after(text, "END:") {
            self.finish(line, name);
        } else if !self.is_calendar {
            self.no_calendar(line);
        } else {
            match placed(line, text) {
                // Properties of an event itself: those of an alarm in it have an open component more.
                Some(property) => {
                    let innermost = self.open.last().is_some_and(|(_, name)| name == "VEVENT");
                    if let Some(event) = self.event.as_mut().filter(|_| innermost) {
                        event.properties.push(property);
                    }
                }
                None => self.faults.push(FileFault::at(
                    line,
                    "line_invalid",
                    "不是iCalendar内容行，应为“名称:值”",
                    "not a line of an iCalendar file, expected NAME:value",
                )),
            }
        }
    }

    fn begin(&mut self, line: usize, name: String) {
        if self.open.is_empty() {
            if name != "VCALENDAR" {
                self.no_calendar(line);
            }
            self.is_calendar = true;
        }
        if name == "VEVENT" && self.event.is_none() {
            self.event = Some(Event { line, properties: Vec::new() });
        }
        self.open.push((line, name));
    }

    fn finish(&mut self, line: usize, name: String) {
        match self.open.pop() {
            Some((_, begun)) if begun == name => {
                let nested = self.open.iter().any(|(_, name)| name == "VEVENT");
                if name == "VEVENT" && !nested {
                    self.events.extend(self.event.take());
                }
            }
            Some((begun_at, begun)) => {
                self.faults.push(FileFault::at(
                    line,
                    "component_mismatched",
                    format!("END:{name}与第{begun_at}行的BEGIN:{begun}不匹配"),
                    format!("END:{name} doesn't end the BEGIN:{begun} of line {begun_at}"),
                ));
                self.open.push((begun_at, begun));
            }
            None => self.faults.push(FileFault::at(
                line,
                "component_mismatched",
                format!("END:{name}没有对应的BEGIN"),
                format!("END:{name} has no BEGIN"),
            )),
        }
    }

    fn no_calendar(&mut self, line: usize) {
        // Said once: what follows may be anything.
        if self.faults.is_empty() {
            self.faults.push(FileFault::at(
                line,
                "not_icalendar",
                "不是iCalendar文件，应以BEGIN:VCALENDAR开头",
                "not an iCalendar file, expected BEGIN:VCALENDAR first",
            ));
        }
        self.is_calendar = true;
    }

    fn end(mut self) -> (Vec<Event>, Vec<FileFault>) {
        if !self.is_calendar {
            self.no_calendar(1);
        }
        for (line, name) in &self.open {
            self.faults.push(FileFault::at(
                *line,
                "component_not_ended",
                format!("BEGIN:{name}没有对应的END"),
                format!("BEGIN:{name} has no END"),
            ));
        }
        (self.events, self.faults)
    }
}

/// What follows a prefix, whatever its case, in upper case.
fn after(text: &str, prefix: &str) -> Option<String> {
    let head = text.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix))?;
    text.get(head.len()..).map(|name| name.trim().to_uppercase())
}

fn placed(line: usize, text: &str) -> Option<Placed> {
    let property = Property::try_from(text).ok()?;
    let (name, value) = (property.name.as_str().to_uppercase(), property.val.as_str().to_owned());
    // The parser takes what it can of a line and leaves the rest, such as a name before a missing colon.
    if name.is_empty() || (value.is_empty() && !text.ends_with(':')) {
        return None;
    }
    let text_of = |value: &icalendar::parser::ParseString<'_>| value.as_str().to_owned();
    let parameters = property
        .params
        .iter()
        .map(|parameter| {
            (parameter.key.as_str().to_uppercase(), parameter.val.as_ref().map(text_of).unwrap_or_default())
        })
        .collect();
    Some(Placed { line, name, value, parameters })
}
