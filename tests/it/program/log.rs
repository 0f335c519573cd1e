//! A log that can't be written keeps nothing up: neither requests nor changes, jobs nor the end.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use casehall::clock::SystemClock;
use casehall::store::DatabaseAddress;
use serde_json::Value;

use super::{Serving, init, run};
use crate::databases::TestDatabase;
use crate::hall::until;
use crate::hall::{CENTER, PASSWORD, Person, application};

/// More than the pipe and the queue hold.
const REQUESTS: usize = 3000;

/// The check of `/readyz` with that name.
pub(crate) fn check(ready: &Value, name: &str) -> Value {
    ready["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
}

async fn works_with_its_log_in(log: impl Into<Stdio>) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let arguments = ["user", "add", "clerk", "--role", "clerk", "--outlet", CENTER];
    assert_eq!(run(home, &arguments, &[], PASSWORD).code, Some(0));
    let variables = [("CASEHALL__LOG__LEVEL", "debug"), ("CASEHALL__AUDIT__SEAL_SECONDS", "1")];
    let serving = Serving::logging_to(home, log, &variables);
    let clerk = Person::at(&serving.base, &SystemClock, "clerk");
    clerk.post("/cases", &application(1)).await.expect(201);
    for _ in 0..REQUESTS {
        clerk.get("//healthz").await.expect(200);
    }
    let opened = clerk.post("/cases", &application(2)).await.expect(201);
    clerk.get(&format!("/cases/{}", opened["acceptance_number"].as_str().unwrap())).await.expect(200);
    // A seal follows, and it isn't the last.
    let database = TestDatabase::at(DatabaseAddress::sqlite(home.join("data/casehall.db")));
    let newest = || database.rows("SELECT CAST(coalesce(max(number), 0) AS TEXT) AS value FROM seals").remove(0);
    let before = newest();
    clerk.post("/cases", &application(3)).await.expect(201);
    until("the jobs go on", async || newest() != before).await;
    until("it is ready", async || clerk.get("//readyz").await.status == 200).await;
    let ready = clerk.get("//readyz").await.body;
    assert!(check(&ready, "log")["remark"].as_str().unwrap().contains("lost since the start"), "{ready:#}");
    assert_eq!(check(&ready, "writer")["ready"], true);
    assert_eq!(check(&ready, "jobs").get("remark"), None);
    let stopping = Instant::now();
    assert_eq!(serving.stop().0, Some(0));
    assert!(stopping.elapsed() < Duration::from_secs(10), "{:?}", stopping.elapsed());
}

#[tokio::test]
async fn a_line_for_people_says_each_thing_once() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let arguments = ["user", "add", "clerk", "--role", "clerk", "--outlet", CENTER];
    assert_eq!(run(home, &arguments, &[], PASSWORD).code, Some(0));
    let serving = Serving::start(home, &[], &[]);
    Person::at(&serving.base, &SystemClock, "clerk").get("/cases").await.expect(200);
    let (_, log) = serving.stop();
    let line = log.lines().find(|line| line.contains("answered") && line.contains("/api/v1/cases")).unwrap();
    for name in ["request_id=", "route=", "account=", "session=", "status=", "latency_ms="] {
        assert_eq!(line.matches(name).count(), 1, "{name}: {line}");
    }
}

#[tokio::test]
async fn a_full_disk_under_the_log_keeps_nothing_up() {
    works_with_its_log_in(OpenOptions::new().write(true).open("/dev/full").unwrap()).await;
}

#[tokio::test]
async fn a_closed_log_pipe_keeps_nothing_up() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    works_with_its_log_in(writer).await;
}

#[tokio::test]
async fn a_log_pipe_that_nobody_reads_keeps_nothing_up() {
    let (_reader, writer) = std::io::pipe().unwrap();
    works_with_its_log_in(writer).await;
}

#[tokio::test]
async fn a_log_that_is_no_terminal_is_whole_and_has_no_escape_codes() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let serving = Serving::start(home.path(), &[], &[]);
    for _ in 0..50 {
        reqwest::get(format!("{}/healthz", serving.base)).await.unwrap();
    }
    let (code, log) = serving.stop();
    assert_eq!(code, Some(0));
    assert_eq!(log.lines().filter(|line| line.contains("answered")).count(), 50, "{log}");
    assert!(log.contains("stopping") && !log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn what_is_no_http_makes_no_errors_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let serving = Serving::start(home.path(), &[], &[]);
    for sent in [
        &b"GET / HTTP/9.9\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    ] {
        let mut line = TcpStream::connect(serving.base.trim_start_matches("http://")).unwrap();
        line.write_all(sent).unwrap();
        line.shutdown(Shutdown::Write).unwrap();
        line.read_to_end(&mut Vec::new()).unwrap();
    }
    let (_, log) = serving.stop();
    assert!(log.contains("stopping") && !log.contains("ERROR"), "{log}");
}
