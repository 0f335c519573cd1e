//! Assigns receipt numbers and writes the cash journal, in the transaction of the events.

use chrono::NaiveDate;

use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Words;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::money::cash_journal::entries;
use crate::domain::money::payment::ReceiptNumber;
use crate::domain::money::payment_correction::{self, PaymentCorrectionDraft};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};
use crate::store::Tx;
use crate::store::engine::sequences;
use crate::store::money::cash_journal;

/// So many days ahead the board says that prices end.
const WARNED_DAYS: u64 = 30;

impl Service {
    /// Puts the way of paying right, also of a case that has ended; for supervisors.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the case never had such a payment; every reason why not.
    pub async fn correct_payment(
        &self,
        caller: &Caller,
        key: CaseKey,
        receipt: ReceiptNumber,
        draft: PaymentCorrectionDraft,
        expected: Expected,
        idempotency: Option<IdempotentRequest>,
    ) -> Result<CaseAt, ServiceError> {
        self.may_correct_payments(caller)?;
        let (service, caller) = (self.clone(), caller.clone());
        let done = self
            .db
            .write("correct_payment", move |tx| {
                service.idempotent(tx, &caller, idempotency.as_ref(), |tx| {
                    let before = service.to_change(tx, &caller, &key, &expected, |_, _| Ok(()))?;
                    service.decided_in(tx, &caller, before, payment_correction::ACTION, |definition, case, context| {
                        let events = payment_correction::decide(definition, case, receipt, &draft, context)?;
                        Ok(events.ok_or(ServiceError::NotFound)?.into())
                    })
                })
            })
            .await?;
        self.remember_calendar(&done.calendar);
        Ok(done)
    }

    /// Refuses whoever corrects no payments.
    ///
    /// # Errors
    /// The role that is missing; another system.
    pub fn may_correct_payments(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_case_staff()?;
        caller.require_role(payment_correction::CORRECTORS)
    }

    /// What to say when the prices end soon and none follow.
    pub(in crate::service) fn price_warning(&self, today: NaiveDate) -> Option<Words> {
        let (list, last) = self.hall.prices.ending_within(WARNED_DAYS, today)?;
        let code = &list.code;
        Some(Words::new(
            format!("收费标准“{code}”于{last}到期，尚无后续标准；到期后不能收件"),
            format!(
                "price list \"{code}\" ends on {last} without a successor; applications can't be accepted after that"
            ),
        ))
    }
}

/// The events with their numbers on paper, counted by outlet and day: a transaction that is rolled back gives them back.
pub(in crate::service) fn counted(tx: &mut Tx<'_>, mut events: Vec<Event>) -> Result<Vec<Event>, ServiceError> {
    for uncounted in events.iter_mut().filter_map(Event::uncounted) {
        *uncounted.number = sequences::next_of(tx, uncounted.series, uncounted.day, uncounted.outlet)?;
    }
    Ok(events)
}

/// Keeps what was recorded of money for the cash-up.
pub(in crate::service) fn keep(
    tx: &mut Tx<'_>,
    recorded: &[Recorded<Event>],
    after: &Case,
) -> Result<(), ServiceError> {
    Ok(cash_journal::append(tx, after.id, &entries(recorded, after))?)
}
