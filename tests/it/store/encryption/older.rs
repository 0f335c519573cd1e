//! Databases from before persons' data were encrypted.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;
use regex::Regex;

use super::{found_in, left_by};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person};
use crate::store::upgrade::{answers, data, unpacked};

on_both!(nothing_is_left_in_clear_of_a_database_of_before, instances_that_start_together_encrypt_it_once);

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
        for case in cases["cases"].as_array().unwrap() {
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
    for case in cases["cases"].as_array().unwrap() {
        clerk.get(&format!("/cases/{}/events", case["acceptance_number"].as_str().unwrap())).await.expect(200);
    }
}
