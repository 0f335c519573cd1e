//! What size costs: the same questions to a hall of ten thousand and of a million cases: `cargo bench --bench size`.
//!
//! Cast: [`register`] makes many certificates and looks for some; [`templates`] makes a few cases in every stage by the service, [`multiply`] makes many of them by SQL, [`writes`] saves some with and without the indexes of the orders; [`bytes`] weighs a case. Then the
//! service is asked in this process, without HTTP, what supervisors and clerks ask all day, and swept.
//!
//! Guarantees: it ends by itself and leaves nothing behind; no figure makes it fail. It needs some ten gigabytes of disk.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what can't go on should end; the table is what it is for

mod bytes;
mod multiply;
#[path = "../../it/databases/postgres.rs"]
#[allow(dead_code)] // the tests need more of it
mod postgres;
mod questions;
mod register;
mod templates;
mod writes;

use std::time::{Duration, Instant};

use casehall::service::Service;
use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::multiply::{Copies, report_facts, statements};
use crate::postgres::Cluster;

/// Asks halls of different sizes the same questions.
#[derive(Parser)]
struct Arguments {
    /// Cases, parted by commas; six in a hundred are open.
    #[arg(long, env = "BENCH_CASES", value_delimiter = ',', default_value = "10000,1000000")]
    cases: Vec<u64>,
    /// How often each question is asked.
    #[arg(long, env = "BENCH_TIMES", default_value_t = 40)]
    times: usize,
    /// Cases that a sweep finds due.
    #[arg(long, env = "BENCH_DUE", default_value_t = 200)]
    due: u64,
    /// Only the register, with as many certificates and without cases.
    #[arg(long, env = "BENCH_REGISTER_ONLY")]
    register_only: bool,
    /// Only lists of cases by filter and order, and what the indexes of the orders cost whoever writes.
    #[arg(long, env = "BENCH_ORDERS_ONLY")]
    orders_only: bool,
    /// Only what so many cases take of the disk each, by table and index.
    #[arg(long, env = "BENCH_BYTES")]
    bytes: Option<usize>,
    /// Without PostgreSQL.
    #[arg(long, env = "BENCH_SQLITE_ONLY")]
    sqlite_only: bool,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A figure of one hall.
struct Figure {
    what: String,
    p50: Duration,
    p95: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = Arguments::parse();
    println!("| database | cases | question | p50 ms | p95 ms |\n| --- | --- | --- | --- | --- |");
    for cases in &arguments.cases {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("casehall.db").display().to_string();
        let mut connection = |sql: &str| SqliteConnection::establish(&file).unwrap().batch_execute(sql).unwrap();
        let figures =
            measured(&format!("sqlite://{file}"), directory.path(), *cases, &arguments, &mut connection).await;
        print("SQLite", *cases, &figures);
    }
    if arguments.sqlite_only {
        return;
    }
    let cluster = Cluster::private(false);
    for cases in &arguments.cases {
        let name = format!("size_{cases}");
        cluster.admin("postgres").batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (directory, uri) = (tempfile::tempdir().unwrap(), cluster.uri(&name));
        let mut connection = |sql: &str| PgConnection::establish(&uri).unwrap().batch_execute(sql).unwrap();
        let figures = measured(&uri, directory.path(), *cases, &arguments, &mut connection).await;
        print("PostgreSQL", *cases, &figures);
        cluster.admin("postgres").batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    }
}

fn print(database: &str, cases: u64, figures: &[Figure]) {
    for Figure { what, p50, p95 } in figures {
        let ms = |time: &Duration| time.as_secs_f64() * 1000.0;
        println!("| {database} | {cases} | {what} | {:.1} | {:.1} |", ms(p50), ms(p95));
    }
}

/// Makes a hall of a size and asks it everything.
async fn measured(
    database: &str,
    directory: &std::path::Path,
    cases: u64,
    arguments: &Arguments,
    run: &mut impl FnMut(&str),
) -> Vec<Figure> {
    let (service, clock) = templates::service(database, directory).await;
    if let Some(cases) = arguments.bytes {
        bytes::print(&service, &clock, database, cases).await;
        return Vec::new();
    }
    if arguments.register_only {
        return searched(&service, database, cases, arguments, run).await;
    }
    templates::open(&service, &clock).await;
    let copies = Copies { open: cases * 6 / 100, ended: cases * 94 / 100, due: arguments.due };
    for statement in statements(database.starts_with("postgres"), copies, 20, 5) {
        run(&statement);
    }
    let mut figures = Vec::new();
    if !arguments.orders_only {
        figures.extend([swept(&service, "a sweep").await, swept(&service, "a sweep with nothing due").await]);
    }
    for statement in report_facts(database.starts_with("postgres"), copies, YEARS * 365, 5) {
        run(&statement);
    }
    figures.push(questions::days_counted(&service).await);
    if arguments.orders_only {
        figures.extend(questions::of_seekers(&service, arguments.times).await);
        figures.extend(writes::of_orders(database.starts_with("postgres"), arguments.times, run));
        return figures;
    }
    figures.extend(questions::of_workers(&service, arguments.times).await);
    figures.extend(questions::of_supervisors(&service, arguments.times).await);
    figures.extend(searched(&service, database, cases, arguments, run).await);
    figures
}

/// Makes a register of as many certificates as there are cases, and looks for some.
async fn searched(
    service: &Service,
    database: &str,
    certificates: u64,
    arguments: &Arguments,
    run: &mut impl FnMut(&str),
) -> Vec<Figure> {
    for statement in register::statements(database.starts_with("postgres"), certificates) {
        run(&statement);
    }
    register::of_seekers(service, certificates, arguments.times).await
}

/// Over how many years the ended cases were received.
const YEARS: u64 = 4;

async fn swept(service: &Service, what: &str) -> Figure {
    let began = Instant::now();
    let sweep = service.sweep().await.unwrap();
    let took = began.elapsed();
    let what = format!("{what} ({} looked at, {} announced)", sweep.looked_at, sweep.announced);
    Figure { what, p50: took, p95: took }
}
