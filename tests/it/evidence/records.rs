//! Imports, editions and the calendar are held against the audit trail: whoever writes their tables changes nothing by it, and is found
//! out.

use casehall::domain::accounts::role::Role;
use casehall::service::accounts::caller::Caller;
use casehall::startup::StartError;
use serde_json::json;

use crate::calendar::calendars::{Push, year_of};
use crate::certificates::register::imports::{import, table};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, MONDAY, Person, application};
use crate::program::Files;

on_both!(
    a_decision_that_stands_in_the_row_alone_is_none,
    whoever_entered_an_import_approves_it_by_no_other_name_in_its_row,
    whatever_is_written_into_the_row_of_an_import_is_named,
    imports_of_before_are_entered_as_they_were_found_and_gone_on_with,
    an_edition_that_was_changed_stops_the_start_and_is_named,
    a_year_that_was_changed_stops_the_start_and_is_named,
    what_can_not_be_read_is_named_and_hides_nothing_else,
);

async fn found(hall: &Hall) -> Vec<String> {
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    found.findings.iter().map(ToString::to_string).collect()
}

/// A hall in which an import of three certificates waits, with its id and who may approve it.
async fn waiting(hall: &Hall) -> (String, Person<'_>, Person<'_>) {
    let (one, two) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Supervisor).await);
    let id = import(&one, "", &table(1..=3)).await.expect(200)["import"].as_str().unwrap().to_owned();
    (id, one, two)
}

fn stages(hall: &Hall) -> Vec<String> {
    hall.database.rows("SELECT DISTINCT stage FROM certificates")
}

/// The statement by which somebody is said to have approved whatever waits.
fn approved_by(name: &str) -> String {
    format!(
        "UPDATE certificate_imports SET state = 'approved', decided_by = (SELECT id FROM users WHERE username = '{name}'),
         decided_by_name = '别人', decided_at = started_at WHERE state = 'waiting'"
    )
}

async fn a_decision_that_stands_in_the_row_alone_is_none(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (id, _, two) = waiting(&hall).await;
    assert_eq!(found(&hall).await, [""; 0]);
    let path = format!("/certificates/imports/{id}");
    hall.database.tamper(&approved_by(two.name()));
    let named =
        [format!("import {id} (decided_at, decided_by, decided_by_name, state) isn't what the audit trail says of it")];
    for _ in 0..2 {
        assert!(hall.running.service.settle_imports().await.is_err(), "it is said, again and again");
        assert_eq!(stages(&hall), ["unapproved"]);
        assert_eq!(hall.database.rows("SELECT kind FROM events WHERE kind = 'registration_approved'"), [""; 0]);
        assert_eq!(found(&hall).await, named);
    }
    for (what, body) in [("approve", json!({})), ("reject", json!({ "reason": "重复" }))] {
        two.post(&format!("{path}/{what}"), &body).await.refused(409, "import_differs");
    }
    // Nor does another state that needs nobody's decision make them leave, nor a start bring them in force.
    hall.database.tamper(
        "UPDATE certificate_imports SET state = 'failed', decided_by = NULL, decided_by_name = NULL, decided_at = NULL",
    );
    assert!(hall.running.service.settle_imports().await.is_err());
    hall.database.tamper("UPDATE certificate_imports SET state = 'entering', touched_at = '2020-01-01 00:00:00'");
    assert!(hall.running.service.settle_imports().await.is_err());
    let name = two.name().to_owned();
    let hall = hall.restarted(None).await.unwrap();
    assert!(hall.running.service.settle_imports().await.is_err());
    assert_eq!(stages(&hall), ["unapproved"]);
    // Put back as it was, it is decided as any other.
    hall.database.tamper("UPDATE certificate_imports SET state = 'waiting'");
    assert_eq!(found(&hall).await, [""; 0]);
    let two = Person::at(&hall.base, &*hall.clock, &name);
    two.post(&format!("{path}/approve"), &json!({})).await.expect(200);
    assert_eq!((stages(&hall), found(&hall).await), (vec!["active".to_owned()], vec![]));
    let approved = hall.entries("import_approved").await.concat();
    for said in [r#""state":"approved""#, r#""lines":"3""#, r#""decided_by_name":"督办人员""#] {
        assert!(approved.contains(said), "{said}: {approved}");
    }
}

async fn whoever_entered_an_import_approves_it_by_no_other_name_in_its_row(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (id, one, two) = waiting(&hall).await;
    let other = format!("(SELECT id FROM users WHERE username = '{}')", two.name());
    hall.database.tamper(&format!("UPDATE certificate_imports SET entered_by = {other}"));
    one.post(&format!("/certificates/imports/{id}/approve"), &json!({})).await.refused(409, "import_differs");
    assert_eq!(found(&hall).await, [format!("import {id} (entered_by) isn't what the audit trail says of it")]);
}

