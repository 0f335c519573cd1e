//! A case: what it is, what can be done now and why not the rest, and what happened.

use std::collections::BTreeMap;

use actix_web::web::{Path, Query};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::done::{Done, unchanged};
use super::facts::{Fact, application, deadline, fee};
use super::foreseen::changed_on_held;
use super::listing::takers::choices;
use super::steps::{NextStep, Step, is_of_this_state, nearness, next_step, roles_of_next, steps, waits_for};
use super::timeline::{Moment, said, timeline};
use crate::console::page::address::address;
use crate::console::page::answer::Page;
use crate::console::page::forms::field::Choice;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::messages::{Messages, begun};
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::applicants::paper::{Paper, called, following, of_intake};
use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::codes::InputPart;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::assignment::{AssignmentAction, AssignmentOffer};
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handover::is_delivered;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::Lack;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::authorization::first_minute;
use crate::domain::certificates::certificate::ServiceKind;
use crate::http::keys::case_named;
use crate::http::problem::Problem;
use crate::service::cases::case::CaseKey;
use crate::service::cases::details::CaseDetails;

/// The case that an address names.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::console) struct CasePath {
    #[serde(deserialize_with = "case_named")]
    pub(in crate::console) key: CaseKey,
}

/// What stands at the top of every page of a case.
pub(in crate::console) struct Identity {
    pub(in crate::console) organization: String,
    pub(in crate::console) number: String,
    /// The code of the organization that stands on its papers.
    pub(in crate::console) code: String,
    pub(in crate::console) case_type: String,
    /// As of a case that runs or as of one that ended.
    pub(in crate::console) state: Tag,
    pub(in crate::console) tag: Option<Tag>,
    pub(in crate::console) assignee: Option<String>,
}

impl Identity {
    pub(in crate::console) fn of(visitor: &Visitor, details: &CaseDetails<'_>) -> Self {
        let (case, messages, dates) = (details.case, visitor.messages, visitor.dates());
        let is_delivered = is_delivered(details.definition.workflow, case);
        let state = messages.of(&state_words(details.definition.workflow, &case.state)).to_owned();
        let deadline = || Tag::of_details(&visitor.service, details.deadline.as_ref(), case.opened_at, &dates);
        Self {
            organization: case.application.organization.name.clone(),
            number: case.acceptance_number.clone(),
            code: {
                let organization = &case.application.organization;
                let unified = organization.unified_code.as_ref().map(|code| code.as_str().to_owned());
                unified.unwrap_or_else(|| organization.organization_code.hyphenated())
            },
            case_type: messages.of(&details.definition.case_type.words).to_owned(),
            state: match case.closed_at {
                Some(_) if is_delivered => Tag { shape: "✓", ..Tag::ended(state) },
                Some(_) => Tag::ended(state),
                None => Tag::new("work", state),
            },
            tag: case.closed_at.map(|at| Tag::of_ended(is_delivered, at, &dates)).or_else(deadline),
            // What has ended is on nobody's desk.
            assignee: case.assignee.as_ref().filter(|_| case.closed_at.is_none()).map(|one| one.name.clone()),
        }
    }
}

/// An action, and why it can't be taken.
struct ActionLine {
    address: String,
    name: String,
    blocked: Vec<String>,
}

/// How the reader can change whose the case is.
struct OwnershipLine {
    code: &'static str,
    name: String,
}

/// Most missing things that are told in one line.
const IN_A_LINE: usize = 2;
/// How many actions that can't be taken are shown with their reasons; the rest is folded away.
const FEWEST_BLOCKED: usize = 3;
const MOST_BLOCKED: usize = 4;

