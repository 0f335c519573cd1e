//! Systems over REST: added, changed, switched off and on, their secrets exchanged; each change in the audit trail.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{administrator, ask_by_secret, secret_of, status_with, token};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, send};

on_both!(
    a_system_is_added_changed_and_listed,
    a_secret_is_exchanged_while_the_system_works,
    a_further_secret_cuts_short_no_time_that_was_promised_to_an_earlier_one,
    every_change_of_a_system_stands_in_the_audit_trail,
);

fn portal() -> Value {
    json!({ "client_id": "tax-portal", "name": "电子税务局", "scopes": ["cases:open", "cases:read", "cases:read"] })
}

async fn a_system_is_added_changed_and_listed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = administrator(&hall).await;
    let made = administrator.post("/clients", &portal()).await;
    assert_eq!((made.header("Location"), made.header("ETag")), ("/api/v1/clients/tax-portal", "\"1\""));
    assert_eq!(made.header("Cache-Control"), "no-store");
    let made = made.expect(201);
    assert_eq!(made["client"]["scopes"], json!(["cases:open", "cases:read"]));
    ask_by_secret(&hall, "tax-portal", &secret_of(&made)).await.expect(200);

    let change = json!({ "name": " 税务\u{200B}局 ", "scopes": ["cases:read"] });
    administrator.put("/clients/tax-portal", 7, &change).await.refused(412, "version_stale");
    let unseen = administrator.request(Method::PUT, "/clients/tax-portal").await.json(&change);
    send(unseen).await.refused(428, "precondition_required");
    let changed = administrator.put("/clients/tax-portal", 1, &change).await;
    assert_eq!(changed.header("ETag"), "\"2\"");
    assert_eq!(changed.expect(200)["name"], "税务局");
    let granted = ask_by_secret(&hall, "tax-portal", &secret_of(&made)).await.expect(200);
    assert_eq!(granted["scope"], "cases:read");

    let listed = administrator.get("/clients").await.expect(200);
    assert_eq!(listed["items"][0], administrator.get("/clients/tax-portal").await.expect(200));
    let text = listed.to_string();
    assert!(!text.contains("sha256") && !text.contains(&secret_of(&made)), "nothing of a secret is shown again");
    administrator.get("/clients/nothing").await.refused(404, "not_found");
    administrator.put("/clients/nothing", 1, &change).await.refused(404, "not_found");
    administrator.post("/clients", &portal()).await.refused(422, "invalid_request");
}

async fn a_secret_is_exchanged_while_the_system_works(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = administrator(&hall).await;
    let old = secret_of(&administrator.post("/clients", &portal()).await.expect(201));
    let path = "/clients/tax-portal/secrets";
    let rotated = administrator.post(path, &json!({})).await.expect(201);
    let new = secret_of(&rotated);
    assert_ne!(old, new);
    let secrets = &rotated["client"]["secrets"];
    assert_eq!((&secrets[0]["number"], &secrets[1]["number"]), (&json!(1), &json!(2)));
    assert_eq!(secrets[0]["valid_until"], "2026-03-03T02:00:00Z", "a day, where nothing is said");
    assert_eq!(secrets[1]["valid_until"], Value::Null);
    // A third finds no room while two are valid.
    let refused = administrator.post(path, &json!({})).await.refused(409, "too_many_secrets");
    assert!(refused["detail"].as_str().unwrap().contains("2026-03-03T02:00:00Z"), "{refused}");
    for secret in [&old, &new] {
        ask_by_secret(&hall, "tax-portal", secret).await.expect(200);
    }
    // A token that is got shortly before the end ends with its secret, and says so.
    hall.advance(Duration::hours(24) - Duration::minutes(5));
    let granted = ask_by_secret(&hall, "tax-portal", &old).await.expect(200);
    assert_eq!(granted["expires_in"], 300);
    hall.advance(Duration::minutes(5) - Duration::seconds(1));
    ask_by_secret(&hall, "tax-portal", &old).await.expect(200);
    hall.advance(Duration::seconds(1));
    ask_by_secret(&hall, "tax-portal", &old).await.expect(401);
    assert_eq!(status_with(&hall, granted["access_token"].as_str().unwrap()).await, 401);
    ask_by_secret(&hall, "tax-portal", &new).await.expect(200);

    // At once, where that is asked for; never for longer than a month.
    let now = hall.running.service.now();
    let far = json!({ "old_valid_until": now + Duration::days(30) + Duration::seconds(1) });
    let far = administrator.post(path, &far).await;
    assert_eq!(far.faults(), [("/old_valid_until".to_owned(), "too_late".to_owned())]);
    let third = secret_of(&administrator.post(path, &json!({ "old_valid_until": now })).await.expect(201));
    ask_by_secret(&hall, "tax-portal", &new).await.expect(401);
    let working = token(ask_by_secret(&hall, "tax-portal", &third).await);

    // A secret that leaked is ended, with the tokens that were got with it.
    let fourth = administrator.post(path, &json!({})).await.expect(201);
    let number = fourth["client"]["secrets"][0]["number"].as_i64().unwrap();
    let kept = token(ask_by_secret(&hall, "tax-portal", &secret_of(&fourth)).await);
    let end = administrator.request(Method::DELETE, &format!("{path}/{number}")).await;
    assert_eq!(send(end.try_clone().unwrap()).await.expect(200)["secrets"].as_array().unwrap().len(), 1);
    send(end).await.refused(404, "not_found");
    assert_eq!((status_with(&hall, &working).await, status_with(&hall, &kept).await), (401, 200));
    ask_by_secret(&hall, "tax-portal", &third).await.expect(401);
}

