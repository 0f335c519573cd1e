//! Changes of the calendar, and of every date that moves with it.
//!
//! Cast: [`Service::import_year`] puts a year in force for an administrator, or says on a dry run what that would move;
//! [`Service::adopt_calendar`] does so with the files at start. Both recompute open cases in one transaction.
//!
//! Guarantees: all or nothing, on both databases and with several instances; a case whose certificate is made or that has
//! ended keeps its dates; a year that is imported again changes nothing, so that a request whose answer was lost can be
//! repeated; nobody overwrites a year that somebody else has changed since.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::{AuditEntry, AuditKind};
use crate::domain::accounts::role::Role;
use crate::domain::base::recorded::Recorded;
use crate::domain::calendar::change::CalendarChange;
use crate::domain::calendar::deadline::Deadlines;
use crate::domain::calendar::faults::CalendarFault;
use crate::domain::calendar::working_days::{Calendar, CalendarYear, Notice};
use crate::domain::cases::case::{Case, evolve};
use crate::domain::cases::deadlines::reckoning::CalendarInForce;
use crate::domain::cases::event::Event;
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::calendar::kept;
use crate::store::accounts::audit;
use crate::store::calendar::years::{self, YearSource};
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, cases};

/// The action by which the timeline of a case names a change of the calendar.
pub const CALENDAR_ACTION: &str = "change_calendar";

/// How many cases are recomputed at a time.
const CHUNK: usize = 500;

/// Which edition of a year the caller has seen and means to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenYear {
    /// The caller doesn't say. Enough where nothing is overwritten.
    Unsaid,
    /// There was none.
    Nothing,
    /// This one.
    Edition(i64),
}

/// Which kinds of days an imported year must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredKinds {
    /// Holidays and make-up working days: a year without either is taken for half a calendar.
    Both,
    /// The caller says that the year is as it should be.
    Any,
}

/// What an import does, or would do.
#[derive(Debug, Clone, Default)]
pub struct ImportOutcome {
    /// The edition of the year after it.
    pub edition: i64,
    /// Whether anything of the year changes.
    pub changed: bool,
    /// The open cases whose dates move or become sure, oldest first.
    pub moves: Vec<Move>,
}

impl ImportOutcome {
    /// How many cases have only dates that are sure after it, and hadn't before.
    pub fn becoming_sure(&self) -> usize {
        let is_sure = |dates: &Deadlines| !dates.ready_from.provisional && !dates.limit.provisional;
        self.moves.iter().filter(|moved| is_sure(&moved.after) && !is_sure(&moved.before)).count()
    }
}

/// A case whose dates move.
#[derive(Debug, Clone)]
pub struct Move {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Its outlet.
    pub outlet: String,
    /// The dates before.
    pub before: Deadlines,
    /// The dates after.
    pub after: Deadlines,
}

/// Years that change, with who changes them and when.
struct Import<'a> {
    change: &'a CalendarChange,
    years: &'a [CalendarYear],
    caller: &'a Caller,
    now: DateTime<Utc>,
}

impl Service {
    /// Refuses whoever may not import a year, before anything is asked of them.
    ///
    /// # Errors
    /// The role that is missing.
    pub fn may_import(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(&[Role::Administrator])
    }

    /// The notices of a year whose days come from a file that can't name them: one that amends stands beside those that
    /// the year has, any other stands alone.
    ///
    /// # Errors
    /// The caller isn't of the staff; the database's.
    pub async fn notices_to_import(
        &self,
        caller: &Caller,
        year: i32,
        given: Notice,
    ) -> Result<Vec<Notice>, ServiceError> {
        let known = if given.amendment { self.calendar_year(caller, year).await? } else { None };
        let mut notices = known.map(|kept| kept.year.notices().to_vec()).unwrap_or_default();
        if !notices.contains(&given) {
            notices.push(given);
        }
        Ok(notices)
    }

