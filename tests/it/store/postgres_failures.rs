//! What the store promises when PostgreSQL, the network or another transaction gets in the way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use casehall::store::engine::sequences;
use casehall::store::{DatabaseAddress, Db, DbOptions, StoreError};
use diesel::connection::SimpleConnection;

use crate::databases::postgres::Cluster;
use crate::databases::{TestDatabase, day, last, next};

#[test]
fn an_unreachable_server_is_reported_with_advice() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("postgres://u:geheim@127.0.0.1:{free}/db");
    let missing = Cluster::shared().uri("there_is_no_such_database");
    for address in [nobody, missing, "postgres://u:geh%zzeim@h/db".to_owned()] {
        let started = Instant::now();
        let error = Db::open(&address.parse().unwrap(), DbOptions::default()).err().unwrap();
        assert!(started.elapsed() < Duration::from_secs(10), "{error}");
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        let words = error.to_string();
        assert!(words.contains("Check that the server runs") && words.contains("database address"), "{words}");
        assert!(!words.contains("geh"), "{words}");
    }
}

#[test]
fn a_database_without_utf8_is_refused() {
    Cluster::shared()
        .admin("postgres")
        .batch_execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
        .unwrap();
    let error = Db::open(&Cluster::shared().uri("latin").parse().unwrap(), DbOptions::default()).err().unwrap();
    assert!(error.to_string().contains("ENCODING 'UTF8'"), "{error}");
}

#[tokio::test]
async fn a_stale_version_is_retried_a_few_times() {
    let database = TestDatabase::postgres();
    let db = database.open();
    for (stale, succeeds) in [(3, true), (100, false)] {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let outcome = db
            .write("stale", move |tx| {
                let number = sequences::next(tx, day(stale))?;
                if u64::from(counted.fetch_add(1, Ordering::SeqCst)) < stale {
                    Err(StoreError::Conflict)
                } else {
                    Ok(number)
                }
            })
            .await;
        if succeeds {
            assert_eq!(
                (outcome.unwrap(), runs.load(Ordering::SeqCst)),
                (1, 4),
                "the three runs before left nothing behind"
            );
        } else {
            assert!(matches!(outcome, Err(StoreError::Conflict)));
            assert!((2..=10).contains(&runs.load(Ordering::SeqCst)));
            assert_eq!(last(&db, day(stale)).await, 0);
        }
    }
}

#[tokio::test]
async fn a_deadlock_is_run_again() {
    let database = TestDatabase::postgres();
    let db = database.open();
    for offset in 0..2 {
        next(&db, day(offset)).await.unwrap();
    }
    let runs = Arc::new(AtomicU32::new(0));
    let meeting = Arc::new(std::sync::Barrier::new(2));
    let cross = |first, second| {
        let (runs, meeting) = (runs.clone(), meeting.clone());
        db.write("crosswise", move |tx| {
            let one = sequences::next(tx, day(first))?;
            // Only the first run of each waits for the other; then each wants what the other holds.
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                meeting.wait();
            }
            Ok::<_, StoreError>(one + sequences::next(tx, day(second))?)
        })
    };
    let (one, other) = tokio::join!(cross(0, 1), cross(1, 0));
    assert_eq!(one.unwrap() + other.unwrap(), 2 + 2 + 3 + 3);
    assert_eq!(runs.load(Ordering::SeqCst), 3, "the server ended one of them, and it ran again");
}

#[tokio::test]
async fn an_ignored_failed_statement_never_counts_as_committed() {
    let database = TestDatabase::postgres();
    let db = database.open();
    let database = database.address.to_string();
    let name = database.rsplit('/').next().unwrap();
    let mut admin = Cluster::shared().admin(name);
    admin.batch_execute("INSERT INTO acceptance_sequences VALUES ('2014-04-05', 2147483647)").unwrap();
    let outcome = db
        .write("ignores", |tx| {
            let number = sequences::next(tx, day(0))?;
            let _ = sequences::next(tx, day(1));
            Ok::<_, StoreError>(number)
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Diesel(_))), "{outcome:?}");
    assert_eq!(last(&db, day(0)).await, 0);
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_is_retried() {
    let database = TestDatabase::postgres();
    let db = database.open();
    let database = database.address.to_string();
    let name = database.rsplit('/').next().unwrap().to_owned();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let outcome = db
        .write("loses its connection", move |tx| {
            let number = sequences::next(tx, day(0))?;
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                let end =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname";
                Cluster::shared().admin(&name).batch_execute(&format!("{end} = '{name}'")).unwrap();
                sequences::next(tx, day(0))?;
            }
            Ok::<_, StoreError>(number)
        })
        .await;
    assert_eq!(outcome.unwrap(), 1);
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(last(&db, day(0)).await, 1);
}

