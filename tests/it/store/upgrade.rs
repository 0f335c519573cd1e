//! A database that an earlier version left opens, and everything in it reads as before.
//!
//! `tests/data/upgrade/1` is what version 1 of the stored form left: cases of every type in every state of its workflow,
//! certificates in every state, every kind of event, and what that version answered at one instant to some hundred reads
//! and to requests that had been sent before. Whoever changes the stored form adds a migration here, and whoever changes an
//! answer on purpose says in [`changed`] how.

use std::io::Read;
use std::path::{Path, PathBuf};

use casehall::domain::cases::case::fold;
use casehall::service::cases::case::CaseKey;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, send};

on_both!(
    everything_in_a_database_of_version_1_reads_as_before,
    names_and_windows_of_version_1_are_found_as_they_are_typed_now,
    persons_that_nobody_would_take_now_are_still_read,
    payments_of_version_1_have_their_takers,
);

/// Whoever took a payment doesn't give it back, and so must be known of those that were taken before.
async fn payments_of_version_1_have_their_takers(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    let database = TestDatabase::empty(is_postgres);
    database.tamper(&unpacked(&format!("{kind}.sql.gz")));
    let answers = answers(kind);
    let now: DateTime<Utc> = text(&answers["instant"]).parse().unwrap();
    let settings: Vec<(&str, &str)> =
        list(&answers["settings"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    let directory = tempfile::tempdir().unwrap();
    let hall = Hall::start(database, directory, &settings, Some(&data().join("config")), now).await.unwrap();
    let supervisor = Person::at(&hall.base, &*hall.clock, "supervisor");
    let (caller, mut payments) = (crate::hall::registering::supervisor("reader"), 0);
    for case in list(&supervisor.get("/cases?limit=200").await.expect(200)["cases"]) {
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
    let case = text(&open["cases"][0]["acceptance_number"]);
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
    let serials: Vec<&str> =
        list(&found["certificates"]).iter().map(|certificate| text(&certificate["serial"])).collect();
    assert_eq!(serials, ["OLD-000001"], "提·吐尔");
    // Cases had no index of names.
    let all = supervisor.get("/cases?limit=200").await.expect(200);
    let name = text(&all["cases"][0]["organization_name"]);
    let part: String =
        name.chars().take(4).flat_map(|c| c.to_string().into_bytes()).map(|b| format!("%{b:02X}")).collect();
    let found = supervisor.get(&format!("/cases?name={part}")).await.expect(200);
    assert!(list(&found["cases"]).iter().any(|case| case["organization_name"] == name), "{name} in {found:#}");
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
        // The tag of the 24-hour answer is a digest of it, with its words.
        let same_tag =
            path.contains("/authorizations/") || answer.header("ETag") == before["etag"].as_str().unwrap_or_default();
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

/// Where an answer differs from that of version 1, but for what was changed on purpose.
fn changed(path: &str, before: &Value, now: &Value) -> Option<String> {
    let now = &without_new_members(now);
    // A case is named only to those who see it.
    let mut before = before.clone();
    if path.ends_with("/eligibility") && now["alternatives"] == json!([]) {
        before["alternatives"] = json!([]);
    }
    let before = &before;
    let is_timeline = path.starts_with("/cases/") && path.ends_with("/events");
    if !is_timeline {
        // What is no JSON, such as the event log as CSV, is compared to the letter.
        let is_text = before.is_string();
        return if is_text {
            difference("", &before.as_str().map(|text| text.replacen("原收据", "原票据号", 1)).into(), now)
        } else {
            difference("", &without_words(before), &without_words(now))
        };
    }
    let (before, now) = (list(&before["events"]), list(&now["events"]));
    let moved = |(before, now): (&Value, &Value)| difference("", &in_one_vocabulary(before, now), now);
    if before.len() == now.len() { before.iter().zip(now).find_map(moved) } else { Some("its length".to_owned()) }
}

/// An answer without the members that there were none of, after they have the value of what was stored before them.
fn without_new_members(answer: &Value) -> Value {
    let before = [
        ("kind", json!("enterprise"), "organization_code"),
        ("document_type", json!("resident_identity_card"), "identity_number"),
        ("document_country", Value::Null, "identity_number"),
        ("responsibility_letter", Value::Null, "payment_method"),
        ("declined", json!(0), "rejected"),
        ("import", Value::Null, "medium_number"),
        ("registration", Value::Null, "medium_number"),
        ("reference", Value::Null, "reported_by"),
        ("holds", json!([]), "acceptance_number"),
        ("persons_erased_at", Value::Null, "acceptance_number"),
        ("persons_erased_at", Value::Null, "medium_number"),
    ];
    // Reports count what was declined, and a limit that has passed is extended no more.
    let is_column = |value: &Value| value["code"] == "declined" && value["kind"] == "integer";
    // Whoever took a payment is told besides that somebody else cancels it.
    let is_new_reason = |value: &Value| value["code"] == "second_person_needed";
    // What is told whenever the case was stored: it stands in the settings, the definitions or the timeline.
    let told_besides = [
        ("hall", "acceptance_number"),
        ("handover", "acceptance_number"),
        ("address", "telephone"),
        ("telephone", "telephone"),
        ("opening_hours", "telephone"),
        ("map", "telephone"),
        ("login_address", "support_line"),
        ("support_line", "support_line"),
        ("extensions", "pauses"),
        ("also_called", "copies_go_to"),
        ("name_for_other_kinds", "copies_go_to"),
        ("application_notes", "asks"),
        ("responsibility_letter", "asks"),
    ];
    match answer {
        // An addition asks for no letter and no collection method any more.
        Value::Array(values) if *answer == json!(["applications", "service_years", "payment_method"]) => {
            values.iter().cloned().chain(["collection_method", "responsibility_letter"].map(Value::from)).collect()
        }
        Value::Array(values) => {
            let kept = values.iter().filter(|value| !is_column(value) && !is_new_reason(value));
            kept.map(without_new_members).collect()
        }
        // Nor does whoever took a payment end the case with which it is given back.
        Value::Object(members)
            if ["limit_passed", "second_person_needed"].map(Value::from).contains(&answer["blocked_by"][0]["code"]) =>
        {
            let mut offer = members.clone();
            offer.extend([("allowed".to_owned(), json!(true)), ("blocked_by".to_owned(), json!([]))]);
            offer.into()
        }
        Value::Object(members) => {
            let is_new = |name: &str, value: &Value| {
                let stored = before
                    .iter()
                    .any(|(new, default, beside)| name == *new && value == default && members.contains_key(*beside));
                stored || told_besides.iter().any(|(new, beside)| name == *new && members.contains_key(*beside))
            };
            let kept = members.iter().filter(|(name, value)| !is_new(name, value));
            kept.map(|(name, value)| (name.clone(), without_new_members(value))).collect::<Map<_, _>>().into()
        }
        _ => answer.clone(),
    }
}

/// An event of a case as it is now: what a case did to a certificate has the kind and the data that it has in the
/// certificate's own record, with `id` and `serial` of the certificate. What was said before must still be said.
fn in_one_vocabulary(before: &Value, now: &Value) -> Value {
    let kinds = [
        ("certificate_made", "certificate_made"),
        ("certificate_voided", "certificate_revoked"),
        ("certificate_issued", "certificate_issued"),
        ("certificate_activated", "certificate_activated"),
        ("medium_boxed", "certificate_boxed"),
        ("held_medium_taken", "certificate_taken_in"),
        ("held_medium_returned", "certificate_given_back"),
        ("held_medium_retired", "certificate_medium_retired"),
        ("held_certificate_unlocked", "certificate_unlocked"),
        ("held_certificate_renewed", "certificate_renewed"),
        ("held_certificate_changed", "certificate_changed"),
        ("held_certificate_suspended", "certificate_suspended"),
        ("held_certificate_revoked", "certificate_revoked"),
        ("service_opened", "certificate_service_opened"),
    ];
    let mut expected = before.clone();
    let Some((old, new)) = kinds.iter().find(|(old, _)| before["kind"] == *old) else { return expected };
    expected["kind"] = (*new).into();
    expected["data"] = now["data"].clone();
    let mut said = before["data"].as_object().unwrap().clone();
    said.remove("years"); // the two ends say it
    if let Some(certificate) = said.remove("certificate") {
        for name in ["id", "serial"] {
            expected["data"][name] = certificate[name].clone();
        }
        for name in ["serial", "medium_number", "valid_from", "valid_until"] {
            if *old == "certificate_made" {
                expected["data"]["certificate"][name] = certificate[name].clone();
            }
        }
    }
    for (name, value) in said {
        expected["data"][name] = value;
    }
    expected
}

/// An answer without its sentences, which may be put better, and with the names that are used now; every fact and code stays.
fn without_words(answer: &Value) -> Value {
    let renamed = [
        ("督办", "督办人员"),
        ("已超期", "已逾期"),
        ("其中超期", "其中逾期"),
        ("超期工作日", "逾期工作日"),
        ("超期办件", "逾期办件"),
        ("超期占比", "逾期占比"),
        ("当前在手超期", "当前在手逾期"),
        ("领办", "认领"),
        ("退回待领", "退回待认领"),
        ("待发放", "待发放激活"),
        ("经办人员", "承办人"),
        ("受理号", "受理编号"),
        ("首张收据", "首张票据"),
        ("末张收据", "末张票据"),
        ("原收据", "原票据号"),
        ("材料缺陷排行", "材料问题排行"),
    ];
    match answer {
        Value::String(text) if text.contains(' ') || text.ends_with('。') => Value::Null,
        // What identifies a person no longer stands in the brackets of titles.
        Value::String(text) if text.contains("有效身份证件") => text.replace(['《', '》'], "").into(),
        Value::String(text) => renamed.iter().find(|(old, _)| text == old).map_or(text.as_str(), |(_, new)| new).into(),
        Value::Object(members) if members.contains_key("code") && members.contains_key("message") => {
            let facts = members.iter().filter(|(name, _)| *name != "message");
            facts.map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(values) => values.iter().map(without_words).collect(),
        // What can be applied for is a newer edition.
        Value::Object(members) if members.contains_key("asks") => {
            let facts = members.iter().filter(|(name, _)| *name != "edition");
            facts.map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), without_words(value))).collect::<Map<_, _>>().into()
        }
        _ => answer.clone(),
    }
}

/// The first place where two answers differ, with both values.
fn difference(at: &str, before: &Value, now: &Value) -> Option<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let keys: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            let member =
                |object: &Map<String, Value>, key: &String| object.get(key).cloned().unwrap_or(json!("(missing)"));
            keys.into_iter().find_map(|key| difference(&format!("{at}/{key}"), &member(before, key), &member(now, key)))
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            let pairs = before.iter().zip(now).enumerate();
            pairs.into_iter().find_map(|(index, (before, now))| difference(&format!("{at}/{index}"), before, now))
        }
        _ => (before != now).then(|| format!("{at}: {before} became {now}")),
    }
}

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/upgrade/1")
}

pub(crate) fn unpacked(file: &str) -> String {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(data().join(file)).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// What version 1 answered; with the area code of a landline as it is shown now.
pub(crate) fn answers(kind: &str) -> Value {
    let text = unpacked(&format!("answers-{kind}.json.gz")).replace("203***8393", "020-****8393");
    serde_json::from_str(&text).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
