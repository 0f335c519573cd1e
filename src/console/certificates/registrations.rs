//! Registrations and imports that wait for a second person.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::list::{Row, row};
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::refusal::CertificateRefusal;
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
}

#[derive(Template)]
#[template(path = "certificates/registrations.html", config = "src/console/askama.toml")]
struct WaitingPage {
    layout: Layout,
    imports: Vec<ImportLine>,
    rows: Vec<Row>,
    next: Option<String>,
    faults: Vec<String>,
    typed: String,
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
    Ok(Page(WaitingPage::read(&visitor, query.after).await?))
}

/// An import is approved as a whole.
#[post("/certificates/imports/{id}/approve")]
pub(in crate::console) async fn approve_import(form: Form<Decision>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let visitor = form.visitor;
    let done = visitor.service.approve_import(&visitor.caller, id.into_inner(), None).await;
    decided(&visitor, form.sent, done).await
}

/// An import is rejected as a whole, or taken back.
#[post("/certificates/imports/{id}/reject")]
pub(in crate::console) async fn reject_import(form: Form<Decision>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, form.sent);
    visitor.service.may_register(&visitor.caller)?;
    let done = match visitor.service.register_reason(&sent.reason) {
        Ok(reason) => visitor.service.reject_import(&visitor.caller, id.into_inner(), reason, None).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    decided(&visitor, sent, done).await
}

/// What the form of a decision says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct Decision {
    reason: String,
}

async fn decided(
    visitor: &Visitor,
    sent: Decision,
    done: Result<CertificateImport, ServiceError>,
) -> Result<HttpResponse, Problem> {
    let Err(error) = done else { return Ok(see(PAGE)) };
    let faults = visitor.faults_of(error)?;
    let mut page = WaitingPage::read(visitor, None).await?;
    (page.faults, page.typed) = (faults, sent.reason);
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

impl WaitingPage {
    async fn read(visitor: &Visitor, after: Option<Uuid>) -> Result<Self, Problem> {
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
            imports: imports.into_iter().map(|import| line(visitor, import)).collect(),
            rows: found.certificates.iter().map(|certificate| row(visitor, certificate, now)).collect(),
            next: found.next.map(|next| format!("{PAGE}?after={next}")),
            faults: Vec::new(),
            typed: String::new(),
        })
    }
}

fn line(visitor: &Visitor, import: CertificateImport) -> ImportLine {
    let is_own = import.entered_by.id == visitor.caller.actor.id;
    let words = || Refusal::from(CertificateRefusal::SecondPersonNeeded).words();
    ImportLine {
        id: import.id.to_string(),
        lines: import.lines,
        at: visitor.dates().moment(import.started_at),
        blocked: is_own.then(|| visitor.messages.of(&words()).to_owned()),
        entered_by: import.entered_by.name,
    }
}
