//! What enters the register without a case: of no effect until a second supervisor approves it, and gone when one rejects it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::progress::{Part, Progress};
use casehall::service::certificates::import::Source;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::imports::{import, table};
use super::{history, registration};
use crate::databases::{TestDatabase, on_both};
use crate::hall::registering::supervisor;
use crate::hall::{Answer, Hall, Person, addition, application, organization_code, send};

on_both!(
    what_one_supervisor_enters_has_no_effect_until_another_approves_it,
    a_rejected_registration_leaves_nothing_in_the_way,
    an_import_is_approved_or_rejected_as_a_whole_by_another_supervisor,
    an_interrupted_import_is_given_up_and_leaves_nothing,
    a_table_that_breaks_off_while_it_is_entered_leaves_nothing,
    an_import_lets_others_write_in_between,
    whoever_is_deactivated_enters_no_further_line_of_an_import,
    whoever_loses_the_role_enters_no_further_line_of_an_import,
);

const CERTIFICATE: &str = "/certificates/GZ2013-0001";

async fn approve(person: &Person<'_>, serial: &str, version: i64) -> Answer {
    let path = format!("/certificates/{serial}/registration/approve");
    let request = person.request(Method::POST, &path).await.header("If-Match", format!("\"{version}\""));
    send(request.json(&json!({}))).await
}

async fn serials(person: &Person<'_>, query: &str) -> Vec<String> {
    let listed = person.get(&format!("/certificates?{query}")).await.expect(200);
    let serial = |certificate: &Value| certificate["serial"].as_str().unwrap().to_owned();
    listed["items"].as_array().unwrap().iter().map(serial).collect()
}

async fn what_one_supervisor_enters_has_no_effect_until_another_approves_it(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let (clerk, asker) = (hall.staff(Role::Clerk).await, hall.client("login", &Scope::ALL).await);
    let entered = one.post("/certificates", &registration(1)).await.expect(201);
    assert_eq!((&entered["state"]["code"], &entered["stage"]), (&json!("unapproved"), &json!("unapproved")));
    assert_eq!(entered["registration"]["entered_at"], "2026-03-02T02:00:00Z");
    // Nobody logs in with it, applies with it, or does anything else to it.
    let question = format!("{CERTIFICATE}/authorizations/urban-construction");
    for instant in ["2026-03-02T02:00:00Z", "2026-06-02T02:00:00Z"] {
        hall.set_time(instant);
        let answer = asker.get(&question).await.expect(200);
        assert_eq!(
            (&answer["usable"], &answer["reason"]["code"]),
            (&json!(false), &json!("registration_not_approved"))
        );
        let asked = json!({ "application": "urban-construction", "certificates": [{ "organization_code": organization_code(1) }] });
        let answer = asker.post("/authorizations/query", &asked).await.expect(200);
        assert_eq!(answer["answers"][0]["reason"]["code"], "registration_not_approved", "{answer}");
    }
    clerk.post("/cases", &addition(1, "GZ2013-0001")).await.refused(409, "registration_not_approved");
    let reason = json!({ "reason": "遗失" });
    clerk.post(&format!("{CERTIFICATE}/loss-reports"), &reason).await.refused(409, "registration_not_approved");
    asker.post(&format!("{CERTIFICATE}/lock-reports"), &json!({})).await.refused(409, "registration_not_approved");
    let seal = format!("{CERTIFICATE}/services/e-seal/suspend");
    clerk.post(&seal, &reason).await.refused(409, "registration_not_approved");
    let correction = json!({ "handler": "谭丽", "reason": "录错" });
    clerk.post(&format!("{CERTIFICATE}/corrections"), &correction).await.refused(409, "registration_not_approved");
    // Its organization waits with it: so nothing can be in the way of the approval.
    let refused = clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(refused["alternatives"], json!([]));
    assert!(refused["detail"].as_str().unwrap().contains("waits for a supervisor's approval"), "{refused}");
    for query in ["registration=pending", "state=unapproved"] {
        assert_eq!(serials(&two, query).await, ["GZ2013-0001"], "{query}");
    }
    for state in ["active", "locked", "expired"] {
        assert!(serials(&two, &format!("state={state}")).await.is_empty(), "{state}");
    }
    approve(&clerk, "GZ2013-0001", 1).await.refused(403, "role_missing");
    approve(&asker, "GZ2013-0001", 1).await.refused(403, "role_missing");
    let own = approve(&one, "GZ2013-0001", 1).await.refused(409, "second_person_needed");
    assert!(own["detail"].as_str().unwrap().contains("another supervisor"), "it says who may: {own}");
    approve(&two, "GZ2013-0001", 2).await.refused(412, "version_stale");
    two.post(&format!("{CERTIFICATE}/registration/approve"), &json!({})).await.refused(428, "precondition_required");
    let approved = approve(&two, "GZ2013-0001", 1).await.expect(200);
    assert_eq!((&approved["state"]["code"], &approved["registration"]), (&json!("active"), &Value::Null));
    assert_eq!(approved["source"], "registered", "for ever");
    assert_eq!(history(&again, &clerk, "GZ2013-0001").await, ["registered", "registration_approved"]);
    assert_eq!(asker.get(&question).await.expect(200)["usable"], true);
    assert!(serials(&two, "registration=pending").await.is_empty());
    approve(&two, "GZ2013-0001", 2).await.refused(409, "no_registration");
    two.post(&format!("{CERTIFICATE}/registration/reject"), &reason).await.refused(409, "no_registration");
}

