//! Opening and reading cases; actions are in `actions`.
//!
//! Guarantees: an answer is given only after the commit; a repeated request with the same idempotency key changes nothing
//! and gets the same answer; of two callers at the same instant exactly one wins.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::accounts::actor::HALL_ID;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::OPENING;
use crate::domain::cases::case::{Case, fold};
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::reckoning::CalendarInForce;
use crate::domain::cases::decide;
use crate::domain::cases::event::Event;
use crate::domain::cases::held::suspended_at_once;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::authorization::as_of;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::reports::facts;
use crate::service::base::hourly::{HOUR, seconds_until_next};
use crate::service::base::idempotency::Answered;
use crate::store::calendar::years::for_dates;
use crate::store::engine::events::{self, Subject};
use crate::store::engine::sequences;
use crate::store::{Beginning, StoreError, Tx, cases, certificates};

pub use crate::store::cases::{CaseCursor, CaseFilter, CaseListing, CaseOrder, CasePage, CaseSummary};

use super::details::without_notes;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::certificates::register;

/// How a case is named in a request: by its id or by the digits of its acceptance number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseKey {
    /// Its id.
    Id(Uuid),
    /// Its acceptance number.
    Number(AcceptanceNumber),
}

/// A case as it was at an instant: what an answer is made of.
#[derive(Debug, Clone)]
pub struct CaseAt {
    /// The case.
    pub case: Case,
    /// The certificate it works on, as the register has it.
    pub held: Option<Certificate>,
    /// The instant.
    pub now: chrono::DateTime<chrono::Utc>,
    /// The calendar that its dates are counted by: where they stand, the one that they stood by.
    pub calendar: Arc<CalendarInForce>,
}

/// What a case must look like for an action to be taken on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it looks like now.
    Any,
    /// This version of the case.
    Case(i64),
    /// This version of one sheet of its checklist.
    Sheet(String, i64),
    /// Sheets that nobody changed since a version of the case: those of others don't matter.
    Rows {
        /// Their codes.
        rows: Vec<String>,
        /// The version of the case that was seen.
        seen: i64,
    },
}

impl Answered for CaseAt {
    fn done(&self) -> (Subject, i64) {
        (Subject::Case(self.case.id), self.case.version)
    }

    fn again(
        service: &Service,
        tx: &mut Tx<'_>,
        caller: &Caller,
        subject: Subject,
        version: i64,
    ) -> Result<Option<Self>, ServiceError> {
        let Subject::Case(id) = subject else { return Ok(None) };
        // Whoever asks again may have come to another outlet since.
        service.visible(tx, caller, &CaseKey::Id(id))?;
        let Some(case) = fold(id, &events::list(tx, subject, version)?) else { return Ok(None) };
        let now = case.updated_at;
        let held = match service.held(tx, &case)? {
            Some(held) => as_of(held.id, &events::list(tx, Subject::Certificate(held.id), i64::MAX)?, now),
            None => None,
        };
        let calendar = service.calendar_of_case(tx, &case)?;
        Ok(Some(Self { case, held, now, calendar }))
    }
}

