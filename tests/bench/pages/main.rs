//! What a hall of many cases makes its pages wait: the time to the first byte and the bytes of each, through HTTP:
//! `cargo bench --bench pages`.
//!
//! Cast: [`hall`] makes a hall of a size, with the templates and copies of the bench `size`, and listens; [`reading`] asks for each of
//! the pages over connections that are kept open.
//!
//! Guarantees: it ends by itself and leaves nothing behind; no figure makes it fail, an answer that isn't the page does.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what can't go on should end; the table is what it is for

mod hall;
#[path = "../http.rs"]
#[allow(dead_code)] // the others need more of these
mod http;
#[path = "../size/multiply.rs"]
mod multiply;
#[path = "../../it/databases/postgres.rs"]
#[allow(dead_code)] // the tests need more of it
mod postgres;
#[path = "../size/questions.rs"]
#[allow(dead_code)] // asked without HTTP
mod questions;
mod reading;
#[path = "../size/register.rs"]
#[allow(dead_code)]
mod register;
#[path = "../size/templates.rs"]
mod templates;

use std::time::Duration;

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::hall::Hall;
use crate::postgres::Cluster;
use crate::reading::read;

/// Asks a hall of many cases for its pages.
#[derive(Parser)]
struct Arguments {
    /// Cases; six in a hundred are open. As many certificates are in the register.
    #[arg(long, env = "BENCH_CASES", default_value_t = 100_000)]
    cases: u64,
    /// How often each connection asks for each page.
    #[arg(long, env = "BENCH_TIMES", default_value_t = 100)]
    times: usize,
    /// Connections at the same time, parted by commas.
    #[arg(long, env = "BENCH_CONNECTIONS", value_delimiter = ',', default_value = "1,8")]
    connections: Vec<usize>,
    /// Without PostgreSQL.
    #[arg(long, env = "BENCH_SQLITE_ONLY")]
    sqlite_only: bool,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A figure of a question that is asked without HTTP; [`questions`] has them.
struct Figure {
    #[allow(dead_code)] // nobody prints them here
    what: String,
    #[allow(dead_code)]
    p50: Duration,
    #[allow(dead_code)]
    p95: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = Arguments::parse();
    println!("| database | cases | connections | page | p50 ms | p95 ms | p99 ms | bytes |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("casehall.db").display().to_string();
    let run = |sql: &str| SqliteConnection::establish(&file).unwrap().batch_execute(sql).unwrap();
    measure("SQLite", &format!("sqlite://{file}"), directory.path(), &arguments, run).await;
    if arguments.sqlite_only {
        return;
    }
    let cluster = Cluster::private(false);
    cluster.admin("postgres").batch_execute("CREATE DATABASE pages").unwrap();
    let (directory, uri) = (tempfile::tempdir().unwrap(), cluster.uri("pages"));
    let run = |sql: &str| PgConnection::establish(&uri).unwrap().batch_execute(sql).unwrap();
    measure("PostgreSQL", &uri, directory.path(), &arguments, run).await;
}

async fn measure(database: &str, url: &str, directory: &std::path::Path, arguments: &Arguments, run: impl Fn(&str)) {
    let hall = Hall::open(url, directory, arguments.cases, run).await;
    for &connections in &arguments.connections {
        for page in hall.pages() {
            let (address, times) = (hall.address.clone(), arguments.times);
            let read = tokio::task::spawn_blocking(move || read(&address, &page, connections, times)).await.unwrap();
            let [p50, p95, p99] = [50, 95, 99].map(|percent| read.first_byte(percent).as_secs_f64() * 1000.0);
            println!(
                "| {database} | {} | {connections} | {} | {p50:.1} | {p95:.1} | {p99:.1} | {} |",
                arguments.cases, read.name, read.bytes,
            );
        }
    }
}
