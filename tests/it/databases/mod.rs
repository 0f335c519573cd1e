//! Where a test keeps its data: a fresh database of either kind.

pub(crate) mod postgres;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use casehall::store::engine::sequences;
use casehall::store::{DataKeySource, DatabaseAddress, Db, DbOptions, StoreError};
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use self::postgres::Cluster;

/// A database of a test's own.
pub(crate) struct TestDatabase {
    /// Where it is.
    pub(crate) address: DatabaseAddress,
    /// What ends with the last of those who have it; nothing if somebody else owns the database.
    owned: Option<Arc<Owned>>,
}

/// What a database takes of the disk, given back when this is dropped.
enum Owned {
    Directory(#[allow(dead_code)] TempDir),
    OnSharedServer(String),
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Self::OnSharedServer(name) = self {
            Cluster::shared().remove(name);
        }
    }
}

/// A file with the schema, without data keys: to make it anew took each test as long as many a test takes.
static EMPTY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let database = TestDatabase::missing();
    drop(Db::open(&database.address, DbOptions::default()).unwrap());
    database.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::read(database.file()).unwrap()
});

impl TestDatabase {
    /// A file with the schema.
    pub(crate) fn sqlite() -> Self {
        Self::filled(Self::missing())
    }

    /// The same where nothing waits for a disk, if the system has such a place: for whoever writes a thousand times.
    pub(crate) fn sqlite_in_memory() -> Self {
        Self::filled(Self::missing_in(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()))
    }

    fn filled(database: Self) -> Self {
        let mut file = std::fs::OpenOptions::new();
        file.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        file.open(database.file()).unwrap().write_all(&EMPTY).unwrap();
        database
    }

    /// A file that is not there yet.
    pub(crate) fn missing() -> Self {
        Self::missing_in(tempfile::tempdir().unwrap())
    }

    fn missing_in(directory: TempDir) -> Self {
        let address = DatabaseAddress::sqlite(directory.path().join("casehall.db"));
        Self { address, owned: Some(Arc::new(Owned::Directory(directory))) }
    }

    /// A database of the shared server, with the schema.
    pub(crate) fn postgres() -> Self {
        Self::on_shared_server(Cluster::shared().database())
    }

    /// A database somewhere else, which stays when this is dropped.
    pub(crate) fn at(address: DatabaseAddress) -> Self {
        Self { address, owned: None }
    }

    /// The same database once more.
    pub(crate) fn again(&self) -> Self {
        Self { address: self.address.clone(), owned: self.owned.clone() }
    }

    /// A database without the schema.
    pub(crate) fn empty(postgres: bool) -> Self {
        if postgres { Self::on_shared_server(Cluster::shared().empty_database()) } else { Self::missing() }
    }

    /// The file of SQLite.
    pub(crate) fn file(&self) -> PathBuf {
        self.address.sqlite_path().unwrap().to_owned()
    }

    fn on_shared_server(address: DatabaseAddress) -> Self {
        let name = address.to_string().rsplit('/').next().unwrap().to_owned();
        Self { address, owned: Some(Arc::new(Owned::OnSharedServer(name))) }
    }

    /// Does something to the database behind the program's back.
    pub(crate) fn tamper(&self, sql: &str) {
        match self.address.sqlite_path() {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                connection.batch_execute(sql).unwrap();
            }
            None => PgConnection::establish(&self.address.to_string()).unwrap().batch_execute(sql).unwrap(),
        }
    }

    /// What a query of one text column finds.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(format!("WITH found(value) AS ({sql}) SELECT value FROM found"));
        let rows: Vec<Row> = match self.address.sqlite_path() {
            Some(path) => query.load(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap()).unwrap(),
            None => query.load(&mut PgConnection::establish(&self.address.to_string()).unwrap()).unwrap(),
        };
        rows.into_iter().map(|row| row.value).collect()
    }

    /// The file of data keys, where it isn't beside the database: all halls of the shared server have one.
    pub(crate) fn data_key_file(&self) -> Option<PathBuf> {
        self.address.sqlite_path().is_none().then(|| Cluster::shared().file("data_keys"))
    }

    /// Opens it.
    pub(crate) fn open(&self) -> Db {
        let beside = || self.address.sqlite_path().unwrap().with_file_name("data_keys");
        let data_keys = DataKeySource::File(self.data_key_file().unwrap_or_else(beside));
        Db::open(&self.address, DbOptions { data_keys, ..DbOptions::default() }).unwrap()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A day to count on; tests that need several count on from here.
pub(crate) fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2014, 4, 4).unwrap() + chrono::Days::new(offset)
}

/// Takes the next number in a transaction.
pub(crate) async fn next(db: &Db, day: NaiveDate) -> Result<u32, StoreError> {
    db.write("next", move |tx| sequences::next(tx, day)).await
}

/// The last number that was given out.
pub(crate) async fn last(db: &Db, day: NaiveDate) -> u32 {
    db.read("last", move |tx| sequences::last(tx, day)).await.unwrap()
}

/// Writes a test once and runs it on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::databases::TestDatabase::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::databases::TestDatabase::postgres()).await;
            })+
        }
    };
}
pub(crate) use on_both;
