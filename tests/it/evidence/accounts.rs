//! Accounts and other systems are held against the audit trail: whoever writes their tables is found out.

use casehall::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use casehall::domain::accounts::role::{Role, Scope};
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::check_accounts::hold_accounts;
use casehall::store::accounts::audit;
use casehall::store::evidence::accounts::{Holders, ids_after};
use chrono::Duration;
use serde_json::json;

use super::records::without_entries;
use crate::accounts::second_factor::enrolled;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, PASSWORD, TWO_OUTLETS};

on_both!(
    whatever_happens_to_accounts_in_the_hall_is_what_the_trail_says,
    whatever_is_written_into_an_account_is_named,
    whatever_is_written_into_a_system_is_named,
    an_account_or_system_that_nobody_added_is_named_and_one_that_is_gone,
    what_was_there_before_is_entered_as_it_was_found_and_held_from_then_on,
    instances_that_start_together_enter_what_they_find_once,
    a_password_that_an_older_version_changed_is_nobody_s_fault,
    no_account_is_left_out_of_many,
);

async fn found(hall: &Hall) -> Vec<String> {
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    found.findings.iter().map(ToString::to_string).collect()
}

/// The id of an account.
async fn id_of(hall: &Hall, username: &str) -> String {
    hall.database.rows(&format!("SELECT id FROM users WHERE username = '{username}'")).remove(0)
}

