//! The form that says what a system is to be.

use serde_json::Value;

use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::Client;
use crate::domain::accounts::role::Scope;
use crate::domain::base::words::{Fault, Words};
use crate::http::problem::{Problem, kinds};

/// The fields, with what was typed; before that with what a system is, where there is one.
pub(super) fn fields(visitor: &Visitor, typed: &Typed, of: Option<&Client>) -> Vec<Field> {
    let text = |key: &str| visitor.messages.t(key).to_owned();
    let scopes = visitor.named(Scope::ALL.iter().map(|scope| (scope.code(), scope.words())));
    let mut outlets = vec![(String::new(), text("systems.no_outlet"))];
    outlets.extend(visitor.named_outlets());
    let name = Field::text("name", &text("systems.name"), typed).required();
    let scopes =
        Field::choice(Control::Check, "scopes", &text("systems.scopes"), typed, scopes).required().with_codes();
    let outlet = Field::choice(Control::Select, "outlet", &text("users.outlet"), typed, outlets);
    let Some(of) = of else { return vec![name, scopes, outlet] };
    let has = |code: &str| of.scopes.iter().any(|scope| scope.code() == code);
    let stands = of.outlet.as_deref().unwrap_or_default();
    vec![name.holding(of.name.as_str()), scopes.choosing(has), outlet.holding(stands)]
}

/// The id of a system that is to be.
pub(super) fn id(visitor: &Visitor, typed: &Typed) -> Field {
    let field = Field::text("client_id", visitor.messages.t("systems.id"), typed).required();
    field.hint(visitor.messages.t("systems.id_about"))
}

/// A key of its own.
pub(super) fn key(visitor: &Visitor, typed: &Typed, about: &str) -> Field {
    let field = Field::text("key", visitor.messages.t("systems.key"), typed).control(Control::Lines);
    field.hint(visitor.messages.t(about)).known_as(&["kty", "crv", "x", "y", "kid"])
}

/// The key that a form has, as a request has it.
///
/// # Errors
/// It isn't JSON.
pub(super) fn key_of(typed: &Typed) -> Result<Value, Problem> {
    serde_json::from_str(typed.text("key")).map_err(|_| {
        let words = Words::new(
            "须为一个 JSON 格式的公钥（JWK），以 { 开头、以 } 结尾",
            "one public key as JSON (a JWK), from { to }",
        );
        Problem::of(&kinds::INVALID_REQUEST).faults(vec![Fault::new("/key", "bad_key", words)])
    })
}
