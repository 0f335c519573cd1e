//! The one box of every page: one hit opens at once, several are listed; where there is none, what comes nearest, and the way to a
//! new case with what was typed.

use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use serde::Deserialize;

use super::done::SavedBefore;
use crate::console::accounts::sign_in::own_page;
use crate::console::applicants::papers::leaflet;
use crate::console::page::address::address;
use crate::console::page::answer::{Page, see};
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::{search_key, text};
use crate::domain::certificates::certificate::Certificate;
use crate::http::problem::Problem;
use crate::service::case_types::guide::{GuideEntry, Sought};
use crate::service::cases::case::{CaseKey, CaseSummary};
use crate::service::cases::search::Found;

/// The most lines of the guide; who looks for more than that looks for nothing in it.
const MOST_LINES: usize = 12;

/// Characters of either code of an organization, one more or less.
const CODE_LENGTHS: [std::ops::RangeInclusive<usize>; 2] = [8..=10, 17..=19];

/// A case or certificate that may be meant.
struct Hit {
    address: String,
    organization: String,
    number: String,
    /// What it is, and how it stands.
    what: String,
}

/// A case type, or a section of the leaflet, that says something of what was typed.
struct GuideLine {
    /// Where it is read on; empty: it is all there is.
    address: String,
    name: String,
    /// The paper, the text or the step that does; empty: its name.
    at: String,
}

#[derive(Template)]
#[template(path = "cases/search.html", config = "src/console/askama.toml")]
struct SearchPage {
    layout: Layout,
    hits: Vec<Hit>,
    more: bool,
    is_hit: bool,
    /// Whether a check character of what was typed is wrong.
    is_mistyped: bool,
    guide: Vec<GuideLine>,
    /// Where a case is opened, and what that is called: with what was typed, if that is of an organization; none of who opens none.
    new_case: Option<(String, &'static str)>,
}

/// What was typed or scanned.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct SearchQuery {
    #[serde(default)]
    q: String,
    /// What Enter alone opens on the page where the box was left empty.
    #[serde(default)]
    enter: String,
    /// The keys of that page, each followed by what it opens.
    #[serde(default)]
    keys: String,
    /// What was saved before it was scanned.
    #[serde(default)]
    saved: SavedBefore,
}

impl SearchQuery {
    /// The page that is meant where no number, code or name is: Enter alone, or a key and Enter, for whoever has no script.
    fn meant(&self) -> Option<&str> {
        let typed = text::cell(&self.q);
        if typed.is_empty() {
            return Some(self.enter.as_str()).filter(|enter| !enter.is_empty()).map(own_page);
        }
        let mut words = self.keys.split(' ');
        while let (Some(key), Some(address)) = (words.next(), words.next()) {
            if key == typed {
                return Some(own_page(address));
            }
        }
        None
    }
}

/// Finds a case or a certificate by a number, a code or a part of a name.
pub(in crate::console) async fn find(
    request: HttpRequest,
    visitor: Visitor,
    query: Query<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    if let Some(page) = query.meant() {
        return Ok(see(page));
    }
    let SearchQuery { q: sought, saved, .. } = query.into_inner();
    let found = visitor.service.find(&visitor.caller, &sought).await?;
    let is_exact = !found.by_name || is_whole_name(&visitor, &found, &sought).await?;
    let mut page = SearchPage::of(&visitor, sought, found);
    page.layout.saved = saved.said(visitor.messages);
    match page.hits.as_slice() {
        [only] if page.is_hit && is_exact => Ok(see(&address(&only.address, &[("saved", saved.text())]))),
        _ => Ok(Page(page).respond_to(&request)),
    }
}

