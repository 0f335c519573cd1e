//! What can be applied for, over HTTP: case types with their checklists.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::accounts::auth::Authenticated;
use crate::api::cases::custody_view::destinations_view;
use crate::api::http::language::{AcceptedLanguage, NamedView};
use crate::api::http::problem::{Problem, ProblemView};
use crate::api::http::problem_kinds;
use crate::domain::base::words::Language;
use crate::domain::case_types::case_type::{CaseType, Copies, Original, Persons, RequiredWhen};
use crate::service::Service;

/// A case type.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseTypeView {
    /// Code.
    pub code: String,
    /// Edition that new cases start with.
    pub edition: u32,
    /// Name in the language asked for.
    pub name: String,
    /// Where its rules come from.
    pub source: String,
    /// The workflow that new cases run on.
    pub workflow: NamedView,
    /// Applications that must be applied for.
    pub required_applications: Vec<String>,
    /// What the application is asked for besides who applies and where it is collected; anything else is refused:
    /// applications, service_years, payment_method, collection_method, responsibility_letter, seal.
    pub asks: Vec<&'static str>,
    /// States of the certificate held in which it can be applied for; empty: none is held.
    pub certificate_states: Vec<NamedView>,
    /// It can be applied for only so many days before the end of the certificate held.
    pub opens_days_before_end: Option<u32>,
    /// Why the certificate held may be replaced, where it is.
    pub replacement_reasons: Vec<NamedView>,
    /// Working days: ready from, limit.
    pub deadline: Option<DeadlineRuleView>,
    /// The checklist in the guide's order.
    pub materials: Vec<MaterialView>,
    /// Reasons for defects, in the order of their numbers.
    pub defect_reasons: Vec<NamedView>,
}

/// Working days of production.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineRuleView {
    /// Ready from this working day.
    pub ready_after: u32,
    /// The limit.
    pub limit_after: u32,
}

/// A document of the checklist.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialView {
    /// Code.
    pub code: String,
    /// Number in the guide's list.
    pub number: u32,
    /// Name in the language asked for.
    pub name: String,
    /// Copies asked for; none where the guide doesn't say.
    pub copies: Option<u32>,
    /// Where its copies go: the first to the first. Empty: that isn't recorded.
    pub copies_go_to: Vec<NamedView>,
    /// Whether each copy bears the official seal.
    pub stamped: bool,
    /// none, sighted, presented or unspecified.
    pub original: &'static str,
    /// each (及) or either (或), where it is a person's.
    pub persons: Option<&'static str>,
    /// always or without_unified_code; lost or damaged, where a certificate is replaced for that reason.
    pub required_when: &'static str,
    /// Within how many working days it may be brought later, where a commitment does (容缺受理).
    pub deferrable_working_days: Option<u32>,
}

fn view(service: &Service, case_type: &CaseType, language: Language) -> Option<CaseTypeView> {
    let workflow = service.catalog().opening(&case_type.code)?.workflow;
    let materials = case_type.materials.iter().map(|material| MaterialView {
        code: material.code.clone(),
        number: material.number,
        name: material.words.text(language).to_owned(),
        copies: match material.copies {
            Copies::Exactly(count) => Some(count),
            Copies::Unspecified => None,
        },
        copies_go_to: destinations_view(case_type, material, language),
        stamped: material.stamped,
        original: original_code(material.original),
        persons: material.persons.map(|persons| match persons {
            Persons::Each => "each",
            Persons::Either => "either",
        }),
        required_when: match material.required_when {
            RequiredWhen::Always => "always",
            RequiredWhen::WithoutUnifiedCode => "without_unified_code",
            RequiredWhen::Replacing(reason) => reason.code(),
        },
        deferrable_working_days: material.deferrable_working_days,
    });
    let reasons = case_type.defect_reasons.iter();
    Some(CaseTypeView {
        code: case_type.code.clone(),
        edition: case_type.edition,
        name: case_type.words.text(language).to_owned(),
        source: case_type.source.clone(),
        workflow: NamedView::new(&workflow.code, &workflow.words, language),
        required_applications: case_type.required_applications.clone(),
        asks: case_type.asks.iter().map(|part| part.code()).collect(),
        certificate_states: (case_type.certificate_states.iter())
            .map(|state| NamedView::new(state.code(), &state.words(), language))
            .collect(),
        opens_days_before_end: case_type.opens_days_before_end,
        replacement_reasons: (case_type.replacement_reasons.iter())
            .map(|reason| NamedView::new(reason.code(), &reason.words(), language))
            .collect(),
        deadline: case_type
            .deadline
            .map(|rule| DeadlineRuleView { ready_after: rule.ready_after, limit_after: rule.limit_after }),
        materials: materials.collect(),
        defect_reasons: reasons.map(|reason| NamedView::new(&reason.code, &reason.words, language)).collect(),
    })
}

/// The code of what is asked of an original.
pub(in crate::api) fn original_code(original: Original) -> &'static str {
    match original {
        Original::None => "none",
        Original::Sighted => "sighted",
        Original::Presented => "presented",
        Original::Unspecified => "unspecified",
    }
}

/// What can be applied for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseTypeListView {
    /// By code.
    pub case_types: Vec<CaseTypeView>,
}

/// What can be applied for, with the checklist of each.
#[utoipa::path(
    tag = "case types",
    responses((status = 200, description = "The case types.", body = CaseTypeListView)),
    security(("bearer" = []))
)]
#[get("/case-types")]
pub(in crate::api) async fn list_case_types(
    service: web::Data<Service>,
    _: Authenticated,
    language: AcceptedLanguage,
) -> HttpResponse {
    let found = service.catalog().current().filter_map(|case_type| view(&service, case_type, language.0));
    HttpResponse::Ok().json(CaseTypeListView { case_types: found.collect() })
}

/// A case type by its code.
#[utoipa::path(
    tag = "case types",
    params(("code" = String, Path, description = "Code of the case type")),
    responses((status = 200, description = "The case type.", body = CaseTypeView), (status = 404, body = ProblemView)),
    security(("bearer" = []))
)]
#[get("/case-types/{code}")]
pub(in crate::api) async fn read_case_type(
    service: web::Data<Service>,
    _: Authenticated,
    language: AcceptedLanguage,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = service.catalog().current_case_type(&path);
    let view = found.and_then(|case_type| view(&service, case_type, language.0));
    view.map(|view| HttpResponse::Ok().json(view)).ok_or_else(|| Problem::of(&problem_kinds::NOT_FOUND))
}
