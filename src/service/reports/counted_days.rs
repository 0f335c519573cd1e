//! Days that are over are summed, so that a report of years reads a row a day.
//!
//! Guarantees: reports say the same before and after, and while it happens; nobody waits for it; several instances may do it at once, and what one
//! leaves undone the next run does.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use crate::domain::reports::counted::CountedDay;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::reports::days;

/// A transaction may take its time, and a clock be late: a day is left alone for so long after its end.
const AFTER_THE_END: TimeDelta = TimeDelta::hours(1);
/// How many days are marked at once.
const DAYS_AT_ONCE: usize = 31;
/// How often and how long at most one looks whether those have ended who were adding facts.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 40;
/// How many days are held against their facts in one transaction.
const HELD_AT_ONCE: i64 = 7;

impl Service {
    /// Sums some of the days that are over and aren't summed yet; answers how many, none when there are none left.
    ///
    /// # Errors
    /// The database's. What was summed until then stays.
    pub async fn count_days(&self) -> Result<usize, ServiceError> {
        let before = self.hall.hours.local_date(self.now() - AFTER_THE_END);
        let uncounted = self
            .db
            .read_long("uncounted_days", move |tx| Ok::<_, ServiceError>(days::uncounted(tx, before, DAYS_AT_ONCE)?));
        let uncounted = uncounted.await?;
        if uncounted.is_empty() {
            return Ok(0);
        }
        let (marked, mark) = (uncounted.clone(), Uuid::now_v7().to_string());
        let with = mark.clone();
        self.db.write("mark_days", move |tx| Ok::<_, ServiceError>(days::mark(tx, &marked, &with)?)).await?;
        if !self.have_seen_the_mark().await? {
            tracing::info!("a long write is under way: days that are over are summed next time");
            return Ok(0);
        }
        let mut counted = 0;
        for day in uncounted {
            let read = self.db.read_long("count_day", move |tx| Ok::<_, ServiceError>(days::of_facts(tx, day)?));
            let (bytes, mark) = (read.await?.to_bytes(), mark.clone());
            let keep = self.db.write("keep_day", move |tx| Ok::<_, ServiceError>(days::keep(tx, day, &mark, &bytes)?));
            counted += usize::from(keep.await?);
        }
        Ok(counted)
    }

    /// Whether all have ended who were adding facts when the mark was set, and may not have seen it.
    async fn have_seen_the_mark(&self) -> Result<bool, ServiceError> {
        let adding = async || self.db.read("adding_facts", |tx| Ok::<_, ServiceError>(days::adding(tx)?)).await;
        let mut before = adding().await?;
        for _ in 0..LOOKS {
            if before.is_empty() {
                return Ok(true);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            let still = adding().await?;
            before.retain(|writer| still.contains(writer));
        }
        Ok(before.is_empty())
    }

    /// Holds each day that is kept against its facts; what differs is told in words.
    pub(in crate::service) async fn check_counted_days(
        &self,
        mut found: impl FnMut(String),
    ) -> Result<(), ServiceError> {
        let unreadable =
            self.db.read_long("unreadable_days", |tx| Ok::<_, ServiceError>(days::unreadable(tx)?)).await?;
        if unreadable > 0 {
            found(format!("{unreadable} of the days that are summed for reports (counted_days) can't be read"));
        }
        let mut after: Option<NaiveDate> = None;
        loop {
            let read = self.db.read_long("check_counted_days", move |tx| {
                let kept = days::kept(tx, after, HELD_AT_ONCE)?;
                let last = kept.last().map(|(day, _)| *day);
                let mut faults = Vec::new();
                for (day, bytes) in kept {
                    if CountedDay::from_bytes(&bytes) != Some(days::of_facts(tx, day)?) {
                        faults.push(format!("what reports count of {day} isn't what its report facts say"));
                    }
                }
                Ok::<_, ServiceError>((last, faults))
            });
            let (last, faults) = read.await?;
            faults.into_iter().for_each(&mut found);
            // A day in another spelling than the hall's stands behind itself.
            if last.is_none() || last <= after {
                return Ok(());
            }
            after = last;
        }
    }
}
