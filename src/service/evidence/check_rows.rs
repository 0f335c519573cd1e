//! The first half of a verification: whether each row still has the content that its hash is of, and is in the log if it is old enough; and whether
//! the persons in it can be read.

use std::collections::{HashMap, HashSet};

use super::check_persons::Unreadable;
use super::verify::named;
use crate::domain::evidence::finding::{FindingKind, Place, Verification};
use crate::domain::evidence::row::RowHash;
use crate::domain::progress;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::engine::events::Subject;
use crate::store::evidence::columns::{
    Events, StoredEntry, StoredEvent, hashes_before, numbers_after, read_entries, read_events,
};
use crate::store::evidence::log::{LogEnd, Source, in_log};

/// How many rows are in memory at once.
const AT_ONCE: i64 = 1_000;

/// Rows that were read, and those that can't be.
struct Part<R> {
    rows: Vec<R>,
    unreadable: Vec<i64>,
    in_log: HashSet<i64>,
    last: Option<i64>,
}

impl Service {
    /// Looks at every event and every entry, also those that aren't sealed yet.
    pub(super) async fn check_rows(&self, end: &LogEnd, found: &mut Verification) -> Result<(), ServiceError> {
        let mut unreadable = Unreadable::default();
        let looked = self.check_documents(&mut unreadable, found).await;
        named("documents", looked, found)?;
        self.db.progress().begin(progress::Part::of("events verified", end.through.event));
        let mut after = i64::MIN;
        while let Some(last) = self.check_events(after, end, &mut unreadable, found).await? {
            after = last;
        }
        self.db.progress().begin(progress::Part::of("audit entries verified", end.through.entry));
        after = i64::MIN;
        while let Some(last) = self.check_entries(after, end, found).await? {
            after = last;
        }
        let looked = self.check_all_keys(&mut unreadable, found).await;
        named("keys of persons", looked, found)
    }

    async fn check_events(
        &self,
        after: i64,
        end: &LogEnd,
        unreadable: &mut Unreadable,
        found: &mut Verification,
    ) -> Result<Option<i64>, ServiceError> {
        let read = |tx: &mut Tx<'_>, after, limit| Ok(read_events(tx, Events::After(after), limit)?);
        let part = self.part(Source::Event, after, read).await?;
        let Some(last) = part.last else { return Ok(None) };
        let first = after.saturating_add(1);
        let before =
            self.db.read_long("verify_chain", move |tx| Ok::<_, ServiceError>(hashes_before(tx, first, last)?));
        let before = named("events", before.await, found)?;
        let with_persons: HashSet<Subject> = part.rows.iter().filter_map(StoredEvent::persons_of).collect();
        let looked = self.check_keys(with_persons.into_iter().collect(), unreadable, found).await;
        named("keys of persons", looked, found)?;
        found.events += (part.rows.len() + part.unreadable.len()) as u64;
        for number in part.unreadable {
            found.find(FindingKind::Unreadable, numbered(Source::Event, number));
        }
        for event in &part.rows {
            let place = place_of(event);
            match self.fault_of(event, &before).await? {
                None => {}
                Some(FindingKind::Unlinked) => {
                    found.find(FindingKind::Missing, place_before(event));
                    found.find(FindingKind::Unlinked, place);
                }
                Some(kind) => {
                    found.find(kind, place);
                    continue;
                }
            }
            if !part.in_log.contains(&event.number) {
                if event.number <= end.through.event {
                    found.find(FindingKind::PutIn, place_of(event));
                } else {
                    found.wait(event.written_at(), event.is_of_command());
                }
            }
        }
        Ok(Some(last))
    }

    async fn check_entries(
        &self,
        after: i64,
        end: &LogEnd,
        found: &mut Verification,
    ) -> Result<Option<i64>, ServiceError> {
        let read = |tx: &mut Tx<'_>, after, limit| Ok(read_entries(tx, after, limit)?);
        let part: Part<StoredEntry> = self.part(Source::Entry, after, read).await?;
        found.entries += (part.rows.len() + part.unreadable.len()) as u64;
        for number in part.unreadable {
            found.find(FindingKind::Unreadable, Place::Entry { number });
        }
        for entry in &part.rows {
            let place = Place::Entry { number: entry.number };
            let hash = RowHash::from_bytes(&entry.hash);
            if hash.is_none_or(|hash| entry.hash_by(hash.suite()) != hash) {
                found.find(FindingKind::Changed, place);
            } else if !part.in_log.contains(&entry.number) {
                if entry.number <= end.through.entry {
                    found.find(FindingKind::PutIn, place);
                } else {
                    found.wait(entry.written_at(), entry.is_of_command());
                }
            }
        }
        Ok(part.last)
    }

