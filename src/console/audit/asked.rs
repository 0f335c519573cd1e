//! What the filter of the trail's pages asks for.

use serde::Deserialize;

use crate::console::page::address::Paging;
use crate::console::page::forms::day::day;
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::http::problem::{Problem, kinds};
use crate::service::accounts::audit::{AuditCursor, AuditFilter};
use crate::service::accounts::audit_asked::AuditAsked;

/// The fields as a browser sends them: what isn't filled in is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::console) struct AuditQuery {
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) subject: String,
    pub(super) address: String,
    pub(super) from: String,
    pub(super) to: String,
    after: String,
    before: String,
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl AuditQuery {
    /// What is asked for.
    ///
    /// # Errors
    /// Every fault.
    pub(super) async fn filter(&self, visitor: &Visitor) -> Result<AuditFilter, Problem> {
        let refused = |faults| Problem::of(&kinds::INVALID_REQUEST).faults(faults);
        let days = (day(&self.from, "/from"), day(&self.to, "/to"));
        let (from, to) = match days {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err(refused(from.err().into_iter().chain(to.err()).collect())),
        };
        // People are asked for by their names, too.
        let whom = async |typed: &str| visitor.service.audit_ids(&visitor.caller, typed).await;
        let asked = AuditAsked {
            kinds: filled(&self.kind).into_iter().collect(),
            actors: whom(&self.actor).await?,
            subjects: whom(&self.subject).await?,
            address: filled(&self.address),
            from,
            to,
        };
        asked.filter(visitor.service.hall()).map_err(refused)
    }

    /// Where the page goes on.
    ///
    /// # Errors
    /// No page ends there.
    pub(super) fn after(&self) -> Result<Option<AuditCursor>, Problem> {
        AuditCursor::parse(filled(&self.after).as_deref()).map_err(|_| Problem::of(&kinds::NOT_FOUND))
    }

    /// The same as an address asks it.
    pub(super) fn asked(&self) -> [(&'static str, &str); 6] {
        [
            ("kind", &self.kind),
            ("actor", &self.actor),
            ("subject", &self.subject),
            ("address", &self.address),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// The ways from this page to others.
    pub(super) fn paging(&self, next: Option<String>) -> Paging {
        Paging::of(Place::Audit.address(), &self.asked(), [&self.after, &self.before], next)
    }

    /// The fields of the filter besides the kind, with what was typed.
    pub(super) fn fields(&self, visitor: &Visitor) -> Vec<Field> {
        let field = |name: &str, label: &str, typed: &str| {
            let mut sent = Typed::default();
            sent.fill(name, typed);
            Field::text(name, visitor.messages.t(label), &sent)
        };
        vec![
            field("actor", "audit.actor", &self.actor),
            field("subject", "audit.subject", &self.subject),
            field("address", "audit.address", &self.address),
            field("from", "audit.from", &self.from).control(Control::Day),
            field("to", "audit.to", &self.to).control(Control::Day),
        ]
    }
}
