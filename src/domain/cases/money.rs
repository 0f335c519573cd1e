//! What a case owes, and what is given back when it ends.

use super::case::Case;
use crate::domain::money::payment::Payment;

impl Case {
    /// What is still owed, in fen: total − waived − (taken − cancelled − refunded). A case that ended before anything was
    /// handed over or opened owes nothing.
    pub fn outstanding_fen(&self) -> i64 {
        if self.closed_at.is_some() && self.issued_at.is_none() && self.deliveries.is_empty() {
            return 0;
        }
        self.fee.total_fen - self.money.waived_fen() - self.money.paid_fen()
    }

    /// The payments that are given back when the case ends now: all that stand, as long as nothing was ever made in it.
    /// A certificate that was voided used its medium up, so that it counts as made.
    pub fn refundable(&self) -> impl Iterator<Item = &Payment> {
        self.money.standing().filter(|_| self.certificates_made == 0)
    }
}
