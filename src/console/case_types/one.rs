//! A case type: its checklist, deadline and fees, and its workflows as pictures.

use actix_web::web::Path;
use askama::Template;

use super::list::{deadline, fees};
use super::machine::Machine;
use super::materials::{MaterialLine, line};
use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::case_type::CaseType;
use crate::http::problem::{Problem, kinds};

#[derive(Template)]
#[template(path = "case_types/one.html", config = "src/console/askama.toml")]
struct CaseTypePage {
    layout: Layout,
    code: String,
    edition: u32,
    source: String,
    deadline: String,
    fees: String,
    opened_by: String,
    materials: Vec<MaterialLine>,
    reasons: Vec<String>,
    machines: Vec<Machine>,
}

/// The edition that new cases start with, for any of the staff.
pub(in crate::console) async fn show(visitor: Visitor, code: Path<String>) -> Result<Page<impl Template>, Problem> {
    let found = visitor.service.catalog().current_case_type(&code);
    found.map(|found| Page(page(&visitor, found))).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

fn page(visitor: &Visitor, case_type: &CaseType) -> CaseTypePage {
    let messages = visitor.messages;
    let roles: Vec<String> = case_type.opened_by.iter().map(|role| messages.of(&role.words()).to_owned()).collect();
    let workflows = visitor.service.catalog().workflows_of(case_type);
    CaseTypePage {
        layout: Layout::of(visitor, messages.of(&case_type.words).to_owned(), Place::CaseTypes),
        code: case_type.code.clone(),
        edition: case_type.edition,
        source: case_type.source.clone(),
        deadline: deadline(visitor, case_type),
        fees: fees(visitor, case_type),
        opened_by: roles.join(messages.t("list.between")),
        materials: case_type.materials.iter().map(|material| line(visitor, material)).collect(),
        reasons: case_type.defect_reasons.iter().map(|reason| messages.of(&reason.words).to_owned()).collect(),
        machines: workflows.map(|workflow| Machine::of(workflow, messages)).collect(),
    }
}
