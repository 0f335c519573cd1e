//! Backups: made while the hall works, whole or none, and never put over something.

mod commands;
mod consistency;
pub(crate) mod forging;
pub(crate) mod private_keys;

use std::path::{Path, PathBuf};

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use casehall::domain::backups::{BackupSchedule, KeysGo};
use casehall::domain::progress::Nobody;
use casehall::service::accounts::caller::Caller;
use casehall::service::backups::kept::{Deleted, backups_in, delete_old, newest_by};
use casehall::service::backups::make::{Backup, Scheduled};
use casehall::service::backups::restore::restore;
use casehall::service::backups::{BackupError, Places};
use casehall::store::DatabaseAddress;
use casehall::store::backups::PostgresPrograms;
use chrono::{Duration, TimeDelta};

use crate::databases::{TestDatabase, on_both};
use crate::evidence::retention::issued;
use crate::hall::{Hall, application};

on_both!(what_was_acknowledged_before_it_is_in_a_backup_made_beside_writers, nothing_is_restored_over_something,);

/// Where a hall of the tests has its things.
fn places(hall: &Hall) -> Places {
    let sealing_keys = hall.sealing_keys();
    Places {
        database: hall.database.address.clone(),
        signing_keys: Some(sealing_keys.with_file_name("keys")),
        sealing_keys,
        data_keys: Some(data_keys(hall)),
        programs: PostgresPrograms(None),
    }
}

/// The file of its data keys: beside the file of SQLite.
fn data_keys(hall: &Hall) -> PathBuf {
    hall.database.data_key_file().unwrap_or_else(|| hall.sealing_keys().with_file_name("data_keys"))
}

/// Places in an empty directory, and an empty database.
fn elsewhere(directory: &Path, database: DatabaseAddress) -> Places {
    Places {
        database,
        signing_keys: Some(directory.join("keys")),
        sealing_keys: directory.join("sealing-keys"),
        data_keys: Some(directory.join("data_keys")),
        programs: PostgresPrograms(None),
    }
}

async fn back_up(hall: &Hall, directory: &Path, keys: KeysGo) -> Result<Backup, BackupError> {
    hall.running.service.back_up(&Caller::operator(), directory, &places(hall), keys).await
}

/// An empty database of the same kind.
fn empty(hall: &Hall) -> TestDatabase {
    TestDatabase::empty(hall.database.address.is_postgres())
}

async fn what_was_acknowledged_before_it_is_in_a_backup_made_beside_writers(database: TestDatabase) {
    let hall = Hall::open(database).await;
    issued(&hall, &application(1), "GZ-2026-000001").await;
    hall.running.service.seal().await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let before = clerk.post("/cases", &application(2)).await.expect(201);
    let directory = tempfile::tempdir().unwrap();
    let writing = async {
        for number in 3..40 {
            clerk.post("/cases", &application(number)).await.expect(201);
        }
    };
    let (made, ()) = tokio::join!(back_up(&hall, directory.path(), KeysGo::Included), writing);
    let made = made.unwrap();
    assert_eq!(made.manifest.faults(&made.path, &Nobody).unwrap(), [""; 0]);

    let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
    let there = elsewhere(other.path(), database.address.clone());
    let restored = restore(&made.path, &there, None, &Nobody).unwrap();
    assert!(!restored.lost_seals);
    let keys = there.data_keys.as_ref().unwrap().display().to_string();
    let settings = [
        ("CRYPTOGRAPHY__DATA_KEY_FILE", keys.as_str()),
        ("AUDIT__KEY_DIRECTORY", there.sealing_keys.to_str().unwrap()),
    ];
    let again = Hall::start(database, tempfile::tempdir().unwrap(), &settings, None, hall.clock.now()).await.unwrap();
    let found = again.running.service.check_consistency().await.unwrap();
    assert_eq!(found.faults, [""; 0]);
    assert_eq!(found.certificates, 1);
    assert!((2..=39).contains(&found.cases), "{}", found.cases);
    let evidence = again.running.service.verify(&Caller::operator(), None).await.unwrap();
    assert_eq!(evidence.finding_count, 0, "{:?}", evidence.findings);
    assert!(before["application"]["applicant"]["name"].is_string());
    let supervisor = again.staff(Role::Supervisor).await;
    let case = supervisor.get(&format!("/cases/{}", before["acceptance_number"].as_str().unwrap())).await.expect(200);
    assert_eq!(
        case["application"]["applicant"]["name"], before["application"]["applicant"]["name"],
        "its persons can be read"
    );
}

