//! The state machine: what can be done with a case now, by this caller, and for the rest exactly why not.
//!
//! Guarantee: [`offers`] and [`super::decide::act`] ask the same [`blockers`], so what is offered succeeds with valid data.

use super::case::Case;
use super::custody;
use super::held::{adds_applications, applications_open_already, held_for, particulars};
use super::refusal::Refusal;
use crate::domain::accounts::role::Role;
use crate::domain::calendar::deadline::PauseCause;
use crate::domain::case_types::case_type::Term;
use crate::domain::case_types::codes::{Effect, Guard, InputPart};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, state_words};
use crate::domain::cases::context::Context;
use crate::domain::cases::materials::checklist::{Verdict, verdict};
use crate::domain::cases::materials::outstanding::{deferrable, overlooked, uncovered};
use crate::domain::certificates::certificate::Certificate;

/// Roles of those who have money in hand.
const CASHIERS: &[Role] = &[Role::Clerk, Role::Supervisor];

/// An action as it is offered to a caller.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// The action.
    pub action: &'a Action,
    /// Data it needs.
    pub requires: Vec<InputPart>,
    /// Data it may have besides.
    pub accepts: Vec<InputPart>,
    /// Why it can't be taken; empty: it can.
    pub blocked_by: Vec<Refusal>,
}

/// Every action of the case's workflow, with what stands in its way.
pub fn offers<'a>(definition: Definition<'a>, case: &Case, context: &Context<'_>) -> Vec<Offer<'a>> {
    let verdict = verdict(definition.case_type, &case.application, &case.checks);
    let offer = |action: &'a Action| {
        let blocked_by = blockers(definition, case, action, &verdict, context);
        let requires = custody::required_parts(case, action);
        let accepts = action.may_take.iter().copied().filter(|part| !requires.contains(part)).collect();
        Offer { action, requires, accepts, blocked_by }
    };
    definition.workflow.actions.iter().map(offer).collect()
}

/// What stands in the way of an action: state and role first; guards only where the state is right.
pub fn blockers(
    definition: Definition<'_>,
    case: &Case,
    action: &Action,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = Refusal::unless_role(context.actor, &action.roles).into_iter().collect();
    if !action.from.contains(&case.state) {
        let name = |code: &String| state_words(definition.workflow, code);
        let (state, wanted) = (name(&case.state), action.from.iter().map(name).collect());
        refusals.insert(0, Refusal::WrongState { state, wanted });
        return refusals;
    }
    refusals.extend(action.guards.iter().filter_map(|guard| check_guard(definition, *guard, case, verdict, context)));
    if action.effects.contains(&Effect::OpenApplications) && adds_applications(definition) {
        refusals.extend(applications_open_already(&case.application.applications, context.held));
    }
    if action.effects.contains(&Effect::MakeCertificate) {
        refusals.extend(no_term_left(definition, context));
    }
    if action.effects.contains(&Effect::ChangeCertificate) {
        let same = |held: &&Certificate| particulars(&case.application, held) == held.particulars();
        refusals.extend(context.held.filter(same).map(|_| Refusal::NothingToChange));
    }
    // One that nobody collected for its whole validity isn't handed over any more: it is voided and made anew.
    let hands_over = [Effect::IssueCertificate, Effect::ActivateCertificate];
    let expired = case.certificate.as_ref().is_some_and(|made| context.now >= made.valid_until);
    if expired && action.effects.iter().any(|effect| hands_over.contains(effect)) {
        refusals.push(Refusal::MadeCertificateExpired);
    }
    // Cash doesn't leave the drawer by itself: another system can't end a case in which money must be given back.
    let gives_back = action.effects.contains(&Effect::RefundPayments) && case.refundable().next().is_some();
    if gives_back && !context.actor.has_any(CASHIERS) {
        refusals.push(Refusal::RefundAtWindow);
    }
    refusals.extend(custody::blockers(definition, case, action, context));
    refusals
}

/// What replaces a certificate for its remaining term can't be made once that has ended.
fn no_term_left(definition: Definition<'_>, context: &Context<'_>) -> Option<Refusal> {
    let remaining = definition.case_type.term == Term::Remaining;
    let ended = context.held.is_some_and(|held| context.now >= held.valid_until);
    (remaining && ended).then_some(Refusal::NoTermLeft)
}

fn check_guard(
    definition: Definition<'_>,
    guard: Guard,
    case: &Case,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Option<Refusal> {
    match guard {
        Guard::MaterialsComplete => {
            (!verdict.is_complete()).then(|| Refusal::MaterialsIncomplete { missing: verdict.missing.clone() })
        }
        Guard::MaterialsAcceptable => {
            let missing = uncovered(case, verdict, &context.hall.hours, context.now);
            (!missing.is_empty()).then_some(Refusal::MaterialsIncomplete { missing })
        }
        Guard::CommitmentPossible => {
            deferrable(definition, case, verdict).is_empty().then_some(Refusal::NothingDeferrable)
        }
        Guard::MaterialsAllChecked => {
            (verdict.unchecked > 0).then_some(Refusal::MaterialsUnchecked { rows: verdict.unchecked })
        }
        Guard::MaterialsLacking => {
            let missing = uncovered(case, verdict, &context.hall.hours, context.now);
            missing.is_empty().then_some(Refusal::NothingLacking)
        }
        Guard::NothingOverlooked => {
            let late = overlooked(case, &uncovered(case, verdict, &context.hall.hours, context.now));
            (!late.is_empty()).then_some(Refusal::OverlookedBefore { missing: late })
        }
        Guard::Overlooked => {
            let late = overlooked(case, &uncovered(case, verdict, &context.hall.hours, context.now));
            late.is_empty().then_some(Refusal::NothingOverlooked)
        }
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
        Guard::HeldCertificateValid => {
            let code = case.application.organization.organization_code.as_str();
            held_for(definition.case_type, code, context).err()
        }
    }
}
