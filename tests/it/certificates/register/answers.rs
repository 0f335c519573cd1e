//! The 24-hour answer, one at a time and by the thousand, and for how long whoever asks may keep it.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, organization_code, send, unified_code};

on_both!(
    a_thousand_answers_keep_the_order_of_the_questions,
    max_age_ends_at_the_next_change_and_at_the_setting,
    faults_of_many_rows_are_told_together,
);

const ONE: &str = "/certificates/GZ2013-0001/authorizations/urban-construction";
const MANY: &str = "/authorizations/query";

fn query(certificates: Value) -> Value {
    json!({ "application": "urban-construction", "certificates": certificates })
}

async fn a_thousand_answers_keep_the_order_of_the_questions(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    let mut expired = registration(2);
    expired["valid_until"] = json!("2026-01-01T00:00:00Z");
    let mut successor = registration(2);
    (successor["serial"], successor["medium_number"]) = (json!("GZ2013-0102"), json!("KEY-0102"));
    let mut future = registration(3);
    future["valid_from"] = json!("2026-03-02T02:00:00.5Z");
    let mut none_open = registration(4);
    none_open["applications"] = json!([]);
    let mut locked = registration(5);
    locked["locked_at"] = json!("2016-12-31T23:59:60Z");
    for registration in [&registration(1), &expired, &successor, &future, &none_open, &locked, &registration(6)] {
        hall.register(registration).await;
    }
    supervisor.post("/certificates/GZ2013-0006/loss-reports", &json!({ "reason": "遗失" })).await.expect(200);
    let mut rows = vec![
        json!({ "serial": "gz2013-0001" }),
        json!({ "organization_code": unified_code(2) }),
        json!({ "organization_code": organization_code(2) }),
        json!({ "serial": "GZ2013-0002" }),
        json!({ "serial": "GZ2013-0003" }),
        json!({ "serial": "GZ2013-0004" }),
        json!({ "serial": "GZ2013-0005" }),
        json!({ "organization_code": organization_code(6) }),
        json!({ "organization_code": organization_code(77) }),
        json!({ "serial": "GZ2013-0001" }),
    ];
    let told = asker.post(MANY, &query(json!(rows))).await.expect(200);
    let told = told["answers"].as_array().unwrap();
    let found: Vec<_> = told.iter().map(|row| (row["serial"].as_str(), row["reason"]["code"].as_str())).collect();
    let expected = [
        (Some("GZ2013-0001"), None),
        (Some("GZ2013-0102"), None),
        (Some("GZ2013-0102"), None),
        (Some("GZ2013-0002"), Some("expired")),
        (Some("GZ2013-0003"), Some("not_yet_valid")),
        (Some("GZ2013-0004"), Some("application_not_open")),
        (Some("GZ2013-0005"), Some("locked")),
        (Some("GZ2013-0006"), Some("suspended")),
        (None, Some("unknown_certificate")),
        (Some("GZ2013-0001"), None),
    ];
    assert_eq!(found, expected);
    assert!(told.iter().all(|row| row["usable"] == row["reason"].is_null()));
    assert_eq!(told[4]["seconds_left"], 1, "rounded up");
    // Each is what the single question is answered.
    for row in told.iter().filter(|row| !row["serial"].is_null()) {
        let path = format!("/certificates/{}/authorizations/urban-construction", row["serial"].as_str().unwrap());
        assert_eq!(asker.get(&path).await.expect(200), *row);
    }
    rows.extend((0..990).map(|number| json!({ "serial": format!("GZ-{number:060}") })));
    let thousand = asker.post(MANY, &query(json!(rows))).await.expect(200);
    assert_eq!(thousand["answers"].as_array().unwrap().len(), 1_000);
    assert_eq!(thousand["answers"][0], told[0]);
    rows.push(json!({ "serial": "GZ2013-0001" }));
    asker.post(MANY, &query(json!(rows))).await.refused(422, "invalid_request");
    hall.client("other", &[Scope::CertificatesRead])
        .await
        .post(MANY, &query(json!([])))
        .await
        .refused(403, "forbidden");
}

/// For how many seconds an answer may be kept.
fn max_age(answer: &Answer) -> i64 {
    let text = answer.header("Cache-Control").strip_prefix("private, max-age=").unwrap();
    text.strip_suffix(", must-revalidate").unwrap().parse().unwrap()
}

