//! A certificate: its validity, its holder, what is open on it and from when, and what happened to it.

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::{DateTime, Utc};

use super::acts::{Act, Acts, Sent};
use super::history::{Interruption, Moment, history, interruptions};
use super::names::{first_day, last_day, reason_called, service_name};
use super::proposals::Proposal;
use crate::console::cases::done::Done;
use crate::console::page::address::address;
use crate::console::page::answer::Page;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::base::organization_code::hyphenated;
use crate::domain::case_types::case_type::CaseType;
use crate::domain::case_types::codes::Effect;
use crate::domain::cases::held::opens_at;
use crate::domain::certificates::authorization::{NotUsable, authorization, first_minute};
use crate::domain::certificates::certificate::{Certificate, OpenedService};
use crate::domain::certificates::state::CertificateState;
use crate::http::problem::Problem;
use crate::service::cases::case::{CaseFilter, CasePage};
use crate::service::certificates::certificate::CertificateAt;

/// Cases that are listed on it.
const MOST_CASES: i64 = 20;

/// A line of the facts.
pub(super) struct Fact {
    name: String,
    value: String,
    small: String,
}

/// A service on it.
struct ServiceLine {
    name: String,
    tag: Tag,
    opened: String,
    usable_from: String,
    acts: Vec<Act>,
}

/// A case on it.
struct CaseLine {
    number: String,
    case_type: String,
    opened: String,
}

#[derive(Template)]
#[template(path = "certificates/certificate.html", config = "src/console/askama.toml")]
pub(super) struct CertificatePage {
    pub(super) layout: Layout,
    serial: String,
    version: i64,
    organization: String,
    tag: Tag,
    facts: Vec<Fact>,
    services: Vec<ServiceLine>,
    proposals: Vec<Proposal>,
    interruptions: Vec<Interruption>,
    acts: Vec<Act>,
    /// The cases that help a locked one: where they are opened, and what they are called.
    opens: Vec<(String, String)>,
    cases: Vec<CaseLine>,
    history: Vec<Moment>,
    pub(super) told: Vec<Told>,
}

/// The page of a certificate.
pub(in crate::console) async fn show(
    visitor: Visitor,
    serial: Path<String>,
    query: Query<Done>,
) -> Result<Page<impl Template>, Problem> {
    let mut page = CertificatePage::read(&visitor, &serial, &Sent::default()).await?;
    let done = query.done.as_ref().and_then(|_| page.last(&visitor));
    page.layout.saved = done.or_else(|| query.saved.said(visitor.messages));
    Ok(Page(page))
}

/// The page of a certificate, where it is said what was just done.
pub(super) fn after(serial: &str) -> String {
    address(&format!("/console/certificates/{serial}"), &[("done", "yes")])
}

impl CertificatePage {
    /// The page, with what a form held that came back.
    pub(super) async fn read(visitor: &Visitor, serial: &str, sent: &Sent) -> Result<Self, Problem> {
        let (service, caller) = (&visitor.service, &visitor.caller);
        let CertificateAt { certificate, now } = service.certificate(caller, serial).await?;
        let recorded = service.certificate_history(caller, &certificate.serial).await?;
        let cases = cases(visitor, &certificate.serial).await?;
        let acts = Acts { visitor, certificate: &certificate, now, sent };
        Ok(Self {
            layout: Layout::of(visitor, certificate.organization_name.clone(), Place::Certificates),
            tag: state_tag(visitor, &certificate, now),
            facts: facts(visitor, &certificate),
            services: certificate.services.iter().map(|opened| service_line(&acts, opened)).collect(),
            proposals: acts.proposals(),
            interruptions: interruptions(visitor, &recorded),
            acts: acts.of_certificate(),
            opens: unlocking(visitor, &certificate, now),
            cases,
            history: history(visitor, &recorded),
            told: Vec::new(),
            organization: certificate.organization_name,
            version: certificate.version,
            serial: certificate.serial,
        })
    }
}

impl CertificatePage {
    /// What was done last.
    pub(super) fn last(&self, visitor: &Visitor) -> Option<String> {
        let last = self.history.first()?;
        Some(visitor.messages.fill("case.done", "what", &last.what))
    }

    /// Whether anything is typed.
    pub(super) fn is_begun(&self) -> bool {
        self.all_acts().any(Act::is_begun)
    }

    /// Whether the reader can do anything.
    fn has_acts(&self) -> bool {
        self.all_acts().any(|act| act.blocked.is_none())
    }

    fn all_acts(&self) -> impl Iterator<Item = &Act> {
        let services = self.services.iter().flat_map(|line| &line.acts);
        let proposed = self.proposals.iter().flat_map(|proposal| &proposal.acts);
        self.acts.iter().chain(proposed).chain(services)
    }

    /// The fields of a form, by the end of its address.
    pub(super) fn fields_of<'a>(&'a mut self, path: &'a str) -> impl Iterator<Item = &'a mut Field> {
        let services = self.services.iter_mut().flat_map(|line| &mut line.acts);
        let proposed = self.proposals.iter_mut().flat_map(|proposal| &mut proposal.acts);
        let acts = self.acts.iter_mut().chain(proposed).chain(services);
        acts.filter(move |act| act.path == path).flat_map(|act| &mut act.fields)
    }
}