/// Stands between a client and the server, and cuts the line at a commit once it is told to.
struct Line {
    port: u16,
    cut: Arc<AtomicBool>,
}

impl Line {
    fn to(server: u16, deliver_the_commit: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let told = cut.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from_server, &mut to_client);
                    let _ = to_client.shutdown(Shutdown::Both);
                });
                let told = told.clone();
                std::thread::spawn(move || carry(client, server, &told, deliver_the_commit));
            }
        });
        Self { port, cut }
    }
}

fn carry(mut client: TcpStream, mut server: TcpStream, cut: &AtomicBool, deliver_the_commit: bool) {
    let mut buffer = [0; 65536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let message = &buffer[..length];
        if message.windows(7).any(|word| word == b"COMMIT\0") && cut.swap(false, Ordering::SeqCst) {
            // The client hears nothing any more, whether or not the server still does.
            client.shutdown(Shutdown::Both).unwrap();
            if deliver_the_commit {
                server.write_all(message).unwrap();
                std::thread::sleep(Duration::from_millis(200));
            }
            break;
        }
        server.write_all(message).unwrap();
    }
    let _ = server.shutdown(Shutdown::Both);
}

#[tokio::test]
async fn a_connection_lost_during_the_commit_is_outcome_unknown() {
    for delivered in [true, false] {
        let database = TestDatabase::postgres();
        let line = Line::to(Cluster::shared().port(), delivered);
        let direct = database.address.to_string();
        let through = direct.replace(&format!(":{}/", Cluster::shared().port()), &format!(":{}/", line.port));
        let db = Db::open(&format!("{through}?sslmode=disable").parse().unwrap(), DbOptions::default()).unwrap();
        assert_eq!(next(&db, day(0)).await.unwrap(), 1);
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        line.cut.store(true, Ordering::SeqCst);
        let outcome = db
            .write("cut", move |tx| {
                counted.fetch_add(1, Ordering::SeqCst);
                sequences::next(tx, day(0))
            })
            .await;
        assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "{outcome:?}");
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        // Unknown to the caller, since both happen; and where it was delivered, the server may still be at it.
        let there = if delivered { 2 } else { 1 };
        let (elsewhere, until) = (database.open(), Instant::now() + Duration::from_secs(5));
        while last(&elsewhere, day(0)).await != there {
            assert!(Instant::now() < until, "the commit was delivered: {delivered}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(next(&db, day(0)).await.unwrap(), there + 1, "the next write has a new connection");
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_a_server_crash() {
    let cluster = Cluster::private(false);
    let db = Db::open(&cluster.database(), DbOptions::default()).unwrap();
    let answered = Arc::new(AtomicU32::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (db, answered, stop) = (db.clone(), answered.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    match next(&db, day(0)).await {
                        Ok(_) => answered.fetch_add(1, Ordering::SeqCst),
                        Err(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)) => 0,
                        Err(other) => panic!("neither done nor undone: {other:?}"),
                    };
                }
            })
        })
        .collect();
    let cluster = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(300));
        cluster.kill();
        std::thread::sleep(Duration::from_millis(300));
        cluster.start();
        cluster
    });
    let _cluster = cluster.await.unwrap();
    let before = answered.load(Ordering::SeqCst);
    assert!(before > 0);
    let until = Instant::now() + Duration::from_secs(15);
    while answered.load(Ordering::SeqCst) < before + 10 {
        assert!(Instant::now() < until, "the store didn't find the server again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    let answered = answered.load(Ordering::SeqCst);
    let there = last(&db, day(0)).await;
    // Above what was answered only those whose commit was cut off: one for each writer at most.
    assert!((answered..=answered + 4).contains(&there), "{answered} were answered, {there} are there");
}

#[tokio::test]
async fn a_wrong_tls_certificate_is_refused() {
    let cluster = Cluster::private(true);
    let database: DatabaseAddress = cluster.database();
    let with = |authority: &str| -> DatabaseAddress {
        format!("{database}?sslmode=verify-full&sslrootcert={}", cluster.file(authority).display()).parse().unwrap()
    };
    let db = Db::open(&with("ca.crt"), DbOptions::default()).unwrap();
    assert_eq!(next(&db, day(0)).await.unwrap(), 1);
    let error = Db::open(&with("other.crt"), DbOptions::default()).err().unwrap();
    assert!(error.to_string().contains("certificate verify failed"), "{error}");
    let plain = format!("{database}?sslmode=disable").parse().unwrap();
    let error = Db::open(&plain, DbOptions::default()).err().unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)), "the server takes nobody without TLS: {error}");
}
