//! A part of a verification: whether the persons of cases and certificates can still be read.

use std::collections::HashSet;

use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::backups::consistency::amounts;
use crate::store::engine::events::Subject;
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
