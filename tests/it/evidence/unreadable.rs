//! A calendar or edition that somebody made unreadable, or another one: no start goes on with it, and says what to do; who looks for such
//! faults looks all the same, and names the row.

use std::sync::Arc;

use casehall::clock::ManualClock;
use casehall::configuration::settings::Settings;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{self, Configuration, Needs, StartError};

use crate::databases::TestDatabase;
use crate::hall::{Hall, MONDAY};

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
    let configuration = Configuration::load(Settings::load(Some(&file), variables), None)?;
    let clock = Arc::new(ManualClock::at(MONDAY.parse().unwrap()));
    Ok(startup::service_beside(configuration, clock, LostKey::Refuse, needs).await?.0)
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
            format!("DELETE FROM editions WHERE {renew}"),
            "which the audit trail names, isn't there any more",
            format!("edition case_type.renew.{number} is missing"),
        ),
    ] {
        database.tamper(&change);
        let said = words(open(database.again()).await);
        assert!(said.contains(refused) && said.contains("put the last backup back"), "{change}: {said}");
        let said = words(beside(&database, Needs::TheHalls).await);
        assert!(said.contains(refused), "{change}: {said}");
        for needs in [Needs::None, Needs::ToVerify] {
            let service = beside(&database, needs).await.unwrap_or_else(|error| panic!("{change}: {error}"));
            let found = service.verify(&Caller::operator(), None).await.unwrap();
            let found: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
            assert!(found.contains(&named), "{change}: {found:#?}");
            service.check_consistency().await.unwrap();
        }
        database.tamper(
            "DELETE FROM editions; INSERT INTO editions SELECT * FROM kept_editions;
             DELETE FROM calendar_years; INSERT INTO calendar_years SELECT * FROM kept_years",
        );
    }
    open(database.again()).await.unwrap();
}
