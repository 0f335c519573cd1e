//! The database refuses what would change the past.

use casehall::domain::accounts::role::Role;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(the_database_refuses_to_change_or_delete_what_was_recorded);

/// What SQLite deletes to make room for another row, it asks no trigger about.
#[tokio::test]
async fn sqlite_refuses_to_replace_what_was_recorded() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    // Also of a database of before, whose tables get these triggers when it is opened.
    for older in [false, true] {
        if older {
            for table in ["events", "audit", "leaves", "seals"] {
                hall.database.tamper(&format!("DROP TRIGGER {table}_in_place"));
            }
            hall.database.tamper("DELETE FROM __diesel_schema_migrations WHERE version = '20261128000016'");
            tried(&hall.database, "INSERT OR REPLACE INTO seals SELECT * FROM seals").expect("as it was");
            hall.database.open();
        }
        for table in ["events", "audit", "leaves", "seals"] {
            for sql in [
                format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
                format!("REPLACE INTO {table} SELECT * FROM {table}"),
                format!("INSERT INTO {table} SELECT * FROM {table}"),
            ] {
                let told = tried(&hall.database, &sql).expect_err(&sql);
                assert!(told.contains("never replaced"), "{sql}: {told}");
            }
        }
        let by_its_place = "INSERT OR REPLACE INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data) \
                            SELECT subject_kind, subject_id, sequence, kind, at, 'x', 'x', action, data FROM events";
        assert!(tried(&hall.database, by_its_place).expect_err("by another key").contains("never replaced"));
    }
    let found = hall.running.service.verify(&casehall::service::accounts::caller::Caller::hall(), None).await.unwrap();
    assert_eq!(found.finding_count, 0, "{found:?}");
}

fn tried(database: &TestDatabase, sql: &str) -> Result<(), String> {
    let tried = match database.address.sqlite_path() {
        Some(path) => SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql),
        None => PgConnection::establish(&database.address.to_string()).unwrap().batch_execute(sql),
    };
    tried.map_err(|error| error.to_string())
}

async fn the_database_refuses_to_change_or_delete_what_was_recorded(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    hall.running.service.seal().await.unwrap();
    let is_postgres = hall.database.address.sqlite_path().is_none();
    for table in ["events", "audit", "leaves", "seals"] {
        let mut refused = vec![format!("UPDATE {table} SET number = number + 1000"), format!("DELETE FROM {table}")];
        if is_postgres {
            refused.push(format!("TRUNCATE {table}"));
        }
        for sql in refused {
            let told = tried(&hall.database, &sql).expect_err(&sql);
            assert!(told.contains("never") || told.contains("nothing of"), "{sql}: {told}");
        }
    }
    let found = hall.running.service.verify(&casehall::service::accounts::caller::Caller::hall(), None).await.unwrap();
    assert_eq!((found.finding_count, found.seals), (0, 1), "{found:?}");
}
