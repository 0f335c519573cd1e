//! Data keys that are missing, wrong or readable by others; ciphertext and keys that were moved about in the database.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use serde_json::Value;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, MONDAY, application};

on_both!(
    a_database_without_a_data_key_in_force_is_told_also_after_a_restart,
    data_keys_that_are_gone_under_a_working_hall_are_missed_before_it_is_too_late,
    a_file_that_is_away_for_a_moment_costs_a_working_hall_nothing,
    without_its_data_key_a_hall_does_not_start_and_with_it_reads_as_before,
    another_key_with_the_same_id_is_refused,
    a_database_of_another_hall_is_refused,
    ciphertext_opens_nowhere_but_in_its_place,
    keys_may_be_given_by_the_environment,
    after_a_change_of_suite_new_cases_have_the_new_one_and_old_ones_stay_readable,
);

/// Settings with a file of data keys in a directory.
pub(super) fn keys_in(directory: &Path) -> (PathBuf, Vec<(&'static str, String)>) {
    let file = directory.join("data_keys");
    (file.clone(), vec![("CRYPTOGRAPHY__DATA_KEY_FILE", file.display().to_string())])
}

pub(super) async fn start(database: &TestDatabase, settings: &[(&'static str, String)]) -> Result<Hall, String> {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let directory = tempfile::tempdir().unwrap();
    let started = Hall::start(database.again(), directory, &settings, None, MONDAY.parse().unwrap()).await;
    started.map_err(|error| error.to_string())
}

/// What a clerk sees of a case.
pub(super) async fn seen(hall: &Hall, case: &str) -> Value {
    let mut view = hall.staff(Role::Supervisor).await.get(&format!("/cases/{case}")).await.expect(200);
    view.as_object_mut().unwrap().remove("actions");
    view.as_object_mut().unwrap().remove("assignment");
    view
}

pub(super) async fn open(hall: &Hall, number: u32) -> String {
    let opened = hall.staff(Role::Clerk).await.post("/cases", &application(number)).await.expect(201);
    opened["acceptance_number"].as_str().unwrap().to_owned()
}

async fn without_its_data_key_a_hall_does_not_start_and_with_it_reads_as_before(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let case = open(&hall, 1).await;
    let before = seen(&hall, &case).await;
    hall.running.stop().await;
    let keys = std::fs::read_to_string(&file).unwrap();
    let id = keys.lines().last().unwrap().split(' ').next().unwrap();

    std::fs::remove_file(&file).unwrap();
    let refused = start(&database, &settings).await.err().unwrap();
    assert!(refused.contains(id) && refused.contains(&file.display().to_string()), "{refused}");
    assert!(!file.exists(), "no new key is made for what another one encrypted");
    std::fs::write(&file, &keys).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = start(&database, &settings).await.err().unwrap();
    assert!(refused.contains("644") && refused.contains("chmod 600"), "{refused}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "not a key\n").unwrap();
    let refused = start(&database, &settings).await.err().unwrap();
    assert!(refused.contains("line 1"), "{refused}");
    assert!(!refused.contains("not a key"), "what stands there isn't repeated");
    std::fs::write(&file, &keys).unwrap();
    let hall = start(&database, &settings).await.unwrap();
    assert_eq!(seen(&hall, &case).await, before);
}

async fn a_file_that_is_away_for_a_moment_costs_a_working_hall_nothing(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let beside = start(&database, &settings).await.unwrap();
    let (first, clerk) = (open(&hall, 1).await, hall.staff(Role::Clerk).await);
    let before = seen(&hall, &first).await;
    // The other instance makes a key that this one doesn't know yet, and needs for what it is asked while the file is away.
    beside.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
    let second = open(&beside, 2).await;
    let away = directory.path().join("away");
    std::fs::rename(&file, &away).unwrap();
    clerk.get(&format!("/cases/{second}")).await.refused(503, "unavailable");
    let refused = hall.running.service.exchange_data_key(&Caller::operator()).await.err().unwrap().to_string();
    assert!(refused.contains("isn't in"), "{refused}");
    assert!(!file.exists(), "no new key is made for what another one encrypted");
    hall.staff(Role::Clerk).await.get("/me").await.expect(200);
    std::fs::rename(&away, &file).unwrap();
    assert_eq!(seen(&hall, &first).await, before);
    assert_eq!(seen(&hall, &second).await, seen(&beside, &second).await);
    clerk.get(&format!("/cases/{second}")).await.expect(200);
    open(&hall, 3).await;
}

async fn another_key_with_the_same_id_is_refused(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    open(&hall, 1).await;
    hall.running.stop().await;
    let keys = std::fs::read_to_string(&file).unwrap();
    let line = keys.lines().last().unwrap();
    let (id, secret) = line.split_once(' ').unwrap();
    let other =
        if let Some(rest) = secret.strip_prefix('A') { format!("B{rest}") } else { format!("A{}", &secret[1..]) };
    std::fs::write(&file, keys.replace(line, &format!("{id} {other}"))).unwrap();
    let refused = start(&database, &settings).await.err().unwrap();
    assert!(refused.contains(id) && refused.contains("isn't the one"), "{refused}");
    assert!(!refused.contains(&other) && !refused.contains(secret), "no key is printed");
}

async fn a_database_of_another_hall_is_refused(database: TestDatabase) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ((_, ours), (file, theirs)) = (keys_in(here.path()), keys_in(there.path()));
    let hall = start(&database, &ours).await.unwrap();
    open(&hall, 1).await;
    hall.running.stop().await;
    let other = TestDatabase::empty(database.address.sqlite_path().is_none());
    start(&other, &theirs).await.unwrap().running.stop().await;
    let refused = start(&database, &theirs).await.err().unwrap();
    assert!(refused.contains("isn't in") && refused.contains(&file.display().to_string()), "{refused}");
}

async fn ciphertext_opens_nowhere_but_in_its_place(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let (one, two) = (open(&hall, 1).await, open(&hall, 2).await);
    let of = |number: &str| format!("(SELECT id FROM cases WHERE acceptance_number = '{number}')");
    let path = |case: &str| format!("/cases/{case}");
    supervisor.get(&path(&one)).await.expect(200);

    // Another case's key, another case's ciphertext, a key that is gone: each is told where it stands, none is an empty person.
    let unreadable = async || {
        let shown = supervisor.get(&path(&one)).await.expect(200);
        assert_eq!(shown["application"]["applicant"]["name"], "（无法读取）");
    };
    again.tamper(&format!(
        "CREATE TABLE kept AS SELECT * FROM person_keys; CREATE TABLE documents AS SELECT id, document FROM cases;
         UPDATE person_keys SET wrapped = (SELECT wrapped FROM kept WHERE subject_id = {}) WHERE subject_id = {}",
        of(&two),
        of(&one)
    ));
    unreadable().await;
    supervisor.get(&path(&two)).await.expect(200);
    again.tamper(
        "UPDATE person_keys SET wrapped = (SELECT wrapped FROM kept WHERE kept.subject_id = person_keys.subject_id)",
    );
    supervisor.get(&path(&one)).await.expect(200);
    again.tamper(&format!(
        "UPDATE cases SET document = (SELECT document FROM documents WHERE id = {}) WHERE id = {}",
        of(&two),
        of(&one)
    ));
    // There the whole document is of another case: nobody of it is taken for this one's, nor is anything written over either.
    unreadable().await;
    supervisor
        .act(&one, "withdraw", &serde_json::json!({ "reason": "不办了" }))
        .await
        .refused(409, "persons_unreadable");
    again.tamper("UPDATE cases SET document = (SELECT document FROM documents WHERE documents.id = cases.id)");
    again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = {}", of(&one)));
    unreadable().await;
    again.tamper(&format!("INSERT INTO person_keys SELECT * FROM kept WHERE subject_id = {}", of(&one)));
    supervisor.get(&path(&one)).await.expect(200);
}

async fn keys_may_be_given_by_the_environment(database: TestDatabase) {
    let key = "019aaf3e-0000-7000-8000-0000000000aa AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let given = |text: &str| vec![("CRYPTOGRAPHY__DATA_KEYS", text.to_owned())];
    let none = start(&database, &given("# no key yet")).await.err().unwrap();
    assert!(none.contains("cryptography.data_keys") && none.contains("UUIDv7"), "{none}");
    let hall = start(&database, &given(key)).await.unwrap();
    let case = open(&hall, 1).await;
    let before = seen(&hall, &case).await;
    hall.running.stop().await;
    let hall = start(&database, &given(key)).await.unwrap();
    assert_eq!(seen(&hall, &case).await, before);
    let refused = hall.running.service.make_data_key().await.err().unwrap().to_string();
    assert!(refused.contains("Add a line"), "{refused}");
}

async fn after_a_change_of_suite_new_cases_have_the_new_one_and_old_ones_stay_readable(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (_, mut settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    let one = open(&hall, 1).await;
    let before = seen(&hall, &one).await;
    hall.running.stop().await;
    settings.push(("CRYPTOGRAPHY__SUITE", "national".to_owned()));
    let hall = start(&database, &settings).await.unwrap();
    let two = open(&hall, 2).await;
    assert_eq!(seen(&hall, &one).await, before);
    let clerk = hall.staff(Role::Clerk).await;
    // A case keeps its key, and so its suite.
    let correction = serde_json::json!({ "correction": { "certificate_contact": { "name": "曾国栋", "phone": "13900139001" } }, "reason": "补填" });
    clerk.act(&one, "correct_application", &correction).await.expect(200);
    let shown = clerk.get(&format!("/cases/{two}")).await.expect(200);
    assert_eq!(shown["application"]["applicant"]["phone"], "138****8000");
    let dump = super::left_by(&database);
    let text = String::from_utf8_lossy(&dump);
    assert!(text.contains("international.") && text.contains("national."));
    hall.running.service.exchange_data_key(&casehall::service::accounts::caller::Caller::operator()).await.unwrap();
    assert_eq!(clerk.get(&format!("/cases/{one}/events")).await.status, 200);
    assert_eq!(clerk.get(&format!("/cases/{two}/events")).await.status, 200);
}

/// What `/readyz` remarks about the evidence.
async fn remark(hall: &Hall) -> String {
    let told = hall.readiness(200).await;
    let checks = told["checks"].as_array().unwrap();
    let evidence = checks.iter().find(|check| check["name"] == "evidence").unwrap();
    evidence["remark"].as_str().unwrap_or_default().to_owned()
}

async fn a_database_without_a_data_key_in_force_is_told_also_after_a_restart(database: TestDatabase) {
    let hall = Hall::open(database).await;
    open(&hall, 1).await;
    let found = async |hall: &Hall| {
        let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
        found.findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((found(&hall).await, remark(&hall).await.contains("data key")), (vec![], false));
    hall.database.tamper("UPDATE data_keys SET in_force = FALSE");
    assert!(remark(&hall).await.contains("no data key in force"));
    let hall = hall.restarted(None).await.unwrap();
    assert!(remark(&hall).await.contains("no data key in force"));
    assert_eq!(found(&hall).await, ["data key in force isn't there, so that no person's data can be written"]);
    hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.refused(503, "unavailable");
    hall.database.tamper("UPDATE data_keys SET in_force = TRUE");
    assert!(!remark(&hall).await.contains("data key in force"));
    open(&hall, 3).await;
}

async fn data_keys_that_are_gone_under_a_working_hall_are_missed_before_it_is_too_late(database: TestDatabase) {
    let directory = tempfile::tempdir().unwrap();
    let (file, settings) = keys_in(directory.path());
    let hall = start(&database, &settings).await.unwrap();
    open(&hall, 1).await;
    let keys = std::fs::read_to_string(&file).unwrap();
    assert!(!remark(&hall).await.contains("data key"));
    for (number, gone) in [None, Some("# nothing\n"), Some("not a key\n")].into_iter().enumerate() {
        std::fs::remove_file(&file).unwrap();
        if let Some(text) = gone {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let told = remark(&hall).await;
        assert!(told.contains("isn't where the data keys lie any more"), "{gone:?}: {told}");
        open(&hall, 2 + number as u32).await;
        std::fs::write(&file, &keys).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(!remark(&hall).await.contains("data key"));
    }
}