    /// Puts a year in force and recomputes every open case; on a dry run it only says what that would move.
    ///
    /// # Errors
    /// The caller isn't an administrator; [`ServiceError::Invalid`] when the year lacks a required kind of days;
    /// [`ServiceError::Stale`] when the year has another edition than the one seen, 0
    /// standing for none; [`ServiceError::VersionMissing`] when a year would be overwritten unseen; the database's.
    pub async fn import_year(
        &self,
        caller: &Caller,
        year: CalendarYear,
        required: RequiredKinds,
        seen: SeenYear,
        dry_run: bool,
    ) -> Result<ImportOutcome, ServiceError> {
        self.may_import(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let importing = move |tx: &mut Tx<'_>| {
            let edition = if dry_run { years::edition(tx)? } else { years::edition_to_change(tx)? };
            let kept = years::years(tx, edition)?.into_iter().find(|kept| kept.year.year() == year.year());
            let current_version = kept.as_ref().map_or(0, |kept| kept.edition);
            if kept.is_some_and(|kept| kept.year == year) {
                return Ok((ImportOutcome { edition: current_version, ..ImportOutcome::default() }, None));
            }
            match seen {
                SeenYear::Unsaid if current_version != 0 && !dry_run => return Err(ServiceError::VersionMissing),
                SeenYear::Nothing if current_version != 0 => return Err(ServiceError::Stale { current_version }),
                SeenYear::Edition(seen) if seen != current_version => {
                    return Err(ServiceError::Stale { current_version });
                }
                _ => {}
            }
            let missing = year.missing_kinds();
            if required == RequiredKinds::Both && !missing.is_empty() {
                return Err(ServiceError::Invalid(missing.iter().map(CalendarFault::in_request).collect()));
            }
            service.change_in(tx, edition, std::slice::from_ref(&year), YearSource::Import, &caller, dry_run)
        };
        if dry_run {
            return Ok(self.db.read_long("import_year_dry_run", importing).await?.0);
        }
        let (outcome, calendar) = self.db.write("import_year", importing).await?;
        calendar.iter().for_each(|calendar| self.remember_calendar(calendar));
        Ok(outcome)
    }

