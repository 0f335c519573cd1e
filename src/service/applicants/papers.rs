//! The papers of a case, and that they were printed.
//!
//! Guarantee: each print of a paper has a number of its own, counted in the transaction of its entry in the audit trail, which says
//! who printed what when, in which language, and the digest of what stood on it.

use chrono::{DateTime, Utc};

use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, RecordedEntry};
use crate::domain::accounts::role::Scope;
use crate::domain::applicants::paper::{PRINTING, Paper, missing_for};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Language};
use crate::domain::cases::event::Event;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, CaseKey};
use crate::store::accounts::audit::{self, AuditFilter};
use crate::store::engine::events::{self, Subject};
use crate::store::engine::sequences;

/// Entries that are looked at for the last print of each paper.
const MOST_PRINTS: i64 = 500;

/// A print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// Counted from 1 for each paper of a case, and for each cash-up sheet.
    pub number: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// The language that it was printed in; none of what was recorded before that was kept.
    pub language: Option<Language>,
    /// The SHA-256 of what stood on it.
    pub sha256: String,
}

/// What the papers of a case are made of.
pub struct PaperData {
    /// The case.
    pub at: CaseAt,
    /// Its events, oldest first.
    pub events: Vec<Recorded<Event>>,
    /// The last print of each paper that was printed.
    pub prints: Vec<(Paper, Print)>,
}

impl PaperData {
    /// The last print of a paper.
    pub fn last_print(&self, paper: Paper) -> Option<&Print> {
        self.prints.iter().find(|(of, _)| *of == paper).map(|(_, print)| print)
    }
}

impl Service {
    /// Refuses whoever may print no papers.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn may_print(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require(Scope::CasesRead)?;
        caller.require_staff()?;
        if caller.actor.has_any(PRINTING) { Ok(()) } else { Err(ServiceError::NotPermitted("print")) }
    }

    /// What the papers of a case are made of that the caller sees.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] also where it may not be seen.
    pub async fn papers(&self, caller: &Caller, key: CaseKey) -> Result<PaperData, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let (service, caller) = (self.clone(), caller.clone());
        let read = self.db.read_long("papers", move |tx| {
            let at = service.load_visible(tx, &caller, &key)?;
            let events = events::list(tx, Subject::Case(at.case.id), i64::MAX)?;
            let filter = AuditFilter {
                kinds: vec![AuditKind::PaperPrinted],
                subjects: vec![at.case.id.to_string()],
                ..AuditFilter::default()
            };
            let mut prints: Vec<(Paper, Print)> = Vec::new();
            for entry in audit::list(tx, &filter, None, MOST_PRINTS)? {
                let paper = entry.details.get("document").and_then(|code| Paper::from_code(code));
                let (Some(paper), Some(print)) = (paper, Print::entered(entry)) else { continue };
                if prints.iter().all(|(known, _)| *known != paper) {
                    prints.push((paper, print));
                }
            }
            Ok(PaperData { at, events, prints })
        });
        read.await
    }

    /// Refuses a paper that a case doesn't offer now.
    ///
    /// # Errors
    /// Why, in words.
    pub fn offers_paper(&self, data: &PaperData, paper: Paper) -> Result<(), ServiceError> {
        let definition = self.definition(&data.at.case)?;
        match missing_for(paper, definition, &data.at.case, &data.events) {
            None => Ok(()),
            Some(words) => Err(ServiceError::Invalid(vec![Fault::new("/document", "not_offered", words)])),
        }
    }

    /// Records that papers are printed in one job: in which language, and each with the SHA-256 of what stands on it. All or none.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`]; [`ServiceError::NotFound`].
    pub async fn record_prints(
        &self,
        caller: &Caller,
        key: CaseKey,
        language: Language,
        printed: Vec<(Paper, String)>,
    ) -> Result<(), ServiceError> {
        self.may_print(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let write = self.db.write("record_prints", move |tx| {
            let (case, _) = service.visible(tx, &caller, &key)?;
            let opened = service.hall.hours.local_date(case.opened_at);
            for (paper, sha256) in &printed {
                let sequence = format!("print:{}", paper.code());
                let number = sequences::next_of(tx, &sequence, opened, &case.acceptance_number)?;
                let entry = AuditEntry::new(AuditKind::PaperPrinted, service.now(), caller.audit_actor())
                    .about(AuditSubject::case(case.id))
                    .with("acceptance_number", case.acceptance_number.as_str())
                    .with("document", paper.code());
                audit::append(tx, &printed_in(entry, number, language, sha256))?;
            }
            Ok(())
        });
        write.await
    }
}

/// An entry of a print, with what there is to say of any.
pub(in crate::service) fn printed_in(entry: AuditEntry, number: u32, language: Language, sha256: &str) -> AuditEntry {
    entry.with("print", number.to_string()).with("language", language.tag()).with("sha256", sha256)
}

impl Print {
    /// The print that an entry is of.
    pub(in crate::service) fn entered(entry: RecordedEntry) -> Option<Self> {
        let detail = |name: &str| entry.details.get(name);
        let number = detail("print")?.parse().ok()?;
        let language = detail("language").and_then(|tag| Language::of_tag(tag));
        let sha256 = detail("sha256").cloned().unwrap_or_default();
        Some(Self { number, at: entry.at, by: entry.by.name, language, sha256 })
    }
}
