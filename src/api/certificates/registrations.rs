//! Routes by which a second supervisor approves or rejects what entered the register without a case: single certificates, and
//! imports as a whole.

use actix_web::web::Path;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::certificate::{CertificateAnswer, CertificatePath, answer};
use super::corrections::{ApprovalRequest, DeclineRequest};
use super::view::named;
use crate::api::accounts::rights::{ApproveRegistrations, May, ReadImports};
use crate::api::closed::ImportStateView;
use crate::domain::base::words::Language;
use crate::domain::certificates::import::CertificateImport;
use crate::http::answers::{NotChanged, NotFound, Paged, Shown, Unseen};
use crate::http::body::Body;
use crate::http::change::Change;
use crate::http::conditional::IfMatch;
use crate::http::language::NamedView;
use crate::http::problem::kinds;
use crate::http::problem::{Problem, ProblemView};
use crate::http::query::{Query, id_cursor, id_cursor_text};

/// Approves a registration for the version of the certificate that was seen: it is in force then. For supervisors, but never for
/// who entered it.
#[utoipa::path(
    tag = "certificates",
    request_body = ApprovalRequest,
    params(May<ApproveRegistrations>, Change<CertificatePath, IfMatch>),
    responses(CertificateAnswer, NotChanged, Unseen, (status = 409, description = "No registration is pending, it belongs to an import, or a second person is required.", body = ProblemView))
)]
#[post("/certificates/{serial}/registration/approve")]
pub(in crate::api) async fn approve_registration(
    may: May<ApproveRegistrations>,
    change: Change<CertificatePath, IfMatch>,
    body: Body<ApprovalRequest>,
) -> Result<CertificateAnswer, Problem> {
    let (idempotency, serial, seen) = (change.idempotent(&body.canonical), &change.path.serial, change.seen.0);
    Ok(answer(&may, may.service.approve_registration(&may.caller, serial, seen, idempotency).await?))
}

/// Rejects a registration, or takes it back: the certificate leaves the register, its numbers and its organization are free. For
/// supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = DeclineRequest,
    params(May<ApproveRegistrations>, Change<CertificatePath>),
    responses(CertificateAnswer, NotChanged, (status = 409, description = "None waits, or it belongs to an import.", body = ProblemView))
)]
#[post("/certificates/{serial}/registration/reject")]
pub(in crate::api) async fn reject_registration(
    may: May<ApproveRegistrations>,
    change: Change<CertificatePath>,
    body: Body<DeclineRequest>,
) -> Result<CertificateAnswer, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let reason = body.checked(|request| may.service.register_reason(&request.reason))?;
    Ok(answer(&may, may.service.reject_registration(&may.caller, &change.path.serial, reason, idempotency).await?))
}

/// Query of imports.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// In this state: entering, waiting, approved, rejected or failed. `waiting` is what a second supervisor has to decide.
    #[param(max_length = 20)]
    pub state: Option<String>,
    /// Continue after this import, as `next` of the page before says.
    #[param(max_length = 44, pattern = "^imports\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub after: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// An import that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ImportPath {
    /// Id of the import
    #[param(format = Uuid, min_length = 1, max_length = 45)]
    pub id: String,
}

impl ImportPath {
    fn id(&self) -> Result<Uuid, Problem> {
        Uuid::try_parse(&self.id).map_err(|_| Problem::of(&kinds::NOT_FOUND))
    }
}

/// An import of certificates. Its certificates are those of `GET /certificates?import={id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// Its id.
    pub id: Uuid,
    /// entering, waiting, approved, rejected or failed.
    #[schema(value_type = ImportStateView)]
    pub state: NamedView,
    /// How many certificates were entered.
    pub lines: i64,
    /// Who entered them, and so can't approve them.
    pub entered_by: NamedView,
    /// When that began.
    pub started_at: DateTime<Utc>,
    /// Who approved or rejected it.
    #[schema(required = true)]
    pub decided_by: Option<NamedView>,
    /// When.
    #[schema(required = true)]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was rejected.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// When the last of its certificates was in force, or out of the register.
    #[schema(required = true)]
    pub settled_at: Option<DateTime<Utc>>,
}