    /// Rows after a number. Where one can't be read, the others are read one by one.
    async fn part<R: Send + 'static>(
        &self,
        source: Source,
        after: i64,
        read: impl Fn(&mut Tx<'_>, i64, i64) -> Result<Vec<R>, ServiceError> + Send + Copy + 'static,
    ) -> Result<Part<R>, ServiceError> {
        let numbers = self.db.read_long("verify_numbers", move |tx| {
            let numbers = numbers_after(tx, source, after, AT_ONCE)?;
            let in_log = match (numbers.first(), numbers.last()) {
                (Some(first), Some(last)) => in_log(tx, source, *first, *last)?,
                _ => Vec::new(),
            };
            Ok::<_, ServiceError>((numbers, in_log))
        });
        let (numbers, in_log) = numbers.await?;
        self.db.progress().done(numbers.len() as u64)?;
        let many = i64::try_from(numbers.len()).unwrap_or(AT_ONCE);
        let mut part = Part {
            rows: Vec::new(),
            unreadable: Vec::new(),
            in_log: in_log.into_iter().collect(),
            last: numbers.last().copied(),
        };
        match self.db.read_long("verify_rows", move |tx| read(tx, after, many)).await {
            Ok(rows) => part.rows = rows,
            Err(error) => {
                tracing::debug!(%error, "rows are verified one by one");
                for number in numbers {
                    match self.db.read("verify_row", move |tx| read(tx, number - 1, 1)).await {
                        Ok(row) => part.rows.extend(row),
                        Err(_) => part.unreadable.push(number),
                    }
                }
            }
        }
        Ok(part)
    }

    /// What is wrong with an event.
    async fn fault_of(
        &self,
        event: &StoredEvent,
        before: &HashMap<i64, Option<Vec<u8>>>,
    ) -> Result<Option<FindingKind>, ServiceError> {
        let Some(hash) = event.hash.as_deref().and_then(RowHash::from_bytes) else {
            return Ok(Some(FindingKind::Changed));
        };
        let fits = |previous| event.hash_behind(hash.suite(), previous) == hash;
        if event.sequence == 1 {
            return Ok((!fits(None)).then_some(FindingKind::Changed));
        }
        let Some(previous) = before.get(&event.number) else { return Ok(Some(FindingKind::Unlinked)) };
        let stored = previous.as_deref().and_then(RowHash::from_bytes);
        if stored.is_some() && fits(stored) {
            return Ok(None);
        }
        // Where only the hash of the one before was changed, that one is to be named and not this one.
        let (kind, id, sequence) = (event.subject_kind.clone(), event.subject_id.clone(), event.sequence);
        let again = self.db.read("verify_event_before", move |tx| {
            let mut of = |back| read_events(tx, Events::Of(&kind, &id, sequence.saturating_sub(back)), 1);
            Ok::<_, ServiceError>((of(1)?.pop(), of(2)?.pop()))
        });
        let Ok((Some(before), first)) = again.await else { return Ok(Some(FindingKind::Changed)) };
        let first = first.and_then(|first| first.hash).and_then(|hash| RowHash::from_bytes(&hash));
        let right = before.hash_behind(hash.suite(), first);
        Ok((!fits(Some(right))).then_some(FindingKind::Changed))
    }
}

fn place_of(event: &StoredEvent) -> Place {
    Place::Event {
        number: Some(event.number),
        subject_kind: event.subject_kind.clone(),
        subject_id: event.subject_id.clone(),
        sequence: Some(event.sequence),
    }
}

fn place_before(event: &StoredEvent) -> Place {
    let (subject_kind, subject_id) = (event.subject_kind.clone(), event.subject_id.clone());
    Place::Event { number: None, subject_kind, subject_id, sequence: Some(event.sequence.saturating_sub(1)) }
}

/// A row of which only the number is known.
pub(super) fn numbered(source: Source, number: i64) -> Place {
    match source {
        Source::Event => Place::Event {
            number: Some(number),
            subject_kind: String::new(),
            subject_id: String::new(),
            sequence: None,
        },
        Source::Entry => Place::Entry { number },
    }
}
