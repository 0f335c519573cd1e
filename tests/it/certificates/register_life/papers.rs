//! Valid data for whatever is asked.

use casehall::domain::case_types::case_type::{Copies, Original};
use casehall::domain::case_types::codes::InputPart;
use casehall::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use casehall::domain::money::payment::{CancellationDraft, PaymentDraft, WaiverDraft};
use casehall::service::Service;
use casehall::service::cases::details::CaseDetails;
use chrono::Duration;

use super::rules::APPLICATION;
use crate::hall::CENTER;

/// Numbers for certificates, each given once.
pub(super) struct Numbers {
    pub(super) series: String,
    pub(super) last: u32,
}

impl Numbers {
    pub(super) fn next(&mut self) -> CertificateDraft {
        self.last += 1;
        let Self { series, last } = self;
        CertificateDraft { serial: format!("GZ-{series}-{last:04}"), medium_number: format!("KEY-{series}-{last:04}") }
    }
}

pub(super) fn applicant() -> PersonDraft {
    PersonDraft {
        name: "谭丽".to_owned(),
        identity_number: "440199196412310694".to_owned(),
        phone: "13800138000".to_owned(),
        ..PersonDraft::default()
    }
}

fn agent(name: String) -> PersonDraft {
    PersonDraft {
        name,
        identity_number: "440199196706237621".to_owned(),
        phone: "020-38828393".to_owned(),
        ..PersonDraft::default()
    }
}

/// What a case type asks for, besides organization and certificate.
pub(super) fn application(case_type: &str, choice: u32) -> ApplicationDraft {
    let draft = ApplicationDraft {
        case_type: case_type.to_owned(),
        applicant: applicant(),
        agent: choice.is_multiple_of(2).then(|| agent(format!("刘{choice}"))),
        outlet: Some(CENTER.to_owned()),
        ..ApplicationDraft::default()
    };
    let making = || ApplicationDraft {
        applications: vec![APPLICATION.to_owned()],
        payment_method: Some("cash".to_owned()),
        collection_method: Some("window".to_owned()),
        responsibility_letter_accepted: true,
        ..draft.clone()
    };
    let service_years = Some(1 + choice % 3);
    match case_type {
        "new-certificate" => ApplicationDraft { service_years, ..making() },
        "add-application" => ApplicationDraft {
            service_years,
            collection_method: None,
            responsibility_letter_accepted: false,
            ..making()
        },
        "reissue-expired" => {
            ApplicationDraft { service_years, replacement_reason: Some("expired".to_owned()), ..making() }
        }
        "reissue" => {
            let reason = if choice.is_multiple_of(2) { "lost" } else { "damaged" };
            ApplicationDraft { replacement_reason: Some(reason.to_owned()), ..making() }
        }
        "renew" => ApplicationDraft { service_years, payment_method: Some("cash".to_owned()), ..draft },
        "change" => ApplicationDraft { seal: Some(format!("44019900{choice:05}")), ..draft },
        _ => draft,
    }
}

/// The parts that an action needs, filled in.
pub(super) fn input(
    service: &Service,
    report: &CaseDetails<'_>,
    action: &str,
    choice: u32,
    numbers: &mut Numbers,
) -> ActionInput {
    let mut input = ActionInput::default();
    let offer = report.offers.iter().find(|offer| offer.action.code == action).unwrap();
    let case = report.case;
    for part in &offer.requires {
        match part {
            InputPart::Reason => input.reason = Some("情况特殊".to_owned()),
            InputPart::Remark => input.remark = Some("已当面说明".to_owned()),
            InputPart::Materials => input.materials = Some(checks(report, choice)),
            InputPart::Certificate => input.certificate = Some(numbers.next()),
            InputPart::Payment => {
                let owed = case.outstanding_fen();
                let amount_fen = if choice.is_multiple_of(5) { (owed / 2).max(1) } else { owed };
                let method = "cash".to_owned();
                input.payment = Some(PaymentDraft { amount_fen, method, ..PaymentDraft::default() });
            }
            InputPart::Collector => {
                let (name, document_number) = ("谭丽".to_owned(), "440199196412310694".to_owned());
                input.collector =
                    Some(CollectorDraft { name, document_number, document_sighted: true, ..CollectorDraft::default() });
            }
            InputPart::Correction => {
                let correction = CorrectionDraft {
                    agent: Some(agent(format!("刘{}", numbers.next().serial)).into()),
                    ..CorrectionDraft::default()
                };
                input.correction = Some(correction);
            }
            InputPart::Limit => {
                input.limit = report.deadline.as_ref().map(|dates| {
                    let calendar = service.calendar();
                    let days = (1..).map(|days| dates.deadlines.limit.date + Duration::days(days));
                    days.skip(choice as usize % 20).find(|day| calendar.calendar.is_working_day(*day)).unwrap()
                })
            }
            InputPart::Cancellation => {
                let receipt = case.money.standing().next().map(|payment| payment.receipt.to_string());
                let receipt = receipt.unwrap_or_default();
                input.cancellation = Some(CancellationDraft { receipt, window: None });
            }
            InputPart::Waiver => {
                let amount_fen = Some((case.outstanding_fen() / 3).max(1));
                input.waiver = Some(WaiverDraft { item: None, amount_fen });
            }
            InputPart::BoxNumber => {
                numbers.last += 1;
                input.box_number = Some(format!("A-{}", numbers.last));
            }
            InputPart::Commitment | InputPart::Refund => {}
        }
    }
    input
}

/// Checks of every sheet: everything in order, or a copy short of it somewhere.
fn checks(report: &CaseDetails<'_>, choice: u32) -> Vec<MaterialDraft> {
    let lacking = choice.is_multiple_of(3).then_some(choice as usize % report.sheets.len());
    let check = |(index, sheet): (usize, &casehall::domain::cases::materials::checklist::Sheet<'_>)| {
        let copies = if let Copies::Exactly(copies) = sheet.material.copies { copies } else { 1 };
        let in_order = lacking != Some(index);
        MaterialDraft {
            material: sheet.code.clone(),
            copies_received: copies,
            copies_stamped: if sheet.material.stamped { copies } else { 0 },
            original_sighted: matches!(sheet.material.original, Original::Sighted | Original::Presented),
            reason: (!in_order).then(|| "illegible".to_owned()),
            remark: None,
        }
    };
    report.sheets.iter().enumerate().map(check).collect()
}
