//! Idempotency: a repeated request with the same key is executed once.
//!
//! Guarantees: what was done is remembered in the transaction of its change; a repeated request is answered the case, or
//! the certificate, as it was right after; nothing of an answer is stored, so that no personal data stands in the database twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::ServiceError;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::store::engine::events::Subject;
use crate::store::engine::idempotency;
use crate::store::{FromStore, StoreError, Tx};

/// A request that is done once however often it is sent.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The caller's key.
    pub key: String,
    /// Digest of what is asked: the same key with another one is refused.
    pub fingerprint: String,
    /// What its caller learns of it, beside the answer.
    pub replayed: Replayed,
}

/// Whether a request turned out to have been done before, so that its answer is that of then.
#[derive(Debug, Clone, Default)]
pub struct Replayed(Arc<AtomicBool>);

impl Replayed {
    /// Whether it did.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The result of a request, which can be rebuilt from events to answer a repeated request.
pub(in crate::service) trait Answered: Sized {
    /// What it is, and in which version.
    fn done(&self) -> (Subject, i64);

    /// The same as it was right after its `version`; `None` where there is no such thing any more, or nobody may be told once more.
    ///
    /// # Errors
    /// The caller may see it no longer; the database's.
    fn again(
        service: &Service,
        tx: &mut Tx<'_>,
        caller: &Caller,
        subject: Subject,
        version: i64,
    ) -> Result<Option<Self>, ServiceError>;
}

impl Service {
    /// Does what is asked, or answers what was done when the same request came before.
    ///
    /// Of the same request sent twice at once, the second may find its own case in its way on PostgreSQL, since the
    /// first was committed after the second had looked for it. Such a refusal is not the answer: the second is run again from
    /// its start and finds the first. What it has written until then must not be kept, so it ends as a conflict.
    pub(in crate::service) fn idempotent<A: Answered>(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        idempotency: Option<&IdempotentRequest>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<A, ServiceError>,
    ) -> Result<A, ServiceError> {
        let Some(idempotency) = idempotency else { return f(tx) };
        if let Some(done) = self.done_before(tx, caller, idempotency)? {
            return Ok(done);
        }
        match f(tx) {
            Ok(after) => {
                self.remember(tx, caller, idempotency, &after)?;
                Ok(after)
            }
            // After a failure of the database nothing more can be asked in this transaction.
            Err(error) if error.as_store_error().is_some() => Err(error),
            Err(refusal) => {
                match idempotency::find(tx, &caller.actor.id, &idempotency.key, &idempotency.fingerprint)? {
                    Some(_) => Err(StoreError::Conflict.into()),
                    None => Err(refusal),
                }
            }
        }
    }

    /// Whether a key was used by the caller for another request than the one that comes with it now.
    ///
    /// # Errors
    /// The database's.
    pub async fn key_is_of_another_request(
        &self,
        caller: &Caller,
        asked: IdempotentRequest,
    ) -> Result<bool, ServiceError> {
        let (id, IdempotentRequest { key, fingerprint, .. }) = (caller.actor.id.clone(), asked);
        let find = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(idempotency::find(tx, &id, &key, &fingerprint)?);
        Ok(self.db.read("key", find).await?.is_some_and(|done| !done.is_same))
    }

    /// Whether a request was done before.
    ///
    /// # Errors
    /// The database's.
    pub async fn was_done(&self, caller: &Caller, asked: IdempotentRequest) -> Result<bool, ServiceError> {
        let (id, IdempotentRequest { key, fingerprint, .. }) = (caller.actor.id.clone(), asked);
        let find = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(idempotency::find(tx, &id, &key, &fingerprint)?);
        Ok(self.db.read("key", find).await?.is_some())
    }

    /// The answer to a request that was done before: what it answered, as it was right after.
    fn done_before<A: Answered>(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        idempotency: &IdempotentRequest,
    ) -> Result<Option<A>, ServiceError> {
        let IdempotentRequest { key, fingerprint, replayed } = idempotency;
        let Some(done) = idempotency::find(tx, &caller.actor.id, key, fingerprint)? else { return Ok(None) };
        if !done.is_same {
            return Err(ServiceError::KeyReused);
        }
        replayed.0.store(true, Ordering::Relaxed);
        A::again(self, tx, caller, done.subject, done.version)?.map(Some).ok_or(ServiceError::AnswerGone)
    }

    fn remember<A: Answered>(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        idempotency: &IdempotentRequest,
        after: &A,
    ) -> Result<(), ServiceError> {
        let IdempotentRequest { key, fingerprint, .. } = idempotency;
        Ok(idempotency::insert(tx, (&caller.actor.id, key), fingerprint, after.done(), self.now())?)
    }
}
