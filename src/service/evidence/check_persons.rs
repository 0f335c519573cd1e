//! A part of a verification: whether the persons of cases and certificates can still be read.

use std::collections::HashSet;

use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind};
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::encryption::DataKeyState;
use crate::store::accounts::{audit, second_factors, sessions};
use crate::store::backups::consistency::amounts;
use crate::store::engine::events::Subject;
use crate::store::evidence::keys::{
    KeyFault, data_key_in_force, differing_data_keys, key_faults, unreadable_second_factors, unreadable_webhooks,
};
use crate::store::evidence::persons::{Documents, unreadable_documents, without_key};

/// How many documents are in memory at once.
const AT_ONCE: i64 = 500;

/// Whose persons were found unreadable, each once.
#[derive(Default)]
pub(super) struct Unreadable(HashSet<Subject>);

impl Unreadable {
    fn note(&mut self, subjects: Vec<Subject>, found: &mut Verification) {
        for subject in subjects {
            if self.0.insert(subject) {
                let (kind, id) = subject.key();
                found.find(FindingKind::KeyMissing, Place::Subject { kind: kind.to_owned(), id });
            }
        }
    }
}

impl Service {
    /// Looks at the documents of all cases and certificates.
    pub(super) async fn check_documents(
        &self,
        unreadable: &mut Unreadable,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        let there = self.db.read_long("amounts", |tx| Ok::<_, ServiceError>(amounts(tx)?)).await?;
        self.db.progress().begin(Part::of("documents looked at", there.cases + there.certificates));
        for of in [Documents::Cases, Documents::Certificates] {
            let mut after = String::new();
            loop {
                let from = after.clone();
                let read = self.db.read_long("verify_documents", move |tx| {
                    Ok::<_, ServiceError>(unreadable_documents(tx, of, &from, AT_ONCE)?)
                });
                let (subjects, last) = read.await?;
                let Some(last) = last else { break };
                after = last;
                self.db.progress().done(AT_ONCE.unsigned_abs())?;
                unreadable.note(subjects, found);
            }
        }
        Ok(())
    }

    /// Looks at every key that there is, and at what keys protect beside documents and events.
    pub(super) async fn check_all_keys(
        &self,
        unreadable: &mut Unreadable,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        let mut after = (String::new(), String::new());
        loop {
            let from = after.clone();
            let read =
                self.db.read_long("verify_all_keys", move |tx| Ok::<_, ServiceError>(key_faults(tx, &from, AT_ONCE)?));
            let (faults, last) = read.await?;
            for ((kind, id), fault) in faults {
                let what = match fault {
                    KeyFault::PutBack => FindingKind::KeyPutBack,
                    KeyFault::OfNothing => FindingKind::KeyOfNothing,
                    KeyFault::DestroyedAt => {
                        found.find(FindingKind::EntryDiffers, Place::Columns { kind, id, names: vec!["destroyed_at"] });
                        continue;
                    }
                    KeyFault::Missing(subject) => {
                        unreadable.note(vec![subject], found);
                        continue;
                    }
                };
                found.find(what, Place::Subject { kind, id });
            }
            let Some(last) = last else { break };
            after = last;
        }
        let read = self.db.read_long("verify_secrets", |tx| {
            Ok::<_, ServiceError>((unreadable_second_factors(tx)?, unreadable_webhooks(tx)?))
        });
        let (accounts, webhooks) = read.await?;
        self.check_bindings(found).await?;
        let accounts = accounts.into_iter().map(|id| (AuditSubjectKind::Account, id, "totp_secret"));
        let webhooks = webhooks.into_iter().map(|id| (AuditSubjectKind::Webhook, id, "secrets"));
        for (kind, id, name) in accounts.chain(webhooks) {
            let place = Place::Columns { kind: kind.code().to_owned(), id, names: vec![name] };
            found.find(FindingKind::KeyMissing, place);
        }
        Ok(())
    }

    /// Looks whether sessions and recovery codes are as the hall wrote them.
    async fn check_bindings(&self, found: &mut Verification) -> Result<(), ServiceError> {
        let read = self.db.read_long("verify_bindings", |tx| {
            Ok::<_, ServiceError>((sessions::changed(tx)?, second_factors::with_changed_codes(tx)?))
        });
        let (sessions, holders) = read.await?;
        let sessions = sessions.into_iter().map(|id| ("session", id));
        for (kind, id) in sessions.chain(holders.into_iter().map(|id| ("recovery code of account", id))) {
            found.find(FindingKind::Changed, Place::Subject { kind: kind.to_owned(), id });
        }
        Ok(())
    }

    /// Looks at what the database says of data keys: each is one that lies outside, and in force is the one that was put in force last.
    pub(super) async fn check_data_keys(&self, found: &mut Verification) -> Result<(), ServiceError> {
        let read = self.db.read_long("verify_data_keys", |tx| {
            let changed = audit::newest(tx, AuditKind::DataKeyChanged)?;
            Ok::<_, ServiceError>((differing_data_keys(tx)?, data_key_in_force(tx)?, changed))
        });
        let (differing, in_force, changed) = read.await?;
        let kind = "data key".to_owned();
        for id in differing {
            found.find(FindingKind::DataKeyDiffers, Place::Subject { kind: kind.clone(), id });
        }
        let said = changed.and_then(|entry| entry.details.get("data_key").cloned());
        let state = self.data_key_state().await?;
        match (in_force, said) {
            (None, _) if state == DataKeyState::NotInForce => {
                found.find(FindingKind::NoDataKey, Place::Subject { kind, id: "in force".to_owned() });
            }
            (Some(id), Some(said)) if id != said => {
                found.find(FindingKind::EntryDiffers, Place::Columns { kind, id, names: vec!["in_force"] });
            }
            _ => {}
        }
        Ok(())
    }

    /// Looks at the keys of cases and certificates that have persons.
    pub(super) async fn check_keys(
        &self,
        subjects: Vec<Subject>,
        unreadable: &mut Unreadable,
        found: &mut Verification,
    ) -> Result<(), ServiceError> {
        if subjects.is_empty() {
            return Ok(());
        }
        let read = self.db.read_long("verify_keys", move |tx| Ok::<_, ServiceError>(without_key(tx, &subjects)?));
        unreadable.note(read.await?, found);
        Ok(())
    }
}
