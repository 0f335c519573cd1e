//! A calendar or edition that somebody made unreadable, or another one: no start goes on with it, and says what to do; who looks for such
//! faults looks all the same, and names the row.

use std::sync::Arc;

use casehall::clock::ManualClock;
use casehall::configuration::settings::Settings;
use casehall::domain::accounts::role::Role;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{self, Configuration, Named, Needs, StartError};

use crate::databases::TestDatabase;
use crate::hall::{Hall, MONDAY, application};

/// The service as a command beside the hall has it.
async fn beside(database: &TestDatabase, needs: Needs) -> Result<Service, StartError> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("casehall.toml");
    std::fs::write(&file, "").unwrap();
    let variables = [
        ("CASEHALL__DATABASE__URL", database.address.to_string()),
        ("CASEHALL__DATA_DIRECTORY", directory.path().display().to_string()),
        ("CASEHALL__WEBHOOKS__DELIVER_SECONDS", "0".to_owned()),
    ];
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    let configuration = Configuration::load(Settings::load(Some(&file), variables), Named::default())?;
    let clock = Arc::new(ManualClock::at(MONDAY.parse().unwrap()));
    Ok(startup::service_beside(configuration, clock, LostKey::Refuse, needs, "verify").await?.0)
}

/// A start on the database as it is.
async fn open(database: TestDatabase) -> Result<Hall, StartError> {
    Hall::start(database, tempfile::tempdir().unwrap(), &[], None, MONDAY.parse().unwrap()).await
}