    /// Takes the years of the files into force that the database doesn't know or knows from files only. What an
    /// administrator imported stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn adopt_calendar(&self, files: &Calendar) -> Result<ImportOutcome, ServiceError> {
        let (outcome, _) = self.db.write("adopt_calendar", self.adopting(files, false)).await?;
        self.refresh_calendar().await?;
        Ok(outcome)
    }

    /// What [`Service::adopt_calendar`] would move.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_adopt(&self, files: &Calendar) -> Result<ImportOutcome, ServiceError> {
        Ok(self.db.read_long("would_adopt", self.adopting(files, true)).await?.0)
    }

    fn adopting(
        &self,
        files: &Calendar,
        dry_run: bool,
    ) -> impl Fn(&mut Tx<'_>) -> Result<(ImportOutcome, Option<Arc<CalendarInForce>>), ServiceError> + Send + use<>
    {
        let years: Vec<CalendarYear> = files.years().cloned().collect();
        let service = self.clone();
        move |tx: &mut Tx<'_>| {
            let edition = if dry_run { years::edition(tx)? } else { years::edition_to_change(tx)? };
            let kept = years::years(tx, edition)?;
            let is_new = |year: &&CalendarYear| {
                let known = kept.iter().find(|kept| kept.year.year() == year.year());
                known.is_none_or(|known| known.source == YearSource::Files && known.year != **year)
            };
            let changed: Vec<CalendarYear> = years.iter().filter(is_new).cloned().collect();
            if changed.is_empty() {
                return Ok((ImportOutcome { edition, ..ImportOutcome::default() }, None));
            }
            service.change_in(tx, edition, &changed, YearSource::Files, &Caller::hall(), dry_run)
        }
    }

    fn change_in(
        &self,
        tx: &mut Tx<'_>,
        edition: i64,
        years: &[CalendarYear],
        source: YearSource,
        caller: &Caller,
        dry_run: bool,
    ) -> Result<(ImportOutcome, Option<Arc<CalendarInForce>>), ServiceError> {
        let now = self.now();
        // The dates of a case move, also where its persons can't be read: no case may keep the whole hall from its calendar.
        tx.leave_persons();
        let before = CalendarInForce { edition, calendar: years::calendar(tx, edition)? };
        let change = CalendarChange::new(before, years);
        let after = change.after();
        let mut stored = Vec::new();
        if !dry_run {
            let by = (caller.actor.id.as_str(), caller.actor.name.as_str());
            stored = years::put_in_force(tx, after.edition, years, source, by, now)?;
        }
        let mut outcome = ImportOutcome { edition: after.edition, changed: true, moves: Vec::new() };
        let import = Import { change: &change, years, caller, now };
        if let Some(limit_from) = change.limit_from(&self.hall.hours) {
            let open = cases::with_open_deadline(tx, limit_from)?;
            self.db.progress().begin(Part::of("open cases computed anew", open.len()));
            for ids in open.chunks(CHUNK) {
                self.db.progress().done(ids.len() as u64)?;
                for case in cases::load_several(tx, ids)? {
                    if case.application.is_unreadable() {
                        let number = &case.acceptance_number;
                        tracing::warn!(code = "persons_unreadable", case = %number, "its dates are counted anew all the same");
                    }
                    let number = case.acceptance_number.clone();
                    match self.moved(tx, case, &import, dry_run) {
                        // Such as the document of another case in the place of this one's.
                        Err(error) if error.is_unreadable() => {
                            tracing::error!(code = "persons_unreadable", case = %number, %error, "its dates stay as they are");
                        }
                        moved => outcome.moves.extend(moved?),
                    }
                }
            }
        }
        if !dry_run {
            let named: Vec<String> = years.iter().map(|year| year.year().to_string()).collect();
            let entry = AuditEntry::new(AuditKind::CalendarChanged, now, caller.audit_actor());
            let entry = entry.with("years", named.join(" ")).with("edition", after.edition.to_string());
            let digests = years.iter().zip(&stored).map(|(year, content)| kept::detail(year.year(), content));
            let entry = digests.fold(entry, |entry, (name, digest)| entry.with(&name, digest));
            audit::append(
                tx,
                &entry.with("before", edition.to_string()).with("cases", outcome.moves.len().to_string()),
            )?;
        }
        Ok((outcome, Some(Arc::new(after.clone()))))
    }

    /// Moves the dates of one case, where the calendar does.
    fn moved(
        &self,
        tx: &mut Tx<'_>,
        case: Case,
        import: &Import<'_>,
        dry_run: bool,
    ) -> Result<Option<Move>, ServiceError> {
        let Import { change, years, caller, now } = *import;
        let (definition, loaded) = (self.definition(&case)?, case.version);
        let Some((before, after)) = change.redated(definition, &case, &self.hall.hours, now) else {
            // Both dates stay, and yet the days before the limit, on which it is announced, may be others.
            let look_at = |calendar| self.due(definition, &case, calendar, now).look_at;
            let look_again = look_at(change.after());
            if !dry_run && look_again != look_at(change.before()) {
                cases::set_look_at(tx, case.id, loaded, look_again)?;
            }
            return Ok(None);
        };
        let (id, acceptance_number) = (case.id, case.acceptance_number.clone());
        let moved = Move { id, acceptance_number, outlet: case.application.outlet.clone(), before, after };
        if !dry_run {
            // What fell due by the old dates did fall due.
            let mut recorded = self.announced(definition, &case, change.before(), now);
            recorded.push(Recorded {
                sequence: loaded + 1 + recorded.len() as i64,
                at: now,
                actor_id: caller.actor.id.clone(),
                actor_name: caller.actor.name.clone(),
                action: CALENDAR_ACTION.to_owned(),
                event: Event::CalendarChanged {
                    years: years.iter().map(CalendarYear::year).collect(),
                    notices: years.iter().filter_map(notice).collect(),
                    calendar: change.after().edition,
                    before,
                    after,
                },
            });
            let case = recorded.iter().fold(case, evolve);
            cases::save(tx, &case, loaded, self.due(definition, &case, change.after(), now))?;
            events::append(tx, Subject::Case(id), &recorded)?;
        }
        Ok(Some(moved))
    }
}

/// Where the last notice of a year stands.
fn notice(year: &CalendarYear) -> Option<String> {
    year.notices().last().and_then(|notice| notice.reference()).map(str::to_owned)
}
