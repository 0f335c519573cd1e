//! Exchanging the data key, while the hall works.

use uuid::Uuid;

use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit;
use crate::store::backups::consistency::amounts;
use crate::store::engine::vault::rotation;
use crate::store::evidence::persons;

pub use crate::store::evidence::persons::DataKeyState;

/// What an exchange did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// The data key in force.
    pub key: Uuid,
    /// How many keys of cases, certificates and accounts were wrapped by it.
    pub rewrapped: u64,
    /// The data keys that this database needs no longer.
    pub retired: Vec<String>,
    /// Whose key can't be unwrapped, in words: it stays wrapped as it was, and its persons unreadable.
    pub unreadable: Vec<String>,
}

impl Service {
    /// Makes a new data key and does nothing with it: it can be copied to the other machines before it is in force. Answers its id.
    ///
    /// # Errors
    /// The keys aren't in a file of this program.
    pub async fn make_data_key(&self) -> Result<Uuid, ServiceError> {
        self.db.write("make_data_key", |tx| Ok::<_, ServiceError>(rotation::prepare(tx)?)).await
    }

    /// What is wrong with the data keys, in the database and where they lie.
    ///
    /// # Errors
    /// The database's.
    pub async fn data_key_state(&self) -> Result<DataKeyState, ServiceError> {
        self.db.read("data_key_state", |tx| Ok::<_, ServiceError>(persons::data_key_state(tx)?)).await
    }

    /// Puts the newest data key in force, a new one where there is none that isn't, and wraps every key of a case or certificate by it. What
    /// was broken off goes on.
    ///
    /// # Errors
    /// Why it can't; what was done until then stays, and the next call goes on.
    pub async fn exchange_data_key(&self, caller: &Caller) -> Result<Exchanged, ServiceError> {
        let (is_new, done) = self.exchange(caller, true).await?;
        // Only what can't be unwrapped is left of the exchange before: that one is over.
        let is_over = !is_new && done.rewrapped == 0 && done.retired.is_empty();
        if is_over { Ok(self.exchange(caller, false).await?.1) } else { Ok(done) }
    }

    async fn exchange(&self, caller: &Caller, goes_on: bool) -> Result<(bool, Exchanged), ServiceError> {
        let (service, caller) = (self.clone(), caller.clone());
        let begun = self.db.write("exchange_data_key", move |tx| {
            let (key, is_new) = rotation::begin(tx, goes_on)?;
            if is_new {
                let entry = AuditEntry::new(AuditKind::DataKeyChanged, service.now(), caller.audit_actor());
                audit::append(tx, &entry.with("data_key", key.to_string()))?;
            }
            Ok::<_, ServiceError>((key, is_new))
        });
        let (key, is_new) = begun.await?;
        let there = self.db.read_long("amounts", |tx| Ok::<_, ServiceError>(amounts(tx)?)).await?;
        self.db.progress().begin(Part::of("keys wrapped", there.keys));
        let (mut rewrapped, mut unreadable, mut position) = (0, vec![], None);
        loop {
            let after = position.clone();
            let done =
                self.db.write("rewrap", move |tx| Ok::<_, ServiceError>(rotation::rewrap(tx, key, after.as_ref())?));
            let Some(portion) = done.await? else { break };
            rewrapped += portion.rewrapped as u64;
            self.db.progress().done(portion.rewrapped as u64)?;
            unreadable.extend(portion.unreadable);
            position = Some(portion.reached);
        }
        let retired =
            self.db.write("retire_data_keys", move |tx| Ok::<_, ServiceError>(rotation::end(tx, key)?)).await?;
        Ok((is_new, Exchanged { key, rewrapped, retired, unreadable }))
    }
}
