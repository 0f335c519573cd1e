//! Routes of the checklist: read it, check one row or change what was found on it, or check several. Two clerks on different rows don't
//! conflict.

pub mod requests;

use actix_web::web::Path;
use actix_web::{get, patch, put};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::IntoParams;

use self::requests::{MaterialCheckRequest, MaterialsRequest};
use super::case::{CaseAnswer, CaseShown, answer};
use super::material_view::MaterialsView;
use crate::api::accounts::rights::{May, ReadCases, RecordMaterials};
use crate::domain::base::words::Fault;
use crate::domain::cases::materials::patch::MaterialPatch;
use crate::http::answers::fields::{Fields, as_described};
use crate::http::answers::{Forbidden, Invalid, NotFound, Revalidated, Unseen};
use crate::http::body::Body;
use crate::http::change::Replace;
use crate::http::conditional::{IfMatch, IfNoneMatch};
use crate::http::keys::{CasePath, case_named};
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseKey, Expected};

/// The checklist of a case with everything still missing.
#[utoipa::path(tag = "cases", params(May<ReadCases>, CasePath, IfNoneMatch), responses(Revalidated<MaterialsShown>, NotFound))]
#[get("/cases/{key}/materials")]
pub(in crate::api) async fn read_materials(
    may: May<ReadCases>,
    path: Path<CasePath>,
) -> Result<Revalidated<MaterialsShown>, Problem> {
    let at = may.service.case(&may.caller, path.into_inner().key).await?;
    Ok(Revalidated { version: at.case.version, view: MaterialsShown(CaseShown::new(&may, at, Fields::default())?) })
}

/// The checklist of a case, made and written in one go.
pub struct MaterialsShown(CaseShown);

impl Serialize for MaterialsShown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.written(to, |report, language, to| MaterialsView::new(report, language).serialize(to))
    }
}

as_described!(MaterialsShown, MaterialsView);

/// Records the check of one row; If-Match is the row's `version`.
#[utoipa::path(
    operation_id = "record_material",
    tag = "cases",
    request_body = MaterialCheckRequest,
    params(May<RecordMaterials>, Replace<RowPath, IfMatch>),
    responses(CaseAnswer, Forbidden, NotFound, Invalid, Unseen)
)]
#[put("/cases/{key}/materials/{material}")]
pub(in crate::api) async fn put_material(
    may: May<RecordMaterials>,
    Replace { path: RowPath { key, material }, seen: IfMatch(version) }: Replace<RowPath, IfMatch>,
    body: Body<MaterialCheckRequest>,
) -> Result<CaseAnswer, Problem> {
    let row = body.value.of(material.clone());
    let recorded = may.service.record_materials(&may.caller, key, vec![row], Expected::Sheet(material, version)).await;
    answer(&may, recorded.map_err(in_row)?)
}

/// Records on one row what the body names, and leaves the rest as it was found (RFC 7396): null takes a reason or a remark away. A row
/// that nobody has checked needs both numbers of copies. If-Match is the row's `version`.
#[utoipa::path(
    operation_id = "patch_material",
    tag = "cases",
    request_body = MaterialPatch,
    params(May<RecordMaterials>, Replace<RowPath, IfMatch>),
    responses(CaseAnswer, Forbidden, NotFound, Invalid, Unseen)
)]
#[patch("/cases/{key}/materials/{material}")]
pub(in crate::api) async fn patch_material(
    may: May<RecordMaterials>,
    Replace { path: RowPath { key, material }, seen: IfMatch(version) }: Replace<RowPath, IfMatch>,
    body: Body<MaterialPatch>,
) -> Result<CaseAnswer, Problem> {
    let patched = may.service.patch_material(&may.caller, key, material, body.value, version).await;
    answer(&may, patched.map_err(in_row)?)
}

/// Faults of the only row point into the body, which is that row.
fn in_row(error: ServiceError) -> ServiceError {
    let pointed = |mut fault: Fault| {
        if let Some(rest) = fault.pointer.strip_prefix("/materials/0") {
            fault.pointer = rest.to_owned();
        }
        fault
    };
    error
        .into_faults()
        .map_or_else(|error| error, |faults| ServiceError::Invalid(faults.into_iter().map(pointed).collect()))
}

/// A row of a case's checklist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RowPath {
    /// Id or acceptance number
    #[serde(deserialize_with = "case_named")]
    #[param(value_type = String, min_length = 1, max_length = 45, example = "260601000140")]
    pub key: CaseKey,
    /// Code of the row
    #[param(min_length = 1, max_length = 96, example = "e-seal-agreement")]
    pub material: String,
}

/// Records the checks of several rows; rows that are not in the body stay as they are. If-Match is the version of the case.
#[utoipa::path(
    operation_id = "patch_materials",
    tag = "cases",
    request_body = MaterialsRequest,
    params(May<RecordMaterials>, Replace<CasePath, IfMatch>),
    responses(CaseAnswer, Forbidden, NotFound, Invalid, Unseen)
)]
#[patch("/cases/{key}/materials")]
pub(in crate::api) async fn patch_materials(
    may: May<RecordMaterials>,
    change: Replace<CasePath, IfMatch>,
    body: Body<MaterialsRequest>,
) -> Result<CaseAnswer, Problem> {
    recorded(&may, change, body.value).await
}

/// The same as `PATCH`, which says what it does.
#[utoipa::path(
    operation_id = "record_materials",
    tag = "cases",
    request_body = MaterialsRequest,
    params(May<RecordMaterials>, Replace<CasePath, IfMatch>),
    responses(CaseAnswer, Forbidden, NotFound, Invalid, Unseen)
)]
#[put("/cases/{key}/materials")]
pub(in crate::api) async fn put_materials(
    may: May<RecordMaterials>,
    change: Replace<CasePath, IfMatch>,
    body: Body<MaterialsRequest>,
) -> Result<CaseAnswer, Problem> {
    recorded(&may, change, body.value).await
}

async fn recorded(
    may: &May<RecordMaterials>,
    Replace { path, seen: IfMatch(version) }: Replace<CasePath, IfMatch>,
    MaterialsRequest { materials }: MaterialsRequest,
) -> Result<CaseAnswer, Problem> {
    answer(may, may.service.record_materials(&may.caller, path.key, materials, Expected::Case(version)).await?)
}
