//! Routes of case types with their checklists.

use actix_web::get;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::rights::{Call, May};
use crate::api::cases::custody_view::destinations;
use crate::api::closed::{CertificateStateView, OriginalWanted, PersonsWanted, ReplacementReasonView, WantedWhen};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Language;
use crate::domain::case_types::case_type::ApplicationPart;
use crate::domain::case_types::case_type::{CaseType, Copies, Original, Persons, RequiredWhen};
use crate::domain::case_types::published_text::PublishedText;
use crate::http::answers::{NotFound, Shown};
use crate::http::language::NamedView;
use crate::http::problem::Problem;
use crate::http::problem::kinds;
use crate::http::query::Query;
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
    /// Codes of the roles that open cases of it; `client` are other systems.
    pub opened_by: Vec<Role>,
    /// The workflow that new cases run on.
    pub workflow: NamedView,
    /// Login applications that every application must include.
    pub required_applications: Vec<String>,
    /// Fields of the application besides organization, persons and outlet; other fields are refused:
    /// applications, service_years, payment_method, collection_method, responsibility_letter, seal.
    #[schema(value_type = Vec<ApplicationPart>)]
    pub asks: Vec<&'static str>,
    /// Accepted states of the held certificate; empty if no certificate is held.
    #[schema(value_type = Vec<CertificateStateView>)]
    pub certificate_states: Vec<NamedView>,
    /// Applications open this many days before the held certificate expires.
    #[schema(required = true)]
    pub opens_days_before_end: Option<u32>,
    /// Permitted reasons for replacing the held certificate.
    #[schema(value_type = Vec<ReplacementReasonView>)]
    pub replacement_reasons: Vec<NamedView>,
    /// Working days: ready from, limit.
    #[schema(required = true)]
    pub deadline: Option<DeadlineRuleView>,
    /// The checklist in the guide's order.
    pub materials: Vec<MaterialView>,
    /// Reasons for defects, in the order of their numbers.
    pub defect_reasons: Vec<NamedView>,
    /// The responsibility letter that applicants accept, if this case type asks for that.
    #[schema(required = true)]
    pub responsibility_letter: Option<PublishedTextView>,
    /// What to know before applying.
    #[schema(required = true)]
    pub application_notes: Option<PublishedTextView>,
}

/// A text for applicants.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedTextView {
    /// Code.
    pub code: String,
    /// Edition.
    pub edition: u32,
    /// Title in the language asked for.
    pub title: String,
    /// The text in the language asked for, paragraphs separated by line breaks. The Chinese one is binding.
    pub text: String,
    /// SHA-256 of the Chinese text in UTF-8, whatever the language: what is kept with an application.
    pub sha256: String,
}

impl PublishedTextView {
    fn new(published: &PublishedText, language: Language) -> Self {
        Self {
            code: published.identity.code.clone(),
            edition: published.identity.edition,
            title: published.words.text(language).to_owned(),
            text: published.text.text(language).to_owned(),
            sha256: published.identity.sha256.clone(),
        }
    }
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
    /// Other Chinese names of the same document.
    #[schema(example = json!(["数字证书申请表"]))]
    pub also_called: Vec<String>,
    /// Name of the document that stands in its place where the organization is no enterprise.
    #[schema(required = true)]
    pub name_for_other_kinds: Option<String>,
    /// Required copies; null if the guide doesn't say.
    #[schema(required = true)]
    pub copies: Option<u32>,
    /// Destinations of its copies, in order. Empty: not recorded.
    pub copies_go_to: Vec<NamedView>,
    /// Whether each copy bears the official seal.
    pub stamped: bool,
    /// none, sighted, presented or unspecified.
    #[schema(value_type = OriginalWanted)]
    pub original: &'static str,
    /// each (及) or either (或), where it is a person's.
    #[schema(value_type = Option<PersonsWanted>, required = true)]
    pub persons: Option<&'static str>,
    /// always or without_unified_code; lost or damaged, where a certificate is replaced for that reason.
    #[schema(value_type = WantedWhen)]
    pub required_when: &'static str,
    /// For how many working days a commitment may defer it (容缺受理).
    #[schema(required = true)]
    pub deferrable_working_days: Option<u32>,
}

fn view(service: &Service, case_type: &CaseType, language: Language) -> Option<CaseTypeView> {
    let workflow = service.catalog().opening(&case_type.code)?.workflow;
    let materials = case_type.materials.iter().map(|material| MaterialView {
        code: material.code.clone(),
        number: material.number,
        name: material.words.text(language).to_owned(),
        also_called: material.also_called.clone(),
        name_for_other_kinds: material.for_other_kinds.as_ref().map(|words| words.text(language).to_owned()),
        copies: match material.copies {
            Copies::Exactly(count) => Some(count),
            Copies::Unspecified => None,
        },
        copies_go_to: destinations(case_type, material, language).map(NamedView::from).collect(),
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
    let text = |text: &Option<PublishedText>| text.as_ref().map(|text| PublishedTextView::new(text, language));
    Some(CaseTypeView {
        code: case_type.code.clone(),
        edition: case_type.edition,
        name: case_type.words.text(language).to_owned(),
        source: case_type.source.clone(),
        opened_by: case_type.opened_by.clone(),
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
        responsibility_letter: text(&case_type.responsibility_letter),
        application_notes: text(&case_type.application_notes),
    })
}

/// The code of the requirement on the original.
pub(in crate::api) fn original_code(original: Original) -> &'static str {
    match original {
        Original::None => "none",
        Original::Sighted => "sighted",
        Original::Presented => "presented",
        Original::Unspecified => "unspecified",
    }
}

/// The case types.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseTypeListView {
    /// By code.
    pub items: Vec<CaseTypeView>,
}

/// All case types, with the checklist of each.
#[utoipa::path(tag = "case types", params(May<Call>), responses(Shown<CaseTypeListView>))]
#[get("/case-types")]
pub(in crate::api) async fn list_case_types(may: May<Call>) -> Shown<CaseTypeListView> {
    let found = may.service.catalog().current().filter_map(|case_type| view(&may.service, case_type, may.language));
    Shown(CaseTypeListView { items: found.collect() })
}

/// A case type by its code: the edition that new cases start with, or the one asked for, such as that of a case.
#[utoipa::path(tag = "case types", params(May<Call>, CaseTypePath, CaseTypeQuery), responses(Shown<CaseTypeView>, NotFound))]
#[get("/case-types/{code}")]
pub(in crate::api) async fn read_case_type(
    may: May<Call>,
    path: Path<CaseTypePath>,
    query: Query<CaseTypeQuery>,
) -> Result<Shown<CaseTypeView>, Problem> {
    let catalog = may.service.catalog();
    let found = match query.0.edition {
        None => catalog.current_case_type(&path.code),
        Some(edition) => catalog.case_type(&path.code, edition),
    };
    let view = found.and_then(|case_type| view(&may.service, case_type, may.language));
    view.map(Shown).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

/// A case type that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CaseTypePath {
    /// Code of the case type
    #[param(min_length = 1, max_length = 64, example = "new-certificate")]
    pub code: String,
}

/// Which edition of a case type.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseTypeQuery {
    /// Edition; without it, the one that new cases start with
    #[param(minimum = 1, maximum = 2147483647)]
    pub edition: Option<i32>,
}
