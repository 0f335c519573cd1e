//! What can be done with an account or a system by one button, and that it was done.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::console::page::address::address;
use crate::console::page::answer::see;
use crate::console::page::visitor::Visitor;

/// Something that can be done, or why it can't.
pub(super) struct DeedLine {
    /// Where its button sends the form; none where it can't be done.
    pub(super) address: Option<String>,
    /// What it is called.
    pub(super) name: String,
    /// What comes of it, or why not.
    pub(super) about: String,
}

impl DeedLine {
    /// A line in the reader's language; `blocked` is the key of why it can't be done.
    pub(super) fn new(visitor: &Visitor, address: String, name: &str, about: &str, blocked: Option<&str>) -> Self {
        let text = |key: &str| visitor.messages.t(key).to_owned();
        Self {
            address: Some(address).filter(|_| blocked.is_none()),
            name: text(name),
            about: text(blocked.unwrap_or(about)),
        }
    }
}

/// What was done before the browser was sent to a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::console) struct Saved {
    saved: String,
}

/// Back to the page of an account or system, which says what was done.
pub(super) fn saved(list: &str, id: &str, what: &str) -> HttpResponse {
    see(&address(&format!("{list}/{id}"), &[("saved", what)]))
}

impl Saved {
    /// The same in words; nothing where an address says what no page does.
    pub(super) fn told(&self, visitor: &Visitor) -> Option<String> {
        told(visitor, &self.saved)
    }
}

/// What was done, by its code in an address.
pub(in crate::console) fn told(visitor: &Visitor, saved: &str) -> Option<String> {
    let key = match saved {
        "added" => "saved.added",
        "changed" => "saved.changed",
        "activate" => "saved.activated",
        "deactivate" => "saved.deactivated",
        "remove-second-factor" => "saved.factor_removed",
        "end-sessions" => "saved.sessions_ended",
        "unlock" => "saved.unlocked",
        "end-secret" => "saved.secret_ended",
        "add-key" => "saved.key_added",
        "remove-key" => "saved.key_removed",
        "password" => "saved.password",
        "registration-rejected" => "saved.registration_rejected",
        _ => return None,
    };
    Some(visitor.messages.t(key).to_owned())
}
