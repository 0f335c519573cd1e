//! Who can write the database can also put something into it that acts by itself: that is found, and writes nothing in silence.

use casehall::domain::accounts::role::Role;
use casehall::domain::evidence::finding::FindingKind;
use casehall::service::accounts::caller::Caller;
use casehall::store::evidence::guards::CONSTRAINTS_OF_POSTGRES;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, application};

on_both!(
    a_trigger_that_somebody_planted_or_dropped_is_named,
    what_the_database_keeps_out_of_the_record_is_not_done_either,
    a_constraint_that_somebody_dropped_or_weakened_is_named,
);

/// `UPDATE_DOCS=1` writes them anew.
#[test]
fn the_constraints_that_are_expected_of_postgresql_are_those_of_the_migrations() {
    let database = TestDatabase::postgres();
    let all =
        format!("SELECT name || chr(9) || says AS value FROM ({CONSTRAINTS_OF_POSTGRES}) AS listed ORDER BY name");
    let listed: String = database.rows(&all).into_iter().map(|line| line + "\n").collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/evidence/constraints_of_postgres.txt");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, &listed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), listed);
}

/// What nothing but the database refuses: a number that is given twice, a person's key that is none.
async fn a_constraint_that_somebody_dropped_or_weakened_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    // Of a table and a column of a later version nothing is said.
    hall.database.tamper(
        "CREATE TABLE later (id TEXT PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX by_name ON later (name);
         ALTER TABLE users ADD COLUMN later TEXT NOT NULL DEFAULT ''",
    );
    assert_eq!(named(&hall).await, [""; 0]);
    if hall.database.address.is_postgres() {
        hall.database.tamper(
            "ALTER TABLE claims DROP CONSTRAINT claims_pkey; DROP INDEX data_keys_in_force;
             CREATE INDEX claims_of_holders ON claims (holder); CREATE UNIQUE INDEX one_case ON cases (outlet)",
        );
        let all = [
            "constraint claims_pkey on claims",
            "unique index data_keys_in_force on data_keys",
            "unique index one_case on cases",
        ];
        assert_eq!(named(&hall).await, all);
        hall.database.tamper(
            "ALTER TABLE claims ADD CONSTRAINT claims_pkey PRIMARY KEY (kind, subject, holder); DROP INDEX one_case",
        );
        let all = ["constraint claims_pkey on claims", "unique index data_keys_in_force on data_keys"];
        assert_eq!(named(&hall).await, all, "what is called so is something else");
    } else {
        hall.database.tamper(
            "DROP INDEX data_keys_in_force; CREATE INDEX claims_of_holders ON claims (holder);
             CREATE UNIQUE INDEX one_case ON cases (outlet); ALTER TABLE claims RENAME TO old;
             CREATE TABLE claims (kind TEXT NOT NULL, subject TEXT NOT NULL, holder_kind TEXT NOT NULL, holder TEXT NOT NULL,
             taken_at TEXT NOT NULL) STRICT; DROP TABLE old",
        );
        let all = ["table claims", "unique index data_keys_in_force on data_keys", "unique index one_case on cases"];
        assert_eq!(named(&hall).await, all);
    }
}

async fn named(hall: &Hall) -> Vec<String> {
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap().findings;
    assert!(found.iter().all(|finding| finding.kind == FindingKind::GuardDiffers), "{found:?}");
    found.iter().map(|finding| finding.place.to_string()).collect()
}

/// Keeps rows of some kinds out of a table without a word.
fn plant(hall: &Hall, table: &str, kind: &str) {
    hall.database.tamper(&match hall.database.address.is_postgres() {
        false => format!(
            "CREATE TRIGGER planted BEFORE INSERT ON {table} WHEN NEW.kind = '{kind}' BEGIN SELECT RAISE(IGNORE); END"
        ),
        true => format!(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER planted BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.kind = '{kind}') EXECUTE FUNCTION nothing()"
        ),
    });
}

async fn a_trigger_that_somebody_planted_or_dropped_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let is_postgres = hall.database.address.is_postgres();
    assert_eq!(named(&hall).await, [""; 0]);
    let on = |table: &str| if is_postgres { format!(" on {table}") } else { String::new() };
    plant(&hall, "audit", "person_disclosed");
    assert_eq!(named(&hall).await, [format!("trigger planted{}", on("audit"))]);
    hall.database.tamper(&format!("DROP TRIGGER planted{}; DROP TRIGGER seals_stay{}", on("audit"), on("seals")));
    assert_eq!(named(&hall).await, [format!("trigger seals_stay{}", on("seals"))]);
    if is_postgres {
        hall.database.tamper(
            "ALTER TABLE audit DISABLE TRIGGER audit_stays; ALTER TABLE events ENABLE ROW LEVEL SECURITY;
             CREATE RULE quiet AS ON INSERT TO leaves DO INSTEAD NOTHING",
        );
        let all = [
            "row security of events",
            "rule quiet on leaves",
            "trigger audit_stays on audit",
            "trigger seals_stay on seals",
        ];
        let mut found = named(&hall).await;
        found.sort();
        assert_eq!(found, all);
    }
}

async fn what_the_database_keeps_out_of_the_record_is_not_done_either(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let clerk = hall.staff(Role::Clerk).await;
    plant(&hall, "audit", "account_added");
    let evil = json!({ "username": "evil", "display_name": "恶人", "roles": ["supervisor"], "outlet": CENTER });
    assert_eq!(security.post("/users", &evil).await.status, 500);
    assert_eq!(hall.database.rows("SELECT username FROM users WHERE username = 'evil'"), [""; 0]);
    hall.database.tamper(if hall.database.address.is_postgres() {
        "DROP TRIGGER planted ON audit; DROP FUNCTION nothing"
    } else {
        "DROP TRIGGER planted"
    });
    plant(&hall, "events", "case_opened");
    assert_eq!(clerk.post("/cases", &application(1)).await.status, 500);
    assert_eq!(hall.database.rows("SELECT id FROM cases"), [""; 0]);
}
