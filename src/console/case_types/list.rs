//! Everything that can be applied for.

use askama::Template;

use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::messages::begun;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::case_type::CaseType;

/// A case type.
struct Row {
    code: String,
    name: String,
    edition: u32,
    materials: usize,
    deadline: String,
    fees: String,
}

#[derive(Template)]
#[template(path = "case_types/list.html", config = "src/console/askama.toml")]
struct CaseTypesPage {
    layout: Layout,
    rows: Vec<Row>,
}

/// The list, for any of the staff.
pub(in crate::console) async fn show(visitor: Visitor) -> Page<impl Template> {
    let rows = visitor.service.catalog().current().map(|case_type| row(&visitor, case_type)).collect();
    let layout = Layout::of(&visitor, visitor.messages.t("place.case_types").to_owned(), Place::CaseTypes);
    Page(CaseTypesPage { layout, rows })
}

fn row(visitor: &Visitor, case_type: &CaseType) -> Row {
    Row {
        code: case_type.code.clone(),
        name: visitor.messages.of(&case_type.words).to_owned(),
        edition: case_type.edition,
        materials: case_type.materials.len(),
        deadline: deadline(visitor, case_type),
        fees: fees(visitor, case_type),
    }
}

/// Within how many working days it is made.
pub(super) fn deadline(visitor: &Visitor, case_type: &CaseType) -> String {
    let messages = visitor.messages;
    case_type.deadline.map_or_else(
        || messages.t("case_types.no_deadline").to_owned(),
        |rule| messages.with("case_types.days", &[("ready", &rule.ready_after), ("limit", &rule.limit_after)]),
    )
}

/// What its fee is made of.
pub(super) fn fees(visitor: &Visitor, case_type: &CaseType) -> String {
    let messages = visitor.messages;
    let items: Vec<String> = case_type.fees.iter().map(|item| messages.of(&item.words()).to_owned()).collect();
    if items.is_empty() {
        messages.t("case_types.no_fee").to_owned()
    } else {
        begun(&items.join(messages.t("list.between")))
    }
}
