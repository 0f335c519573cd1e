//! Holds: placed and lifted over REST by supervisors, on the record, and kept from erasure until then.

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use super::{after_years, due, erase, start_of, withdrawn};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS, application};

on_both!(a_hold_keeps_a_case_until_it_is_lifted, holds_are_for_supervisors_of_the_case);

fn reason(text: &str) -> Value {
    json!({ "reason": text })
}

async fn a_hold_keeps_a_case_until_it_is_lifted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = withdrawn(&hall, &application(1)).await;
    let path = format!("/cases/{case}/holds");
    let supervisor = hall.staff(Role::Supervisor).await;
    let placed = supervisor.post_once(&path, "one", &reason("单位提出异议")).await.expect(200);
    let again = supervisor.post_once(&path, "one", &reason("单位提出异议")).await.expect(200);
    assert_eq!((&placed["holds"], &again["version"]), (&again["holds"], &placed["version"]), "done once");
    assert_eq!((&placed["holds"][0]["number"], &placed["holds"][0]["lifted_at"]), (&json!(1), &Value::Null));
    supervisor.post(&path, &reason("审计抽查")).await.expect(200);
    let number = supervisor.post(&path, &reason("见13800138000的来电")).await;
    assert_eq!(number.faults(), [("/reason".to_owned(), "holds_number".to_owned())]);
    assert_eq!(supervisor.post(&path, &reason(" ")).await.status, 422);

    hall.clock.set(start_of(after_years(hall.clock.now(), 2)));
    let found = due(&hall).await;
    assert_eq!((found.len(), &found[0].held_by), (1, &vec!["单位提出异议".to_owned(), "审计抽查".to_owned()]));
    assert_eq!(erase(&hall).await, 0);
    let lifted = supervisor.post(&format!("{path}/1/lift"), &reason("异议已了结")).await.expect(200);
    assert_eq!(lifted["holds"][0]["lifted_at"], json!(hall.clock.now()));
    supervisor.post(&format!("{path}/1/lift"), &reason("再次")).await.refused(409, "hold_lifted");
    supervisor.post(&format!("{path}/3/lift"), &reason("没有")).await.refused(404, "not_found");
    assert_eq!(erase(&hall).await, 0, "the other one stands");
    supervisor.post(&format!("{path}/2/lift"), &reason("审计结束")).await.expect(200);
    assert_eq!(erase(&hall).await, 1);
    supervisor.post(&path, &reason("太晚")).await.refused(409, "persons_erased");

    let events = supervisor.get(&format!("/cases/{case}/events")).await.expect(200);
    let kinds: Vec<&str> =
        events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds[kinds.len() - 5..],
        ["hold_placed", "hold_placed", "hold_lifted", "hold_lifted", "persons_erased"]
    );
    assert_eq!((hall.entries("hold_placed").await.len(), hall.entries("hold_lifted").await.len()), (2, 2));
}

async fn holds_are_for_supervisors_of_the_case(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let opened = hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}/holds", opened["id"].as_str().unwrap());
    for role in [Role::Clerk, Role::Producer, Role::Auditor, Role::Administrator, Role::SecurityAdministrator] {
        let outlet = if role.is_administrator() { None } else { Some(CENTER) };
        let person = hall.person(&[role], outlet).await;
        person.post(&path, &reason("x")).await.refused(403, "role_missing");
        person.post(&format!("{path}/1/lift"), &reason("x")).await.refused(403, "role_missing");
    }
    let portal = hall.client("portal", &Scope::ALL).await;
    portal.post(&path, &reason("x")).await.refused(403, "forbidden");
    hall.person(&[Role::Supervisor], Some("panyu")).await.post(&path, &reason("x")).await.refused(404, "not_found");
    let supervisor = hall.staff(Role::Supervisor).await;
    for _ in 0..20 {
        supervisor.post(&path, &reason("审计抽查")).await.expect(200);
    }
    supervisor.post(&path, &reason("审计抽查")).await.refused(409, "too_many_holds");
}
