//! What becomes of imports: approved by a second person, or rejected, always as a whole.
//!
//! Guarantees: the decision is one row, and its entry in the audit trail, by which it is gone by (`held`). What it means for each certificate is done in portions after it, so that others have their
//! turn; nothing can stand in the way, since numbers and organizations were taken when the certificates were entered. Whatever stops
//! in between, [`Service::settle_imports`] goes on with on any instance.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::domain::accounts::role::Scope;
use crate::domain::base::form::Form;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::pending_correction::Asker;
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::{Answered, IdempotentRequest};
use crate::service::certificates::import_table::LINES;
use crate::service::certificates::kept;
use crate::service::certificates::register::book::{Book, By};
use crate::store::certificates::imports;
use crate::store::engine::events::Subject;
use crate::store::{Tx, certificates};

/// An import that hasn't gone on for so long was interrupted.
const INTERRUPTED_AFTER_MINUTES: i64 = 10;

/// Which imports are asked for: newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportPage {
    /// Only in this state.
    pub state: Option<ImportState>,
    /// Only such as began before this one.
    pub after: Option<Uuid>,
    /// At most this many.
    pub limit: u32,
}

impl Answered for CertificateImport {
    fn done(&self) -> (Subject, i64) {
        (Subject::Import(self.id), 1)
    }

    fn again(_: &Service, tx: &mut Tx<'_>, _: &Caller, subject: Subject, _: i64) -> Result<Option<Self>, ServiceError> {
        let Subject::Import(id) = subject else { return Ok(None) };
        Ok(imports::load(tx, id)?)
    }
}

impl Service {
    /// Checks which imports are asked for.
    ///
    /// # Errors
    /// Every fault.
    pub fn import_page(&self, state: Option<&str>, after: Option<Uuid>, limit: u32) -> Result<ImportPage, Vec<Fault>> {
        let mut form = Form::default();
        let known = state.and_then(ImportState::from_code);
        if state.is_some() && known.is_none() {
            form.not_one_of("/state", ImportState::CODES);
        }
        form.finish(Some(ImportPage { state: known, after, limit }))
    }

