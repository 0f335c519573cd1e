//! Certificates that are searched for, newest in the register first.

use actix_web::web::Query;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::certificate::state_tag;
use super::names::last_day;
use crate::console::page::address::Paging;
use crate::console::page::answer::Page;
use crate::console::page::forms::field::Choice;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::state::CertificateState;
use crate::http::problem::{Problem, kinds};
use crate::service::certificates::certificate::CertificateSearch;

/// Rows of a page.
const ROWS: u32 = 20;

/// What is searched for; a field that was left empty narrows nothing.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct SearchQuery {
    serial: String,
    medium_number: String,
    name: String,
    organization_code: String,
    state: String,
    correction: String,
    after: String,
    before: String,
}

/// A certificate in a list.
pub(super) struct Row {
    pub(super) serial: String,
    pub(super) organization: String,
    pub(super) tag: Tag,
    pub(super) medium: String,
    pub(super) until: String,
}

#[derive(Template)]
#[template(path = "certificates/list.html", config = "src/console/askama.toml")]
struct RegisterPage {
    layout: Layout,
    query: SearchQuery,
    states: Vec<Choice>,
    decides: bool,
    withdraws: bool,
    rows: Vec<Row>,
    paging: Paging,
    told: Vec<Told>,
}

/// The register, or what of it is searched for.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<SearchQuery>,
) -> Result<Page<impl Template>, Problem> {
    visitor.caller.require(Scope::CertificatesRead)?;
    let mut page = RegisterPage::of(&visitor, query.into_inner());
    match visitor.service.certificate_search(&page.query.search()?) {
        Err(faults) => page.told = visitor.told_faults(&faults, []),
        Ok(search) => {
            let now = visitor.service.now();
            let found = visitor.service.search_certificates(&visitor.caller, search).await?;
            page.rows = found.certificates.iter().map(|certificate| row(&visitor, certificate, now)).collect();
            let paging = page.query.paging(found.next.map(|next| next.to_string()));
            page.paging = paging.rows(visitor.messages, page.rows.len(), i64::from(ROWS));
            page.layout.keys = page.paging.keys().collect();
        }
    }
    Ok(Page(page))
}

impl SearchQuery {
    fn search(&self) -> Result<CertificateSearch, Problem> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let after = given(&self.after).map(|after| after.parse()).transpose();
        Ok(CertificateSearch {
            serial: given(&self.serial),
            medium_number: given(&self.medium_number),
            name: given(&self.name),
            organization_code: given(&self.organization_code),
            states: given(&self.state).into_iter().collect(),
            correction: given(&self.correction),
            after: after.map_err(|_| Problem::of(&kinds::NOT_FOUND))?,
            limit: ROWS,
            ..CertificateSearch::default()
        })
    }

    fn paging(&self, next: Option<String>) -> Paging {
        let fields = [
            ("serial", self.serial.as_str()),
            ("medium_number", &self.medium_number),
            ("name", &self.name),
            ("organization_code", &self.organization_code),
            ("state", &self.state),
            ("correction", &self.correction),
        ];
        Paging::of(Place::Certificates.address(), &fields, [&self.after, &self.before], next)
    }
}

impl RegisterPage {
    fn of(visitor: &Visitor, query: SearchQuery) -> Self {
        let messages = visitor.messages;
        let state = |state: CertificateState| visitor.choice(state.code(), &state.words(), query.state == state.code());
        Self {
            layout: Layout::of(visitor, messages.t("place.certificates").to_owned(), Place::Certificates),
            states: CertificateState::codes_in_register()
                .into_iter()
                .filter_map(CertificateState::from_code)
                .map(state)
                .collect(),
            decides: visitor.service.may_register(&visitor.caller).is_ok(),
            withdraws: visitor.service.may_restore(&visitor.caller).is_ok(),
            query,
            rows: Vec::new(),
            paging: Paging::default(),
            told: Vec::new(),
        }
    }
}

/// A certificate as lists show it.
pub(super) fn row(visitor: &Visitor, certificate: &Certificate, now: DateTime<Utc>) -> Row {
    Row {
        serial: certificate.serial.clone(),
        organization: certificate.organization_name.clone(),
        tag: state_tag(visitor, certificate, now),
        medium: certificate.medium_number.clone(),
        until: last_day(visitor, certificate.valid_until),
    }
}
