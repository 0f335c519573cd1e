//! The papers of a case: which it offers, each as a page made for A4, and that one is printed.
//!
//! Guarantee: what is shown as a print is what was printed, in its language and with its digest; where the case says something else by
//! now, that is said.

use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::paper::{Block, Sheet, Subject};
use super::papers::sheets;
use crate::console::cases::case::{CasePath, Identity};
use crate::console::page::answer::{Page, see};
use crate::console::page::assets::{PAPER_SCRIPT, PAPER_STYLE};
use crate::console::page::codes::{Code, barcode, qr};
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::messages::Messages;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::{Paper, following, form_of, missing_for};
use crate::domain::base::words::Language;
use crate::domain::case_types::case_type::Copies;
use crate::http::keys::case_named;
use crate::http::problem::{Problem, kinds};
use crate::service::applicants::papers::{PaperData, Print};
use crate::service::cases::case::CaseKey;

/// The paper that an address names.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::console) struct PaperPath {
    #[serde(deserialize_with = "case_named")]
    key: CaseKey,
    document: String,
}

impl PaperPath {
    fn paper(&self) -> Result<Paper, Problem> {
        Paper::from_code(&self.document).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
    }
}

/// A paper of the list.
struct Line {
    code: &'static str,
    name: String,
    copies: u32,
    last: String,
    /// `primary` where it is the paper that follows now.
    class: &'static str,
    why: String,
}

#[derive(Template)]
#[template(path = "applicants/prints.html", config = "src/console/askama.toml")]
struct PrintsPage {
    layout: Layout,
    identity: Identity,
    may_print: bool,
    offered: Vec<Line>,
    others: Vec<Line>,
}

/// The papers of a case, the one that follows now as the primary one, and why not the rest.
#[get("/cases/{key}/prints")]
pub(in crate::console) async fn list(visitor: Visitor, path: Path<CasePath>) -> Result<Page<impl Template>, Problem> {
    let data = visitor.service.papers(&visitor.caller, path.into_inner().key).await?;
    let details = visitor.service.details(&data.at, &visitor.caller)?;
    let identity = Identity::of(&visitor, &details);
    let (messages, definition, case) = (visitor.messages, details.definition, &data.at.case);
    let follows = following(definition, case, &data.events);
    let line = |paper: Paper| Line {
        code: paper.code(),
        name: messages.of(&paper.words()).to_owned(),
        copies: match form_of(definition, case, paper).map(|form| form.copies) {
            Some(Copies::Exactly(copies)) => copies,
            _ => 1,
        },
        last: data.last_print(paper).map(|last| printed(&visitor, messages, last)).unwrap_or_default(),
        class: if paper == follows { "primary" } else { "" },
        why: missing_for(paper, definition, case, &data.events)
            .map_or_else(String::new, |why| messages.of(&why).to_owned()),
    };
    let (offered, others) = Paper::ALL.into_iter().map(line).partition(|line| line.why.is_empty());
    let layout =
        Layout::of(&visitor, messages.fill("prints.title", "organization", &identity.organization), Place::Elsewhere);
    let may_print = visitor.service.may_print(&visitor.caller).is_ok();
    Ok(Page(PrintsPage { layout, identity, may_print, offered, others }))
}

/// What stands on a page, without what each print adds: the digest is of this.
#[derive(Template)]
#[template(path = "applicants/sheet.html", config = "src/console/askama.toml")]
struct SheetPart<'a> {
    sheet: &'a Sheet,
}

/// A page as it is printed.
struct PrintedPage {
    body: String,
    copy: Option<String>,
    has_qr: bool,
}

#[derive(Template)]
#[template(path = "applicants/paper.html", config = "src/console/askama.toml")]
struct PaperPage {
    /// The texts in the language of the paper.
    messages: Messages,
    /// Those in the reader's.
    reader: Messages,
    /// The other language, in which the paper can be had too.
    other: Messages,
    style: &'static str,
    script: &'static str,
    title: String,
    number: String,
    document: &'static str,
    hall: String,
    form_key: String,
    may_print: bool,
    /// Whether it is what was printed last.
    is_printed: bool,
    /// Which print it is, as stands on it.
    printed: String,
    /// The same for the reader, or that the case changed since.
    told: String,
    pages: Vec<PrintedPage>,
    barcode: Option<Code>,
    qr: Option<Code>,
    progress_address: String,
    /// The first twelve digits, for people.
    digest: String,
    sha256: String,
}

/// In which language a paper is wanted; none: as it was printed last, or else in the reader's.
#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Wanted {
    #[serde(default)]
    language: String,
}

/// A paper.
#[get("/cases/{key}/prints/{document}")]
pub(in crate::console) async fn show(
    request: HttpRequest,
    visitor: Visitor,
    path: Path<PaperPath>,
    wanted: Query<Wanted>,
) -> Result<Page<impl Template>, Problem> {
    let (paper, data) = (path.paper()?, visitor.service.papers(&visitor.caller, path.key.clone()).await?);
    let wanted = Language::of_tag(&wanted.language);
    Ok(Page(PaperPage::shown(&request, &visitor, &data, paper, wanted)?))
}

