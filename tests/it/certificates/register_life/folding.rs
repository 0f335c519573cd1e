//! A certificate from its events, told by the test itself from the stored JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use super::reading::{CertificateRow, EventRow, ServiceRow};

/// Of a service: usable from, suspended at, closed at.
type Service = (NaiveDateTime, Option<NaiveDateTime>, Option<NaiveDateTime>);

/// An outlet, and a box in it.
type TestDatabase = (String, Option<String>);

/// A certificate as its events tell it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    written: [Option<String>; 7],
    stage: String,
    valid: (NaiveDateTime, NaiveDateTime),
    locked_at: Option<NaiveDateTime>,
    suspended_since: Option<NaiveDateTime>,
    /// Of a lock and of a loss, in order.
    reported_by: [Vec<String>; 2],
    revoked_at: Option<NaiveDateTime>,
    services: BTreeMap<(String, String), Service>,
    /// Outlet and box, while the hall has the medium.
    kept: Option<TestDatabase>,
}

/// A term that was added: the end before, and the end after it.
pub(super) struct Renewal {
    pub(super) case_id: String,
    pub(super) before: NaiveDateTime,
    pub(super) after: NaiveDateTime,
}

/// What the events say, with every renewal among them.
pub(super) fn told(events: &[EventRow]) -> (Told, Vec<Renewal>) {
    let (mut told, mut renewals) = (Told::default(), Vec::new());
    for event in events {
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(data["kind"], event.kind);
        // What was recorded wrongly is put right, and a medium may come and go, whatever has become of the certificate.
        let whatever = ["boxed", "taken_in", "given_back", "medium_retired"];
        let whatever = whatever.contains(&event.kind.as_str()) || event.kind.starts_with("correct");
        assert!(told.revoked_at.is_none() || whatever, "{} after the end", event.kind);
        match event.kind.as_str() {
            "registered" | "made" => {
                let entered = &data["certificate"];
                told.written = written(entered);
                // What a second person has to approve says so.
                let waits = entered["approval"].is_object();
                let entered_as = if waits { "unapproved" } else { "active" };
                told.stage = if event.kind == "made" { "made" } else { entered_as }.to_owned();
                told.valid = (instant(&entered["valid_from"]), instant(&entered["valid_until"]));
                told.kept = entered["stay"].is_object().then(|| database(&entered["stay"]));
                told.locked_at = entered["lock"].is_object().then(|| instant(&entered["lock"]["at"]));
                told.reported_by[0].extend(entered["lock"]["reported_by"].as_str().map(str::to_owned));
                for open in entered["services"].as_array().unwrap() {
                    told.services.insert(named(open), (instant(&open["usable_from"]), None, None));
                }
            }
            "boxed" => {
                assert_eq!(told.kept, Some(database(&data["before"])), "it was there");
                told.kept = Some(database(&data["after"]));
                if told.stage == "made" {
                    told.stage = "in_custody".to_owned();
                }
            }
            "issued" => {
                assert!(told.kept.take().is_some(), "handed over, though nobody had it");
                told.stage = "issued".to_owned();
            }
            "taken_in" => {
                let before = told.kept.replace(database(&data["stay"]));
                assert_eq!(before, None, "in two places");
            }
            "given_back" | "medium_retired" => {
                assert!(told.kept.take().is_some(), "given back, though nobody had it");
            }
            "activated" | "registration_approved" => told.stage = "active".to_owned(),
            // What another reports as well changes nothing that is shown.
            "lock_reported" => {
                told.locked_at = told.locked_at.or(Some(instant(&data["lock"]["at"])));
                told.reported_by[0].extend(data["lock"]["reported_by"].as_str().map(str::to_owned));
            }
            "unlocked" => (told.locked_at, told.reported_by[0]) = (None, Vec::new()),
            "suspended" => {
                told.suspended_since = told.suspended_since.or(Some(instant(&data["suspension"]["since"])));
                told.reported_by[1].extend(data["suspension"]["reported_by"].as_str().map(str::to_owned));
            }
            "restored" => (told.suspended_since, told.reported_by[1]) = (None, Vec::new()),
            "revoked" => {
                if ["made", "in_custody"].contains(&told.stage.as_str()) {
                    told.kept = None; // scrapped
                }
                told.stage = "revoked".to_owned();
                told.revoked_at = Some(event.at);
                told.services.values_mut().for_each(|(_, _, closed)| *closed = closed.or(Some(event.at)));
            }
            "renewed" => {
                let after = instant(&data["valid_until"]);
                assert_eq!(instant(&data["before"]), told.valid.1, "no gap and no overlap");
                let case_id = data["case_id"].as_str().unwrap().to_owned();
                renewals.push(Renewal { case_id, before: told.valid.1, after });
                told.valid.1 = after;
            }
            "changed" | "corrected" => {
                assert_eq!(told.written, written(&data["before"]));
                told.written = written(&data["after"]);
            }
            "service_opened" => {
                told.services.insert(named(&data), (instant(&data["usable_from"]), None, None));
            }
            "service_suspended" => told.services.get_mut(&named(&data)).unwrap().1 = Some(event.at),
            "service_restored" => told.services.get_mut(&named(&data)).unwrap().1 = None,
            "service_closed" => told.services.get_mut(&named(&data)).unwrap().2 = Some(event.at),
            // What was asked to be put right changes nothing yet.
            _ => {}
        }
    }
    (told, renewals)
}

/// What the row says, in the same form.
pub(super) fn stands(row: &CertificateRow) -> Told {
    let some = |text: &String| Some(text.clone());
    let of = |row: &ServiceRow| {
        ((row.service.clone(), row.code.clone()), (row.usable_from, row.suspended_at, row.closed_at))
    };
    Told {
        written: [
            some(&row.serial),
            some(&row.medium_number),
            some(&row.organization_code),
            row.unified_code.clone(),
            some(&row.organization_name),
            row.handler.clone(),
            row.seal.clone(),
        ],
        stage: row.stage.clone(),
        valid: (row.valid_from, row.valid_until),
        locked_at: row.locked_at,
        suspended_since: row.suspended_since,
        reported_by: row.reported_by.clone(),
        revoked_at: row.revoked_at,
        services: row.services.iter().map(of).collect(),
        kept: row.kept_at.clone().map(|outlet| (outlet, row.box_number.clone())),
    }
}

fn written(particulars: &Value) -> [Option<String>; 7] {
    let fields =
        ["serial", "medium_number", "organization_code", "unified_code", "organization_name", "handler", "seal"];
    let mut written = fields.map(|field| particulars[field].as_str().map(str::to_owned));
    written[5] = written[5].take().map(encrypted);
    written
}

/// A name that is stored encrypted, of which SQL tells no more than that it is there.
pub(super) fn encrypted(gap: String) -> String {
    assert!(gap.starts_with('\u{1}'), "{gap} stands there in clear");
    "somebody".to_owned()
}

fn named(service: &Value) -> (String, String) {
    (service["service"].as_str().unwrap().to_owned(), service["code"].as_str().unwrap().to_owned())
}

fn database(value: &Value) -> TestDatabase {
    (value["outlet"].as_str().unwrap().to_owned(), value["box_number"].as_str().map(str::to_owned))
}

fn instant(value: &Value) -> NaiveDateTime {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().naive_utc()
}