    /// A page of imports, and where the next one starts, if there is one.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub async fn imports(
        &self,
        caller: &Caller,
        page: ImportPage,
    ) -> Result<(Vec<CertificateImport>, Option<Uuid>), ServiceError> {
        caller.require_staff()?;
        caller.require(Scope::CertificatesRead)?;
        let most = i64::from(page.limit);
        let read = self
            .db
            .read("imports", move |tx| Ok::<_, ServiceError>(imports::list(tx, page.state, page.after, most + 1)?));
        let mut found = read.await?;
        let more = i64::try_from(found.len()).is_ok_and(|found| found > most);
        found.truncate(usize::try_from(most).unwrap_or_default());
        let next = found.last().filter(|_| more).map(|last| last.id);
        Ok((found, next))
    }

    /// An import.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::NotPermitted`].
    pub async fn import(&self, caller: &Caller, id: Uuid) -> Result<CertificateImport, ServiceError> {
        caller.require_staff()?;
        caller.require(Scope::CertificatesRead)?;
        let found = self.db.read("import", move |tx| Ok::<_, ServiceError>(imports::load(tx, id)?)).await?;
        found.ok_or(ServiceError::NotFound)
    }

    /// Approves an import: its certificates are in force when this answers.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; the role that is missing; that it doesn't wait, or that a second person is needed.
    pub async fn approve_import(
        &self,
        caller: &Caller,
        id: Uuid,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateImport, ServiceError> {
        let (service, by) = (self.clone(), asker(caller));
        self.decide_import(caller, id, idempotency, move |import| import.approved(by.clone(), service.now())).await
    }

    /// Rejects an import, or takes it back: its certificates have left the register when this answers.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; the role that is missing; that it doesn't wait.
    pub async fn reject_import(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: String,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CertificateImport, ServiceError> {
        let (service, by) = (self.clone(), asker(caller));
        self.decide_import(caller, id, idempotency, move |import| {
            import.rejected(by.clone(), reason.clone(), service.now())
        })
        .await
    }

    async fn decide_import(
        &self,
        caller: &Caller,
        id: Uuid,
        idempotency: Option<IdempotentRequest>,
        decide: impl Fn(CertificateImport) -> Result<CertificateImport, CertificateRefusal> + Send + Sync + 'static,
    ) -> Result<CertificateImport, ServiceError> {
        self.may_register(caller)?;
        let (service, decider) = (self.clone(), caller.clone());
        self.db
            .write("decide_import", move |tx| {
                service.idempotent(tx, &decider, idempotency.as_ref(), |tx| {
                    let before = kept::sound(tx, id)?;
                    let after = decide(before.clone()).map_err(Refusal::from)?;
                    kept::enter(tx, &before, &after, decider.audit_actor(), service.now())?;
                    Ok(after)
                })
            })
            .await?;
        self.settle_import(id).await?;
        self.import(caller, id).await
    }

    /// Gives up what somebody began to import and didn't bring to its end.
    pub(in crate::service) async fn give_up_imports(&self, caller: &Caller) -> Result<(), ServiceError> {
        let by = caller.actor.id.clone();
        let entering = self.db.read("entering_imports", move |tx| {
            Ok::<_, ServiceError>(imports::list(tx, Some(ImportState::Entering), None, i64::MAX)?)
        });
        for import in entering.await?.iter().filter(|import| import.entered_by.id == by) {
            self.fail_import(caller, import.id, None).await?;
        }
        Ok(())
    }

    /// Gives an import up, and keeps why: what was entered of it leaves the register.
    pub(in crate::service) async fn fail_import(
        &self,
        by: &Caller,
        id: Uuid,
        why: Option<Words>,
    ) -> Result<(), ServiceError> {
        self.move_import(by, id, ImportState::Failed, why.map(|words| words.zh)).await?;
        self.settle_import(id).await
    }

    /// An import whose certificates are being entered comes to an end of that.
    pub(in crate::service) async fn move_import(
        &self,
        by: &Caller,
        id: Uuid,
        state: ImportState,
        reason: Option<String>,
    ) -> Result<(), ServiceError> {
        let (by, now) = (by.audit_actor(), self.now());
        self.db
            .write("move_import", move |tx| {
                let before = kept::sound(tx, id)?;
                if before.state == ImportState::Entering {
                    let after = CertificateImport { state, reason: reason.clone(), ..before.clone() };
                    kept::enter(tx, &before, &after, by.clone(), now)?;
                }
                Ok(())
            })
            .await
    }

    /// Does what was decided of an import with each of its certificates, some at a time.
    async fn settle_import(&self, id: Uuid) -> Result<(), ServiceError> {
        loop {
            let service = self.clone();
            if self.db.write("settle_import", move |tx| service.settle_some(tx, id)).await? {
                return Ok(());
            }
        }
    }

    /// Some certificates of an import; answers whether they were the last.
    fn settle_some(&self, tx: &mut Tx<'_>, id: Uuid) -> Result<bool, ServiceError> {
        let import = kept::sound(tx, id)?;
        let most = i64::try_from(LINES).unwrap_or(i64::MAX);
        let some = certificates::unapproved_of_import(tx, id, most)?;
        let (now, hall) = (self.now(), Caller::hall());
        // What came to nothing nobody has decided: the hall takes it out.
        let by = import.decided_by.clone().unwrap_or_else(|| asker(&hall));
        let approves = import.state == ImportState::Approved;
        let action = if approves { "approve_import" } else { "reject_import" };
        let by = By { actor_id: &by.id, actor_name: &by.name, action, at: now, case_id: None };
        let mut book = Book::at(self.reader(&hall), None);
        for certificate in &some {
            book.change(tx, &certificate.serial, by, |certificate| {
                if approves {
                    return certificate.approve_registration(Some(id), by.actor_id, now);
                }
                let reason = import.reason.clone().unwrap_or_else(|| ImportState::Failed.words().zh);
                certificate.reject_registration(Some(id), reason, now)
            })?;
        }
        book.close(tx)?;
        let last = some.len() < LINES;
        if last && import.settled_at.is_none() {
            imports::save(tx, &import, &CertificateImport { settled_at: Some(now), ..import.clone() })?;
        }
        Ok(last)
    }

    /// Goes on with imports that were interrupted; answers how many those were.
    ///
    /// # Errors
    /// The database's; that one isn't what the audit trail says of it, after all others were gone on with.
    pub async fn settle_imports(&self) -> Result<usize, ServiceError> {
        let since = self.now() - TimeDelta::minutes(INTERRUPTED_AFTER_MINUTES);
        let left =
            self.db.read("unsettled_imports", move |tx| Ok::<_, ServiceError>(imports::unsettled(tx, since)?)).await?;
        let (mut done, mut forged) = (0, Ok(()));
        for import in &left {
            match self.fail_import(&Caller::hall(), import.id, None).await {
                Ok(()) => done += 1,
                Err(ServiceError::Refused(why)) => {
                    let import = import.id;
                    tracing::error!(code = "import_differs", %import, "it isn't what the audit trail says of it; it stays as it is");
                    forged = Err(ServiceError::Refused(why));
                }
                Err(error) => return Err(error),
            }
        }
        forged.map(|()| done)
    }
}

/// Who asks, as they are now.
pub(in crate::service) fn asker(caller: &Caller) -> Asker {
    Asker { id: caller.actor.id.clone(), name: caller.actor.name.clone() }
}
