//! Whoever reads a backup that was made with the keys kept apart can sign nothing in the hall's name.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::backups::KeysGo;
use casehall::domain::progress::Nobody;
use casehall::service::accounts::caller::Caller;
use casehall::service::backups::restore::restore;
use casehall::startup::StartError;

use super::{back_up, data_keys, elsewhere, empty, places};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    a_backup_without_the_keys_holds_no_private_key,
    no_backup_has_a_session,
    a_hall_restored_without_its_sealing_keys_says_what_to_put_back,
);

/// All files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every spelling of the private keys of a hall: those of tokens and seals, and the data keys.
fn secrets(hall: &Hall) -> Vec<Vec<u8>> {
    let places = places(hall);
    let mut spellings = Vec::new();
    for file in [files(&places.signing_keys.unwrap()), files(&places.sealing_keys)].concat() {
        if file.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let pem = std::fs::read_to_string(&file).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(&body).unwrap();
        // PKCS#8 has the 32 bytes of an Ed25519 key behind the head of 16; of another key all of it is looked for.
        let raw = if der.len() < 100 { der[16..48].to_vec() } else { der.clone() };
        spellings.extend([STANDARD.encode(&raw).into_bytes(), hex::encode(&raw).into_bytes(), raw]);
        spellings.extend([body.into_bytes(), der]);
    }
    assert!(spellings.len() >= 10, "a key of tokens and one of seals");
    let kept = std::fs::read_to_string(data_keys(hall)).unwrap();
    spellings.extend(kept.lines().filter_map(|line| Some(line.split_once(' ')?.1.as_bytes().to_vec())));
    spellings
}

async fn at_work(hall: &Hall) {
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.client("portal", &[Scope::CasesRead]).await.get("/cases").await.expect(200);
    hall.running.service.seal().await.unwrap();
}

async fn a_backup_without_the_keys_holds_no_private_key(database: TestDatabase) {
    let hall = Hall::open(database).await;
    at_work(&hall).await;
    // A key that was replaced is private as well.
    let signing = files(&places(&hall).signing_keys.unwrap());
    let key = signing.iter().find(|file| file.extension().is_some_and(|extension| extension == "pem")).unwrap();
    std::fs::copy(key, hall.sealing_keys().join("old.pem")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Apart).await.unwrap();
    assert!(!made.path.join("keys").exists() && !made.path.join("data_keys").exists());
    let secrets = secrets(&hall);
    for file in files(&made.path) {
        let held = std::fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&held).contains("PRIVATE KEY"), "{}", file.display());
        for secret in &secrets {
            let found = held.windows(secret.len()).any(|part| part == secret.as_slice());
            assert!(!found, "{} holds a private key", file.display());
        }
    }
    let names = made.manifest.files.iter().filter(|file| file.path.starts_with("sealing-keys/"));
    assert_eq!(names.filter(|file| file.path.ends_with(".pub")).count(), 2, "{:?}", made.manifest.files);
    let with = tempfile::tempdir().unwrap();
    let made = back_up(&hall, with.path(), KeysGo::Included).await.unwrap();
    let held: Vec<&str> = made.manifest.files.iter().map(|file| file.path.as_str()).collect();
    assert!(held.contains(&"data_keys") && held.contains(&"sealing-keys/international.pem"), "{held:?}");
}

async fn no_backup_has_a_session(database: TestDatabase) {
    let hall = Hall::open(database).await;
    at_work(&hall).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    supervisor.get("/cases").await.expect(200);
    assert!(!hall.database.rows("SELECT id FROM sessions").is_empty());
    let sessions = hall.database.rows("SELECT id FROM sessions");
    for keys in [KeysGo::Included, KeysGo::Apart] {
        let directory = tempfile::tempdir().unwrap();
        let made = back_up(&hall, directory.path(), keys).await.unwrap();
        for file in files(&made.path) {
            let held = std::fs::read(&file).unwrap();
            for id in &sessions {
                assert!(!held.windows(id.len()).any(|part| part == id.as_bytes()), "{} in {}", id, file.display());
            }
        }
        let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
        let there = elsewhere(other.path(), database.address.clone());
        restore(&made.path, &there, Some(&data_keys(&hall)), &Nobody).unwrap();
        assert_eq!(database.rows("SELECT id FROM sessions"), [""; 0]);
        assert_eq!(database.rows("SELECT count(*) FROM users"), hall.database.rows("SELECT count(*) FROM users"));
    }
    supervisor.get("/cases").await.expect(200);
}

async fn again(
    there: &casehall::service::backups::Places,
    database: TestDatabase,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Hall, StartError> {
    let keys = there.data_keys.as_ref().unwrap().display().to_string();
    let settings = [
        ("CRYPTOGRAPHY__DATA_KEY_FILE", keys.as_str()),
        ("AUDIT__KEY_DIRECTORY", there.sealing_keys.to_str().unwrap()),
    ];
    Hall::start(database, tempfile::tempdir().unwrap(), &settings, None, now).await
}

async fn a_hall_restored_without_its_sealing_keys_says_what_to_put_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    at_work(&hall).await;
    let directory = tempfile::tempdir().unwrap();
    let made = back_up(&hall, directory.path(), KeysGo::Apart).await.unwrap();
    let (other, database) = (tempfile::tempdir().unwrap(), empty(&hall));
    let there = elsewhere(other.path(), database.address.clone());
    let restored = restore(&made.path, &there, Some(&data_keys(&hall)), &Nobody).unwrap();
    assert!(!restored.can_seal);
    let refused = again(&there, database.again(), hall.clock.now()).await.err().unwrap().to_string();
    assert!(refused.contains(".pem") && refused.contains("casehall audit new-key"), "{refused}");
    std::fs::copy(hall.sealing_keys().join("international.pem"), there.sealing_keys.join("international.pem")).unwrap();
    let served = again(&there, database, hall.clock.now()).await.unwrap();
    let found = served.running.service.verify(&Caller::operator(), None).await.unwrap();
    assert_eq!(found.finding_count, 0, "{:?}", found.findings);
    // A new hall's key signs: people sign in anew.
    served.staff(Role::Clerk).await.get("/cases").await.expect(200);
}
