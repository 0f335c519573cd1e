//! What stands on each paper.

mod forms;
pub(in crate::console) mod leaflet;
mod notices;
mod slips;

use super::paper::{Sheet, Subject};
use crate::domain::applicants::paper::Paper;

/// The pages of a paper that a case offers.
pub(in crate::console) fn sheets(subject: &Subject<'_>, paper: Paper) -> Vec<Sheet> {
    match paper {
        Paper::Receipt => vec![notices::receipt(subject)],
        Paper::Acceptance => notices::acceptance(subject),
        Paper::OneTimeNotice => notices::one_time_notice(subject),
        Paper::Refusal => notices::refusal(subject),
        Paper::CertificateForm
        | Paper::ResponsibilityLetter
        | Paper::ServiceForm
        | Paper::ESealForm
        | Paper::ESealAgreement => forms::copies(subject, paper),
        Paper::FeeReceipt => slips::fee_receipts(subject),
        Paper::CustodySlip => slips::custody_slip(subject),
        Paper::HandOverSlip => slips::hand_over_slip(subject),
        Paper::Leaflet => vec![leaflet::leaflet(subject)],
    }
}
