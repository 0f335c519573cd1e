//! The state machine: which actions this caller can take on a case now, and the reasons why the others are blocked.
//!
//! Guarantee: [`offers`] and [`super::decide::act`] use the same [`blockers`], so an offered action succeeds with valid data.

mod guards;

use super::case::Case;
use super::custody;
use super::event::Event;
use super::held::{adds_applications, applications_open_already, particulars};
use super::money::unless_own;
use super::refusal::Refusal;
use crate::domain::accounts::role::Role;
use crate::domain::case_types::case_type::Term;
use crate::domain::case_types::codes::{Effect, Guard, InputPart};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::context::Context;
use crate::domain::cases::deadlines::dates::dates;
use crate::domain::cases::materials::checklist::Verdict;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::money::payment::Payment;

/// Roles that may refund money.
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
    /// What it would do beyond the case, where it can be taken now and that was asked for.
    pub foreseen: Vec<Event>,
}

/// Whether an action takes checks of papers and needs nothing else.
pub fn records_checks(action: &Action) -> bool {
    action.takes == [InputPart::Materials]
}

/// Whether an action is what the verdict on the papers comes to, and needs nothing else: their acceptance, or the one-time notice of
/// everything that is missing.
pub fn follows_from_verdict(action: &Action) -> bool {
    let notifies = action.guards.contains(&Guard::NothingOverlooked) && action.effects == [Effect::GiveNotice];
    action.takes.is_empty() && (action.accepts_papers() || notifies)
}

/// Whether such an action does no more than that, so that the verdict alone says what is confirmed. An acceptance that does something
/// beyond the case is confirmed where that is said.
pub fn confirms_verdict(action: &Action) -> bool {
    follows_from_verdict(action) && action.effects.iter().all(|effect| *effect == Effect::GiveNotice)
}

/// Every action of the case's workflow, with its blockers; the verdict is that on the case's papers.
pub fn offers<'a>(definition: Definition<'a>, case: &Case, verdict: &Verdict, context: &Context<'_>) -> Vec<Offer<'a>> {
    let offer = |action: &'a Action| {
        let blocked_by = blockers(definition, case, action, verdict, context);
        let requires = custody::required_parts(case, action);
        let accepts = action.may_take.iter().copied().filter(|part| !requires.contains(part)).collect();
        Offer { action, requires, accepts, blocked_by, foreseen: Vec::new() }
    };
    definition.workflow.actions.iter().map(offer).collect()
}