async fn a_rejected_registration_leaves_nothing_in_the_way(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let clerk = hall.staff(Role::Clerk).await;
    one.post("/certificates", &registration(1)).await.expect(201);
    let path = format!("{CERTIFICATE}/registration/reject");
    let reason = json!({ "reason": "查无此证" });
    clerk.post(&path, &reason).await.refused(403, "role_missing");
    two.post(&path, &json!({ "reason": " " })).await.refused(422, "invalid_request");
    let rejected = two.post_once(&path, "no", &reason).await.expect(200);
    assert_eq!(rejected["state"]["code"], "rejected");
    assert_eq!(two.post_once(&path, "no", &reason).await.expect(200), rejected, "sent again");
    clerk.get(CERTIFICATE).await.refused(404, "not_found");
    assert!(serials(&two, "name=第1老证").await.is_empty());
    // The organization may apply, and the numbers can be entered anew: whoever entered something takes it back alone.
    clerk.post("/cases", &application(1)).await.expect(201);
    let mut other = registration(2);
    (other["serial"], other["medium_number"]) = (json!("GZ2013-0001"), json!("KEY-0001"));
    let entered = one.post("/certificates", &other).await.expect(201);
    one.post(&path, &reason).await.expect(200);
    one.post("/certificates", &other).await.expect(201);
    let approved = approve(&two, "GZ2013-0001", 1).await.expect(200);
    assert_eq!(approved["organization_code"], entered["organization_code"]);
}

