//! Events in the order of their numbers, for those who follow along, and the [`webhooks`] to which they are delivered ([`queue`]).
//!
//! Guarantee: what a page goes up to is settled: nothing with a smaller number becomes visible afterwards, however many write at once.

mod named;
pub mod queue;
mod tables;
pub mod webhooks;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use uuid::Uuid;

use self::named::{Cases, Serials};
use crate::domain::accounts::actor::Reach;
use crate::domain::cases::event::Event;
use crate::domain::certificates::event::RegisterEntry;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, events};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;
use crate::store::engine::vault::Place;
use crate::store::evidence::settled::{self, Taken};

/// Kind of the case's event that stands in the certificate's record as well.
const OF_A_CERTIFICATE: &str = "certificate";

/// The most numbers that one page looks through: those who see little of a large hall get an empty page and go on.
pub const SPAN: i64 = 20_000;

/// How far the numbers are settled, as far as this program has seen.
#[derive(Debug, Default)]
pub struct Horizon(Mutex<Seen>);

#[derive(Debug, Default, Clone)]
struct Seen {
    settled: i64,
    /// Numbers that were taken while others wrote: settled once these have ended.
    waiting: Option<Taken>,
}

/// How far the numbers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The number up to which everything is there.
    pub settled: i64,
    /// The largest that anybody has taken.
    pub taken: i64,
}

impl Horizon {
    /// How far it goes now. To be asked before the rows are read, in a statement of its own.
    ///
    /// # Errors
    /// The database's.
    pub fn reached(&self, tx: &mut Tx<'_>) -> Result<Reached, StoreError> {
        let Seen { mut settled, waiting } = self.seen().clone();
        let ended = match &waiting {
            Some(taken) if settled::is_settled(tx, taken)? => {
                settled = settled.max(taken.numbers.event);
                true
            }
            waiting => waiting.is_none(),
        };
        let now = settled::taken(tx)?;
        let (taken, is_quiet) = (now.numbers.event, settled::is_settled(tx, &now)?);
        let mut seen = self.seen();
        seen.settled = seen.settled.max(settled);
        if is_quiet {
            *seen = Seen { settled: seen.settled.max(taken), waiting: None };
        } else if ended {
            seen.waiting = Some(now);
        }
        Ok(Reached { settled: seen.settled, taken })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which events are asked for, of those within somebody's reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Only what comes after this number.
    pub after: i64,
    /// And not beyond this one.
    pub until: i64,
    /// Whether they read cases.
    pub cases: bool,
    /// Whether they read certificates: then what a case does to one is told once, with the certificate; if not, they hear of it by the
    /// case.
    pub certificates: bool,
    /// Stored kinds of cases' events and of certificates'; none: all.
    pub kinds: Option<Kinds>,
    /// Only what happened to this.
    pub subject: Option<Subject>,
    /// At most so many.
    pub limit: i64,
}

/// Kinds of events, as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Of a case itself.
    pub case: Vec<&'static str>,
    /// Of a certificate.
    pub certificate: Vec<&'static str>,
}

/// What happened, with what.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// To a case.
    Case(Box<Event>),
    /// To a certificate.
    Certificate(Box<RegisterEntry>),
}

/// The case that an event is about, or came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfCase {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Code of its case type.
    pub case_type: String,
    /// Code of the outlet that it was at then; of a move, the one that it came to.
    pub outlet: String,
    /// The system that opened it.
    pub client_id: Option<String>,
}

/// An event with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct FedEvent {
    /// Its place in the order of all events.
    pub number: i64,
    /// What it is about.
    pub subject: Subject,
    /// Its number among those of that: the version that it made.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Code of the action that it came by.
    pub action: String,
    /// What happened.
    pub happened: Happened,
    /// The case that it is about, or came by.
    pub case: Option<OfCase>,
    /// Id of the certificate that it happened to, and its serial then.
    pub certificate: Option<(Uuid, String)>,
}

type Row = (i64, String, String, i64, chrono::NaiveDateTime, String, String);

/// A page, in the order of the numbers.
///
/// # Errors
/// The database's, or an event that can't be read.
pub fn page(tx: &mut Tx<'_>, reach: Reach<'_>, asked: &Asked) -> Result<Vec<FedEvent>, StoreError> {
    let rows = rows(tx, reach, asked)?;
    let (mut of_cases, mut of_certificates) = (Vec::new(), Vec::new());
    for (number, subject_kind, subject_id, sequence, at, action, data) in rows {
        let subject = Subject::from_key(&subject_kind, &subject_id)?;
        let frame = (number, subject, sequence, at.and_utc(), action);
        let text = (Place::event(subject, sequence), data);
        match subject {
            Subject::Certificate(_) => of_certificates.push((frame, text)),
            _ => of_cases.push((frame, text)),
        }
    }
    let mut fed = Vec::with_capacity(of_cases.len() + of_certificates.len());
    let (frames, texts): (Vec<_>, Vec<_>) = of_cases.into_iter().unzip();
    fed.extend(frames.into_iter().zip(tx.read_all(texts)?).map(|(frame, event)| (frame, Happened::Case(event))));
    let (frames, texts): (Vec<_>, Vec<_>) = of_certificates.into_iter().unzip();
    fed.extend(frames.into_iter().zip(tx.read_all(texts)?).map(|(frame, entry)| (frame, Happened::Certificate(entry))));
    fed.sort_unstable_by_key(|((number, ..), _)| *number);

    let of_cases = fed.iter().filter_map(|((_, subject, ..), happened)| case_of(*subject, happened));
    let cases = Cases::of(tx, &texts_of(of_cases))?;
    let of_certificates = fed.iter().filter_map(|((_, subject, ..), _)| match subject {
        Subject::Certificate(id) => Some(*id),
        _ => None,
    });
    let serials = Serials::of(tx, &texts_of(of_certificates))?;
    let event = |((number, subject, sequence, at, action), happened): (Frame, Happened)| {
        let case = case_of(subject, &happened).and_then(|id| cases.after(id, number));
        let certificate = match (subject, &happened) {
            (Subject::Certificate(id), _) => serials.after(id, sequence).map(|serial| (id, serial)),
            (_, Happened::Case(event)) => told_by_case(event),
            _ => None,
        };
        FedEvent { number, subject, sequence, at, action, happened, case, certificate }
    };
    Ok(fed.into_iter().map(event).collect())
}

