//! Requests that come twice or late: idempotency keys, and versions that somebody else has changed.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, CENTER, Hall, Person, TWO_OUTLETS, addition, all_in_order, application, send, unified_code};

on_both!(
    the_same_idempotency_key_gets_the_same_answer,
    a_key_belongs_to_one_caller_and_one_request,
    a_request_with_a_stale_version_changes_nothing,
    an_idempotency_key_expires_after_thirty_days,
    what_was_done_is_answered_to_nobody_who_may_see_it_no_longer,
);

/// Whether a request was done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Not,
    Done,
}

/// Status, ETag, Location and body of an answer, as they came; it says itself whether it is one of before.
async fn raw(person: &Person<'_>, path: &str, key: &str, body: &Value, again: Again) -> (u16, String, String, String) {
    let request = person.request(Method::POST, path).await.header("Idempotency-Key", key).json(body);
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    assert_eq!(header("Idempotency-Replayed"), if again == Again::Done { "true" } else { "" }, "{path}");
    let (status, tag, location) = (response.status().as_u16(), header("ETag"), header("Location"));
    (status, tag, location, response.text().await.unwrap())
}

async fn the_same_idempotency_key_gets_the_same_answer(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let registration = json!({
        "serial": "GZ2013-0001", "medium_number": "KEY-0001",
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(1) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
    let addition = addition(1, "GZ2013-0001");
    let opened = raw(&clerk, "/cases", "open-1", &addition, Again::Not).await;
    assert_eq!(opened.0, 201);
    let case: Value = serde_json::from_str(&opened.3).unwrap();
    let act = |action: &str| format!("/cases/{}/actions/{action}", case["acceptance_number"].as_str().unwrap());
    let steps = [
        (act("record_materials"), all_in_order(&case)),
        (act("accept_materials"), json!({})),
        (act("record_payment"), json!({ "payment": { "amount_fen": case["fee"]["total_fen"], "method": "cash" } })),
        (act("activate"), json!({})),
    ];
    let mut answers = Vec::new();
    for (number, (path, body)) in steps.iter().enumerate() {
        hall.advance(Duration::minutes(3));
        let answer = raw(&clerk, path, &format!("step-{number}"), body, Again::Not).await;
        assert_eq!(answer.0, 200, "{}", answer.3);
        answers.push(answer);
    }
    // However late, and whatever happened to case and certificate meanwhile.
    hall.advance(Duration::days(2));
    assert_eq!(raw(&clerk, "/cases", "open-1", &addition, Again::Done).await, opened);
    for (number, (path, body)) in steps.iter().enumerate() {
        let answer = raw(&clerk, path, &format!("step-{number}"), body, Again::Done).await;
        assert_eq!(answer, answers[number], "{path}");
    }
    let now = clerk.get(&format!("/cases/{}", case["id"].as_str().unwrap())).await;
    assert_eq!(format!("\"{}\"", now.version()), answers[3].1, "nothing was done twice");
}

async fn a_key_belongs_to_one_caller_and_one_request(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let opened = clerk.post_once("/cases", "key", &application(1)).await.expect(201);
    clerk.post_once("/cases", "key", &application(2)).await.refused(422, "idempotency_key_reused");
    let withdraw = format!("/cases/{}/actions/withdraw", opened["id"].as_str().unwrap());
    clerk.post_once(&withdraw, "key", &json!({ "reason": "x" })).await.refused(422, "idempotency_key_reused");
    let other = colleague.post_once("/cases", "key", &application(2)).await.expect(201);
    assert_ne!(other["id"], opened["id"], "somebody else's key is another one");
    // What was refused wasn't done: the same key may be sent with mended data.
    clerk.post_once("/cases", "mend", &application(1)).await.refused(409, "already_applied");
    clerk.post_once("/cases", "mend", &application(3)).await.expect(201);
    for odd in ["", " ", &"k".repeat(129), "a\tb", "schlüssel"] {
        let request = clerk.request(Method::POST, "/cases").await.json(&application(4));
        let value = reqwest::header::HeaderValue::from_bytes(odd.as_bytes()).unwrap();
        let refused = send(request.header("Idempotency-Key", value)).await.refused(400, "invalid_header");
        assert_eq!(refused["header"], "Idempotency-Key", "{odd:?}");
    }
    let two = clerk.request(Method::POST, "/cases").await.json(&application(4)).header("Idempotency-Key", "a");
    send(two.header("Idempotency-Key", "b")).await.refused(400, "invalid_header");
    clerk.post_once("/cases", &"k".repeat(128), &application(4)).await.expect(201);
    // Somebody's number is a key as any other, but isn't kept as it is.
    for (nth, number) in ["order-440199196412310694", "order-13853768491", "R13853768491"].iter().enumerate() {
        let application = application(5 + u32::try_from(nth).unwrap());
        let opened = clerk.post_once("/cases", number, &application).await.expect(201);
        assert_eq!(clerk.post_once("/cases", number, &application).await.expect(201)["id"], opened["id"]);
    }
    let kept = hall.database.rows("SELECT key FROM idempotency_keys");
    let has_number = |key: &String| key.contains("440199196412310694") || key.contains("13853768491");
    assert!(!kept.is_empty() && !kept.iter().any(has_number), "{kept:?}");
}

async fn put(clerk: &Person<'_>, path: &str, tag: Option<&str>, body: &Value) -> Answer {
    let request = clerk.request(Method::PUT, path).await.json(body);
    send(tag.map_or(request.try_clone().unwrap(), |tag| request.header("If-Match", tag))).await
}

async fn a_request_with_a_stale_version_changes_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await;
    assert_eq!(opened.header("ETag"), "\"1\"");
    let opened = opened.expect(201);
    let case = format!("/cases/{}", opened["acceptance_number"].as_str().unwrap());
    let (whole, row) = (format!("{case}/materials"), format!("{case}/materials/e-seal-agreement"));
    let (sheet, check) = (all_in_order(&opened), json!({ "copies_received": 3, "copies_stamped": 2 }));
    for path in [&whole, &row] {
        let body = if path == &whole { &sheet } else { &check };
        put(&clerk, path, None, body).await.refused(428, "precondition_required");
        for odd in ["1", "*", "\"x\"", "\"01\"", "\"1\", \"2\"", ""] {
            assert_eq!(put(&clerk, path, Some(odd), body).await.refused(400, "invalid_header")["header"], "If-Match");
        }
        let stale = put(&clerk, path, Some("\"77\""), body).await;
        let current = if path == &whole { 1 } else { 0 };
        assert_eq!(stale.header("ETag"), format!("\"{current}\""));
        assert_eq!(stale.refused(412, "version_stale")["current_version"], current);
    }
    // Rows have versions of their own: two clerks on different rows don't disturb one another.
    let first = put(&clerk, &row, Some("\"0\""), &check).await;
    assert_eq!(first.header("ETag"), "\"2\"");
    first.expect(200);
    let other_row = format!("{case}/materials/e-seal-application-form");
    put(&clerk, &other_row, Some("\"0\""), &check).await.expect(200);
    put(&clerk, &row, Some("\"0\""), &check).await.refused(412, "version_stale");
    let seen = clerk.get(&whole).await.expect(200);
    let version = |code: &str| {
        let sheets = seen["sheets"].as_array().unwrap();
        sheets.iter().find(|sheet| sheet["material"] == code).unwrap()["version"].as_i64().unwrap()
    };
    let tag = format!("\"{}\"", version("e-seal-agreement"));
    put(&clerk, &row, Some(&tag), &json!({ "copies_received": 3, "copies_stamped": 3 })).await.expect(200);
    // An action may say which version it means, too.
    let withdraw = async |tag: &str| {
        let request = clerk.request(Method::POST, &format!("{case}/actions/withdraw")).await;
        send(request.header("If-Match", tag).json(&json!({ "reason": "x" }))).await
    };
    withdraw("\"1\"").await.refused(412, "version_stale");
    withdraw("*").await.refused(400, "invalid_header");
    let now = clerk.get(&case).await;
    assert_eq!(now.version(), "4");
    assert_eq!((&now.body["state"]["code"], &now.body["version"]), (&json!("submitted"), &json!(4)));
    withdraw("\"4\"").await.expect(200);
}

#[tokio::test]
async fn an_action_takes_its_own_data_and_no_other() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let found = |answer: Answer| {
        let faults = answer.faults();
        answer.refused(422, "invalid_request");
        faults
    };
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let body = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" }, "reason": "x" });
    assert_eq!(
        found(clerk.act(case, "record_payment", &body).await),
        [
            fault("/certificate", "unexpected_field"),
            fault("/payment", "missing_field"),
            fault("/reason", "unexpected_field")
        ]
    );
    // Faults of structure come first; then those of the rules, and of parts that don't belong there.
    let body = json!({ "payment": { "amount_fen": 0, "method": "gold" }, "remark": "x", "colour": "red" });
    assert_eq!(
        found(clerk.act(case, "record_payment", &body).await),
        [fault("/colour", "unknown_field"), fault("/payment/amount_fen", "too_small")]
    );
    let body = json!({ "payment": { "amount_fen": 1, "method": "gold" }, "remark": "x" });
    assert_eq!(
        found(clerk.act(case, "record_payment", &body).await),
        [fault("/payment/method", "not_one_of"), fault("/remark", "unexpected_field")]
    );
    let body = json!({ "payment": { "amount_fen": 60_001, "method": "cash" } });
    assert_eq!(found(clerk.act(case, "record_payment", &body).await), [fault("/payment/amount_fen", "more_than_owed")]);
    assert_eq!(found(clerk.act(case, "withdraw", &json!({})).await), [fault("/reason", "missing_field")]);
    assert_eq!(found(clerk.act(case, "withdraw", &json!({ "reason": null })).await), [fault("/reason", "wrong_type")]);
    assert_eq!(found(clerk.act(case, "withdraw", &json!({ "reason": " " })).await), [fault("/reason", "too_short")]);
    clerk.act(case, "no_such_action", &json!({})).await.refused(404, "unknown_action");
    clerk.act(case, "no_such_action", &json!({ "reason": "x" })).await.refused(404, "unknown_action");
    assert_eq!(clerk.get(&format!("/cases/{case}")).await.expect(200)["version"], 1, "nothing was done");
}

