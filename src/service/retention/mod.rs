//! Erasing persons at the end of their retention.
//!
//! Guarantees: a case or certificate is erased in one transaction, in which it is judged once more: its key destroyed, its searched
//! names gone, an event and an entry of the audit trail written; so there is none that is half erased, and what was broken off is
//! gone on with by the next run. No event is written anew. Memory holds one page, however much is due.

pub mod holds;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject, AuditSubjectKind};
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::event::Event;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry, fold};
use crate::domain::certificates::state::LifeStage;
use crate::domain::progress::Part;
use crate::domain::retention::Due;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::{Book, By};
use crate::service::certificates::register::open_case_on;
use crate::store::accounts::audit;
use crate::store::backups::consistency::amounts;
use crate::store::engine::events::{self, Subject};
use crate::store::evidence::clocks::newest_of_the_hall;
use crate::store::retention as kept;
use crate::store::{Tx, cases, certificates};

/// The action by which timelines name an erasure.
pub const ERASE_ACTION: &str = "erase_persons";

/// Cases or certificates that are looked at together.
const AT_A_TIME: i64 = 100;

/// Whose persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A case's.
    Case(Uuid),
    /// A certificate's.
    Certificate(Uuid),
}

/// A case or certificate whose term is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasable {
    /// Which.
    pub whose: Whose,
    /// Its acceptance number or serial.
    pub number: String,
    /// Name of the organization.
    pub organization: String,
    /// Since when it is due, and why.
    pub due: Due,
    /// The reasons of the holds that keep it all the same; none: it is erased.
    pub held_by: Vec<String>,
}

/// Some of what is due, and where the next look begins; none: this was the last.
#[derive(Debug)]
pub struct ErasablePage {
    /// What was found; none doesn't mean that nothing follows.
    pub found: Vec<Erasable>,
    /// What can't be read, by acceptance number or serial, and why: whether it is due isn't known.
    pub unread: Vec<Unread>,
    /// After which case or certificate to go on.
    pub next: Option<Whose>,
}

/// A hall that works records something every day; after so long without, the clock may be years ahead.
pub(in crate::service) const SILENCE: TimeDelta = TimeDelta::days(30);

