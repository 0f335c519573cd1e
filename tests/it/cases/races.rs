//! Two at the same instant: exactly one wins, on both databases, and with two instances of the service on one database.
//!
//! Cast: a [`Desk`] is somebody of each role at one instance; two desks send together, each on a connection of its own,
//! and take turns in being first. The service answers with two workers and its database's threads.

use std::sync::LazyLock;

use casehall::domain::accounts::role::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{
    Answer, Hall, MANY_OPENINGS, Person, addition, all_in_order, application, organization_code, unified_code,
};

on_both!(
    one_of_two_clerks_takes_an_action_and_the_other_gets_wrong_state,
    one_of_two_applications_of_an_organization_is_accepted,
    one_of_two_certificates_with_the_same_number_is_recorded,
    one_of_two_cases_that_add_the_same_application_is_accepted,
    one_of_two_simultaneous_openings_opens_the_e_seal,
    two_clerks_check_different_rows_without_conflict,
    the_second_of_two_clerks_on_one_row_gets_version_stale,
    a_simultaneously_repeated_request_is_executed_once,
    acceptance_numbers_are_counted_by_the_day,
);

/// How often each pair meets; `RACES=200` lets them more often.
static RACES: LazyLock<u32> =
    LazyLock::new(|| std::env::var("RACES").ok().map_or(64, |races| races.parse().expect("a number of races")));

struct Desk<'a> {
    clerk: Person<'a>,
    producer: Person<'a>,
}

impl<'a> Desk<'a> {
    async fn at(hall: &'a Hall) -> Self {
        Self { clerk: hall.staff(Role::Clerk).await, producer: hall.staff(Role::Producer).await }
    }
}

/// Sends both together; the one that is sent first changes from race to race.
async fn together(race: u32, left: impl Future<Output = Answer>, right: impl Future<Output = Answer>) -> [Answer; 2] {
    if race.is_multiple_of(2) {
        let (left, right) = tokio::join!(left, right);
        [left, right]
    } else {
        let (right, left) = tokio::join!(right, left);
        [left, right]
    }
}

/// Which of the two won, and what it was answered; the other was refused.
fn one_wins([left, right]: [Answer; 2], won: u16, status: u16, code: &str) -> (usize, Value) {
    let (index, winner, loser) = if left.status == won { (0, left, right) } else { (1, right, left) };
    loser.refused(status, code);
    (index, winner.expect(won))
}

fn number_of(case: &Value) -> &str {
    case["acceptance_number"].as_str().unwrap()
}

async fn with_papers_in_order(clerk: &Person<'_>, number: u32) -> String {
    let opened = clerk.post("/cases", &application(number)).await.expect(201);
    let case = number_of(&opened).to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    case
}

