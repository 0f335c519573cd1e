//! When a service on a certificate can be used for the first time, that is an event at its second.

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{ON_THIS_MACHINE, PORTAL, arranged, deliver, feed, made};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person};

on_both!(
    that_a_certificate_can_be_used_is_told_once_and_at_its_second,
    what_cannot_be_used_when_its_time_has_come_is_told_once_it_can,
    what_is_held_up_and_let_go_between_two_looks_is_told_in_its_order,
    what_is_closed_before_its_time_is_never_told_and_tells_anew_when_it_is_opened_again,
    what_can_be_used_at_once_is_told_as_well,
    what_waits_at_the_upgrade_is_told_when_its_time_comes,
    several_instances_tell_it_once,
);

/// Hands over and activates what was made in a case.
async fn activated(hall: &Hall, case: &str) {
    let clerk = hall.staff(Role::Clerk).await;
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    for (action, body) in [
        ("record_payment", json!({ "payment": { "amount_fen": 60_000, "method": "cash" } })),
        ("record_collector", json!({ "collector": collector })),
        ("issue", json!({})),
        ("activate", json!({})),
    ] {
        clerk.act(case, action, &body).await.expect(200);
    }
}

async fn told(reader: &Person<'_>) -> Vec<Value> {
    let mut events = feed(reader).await;
    events.retain(|event| event["type"] == "casehall.certificate.service_usable.v1");
    events
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

async fn that_a_certificate_can_be_used_is_told_once_and_at_its_second(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    // Whoever reads certificates hears of all of them, whoever opened the case.
    let bureau = hall.client("bureau", &[Scope::CasesRead, Scope::CertificatesRead, Scope::WebhooksManage]).await;
    let asked = json!({ "url": receiver.url(), "types": ["casehall.certificate.service_usable.v1"] });
    bureau.post("/webhooks", &asked).await.expect(201);
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let opened: Vec<Value> =
        feed(&bureau).await.into_iter().filter(|event| event["data"]["usable_from"].is_string()).collect();
    assert!(!opened.is_empty());
    let usable_from = instant(&opened[0]["data"]["usable_from"]);
    hall.clock.set(usable_from - Duration::microseconds(1));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 0);
    // A sweep that is late tells the second as it was.
    hall.clock.set(usable_from + Duration::hours(3));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), opened.len());
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 0);
    let told = told(&bureau).await;
    let services = |events: &[Value]| {
        let mut services: Vec<String> = events.iter().map(|event| event["data"]["service"].to_string()).collect();
        services.sort();
        services
    };
    assert_eq!(services(&told), services(&opened));
    assert!(
        told.iter().all(|event| instant(&event["time"]) == usable_from && event["data"]["action"] == "become_usable")
    );
    assert_eq!(told[0]["data"]["certificate"]["serial"], "GZ-W-1");
    deliver(&hall).await;
    assert_eq!(receiver.taken().len(), told.len());
    let serial = "/certificates/GZ-W-1/authorizations/urban-construction";
    let reader = hall.client("reader", &[Scope::AuthorizationsRead]).await;
    assert_eq!(reader.get(serial).await.expect(200)["usable"], true);
    let record = hall.staff(Role::Clerk).await.get("/certificates/GZ-W-1/events").await.expect(200);
    let newest = record["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["action"]["code"] == "become_usable" || event["action"] == "become_usable");
    assert!(newest.is_some(), "{record:#}");
    assert_eq!(hall.database.rows("SELECT code FROM usable_soon"), Vec::<String>::new());
}

/// Does something with the certificate of the first case, or with the application on it.
async fn act(person: &Person<'_>, what: &str) {
    person.post(&format!("/certificates/GZ-W-1/{what}"), &json!({ "reason": "核实" })).await.expect(200);
}

async fn noted(hall: &Hall) -> usize {
    hall.database.rows("SELECT code FROM usable_soon").len()
}

async fn what_cannot_be_used_when_its_time_has_come_is_told_once_it_can(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let service = &hall.running.service;
    // The whole certificate is held up when its time comes, and one service by itself.
    act(&clerk, "loss-reports").await;
    act(&clerk, "services/urban-construction/suspend").await;
    hall.advance(Duration::hours(25));
    assert_eq!((service.tell_usable().await.unwrap(), told(&portal).await), (0, vec![]));
    let services = noted(&hall).await;
    assert!(services > 1);
    hall.advance(Duration::hours(1));
    let found = hall.clock.now();
    act(&supervisor, "restore").await;
    hall.advance(Duration::minutes(1));
    assert_eq!(service.tell_usable().await.unwrap(), services - 1);
    assert!(told(&portal).await.iter().all(|event| instant(&event["time"]) == found));
    hall.advance(Duration::hours(1));
    let restored = hall.clock.now();
    act(&supervisor, "services/urban-construction/restore").await;
    assert_eq!(service.tell_usable().await.unwrap(), 1);
    let last = told(&portal).await.pop().unwrap();
    assert_eq!((instant(&last["time"]), &last["data"]["service"]["code"]), (restored, &json!("urban-construction")));
    // What happens to it later is told by its own events.
    act(&clerk, "loss-reports").await;
    act(&supervisor, "restore").await;
    assert_eq!((service.tell_usable().await.unwrap(), noted(&hall).await), (0, 0));
}

