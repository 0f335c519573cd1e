//! A database that an earlier version left opens, and everything in it reads as before.
//!
//! `tests/data/upgrade/1` is what version 1 of the stored form left: cases of every type in every state of its workflow,
//! certificates in every state, every kind of event, and what that version answered at one instant to some hundred reads
//! and to requests that had been sent before. Whoever changes the stored form adds a migration here, and whoever changes an
//! answer on purpose says in `changed` how.

mod changed;

use std::io::Read;
use std::path::{Path, PathBuf};

use casehall::domain::cases::case::fold;
use casehall::domain::evidence::finding::FindingKind;
use casehall::service::accounts::caller::Caller;
use casehall::service::cases::case::CaseKey;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};

use self::changed::{changed, difference, without_new_members, without_words};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, send};

on_both!(
    everything_in_a_database_of_version_1_reads_as_before,
    names_and_windows_of_version_1_are_found_as_they_are_typed_now,
    persons_that_nobody_would_take_now_are_still_read,
    payments_of_version_1_have_their_takers,
    what_guards_a_database_of_version_1_is_what_guards_a_new_one,
);

async fn what_guards_a_database_of_version_1_is_what_guards_a_new_one(database: TestDatabase) {
    let hall = of_version_1(database.address.is_postgres()).await;
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap().findings;
    let differing = found.iter().filter(|finding| finding.kind == FindingKind::GuardDiffers);
    assert_eq!(differing.map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
}

/// Whoever took a payment doesn't give it back, and so must be known of those that were taken before.
async fn payments_of_version_1_have_their_takers(database: TestDatabase) {
    let hall = of_version_1(database.address.is_postgres()).await;
    let supervisor = Person::at(&hall.base, &*hall.clock, "supervisor");
    let (caller, mut payments) = (crate::hall::registering::supervisor("reader"), 0);
    for case in list(&supervisor.get("/cases?limit=200").await.expect(200)["items"]) {
        let key = CaseKey::Id(text(&case["id"]).parse().unwrap());
        let (case, events) = hall.running.service.timeline(&caller, key).await.unwrap();
        assert_eq!(fold(case.id, &events).unwrap().money, case.money, "as the events have it");
        assert!(case.money.payments.iter().all(|payment| payment.taken_by.len() == 1), "{:?}", case.money);
        payments += case.money.payments.len();
    }
    assert!(payments > 3, "{payments}");
}

/// Phones and a collector's document as they were taken once: an extension without a mark, a prefix that there isn't, anything.
async fn persons_that_nobody_would_take_now_are_still_read(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    let database = TestDatabase::empty(is_postgres);
    let dump = unpacked(&format!("{kind}.sql.gz"))
        .replace("+862038828393", "+8620388283938012")
        .replace("+8613800138000", "+8614200138000")
        .replace(r#""document_number":"440199196706237621""#, r#""document_number":"军官证 南字0147""#);
    database.tamper(&dump);
    let answers = answers(kind);
    let now: DateTime<Utc> = text(&answers["instant"]).parse().unwrap();
    let settings: Vec<(&str, &str)> =
        list(&answers["settings"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let directory = tempfile::tempdir().unwrap();
    let hall = Hall::start(database, directory, &settings, Some(&data().join("config")), now).await.unwrap();
    let supervisor = Person::at(&hall.base, &*hall.clock, "supervisor");
    let (mut phones, mut collectors) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    let cases = list(&answers["reads"]).iter().map(|read| text(&read["path"]));
    for path in cases.filter(|path| path.starts_with("/cases/") && path.ends_with("/events")) {
        supervisor.get(path).await.expect(200);
        let case = supervisor.get(path.trim_end_matches("/events")).await.expect(200);
        let application = &case["application"];
        phones.extend(
            [&application["applicant"], &application["agent"]].map(|who| who["phone"].as_str().map(str::to_owned)),
        );
        collectors.extend(case["collector"]["document_number"].as_str().map(str::to_owned));
    }
    let phones: Vec<_> = phones.iter().flatten().map(String::as_str).collect();
    assert!(phones.contains(&"020-****8393-8012") && phones.contains(&"142****8000"), "{phones:?}");
    assert!(collectors.contains("******0147"), "{collectors:?}");
    let open = supervisor.get("/cases?state=submitted&limit=1").await.expect(200);
    let case = text(&open["items"][0]["acceptance_number"]);
    let correction = json!({ "correction": { "certificate_contact": { "name": "曾国栋", "phone": "13900139001" } }, "reason": "补填" });
    supervisor.act(case, "correct_application", &correction).await.expect(200);
}

async fn names_and_windows_of_version_1_are_found_as_they_are_typed_now(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let database = TestDatabase::empty(is_postgres);
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    database.tamper(&unpacked(&format!("{kind}.sql.gz")));
    let answers: Value = answers(kind);
    let certificate = "(SELECT id FROM certificates WHERE serial = 'OLD-000001')";
    let parts = ["买买", "买提", "提•", "•吐", "吐\u{200B}", "\u{200B}尔", "尔逊"];
    let part = |part: &str| {
        format!(
            "INSERT INTO certificate_name_parts (field, part, certificate_id) VALUES ('handler', '{part}', {certificate});"
        )
    };
    database.tamper(&format!(
        "DELETE FROM certificate_name_parts WHERE field = 'handler' AND certificate_id = {certificate};
         UPDATE certificates SET handler = '买买提•吐\u{200B}尔逊', handler_key = '买买提•吐\u{200B}尔逊' WHERE serial = 'OLD-000001';
         UPDATE takings SET at_window = ' ３\u{200B}' WHERE at_window = '3'; {}",
        parts.map(part).concat()
    ));
    let now: DateTime<Utc> = text(&answers["instant"]).parse().unwrap();
    let settings: Vec<(&str, &str)> =
        list(&answers["settings"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let directory = tempfile::tempdir().unwrap();
    let hall = Hall::start(database, directory, &settings, Some(&data().join("config")), now).await.unwrap();
    let supervisor = Person::at(&hall.base, &*hall.clock, "supervisor");
    let found = supervisor.get("/certificates?handler=%E6%8F%90%C2%B7%E5%90%90%E5%B0%94").await.expect(200);
    let serials: Vec<&str> = list(&found["items"]).iter().map(|certificate| text(&certificate["serial"])).collect();
    assert_eq!(serials, ["OLD-000001"], "提·吐尔");
    // Cases had no index of names.
    let all = supervisor.get("/cases?limit=200").await.expect(200);
    let name = text(&all["items"][0]["organization_name"]);
    let part: String =
        name.chars().take(4).flat_map(|c| c.to_string().into_bytes()).map(|b| format!("%{b:02X}")).collect();
    let found = supervisor.get(&format!("/cases?name={part}")).await.expect(200);
    assert!(list(&found["items"]).iter().any(|case| case["organization_name"] == name), "{name} in {found:#}");
    let report = supervisor.get("/reports/cash_up?from=2026-03-02&to=2026-05-20&by=period").await.expect(200);
    let windows: std::collections::BTreeSet<Option<&str>> =
        list(&report["table"]["rows"]).iter().map(|row| row["window"].as_str()).collect();
    assert!(
        windows.contains(&Some("3")) && windows.iter().flatten().all(|window| window.trim() == *window),
        "{windows:?}"
    );
}

async fn everything_in_a_database_of_version_1_reads_as_before(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    let database = TestDatabase::empty(is_postgres);
    database.tamper(&unpacked(&format!("{kind}.sql.gz")));
    let answers: Value = answers(kind);
    let now: DateTime<Utc> = text(&answers["instant"]).parse().unwrap();
    let settings: Vec<(&str, &str)> =
        list(&answers["settings"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let directory = tempfile::tempdir().unwrap();
    let hall = Hall::start(database, directory, &settings, Some(&data().join("config")), now).await.unwrap();
    let asker = |name: &str| match name {
        "portal" => Person::system(&hall.base, &*hall.clock, name, text(&answers["client"]["secret"])),
        name => Person::at(&hall.base, &*hall.clock, name),
    };
    let names =
        ["clerk", "clerk-panyu", "producer", "supervisor", "supervisor-two", "administrator", "auditor", "portal"];
    let askers: Vec<(&str, Person<'_>)> = names.into_iter().map(|name| (name, asker(name).in_chinese())).collect();
    let mut differing = Vec::new();
    for before in list(&answers["reads"]) {
        let (_, person) = askers.iter().find(|(name, _)| *name == text(&before["as"])).unwrap();
        let path = text(&before["path"]);
        let answer = send(person.request(Method::GET, path).await).await;
        // A tag names the version, as then, and the bytes of the answer; that of the 24-hour answer nothing else.
        let same_tag = path.contains("/authorizations/")
            || answer.version() == before["etag"].as_str().unwrap_or_default().trim_matches('"');
        let same = answer.status == before["status"] && same_tag;
        let changed = changed(path, &before["body"], &answer.body);
        if !same || changed.is_some() {
            differing.push(format!("{path}: {} {}", answer.status, changed.unwrap_or_default()));
        }
    }
    for before in list(&answers["replays"]) {
        let mut before = before.clone();
        // What another system is told of an assignment is what the call answers it.
        if before["as"] == "portal" {
            let offers = before["body"]["assignment"].as_array_mut();
            for offer in offers.into_iter().flatten() {
                offer["blocked_by"] = json!([{ "code": "forbidden" }]);
            }
        }
        let person = asker(text(&before["as"]));
        let answer = person.post_once(text(&before["path"]), text(&before["key"]), &before["request"]).await;
        let changed =
            difference("", &without_words(&before["body"]), &without_words(&without_new_members(&answer.body)));
        if changed.is_some() || answer.header("ETag") != text(&before["etag"]) {
            differing.push(format!("{}, sent again: {}", before["path"], changed.unwrap_or_default()));
        }
    }
    assert!(differing.is_empty(), "{} answer(s) differ:\n{}", differing.len(), differing.join("\n"));
}

/// A hall that starts on the database that version 1 left, at the instant of its answers.
pub(crate) async fn of_version_1(postgres: bool) -> Hall {
    let kind = if postgres { "postgres" } else { "sqlite" };
    let database = TestDatabase::empty(postgres);
    database.tamper(&unpacked(&format!("{kind}.sql.gz")));
    let answers = answers(kind);
    let now: DateTime<Utc> = text(&answers["instant"]).parse().unwrap();
    let settings: Vec<(&str, &str)> =
        list(&answers["settings"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    Hall::start(database, tempfile::tempdir().unwrap(), &settings, Some(&data().join("config")), now).await.unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/upgrade/1")
}

pub(crate) fn unpacked(file: &str) -> String {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(data().join(file)).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// What version 1 answered; with landlines and identity numbers masked as they are now, and a row that nobody checked in its present words.
pub(crate) fn answers(kind: &str) -> Value {
    let shown = [
        ("203***8393", "020-****8393"),
        ("**************7621", "440***********7621"),
        ("**************0694", "440***********0694"),
        ("》尚未核验", "》未核验"),
    ];
    let text = unpacked(&format!("answers-{kind}.json.gz"));
    serde_json::from_str(&shown.iter().fold(text, |text, (before, now)| text.replace(before, now))).unwrap()
}
