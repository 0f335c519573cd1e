//! How much of what the database can do reaches the caller: `cargo bench --bench throughput`.
//!
//! Cast: [`server`] runs `casehall serve` as it is delivered, on a file of SQLite and on a throw-away PostgreSQL;
//! [`requests`] opens cases, checks sheets and reads cases over HTTP; [`authorizations`] asks whether
//! certificates may log in; [`limit`] sends the same statements with no service;
//! [`load`] lets 1, 16 and 64 connections do either for a set time; [`report`] makes tables of several rounds.
//!
//! Guarantees: it ends by itself after a few minutes, and at once with words when an answer isn't what it should be; it
//! leaves nothing behind; no figure makes it fail, since machines differ. docs/performance.md says how to read it.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what can't go on should end; the tables are what it is for

mod authorizations;
mod entering;
mod http;
#[path = "../../src/store/engine/connection/kept.rs"]
#[allow(unreachable_pub)]
mod kept;
mod limit;
mod load;
mod machine;
#[path = "../it/databases/postgres.rs"]
#[allow(dead_code)] // the tests need more of it
mod postgres;
mod report;
mod requests;
mod rows;
#[path = "../../src/store/engine/schema.rs"]
#[allow(missing_docs, unreachable_pub, dead_code)]
mod schema;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use casehall::store::{DatabaseAddress, Db, DbOptions};
use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::authorizations::{Asking, LimitAsking, register};
use crate::limit::{LimitChecking, LimitOpening, Statements, Template};
use crate::load::{Sample, Worker, drive};
use crate::postgres::Cluster;
use crate::report::{Database, Operation, Report, Subject};
use crate::requests::{CheckedCase, Checking, Opening, Reading, checked_cases};
use crate::server::Server;

/// Measures the service beside the same SQL without it.
#[derive(Parser)]
struct Arguments {
    /// Seconds of each go; there are some sixty in a round. 1.2, or of tails 5.
    #[arg(long, env = "BENCH_SECONDS")]
    seconds: Option<f64>,
    /// Rounds; figures are medians over them.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3)]
    rounds: usize,
    /// Connections at the same time, parted by commas: 1, 16, 64, and of tails 256.
    #[arg(long, env = "BENCH_CONNECTIONS", value_delimiter = ',')]
    connections: Vec<usize>,
    /// The service alone: its slowest answers (p99.9), and its memory.
    #[arg(long, env = "BENCH_TAILS")]
    tails: bool,
    /// Without PostgreSQL.
    #[arg(long, env = "BENCH_SQLITE_ONLY")]
    sqlite_only: bool,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Cases that exist before anything is measured, for checking and reading.
const CASES: usize = 512;

/// Further systems that open cases.
const SYSTEMS: usize = 31;

/// A database with everything that works on it.
struct Stage {
    database: Database,
    service: Running,
    /// The service again, on a database of its own, with one write a commit. SQLite only.
    ungrouped: Option<Running>,
    opened: Template,
    checked: Template,
    /// Where the bare statements go: a file's path or a server's address.
    limit: String,
    limit_organizations: Arc<AtomicU32>,
    cluster: Option<u32>,
}

/// A server with the cases in its database.
struct Running {
    server: Server,
    organizations: Arc<AtomicU32>,
    cases: Vec<CheckedCase>,
    case_paths: Arc<Vec<String>>,
    /// Of certificates in its register.
    serials: Arc<Vec<String>>,
    /// Its database, for the bare statements that only read.
    database: String,
}

impl Running {
    fn start(database: &str, directory: &Path, settings: &[(&str, &str)]) -> Self {
        let mut server = Server::start(database, directory, settings);
        server.add_systems(database, directory, SYSTEMS);
        let organizations = Arc::new(AtomicU32::new(1));
        let cases = checked_cases(&server, CASES, &organizations);
        let case_paths = Arc::new(cases.iter().map(|case| format!("/api/v1/cases/{}", case.id)).collect());
        let serials = register(database, directory);
        Self { server, organizations, cases, case_paths, serials, database: database.to_owned() }
    }

