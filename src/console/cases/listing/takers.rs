//! To whom cases can be given.

use crate::console::page::forms::field::Choice;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Role;
use crate::domain::cases::assignment::WORKERS;
use crate::service::cases::assignment::Colleague;

/// Those of the colleagues who can take the next step of cases, as choices with their roles; all where nobody is asked for.
pub(in crate::console) fn choices(visitor: &Visitor, colleagues: Vec<Colleague>, next: &[Role]) -> Vec<Choice> {
    let messages = visitor.messages;
    let can = |one: &Colleague| next.is_empty() || one.roles.iter().any(|role| next.contains(role));
    let choice = |one: Colleague| {
        let workers = one.roles.iter().filter(|role| WORKERS.contains(role));
        let roles: Vec<String> = workers.map(|role| messages.of(&role.words()).to_owned()).collect();
        let roles = roles.join(messages.t("list.between"));
        let name = messages.with("listing.with_roles", &[("name", &one.name), ("roles", &roles)]);
        Choice { value: one.id, name, is_chosen: false }
    };
    colleagues.into_iter().filter(can).map(choice).collect()
}