impl ImportView {
    fn new(import: CertificateImport, language: Language) -> Self {
        let state = import.state;
        Self {
            id: import.id,
            state: NamedView::new(state.code(), &state.words(), language),
            lines: import.lines,
            entered_by: named(import.entered_by),
            started_at: import.started_at,
            decided_by: import.decided_by.map(named),
            decided_at: import.decided_at,
            reason: import.reason,
            settled_at: import.settled_at,
        }
    }
}

/// What cursors of imports begin with.
const LIST: &str = "imports";

/// A page of imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportListView {
    /// Newest first.
    pub items: Vec<ImportView>,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// Imports of certificates, newest first, a page at a time.
#[utoipa::path(tag = "certificates", params(May<ReadImports>, ImportQuery), responses(Paged<ImportListView>))]
#[get("/certificates/imports")]
pub(in crate::api) async fn list_imports(
    may: May<ReadImports>,
    query: Query<ImportQuery>,
) -> Result<Paged<ImportListView>, Problem> {
    let page = query.checked(|ImportQuery { state, after, limit }| {
        may.service.import_page(state.as_deref(), id_cursor(LIST, after.as_deref()), limit.unwrap_or(50))
    })?;
    let (found, next) = may.service.imports(&may.caller, page).await?;
    let imports = found.into_iter().map(|import| ImportView::new(import, may.language)).collect();
    let next = next.map(|next| id_cursor_text(LIST, next));
    Ok(Paged { view: ImportListView { items: imports, next: next.clone() }, next })
}

/// An import of certificates.
#[utoipa::path(tag = "certificates", params(May<ReadImports>, ImportPath), responses(Shown<ImportView>, NotFound))]
#[get("/certificates/imports/{id}")]
pub(in crate::api) async fn read_import(
    may: May<ReadImports>,
    path: Path<ImportPath>,
) -> Result<Shown<ImportView>, Problem> {
    Ok(Shown(ImportView::new(may.service.import(&may.caller, path.id()?).await?, may.language)))
}

/// Approves an import as a whole: all its certificates are in force then. For supervisors, but never for who entered it.
#[utoipa::path(
    tag = "certificates",
    request_body = ApprovalRequest,
    params(May<ApproveRegistrations>, Change<ImportPath>),
    responses(Shown<ImportView>, NotChanged, (status = 409, description = "It doesn't wait, or a second person is required.", body = ProblemView))
)]
#[post("/certificates/imports/{id}/approve")]
pub(in crate::api) async fn approve_import(
    may: May<ApproveRegistrations>,
    change: Change<ImportPath>,
    body: Body<ApprovalRequest>,
) -> Result<Shown<ImportView>, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let import = may.service.approve_import(&may.caller, change.path.id()?, idempotency).await?;
    Ok(Shown(ImportView::new(import, may.language)))
}

/// Rejects an import as a whole, or takes it back: its certificates leave the register. For supervisors.
#[utoipa::path(
    tag = "certificates",
    request_body = DeclineRequest,
    params(May<ApproveRegistrations>, Change<ImportPath>),
    responses(Shown<ImportView>, NotChanged, (status = 409, description = "It doesn't wait.", body = ProblemView))
)]
#[post("/certificates/imports/{id}/reject")]
pub(in crate::api) async fn reject_import(
    may: May<ApproveRegistrations>,
    change: Change<ImportPath>,
    body: Body<DeclineRequest>,
) -> Result<Shown<ImportView>, Problem> {
    let idempotency = change.idempotent(&body.canonical);
    let reason = body.checked(|request| may.service.register_reason(&request.reason))?;
    let import = may.service.reject_import(&may.caller, change.path.id()?, reason, idempotency).await?;
    Ok(Shown(ImportView::new(import, may.language)))
}
