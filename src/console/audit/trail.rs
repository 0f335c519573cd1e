//! A page of the trail: who, what, when, before and after; and what the last verification of everything found.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;

use super::asked::AuditQuery;
use super::in_words::{Said, name, subject, value};
use crate::console::page::address::{self, Paging};
use crate::console::page::answer::rendered;
use crate::console::page::dates::Dates;
use crate::console::page::forms::field::{Choice, Field};
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::audit::{AuditKind, RecordedEntry};
use crate::http::problem::Problem;
use crate::service::accounts::audit::{AuditCursor, AuditFilter};
use crate::service::evidence::seal::LastVerification;

/// Entries of a page.
const ENTRIES: i64 = 50;

/// Something that an entry says besides who did what: as it was before and is after, where it was changed.
struct Detail {
    name: Said,
    before: Option<Said>,
    value: Said,
}

/// An entry.
struct Row {
    number: i64,
    at: String,
    kind: String,
    who: String,
    who_id: String,
    from: String,
    subject: String,
    subject_id: String,
    details: Vec<Detail>,
}

/// What is known of whether everything is as it was recorded.
struct Evidence {
    verified: Option<(Tag, String)>,
    first: Option<String>,
    seal: String,
    note: String,
}

#[derive(Template)]
#[template(path = "audit/trail.html", config = "src/console/askama.toml")]
struct TrailPage {
    layout: Layout,
    fields: Vec<Field>,
    text: String,
    kinds: Vec<Choice>,
    evidence: Evidence,
    rows: Vec<Row>,
    paging: Paging,
    told: Vec<Told>,
}

impl Row {
    /// Enough of a long id to tell it from others.
    fn short_id(&self) -> String {
        if self.subject_id.len() < 36 {
            return self.subject_id.clone();
        }
        let end: String = self.subject_id.chars().skip(self.subject_id.chars().count() - 8).collect();
        format!("…{end}")
    }
}

/// The page. That it was read is an entry, too.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<AuditQuery>) -> Result<HttpResponse, Problem> {
    visitor.service.may_audit(&visitor.caller)?;
    let after = query.after()?;
    let filter = query.filter(&visitor).await;
    let mut page = TrailPage::of(&visitor, &query).await?;
    match filter {
        Ok(filter) => page.read(&visitor, &query, filter, after).await?,
        Err(refused) => {
            page.told = visitor.told(refused, &mut page.fields)?;
            return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    }
    Ok(rendered(StatusCode::OK, &page))
}

impl TrailPage {
    /// Puts the entries on it.
    async fn read(
        &mut self,
        visitor: &Visitor,
        query: &AuditQuery,
        filter: AuditFilter,
        after: Option<AuditCursor>,
    ) -> Result<(), Problem> {
        let found = visitor.service.audit_trail(&visitor.caller, filter, after, ENTRIES).await?;
        self.rows = found.entries.into_iter().map(|entry| row(visitor, entry)).collect();
        let paging = query.paging(found.next.map(AuditCursor::text));
        self.paging = paging.rows(visitor.messages, self.rows.len(), ENTRIES);
        self.layout.keys = self.paging.keys().collect();
        Ok(())
    }

    async fn of(visitor: &Visitor, query: &AuditQuery) -> Result<Self, Problem> {
        let kind = |kind: AuditKind| visitor.choice(kind.code(), &kind.words(), query.kind == kind.code());
        let seals = visitor.service.seals(&visitor.caller, None, 1).await?;
        let dates = visitor.dates();
        let seal = seals.seals.into_iter().next();
        Ok(Self {
            layout: Layout::of(visitor, visitor.messages.t("audit.title").to_owned(), Place::Audit),
            kinds: AuditKind::ALL.into_iter().map(kind).collect(),
            text: address::query(&query.asked()),
            fields: query.fields(visitor),
            evidence: Evidence {
                first: seals.verified.as_ref().and_then(|verified| verified.first.clone()),
                verified: seals.verified.map(|verified| (verdict(&dates, &verified), dates.moment(verified.at))),
                note: seal.as_ref().map(|seal| seal.note.clone()).unwrap_or_default(),
                seal: seal.map_or_else(
                    || visitor.messages.t("audit.no_seal").to_owned(),
                    |seal| {
                        let at = dates.moment(seal.at);
                        visitor
                            .messages
                            .with("audit.seal", &[("number", &seal.number), ("at", &at), ("size", &seal.size)])
                    },
                ),
            },
            rows: Vec::new(),
            paging: Paging::default(),
            told: Vec::new(),
        })
    }
}

fn verdict(dates: &Dates, verified: &LastVerification) -> Tag {
    match verified.findings {
        0 => Tag::new("ok", dates.messages.t("audit.intact").to_owned()),
        findings => Tag::new("late", dates.messages.fill("audit.findings", "count", findings)),
    }
}

fn row(visitor: &Visitor, entry: RecordedEntry) -> Row {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let kind = messages.line(&entry.kind_words());
    let (subject, subject_id) = entry.about.map(|(kind, id)| subject(visitor, &kind, &id)).unwrap_or_default();
    let by = entry.by;
    // Whoever did something to their own account is known by name.
    let subject = if by.id == subject_id && !by.name.is_empty() { format!("{subject} {}", by.name) } else { subject };
    Row {
        number: entry.number,
        at: dates.cell(entry.at),
        kind,
        who: if by.name.is_empty() { messages.t("audit.nobody").to_owned() } else { by.name },
        who_id: by.id,
        from: by.address.or(by.system_user).unwrap_or_default(),
        subject,
        subject_id,
        details: entry.details.iter().map(|(name, value)| detail(visitor, name, value)).collect(),
    }
}

/// A detail; what was changed says both.
fn detail(visitor: &Visitor, called: &str, said: &str) -> Detail {
    let changed = said.split_once(" → ").filter(|_| called != "reason");
    let (before, after) = changed.map_or((None, said), |(before, after)| (Some(before), after));
    let before = before.map(|before| value(visitor, called, before));
    Detail { name: name(visitor, called), before, value: value(visitor, called, after) }
}
