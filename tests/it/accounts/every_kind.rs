//! Each kind of entry that the trail knows is provoked: by requests, by commands, or by the start on an older database. A kind that
//! nothing provokes would be one that nobody is ever held to.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;
use std::process::{Command, Stdio};

use casehall::domain::accounts::audit::AuditKind;
use casehall::domain::accounts::role::{Role, Scope};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::audit::wrong_password;
use super::second_factor::enrolled;
use super::systems::issuers::{set, setting, token};
use super::systems::status_with;
use crate::calendar::calendars::{Push, year_of};
use crate::certificates::register::imports::{import, large, table};
use crate::databases::{TestDatabase, on_both};
use crate::evidence::retention::withdrawn;
use crate::hall::{CENTER, Hall, PASSWORD, Person, Visitor, all_in_order, application, send};
use crate::http::webhooks::{ON_THIS_MACHINE, every_change};
use crate::program::run;
use crate::store::upgrade::of_version_1;

on_both!(every_kind_of_entry_is_provoked);

async fn every_kind_of_entry_is_provoked(database: TestDatabase) {
    let older = of_version_1(database.address.is_postgres()).await;
    let mut kinds = kinds(&older.database);
    kinds.extend(of_a_hall(database).await);
    kinds.extend(tokio::task::spawn_blocking(of_the_commands).await.unwrap());
    let missing: Vec<&str> = AuditKind::CODES.iter().copied().filter(|kind| !kinds.contains(*kind)).collect();
    assert!(missing.is_empty(), "nothing provokes {missing:?}");
    let unknown: Vec<&String> = kinds.iter().filter(|kind| AuditKind::from_code(kind).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn kinds(database: &TestDatabase) -> BTreeSet<String> {
    database.rows("SELECT DISTINCT kind FROM audit").into_iter().collect()
}

/// What requests to a hall enter, and the command that erases, which needs a hall of long ago.
async fn of_a_hall(database: TestDatabase) -> BTreeSet<String> {
    let again = database.again();
    let own = [("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#), ("SIGN_IN__FAILURES_FROM_ELSEWHERE", "7")];
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), set(&[1]).to_string()).unwrap();
    let trusted = setting(&format!("jwks_file = \"{}\"", keys.path().display()));
    let settings = [&own[..], &ON_THIS_MACHINE, &[("ISSUERS", &trusted)]].concat();
    let (directory, now) = (tempfile::tempdir().unwrap(), "2018-03-05T02:00:00Z".parse().unwrap());
    let hall = Hall::start(database, directory, &settings, None, now).await.unwrap();
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    sign_ins(&hall, &security).await;
    accounts(&hall, &security).await;
    systems(&hall, &security).await;
    every_change(&hall).await;
    cases(&hall).await;
    taken_away(&hall).await;
    hall.set_time("2026-03-02T02:00:00Z");
    imports(&hall).await;
    assert_eq!(status_with(&hall, &token(1, json!({}))).await, 200);
    let variables = [
        ("CASEHALL__DATABASE__URL", again.address.to_string()),
        (
            "CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE",
            again.data_key_file().unwrap_or_else(|| again.file().with_file_name("data_keys")).display().to_string(),
        ),
    ];
    let of_webhooks = [
        ("CASEHALL__WEBHOOKS__DELIVER_SECONDS", "0"),
        ("CASEHALL__WEBHOOKS__ALLOW_HTTP", ON_THIS_MACHINE[0].1),
        ("CASEHALL__WEBHOOKS__ALLOWED_NETWORKS", ON_THIS_MACHINE[1].1),
        ("CASEHALL__ISSUERS", &trusted),
    ];
    let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
    let variables: Vec<(&str, &str)> = variables.chain(of_webhooks).collect();
    let home = tempfile::tempdir().unwrap();
    let erased = run(home.path(), &["retention", "--after-silence"], &variables, "");
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    kinds(&again)
}

pub(crate) async fn sign_ins(hall: &Hall, security: &Person<'_>) {
    let clerk = hall.staff(Role::Clerk).await;
    for number in 0..8 {
        wrong_password(hall, clerk.name(), if number < 5 { "192.0.2.7" } else { "192.0.2.8" }).await;
    }
    security.post(&format!("/sign-in-locks/{}/unlock", clerk.name()), &json!({})).await.expect(200);
    let body = json!({ "username": clerk.name(), "password": PASSWORD });
    let session = hall.nobody().post("/sessions", &body).await.expect(201);
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    hall.nobody().post("/sessions/refresh", &refresh).await.expect(200);
    hall.nobody().post("/sessions/refresh", &refresh).await;
    let other = hall.nobody().post("/sessions", &body).await.expect(201);
    let out = hall.nobody().with_token(other["access_token"].as_str().unwrap());
    assert_eq!(out.delete("/sessions/current").await.status, 204);
}

pub(crate) async fn accounts(hall: &Hall, security: &Person<'_>) {
    let account = json!({ "username": "li.na", "display_name": "李娜", "roles": ["clerk"], "outlet": CENTER });
    let added = security.post("/users", &account).await.expect(201);
    let path = format!("/users/{}", added["user"]["id"].as_str().unwrap());
    let change = json!({ "display_name": "李娜", "roles": ["producer"], "outlet": CENTER });
    security.put(&path, 1, &change).await.expect(200);
    for verb in ["deactivate", "activate", "reset-password"] {
        security.post(&format!("{path}/{verb}"), &json!({})).await.expect(200);
    }
    let clerk = hall.staff(Role::Clerk).await;
    let change = json!({ "old_password": PASSWORD, "new_password": "another long passphrase" });
    assert_eq!(clerk.post("/password", &change).await.status, 204);
    let other = hall.staff(Role::Clerk).await;
    enrolled(hall, &other).await;
    let lost = format!("{}/second-factor", hall.account(security, other.name()).await);
    security.delete(&lost).await.expect(200);
}

async fn systems(hall: &Hall, security: &Person<'_>) {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a" });
    let system = json!({ "client_id": "tax-portal", "name": "电子税务局", "scopes": ["cases:read"] });
    security.post("/clients", &system).await.expect(201);
    security.put("/clients/tax-portal", 1, &json!({ "name": "税务", "scopes": ["cases:read"] })).await.expect(200);
    let second = security.post("/clients/tax-portal/secrets", &json!({})).await.expect(201);
    let number = second["client"]["secrets"][0]["number"].as_i64().unwrap();
    security.delete(&format!("/clients/tax-portal/secrets/{number}")).await.expect(200);
    security.post("/clients/tax-portal/keys", &key).await.expect(200);
    security.delete("/clients/tax-portal/keys/a").await.expect(200);
    for verb in ["deactivate", "activate"] {
        security.post(&format!("/clients/tax-portal/{verb}"), &json!({})).await.expect(200);
    }
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    portal.post("/cases", &application(1)).await.expect(201);
    let form = "grant_type=client_credentials&client_id=portal&client_secret=wrong".to_owned();
    let form = Client::new().post(format!("{}/oauth/token", hall.base)).body(form);
    send(form.header("Content-Type", "application/x-www-form-urlencoded")).await;
}

async fn cases(hall: &Hall) {
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let opened = clerk.post("/cases", &application(2)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    let asked = json!({ "person": "applicant", "fields": ["phone"], "purpose": "contact", "reason": "通知补正材料" });
    supervisor.post(&format!("/cases/{case}/disclosures"), &asked).await.expect(200);
    let visitor: Visitor<'_> = hall.visitor(Role::Clerk).await;
    let page = visitor.get(&format!("/console/cases/{case}")).await;
    let printed = visitor.submit(&page, &format!("/console/cases/{case}/prints/notice-of-acceptance"), &[]).await;
    assert_eq!(printed.status, 200);
    let ended = withdrawn(hall, &application(3)).await;
    supervisor.post(&format!("/cases/{ended}/holds"), &json!({ "reason": "审计抽查" })).await.expect(200);
    supervisor.post(&format!("/cases/{ended}/holds/1/lift"), &json!({ "reason": "审计结束" })).await.expect(200);
    let administrator = hall.person(&[Role::Administrator], None).await;
    Push::json(2031, &year_of(2031, &[("2031-01-01", true)]), None).by(&administrator).await.expect(200);
}

async fn taken_away(hall: &Hall) {
    let (supervisor, auditor) = (hall.staff(Role::Supervisor).await, hall.person(&[Role::Auditor], None).await);
    supervisor.get("/reports/throughput?from=2018-03-01&to=2018-03-02&format=csv").await;
    supervisor.get("/exports/event-log.csv").await;
    auditor.get("/exports/audit.jsonl").await;
    auditor.get("/audit").await.expect(200);
}

pub(crate) async fn imports(hall: &Hall) {
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    for (numbers, what) in [(101..=102, "approve"), (103..=104, "reject")] {
        let entered: Value = import(&one, "", &table(numbers)).await.expect(200);
        let path = format!("/certificates/imports/{}/{what}", entered["import"].as_str().unwrap());
        let body = if what == "approve" { json!({}) } else { json!({ "reason": "重复" }) };
        let request = two.request(Method::POST, &path).await;
        send(request.json(&body)).await.expect(200);
    }
}

/// What the commands enter in a hall of their own.
fn of_the_commands() -> BTreeSet<String> {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let succeeded = |arguments: &[&str]| {
        let ended = run(home, arguments, &[], &format!("{PASSWORD}\n"));
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
    };
    succeeded(&["init"]);
    succeeded(&["user", "add", "the-auditor", "--role", "auditor", "--all-outlets"]);
    succeeded(&["user", "add", "registrar", "--role", "supervisor", "--all-outlets"]);
    let file = home.join("data/casehall.db");
    let database = TestDatabase::at(format!("sqlite://{}", file.display()).parse().unwrap());
    database.tamper(&format!("VACUUM INTO '{}'", home.join("older.db").display()));
    stopped_import(home);
    let mut kinds = kinds(&database);
    succeeded(&["audit", "seal"]);
    for name in ["casehall.db", "casehall.db-wal", "casehall.db-shm"] {
        let _ = std::fs::remove_file(home.join("data").join(name));
    }
    std::fs::rename(home.join("older.db"), &file).unwrap();
    succeeded(&["audit", "accept-restore"]);
    succeeded(&["backup", "kept", "--keys", "apart"]);
    succeeded(&["rotate-data-key"]);
    std::fs::rename(home.join("data/sealing-keys"), home.join("aside")).unwrap();
    succeeded(&["audit", "new-key"]);
    run(home, &["audit", "verify"], &[], "");
    kinds.extend(self::kinds(&database));
    kinds
}

/// An import that is told to stop while it enters.
fn stopped_import(home: &Path) {
    std::fs::write(home.join("old.csv"), large(20_000)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehall"));
    let arguments = ["certificates", "import", "old.csv", "--progress", "0", "--entered-by", "registrar"];
    let command = command.args(arguments).env_clear().current_dir(home);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("lines entered: ")), "it is in the middle of it");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    lines.for_each(drop);
    child.wait().unwrap();
}
