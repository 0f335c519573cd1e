//! Retention: persons are erased when their term is over and not a day earlier, and of the rest nothing is lost.

mod command;
mod holds;
mod traces;

use std::collections::BTreeSet;

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use casehall::service::retention::Erasable;
use chrono::{DateTime, Days, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use serde_json::{Value, json};

use crate::certificates::register::imports::import;
use crate::databases::{TestDatabase, on_both};
use crate::hall::registering::supervisor;
use crate::hall::{Hall, all_in_order, application, organization_code};

on_both!(
    a_case_is_erased_five_years_after_its_certificate_ended_and_not_a_day_earlier,
    a_case_without_a_certificate_has_its_own_term,
    what_an_open_case_works_on_is_kept,
    imported_certificates_are_erased_too_and_stay_as_they_are,
    instances_that_erase_at_once_erase_each_once,
);

/// Everything that is due now, with what is kept by a hold.
pub(super) async fn due(hall: &Hall) -> Vec<Erasable> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = hall.running.service.erasable(after).await.unwrap();
        found.extend(page.found);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// The numbers of what is due.
pub(super) async fn due_numbers(hall: &Hall) -> BTreeSet<String> {
    due(hall).await.into_iter().map(|found| found.number).collect()
}

/// Erases what is due; answers how much it was.
pub(crate) async fn erase(hall: &Hall) -> usize {
    let mut erased = 0;
    for found in due(hall).await {
        match hall.running.service.erase(&Caller::operator(), found.whose).await {
            // The command names it, and goes on.
            Err(error) if error.is_unreadable() => {}
            done => erased += usize::from(done.unwrap()),
        }
    }
    erased
}

/// A case whose certificate of the given serial was made, handed over and activated; its number.
pub(super) async fn issued(hall: &Hall, asked: &Value, serial: &str) -> String {
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", asked).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "certificate": { "serial": serial, "medium_number": format!("KEY-{serial}") } });
    let made = producer.act(&case, "record_certificate", &made).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": made["fee"]["total_fen"], "method": "cash" } });
    clerk.act(&case, "record_payment", &payment).await.expect(200);
    let agent = &asked["agent"];
    let collector =
        json!({ "name": agent["name"], "document_number": agent["identity_number"], "document_sighted": true });
    clerk.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    clerk.act(&case, "issue", &json!({})).await.expect(200);
    clerk.act(&case, "activate", &json!({})).await.expect(200);
    case
}

/// A case that was withdrawn; its number.
pub(crate) async fn withdrawn(hall: &Hall, asked: &Value) -> String {
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", asked).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    case
}

/// The first instant of a day in Guangzhou.
pub(super) fn start_of(day: NaiveDate) -> DateTime<Utc> {
    Shanghai.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().to_utc()
}

/// The day after a term of years that began on the day of an instant.
pub(super) fn after_years(instant: DateTime<Utc>, years: u32) -> NaiveDate {
    let day = instant.with_timezone(&Shanghai).date_naive();
    day.checked_add_months(Months::new(12 * years)).unwrap() + Days::new(1)
}

/// Moves the hall to the last second before a day, and then to its first.
pub(super) fn eve(hall: &Hall, day: NaiveDate) {
    hall.clock.set(start_of(day) - chrono::Duration::seconds(1));
}

async fn end_of(hall: &Hall, serial: &str) -> DateTime<Utc> {
    let supervisor = hall.staff(Role::Supervisor).await;
    let certificate = supervisor.get(&format!("/certificates/{serial}")).await.expect(200);
    certificate["valid_until"].as_str().unwrap().parse().unwrap()
}

async fn a_case_is_erased_five_years_after_its_certificate_ended_and_not_a_day_earlier(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = issued(&hall, &application(1), "GZ-1").await;
    let end = end_of(&hall, "GZ-1").await;
    // The case ended a year earlier than the certificate: five years after that the certificate has lived within the term.
    hall.clock.set(start_of(after_years(hall.clock.now(), 5)));
    assert_eq!(due_numbers(&hall).await, BTreeSet::new());
    let day = after_years(end, 5);
    eve(&hall, day);
    assert_eq!((due_numbers(&hall).await, erase(&hall).await), (BTreeSet::new(), 0));
    hall.clock.set(start_of(day));
    let found = due(&hall).await;
    let seen: Vec<_> =
        found.iter().map(|found| (found.number.as_str(), found.due.on, found.due.ground.code())).collect();
    assert_eq!(seen, [(case.as_str(), day, "certificates_ended"), ("GZ-1", day, "certificates_ended")]);
    assert_eq!(found[0].organization, "广州第1建筑有限公司");
    assert_eq!((erase(&hall).await, due(&hall).await.len(), erase(&hall).await), (2, 0, 0));

    let supervisor = hall.staff(Role::Supervisor).await;
    let shown = supervisor.get(&format!("/cases/{case}")).await.expect(200);
    for person in ["applicant", "agent"] {
        assert_eq!(shown["application"][person]["name"], "—");
        assert!(!shown["application"][person]["phone"].as_str().unwrap().contains(char::is_numeric));
    }
    assert_eq!(shown["collector"]["name"], "—");
    assert_eq!(shown["application"]["organization"]["name"], "广州第1建筑有限公司");
    assert!(shown["persons_erased_at"].is_string());
    let certificate = supervisor.get("/certificates/GZ-1").await.expect(200);
    assert_eq!((&certificate["handler"], certificate["persons_erased_at"].is_string()), (&json!("—"), true));
    let events = supervisor.get(&format!("/cases/{case}/events")).await.expect(200);
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["action"]), (&json!("persons_erased"), &json!("erase_persons")));
    assert_eq!(last["data"]["due"], json!({ "on": day, "ground": "certificates_ended" }));
    let entries = hall.entries("persons_erased").await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    // Nothing is shown of nobody, and nothing kept of them.
    let asked = json!({ "person": "applicant", "fields": ["phone"], "purpose": "contact", "reason": "联系" });
    let refused = supervisor.post(&format!("/cases/{case}/disclosures"), &asked).await;
    assert_eq!(refused.faults(), [("/person".to_owned(), "persons_erased".to_owned())]);
    let correction = json!({ "handler": "刘少芳", "reason": "录错" });
    supervisor.post("/certificates/GZ-1/corrections", &correction).await.refused(409, "persons_erased");
}

