//! The plug is pulled under load: everything acknowledged is there afterwards, nothing is half applied.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use casehall::clock::SystemClock;
use casehall::domain::accounts::role::Role;
use diesel::prelude::*;
use futures_util::future::join_all;

use crate::databases::TestDatabase;
use crate::databases::postgres::Cluster;
use crate::hall::until;
use crate::hall::{CENTER, Hall, MANY_OPENINGS, PASSWORD, Person};
use crate::store::load::{Bears, Books, Surplus};

/// Clerks who work at once.
const CLERKS: usize = 8;
/// Times that the plug is pulled.
const ROUNDS: u32 = 5;

/// The program itself, as a process.
pub(crate) struct Program {
    child: Child,
    pub(crate) base: String,
}

impl Program {
    pub(crate) fn command(database: &TestDatabase, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehall"));
        let file = database.file();
        let directory = file.parent().unwrap();
        command
            .args(arguments)
            .env_clear()
            .env("CASEHALL__DATABASE__URL", database.address.to_string())
            .env("CASEHALL__DATA_DIRECTORY", directory)
            .env("CASEHALL__SERVER__PORT", "0")
            .env("CASEHALL__SERVER__WORKERS", "2")
            .env("CASEHALL__LOG__LEVEL", "warn")
            // How many cases a clerk opens depends on how quick the machine is.
            .env(format!("CASEHALL__{}", MANY_OPENINGS.0), MANY_OPENINGS.1)
            .current_dir(directory);
        command
    }

    /// Adds the user `clerk`.
    fn add_clerk(database: &TestDatabase) {
        Self::add_user(database, &["clerk", "--role", "clerk", "--outlet", CENTER]);
    }

    /// Adds a user, as `user add` is told.
    pub(crate) fn add_user(database: &TestDatabase, user: &[&str]) {
        if !database.file().exists() {
            assert!(Self::command(database, &["init"]).output().unwrap().status.success());
        }
        let mut adding = Self::command(database, &[&["user", "add"], user].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(adding.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(adding.wait().unwrap().success());
    }

    /// Serves, and says where.
    pub(crate) fn serve(database: &TestDatabase) -> Self {
        let log = database.file().with_extension("log");
        let mut child = Self::command(database, &["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("Casehall listens on ").map(str::to_owned));
        let base = base.unwrap_or_else(|| panic!("it doesn't start: {}", std::fs::read_to_string(&log).unwrap()));
        Self { child, base }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    pub(crate) async fn ended(mut self) -> ExitStatus {
        let mut status = None;
        until("the program ends", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Clerks work, and when enough is acknowledged, the signal is sent in the middle of it.
async fn load_until_signal(program: &Program, clerk: &Person<'_>, books: &Books, answers: u32, signal: &str) {
    let enough = books.acknowledged() + answers;
    let stop = AtomicBool::new(false);
    let signalled = async {
        until("the clerks work", async || books.acknowledged() >= enough).await;
        program.signal(signal);
    };
    let clerks = join_all((0..CLERKS).map(|_| books.work(clerk, &stop, Bears::TheEnd)));
    tokio::join!(signalled, clerks);
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

fn assert_sound(database: &TestDatabase) {
    let mut connection = SqliteConnection::establish(&database.file().display().to_string()).unwrap();
    let found: Vec<Found> = diesel::sql_query("PRAGMA integrity_check").load(&mut connection).unwrap();
    assert!(found.iter().map(|found| &found.integrity_check).eq(["ok"]));
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged() {
    let database = TestDatabase::sqlite();
    Program::add_clerk(&database);
    let books = Books::default();
    for _ in 0..ROUNDS {
        let program = Program::serve(&database);
        let clerk = Person::at(&program.base, &SystemClock, "clerk");
        books.check(&clerk).await;
        load_until_signal(&program, &clerk, &books, rand::random_range(10..150), "-9").await;
        assert_eq!(program.ended().await.code(), None, "it didn't end by itself");
    }
    assert_sound(&database);
    let program = Program::serve(&database);
    books.check(&Person::at(&program.base, &SystemClock, "clerk")).await;
}

#[tokio::test]
async fn a_stop_under_load_answers_accepted_requests() {
    let database = TestDatabase::sqlite();
    Program::add_clerk(&database);
    let books = Books::default();
    for round in 0..ROUNDS {
        let program = Program::serve(&database);
        let clerk = Person::at(&program.base, &SystemClock, "clerk");
        // What a service manager sends, and what Ctrl-C does.
        let signal = if round % 2 == 0 { "-TERM" } else { "-INT" };
        load_until_signal(&program, &clerk, &books, rand::random_range(10..150), signal).await;
        assert_eq!(program.ended().await.code(), Some(0));
        let program = Program::serve(&database);
        let surplus = books.check(&Person::at(&program.base, &SystemClock, "clerk")).await;
        assert_eq!(surplus, Surplus { cases: 0, events: 0 }, "something was done and not answered");
    }
    assert_sound(&database);
}

#[tokio::test]
async fn kill_9_of_postgres_loses_nothing_acknowledged() {
    let cluster = Arc::new(Cluster::private(false));
    let hall = Hall::with(TestDatabase::at(cluster.database()), &[MANY_OPENINGS]).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.token().await;
    let nobody = hall.nobody();
    let (books, stop) = (Books::default(), AtomicBool::new(false));
    let plug = async {
        for _ in 0..2 {
            let enough = books.acknowledged() + 50;
            until("the clerks work", async || books.acknowledged() >= enough).await;
            cluster.kill();
            until("the service isn't ready", async || nobody.get("//readyz").await.status == 503).await;
            let server = cluster.clone();
            tokio::task::spawn_blocking(move || server.start()).await.unwrap();
            until("the service is ready", async || nobody.get("//readyz").await.status == 200).await;
        }
        let enough = books.acknowledged() + 50;
        until("the clerks work again", async || books.acknowledged() >= enough).await;
        stop.store(true, Ordering::SeqCst);
    };
    let clerks = join_all((0..CLERKS).map(|_| books.work(&clerk, &stop, Bears::Outages)));
    tokio::join!(plug, clerks);
    books.check(&clerk).await;
}
