//! The outstanding fee of a case, the refund when it ends, and who may give money back.

use super::case::Case;
use super::refusal::Refusal;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::InputPart;
use crate::domain::case_types::workflow::{Action, Workflow};
use crate::domain::money::payment::{Payment, ReceiptNumber};

impl Case {
    /// What is still owed, in fen: total − waived − (taken − cancelled − refunded). A case that ended before anything was
    /// handed over or opened owes nothing.
    pub fn outstanding_fen(&self) -> i64 {
        if self.ended_without_delivery() { 0 } else { self.unpaid_fen() }
    }

    /// What nobody owes any more, in fen, as the case ended and nothing was delivered.
    pub fn dropped_fen(&self) -> i64 {
        if self.ended_without_delivery() { self.unpaid_fen() } else { 0 }
    }

    fn ended_without_delivery(&self) -> bool {
        self.closed_at.is_some() && self.issued_at.is_none() && self.deliveries.is_empty()
    }

    fn unpaid_fen(&self) -> i64 {
        self.fee.total_fen - self.money.waived_fen() - self.money.paid_fen()
    }

    /// The payments that are given back when the case ends now: all that stand, as long as nothing was ever made in it.
    /// A certificate that was voided used its medium up, so that it counts as made.
    pub fn refundable(&self) -> impl Iterator<Item = &Payment> {
        self.money.standing().filter(|_| self.certificates_made == 0)
    }

    /// A payment that stands, by its receipt; two outlets may have given the same number, and then it is the newer one.
    pub fn standing(&self, receipt: ReceiptNumber) -> Option<&Payment> {
        self.money.standing().rfind(|payment| payment.receipt == receipt)
    }
}

/// The action that takes money in the state that a case is in, or the workflow's first; none where nothing is ever taken.
pub fn taking<'a>(workflow: &'a Workflow, case: &Case) -> Option<&'a Action> {
    let takes: Vec<&Action> = workflow.actions.iter().filter(|action| action.takes == [InputPart::Payment]).collect();
    takes.iter().find(|action| action.from.contains(&case.state)).or(takes.first()).copied()
}

/// Nobody gives back what they took themselves: refuses the cancellation, refund or correction of a payment by whoever took it,
/// in every hall and whatever the workflow says.
pub fn unless_own(workflow: &Workflow, payment: &Payment, actor: &Actor, roles: &[Role]) -> Option<Refusal> {
    let takes = workflow.actions.iter().find(|action| action.takes_money());
    let did = takes.map_or_else(|| Words::new("收款", "take the payment"), |action| action.words.clone());
    payment.taken_by.contains(&actor.id).then(|| Refusal::SecondPersonNeeded { did, roles: roles.to_vec() })
}