async fn what_is_held_up_and_let_go_between_two_looks_is_told_in_its_order(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.advance(Duration::hours(23));
    act(&clerk, "loss-reports").await;
    hall.advance(Duration::hours(2));
    act(&supervisor, "restore").await;
    hall.advance(Duration::minutes(1));
    assert!(hall.running.service.tell_usable().await.unwrap() > 0);
    let times: Vec<DateTime<Utc>> = feed(&portal)
        .await
        .iter()
        .filter(|event| event["subject"].as_str().unwrap().starts_with("certificates/"))
        .map(|event| instant(&event["time"]))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

async fn what_is_closed_before_its_time_is_never_told_and_tells_anew_when_it_is_opened_again(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let case = made(&hall, &portal, 1).await;
    activated(&hall, &case).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let services = noted(&hall).await;
    act(&supervisor, "services/urban-construction/close").await;
    hall.advance(Duration::hours(25));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), services - 1);
    assert_eq!(noted(&hall).await, 0);
    act(&supervisor, "services/urban-construction/open").await;
    hall.advance(Duration::hours(25));
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), 1);
    // Nor is what is closed while something holds it up.
    act(&supervisor, "services/urban-construction/close").await;
    act(&supervisor, "services/urban-construction/open").await;
    act(&hall.staff(Role::Clerk).await, "services/urban-construction/suspend").await;
    hall.advance(Duration::hours(25));
    assert_eq!((hall.running.service.tell_usable().await.unwrap(), noted(&hall).await), (0, 1));
    act(&supervisor, "services/urban-construction/close").await;
    assert_eq!((hall.running.service.tell_usable().await.unwrap(), noted(&hall).await), (0, 0));
}

async fn what_can_be_used_at_once_is_told_as_well(database: TestDatabase) {
    let settings = [ON_THIS_MACHINE[0], ON_THIS_MACHINE[1], ("HALL__AUTHORIZATION_DELAY_HOURS", "0")];
    let hall = Hall::with(database, &settings).await;
    let portal = hall.client("portal", &PORTAL).await;
    let case = made(&hall, &portal, 1).await;
    let at = hall.clock.now();
    activated(&hall, &case).await;
    hall.advance(Duration::seconds(30));
    let services = noted(&hall).await;
    assert!(services > 0);
    assert_eq!(hall.running.service.tell_usable().await.unwrap(), services);
    let told = told(&portal).await;
    assert!(told.len() == services && told.iter().all(|event| instant(&event["time"]) == at));
}

/// The migration notes what waits in a database of before.
async fn what_waits_at_the_upgrade_is_told_when_its_time_comes(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    for number in 1..=2 {
        let case = made(&hall, &portal, number).await;
        activated(&hall, &case).await;
        hall.advance(Duration::hours(13));
    }
    let rows = "SELECT certificate_id || service || code || CAST(due_at AS TEXT) FROM usable_soon ORDER BY 1";
    hall.database.tamper(&format!("DELETE FROM usable_soon WHERE due_at <= '{}'", hall.clock.now().naive_utc()));
    let expected = hall.database.rows(rows);
    hall.database.tamper("DELETE FROM usable_soon");
    let (sql, now) = match hall.database.address.sqlite_path() {
        Some(_) => (
            include_str!("../../../../migrations/sqlite/2026-11-29-000003_usable/up.sql"),
            "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
        ),
        None => (include_str!("../../../../migrations/postgres/2026-11-29-000003_usable/up.sql"), "now()"),
    };
    let start = sql.find("INSERT INTO").unwrap();
    let insert = &sql[start..=start + sql[start..].find(';').unwrap()];
    assert!(insert.contains(now));
    let instant = format!("'{}'", hall.clock.now().format("%Y-%m-%dT%H:%M:%SZ"));
    hall.database.tamper(&insert.replace(now, &instant));
    assert!(!expected.is_empty());
    assert_eq!(hall.database.rows(rows), expected);
}

async fn several_instances_tell_it_once(database: TestDatabase) {
    let (hall, _receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    for number in 1..=3 {
        let case = made(&hall, &portal, number).await;
        activated(&hall, &case).await;
    }
    hall.advance(Duration::hours(25));
    let service = &hall.running.service;
    let all = futures_util::future::join_all((0..4).map(|_| service.tell_usable())).await;
    let many: usize = all.into_iter().map(|told| told.unwrap()).sum();
    let told = told(&portal).await;
    assert_eq!(many, told.len());
    let mut subjects: Vec<String> =
        told.iter().map(|event| format!("{} {}", event["subject"], event["data"]["service"])).collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), told.len());
    assert!(told.len() >= 3);
}