    /// What it wrote for a case that was just opened, and for one whose sheets are checked.
    fn templates(&mut self, mut connection: impl Statements) -> (Template, Template) {
        let opened = Opening::workers(&self.server, 1, &self.organizations)[0].open();
        Checking::workers(&self.server, 1, &mut self.cases)[0].step();
        (connection.template(&opened), connection.template(&self.cases[0].id))
    }
}

impl Stage {
    fn sqlite(directory: &Path) -> Self {
        let file = |name: &str| directory.join(name).to_str().unwrap().to_owned();
        let url = |name: &str| format!("sqlite://{}", file(name));
        let mut service = Running::start(&url("service.db"), directory, &[]);
        let alone = [("DATABASE__WRITES_PER_COMMIT", "1")];
        let ungrouped = Some(Running::start(&url("ungrouped.db"), directory, &alone));
        let (opened, checked) = service.templates(limit::sqlite(&file("service.db")));
        drop(Db::open(&DatabaseAddress::sqlite(file("limit.db")), DbOptions::default()).unwrap());
        limit::sqlite(&file("limit.db")).ready(&opened);
        Self {
            database: Database::Sqlite,
            service,
            ungrouped,
            opened,
            checked,
            limit: file("limit.db"),
            limit_organizations: Arc::default(),
            cluster: None,
        }
    }

    fn postgres(cluster: &Cluster, directory: &Path) -> Self {
        for name in ["bench_service", "bench_limit"] {
            cluster.admin("postgres").batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        }
        let (url, limit) = (cluster.uri("bench_service"), cluster.uri("bench_limit"));
        let mut service = Running::start(&url, directory, &[]);
        let (opened, checked) = service.templates(PgConnection::establish(&url).unwrap());
        drop(Db::open(&limit.parse().unwrap(), DbOptions { pool_size: 1, ..DbOptions::default() }).unwrap());
        limit::postgres(&limit).ready(&opened);
        let id = std::fs::read_to_string(cluster.file("data/postmaster.pid")).unwrap();
        Self {
            database: Database::Postgres,
            service,
            ungrouped: None,
            opened,
            checked,
            limit,
            limit_organizations: Arc::default(),
            cluster: Some(id.lines().next().unwrap().parse().unwrap()),
        }
    }

    fn database_cpu(&self) -> Duration {
        self.cluster.map_or(Duration::ZERO, machine::cpu_of_family)
    }

    /// The bare statements: SQLite has one writer, and as many writes share a commit as could wait at the most;
    /// PostgreSQL has as many connections, a commit each.
    fn limit(&self, operation: Operation, connections: usize, time: Duration) -> Sample {
        match self.database {
            Database::Sqlite => self.limit_on(operation, 1, connections, time, || limit::sqlite(&self.limit)),
            Database::Postgres => self.limit_on(operation, connections, 1, time, || limit::postgres(&self.limit)),
        }
    }

    fn limit_on<C: Statements>(
        &self,
        operation: Operation,
        workers: usize,
        with_each_commit: usize,
        time: Duration,
        connect: impl Fn() -> C,
    ) -> Sample {
        let cpu = || (machine::cpu_of_self(), self.database_cpu());
        let organizations = &self.limit_organizations;
        if operation == Operation::Open {
            let worker = |_| LimitOpening::new(connect(), &self.opened, organizations, with_each_commit);
            return drive(&mut (0..workers).map(worker).collect::<Vec<_>>(), time, cpu);
        }
        let worker = |_| LimitChecking::new(connect(), &self.checked, organizations, CASES / workers, with_each_commit);
        drive(&mut (0..workers).map(worker).collect::<Vec<_>>(), time, cpu)
    }

    /// The bare statements that an answer reads, from the service's own database: as many connections as ask.
    fn limit_of_answers(&self, many: bool, connections: usize, time: Duration) -> Sample {
        let cpu = || (machine::cpu_of_self(), self.database_cpu());
        let Running { serials, database, .. } = &self.service;
        match self.database {
            Database::Sqlite => {
                let file = database.trim_start_matches("sqlite://");
                let worker = |index| LimitAsking::new(limit::sqlite(file), index, serials, many);
                drive(&mut (0..connections).map(worker).collect::<Vec<_>>(), time, cpu)
            }
            Database::Postgres => {
                let connect = || PgConnection::establish(database).unwrap();
                let worker = |index| LimitAsking::new(connect(), index, serials, many);
                drive(&mut (0..connections).map(worker).collect::<Vec<_>>(), time, cpu)
            }
        }
    }