async fn nothing_is_restored_over_something(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Included).await.unwrap();
    let refused = restore(&made.path, &places(&hall), None, &Nobody).unwrap_err().to_string();
    assert!(refused.contains("nothing is overwritten"), "{refused}");

    let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
    let there = elsewhere(other.path(), database.address.clone());
    std::fs::write(other.path().join("data_keys"), "another hall's").unwrap();
    let refused = restore(&made.path, &there, None, &Nobody).unwrap_err().to_string();
    assert!(refused.contains("data_keys is there already and differs"), "{refused}");
    assert!(!there.sealing_keys.exists(), "nothing was written before all was looked at");
    std::fs::remove_file(other.path().join("data_keys")).unwrap();
    restore(&made.path, &there, None, &Nobody).unwrap();
}

#[tokio::test]
async fn a_backup_without_the_data_keys_asks_for_them() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Apart).await.unwrap();
    assert!(!made.path.join("data_keys").exists() && !made.manifest.has_data_keys);
    let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
    let there = elsewhere(other.path(), database.address.clone());
    let refused = restore(&made.path, &there, None, &Nobody).unwrap_err().to_string();
    assert!(refused.contains("without the data keys") && refused.contains("--data-keys"), "{refused}");
    let others = Hall::open(TestDatabase::sqlite()).await;
    let refused = restore(&made.path, &there, Some(&data_keys(&others)), &Nobody).unwrap_err().to_string();
    assert!(refused.contains("isn't in it"), "{refused}");
    let changed = std::fs::read_to_string(data_keys(&hall)).unwrap();
    let (id, secret) = changed.lines().last().unwrap().split_once(' ').unwrap();
    let wrong = other.path().join("wrong");
    std::fs::write(&wrong, format!("{id} {}\n", secret.chars().rev().collect::<String>())).unwrap();
    assert!(restore(&made.path, &there, Some(&wrong), &Nobody).is_err());
    assert!(!there.database.sqlite_path().unwrap().exists(), "nothing was put anywhere");
    restore(&made.path, &there, Some(&data_keys(&hall)), &Nobody).unwrap();
    let kept = |file: PathBuf| std::fs::read(file).unwrap();
    assert_eq!(kept(there.data_keys.unwrap()), kept(data_keys(&hall)));
}

#[tokio::test]
async fn a_changed_lost_or_foreign_file_is_named_and_nothing_is_restored() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Included).await.unwrap();
    let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
    let there = elsewhere(other.path(), database.address.clone());
    let file = made.path.join("casehall.db");
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[4_242] ^= 1;
    let refused = || restore(&made.path, &there, None, &Nobody).unwrap_err().to_string();
    std::fs::write(&file, &changed).unwrap();
    assert!(refused().contains("casehall.db isn't as it was written"), "{}", refused());
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    assert!(refused().contains("bytes instead of"), "{}", refused());
    std::fs::remove_file(&file).unwrap();
    assert!(refused().contains("casehall.db: "), "{}", refused());
    std::fs::write(&file, &whole).unwrap();
    std::fs::write(made.path.join("keys/evil.pem"), "").unwrap();
    assert!(refused().contains("keys/evil.pem doesn't belong here"), "{}", refused());
    std::fs::remove_file(made.path.join("keys/evil.pem")).unwrap();
    assert!(!there.sealing_keys.exists());
    restore(&made.path, &there, None, &Nobody).unwrap();
}

