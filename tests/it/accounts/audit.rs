//! The audit trail: what happens stands in it, is found by every filter, exported, and shown to auditors only.

use std::collections::BTreeSet;

use casehall::domain::accounts::audit::AuditKind;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::users::UserKey;
use casehall::service::reports::exports::EventLogQuery;
use casehall::store::accounts::audit::AuditFilter;
use chrono::Duration;
use reqwest::Client;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, Person, application, send};
use crate::program::{Serving, init, run};

on_both!(
    what_happens_to_accounts_and_what_is_taken_away_stands_in_the_trail,
    every_filter_finds_its_entries_and_pages_go_through_all_of_them,
    an_export_ends_with_the_account_that_takes_it,
);

async fn entries(auditor: &Person<'_>, query: &str) -> Vec<Value> {
    let page = auditor.get(&format!("/audit?limit=200{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// The session that a token is of, as it says itself.
fn session_of(token: &str) -> String {
    use base64::Engine;
    let part = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&part).unwrap()["sid"].as_str().unwrap().to_owned()
}

fn kinds(entries: &[Value]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry["kind"]["code"].as_str().unwrap().to_owned()).collect()
}

pub(super) async fn wrong_password(hall: &Hall, name: &str, address: &str) -> u16 {
    let body = json!({ "username": name, "password": "not the passphrase" });
    let request = Client::new().post(format!("{}/api/v1/sessions", hall.base)).header("X-Forwarded-For", address);
    send(request.json(&body)).await.status
}

async fn what_happens_to_accounts_and_what_is_taken_away_stands_in_the_trail(database: TestDatabase) {
    let settings = [("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#), ("SIGN_IN__FAILURES_FROM_ELSEWHERE", "7")];
    let hall = Hall::with(database, &settings).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Auditor], None).await);
    let (security, administrator) =
        (hall.person(&[Role::SecurityAdministrator], None).await, hall.person(&[Role::Administrator], None).await);
    for number in 0..8 {
        wrong_password(&hall, clerk.name(), if number < 5 { "192.0.2.7" } else { "192.0.2.8" }).await;
    }
    wrong_password(&hall, "a password typed as a name", "192.0.2.9").await;
    security.post(&format!("/sign-in-locks/{}/unlock", clerk.name()), &json!({})).await.expect(200);
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    portal.post("/cases", &application(1)).await.expect(201);
    let form = "grant_type=client_credentials&client_id=portal&client_secret=wrong".to_owned();
    let form = Client::new().post(format!("{}/oauth/token", hall.base)).body(form);
    send(form.header("Content-Type", "application/x-www-form-urlencoded")).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    supervisor.get("/reports/throughput?from=2026-03-01&to=2026-03-02&format=csv").await;
    supervisor.get("/exports/event-log.csv").await;
    auditor.get("/exports/audit.jsonl").await;
    hall.running.service.seal().await.unwrap();
    hall.running.service.verify(&casehall::service::accounts::caller::Caller::operator(), None).await.unwrap();
    entries(&auditor, "").await;
    let all = entries(&auditor, "").await;
    let expected = [
        AuditKind::SignedIn,
        AuditKind::SignInFailed,
        AuditKind::SignInLocked,
        AuditKind::SignInSlowed,
        AuditKind::SignInUnlocked,
        AuditKind::TokenIssued,
        AuditKind::TokenRefused,
        AuditKind::SettingsChanged,
        AuditKind::PricesChanged,
        AuditKind::EditionChanged,
        AuditKind::CalendarChanged,
        AuditKind::ReportTaken,
        AuditKind::EventLogExported,
        AuditKind::TrailRead,
        AuditKind::TrailExported,
        AuditKind::EvidenceVerified,
    ];
    let found = kinds(&all);
    for kind in expected {
        assert!(found.contains(kind.code()), "{} isn't in {found:?}", kind.code());
    }
    let failed = all.iter().rfind(|entry| entry["kind"]["code"] == "sign_in_failed").unwrap();
    assert_eq!(failed["actor"]["address"], "192.0.2.7");
    assert_eq!((&failed["actor"]["id"], &failed["subject"]["kind"]), (&json!(""), &json!("account")));
    let text = json!(all).to_string();
    assert!(!text.contains("typed as a name") && !text.contains(PASSWORD) && !text.contains("client_secret"), "{text}");
    let verified = all.iter().find(|entry| entry["kind"]["code"] == "evidence_verified").unwrap();
    assert_eq!(verified["details"]["findings"], "0");
    assert!(verified["actor"]["system_user"].as_str().is_some_and(|user| !user.is_empty()));
    for other in [&clerk, &supervisor, &security, &administrator, &portal] {
        for path in ["/audit", "/audit/seals", "/exports/audit.csv", "/exports/audit.jsonl"] {
            assert_eq!(other.get(path).await.status, 403, "{path} for {}", other.name());
        }
    }
}

