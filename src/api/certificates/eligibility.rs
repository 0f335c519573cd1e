//! Routes of eligibility: whether organizations may apply for a certificate.

use actix_web::get;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::rights::{AskForEligibility, FindOrganizations, May};
use crate::domain::base::form::Form;
use crate::domain::base::words::Language;
use crate::domain::cases::refusal::Refusal;
use crate::http::answers::{Invalid, Shown};
use crate::http::problem::Problem;
use crate::http::problem::members::{AlternativeView, ReasonView};
use crate::http::problem::refusals::alternatives;
use crate::http::query::Query;
use crate::service::certificates::eligibility::Eligibility;

/// Whether an organization may apply for a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibilityView {
    /// The organization code, which identifies it under either kind of papers.
    pub organization_code: String,
    /// It may apply for a new certificate.
    pub eligible: bool,
    /// Why not.
    #[schema(required = true)]
    pub reason: Option<ReasonView>,
    /// What it can do instead.
    pub alternatives: Vec<AlternativeView>,
}

impl EligibilityView {
    fn new(eligibility: Eligibility, language: Language) -> Self {
        let alternatives = eligibility.held_by.as_ref().map_or_else(Vec::new, alternatives);
        let reason = eligibility.held_by.map(|held_by| {
            let refusal = Refusal::AlreadyApplied { held_by };
            ReasonView { code: refusal.code(), message: refusal.words().text(language).to_owned() }
        });
        let organization_code = eligibility.organization_code;
        Self { organization_code, eligible: reason.is_none(), reason, alternatives }
    }
}

/// Whether an organization may apply for a new certificate; it is named by its unified code or its organization code.
#[utoipa::path(tag = "certificates", params(May<AskForEligibility>, OrganizationPath), responses(Shown<EligibilityView>, Invalid))]
#[get("/organizations/{code}/eligibility")]
pub(in crate::api) async fn read_eligibility(
    may: May<AskForEligibility>,
    path: Path<OrganizationPath>,
) -> Result<Shown<EligibilityView>, Problem> {
    Ok(Shown(EligibilityView::new(may.service.eligibility(&may.caller, &path.code).await?, may.language)))
}

/// An organization that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OrganizationPath {
    /// Unified social credit code or organization code
    #[param(min_length = 1, max_length = 40, example = "PDY47483-X")]
    pub code: String,
}

/// Organizations, with the eligibility of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationListView {
    /// By name; at most 20.
    pub items: Vec<NamedEligibilityView>,
    /// There are others: a longer part of the name finds fewer.
    pub more: bool,
}

/// An organization with its eligibility.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedEligibilityView {
    /// Name of the organization, as its newest case or else certificate has it.
    pub name: String,
    /// The organization code, which identifies it under either kind of papers.
    pub organization_code: String,
    /// It may apply for a new certificate.
    pub eligible: bool,
    /// Why not.
    #[schema(required = true)]
    pub reason: Option<ReasonView>,
    /// What it can do instead.
    pub alternatives: Vec<AlternativeView>,
}

/// A part of a name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrganizationQuery {
    /// A part of the organization's name, at least two characters; spelling variants match.
    #[param(max_length = 120)]
    pub name: String,
}

/// Organizations with a certificate or a case by a part of their name; whether each may apply. For staff: whoever
/// isn't found hasn't applied under such a name.
#[utoipa::path(tag = "certificates", params(May<FindOrganizations>, OrganizationQuery), responses(Shown<OrganizationListView>))]
#[get("/organizations")]
pub(in crate::api) async fn list_organizations(
    may: May<FindOrganizations>,
    query: Query<OrganizationQuery>,
) -> Result<Shown<OrganizationListView>, Problem> {
    let name = query.checked(|query| {
        let mut form = Form::default();
        let name = form.name_part("/name", &query.name);
        form.finish(name)
    })?;
    let found = may.service.organizations_named(&may.caller, name).await?;
    let view = |(name, eligibility)| {
        let EligibilityView { organization_code, eligible, reason, alternatives } =
            EligibilityView::new(eligibility, may.language);
        NamedEligibilityView { name, organization_code, eligible, reason, alternatives }
    };
    Ok(Shown(OrganizationListView { items: found.organizations.into_iter().map(view).collect(), more: found.more }))
}