async fn an_idempotency_key_expires_after_thirty_days(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let first = raw(&clerk, "/cases", "open-1", &application(1), Again::Not).await;
    hall.advance(Duration::days(10));
    let second = raw(&clerk, "/cases", "open-2", &application(2), Again::Not).await;
    hall.advance(Duration::days(20));
    // The first key, what was counted of the clerk's name and of their address, and both sessions.
    assert_eq!(hall.running.service.clean_up().await.unwrap(), 5);
    assert_eq!(hall.running.service.clean_up().await.unwrap(), 0);
    // The key is free again, and the case still stands in the way of another.
    clerk.post_once("/cases", "open-1", &application(1)).await.refused(409, "already_applied");
    assert_eq!(raw(&clerk, "/cases", "open-2", &application(2), Again::Done).await, second);
    assert_eq!(first.0, 201);
}

async fn what_was_done_is_answered_to_nobody_who_may_see_it_no_longer(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let opened = clerk.post_once("/cases", "open-1", &application(1)).await.expect(201);
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let id = hall.database.rows("SELECT id FROM users WHERE username = 'chen'").remove(0);
    let moved = json!({ "display_name": "陈晓明", "roles": ["clerk"], "outlet": "panyu" });
    security.put(&format!("/users/{id}"), 1, &moved).await.expect(200);
    hall.advance(Duration::seconds(6));
    clerk.get(&format!("/cases/{}", opened["id"].as_str().unwrap())).await.refused(404, "not_found");
    clerk.post_once("/cases", "open-1", &application(1)).await.refused(404, "not_found");
}