async fn same_action([left, right]: [Desk<'_>; 2]) {
    let collector =
        json!({ "collector": { "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true } });
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    let nothing = json!({});
    let raced = ["accept_materials", "record_certificate", "issue", "activate"];
    for number in 0..*RACES / 4 {
        let case = with_papers_in_order(&left.clerk, number).await;
        let certificate = json!({
            "certificate": { "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") }
        });
        for (race, action) in (number..).zip(raced) {
            let (one, other, body) = match action {
                "record_certificate" => (&left.producer, &right.producer, &certificate),
                _ => (&left.clerk, &right.clerk, &nothing),
            };
            if action == "issue" {
                let paid = together(
                    race,
                    left.clerk.act(&case, "record_payment", &payment),
                    right.clerk.act(&case, "record_payment", &payment),
                );
                one_wins(paid.await, 200, 422, "nothing_owed");
                left.clerk.act(&case, "record_collector", &collector).await.expect(200);
            }
            let answers = together(race, one.act(&case, action, body), other.act(&case, action, body)).await;
            one_wins(answers, 200, 409, "wrong_state");
        }
        let events = right.clerk.get(&format!("/cases/{case}/events")).await.expect(200);
        let events = events["items"].as_array().unwrap();
        for action in raced {
            let moved = |event: &&Value| event["action"] == action && event["kind"] == "state_changed";
            assert_eq!(events.iter().filter(moved).count(), 1, "{action}");
        }
        assert_eq!(events.iter().filter(|event| event["kind"] == "payment_recorded").count(), 1);
        let sequences: Vec<_> = events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
        assert!(sequences.iter().copied().eq(1..=events.len() as u64), "{sequences:?}");
    }
}

/// The same organization with the papers from before 2015.
fn with_old_papers(number: u32) -> Value {
    let mut application = application(number);
    application["organization"] = json!({
        "name": format!("广州第{number}建筑有限公司"),
        "organization_code": organization_code(number),
        "registration_number": "440111138442774",
    });
    application
}

async fn same_organization([left, right]: [Desk<'_>; 2]) {
    for race in 0..*RACES {
        // One paper and the other by turns of two, so that either may be sent first.
        let other = if race & 2 == 0 { application(race) } else { with_old_papers(race) };
        let application = application(race);
        let answers = together(race, left.clerk.post("/cases", &application), right.clerk.post("/cases", &other)).await;
        let (_, opened) = one_wins(answers, 201, 409, "already_applied");
        for (clerk, code) in [(&left.clerk, unified_code(race)), (&right.clerk, organization_code(race))] {
            let eligibility = clerk.get(&format!("/organizations/{code}/eligibility")).await.expect(200);
            assert_eq!(
                (&eligibility["eligible"], &eligibility["reason"]["code"]),
                (&json!(false), &json!("already_applied"))
            );
            assert_eq!(eligibility["alternatives"][0]["acceptance_number"], opened["acceptance_number"]);
        }
        let cases = left.clerk.get(&format!("/cases?organization_code={}", organization_code(race))).await.expect(200);
        assert_eq!(cases["items"].as_array().unwrap().len(), 1);
    }
}

async fn same_serial_or_medium([left, right]: [Desk<'_>; 2]) {
    let mut cases = Vec::new();
    for (number, desk) in [&left, &right].into_iter().enumerate() {
        let case = with_papers_in_order(&desk.clerk, number as u32).await;
        desk.clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
        cases.push(case);
    }
    let certificate = |serial: u32, medium: u32| json!({ "certificate": { "serial": format!("GZ-{serial:06}"), "medium_number": format!("KEY-{medium:06}") } });
    for race in 0..*RACES * 2 {
        // Of two numbers of this race, both have the one or the other in common.
        let (first, second) = (race * 2, race * 2 + 1);
        let (other, code) = match race % 4 {
            0 | 1 => (certificate(first, second), "serial_taken"),
            _ => (certificate(second, first), "medium_taken"),
        };
        let one = certificate(first, first);
        let answers = together(
            race,
            left.producer.act(&cases[0], "record_certificate", &one),
            right.producer.act(&cases[1], "record_certificate", &other),
        )
        .await;
        let (winner, made) = one_wins(answers, 200, 409, code);
        let path = format!("/certificates?organization_code={}", organization_code(winner as u32));
        let registered = left.clerk.get(&path).await.expect(200);
        assert_eq!(registered["items"][0]["serial"], made["certificate"]["serial"]);
        let remade = left.producer.act(&cases[winner], "remake", &json!({ "reason": "重制" })).await.expect(200);
        assert_eq!(remade["certificate"], Value::Null);
    }
}

async fn one_of_two_clerks_takes_an_action_and_the_other_gets_wrong_state(database: TestDatabase) {
    let hall = Hall::open(database).await;
    same_action([Desk::at(&hall).await, Desk::at(&hall).await]).await;
}

async fn one_of_two_applications_of_an_organization_is_accepted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    same_organization([Desk::at(&hall).await, Desk::at(&hall).await]).await;
}

async fn one_of_two_certificates_with_the_same_number_is_recorded(database: TestDatabase) {
    let hall = Hall::open(database).await;
    same_serial_or_medium([Desk::at(&hall).await, Desk::at(&hall).await]).await;
}

#[tokio::test]
async fn two_instances_decide_races_like_one() {
    let hall = Hall::open(TestDatabase::postgres()).await;
    let beside = hall.beside().await;
    same_action([Desk::at(&hall).await, Desk::at(&beside).await]).await;
    let hall = Hall::open(TestDatabase::postgres()).await;
    let beside = hall.beside().await;
    same_organization([Desk::at(&hall).await, Desk::at(&beside).await]).await;
    let hall = Hall::open(TestDatabase::postgres()).await;
    let beside = hall.beside().await;
    same_serial_or_medium([Desk::at(&hall).await, Desk::at(&beside).await]).await;
}

async fn one_of_two_cases_that_add_the_same_application_is_accepted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let registration = json!({
        "serial": "GZ2013-4711", "medium_number": "KEY-4711",
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(5) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
    let addition = addition(5, "GZ2013-4711");
    for race in 0..*RACES {
        let answers = together(race, one.post("/cases", &addition), other.post("/cases", &addition)).await;
        let (_, opened) = one_wins(answers, 201, 409, "addition_already_applied");
        other.act(number_of(&opened), "withdraw", &json!({ "reason": "另行申请" })).await.expect(200);
    }
}

async fn one_of_two_simultaneous_openings_opens_the_e_seal(database: TestDatabase) {
    let files = tempfile::tempdir().unwrap();
    std::fs::create_dir(files.path().join("case-types")).unwrap();
    let shipped = include_str!("../../../config/case-types/add-application.toml");
    let another =
        shipped.replace("\"add-application\"", "\"add-water\"").replace("[\"urban-construction\"]", "[\"water\"]");
    std::fs::write(files.path().join("case-types/add-water.toml"), another).unwrap();
    let applications = "[{ code = \"urban-construction\", zh = \"市城建\", en = \"Urban construction\" }, \
                        { code = \"water\", zh = \"水务\", en = \"Water\" }]";
    let hall = Hall::arranged(database, files.path(), &[("APPLICATIONS", applications)]).await;
    let clerks = [hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await];
    for race in 0..*RACES / 4 {
        let serial = format!("GZ2013-{race:04}");
        let registration = json!({
            "serial": serial, "medium_number": format!("KEY-{race:04}"),
            "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(race) },
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
        });
        hall.register(&registration).await;
        let mut cases = Vec::new();
        for (case_type, code) in [("add-application", "urban-construction"), ("add-water", "water")] {
            let mut addition = addition(race, &serial);
            addition["case_type"] = json!(case_type);
            addition["applications"] = json!([code]);
            let opened = clerks[0].post("/cases", &addition).await.expect(201);
            let case = number_of(&opened).to_owned();
            clerks[0].act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
            clerks[0].act(&case, "accept_materials", &json!({})).await.expect(200);
            let payment = json!({ "payment": { "amount_fen": opened["fee"]["total_fen"], "method": "cash" } });
            clerks[0].act(&case, "record_payment", &payment).await.expect(200);
            cases.push(case);
        }
        let nothing = json!({});
        let answers = together(
            race,
            clerks[0].act(&cases[0], "activate", &nothing),
            clerks[1].act(&cases[1], "activate", &nothing),
        );
        let activated = answers.await.map(|answer| answer.expect(200));
        let services = activated.iter().flat_map(|case| case["services"].as_array().unwrap());
        let mut opened: Vec<_> = services.map(|service| service["code"].as_str().unwrap()).collect();
        opened.sort_unstable();
        assert_eq!(opened, ["e-seal", "urban-construction", "water"]);
    }
}

fn found(remark: String) -> Value {
    json!({ "copies_received": 3, "copies_stamped": 3, "original_sighted": true, "remark": remark })
}

fn row<'a>(case: &'a Value, material: &str) -> &'a Value {
    case["materials"]["sheets"].as_array().unwrap().iter().find(|row| row["material"] == material).unwrap()
}

async fn two_clerks_check_different_rows_without_conflict(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let mut seen = one.post("/cases", &application(1)).await.expect(201);
    let case = number_of(&seen).to_owned();
    let (left, right) = ("business-licence", "identity-documents-agent");
    for race in 0..*RACES {
        let version = |material| row(&seen, material)["version"].as_i64().unwrap();
        let (one_found, other_found) = (found(format!("左{race}")), found(format!("右{race}")));
        let (one_path, other_path) =
            (format!("/cases/{case}/materials/{left}"), format!("/cases/{case}/materials/{right}"));
        let answers = together(
            race,
            one.put(&one_path, version(left), &one_found),
            other.put(&other_path, version(right), &other_found),
        );
        for answer in answers.await {
            answer.expect(200);
        }
        let before = seen["version"].as_i64().unwrap();
        seen = one.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(row(&seen, left)["check"]["remark"], one_found["remark"]);
        assert_eq!(row(&seen, right)["check"]["remark"], other_found["remark"]);
        assert_eq!(seen["version"].as_i64().unwrap(), before + 2);
    }
}

async fn the_second_of_two_clerks_on_one_row_gets_version_stale(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerks = [hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await];
    let opened = clerks[0].post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}/materials/business-licence", number_of(&opened));
    let mut version = 0;
    for race in 0..*RACES {
        let bodies = [found(format!("左{race}")), found(format!("右{race}"))];
        let answers =
            together(race, clerks[0].put(&path, version, &bodies[0]), clerks[1].put(&path, version, &bodies[1]));
        let (winner, seen) = one_wins(answers.await, 200, 412, "version_stale");
        let row = row(&seen, "business-licence");
        assert_eq!(row["check"]["remark"], bodies[winner]["remark"]);
        version = row["version"].as_i64().unwrap();
    }
}

async fn a_simultaneously_repeated_request_is_executed_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let alike = |[left, right]: [Answer; 2], status| {
        let tags = [left.headers.get("ETag").cloned(), right.headers.get("ETag").cloned()];
        let (left, right) = (left.expect(status), right.expect(status));
        assert_eq!((&tags[0], &left), (&tags[1], &right));
        left
    };
    for race in 0..*RACES {
        let (key, body) = (format!("open-{race}"), application(race));
        let answers =
            together(race, clerk.post_once("/cases", &key, &body), clerk.post_once("/cases", &key, &body)).await;
        let opened = alike(answers, 201);
        let cases = clerk.get(&format!("/cases?organization_code={}", organization_code(race))).await.expect(200);
        assert_eq!(cases["items"].as_array().unwrap().len(), 1);
        let path = format!("/cases/{}/actions/withdraw", number_of(&opened));
        let (key, body) = (format!("withdraw-{race}"), json!({ "reason": "另行申请" }));
        let answers = together(race, clerk.post_once(&path, &key, &body), clerk.post_once(&path, &key, &body)).await;
        assert_eq!(alike(answers, 200)["state"]["code"], "withdrawn");
    }
}

async fn acceptance_numbers_are_counted_by_the_day(database: TestDatabase) {
    let has_gaps = database.address.sqlite_path().is_none();
    let hall = Hall::with(database, &[MANY_OPENINGS]).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut numbers = Vec::new();
    for first in (0..*RACES).step_by(8) {
        // Eight organizations, two of which apply twice: a refusal leaves no gap, on PostgreSQL but for a number that waits for the next.
        let applications: Vec<_> = (first..first + 8).chain([first, first + 7]).map(application).collect();
        let answers = join_all(applications.iter().map(|application| clerk.post("/cases", application))).await;
        let (opened, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        refused.into_iter().for_each(|answer| drop(answer.refused(409, "already_applied")));
        numbers.extend(opened.iter().map(|answer| number_of(&answer.body).to_owned()));
    }
    // The day, the running number, the check digit.
    let mut running: Vec<u32> =
        numbers.iter().map(|number| number["260302".len()..number.len() - 1].parse().unwrap()).collect();
    running.sort_unstable();
    if has_gaps {
        running.dedup();
        assert!(running.len() == *RACES as usize && running.last().unwrap() < &(*RACES + 16), "{running:?}");
    } else {
        assert!(running.iter().copied().eq(1..=*RACES), "{running:?}");
    }
}
