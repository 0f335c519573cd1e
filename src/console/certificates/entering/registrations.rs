//! What waits for a second person in the register: corrections, registrations, and imports; each with what it changes, who asks for
//! it and why.

use actix_web::web::Query;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::console::accounts::deed::told;
use crate::console::certificates::names::{first_day, last_day};
use crate::console::certificates::proposals::corrected_fields;
use crate::console::page::address::Paging;
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::pending_correction::Asker;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::certificate::{CertificateListing, CertificateSearch};

/// Where what waits is listed.
const PAGE: &str = "/console/certificates/registrations";
/// Rows of a page.
const ROWS: u32 = 20;

/// Something that waits.
struct WaitingLine {
    address: String,
    name: String,
    small: String,
    /// What it changes, a field a line.
    changes: Vec<String>,
    by: String,
    why: String,
    is_own: bool,
}

/// What waits of one kind, and the ways to the rest of it.
struct Section {
    title: String,
    lines: Vec<WaitingLine>,
    paging: Paging,
}

#[derive(Template)]
#[template(path = "certificates/entering/registrations.html", config = "src/console/askama.toml")]
struct WaitingPage {
    layout: Layout,
    sections: Vec<Section>,
}

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct WaitingQuery {
    after: Option<Uuid>,
    #[serde(default)]
    before: String,
    /// What was just done.
    #[serde(default)]
    saved: String,
}

/// What waits.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<WaitingQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_register(&visitor.caller)?;
    let sections = vec![
        waiting_corrections(&visitor).await?,
        waiting_registrations(&visitor, &query).await?,
        section(&visitor, "waiting.imports", imports(&visitor).await?, Paging::default()),
    ];
    let title = visitor.messages.t("certificates.registrations").to_owned();
    let mut layout = Layout::of(&visitor, title, Place::Certificates);
    layout.saved = told(&visitor, &query.saved);
    Ok(Page(WaitingPage { layout, sections }))
}

/// How many wait for the reader: what they may decide and didn't ask for themselves; as a text, none where nothing waits.
pub(in crate::console) async fn waiting(visitor: &Visitor) -> Result<Option<String>, Problem> {
    if visitor.service.may_register(&visitor.caller).is_err() {
        return Ok(None);
    }
    let corrections = waiting_corrections(visitor).await?;
    let registrations = waiting_registrations(visitor, &WaitingQuery::default()).await?;
    let imports = section(visitor, "waiting.imports", imports(visitor).await?, Paging::default());
    let sections = [corrections, registrations, imports];
    let count = sections.iter().flat_map(|section| &section.lines).filter(|line| !line.is_own).count();
    let more = if sections.iter().any(|section| section.paging.next.is_some()) { "+" } else { "" };
    Ok((count > 0).then(|| format!("{count}{more}")))
}

fn section(visitor: &Visitor, title: &str, lines: Vec<WaitingLine>, paging: Paging) -> Section {
    Section { title: visitor.messages.t(title).to_owned(), lines, paging }
}

async fn waiting_corrections(visitor: &Visitor) -> Result<Section, Problem> {
    let search = CertificateSearch { correction: Some("pending".to_owned()), ..CertificateSearch::default() };
    let listing = found(visitor, search).await?;
    let lines = listing.certificates.iter().filter_map(|certificate| of_correction(visitor, certificate)).collect();
    let next = listing.next.map(|_| "/console/certificates?correction=pending".to_owned());
    Ok(section(visitor, "waiting.corrections", lines, Paging { next, ..Paging::default() }))
}

async fn waiting_registrations(visitor: &Visitor, query: &WaitingQuery) -> Result<Section, Problem> {
    let registration = Some("pending".to_owned());
    let search = CertificateSearch { registration, after: query.after, ..CertificateSearch::default() };
    let listing = found(visitor, search).await?;
    let lines = listing.certificates.iter().filter_map(|certificate| of_registration(visitor, certificate)).collect();
    let here = query.after.map(|after| after.to_string()).unwrap_or_default();
    let paging = Paging::of::<&str>(PAGE, &[], [&here, &query.before], listing.next.map(|next| next.to_string()));
    Ok(section(visitor, "waiting.single", lines, paging))
}

async fn found(visitor: &Visitor, search: CertificateSearch) -> Result<CertificateListing, Problem> {
    let search = CertificateSearch { limit: ROWS, ..search };
    let search = visitor.service.certificate_search(&search).map_err(ServiceError::Invalid)?;
    Ok(visitor.service.search_certificates(&visitor.caller, search).await?)
}

async fn imports(visitor: &Visitor) -> Result<Vec<WaitingLine>, Problem> {
    let page = visitor.service.import_page(Some(ImportState::Waiting.code()), None, ROWS);
    let page = page.map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
    let (imports, _) = visitor.service.imports(&visitor.caller, page).await?;
    Ok(imports.iter().map(|import| of_import(visitor, import)).collect())
}

/// A line with who asked, and when.
fn line(visitor: &Visitor, by: &Asker, at: DateTime<Utc>) -> WaitingLine {
    let by_and_at = [("name", &by.name as &dyn std::fmt::Display), ("at", &visitor.dates().moment(at))];
    WaitingLine {
        address: String::new(),
        name: String::new(),
        small: String::new(),
        changes: Vec::new(),
        by: visitor.messages.with("proposal.by", &by_and_at),
        why: String::new(),
        is_own: by.id == visitor.caller.actor.id,
    }
}

fn of_certificate(certificate: &Certificate, line: WaitingLine) -> WaitingLine {
    WaitingLine {
        address: format!("/console/certificates/{}", certificate.serial),
        name: certificate.organization_name.clone(),
        small: certificate.serial.clone(),
        ..line
    }
}

fn of_correction(visitor: &Visitor, certificate: &Certificate) -> Option<WaitingLine> {
    let correction = certificate.correction.as_ref()?;
    let changes = corrected_fields(visitor, correction).into_iter().map(|change| {
        let gaps: [(&str, &dyn std::fmt::Display); 3] =
            [("field", &change.field), ("before", &change.before), ("after", &change.after)];
        visitor.messages.with("waiting.change", &gaps)
    });
    let asked = line(visitor, &correction.asked_by, correction.asked_at);
    let asked = WaitingLine { changes: changes.collect(), why: correction.reason.clone(), ..asked };
    Some(of_certificate(certificate, asked))
}

fn of_registration(visitor: &Visitor, certificate: &Certificate) -> Option<WaitingLine> {
    let entered = certificate.registration.as_ref()?;
    let (from, until) = (first_day(visitor, certificate.valid_from), last_day(visitor, certificate.valid_until));
    let changes = vec![
        visitor.messages.t("waiting.enters").to_owned(),
        visitor.messages.with("waiting.valid", &[("from", &from), ("until", &until)]),
    ];
    let entered = WaitingLine { changes, ..line(visitor, &entered.entered_by, entered.entered_at) };
    Some(of_certificate(certificate, entered))
}

fn of_import(visitor: &Visitor, import: &CertificateImport) -> WaitingLine {
    WaitingLine {
        address: format!("/console/certificates/imports/{}", import.id),
        name: visitor.messages.fill("waiting.import", "lines", import.lines),
        changes: vec![visitor.messages.fill("waiting.all_enter", "lines", import.lines)],
        ..line(visitor, &import.entered_by, import.started_at)
    }
}
