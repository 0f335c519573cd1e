//! The event log as it leaves the hall: what is in it, for whom, and how it comes.

mod streamed;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application, organization_code, unified_code};

on_both!(
    every_action_is_in_the_event_log_once,
    an_event_log_is_filtered_by_days_case_type_and_outlet,
    only_supervisors_administrators_and_auditors_export_the_log,
    the_log_names_no_person_and_no_organization,
);

/// The routes.
const XES: &str = "/exports/event-log.xes";
const CSV: &str = "/exports/event-log.csv";

async fn text(person: &Person<'_>, path: &str) -> String {
    let body = person.get(path).await.expect(200);
    body.as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// The rows of a log as CSV, without the header.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.strip_prefix('\u{feff}').unwrap().as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The acceptance numbers in a log as CSV, in its order.
fn numbers(csv: &str) -> Vec<String> {
    let mut numbers: Vec<String> = rows(csv).into_iter().map(|row| row[0].clone()).collect();
    numbers.dedup();
    numbers
}

/// The events of a log as XES in the columns of CSV, read by an XML parser.
fn events_of(xes: &str) -> Vec<Vec<String>> {
    let attribute = |element: &BytesStart<'_>, name: &str| {
        let found = element.try_get_attribute(name).unwrap().unwrap();
        found.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned()
    };
    let of_case = ["concept:name", "case_type", "case_type_edition", "workflow", "workflow_edition", "outlet"];
    let of_event =
        ["concept:name", "lifecycle:transition", "time:timestamp", "org:resource", "moves", "from_state", "to_state"];
    let (mut reader, mut found, mut trace, mut event) =
        (quick_xml::Reader::from_str(xes), Vec::new(), Vec::new(), None);
    reader.config_mut().check_end_names = true;
    let mut ended = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) if element.name().as_ref() == "trace" => trace = vec![String::new(); of_case.len()],
            Event::Start(element) if element.name().as_ref() == "event" => {
                event = Some(vec![String::new(); of_event.len()])
            }
            Event::Empty(element) if !trace.is_empty() => {
                let (key, value) = (attribute(&element, "key"), attribute(&element, "value"));
                match &mut event {
                    None => trace[of_case.iter().position(|known| *known == key).unwrap()] = value,
                    Some(event) => event[of_event.iter().position(|known| *known == key).unwrap()] = value,
                }
            }
            Event::End(element) if element.name().as_ref() == "event" => {
                found.push([trace.clone(), event.take().unwrap()].concat());
            }
            Event::End(element) if element.name().as_ref() == "log" => ended = true,
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(ended);
    found
}

