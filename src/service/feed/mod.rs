//! Events for those who follow along, as far as they may see them; [`webhooks`] to which they are sent.

pub mod webhooks;

use crate::domain::accounts::role::Scope;
use crate::domain::feed::event_type::{EventType, Kind};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
pub use crate::store::engine::events::Subject;
use crate::store::feed::{self, Asked, Kinds, Reached, SPAN};
pub use crate::store::feed::{FedEvent, Happened, OfCase};

/// Which part of the feed is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedAsked {
    /// Only what comes after this number; 0: from the beginning.
    pub after: i64,
    /// Only these types; none: all.
    pub types: Vec<EventType>,
    /// Only what happened to this.
    pub subject: Option<Subject>,
    /// At most so many.
    pub limit: i64,
}

/// A part of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// In their order. Whoever sees little may get none, and yet others follow.
    pub events: Vec<FedEvent>,
    /// After which number to go on, also where nothing follows yet.
    pub next: i64,
    /// Whether this is as far as it goes now.
    pub is_end: bool,
}

impl Service {
    /// What happened after a number, in an order in which nothing comes in between later; none where nothing has that number yet: whoever
    /// has it got it before the database was restored, and would miss what gets the numbers until there.
    ///
    /// # Errors
    /// The scope that is missing.
    pub async fn feed(&self, caller: &Caller, asked: FeedAsked) -> Result<Option<FeedPage>, ServiceError> {
        caller.require_events()?;
        let (horizon, seen_by) = (self.horizon.clone(), caller.clone());
        let (cases, certificates) = (caller.may(Scope::CasesRead), caller.may(Scope::CertificatesRead));
        let FeedAsked { after, types, subject, limit } = asked;
        let kinds = (!types.is_empty()).then(|| kinds(&types));
        let page = self.db.read("feed", move |tx| {
            let Reached { settled, taken } = horizon.reached(tx)?;
            if after > taken {
                return Ok::<_, ServiceError>(None);
            }
            let until = settled.min(after.saturating_add(SPAN));
            let asked = Asked { after, until, cases, certificates, kinds: kinds.clone(), subject, limit };
            Ok(Some((feed::page(tx, seen_by.reach(), &asked)?, until, settled)))
        });
        let Some((mut events, until, settled)) = page.await? else { return Ok(None) };
        let is_full = i64::try_from(events.len()).is_ok_and(|found| found >= limit);
        let next = events.last().filter(|_| is_full).map_or(until.max(after), |last| last.number);
        if !types.is_empty() {
            events.retain(|event| types.contains(&event.event_type()));
        }
        withhold_others(&mut events, caller);
        Ok(Some(FeedPage { events, next, is_end: next >= settled }))
    }

    /// One event by its number, where the caller sees it.
    ///
    /// # Errors
    /// The scope that is missing.
    pub(in crate::service) async fn fed_event(
        &self,
        caller: &Caller,
        number: i64,
    ) -> Result<Option<FedEvent>, ServiceError> {
        caller.require_events()?;
        let seen_by = caller.clone();
        let (cases, certificates) = (caller.may(Scope::CasesRead), caller.may(Scope::CertificatesRead));
        let asked =
            Asked { after: number - 1, until: number, cases, certificates, kinds: None, subject: None, limit: 1 };
        let read = move |tx: &mut Tx<'_>| Ok::<_, ServiceError>(feed::page(tx, seen_by.reach(), &asked)?);
        let mut found = self.db.read("fed_event", read).await?;
        withhold_others(&mut found, caller);
        Ok(found.pop())
    }
}

/// By whose case a certificate is as it is, systems learn of their own only, and only where they read cases.
fn withhold_others(events: &mut [FedEvent], caller: &Caller) {
    let (own, reads_cases) = (caller.client_id(), caller.may(Scope::CasesRead));
    let is_own = |event: &FedEvent| {
        own.is_none() || (reads_cases && event.case.as_ref().is_some_and(|case| case.client_id.as_deref() == own))
    };
    events.iter_mut().filter(|event| !is_own(event)).for_each(|event| event.case = None);
}

impl FedEvent {
    /// Its type.
    pub fn event_type(&self) -> EventType {
        match &self.happened {
            Happened::Case(event) => EventType::of_case(event),
            Happened::Certificate(entry) => EventType::of_certificate(&entry.event),
        }
    }
}

/// How types are stored.
fn kinds(types: &[EventType]) -> Kinds {
    let mut kinds = Kinds::default();
    for of in types {
        match of.kind() {
            Kind::OfCertificate(kind) => kinds.certificate.push(kind),
            Kind::OfCase(kind) => kinds.case.push(kind),
        }
    }
    kinds
}
