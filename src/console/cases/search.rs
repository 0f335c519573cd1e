//! The one box of every page: an exact hit opens at once; otherwise what comes nearest is listed.

use std::collections::HashSet;

use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse, Responder, get};
use askama::Template;
use serde::Deserialize;

use crate::console::page::answer::{Page, see};
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::{search_key, text};
use crate::http::keys::case_key;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseFilter, CasePage, CaseSummary};

/// Hits that are listed.
const MOST_HITS: i64 = 20;

/// A case that may be meant.
struct Hit {
    number: String,
    organization: String,
    opened: String,
}

#[derive(Template)]
#[template(path = "cases/search.html", config = "src/console/askama.toml")]
struct SearchPage {
    layout: Layout,
    hits: Vec<Hit>,
    more: bool,
}

/// What was typed or scanned.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct SearchQuery {
    #[serde(default)]
    q: String,
}

/// Finds cases by number, organization code, serial or a part of a name.
#[get("/search")]
pub(in crate::console) async fn find(
    request: HttpRequest,
    visitor: Visitor,
    query: Query<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().q;
    if let Some(number) = exact(&visitor, &sought).await? {
        return Ok(see(&format!("/console/cases/{number}")));
    }
    let mut found = Vec::new();
    for filter in filters(&sought) {
        let listing =
            visitor.service.list_cases(&visitor.caller, filter, CasePage { after: None, limit: MOST_HITS }).await?;
        found.extend(listing.cases);
    }
    let mut seen = HashSet::new();
    found.retain(|case| seen.insert(case.id));
    if let [only] = found.as_slice() {
        return Ok(see(&format!("/console/cases/{}", only.acceptance_number)));
    }
    Ok(Page(SearchPage::of(&visitor, sought, found)).respond_to(&request))
}

/// The acceptance number of the case that a number names, where the visitor may see it.
async fn exact(visitor: &Visitor, sought: &str) -> Result<Option<String>, Problem> {
    let Some(key) = case_key(sought) else { return Ok(None) };
    match visitor.service.case(&visitor.caller, key).await {
        Ok(found) => Ok(Some(found.case.acceptance_number)),
        Err(ServiceError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a text may mean: an organization's code, a certificate's serial, a part of an organization's or a person's name.
fn filters(sought: &str) -> Vec<CaseFilter> {
    let key = search_key::key(sought);
    let name = Some(key).filter(|key| key.chars().count() >= search_key::FEWEST_CHARACTERS);
    let code = organization_code_of(sought).ok().map(|code| code.as_str().to_owned());
    let mut filters = Vec::new();
    if code.is_some() {
        filters.push(CaseFilter { organization_code: code, ..CaseFilter::default() });
    }
    if let Some(serial) = text::serial(sought) {
        filters.push(CaseFilter { certificate_serial: Some(serial), ..CaseFilter::default() });
    }
    if name.is_some() {
        filters.push(CaseFilter { name: name.clone(), ..CaseFilter::default() });
        filters.push(CaseFilter { person: name, ..CaseFilter::default() });
    }
    filters
}

impl SearchPage {
    fn of(visitor: &Visitor, sought: String, found: Vec<CaseSummary>) -> Self {
        let (messages, dates) = (visitor.messages, visitor.dates());
        let mut layout = Layout::of(visitor, messages.t("search.title").to_owned(), Place::Elsewhere);
        layout.sought = sought;
        let hit = |case: CaseSummary| Hit {
            opened: dates.moment(case.opened_at),
            number: case.acceptance_number,
            organization: case.organization_name,
        };
        let most = usize::try_from(MOST_HITS).unwrap_or(usize::MAX);
        let more = found.len() > most;
        Self { layout, hits: found.into_iter().take(most).map(hit).collect(), more }
    }
}