async fn opened(clerk: &Person<'_>, application: &Value) -> (String, Value) {
    let case = clerk.post("/cases", application).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

async fn account(person: &Person<'_>, case: &str) -> String {
    let events = person.get(&format!("/cases/{case}/events")).await.expect(200);
    events["items"][0]["actor"]["code"].as_str().unwrap().to_owned()
}

async fn every_action_is_in_the_event_log_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    assert_eq!(numbers(&text(&supervisor, CSV).await), [""; 0], "an empty hall has an empty log");
    assert_eq!(events_of(&text(&supervisor, XES).await), Vec::<Vec<String>>::new());
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, view) = opened(&clerk, &application(1)).await;
    hall.set_time("2026-03-02T10:05:00.123456+08:00");
    clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200); // seven events
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    hall.set_time("2026-03-11T17:30:00+08:00");
    assert_eq!(hall.running.service.sweep().await.unwrap().announced, 1);
    hall.set_time("2026-03-11T18:00:00+08:00");
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let by = account(&clerk, &case).await;
    let of_case = [&case, "new-certificate", "2", "check-then-make", "3", CENTER];
    let expected: Vec<Vec<String>> = [
        ["open", "complete", "2026-03-02T10:00:00.000+08:00", &by, "true", "", "submitted"],
        ["record_materials", "complete", "2026-03-02T10:05:00.123+08:00", &by, "false", "", ""],
        [
            "accept_materials",
            "complete",
            "2026-03-02T10:05:00.123+08:00",
            &by,
            "true",
            "submitted",
            "materials_checked",
        ],
        ["announce", "complete", "2026-03-11T17:30:00.000+08:00", "casehall", "false", "", ""],
        ["withdraw", "complete", "2026-03-11T18:00:00.000+08:00", &by, "true", "materials_checked", "withdrawn"],
    ]
    .iter()
    .map(|event| of_case.iter().chain(event).map(|field| (*field).to_owned()).collect())
    .collect();
    let (xes, csv) = (supervisor.get(XES).await, supervisor.get(CSV).await);
    assert_eq!(
        (xes.header("Content-Type"), csv.header("Content-Type")),
        ("application/xml", "text/csv; charset=utf-8")
    );
    assert_eq!(xes.header("Content-Disposition"), "attachment; filename=\"event-log.xes\"");
    assert_eq!(csv.header("Content-Disposition"), "attachment; filename=\"event-log.csv\"");
    let (xes, csv) = (xes.expect(200), csv.expect(200));
    assert_eq!(rows(csv.as_str().unwrap()), expected);
    assert_eq!(events_of(xes.as_str().unwrap()), expected);
    let header = "\u{feff}case:concept:name,case:case_type,case:case_type_edition,case:workflow,case:workflow_edition,\
                  case:outlet,concept:name,lifecycle:transition,time:timestamp,org:resource,moves,from_state,to_state\r\n";
    assert!(csv.as_str().unwrap().starts_with(header));
}

