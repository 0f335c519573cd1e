//! Slips and receipts of what went over the counter: money, a medium taken in, a certificate handed over.

use crate::console::applicants::paper::{Block, Sheet, Subject};
use crate::console::page::messages::isolated;
use crate::domain::applicants::paper::last_slip;
use crate::domain::base::person::Personal;
use crate::domain::base::words::Language;
use crate::domain::cases::custody::handover::handover;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::certificates::custody::SlipKind;
use crate::domain::money::capitals::capitals;
use crate::domain::money::payment::Payment;
use crate::domain::money::yuan::yuan;

/// 收费凭据, for each payment that stands.
pub(super) fn fee_receipts(subject: &Subject<'_>) -> Vec<Sheet> {
    subject.case().money.standing().map(|payment| fee_receipt(subject, payment)).collect()
}

fn fee_receipt(subject: &Subject<'_>, payment: &Payment) -> Sheet {
    let (case, hall, messages) = (subject.case(), subject.visitor.service.hall(), subject.messages());
    let amount = |fen: i64| messages.fill("money.yuan", "amount", yuan(fen));
    let mut facts = vec![
        subject.fact("paper.receipt_number", payment.receipt.to_string()),
        subject.fact("paper.payer", subject.organization()),
        subject.fact("paper.case_type", subject.case_type()),
        subject.fact("paper.amount", amount(payment.amount_fen)),
        subject.fact("paper.payment_method", subject.line(&payment.method.words())),
        subject.fact("paper.paid_at", subject.moment(payment.at)),
        subject.fact("paper.outlet", subject.of(&hall.outlet_or_unknown(&payment.outlet).words)),
    ];
    if messages.0 == Language::Chinese {
        facts.insert(4, subject.fact("paper.amount_in_capitals", capitals(payment.amount_fen)));
    }
    facts.extend(payment.window.clone().map(|window| subject.fact("paper.window", window)));
    facts.extend(payment.reference.clone().map(|reference| subject.fact("paper.reference", reference)));
    let lines: Vec<String> = case.fee.lines.iter().map(|line| subject.line(&line.sentence())).collect();
    let mut blocks = vec![Block::Facts(facts), Block::Heading(subject.t("paper.fee_of_case")), Block::List(lines)];
    let total = amount(case.fee.total_fen);
    let (waived, outstanding) = (amount(case.money.waived_fen()), amount(case.outstanding_fen()));
    blocks.push(Block::Text(
        messages.with("paper.fee_total", &[("total", &total), ("waived", &waived), ("outstanding", &outstanding)]),
    ));
    blocks.push(Block::Signatures(vec![
        messages.fill("paper.cashier", "name", &payment.by),
        messages.fill("paper.stamped", "day", subject.date_of(payment.at)),
    ]));
    Sheet::new(subject.t("paper.fee_receipt"), blocks)
}

/// 收存凭据.
pub(super) fn custody_slip(subject: &Subject<'_>) -> Vec<Sheet> {
    let Some(given) = last_slip(subject.case(), SlipKind::TakenIn) else { return Vec::new() };
    let hall = subject.visitor.service.hall();
    let mut facts = vec![subject.fact("paper.slip_number", given.slip.number.to_string())];
    facts.extend(subject.organization_facts());
    facts.push(subject.fact("paper.serial", given.serial.as_str()));
    if let Some(stay) = subject.case().custody.get(&given.serial) {
        facts.push(subject.fact("paper.medium", stay.medium_number.as_str()));
    }
    facts.push(subject.fact("paper.taken_in_at", subject.moment(given.at)));
    facts.push(subject.fact("paper.kept_at", subject.of(&hall.outlet_or_unknown(&given.slip.outlet).words)));
    let blocks = vec![
        Block::Text(subject.t("paper.taken_in")),
        Block::Facts(facts),
        Block::Facts(subject.outlet_facts()),
        Block::Signatures(vec![
            subject.t("paper.handed_in_by"),
            subject.messages().fill("paper.stamped", "day", subject.date_of(given.at)),
        ]),
    ];
    vec![Sheet { to: subject.addressed(), ..Sheet::new(subject.t("paper.custody_slip"), blocks) }]
}

/// 领取单.
pub(super) fn hand_over_slip(subject: &Subject<'_>) -> Vec<Sheet> {
    let (case, hall) = (subject.case(), subject.visitor.service.hall());
    let Some(told) = handover(subject.details.definition.workflow, case, hall) else { return Vec::new() };
    let mut facts = Vec::new();
    let slip = last_slip(case, SlipKind::HandedOver);
    facts.extend(slip.map(|given| subject.fact("paper.slip_number", given.slip.number.to_string())));
    facts.extend(subject.organization_facts());
    facts.push(subject.fact("paper.serial", told.serial.as_str()));
    facts.extend(case.certificate.as_ref().map(|made| subject.fact("paper.medium", made.medium_number.as_str())));
    let applications: Vec<String> =
        told.applications.iter().map(|application| subject.of(&application.words)).collect();
    facts.push(subject.fact("paper.applications", applications.join(subject.messages().t("list.between"))));
    if case.deliveries.iter().any(|delivery| delivery.service == ServiceKind::ESeal) {
        facts.push(subject.fact("certificate.e_seal", subject.t("paper.opened")));
    }
    if let Some(collector) = &case.collector {
        let shown = format!("{}　{}", isolated(&collector.name), collector.document_number.masked());
        facts.push(subject.fact("paper.collector", shown));
    }
    facts.extend(slip.map(|given| subject.fact("paper.handed_over_at", subject.moment(given.at))));
    let instructions = told.instructions.iter().map(|instruction| subject.of(&instruction.words)).collect();
    let blocks = vec![
        Block::Facts(facts),
        Block::Heading(subject.t("paper.know")),
        Block::Steps(instructions),
        Block::Heading(subject.t("paper.where_to_turn")),
        Block::Facts(subject.outlet_facts()),
        Block::Signatures(vec![subject.t("paper.collected_by"), subject.t("paper.signed_on")]),
    ];
    vec![Sheet { to: subject.addressed(), ..Sheet::new(subject.t("paper.hand_over_slip"), blocks) }]
}
