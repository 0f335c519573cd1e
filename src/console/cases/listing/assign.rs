//! Cases of a list given to somebody else, each with its own result.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};

use super::asked::ListQuery;
use super::list::ListPage;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::http::keys::case_key;
use crate::http::problem::Problem;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{MOST_ROWS, Row, RowResult, Task};

/// What the form says: a box that is ticked says its case.
struct Sent {
    back: ListQuery,
    cases: Vec<String>,
    assignee: String,
    reason: String,
}

/// Reassigns the chosen cases; back on the list with what couldn't be done.
#[post("/cases/assign")]
pub(in crate::console) async fn assign(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, Sent::of(&form.sent));
    visitor.service.may_work(&visitor.caller)?;
    let mut faults = sent.faults(&visitor);
    if !faults.is_empty() {
        return again(&visitor, sent, faults).await;
    }
    let rows: Vec<Row> = sent.cases.iter().filter_map(|number| sent.row(number)).collect();
    let results = visitor.service.batch(&visitor.caller, rows).await?;
    let all = results.len();
    let mut refused = Vec::new();
    for (number, result) in sent.cases.iter().zip(results) {
        if let RowResult::Refused(error) = result {
            refused.push((number.clone(), visitor.reasons(error)));
        }
    }
    if refused.is_empty() {
        return Ok(see(&ListQuery { assigned: all.to_string(), after: String::new(), ..sent.back }.address()));
    }
    let (messages, done) = (visitor.messages, all - refused.len());
    faults.push(messages.with("listing.some_refused", &[("done", &done), ("refused", &refused.len())]));
    faults.extend(
        refused
            .iter()
            .map(|(number, reason)| messages.with("listing.refused", &[("number", number), ("reason", reason)])),
    );
    // What was done needn't be chosen any more.
    let cases = refused.into_iter().map(|(number, _)| number).collect();
    again(&visitor, Sent { cases, ..sent }, faults).await
}

/// The list once more, with what was chosen and why it wasn't done.
async fn again(visitor: &Visitor, sent: Sent, faults: Vec<String>) -> Result<HttpResponse, Problem> {
    let mut page = ListPage::read(visitor, sent.back).await?;
    page.told = faults.into_iter().map(Told::plain).collect();
    page.chosen = sent.cases.into_iter().collect();
    page.assignee = sent.assignee;
    page.reason = sent.reason;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

impl Sent {
    fn of(typed: &Typed) -> Self {
        let asked = typed.one("back").split_once('?').map_or("", |(_, asked)| asked);
        let mut cases: Vec<String> = Vec::new();
        for number in typed.all("case") {
            if case_key(&number).is_some() && !cases.contains(&number) {
                cases.push(number);
            }
        }
        let (assignee, reason) = (typed.text("assignee").to_owned(), typed.text("reason").to_owned());
        Self { back: serde_urlencoded::from_str(asked).unwrap_or_default(), cases, assignee, reason }
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
