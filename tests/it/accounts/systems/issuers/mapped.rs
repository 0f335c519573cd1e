//! What the map of the settings gives a system: never more than it may by a secret of the hall's; and whoever changes the map stands in the
//! trail with it.

use std::collections::BTreeMap;

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use super::{ISSUER, KeyServer, SUBJECT, systems, token};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(a_map_that_gives_everything_gives_no_more_than_the_system_has, what_the_map_was_and_is_stands_in_the_trail,);

/// A setting that maps these subjects to systems, and these words to scopes.
fn mapping(server: &KeyServer, clients: &[(&str, &str)], scopes: &[(&str, &str)]) -> String {
    let table = |pairs: &[(&str, &str)]| {
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\" = \"{value}\"")).collect();
        format!("{{ {} }}", pairs.join(", "))
    };
    let keys = format!("jwks_url = \"http://127.0.0.1:{}/keys\", allow_http = true", server.port);
    format!(
        "[{{ issuer = \"{ISSUER}\", audience = \"https://hall.example.org\", {keys}, algorithms = [\"EdDSA\"], clients = {}, scopes = {} }}]",
        table(clients),
        table(scopes)
    )
}

async fn a_map_that_gives_everything_gives_no_more_than_the_system_has(database: TestDatabase) {
    let server = KeyServer::of(&[1]).await;
    let everything = Scope::ALL.map(Scope::code).join(" ");
    let setting = mapping(&server, &[(SUBJECT, "tax-portal")], &[("everything", &everything)]);
    let hall = Hall::with(database, &[("ISSUERS", &setting)]).await;
    systems(&hall).await;
    let by_token = hall.nobody().with_token(&token(1, json!({ "scope": "everything" })));
    let me = by_token.get("/me").await.expect(200);
    assert_eq!((&me["id"], &me["scopes"]), (&json!("tax-portal"), &json!(["cases:open", "cases:read"])), "{me:#}");
    for path in ["/certificates", "/webhooks", "/organizations/69127000X/eligibility"] {
        by_token.get(path).await.refused(403, "forbidden");
    }
    // Nor what no system of the hall has at all.
    for path in ["/audit", "/users", "/clients", "/board", "/staff"] {
        assert_eq!(by_token.get(path).await.status, 403, "{path}");
    }
}

/// What the newest entry about settings says of the issuers, as the auditor reads it.
async fn told(hall: &Hall) -> BTreeMap<String, Value> {
    let auditor = hall.person(&[Role::Auditor], None).await;
    let trail = auditor.get("/audit?kind=settings_changed&limit=200").await.expect(200);
    let newest = trail["items"].as_array().unwrap().iter().max_by_key(|entry| entry["number"].as_i64()).unwrap();
    let details = newest["details"].as_object().unwrap().iter();
    details
        .filter(|(name, _)| name.starts_with("issuers."))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

async fn what_the_map_was_and_is_stands_in_the_trail(database: TestDatabase) {
    let server = KeyServer::of(&[1]).await;
    let read = [("hall.read", "cases:read")];
    let setting = mapping(&server, &[(SUBJECT, "tax-portal")], &read);
    let hall = Hall::with(database, &[("ISSUERS", &setting)]).await;
    let before = told(&hall).await;
    assert_eq!(before["issuers.clients"], format!("\"{ISSUER}\": \"{SUBJECT}\"=tax-portal"));
    assert_eq!(before["issuers.scopes"], format!("\"{ISSUER}\": \"hall.read\"=cases:read"));

    let other = mapping(&server, &[("somebody-else", "tax-portal")], &read);
    let hall = hall.sharing_settings(&[("ISSUERS", &other)]).await;
    let after = told(&hall).await;
    assert_eq!(after["issuers.clients"], format!("\"{ISSUER}\": \"somebody-else\"=tax-portal"));
    assert_eq!(after["issuers.clients.before"], before["issuers.clients"]);
    assert_eq!(after.get("issuers.scopes.before"), None, "what stayed has no value before");

    let more = mapping(&server, &[("somebody-else", "tax-portal")], &[("hall.read", "cases:read cases:write")]);
    let hall = hall.sharing_settings(&[("ISSUERS", &more)]).await;
    let last = told(&hall).await;
    assert_eq!(last["issuers.scopes"], format!("\"{ISSUER}\": \"hall.read\"=cases:read cases:write"));
    assert_eq!(last["issuers.scopes.before"], before["issuers.scopes"]);
    // Nobody but the auditor reads of it.
    for role in [Role::Administrator, Role::SecurityAdministrator, Role::Supervisor, Role::Clerk, Role::Producer] {
        hall.person(&[role], None).await.get("/audit").await.refused(403, "role_missing");
    }
}