    /// Through HTTP.
    fn http(&mut self, subject: Subject, operation: Operation, connections: usize, time: Duration) -> Option<Sample> {
        let cluster = self.cluster;
        let running = match subject {
            Subject::Ungrouped => self.ungrouped.as_mut()?,
            _ => &mut self.service,
        };
        let Running { server, organizations, cases, case_paths, serials, .. } = running;
        let cpu = || (server.cpu(), cluster.map_or(Duration::ZERO, machine::cpu_of_family));
        Some(match operation {
            Operation::Open => drive(&mut Opening::workers(server, connections, organizations), time, cpu),
            Operation::Check => drive(&mut Checking::workers(server, connections, cases), time, cpu),
            Operation::Read => drive(&mut Reading::workers(server, connections, case_paths), time, cpu),
            Operation::Ask => drive(&mut Asking::workers(server, connections, serials, false), time, cpu),
            Operation::AskMany => drive(&mut Asking::workers(server, connections, serials, true), time, cpu),
            Operation::Empty => {
                let path = Arc::new(vec!["/healthz".to_owned()]);
                drive(&mut Reading::workers(server, connections, &path), time, cpu)
            }
        })
    }
}

fn main() {
    let arguments = Arguments::parse();
    let seconds = arguments.seconds.unwrap_or(if arguments.tails { 5.0 } else { 1.2 });
    let time = Duration::from_secs_f64(seconds.clamp(0.05, 60.0));
    let rounds = arguments.rounds.clamp(1, 100);
    let most = if arguments.tails { 256 } else { 128 };
    let mut connections: Vec<usize> = arguments.connections.iter().map(|number| (*number).clamp(1, most)).collect();
    if connections.is_empty() {
        connections = [1, 16, 64, 256].into_iter().filter(|number| *number <= most).collect();
    }
    requests::check_made_up_codes();
    let directory = tempfile::tempdir().unwrap();
    println!("{}", machine::describe(directory.path()));
    println!("- {rounds} rounds, {} s each go, connections {connections:?}", time.as_secs_f64());

    let started = Instant::now();
    let cluster = (!arguments.sqlite_only).then(|| Cluster::private(false));
    let mut stages = vec![Stage::sqlite(directory.path())];
    if let Some(cluster) = &cluster {
        let keys = directory.path().join("postgres");
        std::fs::create_dir(&keys).unwrap();
        stages.push(Stage::postgres(cluster, &keys));
    }
    for stage in &stages {
        let ((case, opened), (checked_case, checked)) = (stage.opened.sizes(), stage.checked.sizes());
        println!(
            "- {:?}: an opened case is {case} bytes with an event of {opened}, a checked one {checked_case} with {checked}",
            stage.database
        );
    }
    let mut report = Report::default();
    for round in 1..=rounds {
        for stage in &mut stages {
            for &number in &connections {
                if arguments.tails {
                    measure_tails(stage, number, time, &mut report);
                } else {
                    measure(stage, number, time, &mut report);
                }
            }
        }
        eprintln!("round {round} of {rounds} done after {:.0} s", started.elapsed().as_secs_f64());
    }
    println!("{}", if arguments.tails { report.tails() } else { report.tables() });
}

/// The service alone.
fn measure_tails(stage: &mut Stage, connections: usize, time: Duration, report: &mut Report) {
    for operation in [Operation::Open, Operation::Check, Operation::Read, Operation::Ask] {
        if let Some(mut sample) = stage.http(Subject::Service, operation, connections, time) {
            sample.memory = stage.service.server.resident_megabytes();
            report.add((stage.database, operation, connections, Subject::Service), sample);
        }
    }
}

/// What is compared is measured one right after the other.
fn measure(stage: &mut Stage, connections: usize, time: Duration, report: &mut Report) {
    let database = stage.database;
    for operation in [Operation::Open, Operation::Check] {
        report.add((database, operation, connections, Subject::Limit), stage.limit(operation, connections, time));
        for subject in [Subject::Service, Subject::Ungrouped] {
            if let Some(sample) = stage.http(subject, operation, connections, time) {
                report.add((database, operation, connections, subject), sample);
            }
        }
    }
    for (operation, many) in [(Operation::Ask, false), (Operation::AskMany, true)] {
        let limit = stage.limit_of_answers(many, connections, time);
        report.add((database, operation, connections, Subject::Limit), limit);
        if let Some(sample) = stage.http(Subject::Service, operation, connections, time) {
            report.add((database, operation, connections, Subject::Service), sample);
        }
    }
    for operation in [Operation::Empty, Operation::Read] {
        if let Some(sample) = stage.http(Subject::Service, operation, connections, time) {
            report.add((database, operation, connections, Subject::Service), sample);
        }
    }
}
