//! Routes of the 24-hour answer: for one certificate or a thousand, cacheable as long as the answer is valid.
//!
//! Guarantees: `Cache-Control` never lets an answer be kept past the next change that time alone brings, nor past
//! `authorizations.max_age_seconds`, because somebody may revoke a certificate at any moment. The `ETag` is a digest of the
//! answer itself, so that 304 says that nothing in it changed; what may not be kept has none.

use actix_web::web::Path;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::accounts::rights::{AskForAuthorizations, May};
use crate::domain::base::words::{Language, Words};
use crate::domain::certificates::authorization::{NotUsable, QuestionDraft};
use crate::http::answers::{Invalid, Kept, NotFound};
use crate::http::body::{Body, MostBytes};
use crate::http::conditional::IfNoneMatch;
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;
use crate::service::certificates::authorizations::Answer;

/// Enough for a thousand questions with the longest serials.
const QUERY_BYTES: usize = 256 * 1024;

/// The limits of a query's body: it may be larger than others.
pub(in crate::api) fn query_limits() -> MostBytes {
    MostBytes(QUERY_BYTES)
}

/// Whether a certificate may log in to an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationView {
    /// Whether it may log in now.
    pub usable: bool,
    /// From when, if the login application is open on it.
    #[schema(required = true)]
    pub usable_from: Option<DateTime<Utc>>,
    /// Seconds until then, rounded up.
    #[schema(required = true)]
    pub seconds_left: Option<i64>,
    /// Why not.
    #[schema(required = true)]
    pub reason: Option<AuthorizationReasonView>,
    /// Serial number of the certificate that answered; null if there is none.
    #[schema(required = true)]
    pub serial: Option<String>,
}

/// Why a certificate may not log in.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationReasonView {
    /// What stands in its way.
    pub code: NotUsable,
    /// Words in the language asked for.
    pub message: String,
}

impl AuthorizationView {
    fn new(Answer { serial, authorization }: Answer, language: Language) -> Self {
        let reason = authorization.reason.map(|code| {
            let message = code.words().text(language).to_owned();
            AuthorizationReasonView { code, message }
        });
        let (usable, usable_from) = (authorization.usable, authorization.usable_from);
        Self { serial, usable, usable_from, seconds_left: authorization.seconds_left, reason }
    }
}

/// Whether a certificate may log in to a login application; computed from the time, exact to the second.
#[utoipa::path(
    tag = "certificates",
    params(May<AskForAuthorizations>, AuthorizationPath, IfNoneMatch),
    responses(Kept<AuthorizationView>, NotFound)
)]
#[get("/certificates/{serial}/authorizations/{application}")]
pub(in crate::api) async fn read_authorization(
    may: May<AskForAuthorizations>,
    path: Path<AuthorizationPath>,
) -> Result<Kept<AuthorizationView>, Problem> {
    let asked = may.service.authorization(&may.caller, &path.serial, &path.application).await;
    let mut answers = asked.map_err(|error| match error {
        ServiceError::NotFound => unknown(may.service.hall().application(&path.application).is_some()),
        error => error.into(),
    })?;
    let row = answers.rows.pop().ok_or_else(|| Problem::internal("no answer"))?;
    Ok(Kept { view: AuthorizationView::new(row, may.language), max_age_seconds: answers.max_age_seconds })
}

/// 404: the one or the other isn't there.
fn unknown(application_is_known: bool) -> Problem {
    Problem::of(&kinds::NOT_FOUND).detail(match application_is_known {
        true => Words::new("登记簿中没有此证书。", "The register has no such certificate."),
        false => Words::new(
            "没有此登录应用，见 /applications。",
            "There is no such login application; /applications lists them.",
        ),
    })
}

/// A certificate and an application that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AuthorizationPath {
    /// Serial number
    #[param(min_length = 1, max_length = 64, example = "GZ2013-004711")]
    pub serial: String,
    /// Code of the application
    #[param(min_length = 1, max_length = 64, example = "urban-construction")]
    pub application: String,
}

/// A query about many certificates and one login application.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "application": "urban-construction",
    "certificates": [{ "serial": "GZ2013-004711" }, { "organization_code": "PDY47483-X" }],
}))]
pub struct AuthorizationQueryRequest {
    /// Code of the application.
    #[schema(max_length = 64, example = "urban-construction")]
    pub application: String,
    /// Which certificates.
    #[schema(min_items = 1, max_items = 1000)]
    pub certificates: Vec<QuestionDraft>,
}

/// Answers, in the order of the questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationQueryView {
    /// Code of the application.
    pub application: String,
    /// One for each question.
    pub answers: Vec<AuthorizationView>,
}

/// Whether up to a thousand certificates may log in to a login application; each is named by its serial or its holder. The query
/// changes nothing, and its answer may be cached like that of the single question.
#[utoipa::path(
    tag = "certificates",
    request_body = AuthorizationQueryRequest,
    params(May<AskForAuthorizations>, IfNoneMatch),
    responses(Kept<AuthorizationQueryView>, Invalid)
)]
#[post("/query")]
pub(in crate::api) async fn query_authorizations(
    May { service, caller, language, .. }: May<AskForAuthorizations>,
    body: Body<AuthorizationQueryRequest>,
) -> Result<Kept<AuthorizationQueryView>, Problem> {
    let questions = body.checked(|asked| service.questions(asked.application, &asked.certificates))?;
    let application = questions.application.clone();
    let answers = service.authorizations(&caller, questions).await?;
    let rows = answers.rows.into_iter().map(|row| AuthorizationView::new(row, language)).collect();
    let view = AuthorizationQueryView { application, answers: rows };
    Ok(Kept { view, max_age_seconds: answers.max_age_seconds })
}
