//! Who can write the database can also put something into it that acts by itself: that is found, and writes nothing in silence.

use casehall::domain::accounts::role::Role;
use casehall::domain::evidence::finding::FindingKind;
use casehall::service::accounts::caller::Caller;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, application};

on_both!(
    a_trigger_that_somebody_planted_or_dropped_is_named,
    what_the_database_keeps_out_of_the_record_is_not_done_either,
);

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
