//! A hall with a life behind it: every table has rows, and each kind of row is there.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::json;

use crate::accounts::every_kind;
use crate::accounts::second_factor::enrolled;
use crate::calendar::calendars::{Push, year_of};
use crate::databases::TestDatabase;
use crate::evidence::retention::{erase, withdrawn};
use crate::hall::furnished::{PLAIN, There};
use crate::hall::{Hall, PASSWORD, application, send};
use crate::http::webhooks::ON_THIS_MACHINE;

/// From March 2018 to March 2026; the day on which anything was done is over.
pub(super) async fn lived(database: TestDatabase) -> Hall {
    let own = [("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#), ("SIGN_IN__FAILURES_FROM_ELSEWHERE", "7")];
    let settings = [own, ON_THIS_MACHINE].concat();
    let (directory, now) = (tempfile::tempdir().unwrap(), "2018-03-05T02:00:00Z".parse().unwrap());
    let hall = Hall::start(database, directory, &settings, None, now).await.unwrap();
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    every_kind::sign_ins(&hall, &security).await;
    every_kind::accounts(&hall, &security).await;
    withdrawn(&hall, &application(70)).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    Push::json(2031, &year_of(2031, &[("2031-01-01", true)]), None).by(&administrator).await.expect(200);
    hall.running.service.seal().await.unwrap();
    hall.set_time("2026-03-02T02:00:00Z");
    assert!(erase(&hall).await > 0, "what ended in 2018");
    every_kind::imports(&hall).await;
    // First: of who was reset with their first password, nobody says whether it was kept.
    passwords(&hall).await;
    let there = hall.furnish(PLAIN).await;
    systems(&hall).await;
    papers(&hall, &there).await;
    corrected(&hall).await;
    hall.running.service.sweep().await.unwrap();
    hall.running.service.tell_usable().await.unwrap();
    hall.running.service.seal().await.unwrap();
    hall.advance(Duration::days(1));
    assert_eq!(
        hall.running.service.count_days().await.unwrap(),
        31,
        "the first days, on one of which something happened"
    );
    // Whose dates are still to come.
    let mut labelled = application(90);
    (labelled["reference"], labelled["metadata"]) = (json!("GZ-2026-0147"), json!({ "order_id": "A-1047" }));
    hall.staff(Role::Clerk).await.post_once("/cases", "once", &labelled).await.expect(201);
    hall
}

/// Somebody who chose a password before theirs was reset, and somebody with a second factor.
async fn passwords(hall: &Hall) {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let change = json!({ "old_password": PASSWORD, "new_password": "another long passphrase" });
    assert_eq!(clerk.post("/password", &change).await.status, 204);
    let account = hall.account(&security, clerk.name()).await;
    security.post(&format!("{account}/reset-password"), &json!({})).await.expect(200);
    enrolled(hall, &other).await;
}

/// Systems with secrets and keys, and a webhook.
async fn systems(hall: &Hall) {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a" });
    let system = json!({ "client_id": "tax-portal", "name": "电子税务局", "scopes": ["cases:read", "cases:open"] });
    security.post("/clients", &system).await.expect(201);
    security.post("/clients/tax-portal/keys", &key).await.expect(200);
    security.post("/clients/tax-portal/deactivate", &json!({})).await.expect(200);
    let webhook = json!({ "client_id": "portal", "url": "http://127.0.0.1:9/events" });
    let added = security.post("/webhooks", &webhook).await.expect(201);
    let path = format!("/webhooks/{}", added["webhook"]["id"].as_str().unwrap());
    let change = json!({ "url": "http://127.0.0.1:9/told", "types": [], "active": true });
    security.put(&path, 1, &change).await.expect(200);
    let other = security.post("/webhooks", &webhook).await.expect(201);
    let path = format!("/webhooks/{}", other["webhook"]["id"].as_str().unwrap());
    assert_eq!(security.delete(&path).await.status, 204);
}

/// Papers of a case, and the sheet of a cash-up.
async fn papers(hall: &Hall, there: &There) {
    let (clerk, case) = (hall.visitor(Role::Clerk).await, there.one("checked"));
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    for _ in 0..2 {
        let printed = clerk.submit(&page, &format!("/console/cases/{case}/prints/notice-of-acceptance"), &[]).await;
        assert_eq!(printed.status, 200);
    }
    let sheet = clerk.get("/console/cash-up/sheet?window=3&counted=600").await;
    assert_eq!(clerk.submit(&sheet, "/console/cash-up/sheet", &[]).await.status, 200);
}

/// A certificate whose serial was wrong.
async fn corrected(hall: &Hall) {
    let (one, other) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let path = "/certificates/GZ-OLD-34/corrections";
    let asked = one.post(path, &json!({ "serial": "GZ-OLD-0034", "reason": "录错" })).await.expect(200);
    let request = other.request(Method::POST, &format!("{path}/approve")).await;
    let request = request.header("If-Match", format!("\"{}\"", asked["version"]));
    send(request.json(&json!({}))).await.expect(200);
}
