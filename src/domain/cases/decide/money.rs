//! Money in decisions: payments, cancellations, refunds, waivers.
//!
//! The numbers are counted later, in the transaction that records the events: see [`Event::receipt_mut`].

use crate::domain::base::form::{Form, NAME_CHARACTERS, REMARK_CHARACTERS};
use crate::domain::base::text;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::money::unless_own;
use crate::domain::cases::refusal::Refusal;
use crate::domain::money::fee::FeeItem;
use crate::domain::money::payment::{
    CancellationDraft, EntryKind, Payment, PaymentDraft, PaymentMethod, ReceiptNumber, Reversal, Waiver, WaiverDraft,
};
use crate::domain::money::window;
use crate::domain::money::yuan::yuan;

/// Most fen of one payment: a hundred million yuan.
const MOST_FEN: i64 = 10_000_000_000;

impl Decision<'_> {
    /// The events of the money in the input.
    pub(in crate::domain) fn money(&self, input: &ActionInput, form: &mut Form) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(draft) = &input.payment {
            events.extend(self.payment(draft, form));
        }
        if let Some(draft) = &input.cancellation {
            events.extend(self.cancellation(draft, &reason(input), form));
        }
        if let Some(draft) = &input.refund {
            // What is given back is an effect; here only what was typed about it is checked.
            window("/refund/window", draft.window.as_deref(), form);
            reference("/refund/reference", draft.reference.as_deref(), form);
        }
        if let Some(draft) = &input.waiver {
            events.extend(self.waiver(draft, &reason(input), form));
        }
        events
    }

    fn payment(&self, draft: &PaymentDraft, form: &mut Form) -> Option<Event> {
        let outstanding = self.case.outstanding_fen();
        let at = "/payment/amount_fen";
        amount(at, draft.amount_fen, form);
        if draft.amount_fen > outstanding && draft.amount_fen <= MOST_FEN {
            let owed = yuan(outstanding);
            form.fault(
                at,
                "more_than_owed",
                &format!("尚欠 {owed} 元，不能多收"),
                &format!("only {owed} yuan are outstanding"),
            );
        }
        let method = PaymentMethod::from_code(&draft.method);
        if method.is_none() {
            form.not_one_of("/payment/method", PaymentMethod::CODES);
        }
        let payment = Payment {
            receipt: self.number(EntryKind::Taken),
            outlet: self.case.application.outlet.clone(),
            amount_fen: draft.amount_fen,
            reference: reference("/payment/reference", draft.reference.as_deref(), form),
            window: window("/payment/window", draft.window.as_deref(), form),
            method: method?,
            by: self.context.actor.name.clone(),
            taken_by: vec![self.context.actor.id.clone()],
            at: self.context.now,
        };
        Some(Event::PaymentRecorded { payment })
    }

    /// The payment that is to be cancelled.
    fn named(&self, draft: &CancellationDraft) -> Option<&Payment> {
        self.case.standing(ReceiptNumber::parse(&draft.receipt)?)
    }

    /// Why its actor can't cancel this payment, where they took it.
    pub(in crate::domain) fn cancels_own(&self, action: &Action, input: &ActionInput) -> Option<Refusal> {
        let payment = self.named(input.cancellation.as_ref()?)?;
        unless_own(self.definition.workflow, payment, self.context.actor, &action.roles)
    }

    fn cancellation(&self, draft: &CancellationDraft, reason: &str, form: &mut Form) -> Option<Event> {
        let window = window("/cancellation/window", draft.window.as_deref(), form);
        let Some(payment) = self.named(draft) else {
            let standing: Vec<String> = self.case.money.standing().map(|payment| payment.receipt.to_string()).collect();
            let standing: Vec<&str> = standing.iter().map(String::as_str).collect();
            form.not_one_of("/cancellation/receipt", &standing);
            return None;
        };
        let cancellation = self.reversal(EntryKind::Cancelled, payment, window, None, reason);
        Some(Event::PaymentCancelled { cancellation })
    }

    fn waiver(&self, draft: &WaiverDraft, reason: &str, form: &mut Form) -> Option<Event> {
        let lines = &self.case.fee.lines;
        let line = draft.item.as_deref().map(|code| lines.iter().find(|line| line.item.code() == code));
        if line == Some(None) {
            let codes: Vec<&str> = lines.iter().map(|line| line.item.code()).collect();
            form.not_one_of("/waiver/item", &codes);
            return None;
        }
        let line = line.flatten();
        let left = line.map(|line| line.amount_fen - self.case.money.waived_of(line.item));
        let at = "/waiver/amount_fen";
        let Some(wanted) = draft.amount_fen.or(left) else {
            form.fault("/waiver", "missing_field", "须填写减免的项目或金额", "an item or an amount is needed");
            return None;
        };
        amount(at, wanted, form);
        let most = left.map_or(self.case.outstanding_fen(), |left| left.min(self.case.outstanding_fen()));
        if wanted > most && wanted <= MOST_FEN {
            let most = yuan(most);
            let (zh, en) = (format!("最多可减免 {most} 元"), format!("at most {most} yuan can be waived"));
            form.fault(at, "more_than_owed", &zh, &en);
        }
        let item: Option<FeeItem> = line.map(|line| line.item);
        let waiver = Waiver {
            receipt: self.number(EntryKind::Waived),
            outlet: self.case.application.outlet.clone(),
            item,
            amount_fen: wanted,
            reason: reason.to_owned(),
            by: self.context.actor.name.clone(),
            at: self.context.now,
        };
        Some(Event::FeeWaived { waiver })
    }

    /// Every payment that stands is given back, the way it came; nothing once something was made.
    pub(in crate::domain) fn refunds(&self, input: &ActionInput) -> Vec<Event> {
        let (reason, draft) = (reason(input), input.refund.clone().unwrap_or_default());
        let window = draft.window.as_deref().and_then(window::window);
        let reference = draft.reference.as_deref().and_then(|text| text::line(text, NAME_CHARACTERS));
        let refund =
            |payment: &Payment| self.reversal(EntryKind::Refunded, payment, window.clone(), reference.clone(), &reason);
        self.case.refundable().map(|payment| Event::PaymentRefunded { refund: refund(payment) }).collect()
    }

    fn reversal(
        &self,
        kind: EntryKind,
        payment: &Payment,
        window: Option<String>,
        reference: Option<String>,
        reason: &str,
    ) -> Reversal {
        // It leaves the drawer that it went into, unless another one is named.
        let same_outlet = payment.outlet == self.case.application.outlet;
        let window = window.or_else(|| payment.window.clone().filter(|_| same_outlet));
        Reversal {
            receipt: self.number(kind),
            outlet: self.case.application.outlet.clone(),
            of: payment.receipt,
            of_outlet: payment.outlet.clone(),
            amount_fen: payment.amount_fen,
            method: payment.method,
            reference,
            window,
            reason: reason.to_owned(),
            by: self.context.actor.name.clone(),
            at: self.context.now,
        }
    }

    fn number(&self, kind: EntryKind) -> ReceiptNumber {
        ReceiptNumber::not_yet(kind, self.context.hall.hours.local_date(self.context.now))
    }
}

fn amount(at: &str, fen: i64, form: &mut Form) {
    if fen <= 0 || fen > MOST_FEN {
        form.fault(at, "out_of_range", "金额须大于0", "the amount must be above 0");
    }
}

/// The reason of the action; its own faults are found where it is read.
fn reason(input: &ActionInput) -> String {
    input.reason.as_deref().and_then(|text| text::paragraphs(text, REMARK_CHARACTERS)).unwrap_or_default()
}

fn window(at: &str, text: Option<&str>, form: &mut Form) -> Option<String> {
    text.and_then(|text| form.window(at, text))
}

fn reference(at: &str, text: Option<&str>, form: &mut Form) -> Option<String> {
    text.and_then(|text| form.line(at, text, NAME_CHARACTERS))
}
