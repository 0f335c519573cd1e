//! Cases of a list given to somebody else, each with its own result.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::asked::ListQuery;
use super::list::ListPage;
use crate::console::cases::case::{CasePage, after};
use crate::console::cases::done::UNCHANGED;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::domain::cases::assignment::AssignmentAction;
use crate::http::keys::case_key;
use crate::http::problem::Problem;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{MOST_ROWS, Row, RowResult, Task};

/// What the form says: a box that is ticked says its case.
struct Sent {
    back: ListQuery,
    /// The case on whose own page it was sent.
    of_case: Option<String>,
    cases: Vec<String>,
    assignee: String,
    reason: String,
}

/// Reassigns the chosen cases; back on the list with what couldn't be done. Or turns to another page of it, with what is chosen.
pub(in crate::console) async fn assign(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, Sent::of(&form.sent));
    visitor.service.may_work(&visitor.caller)?;
    if let Some(to) = form.sent.given("turn") {
        return turned(&visitor, sent, &to).await;
    }
    assigned(&visitor, sent).await
}

async fn assigned(visitor: &Visitor, sent: Sent) -> Result<HttpResponse, Problem> {
    let faults = sent.faults(visitor);
    if !faults.is_empty() {
        return again(visitor, sent, faults).await;
    }
    let outcome = Outcome::of(visitor, &sent).await?;
    if outcome.refused.is_empty() {
        return Ok(see(&sent.onwards(&outcome)));
    }
    let faults = outcome.told(visitor);
    // What was done needn't be chosen any more.
    let cases = outcome.refused.into_iter().map(|(number, _)| number).collect();
    again(visitor, Sent { cases, ..sent }, faults).await
}

/// Another page of the list; where nothing is chosen, its address says it.
async fn turned(visitor: &Visitor, sent: Sent, to: &str) -> Result<HttpResponse, Problem> {
    let back = asked(to);
    let is_begun = !sent.cases.is_empty() || !sent.assignee.is_empty();
    if !is_begun && sent.reason == visitor.messages.t("listing.default_reason") {
        return Ok(see(&back.address()));
    }
    let page = shown(visitor, Sent { back, ..sent }).await?;
    Ok(rendered(StatusCode::OK, &page))
}

/// The list with what is chosen and typed.
async fn shown(visitor: &Visitor, sent: Sent) -> Result<ListPage, Problem> {
    let mut page = ListPage::read(visitor, sent.back).await?;
    page.chosen = sent.cases.into_iter().collect();
    page.assignee = sent.assignee;
    page.reason = sent.reason;
    Ok(page)
}

/// What an address of the list asks for.
fn asked(address: &str) -> ListQuery {
    serde_urlencoded::from_str(address.split_once('?').map_or("", |(_, asked)| asked)).unwrap_or_default()
}

/// What came of it: how many are somebody else's now, or were so already, and which not, and why.
#[derive(Default)]
struct Outcome {
    done: usize,
    unchanged: usize,
    refused: Vec<(String, String)>,
}

impl Outcome {
    async fn of(visitor: &Visitor, sent: &Sent) -> Result<Self, Problem> {
        let rows: Vec<Row> = sent.cases.iter().filter_map(|number| sent.row(number)).collect();
        let results = visitor.service.batch(&visitor.caller, rows).await?;
        let mut outcome = Self::default();
        for (number, result) in sent.cases.iter().zip(results) {
            match result {
                RowResult::Refused(error) => outcome.refused.push((number.clone(), visitor.reasons(error))),
                RowResult::Done(_) => outcome.done += 1,
                RowResult::Unchanged(_) => outcome.unchanged += 1,
            }
        }
        Ok(outcome)
    }

    fn told(&self, visitor: &Visitor) -> Vec<String> {
        let (messages, refused) = (visitor.messages, &self.refused);
        let first = messages.with("listing.some_refused", &[("done", &self.done), ("refused", &refused.len())]);
        let each = refused
            .iter()
            .map(|(number, reason)| messages.with("listing.refused", &[("number", number), ("reason", reason)]));
        std::iter::once(first).chain(each).collect()
    }
}

/// The list once more, with what was chosen and why it wasn't done.
async fn again(visitor: &Visitor, sent: Sent, faults: Vec<String>) -> Result<HttpResponse, Problem> {
    if let Some(key) = sent.of_case.as_deref().and_then(case_key) {
        let mut page = CasePage::read(visitor, key).await?.assigning(&sent.assignee, &sent.reason);
        page.told = faults.into_iter().map(Told::plain).collect();
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let mut page = shown(&visitor.after_change().await?, sent).await?;
    page.told = faults.into_iter().map(Told::plain).collect();
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

impl Sent {
    /// Where one goes on when all is done: back to the case or to the list, which says how many.
    fn onwards(&self, outcome: &Outcome) -> String {
        if let Some(number) = &self.of_case {
            return after(number, if outcome.done > 0 { AssignmentAction::Assign.code() } else { UNCHANGED });
        }
        let (assigned, unchanged) = (outcome.done.to_string(), outcome.unchanged.to_string());
        ListQuery { assigned, unchanged, after: String::new(), ..self.back.clone() }.address()
    }

    fn of(typed: &Typed) -> Self {
        let mut cases: Vec<String> = Vec::new();
        for number in typed.all("case") {
            if case_key(&number).is_some() && !cases.contains(&number) {
                cases.push(number);
            }
        }
        let of_case = typed.one("back").strip_prefix("/console/cases/").filter(|number| cases == [*number]);
        let of_case = of_case.map(str::to_owned);
        let (assignee, reason) = (typed.text("assignee").to_owned(), typed.text("reason").to_owned());
        Self { back: asked(typed.one("back")), of_case, cases, assignee, reason }
    }

    fn faults(&self, visitor: &Visitor) -> Vec<String> {
        let messages = visitor.messages;
        let mut faults = Vec::new();
        if self.cases.is_empty() {
            faults.push(messages.t("listing.none_chosen").to_owned());
        }
        if self.cases.len() > MOST_ROWS {
            faults.push(messages.fill("listing.too_many", "most", MOST_ROWS));
        }
        if self.assignee.is_empty() {
            faults.push(messages.t("listing.no_person").to_owned());
        }
        faults
    }

    fn row(&self, number: &str) -> Option<Row> {
        let wanted = Wanted::Assign(self.assignee.clone());
        let reason = Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        Some(Row { key: case_key(number)?, task: Task::Assignment { wanted, reason } })
    }
}
