//! The papers of a case: which it offers, each as a page made for A4, and that one is printed.
//!
//! Guarantee: what is shown as a print is what was printed, in its language and with its digest; where the case says something else by
//! now, that is said.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::paper::{Subject, grouped, written_moment};
use super::papers::sheets;
use crate::console::cases::case::{CasePath, Identity};
use crate::console::page::address::address;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::assets::{PAPER_SCRIPT, PAPER_STYLE};
use crate::console::page::codes::{Code, barcode, qr};
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::messages::{Messages, unbroken};
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::{Paper, called, following, form_of, missing_for, of_intake};
use crate::domain::base::words::Language;
use crate::domain::case_types::case_type::Copies;
use crate::domain::cases::intake::scan;
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

/// The name in an address of what is printed together after intake.
pub(in crate::console) const OF_INTAKE: &str = "intake";

impl PaperPath {
    /// The papers that are shown on a page and printed in one job: one, or those of an intake.
    fn papers(&self, visitor: &Visitor, data: &PaperData) -> Result<Vec<Paper>, Problem> {
        if self.document == OF_INTAKE {
            return Ok(of_intake(visitor.service.definition(&data.at.case)?, &data.at.case));
        }
        let paper = Paper::from_code(&self.document).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
        Ok(vec![paper])
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
    /// Whether there are forms besides the receipt, to be printed with it in one job, which nobody hands in any more once the case has ended.
    has_forms: bool,
    offered: Vec<Line>,
    others: Vec<Line>,
    told: Vec<Told>,
}

/// The papers of a case, the one that follows now as the primary one, and why not the rest.
pub(in crate::console) async fn list(visitor: Visitor, path: Path<CasePath>) -> Result<Page<impl Template>, Problem> {
    let data = visitor.service.papers(&visitor.caller, path.into_inner().key).await?;
    Ok(Page(PrintsPage::of(&visitor, &data)?))
}

impl PrintsPage {
    fn of(visitor: &Visitor, data: &PaperData) -> Result<Self, Problem> {
        let details = visitor.service.details(&data.at, &visitor.caller)?;
        let identity = Identity::of(visitor, &details);
        let (messages, definition, case) = (visitor.messages, details.definition, &data.at.case);
        let follows = following(definition, case, &data.events);
        let line = |paper: Paper| Line {
            code: paper.code(),
            name: messages.of(&called(paper, definition, case, &data.events)).to_owned(),
            copies: match form_of(definition, case, paper).map(|form| form.copies) {
                Some(Copies::Exactly(copies)) => copies,
                _ => 1,
            },
            last: data.last_print(paper).map(|last| printed(visitor, messages, last)).unwrap_or_default(),
            class: if Some(paper) == follows { "primary" } else { "" },
            why: missing_for(paper, definition, case, &data.events).map_or_else(String::new, |why| messages.line(&why)),
        };
        let (offered, others) = Paper::ALL.into_iter().map(line).partition(|line| line.why.is_empty());
        let title = messages.fill("prints.title", "organization", &identity.organization);
        Ok(Self {
            layout: Layout::of(visitor, title, Place::Elsewhere),
            identity,
            may_print: visitor.service.may_print(&visitor.caller).is_ok(),
            has_forms: case.closed_at.is_none() && of_intake(definition, case).len() > 1,
            offered,
            others,
            told: Vec::new(),
        })
    }

    /// The page in place of papers of which one isn't offered: which that is and why, above those that are; none where all are.
    fn instead_of(visitor: &Visitor, data: &PaperData, papers: &[Paper]) -> Result<Option<Self>, Problem> {
        let (messages, definition) = (visitor.messages, visitor.service.definition(&data.at.case)?);
        let missing = |paper: &Paper| Some((*paper, missing_for(*paper, definition, &data.at.case, &data.events)?));
        let Some((paper, why)) = papers.iter().find_map(missing) else { return Ok(None) };
        let words = paper.words();
        let gaps: [(&str, &dyn std::fmt::Display); 2] = [("paper", &messages.of(&words)), ("why", &messages.of(&why))];
        let told = vec![Told::plain(messages.with("prints.not_offered", &gaps))];
        Ok(Some(Self { told, ..Self::of(visitor, data)? }))
    }
}

/// A page as it is printed.
struct PrintedPage {
    /// The code of the paper that it is of.
    document: &'static str,
    body: String,
    copy: Option<String>,
    has_qr: bool,
    /// The first twelve digits, for people.
    digest: String,
    /// Which print of the paper it is.
    printed: String,
}

/// A paper as it is printed.
struct PrintedPaper {
    paper: Paper,
    pages: Vec<PrintedPage>,
    sha256: String,
    /// Whether it is what was printed last.
    is_printed: bool,
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
    /// What the address calls it.
    document: String,
    hall: String,
    form_key: String,
    may_print: bool,
    /// Whether it is what was printed last.
    is_printed: bool,
    /// Which print it is, for the reader; or that the case changed since.
    told: String,
    pages: Vec<PrintedPage>,
    barcode: Option<Code>,
    qr: Option<Code>,
    progress_address: String,
    /// The digest of each paper.
    digests: Vec<(Paper, String)>,
}

/// In which language a paper is wanted; none: as it was printed last, or else in the reader's.
#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Wanted {
    #[serde(default)]
    language: String,
}