#[track_caller]
fn words<T>(started: Result<T, StartError>) -> String {
    match started {
        Ok(_) => panic!("it started"),
        Err(StartError::Configuration(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(other) => other.to_string(),
    }
}

#[tokio::test]
async fn what_can_not_be_worked_by_stops_the_start_in_words_and_no_verification() {
    let database = TestDatabase::sqlite();
    let hall = Hall::open(database.again()).await;
    hall.person(&[Role::Auditor], None).await;
    hall.running.stop().await;
    let renew = "kind = 'case_type' AND code = 'renew'";
    let number = database.rows(&format!("SELECT CAST(edition AS TEXT) FROM editions WHERE {renew}")).remove(0);
    database.tamper(
        "CREATE TABLE kept_editions AS SELECT * FROM editions; CREATE TABLE kept_years AS SELECT * FROM calendar_years",
    );
    for (change, refused, named) in [
        (
            "UPDATE calendar_years SET content = '{' WHERE year = 2026".to_owned(),
            "The year 2026 in the database (edition 1 of the calendar) isn't the one that the audit trail names",
            "calendar_year 2026.1 (content) isn't what the audit trail says of it".to_owned(),
        ),
        (
            "UPDATE calendar_years SET source = 'elsewhere' WHERE year = 2026".to_owned(),
            "The year 2026 in the database (edition 1 of the calendar) isn't the one that the audit trail names",
            "calendar_year 2026.1 (source) isn't what the audit trail says of it".to_owned(),
        ),
        (
            "UPDATE calendar_years SET year = 2040 WHERE year = 2026".to_owned(),
            "The year 2040 in the database (edition 1 of the calendar) isn't named by the audit trail",
            "calendar_year 2026.1 is missing".to_owned(),
        ),
        (
            format!("UPDATE editions SET content = '{{' WHERE {renew}"),
            "case-types/renew.toml: edition",
            format!("edition case_type.renew.{number} (content) isn't what the audit trail says of it"),
        ),
        (
            format!("UPDATE editions SET kind = 'nothing' WHERE {renew}"),
            "the editions in the database: nothing.renew",
            format!("edition nothing.renew.{number} was added by nobody, as the audit trail has it"),
        ),
        (
            format!("UPDATE editions SET code = 'zzz' WHERE {renew}"),
            "the editions in the database: edition",
            format!("edition case_type.renew.{number} is missing"),
        ),
        (
            format!("UPDATE editions SET first_seen_at = 'zz' WHERE {renew}"),
            "which the audit trail names, isn't there any more, or can't be read",
            format!("edition case_type.renew.{number} is missing"),
        ),
        (
            format!("UPDATE editions SET code = CAST(X'FF' AS TEXT) WHERE {renew}"),
            "which the audit trail names, isn't there any more, or can't be read",
            format!("edition case_type.renew.{number} is missing"),
        ),
        (
            "UPDATE calendar_years SET recorded_at = 'zz' WHERE year = 2026".to_owned(),
            "The year 2026 in the database (edition 1 of the calendar) isn't there, or can't be read",
            "calendar_year 2026.1 is missing".to_owned(),
        ),
        (
            format!("DELETE FROM editions WHERE {renew}"),
            "which the audit trail names, isn't there any more",
            format!("edition case_type.renew.{number} is missing"),
        ),
    ] {
        database.tamper(&change);
        // Whatever else is wrong is named beside it.
        database.tamper("UPDATE users SET display_name = 'x'");
        let said = words(open(database.again()).await);
        assert!(said.contains(refused) && said.contains("put the last backup back"), "{change}: {said}");
        let said = words(beside(&database, Needs::TheHalls).await);
        assert!(said.contains(refused), "{change}: {said}");
        for needs in [Needs::None, Needs::ToVerify] {
            let service = beside(&database, needs).await.unwrap_or_else(|error| panic!("{change}: {error}"));
            let found = service.verify(&Caller::operator(), None).await.unwrap();
            let found: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
            assert!(found.contains(&named), "{change}: {found:#?}");
            assert!(found.iter().any(|one| one.starts_with("account ")), "{change}: {found:#?}");
            service.check_consistency().await.unwrap();
        }
        database.tamper(
            "DELETE FROM editions; INSERT INTO editions SELECT * FROM kept_editions;
             DELETE FROM calendar_years; INSERT INTO calendar_years SELECT * FROM kept_years",
        );
    }
    open(database.again()).await.unwrap();
}

#[tokio::test]
async fn what_the_database_says_of_a_data_key_stops_the_start_in_words_and_no_verification() {
    let database = TestDatabase::sqlite();
    let hall = Hall::open(database.again()).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.running.stop().await;
    database.tamper("CREATE TABLE kept_keys AS SELECT * FROM data_keys; UPDATE users SET display_name = 'x'");
    for change in [
        "UPDATE data_keys SET check_value = 'zz'",
        "UPDATE data_keys SET suite = 'zz'",
        "UPDATE data_keys SET id = 'zz'",
        "UPDATE data_keys SET id = '01890a5d-ac96-774b-bcce-b302099a8057'",
        "UPDATE data_keys SET id = CAST(X'FF' AS TEXT)",
        "DELETE FROM data_keys",
    ] {
        database.tamper(change);
        for said in [words(open(database.again()).await), words(beside(&database, Needs::DataKeys).await)] {
            let blames = ["what the database says of the data key", "the database names no data key"];
            assert!(blames.iter().any(|words| said.contains(words)), "{change}: {said}");
            assert!(said.contains("last backup") && said.contains("`casehall audit verify` names"), "{change}: {said}");
        }
        for needs in [Needs::None, Needs::ToVerify] {
            let service = beside(&database, needs).await.unwrap_or_else(|error| panic!("{change}: {error}"));
            let found = service.verify(&Caller::operator(), None).await.unwrap();
            let found: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
            for of in ["data key", "account "] {
                assert!(found.iter().any(|one| one.starts_with(of)), "{change}: {found:#?}");
            }
            assert!(!found.iter().any(|one| one.contains("case ")), "its persons can be read: {change}: {found:#?}");
            service.check_consistency().await.unwrap();
        }
        database.tamper("DELETE FROM data_keys; INSERT INTO data_keys SELECT * FROM kept_keys");
    }
    // A key that is another one outside is to blame, as before.
    let file = database.file().with_file_name("data_keys");
    let mut other = std::fs::read_to_string(&file).unwrap().trim_end().to_owned().into_bytes();
    let at = other.len() - 3;
    other[at] = if other[at] == b'a' { b'b' } else { b'a' };
    std::fs::write(&file, other).unwrap();
    let said = words(open(database.again()).await);
    assert!(said.contains("isn't the one that this database was encrypted with"), "{said}");
}