async fn every_filter_finds_its_entries_and_pages_go_through_all_of_them(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, auditor) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Auditor], None).await);
    for _ in 0..7 {
        clerk.get("/me").await.expect(200);
        hall.advance(Duration::minutes(11));
    }
    let by_clerk = entries(&auditor, "&kind=signed_in").await;
    let id = by_clerk.last().unwrap()["actor"]["id"].as_str().unwrap().to_owned();
    let of = |found: &[Value]| found.iter().map(|entry| entry["number"].as_i64().unwrap()).collect::<Vec<_>>();
    for query in [
        format!("&kind=signed_in&actor={id}"),
        format!("&kind=signed_in&subject={id}"),
        format!("&kind=signed_in&actor={id}&address=127.0.0.1"),
    ] {
        assert_eq!(entries(&auditor, &query).await.len(), 7, "{query}");
    }
    for (query, some) in [
        ("&from=2026-03-02&to=2026-03-02", true),
        ("&from=2026-03-03", false),
        ("&to=2026-03-01", false),
        ("&address=192.0.2.1", false),
        ("&subject=nobody", false),
    ] {
        assert_eq!(!entries(&auditor, query).await.is_empty(), some, "{query}");
    }
    let whole = of(&entries(&auditor, "&kind=signed_in").await);
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = auditor.get(&format!("/audit?kind=signed_in&limit=3{after}")).await.expect(200);
        paged.extend(of(page["items"].as_array().unwrap()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    let lines = auditor.get("/exports/audit.jsonl?kind=signed_in").await;
    assert_eq!(lines.header("Content-Type"), "application/jsonl");
    let lines = lines.body.as_str().unwrap().to_owned();
    let exported: Vec<i64> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_i64().unwrap()).collect();
    assert_eq!(exported, whole);
    let csv = auditor.get("/exports/audit.csv?kind=signed_in").await;
    let csv = csv.body.as_str().unwrap();
    assert_eq!(csv.lines().count(), whole.len() + 1);
    assert!(csv.lines().nth(1).unwrap().contains("+08:00,signed_in,"), "{csv}");
    for query in ["kind=nothing", "after=1", "after=x.1", "from=2026-03-03&to=2026-03-02", "colour=red"] {
        auditor.get(&format!("/audit?{query}")).await.refused(400, "invalid_query");
    }
}

#[tokio::test]
async fn an_export_of_many_entries_comes_in_parts_and_whole() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let auditor = hall.person(&[Role::Auditor], None).await;
    for _ in 0..2_500 {
        hall.running
            .service
            .record_command(&casehall::service::accounts::caller::Caller::operator(), "x")
            .await
            .unwrap();
    }
    let lines = auditor.get("/exports/audit.jsonl?kind=command_run").await;
    let numbers: BTreeSet<i64> = lines
        .body
        .as_str()
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers.len(), 2_500);
}

#[tokio::test]
async fn a_changed_setting_a_command_and_the_caller_of_a_request_are_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let added =
        run(home, &["user", "add", "the-auditor", "--role", "auditor", "--all-outlets"], &[], &format!("{PASSWORD}\n"));
    assert_eq!(added.code, Some(0), "{}", added.err);
    Serving::start(home, &[], &[]).stop();
    let variables = [("CASEHALL__SIGN_IN__FAILURES", "4"), ("CASEHALL__LOG__FORMAT", "json")];
    let serving = Serving::start(home, &[], &variables);
    let body = json!({ "username": "the-auditor", "password": PASSWORD });
    let http = Client::new();
    let issued = send(http.post(format!("{}/api/v1/sessions", serving.base)).json(&body)).await.expect(201);
    let token = issued["access_token"].as_str().unwrap();
    let trail = send(http.get(format!("{}/api/v1/audit", serving.base)).bearer_auth(token)).await.expect(200);
    let refresh = json!({ "refresh_token": issued["refresh_token"] });
    send(http.post(format!("{}/api/v1/sessions/refresh", serving.base)).json(&refresh)).await.expect(200);
    for (username, password) in [("the-auditor", "guessed-quagga"), ("typed-quagga", PASSWORD)] {
        let wrong = json!({ "username": username, "password": password });
        send(http.post(format!("{}/api/v1/sessions", serving.base)).json(&wrong)).await.expect(401);
    }
    let (_, log) = serving.stop();
    let all = trail["items"].as_array().unwrap();
    let id = all.iter().find(|entry| entry["kind"]["code"] == "signed_in").unwrap()["actor"]["id"].as_str().unwrap();
    let line = log.lines().find(|line| line.contains("\"/api/v1/audit\"")).unwrap_or_else(|| panic!("{log}"));
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["span"]["account"], &line["fields"]["status"]), (&json!(id), &json!(200)), "{line}");
    let session = session_of(token);
    assert_eq!(line["span"]["session"], json!(session), "{line}");
    // Those of requests without a token, too: whose they were, as far as that is known, and nothing of what was typed.
    let lines = |route: &str| {
        let of_route = |line: &Value| line["span"]["route"] == route && line["fields"]["status"].is_number();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(of_route);
        lines
            .map(|line| json!([line["fields"]["status"], line["span"]["account"], line["span"]["session"]]))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("/api/v1/sessions/refresh"), [json!([200, id, session])]);
    let signed_in = [json!([201, id, session]), json!([401, id, null]), json!([401, null, null])];
    assert_eq!(lines("/api/v1/sessions"), signed_in);
    assert!(log.contains("\"session_refreshed\"") && !log.contains("quagga") && !log.contains(PASSWORD), "{log}");
    let settings: Vec<&Value> = all.iter().filter(|entry| entry["kind"]["code"] == "settings_changed").collect();
    let [changed, first] = settings[..] else { panic!("{settings:#?}") };
    assert_eq!(changed["details"]["sign_in.before"], first["details"]["sign_in"]);
    assert_ne!(changed["details"]["sign_in"], first["details"]["sign_in"]);
    assert!(changed["details"].get("hall.before").is_none());
    let told = |name: &str| changed["details"][name].as_str();
    assert_eq!((told("hall.four_eyes"), told("hall.four_eyes.before")), (Some("false"), None));
    assert!(
        changed["details"]
            .as_object()
            .unwrap()
            .keys()
            .any(|name| name.starts_with("sign_in.") && name.ends_with(".before"))
    );
    let commands: Vec<&Value> = all.iter().filter(|entry| entry["kind"]["code"] == "command_run").collect();
    let names: Vec<&str> = commands.iter().map(|entry| entry["details"]["command"].as_str().unwrap()).collect();
    assert_eq!(names, ["serve", "serve", "user add", "init"]);
    assert!(commands.iter().all(|entry| entry["actor"]["system_user"].as_str().is_some_and(|user| !user.is_empty())));
}