#[tokio::test]
async fn only_the_owner_can_read_a_backup_and_what_is_restored() {
    use std::os::unix::fs::PermissionsExt;
    fn check(path: &Path) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| check(&entry.unwrap().path()));
        }
    }
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Included).await.unwrap();
    check(&made.path);
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    restore(&made.path, &elsewhere(&data, DatabaseAddress::sqlite(data.join("casehall.db"))), None, &Nobody).unwrap();
    check(&data);
}

#[tokio::test]
async fn old_backups_are_deleted_and_never_the_newest() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        back_up(&hall, directory.path(), KeysGo::Apart).await.unwrap();
        hall.advance(Duration::days(1));
    }
    let all = backups_in(directory.path()).unwrap();
    assert_eq!(all.len(), 3);
    let now = hall.clock.now();
    let deleted =
        |days: i64| delete_old(directory.path(), now, TimeDelta::days(days), TimeDelta::days(1)).unwrap().paths;
    assert_eq!(deleted(2), [all[2].1.clone()]);
    assert_eq!(deleted(0), [all[1].1.clone()]);
    assert_eq!(backups_in(directory.path()).unwrap(), [all[0].clone()]);
}

/// What the hall does at a look at its schedule.
async fn look(hall: &Hall, directory: &Path) -> Scheduled {
    let schedule = BackupSchedule { directory: directory.to_owned(), every: TimeDelta::days(1), keys: KeysGo::Apart };
    hall.running.service.back_up_when_due(&schedule, &places(hall)).await.unwrap()
}

#[tokio::test]
async fn a_clock_that_was_ahead_deletes_no_backup_and_keeps_none_from_being_made() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        assert!(look(&hall, directory.path()).await.made.is_some());
        hall.advance(Duration::days(1));
    }
    let right = hall.clock.now();
    hall.advance(Duration::days(400));
    for minute in 0..3 {
        assert_eq!(look(&hall, directory.path()).await.made.is_some(), minute == 0);
        hall.advance(Duration::minutes(1));
    }
    assert_eq!(backups_in(directory.path()).unwrap().len(), 4, "by this clock all but the last are years old");
    hall.clock.set(right);
    for minute in 0..3 {
        assert_eq!(look(&hall, directory.path()).await.made.is_some(), minute == 0, "the last one isn't of now");
        hall.advance(Duration::minutes(1));
    }
    let newest = newest_by(directory.path(), hall.clock.now()).unwrap().unwrap().0;
    assert!(newest <= hall.clock.now() && backups_in(directory.path()).unwrap()[0].0 > hall.clock.now());
}

#[tokio::test]
async fn what_cannot_be_deleted_is_told_and_keeps_nothing_else_from_its_course() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    look(&hall, directory.path()).await;
    hall.advance(Duration::days(1));
    look(&hall, directory.path()).await;
    let old = backups_in(directory.path()).unwrap();
    std::fs::write(directory.path().join("casehall-20200101T000000Z"), "no backup").unwrap();
    let Some(_held) = Held::below(&old[1].1) else { return };
    let now = hall.clock.now() + TimeDelta::hours(1);
    let Deleted { paths, failed } = delete_old(directory.path(), now, TimeDelta::zero(), TimeDelta::days(1)).unwrap();
    assert!(paths.is_empty() && failed.len() == 1, "{paths:?} {failed:?}");
    assert!(failed[0].to_string().contains("casehall-"), "{failed:?}");
    hall.advance(Duration::days(95));
    for day in 0..32 {
        let looked = look(&hall, directory.path()).await;
        assert!(looked.made.is_some(), "day {day}: made all the same");
        assert_eq!(looked.kept.len(), usize::from(day > 30), "day {day}: what the old one says is sure after a month");
        hall.advance(Duration::days(1));
    }
}

/// A directory that nobody can delete, not even root: a file system is mounted there. Where none may be mounted, there is none.
struct Held(PathBuf);

impl Held {
    fn below(directory: &Path) -> Option<Self> {
        let path = directory.join("held");
        std::fs::create_dir(&path).unwrap();
        let mounted = std::process::Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(path))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).output();
    }
}