#[derive(Template)]
#[template(path = "cases/case.html", config = "src/console/askama.toml")]
pub(in crate::console) struct CasePage {
    layout: Layout,
    /// What is said once an action was taken, by its code.
    said: BTreeMap<String, String>,
    /// Why something wasn't done.
    pub(in crate::console) told: Vec<Told>,
    identity: Identity,
    version: i64,
    steps: Vec<Step>,
    next: Option<NextStep>,
    /// What is said where there is none.
    waits: String,
    /// The paper that follows now, for whoever may print: its code and name.
    paper: Option<(&'static str, String)>,
    /// Whether forms of the applicant follow along with it, to be printed in one job.
    has_forms: bool,
    possible: Vec<ActionLine>,
    /// The nearest of what something stands in the way of.
    blocked: Vec<ActionLine>,
    /// The rest.
    later: Vec<ActionLine>,
    ownership: Vec<OwnershipLine>,
    /// To whom it can be given, by whoever gives out cases.
    people: Vec<Choice>,
    /// Why it is given to somebody, as typed.
    reason: String,
    /// Whether that is being chosen or typed.
    pub(super) is_assigning: bool,
    application: Vec<Fact>,
    /// What is changed on the certificate held.
    changes: Vec<String>,
    discloses: bool,
    is_complete: bool,
    verdict: String,
    /// What is missing, where it is too much for a line.
    lacking: Vec<String>,
    fee: Vec<Fact>,
    /// What the receipt of a payment that stands is called, to be printed again.
    receipt: Option<String>,
    /// The certificate held and the one made: what each is to the case, and its serial.
    certificates: Vec<(&'static str, String)>,
    /// From when what was handed over is usable.
    usable: Option<String>,
    deadline: Vec<Fact>,
    timeline: Vec<Moment>,
}

/// The page of a case.
pub(in crate::console) async fn show(
    visitor: Visitor,
    path: Path<CasePath>,
    query: Query<Done>,
) -> Result<Page<impl Template>, Problem> {
    let mut page = CasePage::read(&visitor, path.into_inner().key).await?;
    if let Some(done) = &query.done {
        page = page.after(done);
    }
    page.layout.saved = page.layout.saved.or_else(|| query.saved.said(visitor.messages));
    Ok(Page(page))
}

/// The page of a case, where it is said that an action was taken.
pub(in crate::console) fn after(number: &str, action: &str) -> String {
    address(&format!("/console/cases/{number}"), &[("done", action)])
}

/// The version of a case, by which an open page learns that somebody else changed it.
pub(in crate::console) async fn version(visitor: Visitor, path: Path<CasePath>) -> Result<String, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    Ok(at.case.version.to_string())
}

impl CasePage {
    /// The same, where it is said that an action was taken.
    pub(super) fn after(mut self, action: &str) -> Self {
        let unchanged = unchanged(self.layout.messages, self.identity.assignee.as_deref(), action);
        self.layout.is_unchanged = unchanged.is_some();
        self.layout.saved = self.said.remove(action).or(unchanged);
        self
    }

    /// The same, with whom somebody was about to give it to, and why.
    pub(in crate::console) fn assigning(mut self, assignee: &str, reason: &str) -> Self {
        self.layout.here = format!("/console/cases/{}", self.identity.number);
        self.is_assigning = !assignee.is_empty() || reason != self.reason;
        reason.clone_into(&mut self.reason);
        self.people.iter_mut().for_each(|one| one.is_chosen = one.value == assignee);
        self
    }

    /// The page of a case as it is now.
    pub(in crate::console) async fn read(visitor: &Visitor, key: CaseKey) -> Result<Self, Problem> {
        let at = visitor.service.case(&visitor.caller, key.clone()).await?;
        let (_, events) = visitor.service.timeline(&visitor.caller, key).await?;
        let mut page = Self::of(visitor, &visitor.service.details(&at, &visitor.caller)?, &events);
        if visitor.service.may_assign(&visitor.caller).is_ok() && at.case.closed_at.is_none() {
            let outlet = Some(at.case.application.outlet.clone());
            let colleagues = visitor.service.colleagues(&visitor.caller, outlet).await?;
            let others =
                colleagues.into_iter().filter(|one| at.case.assignee.as_ref().is_none_or(|it| it.id != one.id));
            let next = roles_of_next(visitor.service.definition(&at.case)?.workflow, &at.case.state);
            page.people = choices(visitor, others.collect(), next);
        }
        Ok(page)
    }

