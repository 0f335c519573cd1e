//! A cluster of PostgreSQL servers: changes go to its primary, and are there before they are answered.

use std::time::Duration;

use casehall::store::{DatabaseAddress, Db, DbOptions, StoreError};
use diesel::connection::SimpleConnection;

use crate::databases::postgres::Cluster;
use crate::databases::{day, next};
use crate::hall::until;

#[tokio::test]
async fn a_standby_is_no_database_to_write_to_until_it_is_promoted() {
    let cluster = Cluster::private(false);
    let address = cluster.database();
    let anywhere: DatabaseAddress = format!("{address}?target_session_attrs=any").parse().unwrap();
    let options = || DbOptions { acquire_timeout: Duration::from_millis(500), ..DbOptions::default() };
    let (db, careless) = (Db::open(&address, options()).unwrap(), Db::open(&anywhere, options()).unwrap());
    assert_eq!(next(&db, day(0)).await.unwrap(), 1);
    cluster.kill();
    cluster.demote();
    cluster.start();
    for db in [&db, &careless] {
        let outcome = next(db, day(0)).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
    assert!(matches!(db.ping().await, Err(StoreError::Unavailable(_))), "nor is it ready");
    cluster.admin("postgres").batch_execute("SELECT pg_promote()").unwrap();
    for db in [&db, &careless] {
        until("it takes changes again", async || next(db, day(0)).await.is_ok()).await;
    }
}

#[tokio::test]
async fn a_change_that_waits_for_the_synchronous_standby_is_not_answered_before() {
    let cluster = Cluster::private(false);
    let options = DbOptions { statement_timeout: Duration::from_millis(200), ..DbOptions::default() };
    let db = Db::open(&cluster.database(), options).unwrap();
    let standbys = |names: &str| {
        let mut admin = cluster.admin("postgres");
        admin.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).unwrap();
        admin.batch_execute("SELECT pg_reload_conf()").unwrap();
    };
    assert_eq!(next(&db, day(0)).await.unwrap(), 1);
    standbys("nobody");
    // The server reads its settings when it comes to it.
    let mut waiting = loop {
        let mut waiting = tokio::spawn({
            let db = db.clone();
            async move { next(&db, day(0)).await }
        });
        if tokio::time::timeout(Duration::from_secs(1), &mut waiting).await.is_err() {
            break waiting;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut waiting).await.is_err(), "five times the limit");
    standbys("");
    assert!(waiting.await.unwrap().is_ok());
}