async fn an_event_log_is_filtered_by_days_case_type_and_outlet(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let (clerk, auditor) = (hall.person(&[Role::Clerk], None).await, hall.person(&[Role::Auditor], None).await);
    let mut cases = Vec::new();
    // The day is that of the hall: the first is still Sunday in UTC.
    for (number, instant) in
        [(1, "2026-03-02T00:00:00+08:00"), (2, "2026-03-02T23:59:59+08:00"), (3, "2026-03-05T09:00:00+08:00")]
    {
        hall.set_time(instant);
        let mut application = application(number);
        application["outlet"] = json!(if number == 2 { "panyu" } else { CENTER });
        cases.push(opened(&clerk, &application).await.0);
    }
    for (query, expected) in [
        ("", &[0, 1, 2][..]),
        ("?opened_from=2026-03-02&opened_to=2026-03-02", &[0, 1]),
        ("?opened_from=2026-03-03", &[2]),
        ("?opened_to=2026-03-04", &[0, 1]),
        ("?opened_from=2026-03-03&opened_to=2026-03-04", &[]),
        ("?opened_from=0001-01-01&opened_to=9999-12-31", &[0, 1, 2]),
        ("?outlet=panyu", &[1]),
        ("?outlet=guangzhou-center&opened_to=2026-03-02", &[0]),
        ("?case_type=new-certificate", &[0, 1, 2]),
        ("?case_type=add-application", &[]),
    ] {
        let expected: Vec<&String> = expected.iter().map(|index| &cases[*index]).collect();
        let csv = text(&auditor, &format!("{CSV}{query}")).await;
        assert_eq!(numbers(&csv).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(events_of(&text(&auditor, &format!("{XES}{query}")).await), rows(&csv), "{query}");
    }
    for (query, fault) in [
        ("?opened_from=2026-03-05&opened_to=2026-03-04", ("/opened_to", "invalid_value")),
        ("?opened_from=yesterday", ("/opened_from", "bad_format")),
        ("?format=xes", ("/format", "unknown_field")),
        ("?outlet=nowhere", ("/outlet", "not_one_of")),
        ("?case_type=marriage", ("/case_type", "not_one_of")),
    ] {
        let refused = auditor.get(&format!("{XES}{query}")).await;
        assert_eq!(refused.faults(), [(fault.0.to_owned(), fault.1.to_owned())], "{query}");
        refused.refused(400, "invalid_query");
    }
}

async fn only_supervisors_administrators_and_auditors_export_the_log(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let (here, _) = opened(&clerk, &application(1)).await;
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    let (there, _) = opened(&clerk, &elsewhere).await;
    for role in [Role::Supervisor, Role::Administrator, Role::Auditor] {
        let everywhere = hall.person(&[role], None).await;
        assert_eq!(numbers(&text(&everywhere, CSV).await), [here.clone(), there.clone()], "{role}");
        let at_panyu = hall.person(&[role], Some("panyu")).await;
        assert_eq!(numbers(&text(&at_panyu, CSV).await), std::slice::from_ref(&there), "{role}");
        let narrowed = text(&at_panyu, &format!("{CSV}?outlet=panyu")).await;
        assert_eq!(numbers(&narrowed), std::slice::from_ref(&there), "{role}");
        at_panyu.get(&format!("{XES}?outlet=guangzhou-center")).await.refused(404, "not_found");
    }
    let others = [
        hall.staff(Role::Clerk).await,
        hall.staff(Role::Producer).await,
        hall.person(&[Role::SecurityAdministrator], None).await,
        hall.client("portal", &Scope::ALL).await,
    ];
    for path in [XES, CSV] {
        for other in &others {
            other.get(path).await.refused(403, "forbidden");
            // Before any fault of the query.
            other.get(&format!("{path}?opened_from=yesterday")).await.refused(403, "forbidden");
        }
        hall.nobody().get(path).await.refused(401, "unauthorized");
    }
}

async fn the_log_names_no_person_and_no_organization(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (supervisor, portal) = (hall.staff(Role::Supervisor).await, hall.client("portal", &Scope::ALL).await);
    let (case, view) = opened(&portal, &application(1)).await;
    let mut sheets = all_in_order(&view);
    sheets["materials"][0]["remark"] = json!("第三份模糊");
    clerk.act(&case, "record_materials", &sheets).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    producer.act(&case, "record_certificate", &made).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": 100, "method": "cash", "reference": "收据0147" } });
    clerk.act(&case, "record_payment", &payment).await.expect(200);
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    clerk.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    let correction = json!({ "correction": { "agent": { "name": "曾国栋", "identity_number": "440199198701195759",
        "phone": "13800138007" } }, "reason": "换了经办人" });
    clerk.act(&case, "correct_application", &correction).await.expect(200);
    supervisor.act(&case, "decline", &json!({ "reason": "材料不实" })).await.expect(200);
    let (unified, organization) = (unified_code(1), organization_code(1));
    let kept = [
        "谭丽",
        "440199196412310694",
        "13800138000",
        "刘少芬",
        "440199196706237621",
        "38828393",
        "曾国栋",
        "440199198701195759",
        "13800138007",
        "第三份模糊",
        "收据0147",
        "换了经办人",
        "材料不实",
        "广州第1建筑有限公司",
        &unified,
        &organization,
        "GZ-000001",
        "KEY-000001",
        clerk.name(),
        producer.name(),
        supervisor.name(),
        "窗口人员",
        "制证人员",
        "督办人员",
    ];
    for path in [XES, CSV] {
        let log = text(&supervisor, path).await;
        assert_eq!(log.matches("correct_application").count(), 1, "the actions are there");
        for secret in kept {
            assert!(!log.contains(secret), "{secret} stands in {path}");
        }
    }
}

#[tokio::test]
async fn a_log_of_many_empty_days_comes_to_its_end() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    // More days than one read looks through, of which few have what is asked for.
    let mut cases = Vec::new();
    for number in 0..70 {
        cases.push(opened(&clerk, &application(number)).await.0);
        hall.advance(Duration::days(1));
    }
    assert_eq!(numbers(&text(&supervisor, CSV).await), cases);
    assert_eq!(rows(&text(&supervisor, &format!("{CSV}?case_type=add-application")).await), Vec::<Vec<String>>::new());
}
