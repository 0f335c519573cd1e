//! A person's numbers in clear: the only route that answers them.

use actix_web::post;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::accounts::rights::{DisclosePersons, May};
use crate::domain::accounts::disclosure::{DisclosureDraft, PersonOfCase};
use crate::http::answers::{Forbidden, Invalid, NotFound, Shown};
use crate::http::body::Body;
use crate::http::keys::CasePath;
use crate::http::problem::{Problem, ProblemView};
use crate::service::accounts::disclosures::Disclosed;

/// One person's numbers in clear.
#[derive(Serialize, ToSchema)]
pub struct DisclosureView {
    /// Whose.
    #[schema(value_type = String, example = "applicant")]
    pub person: PersonOfCase,
    /// Name.
    pub name: String,
    /// Number of the identity document, if it was asked for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_number: Option<String>,
    /// Phone, if it was asked for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl From<Disclosed> for DisclosureView {
    fn from(Disclosed { person, name, identity_number, phone }: Disclosed) -> Self {
        Self { person, name, identity_number, phone }
    }
}

/// Shows one person's identity number or phone in clear, for a purpose and with a reason: to the roles that the settings name, and
/// only so often within an hour. Each showing is entered in the audit trail, and nowhere else is either ever answered in clear.
#[utoipa::path(
    tag = "cases",
    request_body = DisclosureDraft,
    params(CasePath),
    responses(
        Shown<DisclosureView>,
        Forbidden,
        NotFound,
        Invalid,
        (status = 429, description = "As many as may be within an hour were shown to this account; Retry-After says when the next may be.", body = ProblemView),
    )
)]
#[post("/cases/{key}/disclosures")]
pub(in crate::api) async fn disclose_person(
    may: May<DisclosePersons>,
    path: actix_web::web::Path<CasePath>,
    body: Body<DisclosureDraft>,
) -> Result<Shown<DisclosureView>, Problem> {
    Ok(Shown(may.service.disclose(&may.caller, path.into_inner().key, body.value).await?.into()))
}
