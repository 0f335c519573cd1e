//! Sealing: everything that was recorded since the last seal enters the log, and its root is signed.
//!
//! Guarantees: a row that was answered for is sealed by the next run, whichever instance wrote it; a seal costs what is new, never what is
//! sealed; several instances may run at once.

use std::time::Duration;

use chrono::SubsecRound;

use crate::domain::evidence::checkpoint::Checkpoint;
use crate::domain::evidence::suite::Suite;
use crate::domain::evidence::tree;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::evidence::log::{self, Leaf, LogEnd, Seal};
use crate::store::evidence::missing::hash_missing;
use crate::store::evidence::settled::{self, Numbers};

/// How many rows one seal covers at most: others get in between.
const ROWS_OF_A_SEAL: i64 = 2_000;
/// How often and how long at most one looks whether those have ended who were writing.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 40;

impl Service {
    /// Seals what is new; answers how many rows that were.
    ///
    /// # Errors
    /// The database's. What was sealed until then stays sealed.
    pub async fn seal(&self) -> Result<u64, ServiceError> {
        // None, unless an instance of the version before is still writing.
        hash_missing(&self.db).await?;
        let Some(settled) = self.settled().await? else {
            tracing::info!("a long write is under way: what it and those after it wrote is sealed next time");
            return Ok(0);
        };
        let mut sealed = 0;
        loop {
            let service = self.clone();
            let some = self.db.write("seal", move |tx| service.seal_in(tx, settled)).await?;
            sealed += some;
            if some == 0 {
                return Ok(sealed);
            }
        }
    }

    /// Up to where nothing comes any more; none: somebody writes for long.
    async fn settled(&self) -> Result<Option<Numbers>, ServiceError> {
        let taken = self.db.read_snapshot("taken_numbers", |tx| Ok::<_, ServiceError>(settled::taken(tx)?)).await?;
        for _ in 0..LOOKS {
            let asked = taken.clone();
            let looked = self.db.read("is_settled", move |tx| Ok::<_, ServiceError>(settled::is_settled(tx, &asked)?));
            if looked.await? {
                return Ok(Some(taken.numbers));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(None)
    }

    fn seal_in(&self, tx: &mut Tx<'_>, settled: Numbers) -> Result<u64, ServiceError> {
        log::lock(tx)?;
        let end = log::end(tx)?;
        let rows = log::unsealed(tx, &end, settled, ROWS_OF_A_SEAL)?;
        if rows.is_empty() {
            return Ok(0);
        }
        let suite = self.sealing.suite();
        let (starts_at, size) = tree_to_go_on_with(&end, suite);
        let mut frontier = log::frontier(tx, suite, starts_at, size)?;
        // A number that a leaf names is never used again, also where its seal was taken away.
        let number = end.seal.as_ref().map_or(0, |seal| seal.number).max(end.named_seal).saturating_add(1);
        let leaves: Vec<Leaf> = (end.leaves..)
            .zip(&rows)
            .map(|(position, (source, of, hash))| {
                let node = frontier.push(tree::leaf(suite, *hash)).to_vec();
                Leaf { position, seal: number, source: Some(*source), number: *of, node }
            })
            .collect();
        let previous = suite.digest(&[end.seal.as_ref().map_or("", |seal| seal.note.as_str()).as_bytes()]);
        let checkpoint = Checkpoint {
            origin: self.sealing.origin(starts_at),
            size: frontier.size(),
            root: frontier.root(),
            seal: number,
            at: self.now().trunc_subsecs(0),
            suite,
            starts_at,
            previous,
        };
        let seal = Seal {
            number,
            at: checkpoint.at,
            suite: suite.code().to_owned(),
            starts_at,
            size: i64::try_from(frontier.size()).unwrap_or(i64::MAX),
            note: self.sealing.sign(&checkpoint).to_file(),
        };
        log::append(tx, &leaves, &seal)?;
        Ok(rows.len() as u64)
    }

    /// The newest seal, as a file to be kept elsewhere, with when it was made.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest_seal(&self) -> Result<Option<Seal>, ServiceError> {
        self.db.read("newest_seal", |tx| Ok::<_, ServiceError>(log::seals_before(tx, None, 1)?.pop())).await
    }
}

/// Where the tree starts that new leaves go into, and how many it has: that of the newest seal, unless the suite was changed.
fn tree_to_go_on_with(end: &LogEnd, suite: Suite) -> (i64, i64) {
    match &end.seal {
        Some(seal) if seal.suite == suite.code() => (seal.starts_at, end.leaves - seal.starts_at),
        None if end.leaves == 0 => (0, 0),
        _ => (end.leaves, 0),
    }
}
