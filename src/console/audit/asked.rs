//! What the filter of the trail's pages asks for.

use chrono::NaiveDate;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::console::page::forms::labels::Labels;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::http::problem::{Problem, kinds};
use crate::service::accounts::audit::{AuditCursor, AuditFilter};
use crate::service::accounts::audit_asked::AuditAsked;

/// The labels of its fields.
pub(super) const LABELS: Labels = &[
    ("/kind", "audit.kind"),
    ("/actor", "audit.actor"),
    ("/subject", "audit.subject"),
    ("/address", "audit.address"),
    ("/from", "audit.from"),
    ("/to", "audit.to"),
];

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
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn day(text: &str, at: &'static str) -> Result<Option<NaiveDate>, Fault> {
    let no_day = || Fault::new(at, "invalid_value", Words::new("不是日期", "is no date"));
    filled(text).map(|text| text.parse().map_err(|_| no_day())).transpose()
}

impl AuditQuery {
    /// What is asked for.
    ///
    /// # Errors
    /// Every fault.
    pub(super) fn filter(&self, visitor: &Visitor) -> Result<AuditFilter, Problem> {
        let refused = |faults| Problem::of(&kinds::INVALID_REQUEST).faults(faults);
        let days = (day(&self.from, "/from"), day(&self.to, "/to"));
        let (from, to) = match days {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err(refused(from.err().into_iter().chain(to.err()).collect())),
        };
        let asked = AuditAsked {
            kind: filled(&self.kind),
            actor: filled(&self.actor),
            subject: filled(&self.subject),
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

    /// The same as the query of an address.
    pub(super) fn text(&self) -> String {
        let Self { kind, actor, subject, address, from, to, .. } = self;
        let fields =
            [("kind", kind), ("actor", actor), ("subject", subject), ("address", address), ("from", from), ("to", to)];
        let given = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let pair = |(name, text): (&str, &String)| format!("{name}={}", utf8_percent_encode(text, NON_ALPHANUMERIC));
        given.map(pair).collect::<Vec<_>>().join("&")
    }
}