async fn an_import_is_approved_or_rejected_as_a_whole_by_another_supervisor(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let (clerk, asker) = (hall.staff(Role::Clerk).await, hall.client("login", &[Scope::CertificatesRead]).await);
    let done = import(&one, "", &table(1..=450)).await.expect(200);
    let id = done["import"].as_str().unwrap().to_owned();
    let waiting = two.get("/certificates/imports?state=waiting").await.expect(200);
    assert_eq!((&waiting["items"][0]["id"], &waiting["items"][0]["lines"]), (&json!(id), &json!(450)));
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
    asker.get("/certificates/imports").await.refused(403, "forbidden");
    two.get("/certificates/imports?state=lost").await.refused(400, "invalid_query");
    assert_eq!(serials(&two, &format!("import={id}&limit=200")).await.len(), 200);
    assert!(serials(&two, "registration=pending").await.is_empty(), "those of imports are decided as a whole");
    approve(&two, "OLD-000077", 1).await.refused(409, "part_of_import");
    let path = format!("/certificates/imports/{id}");
    clerk.post(&format!("{path}/approve"), &json!({})).await.refused(403, "role_missing");
    one.post(&format!("{path}/approve"), &json!({})).await.refused(409, "second_person_needed");
    clerk.post("/cases", &application(77)).await.refused(409, "already_applied");
    let approved = two.post_once(&format!("{path}/approve"), "yes", &json!({})).await.expect(200);
    assert_eq!(approved["state"]["code"], "approved");
    assert_eq!(approved["settled_at"], "2026-03-02T02:00:00Z", "all are in force when it is answered");
    assert_eq!(two.post_once(&format!("{path}/approve"), "yes", &json!({})).await.expect(200), approved);
    assert!(serials(&two, "state=unapproved").await.is_empty());
    for number in [1, 200, 201, 400, 450] {
        let serial = format!("OLD-{number:06}");
        assert_eq!(history(&again, &clerk, &serial).await, ["registered", "registration_approved"]);
    }
    let shown = clerk.get("/certificates/OLD-000450").await.expect(200);
    assert_eq!(
        (&shown["source"], &shown["import"], &shown["state"]["code"]),
        (&json!("imported"), &json!(id), &json!("active"))
    );
    for what in ["approve", "reject"] {
        let body = if what == "approve" { json!({}) } else { json!({ "reason": "x" }) };
        two.post(&format!("{path}/{what}"), &body).await.refused(409, "import_not_waiting");
    }
    // Another one is rejected: nothing of it stands anywhere, and the same table can be imported again.
    let done = import(&one, "", &table(501..=950)).await.expect(200);
    let path = format!("/certificates/imports/{}", done["import"].as_str().unwrap());
    let rejected = two.post(&format!("{path}/reject"), &json!({ "reason": "来源不明" })).await.expect(200);
    assert_eq!((&rejected["state"]["code"], &rejected["reason"]), (&json!("rejected"), &json!("来源不明")));
    clerk.get("/certificates/OLD-000950").await.refused(404, "not_found");
    clerk.post("/cases", &application(501)).await.expect(201);
    import(&one, "", &table(502..=950)).await.expect(200);
    two.get(&format!("/certificates/imports/{}", uuid::Uuid::nil())).await.refused(404, "not_found");
}

fn source(text: String) -> Source {
    Arc::new(move || Ok(Box::new(std::io::Cursor::new(text.clone().into_bytes())) as Box<dyn std::io::Read>))
}

/// Tells of each portion that was entered.
#[derive(Debug)]
struct Heard(UnboundedSender<u64>, AtomicBool);

impl Progress for Heard {
    fn begin(&self, part: Part) {
        self.1.store(part.what == "lines entered", Ordering::Relaxed);
    }

    fn goes_on(&self, more: u64) -> bool {
        if self.1.load(Ordering::Relaxed) {
            let _ = self.0.send(more);
        }
        true
    }
}

async fn an_interrupted_import_is_given_up_and_leaves_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, second) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (entered, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let service = hall.running.service.told_to(Arc::new(Heard(entered, AtomicBool::new(false))));
    let table = table(1..=3_000);
    let running =
        tokio::spawn(async move { service.import_certificates(&supervisor("one"), source(table), false).await });
    heard.recv().await.unwrap();
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let listed = second.get("/certificates/imports").await.expect(200);
    let import = &listed["items"][0];
    assert_eq!(import["state"]["code"], "entering");
    let path = format!("/certificates/imports/{}/approve", import["id"].as_str().unwrap());
    second.post(&path, &json!({})).await.refused(409, "import_not_waiting");
    clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(hall.running.service.settle_imports().await.unwrap(), 0, "it may go on yet");
    hall.advance(Duration::minutes(11));
    assert_eq!(hall.running.service.settle_imports().await.unwrap(), 1);
    assert_eq!(hall.running.service.settle_imports().await.unwrap(), 0);
    assert_eq!(second.get("/certificates/imports").await.expect(200)["items"][0]["state"]["code"], "failed");
    assert!(serials(&second, "limit=1").await.is_empty());
    clerk.post("/cases", &application(1)).await.expect(201);
}