/// Whether what was typed is the whole name of the one organization that was found, or of a person of its case: of a part of one the reader
/// says which they mean.
async fn is_whole_name(visitor: &Visitor, found: &Found, sought: &str) -> Result<bool, Problem> {
    let sought = search_key::key(sought);
    let is_it = |name: &str| search_key::key(name) == sought;
    if let ([], [only]) = (found.cases.as_slice(), found.certificates.as_slice()) {
        return Ok(is_it(&only.organization_name) || only.handler.as_deref().is_some_and(is_it));
    }
    let [only] = found.cases.as_slice() else { return Ok(false) };
    if is_it(&only.organization_name) {
        return Ok(true);
    }
    let at = visitor.service.case(&visitor.caller, CaseKey::Id(only.id)).await?;
    let application = &at.case.application;
    Ok(std::iter::once(&application.applicant).chain(&application.agent).any(|person| is_it(&person.name)))
}

impl SearchPage {
    fn of(visitor: &Visitor, sought: String, found: Found) -> Self {
        let messages = visitor.messages;
        let certificates = found.certificates.into_iter().map(|certificate| of_certificate(visitor, certificate));
        let hits = found.cases.into_iter().map(|case| of_case(visitor, case)).chain(certificates).collect();
        let new_case = match is_of_organization(&sought) {
            true => {
                (address(Place::Intake.address(), &[("sought", sought.trim())]), messages.t("search.new_case_with"))
            }
            false => (Place::Intake.address().to_owned(), messages.t("search.new_case")),
        };
        let guide = guide(visitor, &sought);
        let may_open = visitor.service.may_open(&visitor.caller).is_ok();
        let mut layout = Layout::of(visitor, messages.t("search.title").to_owned(), Place::Elsewhere);
        layout.sought = sought;
        let new_case = Some(new_case).filter(|_| may_open && !found.is_hit);
        Self { layout, hits, more: found.more, is_hit: found.is_hit, is_mistyped: found.is_mistyped, guide, new_case }
    }
}

/// Whether what was looked for in vain is an organization's: a name has Chinese characters; a code, mistyped or not, has nearly as many
/// characters as it should, which the number of a case or of a certificate hasn't.
fn is_of_organization(sought: &str) -> bool {
    let length = text::number(sought).chars().count();
    !sought.is_ascii() && !sought.trim().is_empty() || CODE_LENGTHS.iter().any(|lengths| lengths.contains(&length))
}

fn of_case(visitor: &Visitor, case: CaseSummary) -> Hit {
    let (messages, catalog) = (visitor.messages, visitor.service.catalog());
    let case_type = catalog.case_type(&case.case_type, case.edition).map(|known| messages.of(&known.words).to_owned());
    Hit {
        address: format!("/console/cases/{}", case.acceptance_number),
        what: messages.with(
            "search.case",
            &[("case_type", &case_type.unwrap_or(case.case_type)), ("opened", &visitor.dates().moment(case.opened_at))],
        ),
        organization: case.organization_name,
        number: case.acceptance_number,
    }
}

/// What the guide and the leaflet say of what was typed.
fn guide(visitor: &Visitor, typed: &str) -> Vec<GuideLine> {
    let Some(sought) = Sought::typed(typed) else { return Vec::new() };
    let (messages, entries) = (visitor.messages, visitor.service.in_guide(&sought));
    let of_case_type = |entry: GuideEntry<'_>| GuideLine {
        address: format!("/console/case-types/{}", entry.case_type.code),
        name: messages.of(&entry.case_type.words).to_owned(),
        at: entry.at.map(|words| messages.of(words).to_owned()).unwrap_or_default(),
    };
    let of_leaflet = |(heading, step): (&str, &str)| GuideLine {
        address: String::new(),
        name: messages.with("search.leaflet", &[("leaflet", &messages.t("leaflet.title")), ("section", &heading)]),
        at: step.to_owned(),
    };
    let steps = leaflet::said(messages, &sought).into_iter().map(of_leaflet);
    entries.into_iter().map(of_case_type).chain(steps).take(MOST_LINES).collect()
}

fn of_certificate(visitor: &Visitor, certificate: Certificate) -> Hit {
    let state = certificate.state(visitor.service.now());
    Hit {
        address: format!("/console/certificates/{}", certificate.serial),
        what: visitor.messages.fill("search.certificate", "state", visitor.messages.of(&state.words())),
        organization: certificate.organization_name,
        number: certificate.serial,
    }
}