async fn ask(asker: &Person<'_>, body: Option<&Value>, tag: &str) -> Answer {
    let (method, path) = if body.is_some() { (Method::POST, MANY) } else { (Method::GET, ONE) };
    let mut request = asker.request(method, path).await;
    if let Some(body) = body {
        request = request.json(body);
    }
    if !tag.is_empty() {
        request = request.header("If-None-Match", tag);
    }
    send(request).await
}

async fn max_age_ends_at_the_next_change_and_at_the_setting(database: TestDatabase) {
    let hall = Hall::with(database, &[("AUTHORIZATIONS__MAX_AGE_SECONDS", "60")]).await;
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    let mut registration = registration(1);
    registration["valid_from"] = json!("2026-03-02T02:01:30.25Z");
    hall.register(&registration).await;
    let many = query(json!([{ "serial": "GZ2013-0001" }, { "serial": "GZ2013-0009" }]));
    for body in [None, Some(&many)] {
        hall.set_time("2026-03-02T02:00:00Z");
        let waiting = ask(&asker, body, "").await;
        assert_eq!((waiting.status, max_age(&waiting)), (200, 60), "as is set");
        hall.set_time("2026-03-02T02:01:00Z");
        assert_eq!(max_age(&ask(&asker, body, "").await), 30, "never past the change, a quarter of a second early");
        hall.set_time("2026-03-02T02:01:30Z");
        let last = ask(&asker, body, "*").await;
        assert_eq!(
            (last.status, max_age(&last), last.header("ETag")),
            (200, 0, ""),
            "what may not be kept is sent anew"
        );
        hall.set_time("2026-03-02T02:01:31Z");
        let usable = ask(&asker, body, "").await;
        let tag = usable.header("ETag").to_owned();
        assert!(tag.starts_with('"') && tag != waiting.header("ETag"));
        hall.advance(Duration::hours(9));
        // Nothing changed: nothing is sent, and it may be kept on.
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
            let same = ask(&asker, body, &known).await;
            assert_eq!((same.status, max_age(&same), same.header("ETag")), (304, 60, tag.as_str()));
            assert!(same.body.is_null() && same.header("Vary").contains("Accept-Language"));
        }
        assert_eq!(ask(&asker, body, "\"x\"").await.status, 200);
        // In another language it is another answer only where there are words in it.
        hall.set_time("2026-12-31T23:59:59.5Z");
        assert_eq!(max_age(&ask(&asker, body, "").await), 0, "half a second before its end");
        hall.set_time("2027-01-01T00:00:00Z");
        let ended = ask(&asker, body, &tag).await;
        assert_eq!((ended.status, max_age(&ended)), (200, 60));
    }
    // A clock that jumps back: the answer is that of the instant, whatever was answered before.
    hall.set_time("2026-03-02T02:01:30.249999Z");
    assert_eq!(ask(&asker, None, "").await.body["reason"]["code"], "not_yet_valid");
    hall.set_time("2026-03-02T02:01:30.25Z");
    assert_eq!(ask(&asker, None, "").await.body["usable"], true);
}

async fn faults_of_many_rows_are_told_together(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    let rows = json!([
        { "serial": "GZ2013-0001" }, { "serial": "号" }, {}, { "serial": "GZ2013-0001", "organization_code": "1" },
        { "organization_code": "1" }, { "pin": "1" }, { "serial": 7 },
    ]);
    let asked = |rows: &[serde_json::Value]| json!({ "application": "tax", "certificates": rows });
    let rows = rows.as_array().unwrap();
    // Faults of the form first.
    let misshapen = asker.post(MANY, &asked(rows)).await;
    let found = misshapen.faults();
    assert!(found.contains(&("/certificates/5/pin".to_owned(), "unknown_field".to_owned())), "{found:?}");
    assert!(found.iter().any(|(database, _)| database == "/certificates/6/serial"));
    misshapen.refused(422, "invalid_request");
    let answer = asker.post(MANY, &asked(&rows[..5])).await;
    let at = |database: &str, code: &str| (database.to_owned(), code.to_owned());
    let found = answer.faults();
    for expected in [
        at("/application", "not_one_of"),
        at("/certificates/1/serial", "bad_serial"),
        at("/certificates/2", "one_of_two"),
        at("/certificates/3", "one_of_two"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert!(found.iter().any(|(database, _)| database == "/certificates/4/organization_code"));
    answer.refused(422, "invalid_request");
    asker.post(MANY, &query(json!([]))).await.refused(422, "invalid_request");
}
