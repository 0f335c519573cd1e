//! That a service which was opened on a certificate can be used from now on is an event of the certificate, at its second: whoever asks gets
//! the answer by the time alone, but nobody else hears of it.
//!
//! Guarantees: it is told once after each opening, by however many instances, and only when it is so: where the certificate is locked or
//! suspended then, or the service by itself, it is told as of the instant at which that ended. What was closed or ended before isn't told.

use crate::domain::certificates::services::BeginOfUse;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::{Book, By};
use crate::store::certificates::usable::{self, UsableSoon};
use crate::store::{Tx, certificates};

/// The action by which a certificate's record names it.
const ACTION: &str = "become_usable";
/// How many are told at a time.
const AT_A_TIME: i64 = 1_000;

impl Service {
    /// Tells of every service whose time has come; answers how many were told.
    ///
    /// # Errors
    /// The database can't be asked at all. What fails is logged, and tried again the next time.
    pub async fn tell_usable(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let due =
            self.db.read("usable_soon", move |tx| Ok::<_, ServiceError>(usable::due(tx, now, AT_A_TIME)?)).await?;
        let mut told = 0;
        for soon in due {
            let (service, id) = (self.clone(), soon.certificate_id);
            match self.db.write("become_usable", move |tx| service.tell_in(tx, &soon)).await {
                Ok(is_told) => told += usize::from(is_told),
                Err(error) => {
                    tracing::error!(certificate = %id, %error, "that a certificate can be used couldn't be recorded; that will be retried");
                }
            }
        }
        Ok(told)
    }

    fn tell_in(&self, tx: &mut Tx<'_>, soon: &UsableSoon) -> Result<bool, ServiceError> {
        // No person has a part in it.
        tx.leave_persons();
        let Some(certificate) = certificates::load_by_id(tx, soon.certificate_id)? else {
            usable::forget(tx, soon)?;
            return Ok(false);
        };
        let event = match certificate.begin_use(soon.service, &soon.code, self.now()) {
            BeginOfUse::Now(event) => event,
            BeginOfUse::Later(at) => {
                // The row stays: whoever ends what holds it up finds it.
                usable::put_off(tx, soon, at)?;
                return Ok(false);
            }
            BeginOfUse::Never => {
                usable::forget(tx, soon)?;
                return Ok(false);
            }
        };
        if !usable::forget(tx, soon)? {
            return Ok(false);
        }
        let (hall, serial) = (Caller::hall(), certificate.serial.clone());
        let mut book = Book::at(self.reader(&hall), Some(certificate));
        book.change(tx, &serial, By::caller(&hall, ACTION, soon.due_at), |_| Ok(event))?;
        book.close(tx)?;
        Ok(true)
    }
}
