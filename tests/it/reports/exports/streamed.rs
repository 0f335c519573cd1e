//! A large log: it comes a chunk at a time, as it is taken, and whole or visibly broken.

use casehall::clock::SystemClock;
use casehall::domain::accounts::role::Role;
use casehall::store::DatabaseAddress;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{CSV, XES, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, Person, all_in_order, application};
use crate::program::{Serving, init, run};

on_both!(an_export_reads_at_the_pace_of_its_client, an_interrupted_export_is_recognizable,);

/// Copies of a case; so many that their log fits into no buffer between program and client.
const COPIES: u32 = 4000;

/// A case with many actions.
async fn busy_case(clerk: &Person<'_>, supervisor: &Person<'_>) -> String {
    let (case, view) = opened(clerk, &application(1)).await;
    clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
    for _ in 0..4 {
        supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
        supervisor.act(&case, "resume", &json!({})).await.expect(200);
    }
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    case
}

/// Makes the copies, by the database itself: whole rows under new keys, so that a new column needs no change here.
fn multiply(database: &TestDatabase) {
    let (series, id, number) = if database.address.sqlite_path().is_some() {
        let below = COPIES - 1;
        (
            format!(
                "(WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {below}) SELECT i FROM s) AS series"
            ),
            "printf('%08x-0000-7000-8000-000000000000', i)",
            "printf('9%011d', i)",
        )
    } else {
        (
            format!("generate_series(0, {}) AS series(i)", COPIES - 1),
            "lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000'",
            "'9' || lpad(i::text, 11, '0')",
        )
    };
    for (table, change) in [
        // Without a hash, as events of before: those may still be changed.
        ("events", format!("subject_id = {id}, number = number + 1000 * (i + 1), hash = NULL")),
        ("report_facts", format!("case_id = {id}")),
        ("cases", format!("id = {id}, acceptance_number = {number}")),
    ] {
        database.tamper(&format!(
            "CREATE TEMP TABLE copied AS SELECT {table}.*, series.i FROM {table}, {series};
             UPDATE copied SET {change};
             ALTER TABLE copied DROP COLUMN i;
             INSERT INTO {table} SELECT * FROM copied;
             DROP TABLE copied;"
        ));
    }
}

/// The id of the case that stands last in the log but for the one that the copies were made of.
fn last_copy() -> String {
    format!("{:08x}-0000-7000-8000-000000000000", COPIES - 1)
}

/// The rest of an answer, as far as it comes, and whether it came to its end.
async fn rest(mut response: Response, mut taken: Vec<u8>) -> (String, bool) {
    let whole = loop {
        match response.chunk().await {
            Ok(Some(bytes)) => taken.extend_from_slice(&bytes),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    (String::from_utf8_lossy(&taken).into_owned(), whole)
}

async fn begun(person: &Person<'_>, path: &str) -> (Response, Vec<u8>) {
    let mut response = person.request(Method::GET, path).await.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let first = response.chunk().await.unwrap().unwrap().to_vec();
    (response, first)
}

async fn an_export_reads_at_the_pace_of_its_client(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let case = busy_case(&clerk, &supervisor).await;
    multiply(&again);
    let (response, first) = begun(&supervisor, XES).await;
    // What is changed after the first bytes have come stands in the log: its end wasn't read yet.
    again.tamper(&format!("UPDATE events SET action = 'later' WHERE subject_id = '{}' AND sequence = 1", last_copy()));
    let (log, whole) = rest(response, first).await;
    assert!(whole && log.ends_with("</trace>\n</log>\n"));
    assert!(log.len() > 12_000_000, "{} bytes might have waited in buffers", log.len());
    assert_eq!(log.matches("<trace>").count(), COPIES as usize + 1, "every case once");
    assert_eq!(log.matches("value=\"later\"").count(), 1);
    let mut numbers: Vec<&str> =
        log.split("<trace>\n<string key=\"concept:name\" value=\"").skip(1).map(|rest| &rest[..12]).collect();
    assert_eq!(numbers.pop(), Some(&*case), "in the order of their ids");
    assert!(numbers.is_sorted_by(|one, next| one < next));
}

async fn an_interrupted_export_is_recognizable(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    busy_case(&clerk, &supervisor).await;
    multiply(&again);
    again.tamper(&format!(
        "UPDATE events SET data = '{{}}' WHERE subject_id = '{}' AND kind = 'state_changed'",
        last_copy()
    ));
    for path in [XES, CSV] {
        let (response, first) = begun(&supervisor, path).await;
        let (log, whole) = rest(response, first).await;
        assert!(!whole, "the connection breaks");
        assert!(log.len() > 1_000_000 && !log.contains("</log>"));
    }
    // Where the first chunk fails already, it is a refusal like any other.
    again.tamper("UPDATE events SET data = '{}' WHERE kind = 'state_changed' AND hash IS NULL");
    supervisor.get(XES).await.refused(500, "internal_error");
}

#[tokio::test]
async fn an_export_stops_when_its_client_disconnects() {
    let home = tempfile::tempdir().unwrap();
    let database = TestDatabase::at(DatabaseAddress::sqlite(home.path().join("hall.db")));
    let variables =
        [("CASEHALL__DATABASE__URL", database.address.to_string()), ("CASEHALL__LOG__FORMAT", "json".to_owned())];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    init(home.path(), &variables);
    for role in ["clerk", "supervisor"] {
        let added = run(
            home.path(),
            &["user", "add", role, "--role", role, "--all-outlets"],
            &variables,
            &format!("{PASSWORD}\n"),
        );
        assert_eq!(added.code, Some(0), "{}", added.err);
    }
    let serving = Serving::start(home.path(), &[], &variables);
    let (clerk, supervisor) =
        (Person::at(&serving.base, &SystemClock, "clerk"), Person::at(&serving.base, &SystemClock, "supervisor"));
    busy_case(&clerk, &supervisor).await;
    multiply(&database);
    let taken = || {
        let log = std::fs::read_to_string(home.path().join("log.txt")).unwrap();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let exported = lines.filter(|line| line["fields"]["message"] == "event log exported");
        exported.map(|line| line["fields"].clone()).collect::<Vec<_>>()
    };
    // It is noted when the export goes, which is after its last bytes: the client may be told earlier.
    let after = async |exports: usize| {
        let started = std::time::Instant::now();
        while taken().len() < exports {
            assert!(started.elapsed() < std::time::Duration::from_secs(30), "{exports} exports: {:?}", taken());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (response, _) = begun(&supervisor, XES).await;
    drop(response);
    after(1).await;
    let (response, first) = begun(&supervisor, CSV).await;
    assert!(rest(response, first).await.1);
    after(2).await;
    let taken = taken();
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_eq!((&taken[0]["whole"], &taken[1]["whole"]), (&json!(false), &json!(true)));
    assert!(taken[0]["cases"].as_u64().unwrap() < u64::from(COPIES), "{taken:?}");
    assert_eq!(taken[1]["cases"], COPIES + 1);
    let account = taken[0]["account"].as_str().unwrap();
    assert!(account.parse::<uuid::Uuid>().is_ok(), "who took it is known, by account: {account}");
}
