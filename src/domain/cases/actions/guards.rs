//! The guards of workflows: of each, what it asks of a case, and why an action can't be taken where that isn't so.
//!
//! A guard is one entry in [`codes`](crate::domain::case_types::codes), with what it means, its code and its words, and one
//! here, its predicate. A workflow names guards and lies below the case; what they ask lies above it; so the two entries
//! stand in two files. One that is added there doesn't compile until it is here. Its refusal is [`Refusal::Unmet`], with the
//! guard's own code and words, unless there is more to say, such as how much is owed.

use crate::domain::calendar::deadline::PauseCause;
use crate::domain::case_types::codes::Guard;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::context::Context;
use crate::domain::cases::held::{held_for, revoked_held};
use crate::domain::cases::materials::checklist::Verdict;
use crate::domain::cases::materials::outstanding::{deferrable, overlooked, uncovered};
use crate::domain::cases::refusal::Refusal;

/// Why a guard doesn't hold; none: it holds.
pub(super) fn refusal(
    guard: Guard,
    definition: Definition<'_>,
    case: &Case,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Option<Refusal> {
    let uncovered = || uncovered(case, verdict, &context.hall.hours, context.now);
    match guard {
        Guard::MaterialsComplete => {
            (!verdict.is_complete()).then(|| Refusal::MaterialsIncomplete { missing: verdict.missing.clone() })
        }
        Guard::MaterialsAcceptable => {
            let missing = || Refusal::MaterialsIncomplete { missing: uncovered().cloned().collect() };
            uncovered().next().is_some().then(missing)
        }
        Guard::CommitmentPossible => {
            deferrable(definition, case, verdict).is_empty().then_some(Refusal::NothingDeferrable)
        }
        Guard::MaterialsAllChecked => {
            (verdict.unchecked > 0).then_some(Refusal::MaterialsUnchecked { rows: verdict.unchecked })
        }
        Guard::MaterialsLacking => uncovered().next().is_none().then_some(Refusal::NothingLacking),
        Guard::NothingOverlooked => {
            let late: Vec<_> = overlooked(case, uncovered()).cloned().collect();
            (!late.is_empty()).then_some(Refusal::OverlookedBefore { missing: late })
        }
        Guard::Overlooked => overlooked(case, uncovered()).next().is_none().then_some(Refusal::NothingOverlooked),
        Guard::FeeOutstanding => (case.outstanding_fen() <= 0).then_some(Refusal::NothingOwed),
        Guard::FeeSettled => {
            let outstanding_fen = case.outstanding_fen();
            (outstanding_fen > 0).then_some(Refusal::FeeNotSettled { outstanding_fen })
        }
        Guard::PaymentStanding => case.money.standing().next().is_none().then_some(Refusal::NothingPaid),
        Guard::MediumRecorded => case.certificate.is_none().then_some(Refusal::MediumNotRecorded),
        Guard::CollectorRecorded => case.collector.is_none().then_some(Refusal::CollectorNotRecorded),
        Guard::DeadlineOpen => {
            let open = definition.case_type.deadline.is_some() && case.made_at.is_none() && case.closed_at.is_none();
            (!open).then_some(Refusal::NoDeadlineOpen)
        }
        Guard::NotSuspended => case.is_paused_by(PauseCause::Decision).then_some(Refusal::AlreadySuspended),
        Guard::Suspended => (!case.is_paused_by(PauseCause::Decision)).then_some(Refusal::NotSuspended),
        Guard::HeldMediumKept => case.held_stay().is_none().then_some(Refusal::MediumNotInCustody),
        Guard::HeldCertificateValid if revoked_held(definition.workflow, case) => None,
        Guard::HeldCertificateValid => {
            let code = case.application.organization.organization_code.as_str();
            held_for(definition.case_type, code, context).err()
        }
    }
}