#[test]
fn whoever_holds_the_file_is_found_by_a_command() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let succeeded = |arguments: &[&str]| {
        let ended = run(home, arguments, &[], &format!("{PASSWORD}\n"));
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
        ended.out
    };
    succeeded(&["init"]);
    succeeded(&["user", "add", "the-auditor", "--role", "auditor", "--all-outlets"]);
    // The command before has sealed what it entered itself.
    for (arguments, seal) in [(&["audit", "seal", "--export", "kept.txt"][..], 2), (&["audit", "seal"], 3)] {
        let said = format!("1 row was sealed. Seal {seal} is the newest.\n");
        assert_eq!(succeeded(arguments), said, "of this command itself");
    }
    assert!(std::fs::read_to_string(home.join("kept.txt")).unwrap().starts_with("casehall/log\n"));
    assert!(succeeded(&["audit", "verify", "--against", "kept.txt"]).contains("is as it was"));
    let listed = succeeded(&["audit", "list", "--kind", "command_run"]);
    assert_eq!(listed.lines().count(), 6, "{listed}");
    let none = run(home, &["audit", "list", "--kind", "signed_in", "--format", "csv"], &[], "");
    assert_eq!((none.out.lines().count(), none.err.as_str()), (1, "There is no such entry.\n"));
    let unknown = run(home, &["audit", "list", "--kind", "x"], &[], "");
    assert!(unknown.code != Some(0) && unknown.err.contains("sign_in_failed"), "{}", unknown.err);
    let database = TestDatabase::at(format!("sqlite://{}", home.join("data/casehall.db").display()).parse().unwrap());
    database.tamper("DROP TRIGGER audit_stays; UPDATE audit SET system_user = 'nobody' WHERE number = 3");
    let found = run(home, &["audit", "verify"], &[], "");
    assert_eq!(found.code, Some(3), "{}", found.out);
    assert!(found.err.contains("audit entry 3 was changed"), "{}", found.err);
    let unsigned = run(home, &["audit", "verify", "--against", "casehall.toml"], &[], "");
    assert_eq!(unsigned.code, Some(1));
}

async fn an_export_ends_with_the_account_that_takes_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let service = &hall.running.service;
    let (auditor, supervisor) = (hall.person(&[Role::Auditor], None).await, hall.staff(Role::Supervisor).await);
    for index in 1..=3 {
        hall.staff(Role::Clerk).await.post("/cases", &application(index)).await.expect(201);
    }
    let known = async |person: &Person<'_>| service.caller(&person.token().await.unwrap(), None).await.unwrap();
    let (auditing, supervising) = (known(&auditor).await, known(&supervisor).await);
    let mut trail = service.audit_export(&auditing, AuditFilter::default()).await.unwrap();
    let mut log = service.event_log(&supervising, EventLogQuery::default()).await.unwrap();
    for name in [auditor.name(), supervisor.name()] {
        let id = hall.database.rows(&format!("SELECT id FROM users WHERE username = '{name}'")).remove(0);
        let by = Caller::operator_as(Role::SecurityAdministrator);
        service.set_user_active(&by, UserKey::Id(id), false, None).await.unwrap();
    }
    hall.advance(Duration::seconds(6));
    assert!(trail.next().await.is_err());
    assert!(log.next().await.is_err());
}
