//! Seals that are kept apart from the database: the newest beside the sealing keys, others wherever somebody exported them to.
//!
//! Cast: `newest-seal.txt` in the directory of the sealing keys has the newest seal that an instance with this directory has seen;
//! [`KeptState`] says whether the database still has it; a [`Kept`] is a seal that a verification holds the database against.
//!
//! Guarantees: the file only ever goes forward, and only from a seal that the database has: a database from which seals were taken away is
//! noticed by the next sealing, and stays so until somebody accepts that on the record ([`Service::accept_restore`]). Sealing goes on
//! meanwhile. A file that is behind the database is none of these: another instance, or a crash, may be the cause.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::evidence::checkpoint::{Checkpoint, SignedNote};
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::evidence::tree::Frontier;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::signing_keys::{KeyFault, file_system, lock, write_private};
use crate::service::base::error::ServiceError;
use crate::service::evidence::sealing_keys::SealingKeys;
use crate::store::evidence::log::{self, Seal};

/// The newest seal, beside the sealing keys.
pub(in crate::service) const FILE: &str = "newest-seal.txt";
/// How the name of one begins that was given up.
const GIVEN_UP: &str = "given-up-seal-";

/// A seal that was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    checkpoint: Checkpoint,
    note: String,
    /// The file beside the sealing keys; none: it was kept elsewhere.
    file: Option<PathBuf>,
    /// The database has it.
    is_there: bool,
    /// The rows that it is on have its root.
    is_whole: bool,
}

/// Why a file isn't a seal that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSeal;

impl fmt::Display for NoSeal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the file holds no seal that was signed by a key of this hall")
    }
}

/// How the seal beside the sealing keys and the database stand to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptState {
    /// Nothing was sealed yet.
    None,
    /// The database has the seal.
    Stands,
    /// The file can't be read; the log says why.
    Unreadable,
    /// The database has no such seal, or another one by its number.
    Lost {
        /// Its number; none: the file holds no seal.
        seal: Option<i64>,
    },
}

impl Kept {
    /// Holds a seal of the database against it.
    pub(super) fn compare_seal(&mut self, seal: &Seal) {
        self.is_there |= seal.number == self.checkpoint.seal && seal.note == self.note;
    }

    /// Holds a tree that has come to some size against it.
    pub(super) fn compare_tree(&mut self, starts_at: i64, tree: &Frontier) {
        self.is_whole |= (starts_at, tree.size()) == (self.checkpoint.starts_at, self.checkpoint.size)
            && tree.root() == self.checkpoint.root;
    }

    /// Finds what isn't as it was kept, after everything was compared; `end`: the position at which the log ends.
    pub(super) fn settle(&self, end: i64, found: &mut Verification) {
        if self.is_there && self.is_whole {
            return;
        }
        let size = i64::try_from(self.checkpoint.size).unwrap_or(i64::MAX);
        if end < self.checkpoint.starts_at.saturating_add(size) {
            found.find(FindingKind::TakenAway, self.place(Some(end)));
        } else {
            found.find(FindingKind::KeptDiffers, self.place(None));
        }
    }

    fn place(&self, end: Option<i64>) -> Place {
        let file = self.file.as_ref().map(|file| file.display().to_string());
        Place::KeptSeal { number: self.checkpoint.seal, file, end }
    }
}

impl SealingKeys {
    fn kept_file(&self) -> PathBuf {
        self.directory().join(FILE)
    }

    /// What the file holds, if there is one.
    fn kept_note(&self) -> Result<Option<String>, KeyFault> {
        let file = self.kept_file();
        match fs::read_to_string(&file) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file_system(&file, "can't be read")(error)),
        }
    }

    /// Keeps a seal in place of the note that was found there. Where another instance did so meanwhile, that one's stays.
    fn keep(&self, found: Option<&str>, seal: &Seal) -> Result<(), KeyFault> {
        let _lock = lock(self.directory())?;
        if self.kept_note()?.as_deref() == found { write_private(&self.kept_file(), &seal.note) } else { Ok(()) }
    }

    /// Gives the file another name.
    fn set_aside(&self, name: &str) -> Result<(), KeyFault> {
        let _lock = lock(self.directory())?;
        let file = self.kept_file();
        fs::rename(&file, self.directory().join(name)).map_err(file_system(&file, "can't be renamed"))
    }
}

impl Service {
    /// A seal from a file that was kept elsewhere.
    ///
    /// # Errors
    /// It isn't one, or isn't signed by a key of this hall.
    pub fn kept_seal(&self, file: &str) -> Result<Kept, NoSeal> {
        let note = SignedNote::kept_in(file).into_iter().find(|note| self.sealing.verify(note)).ok_or(NoSeal)?;
        let checkpoint = Checkpoint::from_text(&note.text).ok_or(NoSeal)?;
        Ok(Kept { checkpoint, note: note.to_file(), file: None, is_there: false, is_whole: false })
    }