async fn whatever_is_written_into_the_row_of_an_import_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (id, _, two) = waiting(&hall).await;
    two.post(&format!("/certificates/imports/{id}/reject"), &json!({ "reason": "重复" })).await.expect(200);
    assert_eq!(found(&hall).await, [""; 0]);
    for (change, names) in [
        ("state = 'approved'", "state"),
        ("lines = 4", "lines"),
        ("entered_by_name = '别人'", "entered_by_name"),
        ("decided_by = 'nobody'", "decided_by"),
        ("decided_at = '2026-03-01 02:00:00'", "decided_at"),
        ("reason = NULL", "reason"),
        ("state = 'lost'", "unreadable"),
    ] {
        hall.database.tamper("CREATE TABLE kept_imports AS SELECT * FROM certificate_imports");
        hall.database.tamper(&format!("UPDATE certificate_imports SET {change}"));
        let differs = format!("import {id} ({names}) isn't what the audit trail says of it");
        assert_eq!(found(&hall).await, [differs], "{change}");
        hall.database.tamper(
            "DELETE FROM certificate_imports; INSERT INTO certificate_imports SELECT * FROM kept_imports; DROP TABLE kept_imports",
        );
    }
    let invented = "0196d1a0-0000-7000-8000-000000000001";
    hall.database.tamper(&format!("UPDATE certificate_imports SET id = '{invented}'"));
    let nobody = format!("import {invented} was added by nobody, as the audit trail has it");
    assert_eq!(found(&hall).await, [nobody, format!("import {id} is missing")]);
}

/// Takes entries away, as a database of an older version has none.
pub(super) fn without_entries(hall: &Hall, which: &str) {
    hall.database.tamper(&match hall.database.address.is_postgres() {
        true => format!(
            "ALTER TABLE audit DISABLE TRIGGER USER; DELETE FROM audit WHERE {which}; ALTER TABLE audit ENABLE TRIGGER USER"
        ),
        false => {
            let made = hall.database.rows("SELECT sql FROM sqlite_master WHERE name = 'audit_remains'").remove(0);
            format!("DROP TRIGGER audit_remains; DELETE FROM audit WHERE {which}; {made}")
        }
    });
}

const OLDER: &str =
    "kind IN ('records_held', 'record_found', 'import_entered', 'import_approved', 'import_rejected', 'import_failed')";

