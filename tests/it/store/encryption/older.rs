//! Databases from before persons' data were encrypted.

use std::collections::BTreeSet;

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::service::accounts::people::second_factor::totp;
use regex::Regex;
use serde_json::json;
use totp_rs::Secret;

use super::{found_in, left_by};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, PASSWORD, Person};
use crate::store::upgrade::{answers, data, unpacked};

on_both!(
    nothing_is_left_in_clear_of_a_database_of_before,
    instances_that_start_together_encrypt_it_once,
    second_factors_of_before_are_encrypted_and_still_good,
);

/// The database that version 1 left, and every number of a person in it.
fn version_1(is_postgres: bool) -> (TestDatabase, Vec<String>) {
    let database = TestDatabase::empty(is_postgres);
    let dump = unpacked(if is_postgres { "postgres.sql.gz" } else { "sqlite.sql.gz" });
    let number = Regex::new(r#""(?:identity_number|phone|document_number)": ?"\+?(?:86)?([0-9X]{8,})"#).unwrap();
    let numbers: BTreeSet<String> = number.captures_iter(&dump).map(|found| found[1].to_owned()).collect();
    database.tamper(&dump);
    (database, numbers.into_iter().collect())
}

async fn start(database: TestDatabase, kind: &str) -> Hall {
    let now = answers(kind)["instant"].as_str().unwrap().parse().unwrap();
    let settings = answers(kind)["settings"].clone();
    let settings: Vec<(&str, &str)> = settings
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    Hall::start(database, tempfile::tempdir().unwrap(), &settings, Some(&data().join("config")), now).await.unwrap()
}

async fn nothing_is_left_in_clear_of_a_database_of_before(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    let (database, numbers) = version_1(is_postgres);
    let again = database.again();
    assert!(numbers.len() >= 3, "{numbers:?}");
    let before: BTreeSet<String> = found_in(&left_by(&again), &numbers).into_iter().collect();
    assert_eq!(before.len(), numbers.len(), "all stand there in clear: {before:?}");
    if let Some(file) = again.address.sqlite_path() {
        std::fs::remove_file(file.with_extension("copy")).unwrap();
    }
    let hall = start(database, kind).await;
    assert_eq!(found_in(&left_by(&again), &numbers), Vec::<String>::new());
    hall.running.stop().await;
    assert_eq!(found_in(&left_by(&again), &numbers), Vec::<String>::new());
}

async fn instances_that_start_together_encrypt_it_once(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let kind = if is_postgres { "postgres" } else { "sqlite" };
    let (database, numbers) = version_1(is_postgres);
    let again = database.again();
    let (one, two) = tokio::join!(start(database.again(), kind), start(database.again(), kind));
    for hall in [&one, &two] {
        let supervisor = Person::at(&hall.base, &*hall.clock, "supervisor");
        let cases = supervisor.get("/cases?limit=200").await.expect(200);
        for case in cases["items"].as_array().unwrap() {
            let key = case["acceptance_number"].as_str().unwrap();
            supervisor.get(&format!("/cases/{key}")).await.expect(200);
            supervisor.get(&format!("/cases/{key}/events")).await.expect(200);
        }
    }
    one.running.stop().await;
    two.running.stop().await;
    assert_eq!(found_in(&left_by(&again), &numbers), Vec::<String>::new());
    // A start that was broken off goes on where it was, over rows that are encrypted already, too.
    again.tamper("UPDATE encryption_progress SET part = 'cases', position = ''");
    let hall = start(again.again(), kind).await;
    let clerk = hall.staff(Role::Supervisor).await;
    let cases = clerk.get("/cases?limit=200").await.expect(200);
    for case in cases["items"].as_array().unwrap() {
        clerk.get(&format!("/cases/{}/events", case["acceptance_number"].as_str().unwrap())).await.expect(200);
    }
}

async fn second_factors_of_before_are_encrypted_and_still_good(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let prepared = clerk.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
    let secret = prepared["secret"].as_str().unwrap().to_owned();
    let device = totp(Secret::try_from_base32(&secret).unwrap());
    let shows = |seconds: i64| device.generate((hall.clock.now().timestamp() + seconds).unsigned_abs()).to_string();
    let (first, next) = (shows(0), shows(30));
    clerk.post("/second-factor/confirm", &json!({ "code": first })).await.expect(200);
    let (name, again) = (clerk.name().to_owned(), hall.database.again());
    let kind = if again.address.sqlite_path().is_some() { "sqlite" } else { "postgres" };
    let migration = format!("{}/migrations/{kind}/2026-11-28-000013_retention/down.sql", env!("CARGO_MANIFEST_DIR"));
    // As the program before left it.
    again.tamper(&std::fs::read_to_string(migration).unwrap());
    again.tamper(&format!(
        "DELETE FROM __diesel_schema_migrations WHERE version = '20261128000013';
         UPDATE users SET totp_secret = 'plain:{secret}' WHERE username = '{name}';
         DELETE FROM person_keys WHERE subject_kind = 'account'"
    ));
    assert!(!found_in(&left_by(&again), std::slice::from_ref(&secret)).is_empty(), "it stands there in clear");
    if let Some(file) = again.address.sqlite_path() {
        std::fs::remove_file(file.with_extension("copy")).unwrap();
    }
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(found_in(&left_by(&again), std::slice::from_ref(&secret)), Vec::<String>::new());
    let sign_in = json!({ "username": name, "password": PASSWORD, "code": next });
    hall.nobody().post("/sessions", &sign_in).await.expect(201);
}
