//! Following along: every event once, in an order in which nothing comes in between later, and only what one may see.

mod as_then;
mod beside_writers;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::accounts::role::{Role, Scope};
use chrono::{DateTime, Utc};
use cloudevents::AttributesReader;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application, unified_code};

on_both!(
    a_certificate_that_left_the_register_is_named_still,
    each_event_comes_once_and_each_subject_counts_from_one,
    a_page_leads_to_the_next_one_until_the_end,
    each_sees_what_they_may,
    a_case_that_moves_is_told_to_each_outlet_while_it_is_there,
    types_are_chosen_by_their_names,
    one_case_or_certificate_is_followed_by_its_subject,
    a_system_that_reads_certificates_only_follows_these,
    no_person_is_told,
    what_is_no_cursor_and_no_type_is_refused,
    each_event_is_a_cloud_event_whose_data_are_as_its_schema_says,
);

/// All events after one, so many at a time; and where they end.
async fn read(
    reader: &Person<'_>,
    mut after: Option<String>,
    limit: u32,
    filter: &str,
) -> (Vec<Value>, Option<String>) {
    let mut all = Vec::new();
    loop {
        let cursor = after.as_ref().map_or(String::new(), |after| format!("&after={after}"));
        let page = reader.get(&format!("/events?limit={limit}{cursor}{filter}")).await.expect(200);
        let events = page["items"].as_array().unwrap();
        assert!(events.len() <= limit as usize);
        all.extend(events.iter().cloned());
        let next = page["next"].as_str().map(str::to_owned);
        if next == after {
            return (all, next);
        }
        after = next;
    }
}

/// All events that there are.
async fn all(reader: &Person<'_>) -> Vec<Value> {
    read(reader, None, 200, "").await.0
}

fn number(event: &Value) -> i64 {
    event["id"].as_str().unwrap().parse().unwrap()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Opens a case and brings it to its made certificate.
async fn made(hall: &Hall, portal: &Person<'_>, number: u32) -> String {
    let case = portal.post("/cases", &application(number)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap().to_owned();
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    clerk.act(&key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&key, "accept_materials", &json!({})).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "transfer", "reference": "T1" } });
    clerk.act(&key, "record_payment", &payment).await.expect(200);
    let certificate =
        json!({ "certificate": { "serial": format!("GZ-F-{number}"), "medium_number": format!("KEY-F-{number}") } });
    producer.act(&key, "record_certificate", &certificate).await.expect(200);
    key
}

async fn each_event_comes_once_and_each_subject_counts_from_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (portal, auditor) = (hall.client("portal", &[Scope::CasesOpen]).await, hall.staff(Role::Auditor).await);
    assert_eq!(auditor.get("/events").await.expect(200), json!({ "items": [], "next": null }));
    for number in 1..4 {
        made(&hall, &portal, number).await;
    }
    let (all, end) = read(&auditor, None, 200, "").await;
    assert_eq!((&all, &end), (&read(&auditor, None, 2, "").await.0, &read(&auditor, None, 3, "").await.1));
    assert!(all.windows(2).all(|pair| number(&pair[0]) < number(&pair[1])));
    let mut versions: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for event in &all {
        let version = event["data"]["version"].as_i64().unwrap();
        versions.entry(event["subject"].as_str().unwrap()).or_default().push(version);
    }
    // What a case did to a certificate stands in the record of both, and is told once: there the case's versions leave one out.
    assert_eq!(versions.keys().filter(|subject| subject.starts_with("certificates/")).count(), 3);
    for (subject, versions) in versions {
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{subject}: {versions:?}");
        let is_whole = (1..).zip(&versions).all(|(expected, version)| expected == *version);
        assert!(is_whole || subject.starts_with("cases/"), "{subject}: {versions:?}");
    }
    let made: Vec<_> = all.iter().filter(|event| event["type"] == "casehall.certificate.made.v1").collect();
    assert_eq!(made.len(), 3);
    assert_eq!(made[0]["data"]["certificate"]["serial"], "GZ-F-1");
    assert!(made[0]["data"]["case"]["acceptance_number"].is_string() && made[0]["data"]["valid_until"].is_string());
    // Nothing more until something happens.
    assert_eq!(read(&auditor, end.clone(), 10, "").await, (vec![], end.clone()));
    portal.post("/cases", &application(9)).await.expect(201);
    assert_eq!(types(&read(&auditor, end, 10, "").await.0), ["casehall.case.opened.v1"]);
}

