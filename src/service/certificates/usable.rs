//! That a service on a certificate can be used from now on is an event of the certificate, at its second: whoever asks gets the answer by the
//! time alone, but nobody else hears of it.
//!
//! Guarantees: it is told once, by however many instances; of a certificate that can't be used then, since it is locked, suspended or ended,
//! it isn't told: what ends that is an event of its own.

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
        if !usable::forget(tx, soon)? {
            return Ok(false);
        }
        let Some(certificate) = certificates::load_by_id(tx, soon.certificate_id)? else { return Ok(false) };
        let Some(event) = certificate.begin_use(soon.service, &soon.code, self.now()) else { return Ok(false) };
        let (hall, serial) = (Caller::hall(), certificate.serial.clone());
        let mut book = Book::at(self.reader(&hall), Some(certificate));
        book.change(tx, &serial, By::caller(&hall, ACTION, soon.usable_from), |_| Ok(event))?;
        book.close(tx)?;
        Ok(true)
    }
}