/// A paper.
pub(in crate::console) async fn show(
    request: HttpRequest,
    visitor: Visitor,
    path: Path<PaperPath>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let data = visitor.service.papers(&visitor.caller, path.key.clone()).await?;
    let papers = path.papers(&visitor, &data)?;
    if let Some(instead) = PrintsPage::instead_of(&visitor, &data, &papers)? {
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &instead));
    }
    let job = Job { request: &request, visitor: &visitor, data: &data, document: &path.document, papers: &papers };
    Ok(rendered(StatusCode::OK, &job.shown(Language::of_tag(&wanted.language))?))
}

/// Records that it is printed and shows it, with its number; where script runs, the browser's print window opens.
pub(in crate::console) async fn record(
    request: HttpRequest,
    form: Form<Wanted>,
    path: Path<PaperPath>,
) -> Result<HttpResponse, Problem> {
    let (visitor, wanted) = (form.visitor, Language::of_tag(&form.sent.language));
    visitor.service.may_print(&visitor.caller)?;
    let data = visitor.service.papers(&visitor.caller, path.key.clone()).await?;
    let papers = path.papers(&visitor, &data)?;
    if let Some(instead) = PrintsPage::instead_of(&visitor, &data, &papers)? {
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &instead));
    }
    let job = Job { request: &request, visitor: &visitor, data: &data, document: &path.document, papers: &papers };
    let language = wanted.unwrap_or(visitor.messages.0);
    let page = job.page(language)?;
    visitor.service.record_prints(&visitor.caller, path.key.clone(), language, page.digests).await?;
    let shown = if language == visitor.messages.0 { "" } else { language.tag() };
    let at = format!("/console/cases/{}/prints/{}", page.number, page.document);
    Ok(see(&format!("{}#print", address(&at, &[("language", shown)]))))
}

/// What is shown on a page, and printed in one go.
struct Job<'a> {
    request: &'a HttpRequest,
    visitor: &'a Visitor,
    data: &'a PaperData,
    /// What the address calls it.
    document: &'a str,
    papers: &'a [Paper],
}

