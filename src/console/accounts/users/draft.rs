//! The form that says what an account is to say of a person.

use serde_json::json;

use crate::console::page::forms::choice::Choice;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::labels::Labels;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::account::AccountDraft;
use crate::domain::accounts::role::Role;
use crate::http::body::of_form;
use crate::http::problem::Problem;
use crate::service::accounts::people::users::User;

/// The choice that spells out the whole hall.
const WHOLE_HALL: &str = "*";

/// The labels of its fields.
pub(super) const LABELS: Labels = &[
    ("/username", "users.username"),
    ("/display_name", "users.name"),
    ("/roles", "users.roles"),
    ("/outlet", "users.outlet"),
    ("/all_outlets", "users.outlet"),
];

/// The form as it stands.
pub(super) struct DraftForm {
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) roles: Vec<Choice>,
    pub(super) outlets: Vec<Choice>,
}

impl DraftForm {
    /// As it was typed.
    pub(super) fn typed(visitor: &Visitor, fields: &Typed) -> Self {
        let (roles, outlet) = (fields.all("role"), fields.text("outlet"));
        Self::new(visitor, fields.text("display_name"), &roles, outlet, fields.text("username"))
    }

    /// As an account says.
    pub(super) fn of(visitor: &Visitor, user: &User) -> Self {
        let roles: Vec<String> = user.details.roles.iter().map(|role| role.code().to_owned()).collect();
        let sees_cases = user.details.roles.iter().any(|role| role.sees_cases());
        let outlet = user.details.outlet.as_deref().unwrap_or(if sees_cases { WHOLE_HALL } else { "" });
        Self::new(visitor, &user.details.display_name, &roles, outlet, &user.username)
    }

    fn new(visitor: &Visitor, display_name: &str, roles: &[String], outlet: &str, username: &str) -> Self {
        let role =
            |role: Role| visitor.choice(role.code(), &role.words(), roles.iter().any(|code| code == role.code()));
        let fixed = |code: &str, key: &str| Choice {
            code: code.to_owned(),
            name: visitor.messages.t(key).to_owned(),
            is_on: outlet == code,
        };
        let mut outlets = vec![fixed("", "users.no_outlet")];
        outlets.extend(visitor.outlets(Some(outlet)));
        outlets.push(fixed(WHOLE_HALL, "users.whole_hall"));
        Self {
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            roles: Role::ALL.into_iter().filter(|role| *role != Role::Client).map(role).collect(),
            outlets,
        }
    }
}

/// What the form says, within the limits of a request.
///
/// # Errors
/// What is beyond them.
pub(super) fn draft(fields: &Typed) -> Result<AccountDraft, Problem> {
    let outlet = fields.given("outlet").filter(|outlet| *outlet != WHOLE_HALL);
    let mut said = json!({
        "display_name": fields.text("display_name").trim(),
        "roles": fields.all("role"),
        "all_outlets": fields.text("outlet") == WHOLE_HALL,
    });
    if let (Some(outlet), Some(members)) = (outlet, said.as_object_mut()) {
        members.insert("outlet".to_owned(), outlet.into());
    }
    of_form(said, Vec::new())
}
