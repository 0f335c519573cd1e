//! Stopping: within the time of the settings, at once with a second signal, and after the load balancer was told.

use std::time::{Duration, Instant};

use casehall::clock::SystemClock;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::frozen::Line;
use super::log::check;
use super::{Serving, init, run};
use crate::databases::TestDatabase;
use crate::databases::postgres::Cluster;
use crate::hall::until;
use crate::hall::{CENTER, PASSWORD, Person, application, send};

/// Longer than anything here takes on a busy machine, and less than a change waits for its turn.
const SOON: Duration = Duration::from_secs(4);

/// A hall on a server that can be frozen.
struct OnIce {
    serving: Serving,
    line: Line,
    home: tempfile::TempDir,
    database: TestDatabase,
}

fn on_ice(shutdown_seconds: &str) -> OnIce {
    on_ice_with(shutdown_seconds, &[])
}

fn on_ice_with(shutdown_seconds: &str, more: &[(&str, &str)]) -> OnIce {
    let (home, database) = (tempfile::tempdir().unwrap(), TestDatabase::postgres());
    let (line, port) = (Line::to(Cluster::shared().port()), Cluster::shared().port());
    let url = line.instead_of(&database.address.to_string(), port);
    let key_file = database.data_key_file().unwrap().display().to_string();
    let variables = [
        ("CASEHALL__DATABASE__URL", url.as_str()),
        ("CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE", &key_file),
        ("CASEHALL__SERVER__SHUTDOWN_SECONDS", shutdown_seconds),
        ("CASEHALL__JOBS__SWEEP_SECONDS", "1"),
    ];
    let serving = Serving::start(home.path(), &[], &[&variables as &[_], more].concat());
    OnIce { serving, line, home, database }
}

#[tokio::test]
async fn readiness_answers_and_a_stop_keeps_its_time_though_the_database_is_frozen() {
    let OnIce { serving, line, home: _home, database: _database } = on_ice("1");
    let base = serving.base.clone();
    let ask = async || reqwest::get(format!("{base}/readyz")).await.unwrap();
    assert_eq!(ask().await.status(), 200);
    line.freeze(true);
    for _ in 0..3 {
        let asked = Instant::now();
        let answer = ask().await;
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
        assert_eq!(answer.status(), 503);
        let ready: serde_json::Value = answer.json().await.unwrap();
        assert!(check(&ready, "database")["remark"].as_str().unwrap().contains("has not answered for"), "{ready:#}");
    }
    line.freeze(false);
    until("it is ready again", async || ask().await.status() == 200).await;
    line.freeze(true);
    // The jobs are at it, and somebody waits.
    let credentials = serde_json::json!({ "username": "nobody", "password": PASSWORD });
    let sign_in = reqwest::Client::new().post(format!("{base}/api/v1/sessions")).json(&credentials);
    let waiting = tokio::spawn(async move { drop(sign_in.send().await) });
    tokio::time::sleep(Duration::from_millis(1200)).await;
    serving.signal("-TERM");
    let (code, took) = serving.ended();
    assert_eq!(code, Some(1), "it says that it broke something off");
    assert!(took < SOON, "{took:?}");
    waiting.abort();
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let OnIce { serving, line, home: _home, database: _database } = on_ice("60");
    line.freeze(true);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    serving.signal("-TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    serving.signal("-INT");
    let (code, took) = serving.ended();
    assert_eq!(code, Some(128 + 2));
    assert!(took < SOON, "{took:?}");
}

#[tokio::test]
async fn a_stop_holds_its_time_though_another_program_holds_the_database_file() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let arguments = ["user", "add", "clerk", "--role", "clerk", "--outlet", CENTER];
    assert_eq!(run(home.path(), &arguments, &[], PASSWORD).code, Some(0));
    let serving = Serving::start(home.path(), &[], &[("CASEHALL__SERVER__SHUTDOWN_SECONDS", "1")]);
    let clerk = Person::at(&serving.base, &SystemClock, "clerk");
    let opening = clerk.request(reqwest::Method::POST, "/cases").await.json(&application(1));
    let mut holder = SqliteConnection::establish(home.path().join("data/casehall.db").to_str().unwrap()).unwrap();
    holder.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn(async move { drop(opening.send().await) });
    tokio::time::sleep(Duration::from_millis(300)).await;
    serving.signal("-TERM");
    let (_, took) = serving.ended();
    assert!(took < SOON, "{took:?}");
    waiting.abort();
}

#[tokio::test]
async fn before_a_stop_readiness_turns_and_everything_else_is_still_answered() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let serving = Serving::start(home.path(), &[], &[("CASEHALL__SERVER__DRAIN_SECONDS", "2")]);
    let client = reqwest::Client::new();
    let get = |path: &str| client.get(format!("{}{path}", serving.base));
    assert_eq!(send(get("/readyz")).await.status, 200);
    serving.signal("-TERM");
    until("readiness turns", async || send(get("/readyz")).await.status == 503).await;
    let other = send(get("/healthz")).await;
    assert_eq!((other.status, other.header("connection")), (200, "close"));
    let ready = send(get("/readyz")).await.body;
    assert_eq!(check(&ready, "server")["remark"], "the program is stopping");
    assert_eq!(serving.ended().0, Some(0));
}

#[tokio::test]
async fn who_asks_a_frozen_database_is_answered_and_what_was_given_up_is_not_done_later() {
    let OnIce { serving, line, home: _home, database } =
        on_ice_with("1", &[("CASEHALL__DATABASE__STATEMENT_TIMEOUT_SECONDS", "1")]);
    let base = serving.base.clone();
    line.freeze(true);
    let credentials = serde_json::json!({ "username": "nobody", "password": PASSWORD });
    let sign_in = async || {
        let asked = Instant::now();
        let sent = reqwest::Client::new().post(format!("{base}/api/v1/sessions")).json(&credentials).send();
        (sent.await.unwrap(), asked.elapsed())
    };
    let answers = futures_util::future::join_all((0..40).map(|_| sign_in())).await;
    for (answer, took) in answers {
        // Its statement's second, five of patience, and what a busy machine takes.
        assert!(took < Duration::from_secs(15), "{took:?}");
        assert!(
            [503, 429].contains(&answer.status().as_u16()) && answer.headers().contains_key("retry-after"),
            "{answer:?}"
        );
    }
    line.freeze(false);
    until("it is ready again", async || reqwest::get(format!("{base}/readyz")).await.unwrap().status() == 200).await;
    assert_eq!(sign_in().await.0.status(), 401, "it works as before");
    let tried =
        database.rows("SELECT CAST(coalesce(sum(attempts), 0) AS TEXT) AS value FROM sign_in_attempts").remove(0);
    assert_eq!(tried, "1", "what was answered 503 was never written");
    assert_eq!(serving.stop().0, Some(0));
}

#[tokio::test]
async fn a_closed_terminal_stops_a_hall_in_order_unless_it_was_started_to_outlive_it() {
    let home = tempfile::tempdir().unwrap();
    init(home.path(), &[]);
    let serving = Serving::start(home.path(), &[], &[]);
    serving.signal("-HUP");
    assert_eq!(serving.ended().0, Some(0));
}
