//! Other systems, through the pages and as the API then has them.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use super::users::confirmed;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person};

on_both!(
    a_system_is_added_and_its_secret_shown_once,
    a_secret_is_exchanged_while_the_system_works,
    a_system_signs_by_a_key_of_its_own,
    every_fault_is_told_and_a_stale_change_loses_nothing,
);

async fn client(hall: &Hall, id: &str) -> Value {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    security.get(&format!("/clients/{id}")).await.expect(200)
}

async fn a_system_is_added_and_its_secret_shown_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let form = security.get("/console/systems/new").await;
    let typed = [("client_id", "tax-portal"), ("name", "电子税务局"), ("scopes", "cases:read")];
    let page = security.submit(&form, "/console/systems/new", &typed).await;
    let [secret] = &page.texts(".once li")[..] else { panic!("{}", page.html) };
    assert_eq!(client(&hall, "tax-portal").await["scopes"], json!(["cases:read"]));
    // It works, stands in no other page, and the same form again makes no second one.
    let system = Person::system(&hall.base, &*hall.clock, "tax-portal", secret);
    system.get("/cases").await.expect(200);
    let auditor = hall.visitor(Role::Auditor).await;
    for page in [
        security.get("/console/systems").await,
        security.get("/console/systems/tax-portal").await,
        auditor.get("/console/audit").await,
        security.submit(&form, "/console/systems/new", &typed).await,
    ] {
        assert!(!page.html.contains(secret.as_str()) && page.texts(".once li").is_empty(), "{}", page.address);
    }
    // Deactivated, it gets nothing.
    let page = security.get("/console/systems/tax-portal").await;
    let page = confirmed(&security, &page, "/console/systems/tax-portal/deactivate").await;
    assert_eq!(page.texts("[role=status]"), ["已停用。"]);
    system.get("/cases").await.refused(401, "unauthorized");
}

async fn a_secret_is_exchanged_while_the_system_works(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let first = hall.add_client("portal", &[Scope::CasesRead]).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let rotate = "/console/systems/portal/rotate-secret";
    let page = security.get("/console/systems/portal").await;
    let shown = security.submit(&page, rotate, &[("overlap", "72")]).await;
    let [second] = &shown.texts(".once li")[..] else { panic!("{}", shown.html) };
    for secret in [&first, second] {
        Person::system(&hall.base, &*hall.clock, "portal", secret).get("/cases").await.expect(200);
    }
    // A reload makes no third.
    let again = security.submit(&page, rotate, &[("overlap", "72")]).await;
    assert_eq!((again.status, again.texts(".once li").len()), (422, 0));
    assert_eq!(client(&hall, "portal").await["secrets"].as_array().unwrap().len(), 2);
    let page = security.get("/console/systems/portal").await;
    let page = confirmed(&security, &page, "/console/systems/portal/end-secret").await;
    assert_eq!(page.texts("[role=status]"), ["密钥已作废。"]);
    assert_eq!(client(&hall, "portal").await["secrets"].as_array().unwrap().len(), 1);
}

async fn a_system_signs_by_a_key_of_its_own(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.add_client("portal", &[Scope::CasesRead]).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let (page, add) = (security.get("/console/systems/portal").await, "/console/systems/portal/add-key");
    let no_key = security.submit(&page, add, &[("key", "no key")]).await;
    assert_eq!((no_key.status, no_key.texts("[role=alert] li").len()), (422, 1));
    assert_eq!(no_key.texts("textarea"), ["no key"]);
    let key =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "2026-1" });
    let page = security.submit(&no_key, add, &[("key", &key.to_string())]).await;
    assert_eq!(page.texts("[role=status]"), ["公钥已添加。"]);
    assert_eq!(client(&hall, "portal").await["keys"][0]["key"]["kid"], "2026-1");
    let page = confirmed(&security, &page, "/console/systems/portal/remove-key").await;
    assert_eq!(page.texts("[role=status]"), ["公钥已移除。"]);
    assert_eq!(client(&hall, "portal").await["keys"], json!([]));
}

async fn every_fault_is_told_and_a_stale_change_loses_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.add_client("portal", &[Scope::CasesRead]).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let form = security.get("/console/systems/new").await;
    let page = security.submit(&form, "/console/systems/new", &[("client_id", "Portal"), ("name", "门户")]).await;
    let faults = page.texts("[role=alert] li");
    assert!(
        page.status == 422 && faults.iter().all(|fault| fault.contains('：') || fault.starts_with('请')),
        "{faults:?}"
    );
    assert_eq!(page.attributes("[name=client_id]", "value"), ["Portal"]);
    let here = "/console/systems/portal";
    let (page, meanwhile) = (security.get(here).await, security.get(here).await);
    security.submit(&meanwhile, here, &[("name", "一")]).await;
    let stale = security.submit(&page, here, &[("name", "二")]).await;
    assert_eq!((stale.status, client(&hall, "portal").await["name"].clone()), (422, json!("一")));
    assert_eq!(stale.attributes("[name=name]", "value"), ["二"]);
    assert_eq!(stale.texts("h1"), ["一"]);
    security.submit(&stale, here, &[]).await;
    assert_eq!(client(&hall, "portal").await["name"], "二");
}