async fn a_page_leads_to_the_next_one_until_the_end(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    made(&hall, &portal, 1).await;
    let auditor = hall.staff(Role::Auditor).await;
    let (mut path, mut followed) = ("/events?limit=3&type=casehall.case.material_recorded.v1".to_owned(), Vec::new());
    loop {
        let page = auditor.get(&path).await;
        followed.extend(page.body["items"].as_array().unwrap().iter().cloned());
        let Some(link) = page.headers.get("Link") else { break };
        let link = link.to_str().unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        path = link.strip_prefix("</api/v1").unwrap().to_owned();
        assert!(path.ends_with(&format!("&after={}", page.body["next"].as_str().unwrap())), "{path}");
    }
    assert!(followed.len() > 3);
    assert_eq!(followed, read(&auditor, None, 200, "&type=casehall.case.material_recorded.v1").await.0);
}

async fn each_sees_what_they_may(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let register = hall.client("register", &[Scope::CasesRead, Scope::CertificatesRead]).await;
    let other = hall.client("other", &[Scope::CasesRead]).await;
    let own = made(&hall, &portal, 1).await;
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    let clerk = hall.person(&[Role::Clerk], Some("panyu")).await;
    clerk.post("/cases", &elsewhere).await.expect(201);

    let of_portal = all(&portal).await;
    assert!(of_portal.iter().all(|event| event["data"]["case"]["acceptance_number"] == json!(own)), "{of_portal:#?}");
    assert!(of_portal.iter().all(|event| event["subject"].as_str().unwrap().starts_with("cases/")), "{of_portal:#?}");
    assert_eq!(types(&of_portal).iter().filter(|it| **it == "casehall.certificate.made.v1").count(), 1, "by its case");
    let of_register = all(&register).await;
    assert!(!of_register.is_empty());
    for event in &of_register {
        assert!(event["subject"].as_str().unwrap().starts_with("certificates/"), "{event:#}");
        assert_eq!(event["data"]["case"], Value::Null, "it isn't theirs: {event:#}");
    }
    assert_eq!(all(&other).await, [] as [Value; 0]);
    let bureau = hall.client("bureau", &[Scope::CertificatesRead]).await;
    assert_eq!(all(&bureau).await, of_register, "it needs no right to cases for what it sees of certificates");
    let without = hall.client("without", &[Scope::CasesOpen, Scope::CasesWrite]).await;
    without.get("/events").await.refused(403, "forbidden");
    hall.staff(Role::Administrator).await.get("/events").await.refused(403, "forbidden");
    hall.nobody().get("/events").await.refused(401, "unauthorized");
    let at_outlet = all(&clerk).await;
    let cases = at_outlet.iter().filter(|event| event["subject"].as_str().unwrap().starts_with("cases/"));
    assert!(cases.clone().count() > 0);
    assert!(cases.clone().all(|event| event["data"]["case"]["outlet"] == "panyu"));
}