/// Records that it is printed and shows it, with its number; where script runs, the browser's print window opens.
#[post("/cases/{key}/prints/{document}")]
pub(in crate::console) async fn record(
    request: HttpRequest,
    form: Form<Wanted>,
    path: Path<PaperPath>,
) -> Result<HttpResponse, Problem> {
    let (visitor, paper, wanted) = (form.visitor, path.paper()?, Language::of_tag(&form.sent.language));
    visitor.service.may_print(&visitor.caller)?;
    let data = visitor.service.papers(&visitor.caller, path.key.clone()).await?;
    let language = wanted.unwrap_or(visitor.messages.0);
    let page = PaperPage::of(&request, &visitor, &data, paper, language)?;
    visitor.service.record_print(&visitor.caller, path.key.clone(), paper, (language, page.sha256)).await?;
    Ok(see(&format!("/console/cases/{}/prints/{}#print", page.number, page.document)))
}

impl PaperPage {
    /// As it was printed last, where nobody wants another language and the case still says the same; or else as it would be.
    fn shown(
        request: &HttpRequest,
        visitor: &Visitor,
        data: &PaperData,
        paper: Paper,
        wanted: Option<Language>,
    ) -> Result<Self, Problem> {
        let own = visitor.messages.0;
        let printed_in = data.last_print(paper).and_then(|last| last.language);
        let page = Self::of(request, visitor, data, paper, wanted.or(printed_in).unwrap_or(own))?;
        if page.is_printed || wanted.is_some() || data.last_print(paper).is_none() {
            return Ok(page);
        }
        // Of old prints no language is known, but what stood on them is.
        let other = Self::of(request, visitor, data, paper, page.other.0)?;
        let mut page = if other.is_printed { other } else { Self::of(request, visitor, data, paper, own)? };
        if !page.is_printed {
            page.told = changed(visitor, data, paper);
        }
        Ok(page)
    }

    /// The paper in a language.
    fn of(
        request: &HttpRequest,
        visitor: &Visitor,
        data: &PaperData,
        paper: Paper,
        language: Language,
    ) -> Result<Self, Problem> {
        visitor.service.offers_paper(data, paper)?;
        let (reader, visitor) = (visitor.messages, &visitor.reading(language));
        let (messages, case) = (visitor.messages, &data.at.case);
        let details = visitor.service.details(&data.at, &visitor.caller)?;
        let subject = Subject { visitor, data, details: &details };
        let (mut pages, mut digest) = (Vec::new(), Sha256::new());
        for sheet in &sheets(&subject, paper) {
            let body = SheetPart { sheet }.render().map_err(Problem::internal)?;
            digest.update(&body);
            let copy =
                |(copy, copies): (u32, u32)| messages.with("paper.copy", &[("copy", &copy), ("copies", &copies)]);
            pages.push(PrintedPage { body, copy: sheet.copy.map(copy), has_qr: sheet.has_qr });
        }
        let sha256 = hex::encode(digest.finalize());
        let progress_address = progress_address(request, visitor, &case.acceptance_number);
        let last = data.last_print(paper).filter(|last| last.sha256 == sha256);
        let of_print = |messages: Messages| match last {
            Some(last) => printed(visitor, messages, last),
            None => messages.t("paper.preview").to_owned(),
        };
        Ok(Self {
            messages,
            reader,
            other: Messages(if language == Language::Chinese { Language::English } else { Language::Chinese }),
            style: &PAPER_STYLE.address,
            script: &PAPER_SCRIPT.address,
            title: messages.of(&paper.words()).to_owned(),
            number: case.acceptance_number.clone(),
            document: paper.code(),
            hall: messages.of(&visitor.service.hall().name).to_owned(),
            form_key: visitor.form_key.clone(),
            may_print: visitor.service.may_print(&visitor.caller).is_ok(),
            is_printed: last.is_some(),
            printed: of_print(messages),
            told: of_print(reader),
            pages,
            barcode: barcode(&case.acceptance_number),
            qr: qr(&progress_address),
            progress_address,
            digest: grouped(&sha256),
            sha256,
        })
    }
}

/// That the case says something else by now than its last print.
fn changed(visitor: &Visitor, data: &PaperData, paper: Paper) -> String {
    let Some(last) = data.last_print(paper) else { return String::new() };
    let printed = printed(visitor, visitor.messages, last);
    visitor.messages.with("paper.changed", &[("print", &printed), ("digest", &grouped(&last.sha256))])
}

/// Which print of a paper it was, who made it, and when.
fn printed(visitor: &Visitor, messages: Messages, last: &Print) -> String {
    let at = last.at.with_timezone(&visitor.service.hall().hours.zone).format("%Y-%m-%d %H:%M").to_string();
    let (by, again) = (&last.by, last.number.saturating_sub(1));
    match again {
        0 => messages.with("paper.printed", &[("at", &at), ("by", by)]),
        again => messages.with("paper.reprinted", &[("number", &again), ("at", &at), ("by", by)]),
    }
}

/// Where applicants see how far the case has come: at the hall's public address, or else where this page is.
fn progress_address(request: &HttpRequest, visitor: &Visitor, number: &str) -> String {
    let connection = request.connection_info();
    let here = || format!("{}://{}", connection.scheme(), connection.host());
    let base = visitor.service.hall().public_address.clone().unwrap_or_else(here);
    // A telephone opens what names its scheme.
    let scheme = if base.contains("://") { "" } else { "https://" };
    format!("{scheme}{}/progress?number={number}", base.trim_end_matches('/'))
}

/// Twelve digits in groups of four.
fn grouped(sha256: &str) -> String {
    let digits = sha256.get(..12).unwrap_or(sha256).to_uppercase();
    let groups: Vec<String> =
        digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join("-")
}