    /// Whether the database has a seal that was kept: by its number and text alone.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_kept(&self, kept: &Kept) -> Result<bool, ServiceError> {
        let number = kept.checkpoint.seal;
        let read = self.db.read("kept_seal", move |tx| {
            Ok::<_, ServiceError>(log::seals_after(tx, number.saturating_sub(1), 1)?.pop())
        });
        Ok(read.await?.is_some_and(|seal| seal.number == number && seal.note == kept.note))
    }

    /// The seal beside the sealing keys, for a verification that begins.
    pub(super) fn own_kept_seal(&self, found: &mut Verification) -> Result<Option<Kept>, ServiceError> {
        let Some(note) = self.sealing.kept_note().map_err(unusable)? else { return Ok(None) };
        let kept = self.kept_seal(&note).map(|kept| Kept { file: Some(self.sealing.kept_file()), ..kept }).ok();
        if kept.is_none() {
            let file = Some(self.sealing.kept_file().display().to_string());
            found.find(
                FindingKind::BadSignature,
                Place::KeptSeal { number: seal_of(&note).unwrap_or(0), file, end: None },
            );
        }
        Ok(kept)
    }

    /// How the seal beside the sealing keys stands to the database: by its number and text alone, which costs nothing.
    ///
    /// # Errors
    /// The database's; the file's.
    pub async fn kept_state(&self) -> Result<KeptState, ServiceError> {
        match self.sealing.kept_note() {
            Ok(note) => Ok(self.look_at_kept(note).await?.0),
            Err(error) => {
                tracing::warn!(%error, "the newest seal beside the sealing keys can't be read");
                Ok(KeptState::Unreadable)
            }
        }
    }

    /// `note` was read before: what it holds was committed before.
    async fn look_at_kept(&self, note: Option<String>) -> Result<(KeptState, Option<String>), ServiceError> {
        let Some(note) = note else { return Ok((KeptState::None, None)) };
        let Some(number) = seal_of(&note) else { return Ok((KeptState::Lost { seal: None }, Some(note))) };
        let read = self.db.read("kept_seal", move |tx| {
            Ok::<_, ServiceError>(log::seals_after(tx, number.saturating_sub(1), 1)?.pop())
        });
        let stands = read.await?.is_some_and(|seal| seal.number == number && seal.note == note);
        let state = if stands { KeptState::Stands } else { KeptState::Lost { seal: Some(number) } };
        Ok((state, Some(note)))
    }

    /// Keeps the newest seal beside the sealing keys, unless the one that is kept there isn't in the database: that is told, and
    /// the file stays as it is.
    ///
    /// # Errors
    /// The database's; the file's.
    pub async fn keep_newest_seal(&self) -> Result<KeptState, ServiceError> {
        let (state, note) = self.look_at_kept(self.sealing.kept_note().map_err(unusable)?).await?;
        if let KeptState::Lost { seal } = state {
            tracing::error!(
                code = "seal_lost",
                seal,
                file = %self.sealing.kept_file().display(),
                "a seal that is kept here isn't in the database: rows were taken away, or an older state was put back; see \
                 `casehall audit verify`, and after a restore `casehall audit accept-restore`"
            );
            return Ok(state);
        }
        let Some(newest) = self.newest_seal().await? else { return Ok(state) };
        if note.as_ref() == Some(&newest.note) {
            return Ok(state);
        }
        if note.is_none() && newest.number > 1 {
            tracing::info!(seal = newest.number, "no seal was kept beside the sealing keys; the newest is from now on");
        }
        let sealing = self.sealing.clone();
        let kept = tokio::task::spawn_blocking(move || sealing.keep(note.as_deref(), &newest));
        kept.await.map_err(|error| ServiceError::Internal(error.to_string()))?.map_err(unusable)?;
        Ok(KeptState::Stands)
    }

    /// Takes the database as it is, though the seal beside the sealing keys isn't in it: after an older backup was put back. Who did so and which
    /// seal is given up enters the audit trail and is sealed; the file gets another name. Answers that seal and that name; none: there is nothing to give
    /// up.
    ///
    /// # Errors
    /// The database's; the file's.
    pub async fn accept_restore(&self, caller: &Caller) -> Result<Option<(Option<i64>, PathBuf)>, ServiceError> {
        let (KeptState::Lost { seal }, _) = self.look_at_kept(self.sealing.kept_note().map_err(unusable)?).await?
        else {
            return Ok(None);
        };
        let shown = seal.map_or_else(|| "unreadable".to_owned(), |seal| seal.to_string());
        let name = format!("{GIVEN_UP}{shown}-{}.txt", self.now().format("%Y%m%dT%H%M%SZ"));
        let newest = self.newest_seal().await?.map_or(0, |newest| newest.number);
        let entry = AuditEntry::new(AuditKind::RestoreAccepted, self.now(), caller.audit_actor());
        self.record(entry.with("given_up", shown).with("newest", newest.to_string()).with("file", &name)).await?;
        self.sealing.set_aside(&name).map_err(unusable)?;
        self.seal().await?;
        Ok(Some((seal, self.sealing.directory().join(name))))
    }
}

/// Whether a file beside the sealing keys is a seal, by its name.
pub(in crate::service) fn is_seal(name: &str) -> bool {
    name == FILE || (name.starts_with(GIVEN_UP) && name.ends_with(".txt"))
}

fn seal_of(note: &str) -> Option<i64> {
    SignedNote::from_file(note).and_then(|note| Checkpoint::from_text(&note.text)).map(|checkpoint| checkpoint.seal)
}

fn unusable(fault: KeyFault) -> ServiceError {
    ServiceError::Internal(fault.to_string())
}