async fn a_further_secret_cuts_short_no_time_that_was_promised_to_an_earlier_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = administrator(&hall).await;
    let old = secret_of(&administrator.post("/clients", &portal()).await.expect(201));
    let path = "/clients/tax-portal/secrets";
    let long = json!({ "old_valid_until": "2026-03-20T00:00:00Z" });
    let lost = administrator.post(path, &long).await.expect(201)["client"]["secrets"][1]["number"].clone();
    send(administrator.request(Method::DELETE, &format!("{path}/{lost}")).await).await.expect(200);
    let again = administrator.post(path, &json!({})).await.expect(201);
    assert_eq!(again["client"]["secrets"][0]["valid_until"], "2026-03-20T00:00:00Z");
    hall.advance(Duration::days(2));
    ask_by_secret(&hall, "tax-portal", &old).await.expect(200);
}

async fn every_change_of_a_system_stands_in_the_audit_trail(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = administrator(&hall).await;
    let secret = secret_of(&administrator.post("/clients", &portal()).await.expect(201));
    let change = json!({ "name": "税务", "scopes": ["cases:read"], "outlet": CENTER });
    administrator.put("/clients/tax-portal", 1, &change).await.expect(200);
    administrator.put("/clients/tax-portal", 2, &change).await.expect(200);
    let rotated = administrator.post("/clients/tax-portal/secrets", &json!({})).await.expect(201);
    send(administrator.request(Method::DELETE, "/clients/tax-portal/secrets/1").await).await.expect(200);
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a" });
    administrator.post("/clients/tax-portal/keys", &key).await.expect(200);
    administrator.post("/clients/tax-portal/keys", &key).await.expect(200);
    send(administrator.request(Method::DELETE, "/clients/tax-portal/keys/a").await).await.expect(200);
    for what in ["deactivate", "deactivate", "activate"] {
        administrator.post(&format!("/clients/tax-portal/{what}"), &json!({})).await.expect(200);
    }
    let entries = hall.database.rows(
        "SELECT kind || ' ' || actor_name || ' ' || details FROM audit WHERE subject_id = 'tax-portal' ORDER BY number",
    );
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.split(' ').next().unwrap()).collect();
    // What changes nothing is no entry.
    assert_eq!(
        kinds,
        [
            "system_added",
            "system_changed",
            "system_secret_added",
            "system_secret_ended",
            "system_key_added",
            "system_key_removed",
            "system_deactivated",
            "system_activated"
        ]
    );
    assert!(entries.iter().all(|entry| entry.contains("安全管理员")), "who did it: {entries:?}");
    let changed = r#"{"name":"电子税务局 → 税务","outlet":"all_outlets → guangzhou-center","scopes":"cases:open cases:read → cases:read"}"#;
    assert!(entries[1].ends_with(changed), "what it was and is: {}", entries[1]);
    let all = entries.concat();
    assert!(!all.contains(&secret) && !all.contains(&secret_of(&rotated)) && !all.contains("sha256"), "no secret");
}

#[tokio::test]
async fn a_faulty_system_is_refused_with_every_fault() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let administrator = administrator(&hall).await;
    let with = |member: &str, value: Value| {
        let mut request = portal();
        request[member] = value;
        request
    };
    let uuid = "0196d1a0-0000-7000-8000-000000000001";
    for id in [
        "casehall",
        "Portal",
        "has space",
        "税务局",
        "a/b",
        "a%00",
        "..",
        "-a",
        ".portal",
        uuid,
        &uuid.replace('-', ""),
        &uuid.to_uppercase(),
    ] {
        let refused = administrator.post("/clients", &with("client_id", json!(id))).await;
        assert_eq!(refused.faults(), [("/client_id".to_owned(), "bad_client_id".to_owned())], "{id}");
    }
    for (member, value) in [
        ("client_id", json!("a")),
        ("client_id", json!("a".repeat(65))),
        ("name", json!("")),
        ("name", json!("two\nlines")),
        ("name", json!("\u{202E}")),
        ("scopes", json!([])),
        ("scopes", json!(["everything"])),
        ("outlet", json!("nowhere")),
        ("surprise", json!(1)),
        ("key", json!({ "kty": "RSA", "n": "x", "e": "AQAB" })),
    ] {
        administrator.post("/clients", &with(member, value)).await.refused(422, "invalid_request");
    }
    let mut several = with("client_id", json!("Tax"));
    several["outlet"] = json!("nowhere");
    let pointers: Vec<String> =
        administrator.post("/clients", &several).await.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/client_id", "/outlet"]);
    assert_eq!(administrator.get("/clients").await.expect(200)["items"], json!([]), "nothing was added");
}

#[tokio::test]
async fn only_the_security_administrator_manages_systems() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let system = hall.client("portal", &Scope::ALL).await;
    let mut others = vec![system];
    for role in Role::ALL.into_iter().filter(|role| !matches!(role, Role::SecurityAdministrator | Role::Client)) {
        others.push(hall.staff(role).await);
    }
    for person in &others {
        for (method, path) in [
            (Method::GET, "/clients"),
            (Method::POST, "/clients"),
            (Method::GET, "/clients/portal"),
            (Method::PUT, "/clients/portal"),
            (Method::POST, "/clients/portal/deactivate"),
            (Method::POST, "/clients/portal/activate"),
            (Method::POST, "/clients/portal/secrets"),
            (Method::DELETE, "/clients/portal/secrets/1"),
            (Method::POST, "/clients/portal/keys"),
            (Method::DELETE, "/clients/portal/keys/a"),
        ] {
            // Before anything is said of the request, or of whether there is such a system.
            let request = person.request(method.clone(), path).await;
            send(request.json(&json!({ "surprise": 1 }))).await.refused(403, "role_missing");
        }
    }
}
