//! The keys of another issuer are fetched, kept for a while, and fetched anew.
//!
//! Guarantees: it is tried once a minute at the most, by one at a time, whoever asks. Whoever brings a token of a key that is known waits
//! for nobody else's attempt. Keys that can't be fetched anew go on being used for a day, and no longer: then one that was
//! withdrawn because it was stolen is gone here, too, whatever keeps the issuer from being reached.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;

use super::keys::{self, IssuerKey};
use crate::domain::accounts::issuer::IssuerAlgorithm;

/// For how long keys are kept at least, whatever the issuer says; and where it says nothing.
const SHORTEST: TimeDelta = TimeDelta::minutes(5);
/// And at most.
const LONGEST: TimeDelta = TimeDelta::days(1);
/// From one attempt to the next.
const BETWEEN: TimeDelta = TimeDelta::minutes(1);
/// For how much longer keys are used that can't be fetched anew.
const GRACE: TimeDelta = TimeDelta::days(1);

/// A set of keys as it came.
pub struct FetchedKeys {
    /// Its text.
    pub text: Vec<u8>,
    /// For how long the issuer lets it be kept, where that is said.
    pub max_age: Option<TimeDelta>,
}

/// Fetches a set of keys, within a time and size of its own; the error is for the log.
pub type FetchKeys = Arc<dyn Fn() -> BoxFuture<'static, Result<FetchedKeys, String>> + Send + Sync>;

/// How the keys of an issuer have fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerReport {
    /// The issuer's name.
    pub issuer: String,
    /// Whether they couldn't be fetched when that was last tried.
    pub is_failing: bool,
    /// When they were last fetched.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Until when they are used, if they can't be fetched anew.
    pub usable_until: Option<DateTime<Utc>>,
}

/// The keys of an issuer.
pub(super) struct KeptKeys {
    issuer: String,
    allowed: Vec<IssuerAlgorithm>,
    fetch: FetchKeys,
    state: Mutex<State>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    keys: Vec<Arc<IssuerKey>>,
    kept: Option<Kept>,
    tried_at: Option<DateTime<Utc>>,
    is_failing: bool,
}

#[derive(Clone, Copy)]
struct Kept {
    fetched_at: DateTime<Utc>,
    fresh_until: DateTime<Utc>,
    usable_until: DateTime<Utc>,
}

impl KeptKeys {
    pub(super) fn new(issuer: String, allowed: Vec<IssuerAlgorithm>, fetch: FetchKeys) -> Arc<Self> {
        Arc::new(Self { issuer, allowed, fetch, state: Mutex::default(), turn: Arc::default() })
    }

    /// A key by its name; of several that have it, the one of the algorithm. Fetches the keys first where they are old, or the name isn't
    /// known.
    pub(super) async fn key(
        self: &Arc<Self>,
        kid: &str,
        algorithm: IssuerAlgorithm,
        now: DateTime<Utc>,
    ) -> Option<Arc<IssuerKey>> {
        let known = self.known(kid, algorithm, now);
        if known.is_some() && !self.is_due(now) {
            return known;
        }
        match self.begin(now) {
            // In a task of its own: whoever breaks the request off doesn't break this off.
            Some(fetching) => drop(fetching.await),
            None if known.is_some() => return known,
            // Somebody may be at it.
            None => drop(self.turn.lock().await),
        }
        self.known(kid, algorithm, now)
    }

    /// Fetches the keys where they are old, and waits for nothing.
    pub(super) fn tend(self: &Arc<Self>, now: DateTime<Utc>) {
        if self.is_due(now) {
            drop(self.begin(now));
        }
    }

    pub(super) fn report(&self) -> IssuerReport {
        let state = self.state();
        IssuerReport {
            issuer: self.issuer.clone(),
            is_failing: state.is_failing,
            fetched_at: state.kept.map(|kept| kept.fetched_at),
            usable_until: state.kept.map(|kept| kept.usable_until),
        }
    }

    /// Begins to fetch, unless somebody is at it or it was tried within the last minute.
    fn begin(self: &Arc<Self>, now: DateTime<Utc>) -> Option<JoinHandle<()>> {
        let turn = Arc::clone(&self.turn).try_lock_owned().ok()?;
        let mut state = self.state();
        if state.tried_at.is_some_and(|at| (TimeDelta::zero()..BETWEEN).contains(&(now - at))) {
            return None;
        }
        state.tried_at = Some(now);
        drop(state);
        let kept = Arc::clone(self);
        Some(tokio::spawn(async move {
            let fetched = (kept.fetch)().await;
            kept.take(fetched, now);
            drop(turn);
        }))
    }

    fn take(&self, fetched: Result<FetchedKeys, String>, now: DateTime<Utc>) {
        let read = fetched.and_then(|fetched| Ok((keys::read(&fetched.text, &self.allowed)?, fetched.max_age)));
        let issuer = &self.issuer;
        let mut state = self.state();
        state.is_failing = read.is_err();
        match read {
            Ok((keys, max_age)) => {
                let fresh_until = now + max_age.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
                tracing::info!(issuer, keys = keys.len(), %fresh_until, "the keys of an issuer of tokens were fetched");
                state.keys = keys.into_iter().map(Arc::new).collect();
                state.kept = Some(Kept { fetched_at: now, fresh_until, usable_until: fresh_until + GRACE });
            }
            Err(why) => {
                let (code, until) = ("issuer_keys_unavailable", state.kept.map(|kept| kept.usable_until.to_rfc3339()));
                tracing::warn!(
                    code,
                    issuer,
                    why,
                    usable_until = until.unwrap_or_default(),
                    "the keys of an issuer of tokens could not be fetched; that will be tried again"
                );
            }
        }
    }

    fn known(&self, kid: &str, algorithm: IssuerAlgorithm, now: DateTime<Utc>) -> Option<Arc<IssuerKey>> {
        let state = self.state();
        state.kept.filter(|kept| now < kept.usable_until)?;
        let named = state.keys.iter().filter(|key| key.kid == kid);
        named.max_by_key(|key| key.algorithms.contains(&algorithm)).cloned()
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        // A clock that was put back makes nothing fresh again.
        self.state().kept.is_none_or(|kept| !(kept.fetched_at..kept.fresh_until).contains(&now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
