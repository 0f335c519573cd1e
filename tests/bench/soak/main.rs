//! A hall under load for an hour: whether memory, descriptors, the write-ahead log and the times that people wait stay as they are:
//! `cargo bench --bench soak`.
//!
//! Cast: [`crew`] is everybody who works, each over a connection of their own, with a breath between two requests; [`window`] says
//! what every few minutes came to.
//!
//! Guarantees: it ends by itself and leaves nothing behind; no figure makes it fail, an answer that isn't the one asked for does.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what can't go on should end; the table is what it is for

mod crew;
#[path = "../http.rs"]
#[allow(dead_code)] // the others need more of these
mod http;
#[path = "../load.rs"]
#[allow(dead_code)]
mod load;
#[path = "../machine.rs"]
#[allow(dead_code)]
mod machine;
#[path = "../../it/databases/postgres.rs"]
#[allow(dead_code)]
mod postgres;
#[path = "../requests.rs"]
#[allow(dead_code)]
mod requests;
#[path = "../server.rs"]
#[allow(dead_code)]
mod server;
mod window;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};

use crate::crew::Crew;
use crate::postgres::Cluster;
use crate::server::Server;
use crate::window::Window;

/// Lets a hall work for long.
#[derive(Parser)]
struct Arguments {
    /// Minutes for each database.
    #[arg(long, env = "BENCH_MINUTES", default_value_t = 60)]
    minutes: u32,
    /// Lines of the table for each database.
    #[arg(long, env = "BENCH_WINDOWS", default_value_t = 12)]
    windows: u32,
    /// People and systems that work at once.
    #[arg(long, env = "BENCH_CONNECTIONS", default_value_t = 16)]
    connections: usize,
    /// Milliseconds from an answer to the next request of the same connection.
    #[arg(long, env = "BENCH_BREATH", default_value_t = 20)]
    breath: u64,
    /// One database only.
    #[arg(long, env = "BENCH_ONLY")]
    only: Option<Database>,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

fn main() {
    let arguments = Arguments::parse();
    let directory = tempfile::tempdir().unwrap();
    println!("{}", machine::describe(directory.path()));
    println!("{}", Window::HEAD);
    let of = |database| arguments.only.is_none_or(|only| only == database);
    if of(Database::Sqlite) {
        let file = directory.path().join("casehall.db");
        let log = file.with_extension("db-wal");
        let size = || std::fs::metadata(&log).map_or(0, |file| file.len());
        soak("SQLite", &format!("sqlite://{}", file.display()), &directory, &arguments, size);
    }
    if of(Database::Postgres) {
        let cluster = Cluster::private(false);
        cluster.admin("postgres").batch_execute("CREATE DATABASE soak").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let size = || write_ahead_log(&cluster);
        soak("PostgreSQL", &cluster.uri("soak"), &directory, &arguments, size);
    }
}

fn soak(name: &str, url: &str, directory: &tempfile::TempDir, arguments: &Arguments, log: impl Fn() -> u64) {
    let server = Server::start(url, directory.path(), &[]);
    server.add_user(url, directory.path(), "supervisor");
    let mut crew = Crew::of(&server, arguments.connections, Duration::from_millis(arguments.breath));
    let each = Duration::from_secs(60) * arguments.minutes / arguments.windows;
    for number in 1..=arguments.windows {
        let done = crew.work(each);
        let window = Window { until: each * number, done, memory: server.resident_megabytes(), log: log() };
        println!("| {name} | {} | {} |", window.line(), server.descriptors());
    }
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    bytes: i64,
}

fn write_ahead_log(cluster: &Cluster) -> u64 {
    let mut connection = PgConnection::establish(&cluster.uri("postgres")).unwrap();
    let sizes: Vec<Size> =
        diesel::sql_query("SELECT sum(size)::bigint AS bytes FROM pg_ls_waldir()").load(&mut connection).unwrap();
    sizes[0].bytes.unsigned_abs()
}
