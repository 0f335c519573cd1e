//! One import: how far it is, what is in it, and the decision on it as a whole.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::certificates::list::{Row, row};
use crate::console::certificates::names::reason_called;
use crate::console::certificates::proposals::second;
use crate::console::page::address::{Paging, address};
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::messages::Messages;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::certificates::certificate::CertificateSearch;

/// Rows of a page.
const ROWS: u32 = 20;

#[derive(Template)]
#[template(path = "certificates/entering/batch.html", config = "src/console/askama.toml")]
struct BatchPage {
    layout: Layout,
    id: Uuid,
    tag: Tag,
    /// What happens with it, or happened.
    said: String,
    /// Whether it goes on by itself.
    is_going: bool,
    facts: Vec<(String, String)>,
    /// Whether the reader may decide on it, and who may approve it.
    decides: bool,
    is_own: bool,
    second: String,
    rows: Vec<Row>,
    paging: Paging,
    reason: Field,
    told: Vec<Told>,
}

/// How many lines the table had, as whoever sent it knows; and from where on.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct BatchQuery {
    of: Option<i64>,
    after: Option<Uuid>,
    #[serde(default)]
    before: String,
}

/// The import.
pub(in crate::console) async fn show(
    visitor: Visitor,
    id: Path<Uuid>,
    query: Query<BatchQuery>,
) -> Result<Page<impl Template>, Problem> {
    Ok(Page(BatchPage::read(&visitor, *id, query.into_inner(), &Typed::default()).await?))
}

/// It is approved as a whole.
pub(in crate::console) async fn approve(form: Form<Typed>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let visitor = form.visitor;
    let done = visitor.service.approve_import(&visitor.caller, *id, visitor.once()).await;
    decided(&visitor, *id, form.sent, done).await
}

/// It is rejected as a whole, or taken back.
pub(in crate::console) async fn reject(form: Form<Typed>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, form.sent);
    visitor.service.may_register(&visitor.caller)?;
    let done = match visitor.service.register_reason(sent.one("reason")) {
        Ok(reason) => visitor.service.reject_import(&visitor.caller, *id, reason, visitor.once()).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    decided(&visitor, *id, sent, done).await
}

async fn decided(
    visitor: &Visitor,
    id: Uuid,
    sent: Typed,
    done: Result<CertificateImport, ServiceError>,
) -> Result<HttpResponse, Problem> {
    let Err(refused) = done else { return Ok(see(&format!("/console/certificates/imports/{id}"))) };
    let mut page = BatchPage::read(visitor, id, BatchQuery::default(), &sent).await?;
    page.told = visitor.told(refused, [&mut page.reason])?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

impl BatchPage {
    async fn read(visitor: &Visitor, id: Uuid, query: BatchQuery, sent: &Typed) -> Result<Self, Problem> {
        let (service, caller, messages) = (&visitor.service, &visitor.caller, visitor.messages);
        let import = service.import(caller, id).await?;
        let search =
            CertificateSearch { import: Some(id), after: query.after, limit: ROWS, ..CertificateSearch::default() };
        let search = service.certificate_search(&search).map_err(ServiceError::Invalid)?;
        let found = service.search_certificates(caller, search).await?;
        let is_own = import.entered_by.id == caller.actor.id;
        let here = query.after.map(|after| after.to_string()).unwrap_or_default();
        let page = format!("/console/certificates/imports/{id}");
        let next = found.next.map(|next| next.to_string());
        Ok(Self {
            layout: Layout::of(visitor, messages.t("batch.title").to_owned(), Place::Certificates)
                .found_at(address(&page, &[("after", &here), ("before", &query.before)])),
            id,
            tag: tag(messages, &import),
            said: said(messages, &import, query.of),
            is_going: is_going(&import),
            facts: facts(visitor, &import),
            decides: import.state == ImportState::Waiting && service.may_register(caller).is_ok(),
            is_own,
            second: messages.t(second(is_own)).to_owned(),
            rows: found.certificates.iter().map(|certificate| row(visitor, certificate, service.now())).collect(),
            paging: Paging::of::<&str>(&page, &[], [&here, &query.before], next),
            reason: Field::text("reason", messages.t("field.reason"), sent).required(),
            told: Vec::new(),
        })
    }
}

/// How an import stands.
pub(super) fn tag(messages: Messages, import: &CertificateImport) -> Tag {
    let class = match import.state {
        ImportState::Entering => "work",
        ImportState::Waiting => "soon",
        ImportState::Approved => "ok",
        ImportState::Rejected => "off",
        ImportState::Failed => "late",
    };
    Tag::new(class, messages.of(&import.state.words()).to_owned())
}

/// Whether it changes though nobody does anything.
fn is_going(import: &CertificateImport) -> bool {
    import.state == ImportState::Entering || (import.state != ImportState::Waiting && import.settled_at.is_none())
}

/// How far it is, and what comes next.
fn said(messages: Messages, import: &CertificateImport, of: Option<i64>) -> String {
    let lines = &import.lines;
    match (import.state, of) {
        (ImportState::Entering, Some(of)) => messages.with("batch.entering_of", &[("lines", lines), ("of", &of)]),
        (ImportState::Entering, None) => messages.fill("batch.entering", "lines", lines),
        (ImportState::Waiting, _) => messages.fill("batch.waiting", "lines", lines),
        (ImportState::Approved, _) if import.settled_at.is_none() => messages.fill("batch.settling", "lines", lines),
        (ImportState::Approved, _) => messages.fill("batch.approved", "lines", lines),
        (ImportState::Rejected, _) => messages.t("batch.rejected").to_owned(),
        (ImportState::Failed, _) => messages.t("batch.failed").to_owned(),
    }
}

fn facts(visitor: &Visitor, import: &CertificateImport) -> Vec<(String, String)> {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let by = |name: &str, at| messages.with("proposal.by", &[("name", &name), ("at", &dates.moment(at))]);
    let mut facts = vec![
        (messages.t("proposal.who").to_owned(), by(&import.entered_by.name, import.started_at)),
        (messages.t("waiting.lines").to_owned(), import.lines.to_string()),
    ];
    let decided = import.decided_by.as_ref().zip(import.decided_at);
    facts.extend(decided.map(|(who, at)| (messages.t("waiting.decision").to_owned(), by(&who.name, at))));
    facts.extend(
        import.reason.as_ref().map(|reason| (messages.t("field.reason").to_owned(), reason_called(messages, reason))),
    );
    facts
}