impl Service {
    /// Opens a case.
    ///
    /// # Errors
    /// Every fault of the application, or what stands in its way.
    pub async fn open_case(
        &self,
        caller: &Caller,
        draft: ApplicationDraft,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        caller.require(Scope::CasesOpen)?;
        let (service, caller) = (self.clone(), caller.clone());
        let beginning =
            Beginning { number_of: Some(self.hall.hours.local_date(self.now())), edition: true, ..for_dates() };
        let opened = self
            .db
            .write_with("open_case", beginning, move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| service.open_in(tx, &caller, &draft))
            })
            .await?;
        self.remember_calendar(&opened.calendar);
        Ok(opened)
    }

    fn open_in(&self, tx: &mut Tx<'_>, caller: &Caller, draft: &ApplicationDraft) -> Result<CaseAt, ServiceError> {
        let definition = self.opening(&draft.case_type)?;
        let now = self.now();
        self.within_opening_limit(tx, caller, now)?;
        let held = match draft.certificate_serial.as_deref().and_then(crate::domain::base::text::serial) {
            Some(serial) => certificates::load(tx, &serial)?,
            None => None,
        };
        let calendar = self.calendar_for_dates(tx)?;
        let context = self.context(caller, now, &calendar, held.as_ref());
        let application = match decide::application(definition, draft, &context) {
            Ok(application) => application,
            Err(refusals) => return Err(self.with_free_alternatives(tx, caller, refusals)?.into()),
        };
        if suspended_at_once(&application, held.as_ref(), &caller.actor, now).is_some() {
            caller.require(Scope::CertificatesReport)?;
            self.within_report_limit(tx, caller, now)?;
        }
        let id = Uuid::now_v7();
        register::claim(tx, self.reader(caller), definition, &application, id, now)?;
        let day = now.with_timezone(&self.hall.hours.zone).date_naive();
        let number = AcceptanceNumber::new(day, sequences::next(tx, day)?);
        let client_id = caller.client_id().map(str::to_owned);
        let events = decide::open(definition, application, number.as_str().to_owned(), client_id, &context)?;
        let record = |(sequence, event)| self.recorded(caller, now, OPENING, sequence, event);
        let opened: Vec<Recorded<Event>> = (1..).zip(events).map(record).collect();
        let case = fold(id, &opened).ok_or_else(|| ServiceError::Internal("a case without an opening".to_owned()))?;
        let reached = facts::facts_of(definition, None, &opened, &case, context.reckoning());
        let due = self.due(definition, &case, &calendar, now);
        if held.is_none() {
            cases::open(tx, &case, due, &opened, &reached)?;
            register::apply(tx, self.reader(caller), definition, &case, &opened, None, now)?;
        } else {
            // What happens to the certificate is told before the case.
            cases::insert(tx, &case, due)?;
            register::apply(tx, self.reader(caller), definition, &case, &opened, held.clone(), now)?;
            events::append(tx, Subject::Case(id), &opened)?;
            crate::store::reports::facts::append(tx, id, &reached)?;
        }
        let held = self.held(tx, &case)?;
        Ok(CaseAt { case, held, now, calendar })
    }

    /// Refuses whoever has opened as many cases within the hour as they may: an open case keeps its organization from opening another one, so neither a system
    /// nor an account that was taken over must hold them all up. Requests that come at the same moment on PostgreSQL may go a few beyond it. The hall
    /// itself may always.
    fn within_opening_limit(&self, tx: &mut Tx<'_>, caller: &Caller, now: DateTime<Utc>) -> Result<(), ServiceError> {
        let (opener, limits) = (caller.actor.id.as_str(), self.hall.openings);
        let most = match caller.client_id() {
            Some(_) => limits.per_system,
            None if opener == HALL_ID => return Ok(()),
            None => limits.per_account,
        };
        let wait = seconds_until_next(cases::nth_newest_opening(tx, opener, now - HOUR, most)?, now);
        wait.map_or(Ok(()), |retry_after_seconds| {
            let until = now + TimeDelta::seconds(retry_after_seconds);
            Err(ServiceError::TooManyOpenings { until, retry_after_seconds })
        })
    }

    /// Refusals of which the alternatives would be accepted now: an open case may stand in the way of some.
    fn with_free_alternatives(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        mut refusals: Vec<Refusal>,
    ) -> Result<Vec<Refusal>, ServiceError> {
        for refusal in &mut refusals {
            if let Refusal::HeldCertificateExpired { serial, offers } = refusal {
                *offers = register::not_busy(tx, self.reader(caller), serial, std::mem::take(offers))?;
            }
        }
        Ok(refusals)
    }

    /// Refuses whoever may open no case at all, before anything is asked of them.
    ///
    /// # Errors
    /// The scope or the roles that are missing.
    pub fn may_open(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require(Scope::CasesOpen)?;
        let mut roles: Vec<Role> = self.catalog().current().flat_map(|known| known.opened_by.clone()).collect();
        roles.sort_unstable();
        roles.dedup();
        caller.require_role(&roles)
    }

    /// The case types of which the caller may open a case.
    pub fn opened_by(&self, caller: &Caller) -> impl Iterator<Item = &CaseType> {
        self.catalog().current().filter(|case_type| caller.actor.has_any(&case_type.opened_by))
    }

    /// A case that the caller may see.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] also where it may not be seen.
    pub async fn case(&self, caller: &Caller, key: CaseKey) -> Result<CaseAt, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let (service, caller) = (self.clone(), caller.clone());
        // Short statements without a snapshot: what changed in between is shown newer, and `If-Match` tells.
        let found = self.db.read("case", move |tx| service.load_visible(tx, &caller, &key)).await?;
        self.remember_calendar(&found.calendar);
        Ok(found)
    }

    /// The timeline of a case, oldest first.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] also where it may not be seen.
    pub async fn timeline(&self, caller: &Caller, key: CaseKey) -> Result<(Case, Vec<Recorded<Event>>), ServiceError> {
        caller.require(Scope::CasesRead)?;
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .read_long("timeline", move |tx| {
                let (case, _) = service.visible(tx, &caller, &key)?;
                let events = events::list(tx, Subject::Case(case.id), i64::MAX)?;
                Ok((case, events))
            })
            .await
    }

    /// At most so many events of a case after a sequence, oldest first.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] also where it may not be seen.
    pub async fn timeline_page(
        &self,
        caller: &Caller,
        key: CaseKey,
        after: i64,
        most: i64,
    ) -> Result<Vec<Recorded<Event>>, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let (service, caller) = (self.clone(), caller.clone());
        let read = self.db.read_long("timeline_page", move |tx| {
            let (case, _) = service.visible(tx, &caller, &key)?;
            let mut found = events::page(tx, Subject::Case(case.id), after, most)?;
            if let Some(client_id) = caller.client_id() {
                without_notes(&mut found, service.definition(&case)?.workflow, client_id);
            }
            Ok::<_, ServiceError>(found)
        });
        read.await
    }

    /// A page of the cases that the caller may see.
    ///
    /// # Errors
    /// A filter for what the caller may not see is no error: the page is empty.
    pub async fn list_cases(
        &self,
        caller: &Caller,
        filter: CaseFilter,
        page: CasePage,
    ) -> Result<CaseListing, ServiceError> {
        caller.require(Scope::CasesRead)?;
        let Some(filter) = filter.within(caller.reach()) else { return Ok(CaseListing::default()) };
        let service = self.clone();
        let read = self.db.read_long("list_cases", move |tx| {
            // What explains the dates must be what they were counted by.
            let calendar = service.calendar_now(tx)?;
            Ok::<_, ServiceError>((cases::list(tx, &filter, &page)?, calendar))
        });
        let (listing, calendar) = read.await?;
        self.remember_calendar(&calendar);
        Ok(listing)
    }

    pub(in crate::service) fn load_visible(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
    ) -> Result<CaseAt, ServiceError> {
        let (case, held) = self.visible(tx, caller, key)?;
        let calendar = self.calendar_of_case(tx, &case)?;
        Ok(CaseAt { case, held, now: self.now(), calendar })
    }

    /// A case that the caller may see, with the certificate that it works on.
    pub(in crate::service) fn visible(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        key: &CaseKey,
    ) -> Result<(Case, Option<Certificate>), ServiceError> {
        let case = match key {
            CaseKey::Id(id) => cases::load(tx, *id)?,
            CaseKey::Number(number) => cases::load_by_number(tx, number.as_str())?,
        };
        let case = case.filter(|case| caller.sees(case)).ok_or(ServiceError::NotFound)?;
        let held = self.held(tx, &case)?;
        Ok((case, held))
    }

    pub(in crate::service) fn held(&self, tx: &mut Tx<'_>, case: &Case) -> Result<Option<Certificate>, ServiceError> {
        match &case.application.certificate_serial {
            Some(serial) => Ok(certificates::load(tx, serial)?),
            None => Ok(None),
        }
    }

    pub(in crate::service) fn recorded(
        &self,
        caller: &Caller,
        at: chrono::DateTime<chrono::Utc>,
        action: &str,
        sequence: i64,
        event: Event,
    ) -> Recorded<Event> {
        let (actor_id, actor_name) = (caller.actor.id.clone(), caller.actor.name.clone());
        Recorded { sequence, at, actor_id, actor_name, action: action.to_owned(), event }
    }

    pub(in crate::service) fn context<'a>(
        &'a self,
        caller: &'a Caller,
        now: chrono::DateTime<chrono::Utc>,
        calendar: &'a CalendarInForce,
        held: Option<&'a Certificate>,
    ) -> Context<'a> {
        Context {
            now,
            actor: &caller.actor,
            hall: &self.hall,
            catalog: self.catalog(),
            calendar,
            held,
            fresh_id: Uuid::now_v7(),
        }
    }

    /// The rules a case runs on.
    ///
    /// # Errors
    /// Another instance brought its edition, and this one will know it in a moment.
    pub fn definition(&self, case: &Case) -> Result<Definition<'_>, ServiceError> {
        let Pinned { code, edition } = &case.case_type;
        let missing = || {
            StoreError::Unavailable(format!("edition {edition} of {code} isn't known here yet; try again in a moment"))
        };
        self.catalog().of(&case.case_type, &case.workflow).ok_or_else(|| missing().into())
    }

    /// Who reads what is refused.
    pub(in crate::service) fn reader<'a>(&'a self, caller: &'a Caller) -> register::Reader<'a> {
        register::Reader::new(self.catalog(), caller)
    }

    fn opening(&self, case_type: &str) -> Result<Definition<'_>, ServiceError> {
        let known: Vec<&str> = self.catalog().current().map(|known| known.code.as_str()).collect();
        self.catalog().opening(case_type).ok_or_else(|| ServiceError::Invalid(vec![unknown_case_type(&known)]))
    }
}

pub(in crate::service) fn unknown_case_type(known: &[&str]) -> Fault {
    let (zh, en) = (known.join("、"), known.join(", "));
    let words = Words::new(format!("没有该事项；可选：{zh}"), format!("no such case type; known: {en}"));
    Fault::new("/case_type", "not_one_of", words)
}