impl Service {
    /// Since when nothing was recorded in the hall, where that is so long ago by the clock that the clock may be wrong.
    ///
    /// # Errors
    /// The database's.
    pub async fn silent_since(&self) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let newest = self.db.read_long("newest_of_the_hall", |tx| Ok::<_, ServiceError>(newest_of_the_hall(tx)?));
        let now = self.now();
        Ok(newest.await?.filter(|newest| now - *newest > SILENCE))
    }

    /// Looks at the next cases, and then certificates, for those whose term is over.
    ///
    /// # Errors
    /// The database's, or a case that can't be read.
    pub async fn erasable(&self, after: Option<Whose>) -> Result<ErasablePage, ServiceError> {
        if after.is_none() {
            let there = self.db.read_long("amounts", |tx| Ok::<_, ServiceError>(amounts(tx)?)).await?;
            self.db.progress().begin(Part::of("cases and certificates looked at", there.keys));
        } else {
            self.db.progress().done(AT_A_TIME.unsigned_abs())?;
        }
        let service = self.clone();
        self.db.read_long("erasable", move |tx| service.erasable_in(tx, after)).await
    }

    fn erasable_in(&self, tx: &mut Tx<'_>, after: Option<Whose>) -> Result<ErasablePage, ServiceError> {
        let case = match after {
            Some(Whose::Certificate(id)) => return self.certificates_in(tx, Some(id)),
            Some(Whose::Case(id)) => Some(id),
            None => None,
        };
        let ids = kept::kept_cases(tx, self.ended_before(), case, AT_A_TIME)?;
        let Some(last) = ids.last() else { return self.certificates_in(tx, None) };
        let next = Some(Whose::Case(*last));
        let (found, unread) = each_or_all(tx, &ids, Whose::Case, |tx, ids| self.erasable_cases(tx, ids))?;
        Ok(ErasablePage { found, unread, next })
    }

    fn certificates_in(&self, tx: &mut Tx<'_>, after: Option<Uuid>) -> Result<ErasablePage, ServiceError> {
        let ids = kept::kept_certificates(tx, after, AT_A_TIME)?;
        let next = ids.last().map(|id| Whose::Certificate(*id));
        let (found, unread) = each_or_all(tx, &ids, Whose::Certificate, |tx, ids| self.erasable_certificates(tx, ids))?;
        Ok(ErasablePage { found, unread, next })
    }

    fn erasable_cases(&self, tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Erasable>, ServiceError> {
        let (mut found, touched) = (Vec::new(), touched_by(tx, ids)?);
        for case in cases::load_several(tx, ids)? {
            found.extend(self.erasable_case(tx, &case, touched.get(&case.id))?);
        }
        Ok(found)
    }

    fn erasable_certificates(&self, tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Erasable>, ServiceError> {
        let mut found = Vec::new();
        let mut registered: BTreeMap<Uuid, Certificate> = by_id(certificates::load_by_ids(tx, ids)?);
        for id in ids {
            if let Some((certificate, rejected_at)) = registered_or_rejected(tx, *id, registered.remove(id))? {
                found.extend(self.erasable_certificate(tx, &certificate, rejected_at)?);
            }
        }
        Ok(found)
    }

    /// Before which instant everything ended that can be due: no term is shorter than a year.
    fn ended_before(&self) -> DateTime<Utc> {
        self.now().checked_sub_days(Days::new(365)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// A case whose term is over, where it is; with the certificates that it touched.
    fn erasable_case(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        touched: Option<&Touched>,
    ) -> Result<Option<Erasable>, ServiceError> {
        let touched: Vec<&Option<Certificate>> = touched.into_iter().flatten().collect();
        // One that isn't in the register has no end that is known.
        let ends: Vec<_> =
            touched.iter().map(|certificate| certificate.as_ref().and_then(Certificate::ends_at)).collect();
        let due = self.hall.retention.due_for_erasure_on(&self.hall.hours, case.closed_at, &ends);
        let Some(due) = due.filter(|due| case.erased_at.is_none() && due.on <= self.today()) else { return Ok(None) };
        for certificate in touched.into_iter().flatten() {
            if is_worked_on(tx, certificate)? {
                return Ok(None);
            }
        }
        Ok(Some(Erasable {
            whose: Whose::Case(case.id),
            number: case.acceptance_number.clone(),
            organization: case.application.organization.name.clone(),
            due,
            held_by: standing(case),
        }))
    }

    /// A certificate whose term is over, where it is. One that was rejected hangs on nothing that the law keeps longer.
    fn erasable_certificate(
        &self,
        tx: &mut Tx<'_>,
        certificate: &Certificate,
        rejected_at: Option<DateTime<Utc>>,
    ) -> Result<Option<Erasable>, ServiceError> {
        let end = certificate.ends_at();
        let ends: &[Option<DateTime<Utc>>] = if rejected_at.is_some() { &[] } else { &[end] };
        let due = self.hall.retention.due_for_erasure_on(&self.hall.hours, rejected_at.or(end), ends);
        let Some(due) = due.filter(|due| certificate.erased_at.is_none() && due.on <= self.today()) else {
            return Ok(None);
        };
        if is_worked_on(tx, certificate)? {
            return Ok(None);
        }
        let history: Vec<Recorded<RegisterEntry>> = events::list(tx, Subject::Certificate(certificate.id), i64::MAX)?;
        let by: BTreeSet<Uuid> = history.iter().filter_map(|recorded| recorded.event.case_id).collect();
        let by: Vec<Uuid> = by.into_iter().collect();
        Ok(Some(Erasable {
            whose: Whose::Certificate(certificate.id),
            number: certificate.serial.clone(),
            organization: certificate.organization_name.clone(),
            due,
            held_by: cases::load_several(tx, &by)?.iter().flat_map(standing).collect(),
        }))
    }

    /// Erases the persons of a case or certificate, if their term is over still and nothing holds them; answers whether it did.
    ///
    /// # Errors
    /// The database's. Then nothing of it was erased.
    pub async fn erase(&self, caller: &Caller, whose: Whose) -> Result<bool, ServiceError> {
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .write("erase", move |tx| match whose {
                Whose::Case(id) => service.erase_case(tx, &caller, id),
                Whose::Certificate(id) => service.erase_certificate(tx, &caller, id),
            })
            .await
    }

    fn erase_case(&self, tx: &mut Tx<'_>, caller: &Caller, id: Uuid) -> Result<bool, ServiceError> {
        let (calendar, now) = (self.calendar_for_dates(tx)?, self.now());
        let Some(case) = cases::load(tx, id)? else { return Ok(false) };
        let touched = touched_by(tx, &[id])?;
        let erasable = self.erasable_case(tx, &case, touched.get(&id))?;
        let Some(Erasable { due, number, .. }) = erasable.filter(|found| found.held_by.is_empty()) else {
            return Ok(false);
        };
        // Whoever else erases it waits here.
        if !kept::destroy_key(tx, Subject::Case(id), now)? {
            return Ok(false);
        }
        let event = Event::PersonsErased { due, separate_agent: case.application.has_separate_agent() };
        let recorded = self.recorded(caller, now, ERASE_ACTION, case.version + 1, event);
        let after = evolve(case.clone(), &recorded);
        let definition = self.definition(&after)?;
        cases::save(tx, &after, case.version, self.due(definition, &after, &calendar, now))?;
        cases::rename(tx, id, &case.application, &after.application)?;
        events::append(tx, Subject::Case(id), &[recorded])?;
        let entry = erased(caller, now, due).about(AuditSubject::case(id)).with("acceptance_number", number);
        audit::append(tx, &entry)?;
        Ok(true)
    }

    fn erase_certificate(&self, tx: &mut Tx<'_>, caller: &Caller, id: Uuid) -> Result<bool, ServiceError> {
        let now = self.now();
        let registered = certificates::load_by_id(tx, id)?;
        let Some((certificate, rejected_at)) = registered_or_rejected(tx, id, registered)? else { return Ok(false) };
        let erasable = self.erasable_certificate(tx, &certificate, rejected_at)?;
        let Some(Erasable { due, number, .. }) = erasable.filter(|found| found.held_by.is_empty()) else {
            return Ok(false);
        };
        if !kept::destroy_key(tx, Subject::Certificate(id), now)? {
            return Ok(false);
        }
        let by = By::caller(caller, ERASE_ACTION, now);
        if rejected_at.is_some() {
            let recorded = by.record(certificate.version + 1, CertificateEvent::PersonsErased);
            events::append(tx, Subject::Certificate(id), &[recorded])?;
        } else {
            let mut book = Book::at(self.reader(caller), Some(certificate));
            book.change(tx, &number, by, Certificate::erase_persons)?;
            book.close(tx)?;
        }
        let about = AuditSubject::new(AuditSubjectKind::Certificate, id.to_string());
        audit::append(tx, &erased(caller, now, due).about(about).with("serial", number))?;
        Ok(true)
    }

    /// Lets the database go of what was erased, after a run; `false` where something still reads it.
    ///
    /// # Errors
    /// The database's.
    pub async fn let_go_of_erased(&self) -> Result<bool, ServiceError> {
        Ok(self.db.let_go().await?)
    }

    /// Backups that were made until the last erasure hold what was erased until this day; none: there are no such backups any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn backups_hold_until(&self) -> Result<Option<NaiveDate>, ServiceError> {
        let days = Days::new(u64::from(self.hall.retention.backups_kept_days));
        let read = |tx: &mut Tx<'_>| Ok::<_, ServiceError>(audit::newest(tx, AuditKind::PersonsErased)?);
        let last = self.db.read("last_erasure", read).await?.map(|entry| self.hall.hours.local_date(entry.at));
        let until = last.map(|day| day.checked_add_days(days).unwrap_or(NaiveDate::MAX));
        Ok(until.filter(|until| *until >= self.today()))
    }
}

/// What can't be read: whose, by which number it is known, and why.
pub type Unread = (Whose, String, ServiceError);

/// Looks at some together, and where one of them can't be read, at each alone.
fn each_or_all(
    tx: &mut Tx<'_>,
    ids: &[Uuid],
    whose: fn(Uuid) -> Whose,
    look: impl Fn(&mut Tx<'_>, &[Uuid]) -> Result<Vec<Erasable>, ServiceError>,
) -> Result<(Vec<Erasable>, Vec<Unread>), ServiceError> {
    match look(tx, ids) {
        Err(error) if error.is_unreadable() => {}
        looked => return Ok((looked?, Vec::new())),
    }
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for id in ids {
        match look(tx, &[*id]) {
            Err(error) if error.is_unreadable() => {
                let number = match whose(*id) {
                    Whose::Case(id) => kept::number_of_case(tx, id)?,
                    Whose::Certificate(id) => kept::serial_of(tx, id)?,
                };
                unread.push((whose(*id), number.unwrap_or_else(|| id.to_string()), error));
            }
            looked => found.extend(looked?),
        }
    }
    Ok((found, unread))
}

fn erased(caller: &Caller, now: DateTime<Utc>, due: Due) -> AuditEntry {
    let entry = AuditEntry::new(AuditKind::PersonsErased, now, caller.audit_actor());
    entry.with("due_on", due.on.to_string()).with("ground", due.ground.code())
}

/// The reasons of the holds that stand on a case.
fn standing(case: &Case) -> Vec<String> {
    case.holds.iter().filter(|hold| hold.stands()).map(|hold| hold.reason.clone()).collect()
}

/// Whether somebody works on a certificate now: an open case acts on it or names it, or a correction waits.
fn is_worked_on(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<bool, ServiceError> {
    Ok(certificate.correction.is_some() || open_case_on(tx, &certificate.serial)?.is_some())
}

/// The certificates that a case touched; none in the place of one that isn't in the register.
type Touched = Vec<Option<Certificate>>;

fn touched_by(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Touched>, ServiceError> {
    let touched = kept::certificates_of(tx, ids)?;
    let all: BTreeSet<Uuid> = touched.values().flatten().copied().collect();
    let all: Vec<Uuid> = all.into_iter().collect();
    let found = by_id(certificates::load_by_ids(tx, &all)?);
    let with = |ids: BTreeSet<Uuid>| ids.iter().map(|id| found.get(id).cloned()).collect();
    Ok(touched.into_iter().map(|(case, ids)| (case, with(ids))).collect())
}

fn by_id(certificates: Vec<Certificate>) -> BTreeMap<Uuid, Certificate> {
    certificates.into_iter().map(|certificate| (certificate.id, certificate)).collect()
}

/// A certificate, and when it was rejected, where it was.
type Judged = (Certificate, Option<DateTime<Utc>>);

/// A certificate of the register, or one that left it again since it was rejected.
fn registered_or_rejected(
    tx: &mut Tx<'_>,
    id: Uuid,
    registered: Option<Certificate>,
) -> Result<Option<Judged>, ServiceError> {
    if let Some(certificate) = registered {
        return Ok(Some((certificate, None)));
    }
    let history: Vec<Recorded<RegisterEntry>> = events::list(tx, Subject::Certificate(id), i64::MAX)?;
    let certificate = fold(id, &history).filter(|certificate| certificate.stage == LifeStage::Rejected);
    Ok(certificate.zip(history.last()).map(|(certificate, last)| (certificate, Some(last.at))))
}
