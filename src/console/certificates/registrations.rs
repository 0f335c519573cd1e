//! Registrations and imports that wait for a second person.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::list::{Row, row};
use crate::console::page::address::address;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::certificate::CertificateSearch;

/// Where what waits is listed.
const PAGE: &str = "/console/certificates/registrations";
/// Rows of a page.
const ROWS: u32 = 20;

/// An import that waits.
struct ImportLine {
    id: String,
    lines: i64,
    entered_by: String,
    at: String,
    blocked: Option<String>,
    reason: Field,
}

#[derive(Template)]
#[template(path = "certificates/registrations.html", config = "src/console/askama.toml")]
struct WaitingPage {
    layout: Layout,
    imports: Vec<ImportLine>,
    rows: Vec<Row>,
    next: Option<String>,
    told: Vec<Told>,
}

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct WaitingQuery {
    after: Option<Uuid>,
}

/// What waits.
#[get("/certificates/registrations")]
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<WaitingQuery>,
) -> Result<Page<impl Template>, Problem> {
    Ok(Page(WaitingPage::read(&visitor, query.after, &Sent::default()).await?))
}

/// An import is approved as a whole.
#[post("/certificates/imports/{id}/approve")]
pub(in crate::console) async fn approve_import(form: Form<Typed>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, Sent { id: Some(*id), typed: form.sent });
    let done = visitor.service.approve_import(&visitor.caller, *id, None).await;
    decided(&visitor, &sent, done).await
}

/// An import is rejected as a whole, or taken back.
#[post("/certificates/imports/{id}/reject")]
pub(in crate::console) async fn reject_import(form: Form<Typed>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, Sent { id: Some(*id), typed: form.sent });
    visitor.service.may_register(&visitor.caller)?;
    let done = match visitor.service.register_reason(sent.typed.one("reason")) {
        Ok(reason) => visitor.service.reject_import(&visitor.caller, *id, reason, None).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    decided(&visitor, &sent, done).await
}

/// A decision that came back.
#[derive(Default)]
struct Sent {
    id: Option<Uuid>,
    typed: Typed,
}

async fn decided(
    visitor: &Visitor,
    sent: &Sent,
    done: Result<CertificateImport, ServiceError>,
) -> Result<HttpResponse, Problem> {
    let Err(refused) = done else { return Ok(see(PAGE)) };
    let mut page = WaitingPage::read(visitor, None, sent).await?;
    let id = sent.id.map(|id| id.to_string());
    let of_it = page.imports.iter_mut().filter(|line| Some(&line.id) == id.as_ref());
    page.told = visitor.told(refused, of_it.map(|line| &mut line.reason))?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

impl WaitingPage {
    async fn read(visitor: &Visitor, after: Option<Uuid>, sent: &Sent) -> Result<Self, Problem> {
        let (service, caller, messages) = (&visitor.service, &visitor.caller, visitor.messages);
        service.may_register(caller)?;
        let pending = Some("pending".to_owned());
        let search = CertificateSearch { registration: pending, after, limit: ROWS, ..CertificateSearch::default() };
        let search = service.certificate_search(&search).map_err(ServiceError::Invalid)?;
        let found = service.search_certificates(caller, search).await?;
        let state = Some(ImportState::Waiting.code());
        let page = service.import_page(state, None, ROWS).map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
        let (imports, _) = service.imports(caller, page).await?;
        let now = service.now();
        Ok(Self {
            layout: Layout::of(visitor, messages.t("certificates.registrations").to_owned(), Place::Certificates),
            imports: imports.into_iter().map(|import| line(visitor, import, sent)).collect(),
            rows: found.certificates.iter().map(|certificate| row(visitor, certificate, now)).collect(),
            next: found.next.map(|next| address(PAGE, &[("after", next.to_string())])),
            told: Vec::new(),
        })
    }
}

fn line(visitor: &Visitor, import: CertificateImport, sent: &Sent) -> ImportLine {
    let (id, nothing, messages) = (import.id.to_string(), Typed::default(), visitor.messages);
    let typed = if sent.id == Some(import.id) { &sent.typed } else { &nothing };
    let blocked = import.unless_second(&visitor.caller.actor.id).err().map(|refusal| Refusal::from(refusal).words());
    ImportLine {
        reason: Field::text("reason", messages.t("field.reason"), typed).of_form(&id),
        id,
        lines: import.lines,
        at: visitor.dates().moment(import.started_at),
        blocked: blocked.map(|words| messages.of(&words).to_owned()),
        entered_by: import.entered_by.name,
    }
}