impl Job<'_> {
    /// As it was printed last, where nobody wants another language and the case still says the same; or else as it would be. Papers that
    /// are printed together are shown in the reader's language, each with its own last print.
    fn shown(&self, wanted: Option<Language>) -> Result<PaperPage, Problem> {
        if self.papers.len() > 1 {
            let mut page = self.page(wanted.unwrap_or(self.visitor.messages.0))?;
            page.told.extend(self.told_changed_ones()?);
            return Ok(page);
        }
        let (own, last) = (self.visitor.messages.0, self.papers.first().and_then(|paper| self.data.last_print(*paper)));
        let page = self.page(wanted.or(last.and_then(|last| last.language)).unwrap_or(own))?;
        let Some(last) = last.filter(|_| !page.is_printed && wanted.is_none()) else { return Ok(page) };
        // Of old prints no language is known, but what stood on them is.
        let other = self.page(page.other.0)?;
        let mut page = if other.is_printed { other } else { self.page(own)? };
        if !page.is_printed {
            page.told = told_changed(self.visitor, "paper.changed", last);
        }
        Ok(page)
    }

    /// Which of several papers say something else by now than when they were printed last; none: none does.
    fn told_changed_ones(&self) -> Result<Option<String>, Problem> {
        let mut changed = Vec::new();
        for paper in self.papers {
            let Some(last) = self.data.last_print(*paper) else { continue };
            // Of old prints no language is known.
            let languages = Language::ALL.into_iter().filter(|one| last.language.is_none_or(|known| known == *one));
            let is_same = |language| Ok(self.printed(&self.visitor.reading(language), *paper)?.is_printed);
            let same: Result<Vec<bool>, Problem> = languages.map(is_same).collect();
            if !same?.contains(&true) {
                changed.push(self.visitor.messages.of(&paper.words()).to_owned());
            }
        }
        let names = changed.join(self.visitor.messages.t("list.between"));
        Ok((!names.is_empty()).then(|| self.visitor.messages.fill("prints.job_changed", "papers", names)))
    }

    /// The papers in a language.
    fn page(&self, language: Language) -> Result<PaperPage, Problem> {
        let (reader, visitor) = (self.visitor.messages, &self.visitor.reading(language));
        let (messages, case) = (visitor.messages, &self.data.at.case);
        let printed = self.papers.iter().map(|paper| self.printed(visitor, *paper));
        let printed = printed.collect::<Result<Vec<PrintedPaper>, Problem>>()?;
        let progress_address = progress_address(self.request, visitor, &case.acceptance_number);
        let pages = printed.iter().map(|paper| paper.pages.len()).sum::<usize>();
        let (title, told) = match self.papers {
            [paper] => {
                let name = called(*paper, self.visitor.service.definition(case)?, case, &self.data.events);
                (messages.of(&name).to_owned(), self.said(reader, *paper, &printed))
            }
            several => (
                messages.t("prints.of_intake").to_owned(),
                reader.with("prints.job", &[("papers", &several.len()), ("pages", &pages)]),
            ),
        };
        Ok(PaperPage {
            messages,
            reader,
            other: Messages(if language == Language::Chinese { Language::English } else { Language::Chinese }),
            style: &PAPER_STYLE.address,
            script: &PAPER_SCRIPT.address,
            title,
            number: case.acceptance_number.clone(),
            document: self.document.to_owned(),
            hall: messages.of(&visitor.service.hall().name).to_owned(),
            form_key: visitor.form_key.clone(),
            may_print: visitor.service.may_print(&visitor.caller).is_ok(),
            is_printed: printed.iter().all(|paper| paper.is_printed),
            told,
            barcode: barcode(&case.acceptance_number),
            qr: qr(&progress_address),
            progress_address,
            digests: printed.iter().map(|paper| (paper.paper, paper.sha256.clone())).collect(),
            pages: printed.into_iter().flat_map(|paper| paper.pages).collect(),
        })
    }

    /// A paper, in the language of whoever it is made for.
    fn printed(&self, visitor: &Visitor, paper: Paper) -> Result<PrintedPaper, Problem> {
        visitor.service.offers_paper(self.data, paper)?;
        let (messages, data) = (visitor.messages, self.data);
        let details = visitor.service.details(&data.at, &visitor.caller)?;
        let subject = Subject { visitor, data, details: &details };
        let (mut pages, mut digest) = (Vec::new(), Sha256::new());
        for sheet in &sheets(&subject, paper) {
            let body = sheet.drawn()?;
            digest.update(&body);
            let copy =
                |(copy, copies): (u32, u32)| messages.with("paper.copy", &[("copy", &copy), ("copies", &copies)]);
            let (document, copy) = (paper.code(), sheet.copy.map(copy));
            let (digest, printed) = (String::new(), String::new());
            // How lines end is no part of what stands there.
            let body = unbroken(&body);
            pages.push(PrintedPage { document, body, copy, has_qr: sheet.has_qr, digest, printed });
        }
        let sha256 = hex::encode(digest.finalize());
        let mut found = PrintedPaper { paper, pages, is_printed: false, sha256 };
        let last = data.last_print(paper).filter(|last| last.sha256 == found.sha256);
        found.is_printed = last.is_some();
        let printed = which_print(visitor, messages, last);
        for page in &mut found.pages {
            page.digest = grouped(&found.sha256);
            page.printed.clone_from(&printed);
        }
        Ok(found)
    }

    /// Which print the one paper is, for the reader.
    fn said(&self, reader: Messages, paper: Paper, printed: &[PrintedPaper]) -> String {
        let is_printed = printed.iter().any(|one| one.is_printed);
        which_print(self.visitor, reader, self.data.last_print(paper).filter(|_| is_printed))
    }
}

/// Which print of a paper it is; that it is none yet.
fn which_print(visitor: &Visitor, messages: Messages, last: Option<&Print>) -> String {
    last.map_or_else(|| messages.t("paper.preview").to_owned(), |last| printed(visitor, messages, last))
}

/// That a paper says something else by now than its last print.
pub(in crate::console) fn told_changed(visitor: &Visitor, message: &str, last: &Print) -> String {
    let printed = printed(visitor, visitor.messages, last);
    visitor.messages.with(message, &[("print", &printed), ("digest", &grouped(&last.sha256))])
}

/// Which print of a paper it was, who made it, and when.
pub(in crate::console) fn printed(visitor: &Visitor, messages: Messages, last: &Print) -> String {
    let at = written_moment(messages, last.at, visitor);
    let (by, again) = (&last.by, last.number.saturating_sub(1));
    match again {
        0 => messages.with("paper.printed", &[("at", &at), ("by", by)]),
        again => messages.with("paper.reprinted", &[("number", &again), ("at", &at), ("by", by)]),
    }
}

/// Where applicants see how far the case has come: at the hall's public address, or else where this page is.
fn progress_address(request: &HttpRequest, visitor: &Visitor, number: &str) -> String {
    let here = request.connection_info();
    let here = || format!("{}://{}", here.scheme(), here.host());
    scan::progress_address(&visitor.service.hall().address().unwrap_or_else(here), number)
}
