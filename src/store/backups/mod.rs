//! The whole database as one file, at one moment, while others work; and back from it.
//!
//! SQLite copies itself (`VACUUM INTO`); of PostgreSQL its own programs do it (`pg_dump`, `pg_restore`).
//!
//! Guarantees: nobody's session is in it; nobody who reads or writes waits for it, and it doesn't begin again when they write; the file has mode 600 from its first byte, and is on
//! disk when the call returns; no password stands in an argument, which others on the machine can see; what is there already is never overwritten.

pub mod consistency;
pub mod names;
pub mod numbers;

/// Names of the columns that are stored otherwise than they are derived. Both sides say the same in the same words, whichever of them owns its text.
macro_rules! differing {
    ($stored:expr; $($derived:ident: $($column:ident)+);+) => {
        [$($((stringify!($column), format!("{:?}", $stored.$column) != format!("{:?}", $derived.$column))),+),+]
            .into_iter()
            .filter_map(|(name, differs)| differs.then_some(name))
            .collect::<Vec<&'static str>>()
    };
}
pub(in crate::store) use differing;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::domain::base::words::sentence;
use crate::domain::progress::{Part, Progress, Stopped};
use crate::store::engine::connection::address::{DatabaseAddress, Kind};
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::connection::{self, AnyConnection, Role};
use crate::store::engine::error::{self, StoreError};
use crate::store::engine::migrations;
use crate::store::engine::sqlite::first_fault;
use crate::store::private_files;

/// Where the programs of PostgreSQL are: a directory, or wherever the system finds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostgresPrograms(pub Option<PathBuf>);

impl PostgresPrograms {
    /// Runs one to its end, or until the work is to stop.
    fn run(
        &self,
        program: &str,
        address: &DatabaseAddress,
        arguments: &[&str],
        progress: &dyn Progress,
    ) -> Result<(), StoreError> {
        let (uri, password) = address.without_password()?;
        let path = self.0.as_ref().map_or_else(|| PathBuf::from(program), |directory| directory.join(program));
        let mut command = Command::new(&path);
        command.args(arguments).arg("--dbname").arg(&uri);
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        // Ctrl-C is for this program alone, which ends the other one.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let child = child.map_err(|error| {
            StoreError::Unavailable(format!(
                "{} can't be run: {} Install PostgreSQL's client programs of the server's version, or name their directory with \
                 [backups] postgres_programs",
                path.display(),
                sentence(&error.to_string())
            ))
        })?;
        match ended(child, progress)?.map_err(|error| unusable(&path, &error))? {
            None => Ok(()),
            Some(said) => {
                Err(StoreError::Unavailable(format!("{program} failed: {}", address.without_secrets(said.trim()))))
            }
        }
    }
}

/// How often one that runs is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for a program; answers what it said if it failed. One that is to stop is ended first.
fn ended(mut child: Child, progress: &dyn Progress) -> Result<io::Result<Option<String>>, Stopped> {
    let stderr = child.stderr.take();
    let saying = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    });
    loop {
        if let Err(stopped) = progress.done(0) {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(stopped);
        }
        match child.try_wait() {
            Ok(None) => std::thread::sleep(LOOK),
            Ok(Some(status)) if status.success() => return Ok(Ok(None)),
            Ok(Some(_)) => return Ok(Ok(Some(saying.join().unwrap_or_default()))),
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// The version of the schema that this program works with.
pub fn schema() -> String {
    migrations::newest()
}

/// What is left out of every copy, its rows only: who can use the copy is nobody who has signed in, and the id of a session that is still open is half of
/// a token.
const SESSIONS: &str = "sessions";

/// Copies the database into a file that must not be there yet, without sessions.
pub(in crate::store) fn copy(
    address: &DatabaseAddress,
    options: &DbOptions,
    programs: &PostgresPrograms,
    file: &Path,
    progress: &dyn Progress,
) -> Result<(), StoreError> {
    let shown = text_of(file)?;
    private_files::make(file).map_err(|error| unusable(file, &error))?;
    match address.kind() {
        Kind::Sqlite(_) => {
            let AnyConnection::Sqlite(mut sqlite) = connection::connect(address, options, Role::Migrations)? else {
                return Err(StoreError::closed());
            };
            let of_copy = |error: diesel::result::Error| match error::is_disk_full(&error) {
                // Whoever reads "the disk is full" of a database would look at another disk.
                true => StoreError::Unavailable(format!("{shown} can't be written: its disk is full")),
                false => error.into(),
            };
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(shown).execute(&mut sqlite).map_err(of_copy)?;
            let mut copied = SqliteConnection::establish(shown)
                .map_err(|error| StoreError::Unavailable(format!("{shown} can't be opened: {error}")))?;
            // Zeroes what is deleted; a journal in memory leaves no second file.
            let forget = format!("PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; DELETE FROM {SESSIONS};");
            copied.batch_execute(&forget).map_err(of_copy)?;
        }
        Kind::Postgres(_) => {
            let without = format!("--exclude-table-data={SESSIONS}");
            let arguments = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s", &without];
            let arguments = [&arguments[..], &["--file", shown]].concat();
            programs.run("pg_dump", address, &arguments, progress)?;
        }
    }
    private_files::sync(file).map_err(|error| unusable(file, &error))
}

/// Puts a copy in the place of a database that isn't there: SQLite's file, or an empty database of PostgreSQL.
///
/// # Errors
/// A database is there, the copy can't be put there, or it was told to stop; then nothing was changed.
pub fn put_back(
    address: &DatabaseAddress,
    programs: &PostgresPrograms,
    copy: &Path,
    progress: &dyn Progress,
) -> Result<(), StoreError> {
    match address.kind() {
        Kind::Sqlite(path) => {
            refuse_what_is_there(address)?;
            let mut aside = path.as_os_str().to_owned();
            aside.push("-restoring");
            let aside = PathBuf::from(aside);
            let put = || {
                // Of a try that was broken off.
                let _ = fs::remove_file(&aside);
                let (mut from, mut to) = (File::open(copy)?, private_files::make(&aside)?);
                progress.begin(Part::bytes("database copied", from.metadata().ok().map(|file| file.len())));
                if let Err(stopped) = copy_told(&mut from, &mut to, progress)? {
                    return Ok(Err(stopped));
                }
                to.sync_all()?;
                // Unlike a renaming, a link replaces nothing that appeared meanwhile.
                fs::hard_link(&aside, path).map(Ok)
            };
            let done = put();
            let _ = fs::remove_file(&aside);
            Ok(done.map_err(|error| unusable(path, &error))??)
        }
        Kind::Postgres(_) => {
            refuse_what_is_there(address)?;
            let arguments =
                ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", text_of(copy)?];
            progress.begin(Part::uncounted("pg_restore works"));
            programs.run("pg_restore", address, &arguments, progress)
        }
    }
}

/// Refuses where a database is there already.
///
/// # Errors
/// It is.
pub fn refuse_what_is_there(address: &DatabaseAddress) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    match address.kind() {
        Kind::Sqlite(path) => {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                let name = PathBuf::from(name);
                if name.symlink_metadata().is_ok() {
                    return Err(StoreError::Unavailable(format!(
                        "{} is there already, and nothing is overwritten: move it aside first",
                        name.display()
                    )));
                }
            }
            Ok(())
        }
        Kind::Postgres(_) => {
            let AnyConnection::Postgres(mut postgres) =
                connection::connect(address, &DbOptions::default(), Role::Migrations)?
            else {
                return Err(StoreError::closed());
            };
            let tables = "SELECT count(*) AS count FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace \
                          WHERE relkind IN ('r', 'p', 'S', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
                          AND n.nspname NOT LIKE 'pg_toast%'";
            match diesel::sql_query(tables).get_result::<Count>(&mut postgres)?.count {
                0 => Ok(()),
                _ => Err(StoreError::Unavailable(format!(
                    "the database {address} isn't empty, and nothing is overwritten: make a new one with createdb -E UTF8"
                ))),
            }
        }
    }
}

