//! What `/readyz` says of disks, clocks and backups.

use casehall::domain::accounts::role::Role;
use serde_json::Value;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};
use crate::program::log::check;

on_both!(a_clock_that_is_behind_what_was_recorded_is_told, little_room_is_told);

/// More than any disk has.
const NO_DISK_HAS: &str = "1000000000000";

async fn a_clock_that_is_behind_what_was_recorded_is_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let remark = |ready: &Value| check(ready, "clock")["remark"].as_str().unwrap_or_default().to_owned();
    hall.set_time("2026-03-02T01:59:40Z");
    assert!(!remark(&hall.readiness(200).await).contains("behind the latest"));
    hall.set_time("2026-03-02T00:00:00Z");
    let told = remark(&hall.readiness(200).await);
    assert!(told.contains("the clock is 7200 seconds behind the latest instant that was recorded"), "{told}");
    // Also while the hall works by it: what is written last is then of now.
    hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    let told = remark(&hall.readiness(200).await);
    assert!(told.contains("7200 seconds behind the latest"), "{told}");
    // The hall's clock is the test's, the server's is the machine's.
    assert_eq!(told.contains("the database server's"), hall.database.address.sqlite_path().is_none(), "{told}");
}

async fn little_room_is_told(database: TestDatabase) {
    let is_postgres = database.address.sqlite_path().is_none();
    let hall = Hall::with(database.again(), &[("MONITORING__LOW_DISK_MIB", NO_DISK_HAS)]).await;
    let disk = check(&hall.readiness(200).await, "disk");
    assert!(disk["remark"].as_str().unwrap().ends_with("MiB are left on the disk of the data"), "{disk}");
    hall.running.stop().await;
    // A full disk under SQLite fails changes; PostgreSQL's is elsewhere.
    let hall = Hall::with(database, &[("MONITORING__FULL_DISK_MIB", NO_DISK_HAS)]).await;
    let disk = check(&hall.readiness(if is_postgres { 200 } else { 503 }).await, "disk");
    assert!(disk["ready"] == is_postgres && disk["remark"].is_string(), "{disk}");
}

#[tokio::test]
async fn enough_room_and_a_right_clock_are_nothing_to_look_at() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("MONITORING__LOW_DISK_MIB", "1")]).await;
    let told = hall.readiness(200).await;
    for name in ["disk", "clock"] {
        assert_eq!(check(&told, name).get("remark"), None, "{told:#}");
    }
    assert!(
        told["checks"].as_array().unwrap().iter().all(|check| check["name"] != "backup"),
        "nobody asked for backups"
    );
}

#[tokio::test]
async fn an_old_backup_is_told_and_keeps_the_hall_ready() {
    let directory = tempfile::tempdir().unwrap();
    let backups = directory.path().join("backups");
    let settings = [("BACKUPS__DIRECTORY", backups.to_str().unwrap()), ("BACKUPS__KEYS", "included")];
    let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
    let remark = |ready: &Value| check(ready, "backup")["remark"].as_str().unwrap_or_default().to_owned();
    crate::hall::until("a backup is made", async || remark(&hall.readiness(200).await).is_empty()).await;
    hall.advance(chrono::Duration::hours(37));
    assert_eq!(remark(&hall.readiness(200).await), "the newest backup is 37 hours old; see the log");
}
