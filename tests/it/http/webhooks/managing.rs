//! Who manages webhooks, and what is kept of them.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use super::{PORTAL, arranged, deliver, hall, opened, webhook};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    a_system_manages_its_own_webhooks_and_the_security_administrator_all,
    a_secret_is_shown_once_and_stored_encrypted,
    a_webhook_that_is_added_again_with_its_key_is_the_same,
    a_system_that_reads_certificates_only_is_told_of_these,
    each_change_stands_in_the_audit_trail,
    what_is_no_webhook_is_refused_with_all_its_faults,
    a_hall_has_as_many_webhooks_as_it_wants_and_no_more,
    one_system_leaves_webhooks_to_the_others,
    an_address_that_is_not_allowed_any_more_can_be_switched_off,
    nobody_is_told_that_a_deactivated_system_is_told,
    a_webhook_that_is_removed_leaves_nothing,
);

const ADDRESS: &str = "https://portal.example.org/hook";

async fn a_system_manages_its_own_webhooks_and_the_security_administrator_all(database: TestDatabase) {
    let hall = hall(database).await;
    let (portal, other) = (hall.client("portal", &PORTAL).await, hall.client("other", &PORTAL).await);
    let (own, _) = webhook(&portal, ADDRESS).await;
    let (others, _) = webhook(&other, ADDRESS).await;
    let listed = |view: Value| -> Vec<String> {
        let webhooks = view["items"].as_array().unwrap().iter();
        webhooks.map(|webhook| webhook["client_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(portal.get("/webhooks").await.expect(200)), ["portal"]);
    let security = hall.staff(Role::SecurityAdministrator).await;
    assert_eq!(listed(security.get("/webhooks").await.expect(200)), ["portal", "other"]);
    let change = json!({ "url": ADDRESS, "types": ["casehall.case.opened.v1"], "active": false });
    let path = format!("/webhooks/{others}");
    portal.get(&path).await.refused(404, "not_found");
    portal.get(&format!("{path}/attempts")).await.refused(404, "not_found");
    portal.put(&path, 1, &change).await.refused(404, "not_found");
    portal.post(&format!("{path}/secrets"), &json!({})).await.refused(404, "not_found");
    portal.post(&format!("{path}/test"), &json!({})).await.refused(404, "not_found");
    portal.delete(&path).await.refused(404, "not_found");
    let changed = security.put(&path, 1, &change).await.expect(200);
    assert_eq!((&changed["active"], &changed["version"]), (&json!(false), &json!(2)));
    security.put(&path, 1, &change).await.refused(412, "version_stale");
    portal.put(&format!("/webhooks/{own}"), 1, &change).await.expect(200);

    // Nobody adds one for another system, and who may not manage them none.
    let foreign = json!({ "client_id": "other", "url": ADDRESS });
    portal.post("/webhooks", &foreign).await.refused(422, "invalid_request");
    let without = hall.client("without", &[Scope::CasesRead]).await;
    without.post("/webhooks", &json!({ "url": ADDRESS })).await.refused(403, "forbidden");
    for role in [Role::Clerk, Role::Supervisor, Role::Administrator, Role::Auditor] {
        hall.staff(role).await.get("/webhooks").await.refused(403, "role_missing");
    }
}

async fn a_secret_is_shown_once_and_stored_encrypted(database: TestDatabase) {
    let hall = hall(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, secret) = webhook(&portal, ADDRESS).await;
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let shown = portal.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!(shown["secrets"][0]["valid_until"], Value::Null);
    assert!(!shown.to_string().contains("whsec_"));
    let stored = hall.database.rows("SELECT secrets FROM webhooks").concat();
    let bytes = secret.strip_prefix("whsec_").unwrap();
    assert!(!stored.contains("whsec_") && !stored.contains(bytes), "{stored}");
    let audit = hall.database.rows("SELECT details FROM audit").concat();
    assert!(!audit.contains(bytes));
    // The key of its secrets is wrapped anew with all others.
    assert_eq!(hall.database.rows("SELECT subject_id FROM person_keys WHERE subject_kind = 'webhook'"), [id]);
}

async fn a_webhook_that_is_added_again_with_its_key_is_the_same(database: TestDatabase) {
    let hall = hall(database).await;
    let (portal, other) = (hall.client("portal", &PORTAL).await, hall.client("other", &PORTAL).await);
    let asked = json!({ "url": ADDRESS });
    let made = portal.post_once("/webhooks", "k", &asked).await.expect(201);
    let again = portal.post_once("/webhooks", "k", &asked).await;
    assert_eq!(again.header("Idempotency-Replayed"), "true");
    assert_eq!(again.header("Location"), format!("/api/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap()));
    assert_eq!(again.expect(201), made, "the answer that was lost, with its secret");
    assert_eq!(portal.get("/webhooks").await.expect(200)["items"].as_array().unwrap().len(), 1);
    portal
        .post_once("/webhooks", "k", &json!({ "url": format!("{ADDRESS}/2") }))
        .await
        .refused(422, "idempotency_key_reused");
    assert_ne!(other.post_once("/webhooks", "k", &asked).await.expect(201)["webhook"]["id"], made["webhook"]["id"]);
    // Whoever has its secret needs no lost answer: once another came, the first isn't shown any more.
    let one = format!("/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    portal.post(&format!("{one}/secrets"), &json!({})).await.expect(201);
    portal.post_once("/webhooks", "k", &asked).await.refused(409, "answer_gone");
    assert_eq!(portal.get("/webhooks").await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(portal.delete(&one).await.status, 204);
    portal.post_once("/webhooks", "k", &asked).await.refused(409, "answer_gone");
}

async fn a_system_that_reads_certificates_only_is_told_of_these(database: TestDatabase) {
    let hall = hall(database).await;
    let scopes = [Scope::CertificatesRead, Scope::WebhooksManage];
    let declaring = hall.client("declaring", &scopes).await;
    webhook(&declaring, ADDRESS).await;
    let blind = hall.client("blind", &[Scope::WebhooksManage]).await;
    let refused = blind.post("/webhooks", &json!({ "url": ADDRESS })).await;
    let fault = &refused.body["errors"][0];
    assert_eq!(
        (&fault["pointer"], &fault["code"]),
        (&json!(""), &json!("cannot_read_events")),
        "it named no client_id"
    );
    let words = fault["detail"].as_str().unwrap();
    assert!(words.contains("cases:read") && words.contains("certificates:read"), "{words}");
}

async fn each_change_stands_in_the_audit_trail(database: TestDatabase) {
    let hall = hall(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    hall.client("portal", &PORTAL).await;
    let asked = json!({ "client_id": "portal", "url": ADDRESS });
    let id = security.post("/webhooks", &asked).await.expect(201)["webhook"]["id"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{id}");
    let change = json!({ "url": "https://portal.example.org/other", "types": [], "active": true });
    security.put(&path, 1, &change).await.expect(200);
    // What changes nothing is none.
    security.put(&path, 2, &change).await.expect(200);
    security.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    let time = json!({ "from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z" });
    security.post(&format!("{path}/replays"), &time).await.expect(204);
    assert_eq!(security.delete(&path).await.status, 204);
    let auditor = hall.staff(Role::Auditor).await;
    let trail = auditor.get(&format!("/audit?subject={id}")).await.expect(200);
    let entries = trail["items"].as_array().unwrap();
    let kinds: Vec<&str> = entries.iter().rev().map(|entry| entry["kind"]["code"].as_str().unwrap()).collect();
    let expected =
        ["webhook_added", "webhook_changed", "webhook_secret_rotated", "webhook_replayed", "webhook_removed"];
    assert_eq!(kinds, expected);
    let changed = &entries[3]["details"];
    assert_eq!(changed, &json!({ "url": format!("{ADDRESS} → https://portal.example.org/other") }));
    assert!(entries.iter().all(|entry| entry["actor"]["name"] == "安全管理员"));
}

async fn what_is_no_webhook_is_refused_with_all_its_faults(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    hall.client("portal", &PORTAL).await;
    hall.client("blind", &[Scope::EligibilityRead]).await;
    let faults = async |asked: Value| -> Vec<String> {
        let refused = security.post("/webhooks", &asked).await;
        refused.refused(422, "invalid_request");
        let told = security.post("/webhooks", &asked).await.body;
        let errors = told["errors"].as_array().unwrap().iter();
        errors
            .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(faults(json!({ "url": "http://x.example" })).await, ["/client_id missing_field", "/url bad_url"]);
    let of = |client: &str, url: &str| json!({ "client_id": client, "url": url });
    assert_eq!(faults(of("portal", "https://u:p@example.org/")).await, ["/url bad_url"]);
    assert_eq!(faults(of("portal", "https://example.org/#x")).await, ["/url bad_url"]);
    assert_eq!(faults(of("blind", ADDRESS)).await, ["/client_id cannot_read_events"]);
    assert_eq!(faults(of("nobody", ADDRESS)).await, ["/client_id cannot_read_events"]);
    let mut unknown = of("portal", ADDRESS);
    unknown["types"] = json!(["casehall.case.closed.v9"]);
    assert_eq!(faults(unknown).await.len(), 1);
}

async fn a_hall_has_as_many_webhooks_as_it_wants_and_no_more(database: TestDatabase) {
    let hall = Hall::with(database, &[("WEBHOOKS__MOST", "2")]).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (first, _) = webhook(&portal, ADDRESS).await;
    webhook(&portal, ADDRESS).await;
    portal.post("/webhooks", &json!({ "url": ADDRESS })).await.refused(422, "invalid_request");
    assert_eq!(portal.delete(&format!("/webhooks/{first}")).await.status, 204);
    webhook(&portal, ADDRESS).await;
}

async fn one_system_leaves_webhooks_to_the_others(database: TestDatabase) {
    let hall = Hall::with(database, &[("WEBHOOKS__MOST_OF_ONE_SYSTEM", "2")]).await;
    let (portal, other) = (hall.client("portal", &PORTAL).await, hall.client("other", &PORTAL).await);
    // Also when it asks for many at once.
    let body = json!({ "url": ADDRESS });
    let asked = futures_util::future::join_all((0..6).map(|_| portal.post("/webhooks", &body))).await;
    assert_eq!(asked.iter().filter(|answer| answer.status == 201).count(), 2);
    let refused = portal.post("/webhooks", &json!({ "url": ADDRESS })).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["code"]), (422, &json!("too_many_webhooks")));
    webhook(&other, ADDRESS).await;
}

async fn an_address_that_is_not_allowed_any_more_can_be_switched_off(database: TestDatabase) {
    let hall = hall(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, ADDRESS).await;
    let inside = "https://10.9.8.7/hook";
    hall.database.tamper(&format!("UPDATE webhooks SET url = '{inside}'"));
    let path = format!("/webhooks/{id}");
    let change = |url: &str, active: bool| json!({ "url": url, "types": [], "active": active });
    let refused = portal.put(&path, 1, &change("https://10.9.8.8/hook", false)).await;
    assert_eq!(refused.body["errors"][0]["code"], "target_refused");
    let off = portal.put(&path, 1, &change(inside, false)).await.expect(200);
    assert_eq!((&off["active"], &off["url"]), (&json!(false), &json!(inside)));
    let refused = portal.put(&path, 2, &change(inside, true)).await;
    assert_eq!(refused.body["errors"][0]["code"], "target_refused");
    portal.put(&path, 2, &change(ADDRESS, true)).await.expect(200);
}

async fn nobody_is_told_that_a_deactivated_system_is_told(database: TestDatabase) {
    let hall = hall(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, ADDRESS).await;
    security.post("/clients/portal/deactivate", &json!({})).await.expect(200);
    let time = json!({ "from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z" });
    for (path, asked, pointer) in [
        ("/webhooks".to_owned(), json!({ "client_id": "portal", "url": ADDRESS }), "/client_id"),
        (format!("/webhooks/{id}/test"), json!({}), ""),
        (format!("/webhooks/{id}/replays"), time, ""),
    ] {
        let refused = security.post(&path, &asked).await;
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!("cannot_read_events")), "{path}");
    }
}

async fn a_webhook_that_is_removed_leaves_nothing(database: TestDatabase) {
    let (hall, receiver) = arranged(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 1).await;
    deliver(&hall).await;
    portal.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect(204);
    let path = format!("/webhooks/{id}");
    assert_eq!(portal.delete(&path).await.status, 204);
    portal.delete(&path).await.refused(404, "not_found");
    let sent = receiver.all().len();
    deliver(&hall).await;
    assert_eq!(receiver.all().len(), sent);
    for table in ["webhooks", "webhook_queue", "webhook_attempts"] {
        assert_eq!(hall.database.rows(&format!("SELECT 'x' FROM {table}")), Vec::<String>::new(), "{table}");
    }
}