/// The blockers of an action: state and role first; guards only if the state is right.
pub fn blockers(
    definition: Definition<'_>,
    case: &Case,
    action: &Action,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Vec<Refusal> {
    let role_missing = Refusal::unless_role(context.actor, &action.roles);
    let mut refusals: Vec<Refusal> =
        role_missing.map(|_| Refusal::RoleMissing { roles: who_may(case, action) }).into_iter().collect();
    if !action.from.contains(&case.state) {
        refusals.insert(0, Refusal::WrongState { words: definition.workflow.elsewhere(action, &case.state) });
        return refusals;
    }
    // What is somebody's own in two ways is said once.
    let second_person = second_person_needed(definition, case, action, context);
    let own_money = own_money(definition, case, action, context).filter(|_| second_person.is_none());
    refusals.extend(second_person);
    refusals
        .extend(action.guards.iter().filter_map(|guard| guards::refusal(*guard, definition, case, verdict, context)));
    if action.effects.contains(&Effect::OpenApplications) && adds_applications(definition) {
        refusals.extend(applications_open_already(&case.application.applications, context.held, context.hall));
    }
    if action.effects.contains(&Effect::MakeCertificate) {
        refusals.extend(no_term_left(definition, context));
    }
    if action.effects.contains(&Effect::ExtendLimit) {
        refusals.extend(limit_passed(definition, case, context));
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
    if gives_back(case, action) && !context.actor.has_any(CASHIERS) {
        refusals.push(Refusal::RefundAtWindow);
    }
    refusals.extend(own_money);
    refusals.extend(custody::blockers(definition, case, action, context));
    refusals
}

/// Cash doesn't leave the drawer by itself: another system can't end a case in which money must be given back.
fn gives_back(case: &Case, action: &Action) -> bool {
    action.effects.contains(&Effect::RefundPayments) && case.refundable().next().is_some()
}

/// The roles in which an action of this case can be taken as the case is now.
fn who_may(case: &Case, action: &Action) -> Vec<Role> {
    let may = |role: &Role| !gives_back(case, action) || CASHIERS.contains(role);
    action.roles.iter().copied().filter(may).collect()
}

/// Duties are separated between people; another system, and the hall's clock, do what nobody did. Whoever took money is asked of each
/// payment, by [`own_money`]; whoever looked at a paper after the papers had been accepted is one of those who accepted them.
fn second_person_needed(
    definition: Definition<'_>,
    case: &Case,
    action: &Action,
    context: &Context<'_>,
) -> Option<Refusal> {
    let workflow = definition.workflow;
    let takes_money = |code: &str| workflow.action(code).is_some_and(Action::takes_money);
    let by_payment = |code: &str| action.judges_payments() && takes_money(code);
    let own = |code: &&str| !by_payment(code) && case.takers.get(*code) == Some(&context.actor.id);
    let accepts = |code: &str| workflow.action(code).is_some_and(Action::accepts_papers);
    let later = |code: &&str| accepts(code) && case.checked_since_acceptance(&context.actor.id);
    let separated = || action.separated_from(context.hall.four_eyes);
    let checks = || workflow.actions.iter().find(|action| action.takes.contains(&InputPart::Materials));
    let did = separated().find(own).or_else(|| separated().find(later).and(checks()).map(|did| did.code.as_str()))?;
    Some(Refusal::SecondPersonNeeded { did: workflow.action_words(did), roles: who_may(case, action) })
}

/// What the action would give back was taken by its actor: a refund all of it, a cancellation whichever payment is named. A waiver is
/// asked of every payment, where the workflow separates it from taking money.
fn own_money(definition: Definition<'_>, case: &Case, action: &Action, context: &Context<'_>) -> Option<Refusal> {
    let roles = who_may(case, action);
    let own = |payment: &Payment| unless_own(definition.workflow, payment, context.actor, &roles);
    if action.effects.contains(&Effect::RefundPayments) {
        return case.refundable().find_map(own);
    }
    let takes_money = |code: &str| definition.workflow.action(code).is_some_and(Action::takes_money);
    if action.takes.contains(&InputPart::Waiver) && action.separated_from(context.hall.four_eyes).any(takes_money) {
        return case.money.standing().find_map(own);
    }
    if !action.takes.contains(&InputPart::Cancellation) {
        return None;
    }
    // One that is another one's can be named; which one is, `decide` looks at.
    let mut standing = case.money.standing().map(own).collect::<Vec<_>>().into_iter();
    let first = standing.next().flatten();
    first.filter(|_| standing.all(|own| own.is_some()))
}

/// A replacement for the remaining term can't be made after the term has ended.
fn no_term_left(definition: Definition<'_>, context: &Context<'_>) -> Option<Refusal> {
    let remaining = definition.case_type.term == Term::Remaining;
    let ended = context.held.is_some_and(|held| context.now >= held.valid_until);
    (remaining && ended).then_some(Refusal::NoTermLeft)
}

/// Extending a limit that has passed would make lateness vanish. A deadline that was met or has ended is said to be so instead.
fn limit_passed(definition: Definition<'_>, case: &Case, context: &Context<'_>) -> Option<Refusal> {
    let limit = dates(definition, case, context.reckoning(), context.now)?.limit;
    let open = case.made_at.is_none() && case.closed_at.is_none();
    (open && context.now > limit.at).then_some(Refusal::LimitPassed { limit: limit.date })
}
