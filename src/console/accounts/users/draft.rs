//! The form that says what an account is to say of a person.

use crate::console::page::forms::draft::said;
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::account::{AccountDetails, AccountDraft};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Fault;
use crate::http::body::of_form;
use crate::http::problem::Problem;

/// The choice that spells out the whole hall.
const WHOLE_HALL: &str = "*";

/// The fields, with what was typed; before that with what an account says, where there is one.
pub(super) fn fields(visitor: &Visitor, typed: &Typed, of: Option<&AccountDetails>) -> Vec<Field> {
    let text = |key: &str| visitor.messages.t(key).to_owned();
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::Client).collect::<Vec<_>>();
    let roles = visitor.named(roles.iter().map(|role| (role.code(), role.words())));
    let mut outlets = vec![(String::new(), text("users.no_outlet"))];
    outlets.extend(visitor.named_outlets());
    outlets.push((WHOLE_HALL.to_owned(), text("users.whole_hall")));
    let name = Field::text("display_name", &text("users.name"), typed).required();
    let roles = Field::choice(Control::Check, "roles", &text("users.roles"), typed, roles).required();
    let outlet = Field::choice(Control::Select, "outlet", &text("users.outlet"), typed, outlets);
    let (roles, outlet) = (roles.hint(text("users.roles_about")), outlet.hint(text("users.outlet_about")));
    let outlet = outlet.known_as(&["all_outlets"]);
    let Some(of) = of else { return vec![name, roles, outlet] };
    let sees_cases = of.roles.iter().any(|role| role.sees_cases());
    let stands = of.outlet.as_deref().unwrap_or(if sees_cases { WHOLE_HALL } else { "" });
    let has = |code: &str| of.roles.iter().any(|role| role.code() == code);
    vec![name.holding(of.display_name.as_str()), roles.choosing(has), outlet.holding(stands)]
}

/// The name to sign in with, of an account that is to be.
pub(super) fn username(visitor: &Visitor, typed: &Typed) -> Field {
    let field = Field::text("username", visitor.messages.t("users.username"), typed).required();
    field.hint(visitor.messages.t("users.username_about"))
}

/// What the form says, within the limits of a request.
///
/// # Errors
/// What is beyond them, together with what is wrong besides.
pub(super) fn draft(fields: &[Field], besides: Option<Fault>) -> Result<AccountDraft, Problem> {
    let (mut said, mut faults) = said(fields);
    faults.extend(besides);
    let is_whole_hall = said["outlet"] == WHOLE_HALL;
    if let (true, Some(members)) = (is_whole_hall, said.as_object_mut()) {
        members.remove("outlet");
        members.insert("all_outlets".to_owned(), true.into());
    }
    of_form(said, faults)
}
