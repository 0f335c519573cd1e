//! The answer to "where is my certificate?" for whoever knows an acceptance number and the end of a phone number.
//!
//! Guarantees: a number that isn't, digits that aren't and what can't be read are answered alike: the same error, and no sooner than
//! `PATIENCE` after the question, so that neither words nor time tell which it was. Whoever guesses is held up, and nobody else at the same address.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::guesses::Guess;
use crate::domain::applicants::progress::{Progress, answers_to, progress};
use crate::domain::base::text::number;
use crate::domain::cases::deadlines::dates;
use crate::domain::cases::deadlines::reckoning::Reckoning;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::service::Service;
use crate::service::accounts::sign_in::counted_as;
use crate::service::base::error::ServiceError;
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, cases};

/// How long an answer takes at least: far longer than the work, so that the work doesn't show.
const PATIENCE: Duration = Duration::from_millis(250);

impl Service {
    /// How far a case has come, asked from an address.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], whatever was wrong; [`ServiceError::TooMany`].
    pub async fn progress(&self, typed: &str, digits: &str, address: IpAddr) -> Result<Progress, ServiceError> {
        let (asked, wanted) = (Instant::now(), AcceptanceNumber::parse(typed).ok());
        // However a number is written, it is the same one.
        let guess = Guess::new(counted_as(address), wanted.as_ref().map_or(typed, AcceptanceNumber::as_str));
        let counted = self.guesses.count(&guess, self.now());
        counted.map_err(|retry_after_seconds| ServiceError::TooMany { retry_after_seconds })?;
        let (service, digits) = (self.clone(), number(digits));
        let read = self.db.read_long("progress", move |tx| match &wanted {
            Some(wanted) => service.progress_in(tx, wanted, &digits),
            None => Ok(None),
        });
        let found = read.await;
        sleep_until(asked + PATIENCE).await;
        let found = found?.ok_or(ServiceError::NotFound)?;
        self.guesses.was_right(&guess);
        Ok(found)
    }

    fn progress_in(
        &self,
        tx: &mut Tx<'_>,
        wanted: &AcceptanceNumber,
        digits: &str,
    ) -> Result<Option<Progress>, ServiceError> {
        let Some(case) = cases::load_by_number(tx, wanted.as_str())?.filter(|case| answers_to(case, digits)) else {
            return Ok(None);
        };
        let (definition, calendar, now) = (self.definition(&case)?, self.calendar_of_case(tx, &case)?, self.now());
        let events = events::list(tx, Subject::Case(case.id), i64::MAX)?;
        let reckoning = Reckoning { calendar: &calendar, hours: &self.hall.hours };
        let deadline = dates::report(definition, &case, reckoning, now);
        Ok(Some(progress(definition, &case, &events, deadline.as_ref(), &self.hall, now)))
    }
}