    fn of(visitor: &Visitor, details: &CaseDetails<'_>, events: &[Recorded<Event>]) -> Self {
        let (messages, dates) = (visitor.messages, visitor.dates());
        let identity = Identity::of(visitor, details);
        let line = |offer: &Offer<'_>| ActionLine {
            address: match offer.requires.contains(&InputPart::Payment) {
                true => format!("/console/cases/{}/payment", details.case.acceptance_number),
                false => format!("/console/cases/{}/actions/{}", details.case.acceptance_number, offer.action.code),
            },
            name: messages.of(&offer.action.words).to_owned(),
            blocked: offer
                .blocked_by
                .iter()
                .enumerate()
                .map(|(at, refusal)| if at == 0 { begun(&why(messages, refusal)) } else { why(messages, refusal) })
                .collect(),
        };
        let shown = details.offers.iter().filter(|offer| !has_own_page(offer));
        let (possible, mut blocked): (Vec<_>, Vec<_>) = shown.partition(|offer| offer.blocked_by.is_empty());
        // What can't be done any more isn't told with reasons, as if it could be later.
        blocked.retain(|_| details.case.closed_at.is_none());
        blocked.sort_by_key(|offer| nearness(details, offer));
        let here = blocked.iter().filter(|offer| is_of_this_state(offer)).count();
        let later = blocked.split_off(here.clamp(FEWEST_BLOCKED, MOST_BLOCKED).min(blocked.len()));
        // What the button does isn't offered again as a link.
        let next = next_step(visitor, details);
        let is_other = |line: &ActionLine| next.as_ref().is_none_or(|next| next.address != line.address);
        let possible: Vec<ActionLine> = possible.into_iter().map(line).filter(is_other).collect();
        let owns = details.assignment.iter().filter(|offer| offer.blocked_by.is_empty());
        let assignee = details.case.assignee.as_ref();
        let is_own = assignee.is_some_and(|assignee| assignee.id == visitor.caller.actor.id);
        let by_button = |offer: &AssignmentOffer| match offer.action {
            // What is so already isn't offered.
            AssignmentAction::Claim if is_own => None,
            AssignmentAction::Release if assignee.is_none() => None,
            AssignmentAction::Claim | AssignmentAction::Release if offer.requires.is_empty() => {
                Some(OwnershipLine { code: offer.action.code(), name: messages.of(&offer.action.words()).to_owned() })
            }
            _ => None,
        };
        let may_print = visitor.service.may_print(&visitor.caller).is_ok();
        let follows = may_print.then(|| following(details.definition, details.case, events)).flatten();
        let mut layout = Layout::of(visitor, identity.organization.clone(), Place::Elsewhere);
        layout.enter = next.as_ref().map(|next| next.address.clone());
        let here = format!("/console/cases/{}", identity.number);
        layout.keys =
            [("m", "/materials"), ("t", "#timeline")].map(|(key, at)| (key.to_owned(), format!("{here}{at}"))).into();
        // A paper is printed by its button: that isn't what a link does.
        layout.keys.extend(follows.map(|paper| ("p".to_owned(), format!("{here}/prints/{}", paper.code()))));
        let lacking: Vec<_> = details.verdict.lacking().collect();
        let (verdict, lacking) = match lacking.len() > IN_A_LINE {
            true => (details.verdict.in_short(), lacking),
            false => (details.verdict.words(), Vec::new()),
        };
        Self {
            layout,
            said: said(visitor, details, events),
            told: Vec::new(),
            version: details.case.version,
            steps: steps(visitor, details, events),
            next,
            waits: waits_for(visitor, details),
            has_forms: follows == Some(Paper::Receipt) && of_intake(details.definition, details.case).len() > 1,
            paper: follows.map(|paper| {
                (paper.code(), messages.of(&called(paper, details.definition, details.case, events)).to_owned())
            }),
            possible,
            blocked: blocked.into_iter().map(line).collect(),
            later: later.into_iter().map(line).collect(),
            ownership: owns.filter_map(by_button).collect(),
            people: Vec::new(),
            reason: messages.t("listing.default_reason").to_owned(),
            is_assigning: false,
            application: application(visitor, details),
            changes: changed_on_held(visitor, details, events),
            discloses: visitor.service.may_disclose(&visitor.caller).is_ok(),
            is_complete: details.verdict.is_complete(),
            verdict: messages.whole(&verdict),
            lacking: lacking.iter().map(|missing| messages.whole(&missing.words)).collect(),
            fee: fee(visitor, details),
            receipt: (may_print && details.case.money.standing().next().is_some())
                .then(|| messages.of(&Paper::FeeReceipt.words()).to_owned()),
            certificates: certificates(visitor, details.case),
            usable: usable(visitor, details.case),
            deadline: deadline(&dates, details),
            timeline: timeline(visitor, &dates, details, events),
            identity,
        }
    }
}

/// Why an action can't be taken; of papers how many are lacking or unchecked, since which they are stands on the same page.
fn why(messages: Messages, refusal: &Refusal) -> String {
    match refusal {
        Refusal::MaterialsIncomplete { missing } => {
            let unchecked = missing.iter().filter(|missing| missing.lack == Lack::NotChecked).count();
            let lacking = missing.len() - unchecked;
            let key = match (lacking, unchecked) {
                (_, 0) => "case.papers_lacking",
                (0, _) => "case.papers_unchecked",
                _ => "case.papers_lacking_and_unchecked",
            };
            messages.with(key, &[("lacking", &lacking), ("unchecked", &unchecked)])
        }
        refusal => messages.of(&refusal.words()).to_owned(),
    }
}

/// Whether the check sheet is where it is taken.
fn has_own_page(offer: &Offer<'_>) -> bool {
    offer.requires.contains(&InputPart::Materials)
}

fn certificates(visitor: &Visitor, case: &Case) -> Vec<(&'static str, String)> {
    let (held, made) = (case.application.certificate_serial.as_ref(), case.certificate.as_ref());
    let of = [("case.certificate_held", held), ("case.certificate_made", made.map(|made| &made.serial))];
    of.into_iter().filter_map(|(key, serial)| Some((visitor.messages.t(key), serial?.clone()))).collect()
}

/// What the case opened, and from when each can be used; none before.
fn usable(visitor: &Visitor, case: &Case) -> Option<String> {
    let messages = visitor.messages;
    let mut opened: BTreeMap<DateTime<Utc>, Vec<String>> = BTreeMap::new();
    for delivery in &case.deliveries {
        let name = match delivery.service {
            ServiceKind::ESeal => messages.t("certificate.e_seal").to_owned(),
            ServiceKind::Application => {
                messages.of(&visitor.service.hall().application_or_unknown(&delivery.code).words).to_owned()
            }
        };
        opened.entry(delivery.usable_from).or_default().push(name);
    }
    let line = |(from, names): (DateTime<Utc>, Vec<String>)| {
        let (what, at) = (names.join(messages.t("list.between")), visitor.dates().moment(first_minute(from)));
        messages.with("case.usable_from", &[("what", &what), ("at", &at)])
    };
    let lines: Vec<String> = opened.into_iter().map(line).collect();
    (!lines.is_empty()).then(|| lines.join(messages.t("list.between_reasons")))
}
