//! An import of certificates from before Casehall: a table is sent, and every line of it told, whether it can be entered and why not.
//!
//! Guarantees: all lines are entered or none; a table that was refused stands in the form again, to be corrected there, unless it is
//! too long for that.

use std::io::Cursor;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::import_rows::{Outcome, outcome};
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::told::Told;
use crate::console::page::forms::upload::Upload;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::certificates::import::ImportState;
use crate::formats::certificates::text;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::import::{Imported, MOST_BYTES, Source};

/// A table that is longer doesn't stand in the form again.
const MOST_TO_CORRECT: usize = 256 * 1024;

#[derive(Template)]
#[template(path = "certificates/entering/import.html", config = "src/console/askama.toml")]
struct ImportPage {
    layout: Layout,
    /// The table, to be corrected.
    table: String,
    /// An import of the reader's that goes on: another one ends it.
    going: Option<String>,
    outcome: Option<Outcome>,
    told: Vec<Told>,
}

/// The form.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_register(&visitor.caller)?;
    Ok(Page(ImportPage::of(&visitor).await?))
}

/// Checks a table, and enters it unless it was only to be checked.
pub(in crate::console) async fn send(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (visitor, upload) = Upload::read(&request, payload, MOST_BYTES, may).await?;
    let Some(table) = table(&upload) else { return again(&visitor, upload).await };
    let found = match entered(&visitor, source(&table), upload.typed.has("check")).await {
        Ok(Imported { import: Some(id), lines, .. }) => {
            return Ok(see(&format!("/console/certificates/imports/{id}?of={lines}")));
        }
        Ok(found) => found,
        Err(refused) => return refused_table(&visitor, &table, refused).await,
    };
    let status = if found.fault_count == 0 { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(rendered(status, &ImportPage::of(&visitor).await?.with(&visitor, &table, &found)))
}

/// Refuses whoever registers nothing.
fn may(visitor: &Visitor) -> Result<(), Problem> {
    Ok(visitor.service.may_register(&visitor.caller)?)
}

async fn entered(visitor: &Visitor, source: Source, only_check: bool) -> Result<Imported, Problem> {
    let done = if only_check {
        visitor.service.import_certificates(&visitor.caller, source, true).await
    } else {
        visitor.service.begin_import(&visitor.caller, source).await
    };
    match done {
        Ok(found) => Ok(found),
        // What came up after the check.
        Err(ServiceError::Invalid(faults)) => Ok(Imported { fault_count: faults.len(), faults, ..Imported::default() }),
        Err(error) => Err(error.into()),
    }
}

/// The page once more, where there is no table to look at.
async fn again(visitor: &Visitor, upload: Upload) -> Result<HttpResponse, Problem> {
    let table = upload.typed.text("table").to_owned();
    let mut page = ImportPage { table, ..ImportPage::of(visitor).await? };
    let said = upload.faults.iter().map(|fault| visitor.messages.line(&fault.words));
    page.told = visitor.unsaved().into_iter().chain(said.map(at_file)).collect();
    if page.told.is_empty() {
        page.told.push(at_file(visitor.messages.t("entering.no_table").to_owned()));
    }
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// The page once more with a table that wasn't entered, and why.
async fn refused_table(visitor: &Visitor, table: &Bytes, refused: Problem) -> Result<HttpResponse, Problem> {
    let mut page = ImportPage::of(visitor).await?;
    page.told = visitor.told(refused, &mut [])?;
    page.table = to_correct(table).unwrap_or_default();
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn at_file(text: String) -> Told {
    Told { at: "file".to_owned(), text }
}

/// A table as it stands in the form; none that is too long for it, or no text.
fn to_correct(table: &Bytes) -> Option<String> {
    Some(table).filter(|table| table.len() <= MOST_TO_CORRECT).and_then(|table| text(table))
}

/// The file that was chosen, or else the text that was pasted.
fn table(upload: &Upload) -> Option<Bytes> {
    let pasted = || upload.typed.given("table").map(Bytes::from);
    if upload.faults.is_empty() { upload.file.as_ref().map(|file| file.content.clone()).or_else(pasted) } else { None }
}

fn source(table: &Bytes) -> Source {
    let table = table.clone();
    Arc::new(move || Ok(Box::new(Cursor::new(table.clone())) as Box<dyn std::io::Read>))
}

impl ImportPage {
    async fn of(visitor: &Visitor) -> Result<Self, Problem> {
        let (service, caller) = (&visitor.service, &visitor.caller);
        let page = service.import_page(Some(ImportState::Entering.code()), None, u32::MAX);
        let (entering, _) = service.imports(caller, page.map_err(|_| Problem::of(&kinds::NOT_FOUND))?).await?;
        let own = entering.into_iter().find(|import| import.entered_by.id == caller.actor.id);
        Ok(Self {
            layout: Layout::of(visitor, visitor.messages.t("entering.import").to_owned(), Place::Certificates),
            table: String::new(),
            going: own.map(|import| import.id.to_string()),
            outcome: None,
            told: Vec::new(),
        })
    }

    /// With what was found in a table.
    fn with(self, visitor: &Visitor, table: &Bytes, found: &Imported) -> Self {
        let (outcome, told) = outcome(visitor, table, found);
        Self { table: to_correct(table).unwrap_or_default(), outcome, told, ..self }
    }
}