/// Reads as far as it goes, and then fails.
struct BreaksOff(std::io::Cursor<Vec<u8>>);

impl std::io::Read for BreaksOff {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

async fn a_table_that_breaks_off_while_it_is_entered_leaves_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let second = hall.staff(Role::Supervisor).await;
    let text = table(1..=700);
    let opened = std::sync::atomic::AtomicU32::new(0);
    // Each reading opens it twice: for its encoding, and for its lines.
    let source: Source = Arc::new(move || {
        let bytes = std::io::Cursor::new(text.clone().into_bytes());
        let whole = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3;
        Ok(if whole { Box::new(bytes) as Box<dyn std::io::Read> } else { Box::new(BreaksOff(bytes)) })
    });
    let service = &hall.running.service;
    let failed = service.import_certificates(&supervisor("one"), source, false).await;
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(second.get("/certificates/imports").await.expect(200)["items"][0]["state"]["code"], "failed");
    assert!(serials(&second, "limit=1").await.is_empty());
}

async fn an_import_lets_others_write_in_between(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (entered, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let service = hall.running.service.told_to(Arc::new(Heard(entered, AtomicBool::new(false))));
    let table = table(1_001..=4_000);
    let running =
        tokio::spawn(async move { service.import_certificates(&supervisor("one"), source(table), false).await });
    heard.recv().await.unwrap();
    clerk.post("/cases", &application(1)).await.expect(201);
    assert!(!running.is_finished(), "the case was opened while the import went on");
    assert_eq!(running.await.unwrap().unwrap().lines, 3_000);
}

/// Somebody enters a long table, and something happens to their account once the first lines are in.
async fn entering_while(database: TestDatabase, happens: impl AsyncFnOnce(&Person<'_>, &str)) {
    let hall = Hall::open(database).await;
    let (entering, second) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let account = hall.account(&security, entering.name()).await;
    let (entered, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let service = hall.running.service.told_to(Arc::new(Heard(entered, AtomicBool::new(false))));
    let caller = service.caller(&entering.token().await.unwrap(), None).await.unwrap();
    let table = table(1..=3_000);
    let running = tokio::spawn(async move { service.import_certificates(&caller, source(table), false).await });
    heard.recv().await.unwrap();
    happens(&security, &account).await;
    running.await.unwrap().expect_err("whoever may no longer enters nothing more");
    let import = second.get("/certificates/imports").await.expect(200)["items"][0].clone();
    assert_eq!(import["state"]["code"], "failed");
    assert!(import["lines"].as_i64().unwrap() < 3_000, "{import}");
    assert!(import["reason"].as_str().unwrap().contains("停用"), "it says why: {import}");
    assert!(serials(&second, "limit=1").await.is_empty());
    assert_eq!(hall.entries("import_failed").await.len(), 1);
    let took_out = hall.database.rows("SELECT DISTINCT actor_id AS text FROM events WHERE action = 'reject_import'");
    assert_eq!(took_out, ["casehall"], "nobody acts under the account any more");
}

async fn whoever_is_deactivated_enters_no_further_line_of_an_import(database: TestDatabase) {
    entering_while(database, async |security, account| {
        security.post(&format!("{account}/deactivate"), &json!({})).await.expect(200);
    })
    .await;
}

async fn whoever_loses_the_role_enters_no_further_line_of_an_import(database: TestDatabase) {
    entering_while(database, async |security, account| {
        let changed = json!({ "display_name": "升迁", "roles": ["administrator"] });
        security.put(account, 1, &changed).await.expect(200);
    })
    .await;
}