/// How a certificate stands, as shape, words and colour; one that can be renewed already says when it ends.
pub(super) fn state_tag(visitor: &Visitor, certificate: &Certificate, now: DateTime<Utc>) -> Tag {
    let state = certificate.state(now);
    let text = visitor.messages.of(&state.words()).to_owned();
    match state {
        CertificateState::Active if is_renewable(visitor, certificate, now) => {
            let until = last_day(visitor, certificate.valid_until);
            Tag::new("soon", visitor.messages.with("certificate.ends", &[("state", &text), ("day", &until)]))
        }
        CertificateState::Active => Tag::new("ok", text),
        CertificateState::Locked => Tag::new("late", text),
        CertificateState::Suspended => Tag::new("paused", text),
        CertificateState::Unapproved => Tag::new("soon", text),
        CertificateState::Made | CertificateState::InCustody | CertificateState::Issued => Tag::new("work", text),
        CertificateState::Rejected | CertificateState::Expired | CertificateState::Revoked => Tag::new("off", text),
    }
}

/// Whether a case that its end opens can be opened by now.
fn is_renewable(visitor: &Visitor, certificate: &Certificate, now: DateTime<Utc>) -> bool {
    visitor.service.catalog().current().filter_map(|case_type| opens_at(case_type, certificate)).any(|at| at <= now)
}

/// The case types that unlock, of a locked certificate and for whoever opens them.
fn unlocking(visitor: &Visitor, certificate: &Certificate, now: DateTime<Utc>) -> Vec<(String, String)> {
    if !matches!(certificate.state(now), CertificateState::Locked) {
        return Vec::new();
    }
    let code = certificate.unified_code.as_deref().unwrap_or(&certificate.organization_code);
    let catalog = visitor.service.catalog();
    let unlocks = |it: &&CaseType| {
        catalog.opening(&it.code).is_some_and(|opening| opening.workflow.has_effect(Effect::UnlockCertificate))
    };
    let way = |it: &CaseType| {
        let asked = [("case_type", it.code.as_str()), ("sought", code)];
        (address("/console/cases/new", &asked), visitor.messages.of(&it.words).to_owned())
    };
    visitor.service.opened_by(&visitor.caller).filter(unlocks).map(way).collect()
}

fn facts(visitor: &Visitor, certificate: &Certificate) -> Vec<Fact> {
    let (messages, dates, hall) = (visitor.messages, visitor.dates(), visitor.service.hall());
    let fact = |key: &str, value: String, small: String| Fact { name: messages.t(key).to_owned(), value, small };
    let plain = |key: &str, value: &str| fact(key, value.to_owned(), String::new());
    let mut facts = vec![
        plain("certificate.serial", &certificate.serial),
        plain("certificate.medium", &certificate.medium_number),
        fact(
            "certificate.code",
            hyphenated(&certificate.organization_code),
            certificate.unified_code.clone().unwrap_or_default(),
        ),
    ];
    facts.extend(certificate.handler.as_deref().map(|handler| plain("certificate.handler", handler)));
    let from = first_day(visitor, certificate.valid_from);
    facts.push(fact("certificate.from", from, String::new()));
    facts.push(fact("certificate.until", last_day(visitor, certificate.valid_until), String::new()));
    if let Some(lock) = &certificate.lock {
        facts.push(fact("certificate.locked", dates.cell(lock.at), lock.reference.clone().unwrap_or_default()));
    }
    if let Some(suspension) = &certificate.suspension {
        facts.push(fact(
            "certificate.suspended",
            dates.cell(suspension.since),
            reason_called(messages, &suspension.reason),
        ));
    }
    facts.extend(certificate.revoked_at.map(|at| fact("certificate.revoked", dates.cell(at), String::new())));
    if let Some(stay) = &certificate.stay {
        let outlet = messages.of(&hall.outlet_or_unknown(&stay.place.outlet).words).to_owned();
        facts.push(fact("certificate.kept_at", outlet, stay.place.box_number.clone().unwrap_or_default()));
    }
    facts
}

fn service_line(acts: &Acts<'_>, opened: &OpenedService) -> ServiceLine {
    let (visitor, certificate, now) = (acts.visitor, acts.certificate, acts.now);
    let (messages, dates) = (visitor.messages, visitor.dates());
    let answer = authorization(certificate, opened.kind, &opened.code, now);
    let tag = match answer.reason {
        None => Tag::new("ok", messages.t("certificate.usable").to_owned()),
        Some(reason) => {
            let class = match reason {
                NotUsable::Waiting | NotUsable::NotActivated | NotUsable::NotYetValid => "work",
                NotUsable::Suspended | NotUsable::ApplicationSuspended => "paused",
                _ => "off",
            };
            Tag::new(class, messages.of(&reason.words()).to_owned())
        }
    };
    ServiceLine {
        name: service_name(visitor, opened),
        tag,
        opened: dates.cell(opened.opened_at),
        usable_from: dates.cell(first_minute(opened.usable_from)),
        acts: acts.of_service(opened),
    }
}

/// Its cases, newest first, where the reader may see any.
async fn cases(visitor: &Visitor, serial: &str) -> Result<Vec<CaseLine>, Problem> {
    if !visitor.caller.may(Scope::CasesRead) {
        return Ok(Vec::new());
    }
    let filter = CaseFilter { certificate_serial: Some(serial.to_owned()), ..CaseFilter::default() };
    let page = CasePage::newest(MOST_CASES);
    let found = visitor.service.list_cases(&visitor.caller, filter, page).await?;
    let (messages, dates, catalog) = (visitor.messages, visitor.dates(), visitor.service.catalog());
    let line = |case: crate::service::cases::case::CaseSummary| CaseLine {
        case_type: catalog
            .case_type(&case.case_type, case.edition)
            .map_or_else(|| case.case_type.clone(), |known| messages.of(&known.words).to_owned()),
        opened: dates.moment(case.opened_at),
        number: case.acceptance_number,
    };
    Ok(found.cases.into_iter().map(line).collect())
}
