//! Options of a database.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::evidence::suite::Suite;
use crate::domain::progress::{Nobody, Progress};
use crate::store::engine::vault::data_keys::DataKeySource;

/// Whether a database may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// One that isn't there is refused.
    Existing,
    /// One that isn't there is made.
    #[default]
    ExistingOrNew,
    /// One is made, and what is there already is refused.
    New,
}

/// How many connections, and how long to wait for what.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// Connections in the pool: of SQLite for reading, of PostgreSQL for all. At least 1; by default twice the
    /// processors, from 4 to 16.
    pub pool_size: u32,
    /// How long a caller waits for a connection, for its turn to write, and on PostgreSQL for what another transaction has locked,
    /// before it is told that the database is unavailable. It is one time for all of these, but for locks after the first.
    pub acquire_timeout: Duration,
    /// PostgreSQL ends a statement that takes longer.
    pub statement_timeout: Duration,
    /// The same within [`Db::read_long`](crate::store::Db::read_long).
    pub long_statement_timeout: Duration,
    /// Changes that may wait for their turn; further ones are refused at once.
    pub queue: usize,
    /// How many of SQLite's writes that wait may share one commit. At least 1, which gives each its own.
    pub writes_per_commit: usize,
    /// Whether a database that isn't there is made.
    pub opening: Opening,
    /// Whether one with older tables is brought up to date. If not, it is refused.
    pub migrates: bool,
    /// Where the keys are that protect persons' data; without any, what has some can be neither read nor written.
    pub data_keys: DataKeySource,
    /// Whether whoever opens it names what somebody has changed in it: then it is opened where a hall wouldn't be.
    pub names_faults: bool,
    /// By which suite what is new is encrypted and hashed.
    pub suite: Suite,
    /// Hears how far it is brought up to date, and how far long work in it is.
    pub progress: Arc<dyn Progress>,
}

impl Default for DbOptions {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, |count| count.get() as u32);
        Self {
            pool_size: (processors * 2).clamp(4, 16),
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
            long_statement_timeout: Duration::from_secs(300),
            queue: 1024,
            writes_per_commit: 64,
            opening: Opening::default(),
            migrates: true,
            data_keys: DataKeySource::Nowhere,
            names_faults: false,
            suite: Suite::International,
            progress: Arc::new(Nobody),
        }
    }
}
