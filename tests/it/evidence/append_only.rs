//! The database refuses what would change the past.

use casehall::domain::accounts::role::Role;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(the_database_refuses_to_change_or_delete_what_was_recorded);

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
