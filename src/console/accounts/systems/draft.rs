//! The form that says what a system is to be.

use serde_json::{Value, json};

use crate::console::page::forms::choice::Choice;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::labels::Labels;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::Client;
use crate::domain::accounts::role::Scope;
use crate::domain::base::words::{Fault, Words};
use crate::http::problem::{Problem, kinds};

/// The labels of its fields, and of the forms beside it.
pub(super) const LABELS: Labels = &[
    ("/client_id", "systems.id"),
    ("/name", "systems.name"),
    ("/scopes", "systems.scopes"),
    ("/outlet", "users.outlet"),
    ("/key", "systems.key"),
    ("/old_valid_until", "systems.overlap"),
];

/// The form as it stands.
pub(super) struct DraftForm {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scopes: Vec<Choice>,
    pub(super) outlets: Vec<Choice>,
}

impl DraftForm {
    /// As it was typed.
    pub(super) fn typed(visitor: &Visitor, fields: &Typed) -> Self {
        let scopes = fields.all("scope");
        Self::new(visitor, fields.text("id"), fields.text("name"), &scopes, fields.given("outlet").as_deref())
    }

    /// As a system is.
    pub(super) fn of(visitor: &Visitor, client: &Client) -> Self {
        let scopes: Vec<String> = client.scopes.iter().map(|scope| scope.code().to_owned()).collect();
        Self::new(visitor, &client.id, &client.name, &scopes, client.outlet.as_deref())
    }

    fn new(visitor: &Visitor, id: &str, name: &str, scopes: &[String], outlet: Option<&str>) -> Self {
        let scope = |scope: Scope| {
            let mut choice =
                visitor.choice(scope.code(), &scope.words(), scopes.iter().any(|code| code == scope.code()));
            choice.name = format!("{} · {}", choice.name, choice.code);
            choice
        };
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            scopes: Scope::ALL.into_iter().map(scope).collect(),
            outlets: visitor.outlets(outlet),
        }
    }
}

/// What the form says, as a request says it.
pub(super) fn said(fields: &Typed) -> Value {
    json!({ "name": fields.text("name").trim(), "scopes": fields.all("scope"), "outlet": fields.given("outlet") })
}

/// The key that a form has, as a request has it.
///
/// # Errors
/// It isn't JSON.
pub(super) fn key_of(fields: &Typed) -> Result<Value, Problem> {
    serde_json::from_str(fields.text("key")).map_err(|_| {
        let words = Words::new(
            "须为一个 JSON 格式的公钥（JWK），以 { 开头、以 } 结尾",
            "one public key as JSON (a JWK), from { to }",
        );
        Problem::of(&kinds::INVALID_REQUEST).faults(vec![Fault::new("/key", "bad_key", words)])
    })
}