async fn whatever_happens_to_accounts_in_the_hall_is_what_the_trail_says(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let clean = async |after: &str| assert_eq!(found(&hall).await, [""; 0], "after {after}");
    clean("the first account").await;

    let account = json!({ "username": "Li.Na", "display_name": "李娜 → 甲", "roles": ["clerk"], "outlet": CENTER });
    let added = security.post("/users", &account).await.expect(201);
    let path = format!("/users/{}", added["user"]["id"].as_str().unwrap());
    clean("an account with a one-time password").await;
    for (version, change) in [
        (1, json!({ "display_name": "李娜 → 乙 → 丙", "roles": ["producer", "clerk"], "outlet": "panyu" })),
        (2, json!({ "display_name": "李娜", "roles": ["supervisor"], "all_outlets": true })),
        (3, json!({ "display_name": "李娜", "roles": ["auditor"], "all_outlets": true })),
        (4, json!({ "display_name": "李娜", "roles": ["clerk"], "outlet": CENTER })),
    ] {
        security.put(&path, version, &change).await.expect(200);
        clean("a change").await;
    }
    for verb in ["deactivate", "activate", "reset-password", "reset-password"] {
        security.post(&format!("{path}/{verb}"), &json!({})).await.expect(200);
        clean(verb).await;
    }
    let reset = security.post(&format!("{path}/reset-password"), &json!({})).await.expect(200);
    let one_time = reset["one_time_password"].as_str().unwrap();
    let signed_in = hall.nobody().post("/sessions", &json!({ "username": "li.na", "password": one_time })).await;
    let signed_in = signed_in.expect(201);
    let newcomer = hall.nobody().with_token(signed_in["access_token"].as_str().unwrap());
    let change = json!({ "old_password": one_time, "new_password": PASSWORD });
    assert_eq!(newcomer.post("/password", &change).await.status, 204);
    clean("a password of one's own").await;
    let clerk = hall.staff(Role::Clerk).await;
    enrolled(&hall, &clerk).await;
    clean("a second factor").await;
    let lost = format!("{}/second-factor", hall.account(&security, clerk.name()).await);
    security.delete(&lost).await.expect(200);
    clean("a second factor that was lost").await;

    let system = json!({ "client_id": "tax-portal", "name": "电子税务局", "scopes": ["cases:open", "cases:read"] });
    security.post("/clients", &system).await.expect(201);
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a" });
    let keyed = json!({ "client_id": "bank", "name": "银行", "scopes": ["cases:read"], "outlet": CENTER, "key": key });
    security.post("/clients", &keyed).await.expect(201);
    clean("systems").await;
    security.put("/clients/tax-portal", 1, &json!({ "name": "税务", "scopes": ["cases:read"] })).await.expect(200);
    clean("a change of a system").await;
    security.post("/clients/tax-portal/secrets", &json!({})).await.expect(201);
    clean("a second secret").await;
    hall.advance(Duration::hours(25));
    clean("the end of the first secret").await;
    let third = security.post("/clients/tax-portal/secrets", &json!({})).await.expect(201);
    let number = third["client"]["secrets"][0]["number"].as_i64().unwrap();
    security.delete(&format!("/clients/tax-portal/secrets/{number}")).await.expect(200);
    clean("a secret that was ended").await;
    security.post("/clients/tax-portal/keys", &key).await.expect(200);
    clean("a key").await;
    security.delete("/clients/tax-portal/keys/a").await.expect(200);
    clean("a key that was removed").await;
    for verb in ["deactivate", "activate"] {
        security.post(&format!("/clients/tax-portal/{verb}"), &json!({})).await.expect(200);
        clean(verb).await;
    }
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(found(&hall).await, [""; 0], "nor does another start enter anything twice");
    assert_eq!(hall.entries("accounts_held").await, [r#"{"accounts":"0","systems":"0"}"#]);
}

async fn whatever_is_written_into_an_account_is_named(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    enrolled(&hall, &clerk).await;
    let account = hall.account(&security, other.name()).await;
    security.post(&format!("{account}/reset-password"), &json!({})).await.expect(200);
    security.post(&format!("{account}/deactivate"), &json!({})).await.expect(200);
    let (id, other_id) = (id_of(&hall, clerk.name()).await, id_of(&hall, other.name()).await);
    assert_eq!(found(&hall).await, [""; 0]);
    for (of, change, names) in [
        (&id, "roles = '[\"clerk\",\"supervisor\"]'", "roles"),
        (&id, "outlet = NULL", "outlet"),
        (&id, "outlet = 'panyu'", "outlet"),
        (&id, "display_name = '别人'", "display_name"),
        (&id, "username = 'somebody'", "username"),
        (
            &id,
            "password_hash = (SELECT password_hash FROM users u WHERE u.id <> users.id ORDER BY id LIMIT 1)",
            "credentials_digest",
        ),
        (&id, "totp_secret = NULL, totp_enrolled_at = NULL", "second_factor, totp_enrolled_at"),
        (&other_id, "one_time_until = NULL", "credentials_digest"),
        (&other_id, "one_time_until = '2036-03-05 02:00:00'", "credentials_digest"),
        (&other_id, "active = TRUE", "active"),
        (&other_id, "active = TRUE, roles = '[\"clerk\"]'", "roles, active"),
    ] {
        let kept = hall.database.rows("SELECT id FROM users").len();
        hall.database.tamper("DROP TABLE IF EXISTS kept_users; CREATE TABLE kept_users AS SELECT * FROM users");
        hall.database.tamper(&format!("UPDATE users SET {change} WHERE id = '{of}'"));
        let differs = format!("account {of} ({names}) isn't what the audit trail says of it");
        // Whose second factor is another one has no recovery codes, either.
        let of_the_account = |fault: &String| !fault.starts_with("recovery code of account");
        let found: Vec<String> = found(&hall).await.into_iter().filter(of_the_account).collect();
        assert_eq!(found, [differs], "{change}");
        put_back(&hall, "users", "id");
        assert_eq!(hall.database.rows("SELECT id FROM users").len(), kept);
    }
    hall.database.tamper(&format!("UPDATE users SET roles = 'everything' WHERE id = '{id}'"));
    assert_eq!(found(&hall).await, [format!("account {id} can't be read")]);
}

/// Puts every column back that could have been changed.
fn put_back(hall: &Hall, table: &str, key: &str) {
    let columns = match table {
        "users" => &[
            "roles",
            "outlet",
            "display_name",
            "username",
            "password_hash",
            "totp_secret",
            "totp_enrolled_at",
            "one_time_until",
            "active",
        ][..],
        _ => &["scopes", "outlet", "name", "secrets", "keys", "epoch", "active"][..],
    };
    let set: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} = (SELECT k.{column} FROM kept_{table} k WHERE k.{key} = {table}.{key})"))
        .collect();
    hall.database.tamper(&format!("UPDATE {table} SET {}; DROP TABLE kept_{table}", set.join(", ")));
}

async fn whatever_is_written_into_a_system_is_named(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    hall.add_client("bank", &[Scope::CasesRead]).await;
    hall.add_client("tax-portal", &[Scope::CasesRead]).await;
    security.post("/clients/tax-portal/deactivate", &json!({})).await.expect(200);
    assert_eq!(found(&hall).await, [""; 0]);
    for (change, names) in [
        ("scopes = '[\"cases:read\",\"cases:open\"]'", "scopes"),
        ("outlet = 'panyu'", "outlet"),
        ("name = '别家'", "name"),
        ("active = TRUE", "active"),
        ("secrets = (SELECT secrets FROM clients c WHERE c.client_id = 'bank')", "credentials_digest"),
        ("keys = '[]', secrets = '[]'", "credentials_digest"),
        ("epoch = 0", "credentials_digest"),
    ] {
        hall.database.tamper("CREATE TABLE kept_clients AS SELECT * FROM clients");
        hall.database.tamper(&format!("UPDATE clients SET {change} WHERE client_id = 'tax-portal'"));
        let differs = format!("system tax-portal ({names}) isn't what the audit trail says of it");
        assert_eq!(found(&hall).await, [differs], "{change}");
        put_back(&hall, "clients", "client_id");
        assert_eq!(found(&hall).await, [""; 0]);
    }
}

async fn an_account_or_system_that_nobody_added_is_named_and_one_that_is_gone(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.add_client("bank", &[Scope::CasesRead]).await;
    let (id, evil) = (id_of(&hall, clerk.name()).await, "0196d1a0-0000-7000-8000-000000000001");
    hall.database.tamper(&format!(
        "INSERT INTO users (id, username, display_name, password_hash, roles, outlet, active, created_at, updated_at, version)
         SELECT '{evil}', 'evil', display_name, password_hash, '[\"security_administrator\"]', NULL, active, '2000-01-01 00:00:00', updated_at, 1
         FROM users WHERE id = '{id}';
         INSERT INTO clients (client_id, name, scopes, outlet, active, created_at, secrets, keys, epoch, version)
         SELECT 'evil', name, scopes, outlet, active, created_at, secrets, keys, epoch, version FROM clients"
    ));
    let (account, system) = (format!("account {evil}"), "system evil".to_owned());
    let nobody = |who: &str| format!("{who} was added by nobody, as the audit trail has it");
    assert_eq!(found(&hall).await, [nobody(&account), nobody(&system)]);
    // Nor is it believed because it was begun by a hand that knew no better.
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(found(&hall).await, [nobody(&account), nobody(&system)], "another start adopts nothing");
    hall.database.tamper(&format!(
        "DELETE FROM users WHERE id = '{evil}'; DELETE FROM sessions; DELETE FROM users WHERE id = '{id}'; DELETE FROM clients"
    ));
    assert_eq!(found(&hall).await, [format!("account {id} is missing"), "system bank is missing".to_owned()]);
}

async fn what_was_there_before_is_entered_as_it_was_found_and_held_from_then_on(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    enrolled(&hall, &clerk).await;
    hall.deactivate(clerk.name()).await;
    hall.add_client("bank", &[Scope::CasesRead]).await;
    let id = id_of(&hall, clerk.name()).await;
    let hall = as_before(hall);
    assert_eq!(found(&hall).await, [""; 0], "nothing is held against such a trail");
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(hall.entries("accounts_held").await, [r#"{"accounts":"1","systems":"1"}"#]);
    let entered = hall.entries("account_found").await.concat();
    for said in
        [r#""active":"false""#, r#""second_factor":"true""#, r#""roles":"clerk""#, r#""outlet":"guangzhou-center""#]
    {
        assert!(entered.contains(said), "{said}: {entered}");
    }
    assert_eq!(found(&hall).await, [""; 0]);
    hall.database.tamper("UPDATE users SET active = TRUE; UPDATE clients SET secrets = '[]'");
    let differs = |who: &str| format!("{who} isn't what the audit trail says of it");
    let both = [differs(&format!("account {id} (active)")), differs("system bank (credentials_digest)")];
    assert_eq!(found(&hall).await, both);
}

/// The hall on a database of an older version, whose trail says nothing of what accounts are.
fn as_before(hall: Hall) -> Hall {
    let older = "kind LIKE 'account%' OR kind LIKE 'system%'";
    without_entries(&hall, older);
    hall
}

async fn instances_that_start_together_enter_what_they_find_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.staff(Role::Clerk).await;
    let hall = as_before(hall);
    let instances = [1, 2, 3, 4].map(|_| hall.database.open());
    let now = hall.running.service.now();
    let all = futures_util::future::join_all(instances.iter().map(|db| hold_accounts(db, now))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(hall.entries("accounts_held").await.len(), 1);
    assert_eq!(hall.entries("account_found").await.len(), 1);
}

async fn a_password_that_an_older_version_changed_is_nobody_s_fault(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let id = id_of(&hall, clerk.name()).await;
    let now = hall.running.service.now().format("%F %T%.6f");
    hall.database.tamper(&format!(
        "UPDATE users SET password_hash = 'other', version = version + 1, updated_at = '{now}' WHERE id = '{id}'"
    ));
    assert_eq!(found(&hall).await.len(), 1);
    // As an instance writes that is still to be upgraded.
    let entry =
        AuditEntry::new(AuditKind::PasswordChanged, hall.running.service.now(), Caller::operator().audit_actor());
    let entry = entry.about(AuditSubject::account(&id));
    let db = hall.database.open();
    db.write("older", move |tx| audit::append(tx, &entry)).await.unwrap();
    assert_eq!(found(&hall).await, [""; 0]);
}

async fn no_account_is_left_out_of_many(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let id = id_of(&hall, clerk.name()).await;
    let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250)";
    hall.database.tamper(&format!(
        "{numbers} INSERT INTO users (id, username, display_name, password_hash, roles, outlet, active, created_at, updated_at, version)
         SELECT 'f' || (1000 + n), 'evil' || n, display_name, password_hash, roles, outlet, active, created_at, updated_at, 1 FROM users, n
         WHERE id = '{id}'"
    ));
    let all = found(&hall).await;
    assert_eq!(all.len(), 250);
    assert!(all[249].starts_with("account f1250 "), "{}", all[249]);
    let db = hall.database.open();
    let known = db.read("ids", |tx| ids_after(tx, Holders::Accounts, "", 1_000)).await.unwrap();
    assert_eq!(known.len(), 251);
}