/// What PostgreSQL's programs say of a file that they wrote and can't read; none: they can.
///
/// # Errors
/// They can't be run.
pub fn dump_fault(programs: &PostgresPrograms, file: &Path) -> Result<Option<String>, StoreError> {
    let path =
        programs.0.as_ref().map_or_else(|| PathBuf::from("pg_restore"), |directory| directory.join("pg_restore"));
    let output = Command::new(&path).arg("--list").arg(file).output();
    let output =
        output.map_err(|error| StoreError::Unavailable(format!("{} can't be run: {error}", path.display())))?;
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// What is wrong with the pages, indexes and references of an SQLite file, the first hundred faults of each; PostgreSQL watches over its own.
///
/// # Errors
/// It can't be opened.
pub fn integrity_faults(address: &DatabaseAddress, options: &DbOptions) -> Result<Vec<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    #[derive(QueryableByName)]
    struct Missing {
        #[diesel(sql_type = Text)]
        table: String,
        #[diesel(sql_type = Text)]
        parent: String,
    }
    let AnyConnection::Sqlite(mut sqlite) = connection::connect(address, options, Role::Pool)? else {
        return Ok(Vec::new());
    };
    let lines = diesel::sql_query("PRAGMA integrity_check(100)").load::<Line>(&mut sqlite).map_err(StoreError::from);
    let missing = diesel::sql_query("SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check LIMIT 100");
    let missing = missing.load::<Missing>(&mut sqlite).map_err(StoreError::from);
    let said = |Missing { table, parent }| format!("a row of {table} refers to one of {parent} that isn't there");
    let lines = lines.map(|lines| lines.into_iter().map(|line| line.integrity_check).collect::<Vec<_>>());
    let lines = match lines {
        // Where it can't be looked through to its end, the first fault can be named all the same.
        Err(StoreError::Damaged(said)) => Ok(vec![first_fault(&mut sqlite).ok().flatten().unwrap_or(said)]),
        lines => lines,
    };
    let mut faults = Vec::new();
    for looked in [lines, missing.map(|missing| missing.into_iter().map(said).collect())] {
        match looked {
            Ok(found) => faults.extend(found.into_iter().filter(|line| line != "ok")),
            Err(StoreError::Damaged(said)) => faults.push(said),
            Err(error) => return Err(error),
        }
    }
    Ok(faults)
}

/// Copies what there is to read, and tells how much of it is written.
///
/// # Errors
/// The system's; within, that it was told to stop.
pub fn copy_told(
    from: &mut impl Read,
    to: &mut impl Write,
    progress: &dyn Progress,
) -> io::Result<Result<(), Stopped>> {
    let mut part = vec![0; 1 << 16];
    loop {
        let read = match from.read(&mut part) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(Ok(()));
        }
        to.write_all(&part[..read])?;
        if let Err(stopped) = progress.done(read as u64) {
            return Ok(Err(stopped));
        }
    }
}

fn text_of(file: &Path) -> Result<&str, StoreError> {
    file.to_str()
        .ok_or_else(|| StoreError::Unavailable(format!("{} is not Unicode; choose another name", file.display())))
}

fn unusable(file: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{} can't be written: {error}", file.display()))
}