/// Number, subject, sequence, instant and action of an event.
type Frame = (i64, Subject, i64, DateTime<Utc>, String);

/// The case that it happened to, or came by.
fn case_of(subject: Subject, happened: &Happened) -> Option<Uuid> {
    match (subject, happened) {
        (Subject::Case(id), _) => Some(id),
        (_, Happened::Certificate(entry)) => entry.case_id,
        _ => None,
    }
}

/// The certificate to which a case did something.
fn told_by_case(event: &Event) -> Option<(Uuid, String)> {
    match event {
        Event::Certificate { id, serial, .. } => Some((*id, serial.clone())),
        _ => None,
    }
}

/// A case was at an outlet after an event, or left it by that: so that nobody is told later what happened before a case came to them.
/// What it moved from next, or has now, says where it was.
const AFTER_IT: &str = "EXISTS (SELECT 1 FROM cases c WHERE c.id = events.subject_id AND (COALESCE(
        (SELECT m.place FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL AND m.kind = 'moved'
         AND m.sequence > events.sequence ORDER BY m.sequence LIMIT 1), c.outlet) = ";
const LEFT_BY_IT: &str = " OR EXISTS (SELECT 1 FROM report_facts m WHERE m.case_id = c.id AND m.queue IS NOT NULL
        AND m.kind = 'moved' AND m.sequence = events.sequence AND m.place = ";

fn rows(tx: &mut Tx<'_>, reach: Reach<'_>, asked: &Asked) -> Result<Vec<Row>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let mut query = events::table
            .filter(events::number.gt(asked.after))
            .filter(events::number.le(asked.until))
            .order(events::number)
            .limit(asked.limit)
            .select((
                events::number,
                events::subject_kind,
                events::subject_id,
                events::sequence,
                events::at,
                events::action,
                events::data,
            ))
            .into_boxed();
        query = match reach {
            Reach::Hall => query,
            Reach::Outlet(outlet) => {
                let was_there = sql::<Bool>(AFTER_IT).bind::<Text, _>(outlet).sql(LEFT_BY_IT).bind::<Text, _>(outlet);
                query.filter(events::subject_kind.ne("case").or(was_there.sql(")))")))
            }
            Reach::Client(id) => {
                let own = cases::table.filter(cases::client_id.eq(id)).select(cases::id);
                query.filter(events::subject_kind.ne("case").or(events::subject_id.eq_any(own)))
            }
        };
        if let Some(subject) = asked.subject {
            let (kind, id) = subject.key();
            query = query.filter(events::subject_kind.eq(kind)).filter(events::subject_id.eq(id));
        }
        if !asked.cases {
            query = query.filter(events::subject_kind.ne("case"));
        }
        query = if asked.certificates {
            query.filter(events::subject_kind.ne("case").or(events::kind.ne(OF_A_CERTIFICATE)))
        } else {
            query.filter(events::subject_kind.eq("case"))
        };
        if let Some(kinds) = &asked.kinds {
            let mut of_case = kinds.case.clone();
            if !asked.certificates && !kinds.certificate.is_empty() {
                of_case.push(OF_A_CERTIFICATE);
            }
            let of_case = events::subject_kind.eq("case").and(events::kind.eq_any(of_case));
            let of_certificate =
                events::subject_kind.eq("certificate").and(events::kind.eq_any(kinds.certificate.clone()));
            query = query.filter(of_case.or(of_certificate));
        }
        query.load(connection)
    })?)
}

fn texts_of(ids: impl Iterator<Item = Uuid>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Which of some events happened from one instant to before another.
///
/// # Errors
/// The database's.
pub fn within(
    tx: &mut Tx<'_>,
    numbers: &[i64],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<HashSet<i64>, StoreError> {
    let found: Vec<i64> = on_backend!(tx, |connection| {
        events::table
            .filter(events::number.eq_any(numbers))
            .filter(events::at.ge(from.naive_utc()))
            .filter(events::at.lt(to.naive_utc()))
            .select(events::number)
            .load(connection)
    })?;
    Ok(found.into_iter().collect())
}

/// A number up to which every event is of before an instant, as far as their numbers follow their time. Found by halving, since events
/// are kept in the order of their numbers only.
///
/// # Errors
/// The database's.
pub fn number_before(tx: &mut Tx<'_>, at: DateTime<Utc>, newest: i64) -> Result<i64, StoreError> {
    let (mut before, mut behind) = (0, newest);
    while before < behind {
        let middle = before + (behind - before) / 2;
        let next: Option<(i64, chrono::NaiveDateTime)> = on_backend!(tx, |connection| {
            let next = events::table.filter(events::number.gt(middle)).order(events::number);
            next.select((events::number, events::at)).first(connection).optional()
        })?;
        match next {
            Some((number, then)) if then.and_utc() < at => before = number,
            _ => behind = middle,
        }
    }
    Ok(before.min(newest))
}