async fn a_case_without_a_certificate_has_its_own_term(database: TestDatabase) {
    let hall = Hall::with(database, &[("RETENTION__WITHOUT_CERTIFICATE_YEARS", "3")]).await;
    let case = withdrawn(&hall, &application(1)).await;
    let open = hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    let day = after_years(hall.clock.now(), 3);
    eve(&hall, day);
    assert_eq!(due_numbers(&hall).await, BTreeSet::new());
    hall.clock.set(start_of(day));
    let found = due(&hall).await;
    assert_eq!(
        (found.len(), found[0].number.as_str(), found[0].due.ground.code()),
        (1, case.as_str(), "no_certificate")
    );
    assert_eq!(erase(&hall).await, 1);
    let supervisor = hall.staff(Role::Supervisor).await;
    let kept = supervisor.get(&format!("/cases/{}", open["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(kept["application"]["applicant"]["name"], "谭丽", "an open case is never due");
}

/// An application for a certificate in the place of one that ended.
fn again(number: u32, serial: &str) -> Value {
    let mut again = application(number);
    again["case_type"] = json!("reissue-expired");
    again["certificate_serial"] = json!(serial);
    again["replacement_reason"] = json!("expired");
    again
}

async fn what_an_open_case_works_on_is_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = issued(&hall, &application(1), "GZ-1").await;
    issued(&hall, &application(2), "GZ-2").await;
    let end = end_of(&hall, "GZ-2").await;
    // Opened soon after the end, and left alone for years.
    hall.clock.set(end + chrono::Duration::days(1));
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", &again(1, "GZ-1")).await.expect(201);
    // The other one has made the new certificate already, by which the case is found now.
    let making = clerk.post("/cases", &again(2, "GZ-2")).await.expect(201);
    let number = making["acceptance_number"].as_str().unwrap();
    clerk.act(number, "record_materials", &all_in_order(&making)).await.expect(200);
    clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "certificate": { "serial": "GZ-3", "medium_number": "KEY-GZ-3" } });
    producer.act(number, "record_certificate", &made).await.expect(200);
    hall.clock.set(start_of(after_years(end, 5)));
    assert_eq!(due_numbers(&hall).await, BTreeSet::new());
    let other = opened["acceptance_number"].as_str().unwrap();
    clerk.act(other, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    assert_eq!(due_numbers(&hall).await, BTreeSet::from([case, "GZ-1".to_owned()]), "the other one ended only now");
}

async fn imported_certificates_are_erased_too_and_stay_as_they_are(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let by = hall.staff(Role::Supervisor).await;
    let line = |number: u32| {
        let code = organization_code(number);
        format!("OLD-{number},OLDKEY-{number},广州第{number}老证单位,{code},2025-01-01,2026-03-31,刘少芬\n")
    };
    let head = "serial,medium_number,organization_name,organization_code,valid_from,valid_until,handler\n";
    import(&by, "", &format!("{head}{}{}", line(1), line(2))).await.expect(200);
    hall.approve_imports().await;
    import(&by, "", &format!("{head}{}", line(3))).await.expect(200);
    let waiting = by.get("/certificates/imports?state=waiting").await.expect(200);
    let id = waiting["items"][0]["id"].as_str().unwrap().parse().unwrap();
    let service = &hall.running.service;
    service.reject_import(&supervisor("second"), id, "重复".to_owned(), None).await.unwrap();
    let rejected = after_years(hall.clock.now(), 2);
    hall.clock.set(start_of(rejected));
    let found = due(&hall).await;
    assert_eq!((found.len(), found[0].number.as_str(), found[0].due.ground.code()), (1, "OLD-3", "no_certificate"));
    assert_eq!(erase(&hall).await, 1);
    // The end of a validity is given as its last day.
    let day = after_years("2026-03-31T16:00:00Z".parse().unwrap(), 5);
    eve(&hall, day);
    assert_eq!(due_numbers(&hall).await, BTreeSet::new());
    hall.clock.set(start_of(day));
    assert_eq!(due_numbers(&hall).await, BTreeSet::from(["OLD-1".to_owned(), "OLD-2".to_owned()]));
    assert_eq!(erase(&hall).await, 2);
    let events = hall.staff(Role::Auditor).await.get("/certificates/OLD-1/events").await.expect(200);
    assert!(events.to_string().contains("persons_erased") && !events.to_string().contains("刘少芬"), "{events:#}");
    let none = by.get("/certificates?handler=刘少芬").await.expect(200);
    assert_eq!(none["items"], json!([]));
    let verified = service.verify(&Caller::hall(), None).await.unwrap();
    assert_eq!(verified.finding_count, 0, "{:?}", verified.findings);
}

async fn instances_that_erase_at_once_erase_each_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=12 {
        withdrawn(&hall, &application(number)).await;
    }
    hall.clock.set(start_of(after_years(hall.clock.now(), 2)));
    let beside = hall.beside().await;
    let (one, other) = tokio::join!(erase(&hall), erase(&beside));
    assert_eq!(one + other, 12);
    assert_eq!(hall.entries("persons_erased").await.len(), 12);
    let twice = "SELECT subject_id FROM events WHERE kind = 'persons_erased' GROUP BY subject_id HAVING COUNT(*) > 1";
    assert_eq!(hall.database.rows(twice), Vec::<String>::new());
}

#[tokio::test]
async fn a_term_shorter_than_the_law_asks_is_refused_at_start() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [("RETENTION__CERTIFICATE_YEARS", "4")];
    let now = crate::hall::MONDAY.parse().unwrap();
    let refused = Hall::start(TestDatabase::sqlite(), directory, &settings, None, now).await.err().unwrap();
    let refused = format!("{refused:?}");
    assert!(refused.contains("retention.certificate_years") && refused.contains("article 24"), "{refused}");
}
