//! Requests that are done once however often they are sent.
//!
//! Guarantees: what was done is remembered in the transaction of its change; a repeated request is answered the case as it
//! was right after; nothing of an answer is stored, so that no personal data stands in the database twice.

use crate::domain::case::{self, Case};
use crate::store::events::{self, Subject};
use crate::store::{FromStore, StoreError, Tx, idempotency};

use super::Service;
use super::caller::Caller;
use super::cases::CaseAt;
use super::error::ServiceError;

/// A request that is done once however often it is sent.
#[derive(Debug, Clone)]
pub struct Once {
    /// The caller's key.
    pub key: String,
    /// Digest of what is asked: the same key with another one is refused.
    pub fingerprint: String,
}

impl Service {
    /// Does what is asked, or answers what was done when the same request came before.
    ///
    /// Of the same request sent twice at once, the second may find its own case in its way on PostgreSQL, since the
    /// first was committed after the second had looked for it. Such a refusal is none: the second is run again from
    /// its start and finds the first. What it has written until then must not be kept, so it ends as a conflict.
    pub(super) fn once(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        once: Option<&Once>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<CaseAt, ServiceError>,
    ) -> Result<CaseAt, ServiceError> {
        let Some(once) = once else { return f(tx) };
        if let Some(done) = self.done_before(tx, caller, once)? {
            return Ok(done);
        }
        match f(tx) {
            Ok(after) => {
                self.remember(tx, caller, once, &after.case)?;
                Ok(after)
            }
            // After a failure of the database nothing more can be asked in this transaction.
            Err(error) if error.as_store_error().is_some() => Err(error),
            Err(refusal) => match idempotency::find(tx, &caller.actor.id, &once.key)? {
                Some(_) => Err(StoreError::Conflict.into()),
                None => Err(refusal),
            },
        }
    }

    /// The answer to a request that was done before: the case as it was right after.
    fn done_before(&self, tx: &mut Tx<'_>, caller: &Caller, once: &Once) -> Result<Option<CaseAt>, ServiceError> {
        let Some(done) = idempotency::find(tx, &caller.actor.id, &once.key)? else { return Ok(None) };
        if done.fingerprint != once.fingerprint {
            return Err(ServiceError::KeyReused);
        }
        let events = events::list(tx, Subject::Case(done.case_id), done.version)?;
        let case = case::fold(done.case_id, &events).ok_or(ServiceError::NotFound)?;
        let now = case.updated_at;
        let held = self.held(tx, &case)?.map(|held| held.as_of(now));
        let calendar = self.calendar_of_case(tx, &case)?;
        Ok(Some(CaseAt { case, held, now, calendar }))
    }

    fn remember(&self, tx: &mut Tx<'_>, caller: &Caller, once: &Once, case: &Case) -> Result<(), ServiceError> {
        let done = idempotency::Done { fingerprint: once.fingerprint.clone(), case_id: case.id, version: case.version };
        Ok(idempotency::insert(tx, &caller.actor.id, &once.key, &done, self.now())?)
    }
}