async fn a_case_that_moves_is_told_to_each_outlet_while_it_is_there(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let of = async |outlet| hall.person(&[Role::Clerk], Some(outlet)).await;
    let (center, panyu, both) = (of(CENTER).await, of("panyu").await, hall.person(&[Role::Clerk], None).await);
    let case = both.post("/cases", &application(1)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap();
    let (mut at_center, after) = read(&center, None, 200, "").await;
    let (mut at_panyu, before) = read(&panyu, None, 200, "").await;
    assert_eq!(types(&at_center)[0], "casehall.case.opened.v1");
    assert_eq!(at_panyu, [] as [Value; 0]);
    let outlet = json!({ "correction": { "outlet": "panyu" }, "reason": "改在番禺领取" });
    both.act(key, "correct_application", &outlet).await.expect(200);
    both.act(key, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);

    // Both hear of the move, and the one that it came to of everything since; nothing comes in before what was read.
    let (left, _) = read(&center, after, 200, "").await;
    let (came, _) = read(&panyu, before, 200, "").await;
    assert_eq!(types(&left), ["casehall.case.remarked.v1", "casehall.case.application_corrected.v1"], "{left:#?}");
    assert_eq!(types(&came)[0], "casehall.case.application_corrected.v1");
    assert!(types(&came).contains(&"casehall.case.state_changed.v1"), "{came:#?}");
    at_center.extend(left);
    at_panyu.extend(came);
    let again = (all(&center).await, all(&panyu).await);
    assert_eq!(again, (at_center.clone(), at_panyu), "from the beginning it is the same");
    let outlets: Vec<_> = at_center.iter().map(|event| event["data"]["case"]["outlet"].clone()).collect();
    let (after, before) = outlets.split_last().unwrap();
    assert!(*after == "panyu" && before.iter().all(|outlet| *outlet == CENTER), "{outlets:?}");
}

async fn types_are_chosen_by_their_names(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    made(&hall, &portal, 1).await;
    let chosen = ["casehall.case.opened.v1", "casehall.case.state_changed.v1", "casehall.certificate.made.v1"];
    let filter: String = chosen.iter().map(|name| format!("&type={name}")).collect();
    for reader in [&portal, &hall.staff(Role::Supervisor).await] {
        let (found, _) = read(reader, None, 2, &filter).await;
        let of_them = |event: &&Value| chosen.contains(&event["type"].as_str().unwrap());
        assert_eq!(found, all(reader).await.iter().filter(of_them).cloned().collect::<Vec<_>>());
        assert!(chosen.iter().all(|name| types(&found).contains(name)), "{:?}", types(&found));
    }
}

async fn one_case_or_certificate_is_followed_by_its_subject(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let auditor = hall.staff(Role::Auditor).await;
    for number in 1..3 {
        made(&hall, &portal, number).await;
    }
    let everything = all(&auditor).await;
    let subjects: BTreeSet<&str> = everything.iter().map(|event| event["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects.len(), 4);
    for subject in subjects {
        let of_it: Vec<Value> = everything.iter().filter(|event| event["subject"] == subject).cloned().collect();
        assert_eq!(read(&auditor, None, 2, &format!("&subject={subject}")).await.0, of_it);
        let opened = "casehall.case.opened.v1";
        let chosen = read(&auditor, None, 9, &format!("&subject={subject}&type={opened}")).await.0;
        assert_eq!(chosen.len(), usize::from(subject.starts_with("cases/")));
    }
    let other = hall.client("other", &[Scope::CasesRead]).await;
    let own = all(&portal).await[0]["subject"].as_str().unwrap().to_owned();
    assert_eq!(read(&other, None, 9, &format!("&subject={own}")).await.0, Vec::<Value>::new(), "it isn't theirs");
    for odd in
        ["cases", "cases/x", "imports/01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8057"]
    {
        let refused = auditor.get(&format!("/events?subject={odd}")).await;
        assert_eq!(refused.faults().into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/subject"], "{odd}");
    }
}

async fn a_system_that_reads_certificates_only_follows_these(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let declaring = hall.client("declaring", &[Scope::CertificatesRead, Scope::CasesOpen]).await;
    made(&hall, &portal, 1).await;
    made(&hall, &declaring, 2).await;
    let auditor = hall.staff(Role::Auditor).await;
    let is_of_certificate = |event: &&Value| event["subject"].as_str().unwrap().starts_with("certificates/");
    let mut expected: Vec<Value> = all(&auditor).await.iter().filter(is_of_certificate).cloned().collect();
    assert!(expected.len() >= 2);
    expected.iter_mut().for_each(|event| event["data"]["case"] = Value::Null);
    let told: Vec<Value> = all(&declaring).await;
    let without_where = |events: &[Value]| -> Vec<(Value, Value)> {
        events.iter().map(|event| (event["id"].clone(), event["data"].clone())).collect()
    };
    assert_eq!(without_where(&told), without_where(&expected), "of cases it reads nothing, its own neither");
    hall.client("blind", &[Scope::CasesOpen]).await.get("/events").await.refused(403, "forbidden");
}

async fn a_certificate_that_left_the_register_is_named_still(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let reader = hall.client("mirror", &[Scope::CertificatesRead]).await;
    let registration = json!({
        "serial": "GZ2013-0001", "medium_number": "KEY-0001",
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(1) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    one.post("/certificates", &registration).await.expect(201);
    two.post("/certificates/GZ2013-0001/registration/reject", &json!({ "reason": "查无此证" })).await.expect(200);
    let told = all(&reader).await;
    let types = types(&told);
    assert!(types.contains(&"casehall.certificate.registration_rejected.v1") && types.len() > 1, "{types:?}");
    assert!(told.iter().all(|event| event["data"]["certificate"]["serial"] == "GZ2013-0001"), "{told:?}");
}

async fn no_person_is_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let key = made(&hall, &portal, 1).await;
    let clerk = hall.staff(Role::Clerk).await;
    let detail = clerk.get(&format!("/cases/{key}")).await.expect(200);
    clerk.post(&format!("/cases/{key}/assignment"), &json!({})).await;
    let told = all(&hall.staff(Role::Auditor).await).await;
    let text = Value::from(told).to_string();
    let application = &detail["application"];
    let mut persons = vec![clerk.name().to_owned()];
    for pointer in ["/applicant/name", "/agent/name", "/certificate_contact/name", "/organization/name"] {
        persons.extend(application.pointer(pointer).and_then(Value::as_str).map(str::to_owned));
    }
    assert!(persons.len() > 2, "{application:#}");
    for person in persons {
        assert!(!text.contains(&person), "{person}: {text}");
    }
    // Codes, ids, instants and numbers: nothing that somebody typed in Chinese.
    assert!(text.is_ascii(), "{text}");
}

async fn what_is_no_cursor_and_no_type_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, portal) =
        (hall.staff(Role::Clerk).await.in_chinese(), hall.client("portal", &[Scope::CasesOpen]).await);
    portal.post("/cases", &application(1)).await.expect(201);
    for (query, at, code) in [
        ("after=next", "/after", "bad_pattern"),
        ("after=0", "/after", "bad_pattern"),
        ("after=9999999999999999999", "/after", "too_long"),
        ("after=500000", "/after", "unknown_cursor"),
        ("type=case_opened", "/type/0", "not_one_of"),
        ("type=casehall.case.opened.v1&type=casehall.case.closed.v1", "/type/1", "not_one_of"),
        ("limit=0", "/limit", "too_small"),
        ("types=casehall.case.opened.v1", "/types", "unknown_field"),
    ] {
        let answer = clerk.get(&format!("/events?{query}")).await;
        assert_eq!(answer.faults(), [(at.to_owned(), code.to_owned())], "{query}");
        let problem = answer.refused(400, "invalid_query");
        let words = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert!(!words.is_ascii() && !words.is_empty(), "{query}: {problem:#}");
    }
    // The last one that there is can be named, the one after it not yet.
    let (_, end) = read(&clerk, None, 200, "").await;
    let end: i64 = end.unwrap().parse().unwrap();
    assert_eq!(clerk.get(&format!("/events?after={end}")).await.expect(200)["items"], json!([]));
    clerk.get(&format!("/events?after={}", end + 1)).await.refused(400, "invalid_query");
}

async fn each_event_is_a_cloud_event_whose_data_are_as_its_schema_says(database: TestDatabase) {
    let settings =
        [("HALL__PUBLIC_ADDRESS", "https://hall.example.org/"), ("TOKENS__ISSUER", "https://hall.example.org")];
    let hall = Hall::with(database, &settings).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    made(&hall, &portal, 1).await;
    let cloud_event = jsonschema::draft7::options().should_validate_formats(true).build(&cloud_events_1_0()).unwrap();
    let catalog = hall.nobody().get("//asyncapi.json").await.expect(200);
    let mut met = BTreeSet::new();
    for event in all(&hall.staff(Role::Auditor).await).await.into_iter().chain(all(&portal).await) {
        let faults: Vec<_> = cloud_event.iter_errors(&event).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}: {event:#}");
        assert_eq!(read_by_the_sdk(&event).source().as_str(), "https://hall.example.org");
        let place = event["dataschema"].as_str().unwrap().strip_prefix("https://hall.example.org").unwrap();
        assert!(place.ends_with(event["type"].as_str().unwrap()), "{place}");
        let schema = hall.nobody().get(&format!("/{place}")).await;
        assert_eq!(schema.header("Content-Type"), "application/schema+json");
        let schema = jsonschema::draft202012::options().should_validate_formats(true).build(&schema.body).unwrap();
        let faults: Vec<_> = schema.iter_errors(&event["data"]).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}: {event:#}");
        assert!(!schema.is_valid(&json!({ "version": 1, "action": "open" })), "it asks for more");
        let mut message = catalog.clone();
        message["$ref"] = json!(format!("#/components/messages/{}/payload", event["type"].as_str().unwrap()));
        let message = jsonschema::draft7::options().should_validate_formats(true).build(&message).unwrap();
        let faults: Vec<_> = message.iter_errors(&event).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}: {event:#}");
        let mut other = event.clone();
        other["type"] = json!("casehall.case.closed.v1");
        assert!(!message.is_valid(&other));
        met.insert(event["type"].as_str().unwrap().to_owned());
    }
    assert!(met.len() > 5, "{met:?}");
    hall.nobody().get("//docs/events/casehall.case.closed.v1").await.refused(404, "not_found");
}

/// An event as the library of CloudEvents reads it: nothing of it is left out, or read as something else.
pub(super) fn read_by_the_sdk(event: &Value) -> cloudevents::Event {
    let read: cloudevents::Event =
        serde_json::from_value(event.clone()).unwrap_or_else(|fault| panic!("{fault}: {event:#}"));
    assert_eq!(read.iter_extensions().count(), 0, "{event:#}");
    let mut written = serde_json::to_value(&read).unwrap();
    // One instant, however it is written.
    let instant = |of: &Value| of["time"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(instant(&written), instant(event));
    written["time"] = event["time"].clone();
    assert_eq!(&written, event);
    read
}

/// What CloudEvents 1.0.2 asks of an event in JSON: attributes that must be there, their forms, and names of lower-case letters and digits.
fn cloud_events_1_0() -> Value {
    json!({
        "type": "object",
        "required": ["id", "source", "specversion", "type"],
        "properties": {
            "id": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "minLength": 1, "format": "uri-reference" },
            "specversion": { "const": "1.0" },
            "type": { "type": "string", "minLength": 1 },
            "datacontenttype": { "type": "string", "pattern": "^[a-z]+/[a-z0-9.+-]+$" },
            // An absolute URI: without a fragment (RFC 3986, 4.3).
            "dataschema": { "type": "string", "minLength": 1, "format": "uri", "pattern": "^[^#]+$" },
            "subject": { "type": "string", "minLength": 1 },
            "time": { "type": "string", "format": "date-time" },
        },
        "propertyNames": { "pattern": "^[a-z0-9]{1,20}$" },
        "not": { "required": ["data", "data_base64"] },
    })
}