async fn imports_of_before_are_entered_as_they_were_found_and_gone_on_with(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (id, _, two) = waiting(&hall).await;
    let name = two.name().to_owned();
    let other = import(&two, "", &table(4..=5)).await.expect(200)["import"].as_str().unwrap().to_owned();
    // As an older version leaves it that was stopped between the decision and what it means.
    hall.database.tamper(&format!(
        "UPDATE certificate_imports SET state = 'approved', decided_by = entered_by, decided_by_name = entered_by_name,
         decided_at = started_at WHERE id = '{id}'; UPDATE certificate_imports SET decided_by = (SELECT id FROM users WHERE
         username = '{name}') WHERE id = '{id}'"
    ));
    without_entries(&hall, OLDER);
    assert_eq!(found(&hall).await, [""; 0], "nothing is held against such a trail");
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(hall.entries("records_held").await, [r#"{"calendar_years":"0","editions":"0","imports":"2"}"#]);
    assert_eq!(hall.entries("record_found").await.len(), 2);
    assert_eq!(hall.running.service.settle_imports().await.unwrap(), 1);
    let decided = hall.database.rows("SELECT DISTINCT kind FROM events WHERE kind LIKE 'registration%'");
    assert_eq!((decided, found(&hall).await), (vec!["registration_approved".to_owned()], vec![]));
    let three = hall.staff(Role::Supervisor).await;
    three.post(&format!("/certificates/imports/{other}/approve"), &json!({})).await.expect(200);
    assert_eq!((stages(&hall), found(&hall).await), (vec!["active".to_owned()], vec![]));
    let hall = hall.restarted(None).await.unwrap();
    assert_eq!(hall.entries("record_found").await.len(), 2, "once");
}

const WORKFLOW: &str = "workflows/check-then-make.toml";

#[track_caller]
fn refusal(started: Result<Hall, StartError>) -> String {
    match started {
        Ok(_) => panic!("it started"),
        Err(StartError::Configuration(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(other) => other.to_string(),
    }
}

/// What a text column of a row says, doubled for a statement.
fn text(hall: &Hall, sql: &str) -> String {
    hall.database.rows(sql).remove(0).replace('\'', "''")
}

async fn an_edition_that_was_changed_stops_the_start_and_is_named(database: TestDatabase) {
    use sha2::{Digest, Sha256};
    let again = database.again();
    let hall = Hall::open(database).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    // From now on only its open cases live by edition 3.
    let files = Files::new();
    files.change_whole(WORKFLOW, &[("edition = 3", "edition = 4"), ("\"Void and make again\"", "\"Remake\"")]);
    let hall = hall.restarted(Some(files.path())).await.unwrap();
    assert_eq!(found(&hall).await, [""; 0]);
    let of = "kind = 'workflow' AND code = 'check-then-make' AND edition = 3";
    let is = |column: &str| text(&hall, &format!("SELECT {column} FROM editions WHERE {of}"));
    let (content, hash) = (is("content"), is("content_hash"));
    let at = content.find("\"code\":\"waive_fee\"").unwrap();
    let forged = content[..at].to_owned() + &content[at..].replacen("supervisor", "clerk", 1);
    let own = hex::encode(Sha256::digest(forged.replace("''", "'").as_bytes()));
    let set = |content: &str, hash: &str| {
        let sql = format!("UPDATE editions SET content = '{content}', content_hash = '{hash}' WHERE {of}");
        hall.database.tamper(&sql);
    };
    let start = async || Hall::configured(again.again(), files.path()).await;
    let edition = "edition workflow.check-then-make.3";
    for (content, hash, names) in
        [(&forged, &hash, "content"), (&forged, &own, "content, content_hash"), (&content, &own, "content_hash")]
    {
        set(content, hash);
        let refused = refusal(start().await);
        assert!(
            refused.starts_with(WORKFLOW) && refused.contains("isn't the one that the audit trail names"),
            "{refused}"
        );
        let differs = format!("{edition} ({names}) isn't what the audit trail says of it");
        assert_eq!(found(&hall).await, [differs]);
    }
    // Of one that the trail doesn't name, since it is older, its digest is known.
    set(&forged, &hash);
    without_entries(&hall, "kind = 'edition_changed'");
    without_entries(&hall, OLDER);
    let refused = refusal(start().await);
    assert!(refused.contains("doesn't fit its own digest"), "{refused}");
    set(&content, &hash);
    start().await.unwrap();
    let held = hall.entries("records_held").await.concat();
    assert!(held.contains(r#""calendar_years":"0""#) && !held.contains(r#""editions":"0""#), "{held}");
    assert_eq!(found(&hall).await, [""; 0]);
    set(&forged, &own);
    assert!(refusal(start().await).contains("isn't the one that the audit trail names"));
}

async fn a_year_that_was_changed_stops_the_start_and_is_named(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let body = year_of(2031, &[("2031-01-01", true)]);
    Push::json(2031, &body, None).by(&administrator).await.expect(200);
    let imported = hall.entries("calendar_changed").await.concat();
    assert!(imported.contains(r#""content.2031":""#), "{imported}");
    assert_eq!(found(&hall).await, [""; 0]);
    let start = async || {
        let now = MONDAY.parse().unwrap();
        Hall::start(again.again(), tempfile::tempdir().unwrap(), &[], None, now).await
    };
    let is = |column: &str| text(&hall, &format!("SELECT {column} FROM calendar_years WHERE year = 2026"));
    let content = is("content");
    let forged = content.replacen("2026-01-01", "2026-03-03", 1);
    assert_ne!(content, forged);
    hall.database.tamper(&format!("UPDATE calendar_years SET content = '{forged}' WHERE year = 2026"));
    let refused = refusal(start().await);
    assert!(refused.contains("The year 2026 in the database"), "{refused}");
    assert_eq!(found(&hall).await, ["calendar_year 2026.1 (content) isn't what the audit trail says of it"]);
    hall.database.tamper(&format!("UPDATE calendar_years SET content = '{content}' WHERE year = 2026"));
    assert_eq!(found(&hall).await, [""; 0]);
    hall.database.tamper("UPDATE calendar_state SET edition = 7");
    let refused = refusal(start().await);
    assert!(refused.contains("The calendar in the database is edition 7"), "{refused}");
    assert_eq!(found(&hall).await, ["calendar 7 (edition) isn't what the audit trail says of it"]);
    // As an older version left it, whose entries name the years without saying what they are.
    hall.database.tamper("UPDATE calendar_state SET edition = (SELECT max(edition) FROM calendar_years)");
    without_entries(&hall, "kind IN ('calendar_changed', 'records_held')");
    start().await.unwrap();
    assert!(!hall.entries("record_found").await.is_empty());
    assert_eq!(found(&hall).await, [""; 0]);
    hall.database.tamper(&format!("UPDATE calendar_years SET content = '{forged}' WHERE year = 2026"));
    assert!(refusal(start().await).contains("The year 2026 in the database"));
}

async fn what_can_not_be_read_is_named_and_hides_nothing_else(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.person(&[Role::Clerk], None).await;
    let name = text(&hall, "SELECT max(display_name) FROM users");
    hall.database.tamper("UPDATE editions SET kind = 'nothing' WHERE code = 'renew'");
    hall.database.tamper(&format!("UPDATE users SET display_name = 'somebody else' WHERE display_name = '{name}'"));
    hall.database.tamper("UPDATE calendar_years SET content = '{' WHERE year = 2026");
    let found = found(&hall).await;
    let of = |what: &str| found.iter().filter(|finding| finding.starts_with(what)).count();
    let editions = (of("edition nothing.renew."), of("edition case_type.renew."));
    assert_eq!((editions, of("account "), of("calendar_year 2026.1 ")), ((2, 1), 1, 1), "{found:#?}");
    // What isn't the record doesn't stop those who look at it either.
    let looked = hall.running.service.check_consistency().await.unwrap();
    assert_eq!(looked.faults, [""; 0]);
}
