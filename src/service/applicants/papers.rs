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

/// The last print of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// Of which paper.
    pub paper: Paper,
    /// Counted from 1 for each paper of a case.
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
    pub prints: Vec<Print>,
}

impl PaperData {
    /// The last print of a paper.
    pub fn last_print(&self, paper: Paper) -> Option<&Print> {
        self.prints.iter().find(|print| print.paper == paper)
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
                kind: Some(AuditKind::PaperPrinted),
                subject_id: Some(at.case.id.to_string()),
                ..AuditFilter::default()
            };
            let mut prints: Vec<Print> = Vec::new();
            for print in audit::list(tx, &filter, None, MOST_PRINTS)?.into_iter().filter_map(print_of) {
                if prints.iter().all(|known| known.paper != print.paper) {
                    prints.push(print);
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

    /// Records that a paper is printed, in which language, and with the SHA-256 of what stands on it.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`]; [`ServiceError::NotFound`].
    pub async fn record_print(
        &self,
        caller: &Caller,
        key: CaseKey,
        paper: Paper,
        (language, sha256): (Language, String),
    ) -> Result<(), ServiceError> {
        self.may_print(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let write = self.db.write("record_print", move |tx| {
            let (case, _) = service.visible(tx, &caller, &key)?;
            let opened = service.hall.hours.local_date(case.opened_at);
            let number = sequences::next_of(tx, &format!("print:{}", paper.code()), opened, &case.acceptance_number)?;
            let entry = AuditEntry::new(AuditKind::PaperPrinted, service.now(), caller.audit_actor())
                .about(AuditSubject::case(case.id))
                .with("acceptance_number", case.acceptance_number.as_str())
                .with("document", paper.code())
                .with("print", number.to_string())
                .with("language", language.tag())
                .with("sha256", sha256.as_str());
            Ok(audit::append(tx, &entry)?)
        });
        write.await
    }
}

fn print_of(entry: RecordedEntry) -> Option<Print> {
    let detail = |name: &str| entry.details.get(name);
    let (paper, number) = (Paper::from_code(detail("document")?)?, detail("print")?.parse().ok()?);
    let language = detail("language").and_then(|tag| Language::of_tag(tag));
    let sha256 = detail("sha256").cloned().unwrap_or_default();
    Some(Print { paper, number, at: entry.at, by: entry.by.name, language, sha256 })
}
