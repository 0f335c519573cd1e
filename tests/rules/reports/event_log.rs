//! The event log: events recorded by one action are one, and whatever the texts, both formats can be read again.

use casehall::domain::case_types::pinned::Pinned;
use casehall::domain::reports::event_log::{LoggedAction, LoggedCase, Movement, actions};
use casehall::formats::{event_log_csv, xes};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use quick_xml::events::Event;

fn event(action: &str, second: u32, actor: &str, movement: Option<(&str, &str)>) -> LoggedAction {
    let at: DateTime<Utc> = format!("2026-03-02T02:00:{second:02}Z").parse().unwrap();
    let movement = movement.map(|(from, to)| Movement { from: Some(from.to_owned()), to: to.to_owned() });
    LoggedAction { action: action.to_owned(), at, actor_id: actor.to_owned(), movement }
}

/// Action and states of what is made of events.
fn made(events: Vec<LoggedAction>, state: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let shown = |action: LoggedAction| match action.movement {
        Some(movement) => (action.action, movement.from, Some(movement.to)),
        None => (action.action, None, None),
    };
    actions(events, state).into_iter().map(shown).collect()
}

fn expected(actions: &[(&str, Option<&str>, Option<&str>)]) -> Vec<(String, Option<String>, Option<String>)> {
    let owned = |text: &Option<&str>| text.map(str::to_owned);
    actions.iter().map(|(action, from, to)| ((*action).to_owned(), owned(from), owned(to))).collect()
}

#[test]
fn what_one_action_recorded_is_one() {
    let events = vec![
        event("open", 0, "a", None),
        event("record_materials", 1, "a", None),
        event("record_materials", 1, "a", None),
        event("reject", 1, "a", None),
        event("reject", 1, "a", Some(("submitted", "rejected"))),
        event("reject", 1, "a", None),
    ];
    let one = expected(&[
        ("open", None, Some("submitted")),
        ("record_materials", None, None),
        ("reject", Some("submitted"), Some("rejected")),
    ]);
    assert_eq!(made(events, "rejected"), one);
}

#[test]
fn what_differs_in_instant_account_or_movement_is_not_one() {
    let events = vec![
        event("open", 0, "a", None),
        event("record_materials", 0, "a", None),
        event("record_materials", 1, "a", None),
        event("record_materials", 1, "b", None),
        event("record_payment", 1, "b", None),
        event("record_materials", 1, "b", None),
        event("turn", 2, "b", Some(("x", "y"))),
        event("turn", 2, "b", Some(("y", "x"))),
    ];
    let found: Vec<String> = made(events, "x").into_iter().map(|action| action.0).collect();
    let materials = "record_materials";
    assert_eq!(found, ["open", materials, materials, materials, "record_payment", materials, "turn", "turn"]);
}

#[test]
fn a_case_that_never_moved_was_opened_into_the_state_it_is_in() {
    assert_eq!(made(vec![event("open", 0, "a", None)], "new"), expected(&[("open", None, Some("new"))]));
    assert_eq!(made(Vec::new(), "new"), expected(&[]));
}

fn case(text: &str) -> LoggedCase {
    let pinned = Pinned { code: text.to_owned(), edition: 1 };
    LoggedCase {
        acceptance_number: text.to_owned(),
        case_type: pinned.clone(),
        workflow: pinned,
        outlet: text.to_owned(),
        actions: vec![event(text, 0, text, Some((text, text))), event(text, 1, text, None)],
    }
}

/// Every value of an attribute in a log; panics where it isn't well-formed.
fn values(xml: &str) -> Vec<String> {
    let (mut reader, mut found, mut depth) = (quick_xml::Reader::from_str(xml), Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Empty(element) => {
                let value = element.try_get_attribute("value").unwrap();
                let read = |value: quick_xml::events::attributes::Attribute<'_>| {
                    value.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned()
                };
                found.extend(value.map(read));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    found
}

fn whole(cases: &[LoggedCase]) -> String {
    let zone = chrono_tz::Asia::Shanghai;
    let parts = [xes::opening().unwrap(), xes::traces(cases, zone).unwrap(), xes::closing()];
    String::from_utf8(parts.concat()).unwrap()
}

#[test]
fn what_xml_cannot_say_is_replaced() {
    let log = whole(&[case("a\u{0}\u{b}\u{1f}<&>\"'\n\u{fffe}\u{ffff}]]>公")]);
    let replaced = "a\u{fffd}\u{fffd}\u{fffd}<&>\"' \u{fffd}\u{fffd}]]>公";
    assert_eq!(values(&log).iter().filter(|value| *value == replaced).count(), 4 + 2 + 4);
}

#[test]
fn a_text_that_a_spreadsheet_program_would_compute_is_made_harmless() {
    let rows = event_log_csv::rows(&[case("=1+1")], chrono_tz::Asia::Shanghai).unwrap();
    assert!(String::from_utf8(rows).unwrap().starts_with("'=1+1,'=1+1,1,'=1+1,1,"));
}

proptest! {
    #[test]
    fn whatever_the_texts_the_log_is_well_formed(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let cases: Vec<LoggedCase> = texts.iter().map(|text| case(text)).collect();
        let log = whole(&cases);
        let empty = values(&whole(&[])).len();
        prop_assert_eq!(values(&log).len(), empty + cases.len() * (6 + 2 * 5 + 2));
        let is_unreadable = |c: char| c < ' ' && c != '\n';
        prop_assert!(!log.contains(is_unreadable));
    }

    #[test]
    fn whatever_the_texts_a_csv_reader_finds_them_again(text in any::<String>()) {
        let zone = chrono_tz::Asia::Shanghai;
        let log = [event_log_csv::header().unwrap(), event_log_csv::rows(&[case(&text)], zone).unwrap()].concat();
        let log = log.strip_prefix("\u{feff}".as_bytes()).unwrap();
        let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(log).records().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), 2);
        for column in [0, 1, 3, 5, 6, 9] {
            let read = &rows[0][column];
            prop_assert!(read == text || read.strip_prefix('\'') == Some(text.as_str()), "{:?}", read);
        }
    }
}
