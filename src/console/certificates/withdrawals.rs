//! Withdrawing a run of reports by which a system, or somebody at the window, locked or suspended certificates wrongly: what would become of each is shown, and
//! then it is done.
//!
//! Guarantee: the second form says the same as the first, and what was decided about meanwhile stays as it is, with the reason.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};

use super::certificate::state_tag;
use crate::console::page::answer::{Page, rendered};
use crate::console::page::forms::day::moment;
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::{Fault, Words};
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::certificates::withdrawals::{Reporter, Run, Withdrawal};

/// What became of a report, or would.
struct Line {
    serial: String,
    at: String,
    organization: String,
    /// The certificate's state; none where it stays as it is.
    tag: Option<Tag>,
    stays: String,
}

/// What became of all of them, or would.
struct Outcome {
    title: String,
    more: bool,
    is_done: bool,
    /// There is something to withdraw.
    is_any: bool,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "certificates/withdrawals.html", config = "src/console/askama.toml")]
struct WithdrawalPage {
    layout: Layout,
    fields: Vec<Field>,
    /// There is somebody who can report.
    is_any: bool,
    told: Vec<Told>,
    outcome: Option<Outcome>,
}

/// Which reports are to be withdrawn.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    Ok(Page(WithdrawalPage::of(&visitor, &Typed::default()).await?))
}

/// What would become of each; nothing is changed.
pub(in crate::console) async fn look(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    answered(&form.visitor, &form.sent, true).await
}

/// Each is withdrawn by itself.
pub(in crate::console) async fn confirm(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    answered(&form.visitor, &form.sent, false).await
}

async fn answered(visitor: &Visitor, sent: &Typed, is_trial: bool) -> Result<HttpResponse, Problem> {
    let mut page = WithdrawalPage::of(visitor, sent).await?;
    let found = match run(visitor, sent) {
        Ok(run) => visitor.service.withdraw_reports(&visitor.caller, run, is_trial).await,
        Err(faults) => Err(ServiceError::Invalid(faults)),
    };
    match found {
        Ok((withdrawals, more)) => {
            page.outcome = Some(Outcome::of(visitor, withdrawals, more, is_trial));
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(error) => {
            page.told = visitor.told(error, &mut page.fields)?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// The run that a form means: its minutes are the hall's, the last of them included.
fn run(visitor: &Visitor, sent: &Typed) -> Result<Run, Vec<Fault>> {
    let zone = visitor.service.hall().hours.zone;
    let mut faults = Vec::new();
    let mut instant = |name: &str| -> Option<DateTime<Utc>> {
        let pointer = format!("/{name}");
        let missing = || Fault::new(&pointer, "bad_time", Words::new("请填写日期和时间", "give a day and a time"));
        let read = moment(sent.one(name), &pointer, zone).and_then(|at| at.ok_or_else(missing));
        read.map_err(|fault| faults.push(fault)).ok()
    };
    let times = (instant("from"), instant("until"));
    let now = visitor.service.now();
    // What the rules say of the rest is told with it.
    let between =
        (times.0.unwrap_or(DateTime::UNIX_EPOCH), times.1.map_or(now, |until| until + chrono::TimeDelta::minutes(1)));
    let run = visitor.service.run_of_reports(reporter(sent.one("system")), between, sent.one("reason"));
    match run {
        Ok(run) if faults.is_empty() => Ok(run),
        Ok(_) => Err(faults),
        Err(found) => {
            faults.extend(found);
            Err(faults)
        }
    }
}

/// How the choice begins of somebody at the window; the id of their account follows.
const ACCOUNT: &str = "account:";

fn reporter(chosen: &str) -> Reporter {
    match chosen.strip_prefix(ACCOUNT) {
        Some(id) => Reporter::Account(id.to_owned()),
        None => Reporter::System(chosen.to_owned()),
    }
}

impl WithdrawalPage {
    async fn of(visitor: &Visitor, typed: &Typed) -> Result<Self, Problem> {
        let systems = visitor.service.reporting_systems(&visitor.caller).await?;
        let people = visitor.service.reporting_people(&visitor.caller).await?;
        let is_any = !(systems.is_empty() && people.is_empty());
        let systems = systems.into_iter().map(|(id, name)| (id.clone(), format!("{name}（{id}）")));
        let people = people.into_iter().map(|(id, name)| (format!("{ACCOUNT}{id}"), name));
        let reporters = systems.chain(people).collect();
        let label = |name: &str| visitor.messages.t(&format!("withdrawal.{name}")).to_owned();
        let text = |name: &str| Field::text(name, &label(name), typed).required();
        Ok(Self {
            layout: Layout::of(visitor, visitor.messages.t("withdrawal.title").to_owned(), Place::Certificates),
            fields: vec![
                Field::choice(Control::Select, "system", &label("system"), typed, reporters).required(),
                text("from").control(Control::Moment),
                text("until").control(Control::Moment),
                text("reason"),
            ],
            is_any,
            told: Vec::new(),
            outcome: None,
        })
    }
}

impl Outcome {
    fn of(visitor: &Visitor, withdrawals: Vec<Withdrawal>, more: bool, is_trial: bool) -> Self {
        let all = withdrawals.len();
        let lines: Vec<Line> = withdrawals.into_iter().map(|one| line(visitor, one)).collect();
        let withdrawn = lines.iter().filter(|line| line.tag.is_some()).count();
        let stays = all - withdrawn;
        let counts: [(&str, &dyn std::fmt::Display); 2] = [("withdrawn", &withdrawn), ("stays", &stays)];
        let title = match is_trial {
            true => visitor.messages.with("withdrawal.would", &counts),
            false => visitor.messages.with("withdrawal.done", &counts),
        };
        Self { title, more, is_done: !is_trial, is_any: withdrawn > 0, lines }
    }
}

fn line(visitor: &Visitor, Withdrawal { reported_at, outcome, serial }: Withdrawal) -> Line {
    let at = visitor.dates().cell(reported_at);
    match outcome {
        Ok(found) => Line {
            serial,
            at,
            tag: Some(state_tag(visitor, &found.certificate, found.now)),
            organization: found.certificate.organization_name,
            stays: String::new(),
        },
        Err(error) => {
            let stays = visitor.reasons(error);
            Line { serial, at, organization: String::new(), tag: None, stays }
        }
    }
}
