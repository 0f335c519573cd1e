//! Sealing: everything that was recorded since the last seal enters the log, and its root is signed.
//!
//! Guarantees: a row that was answered for is sealed by the next run, whichever instance wrote it; a seal costs what is new, never what is
//! sealed; several instances may run at once.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::accounts::audit::{AuditEntry, AuditKind, RecordedEntry};
use crate::domain::evidence::checkpoint::Checkpoint;
use crate::domain::evidence::finding::FindingKind;
use crate::domain::evidence::suite::Suite;
use crate::domain::evidence::tree;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::evidence::log::{self, Leaf, LogEnd, Seal};
use crate::store::evidence::missing::hash_missing;
use crate::store::evidence::settled::{self, Numbers};

/// How many rows one seal covers at most: others get in between.
const ROWS_OF_A_SEAL: i64 = 2_000;
/// How often and how long at most one looks whether those have ended who were writing.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 40;

impl Service {
    /// Seals what is new; answers how many rows that were. The newest seal is kept beside the sealing keys.
    ///
    /// # Errors
    /// The database's; that file's. What was sealed until then stays sealed.
    pub async fn seal(&self) -> Result<u64, ServiceError> {
        let sealed = self.seal_new().await?;
        self.keep_newest_seal().await?;
        Ok(sealed)
    }

    async fn seal_new(&self) -> Result<u64, ServiceError> {
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

    /// Enters that another key seals from now on since the one before is lost, and seals that. False: the key is here, and nothing was done.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_sealing_key(&self, caller: &Caller) -> Result<bool, ServiceError> {
        let suite = self.sealing.suite();
        let read = self.db.read("newest_seals", move |tx| {
            let newest = log::seals_before(tx, None, 1)?;
            Ok::<_, ServiceError>(newest.into_iter().chain(log::newest_of(tx, suite, 1)?).collect::<Vec<_>>())
        });
        let newest = read.await?.into_iter().find(|seal| !self.sealing.could_have_signed(&seal.note));
        let Some(newest) = newest else { return Ok(false) };
        let entry = AuditEntry::new(AuditKind::SealingKeyBegun, self.now(), caller.audit_actor());
        let key = self.sealing.verifier_keys(&self.sealing.origin(0)).into_iter().next().unwrap_or_default();
        self.record(entry.with("after_seal", newest.number.to_string()).with("verifier_key", key)).await?;
        self.seal().await?;
        Ok(true)
    }

    /// A page of the seals, for auditors.
    ///
    /// # Errors
    /// Not an auditor; the database's.
    pub async fn seals(&self, caller: &Caller, after: Option<i64>, limit: i64) -> Result<SealPage, ServiceError> {
        self.may_audit(caller)?;
        let verified = self.last_verification().await?;
        let seals = self.db.read_long("seals", move |tx| {
            Ok::<_, ServiceError>(log::seals_before(tx, after, limit.saturating_add(1))?)
        });
        let mut seals = seals.await?;
        let goes_on = i64::try_from(seals.len()).is_ok_and(|many| many > limit);
        seals.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = seals.last().filter(|_| goes_on).map(|last| last.number);
        let newest = seals.first().map_or(0, |seal| seal.starts_at);
        let verifier_keys = self.sealing.verifier_keys(&self.sealing.origin(newest));
        Ok(SealPage { seals, verifier_keys, verified, next })
    }

    /// What the last verification found, whoever ran it.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_verification(&self) -> Result<Option<LastVerification>, ServiceError> {
        let read = self
            .db
            .read("last_verification", |tx| Ok::<_, ServiceError>(audit::newest(tx, AuditKind::EvidenceVerified)?));
        let last = |entry: RecordedEntry| {
            let number = |name: &str| entry.details.get(name).and_then(|text| text.parse::<u64>().ok());
            LastVerification {
                at: entry.at,
                seal: number("seal").and_then(|seal| i64::try_from(seal).ok()),
                // What doesn't say that nothing was found isn't taken for that.
                findings: number("findings").unwrap_or(u64::MAX),
                first: first_finding(&entry),
            }
        };
        Ok(read.await?.map(last))
    }

    /// The newest seal, as a file to be kept elsewhere, with when it was made.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest_seal(&self) -> Result<Option<Seal>, ServiceError> {
        self.db.read("newest_seal", |tx| Ok::<_, ServiceError>(log::seals_before(tx, None, 1)?.pop())).await
    }
}

/// A page of the seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealPage {
    /// Newest first.
    pub seals: Vec<Seal>,
    /// With what foreign tools verify the newest.
    pub verifier_keys: Vec<String>,
    /// The last verification, if there was one.
    pub verified: Option<LastVerification>,
    /// Where the next page goes on, if there is one.
    pub next: Option<i64>,
}

/// What a verification found, as the audit trail has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastVerification {
    /// When.
    pub at: DateTime<Utc>,
    /// Up to which seal.
    pub seal: Option<i64>,
    /// How much was wrong.
    pub findings: u64,
    /// The first of it.
    pub first: Option<String>,
}

/// In words, as the command says it; a verification before 0.1.0 has them in one detail.
fn first_finding(entry: &RecordedEntry) -> Option<String> {
    let place = entry.details.get("first")?;
    let kind = entry.details.get("first_kind").and_then(|code| FindingKind::from_code(code));
    Some(kind.map_or_else(|| place.clone(), |kind| format!("{place} {}", kind.words().en)))
}

/// Where the tree starts that new leaves go into, and how many it has: that of the newest seal, unless the suite was changed.
fn tree_to_go_on_with(end: &LogEnd, suite: Suite) -> (i64, i64) {
    match &end.seal {
        Some(seal) if seal.suite == suite.code() => (seal.starts_at, end.leaves - seal.starts_at),
        None if end.leaves == 0 => (0, 0),
        _ => (end.leaves, 0),
    }
}
