//! The check sheet over HTTP: a row at a time, or the whole sheet. Two clerks on different rows don't disturb one another.

use actix_web::http::header;
use actix_web::{HttpResponse, get, put, web};

use super::case::{Asked, answer, take, view};
use super::material_view::MaterialsView;
use super::requests::{MaterialCheckRequest, MaterialsRequest};
use crate::api::accounts::auth::Authenticated;
use crate::api::http::body::Body;
use crate::api::http::conditional::{IfMatch, etag};
use crate::api::http::keys::CasePath;
use crate::api::http::language::AcceptedLanguage;
use crate::api::http::problem::{Problem, ProblemView};
use crate::domain::cases::input::{ActionInput, MaterialDraft};
use crate::service::Service;
use crate::service::cases::case::Expected;

/// The action of every workflow that records checks.
const RECORD_MATERIALS: &str = "record_materials";

/// The checklist of a case with everything still missing.
#[utoipa::path(
    tag = "materials",
    params(("key" = String, Path, description = "Id or acceptance number")),
    responses((status = 200, description = "The check sheet.", body = MaterialsView)),
    security(("bearer" = []))
)]
#[get("/cases/{key}/materials")]
pub(in crate::api) async fn read_materials(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    path: CasePath,
) -> Result<HttpResponse, Problem> {
    let found = service.case(&caller, path.key).await?;
    let view = view(&service, &found, &caller, language.0)?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(found.case.version))).json(view.materials))
}

/// Records what was found on one row; If-Match is the row's `version`.
#[utoipa::path(
    tag = "materials",
    request_body = MaterialCheckRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("material" = String, Path, description = "Code of the row"),
        ("If-Match" = String, Header, description = "The row's version that was seen, such as \"0\"."),
    ),
    responses(
        (status = 200, description = "The case as it is now.", body = super::view::CaseView),
        (status = 404, description = "The case's checklist has no such row.", body = ProblemView),
        (status = 412, description = "Somebody else checked this row meanwhile.", body = ProblemView),
        (status = 428, description = "If-Match is missing.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[put("/cases/{key}/materials/{material}")]
pub(in crate::api) async fn put_material(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    IfMatch(version): IfMatch,
    path: CasePath,
    body: Body<MaterialCheckRequest>,
) -> Result<HttpResponse, Problem> {
    let material = path.last("material")?;
    let input = |check: MaterialCheckRequest| sheet(vec![check.of(material.clone())]);
    let asked = Asked {
        key: path.key,
        action: RECORD_MATERIALS.to_owned(),
        expected: Expected::Sheet(material.clone(), version),
        once: None,
        body_at: "/materials/0",
    };
    let after = take(&service, &caller, asked, body, input).await?;
    answer(&service, &after, &caller, language.0)
}

/// Records the whole sheet, or several rows of it; If-Match is the case's version.
#[utoipa::path(
    tag = "materials",
    request_body = MaterialsRequest,
    params(
        ("key" = String, Path, description = "Id or acceptance number"),
        ("If-Match" = String, Header, description = "The case's version that was seen."),
    ),
    responses(
        (status = 200, description = "The case as it is now.", body = super::view::CaseView),
        (status = 412, description = "The case changed meanwhile.", body = ProblemView),
    ),
    security(("bearer" = []))
)]
#[put("/cases/{key}/materials")]
pub(in crate::api) async fn put_materials(
    service: web::Data<Service>,
    Authenticated(caller): Authenticated,
    language: AcceptedLanguage,
    IfMatch(version): IfMatch,
    path: CasePath,
    body: Body<MaterialsRequest>,
) -> Result<HttpResponse, Problem> {
    let input = |request: MaterialsRequest| sheet(request.materials.into_iter().map(Into::into).collect());
    let asked = Asked {
        key: path.key,
        action: RECORD_MATERIALS.to_owned(),
        expected: Expected::Case(version),
        once: None,
        body_at: "",
    };
    let after = take(&service, &caller, asked, body, input).await?;
    answer(&service, &after, &caller, language.0)
}

fn sheet(materials: Vec<MaterialDraft>) -> ActionInput {
    ActionInput { materials: Some(materials), ..ActionInput::default() }
}
