//! Routes of the seals on events and audit trail, for auditors.

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rights::{May, ReadTrail};
use crate::http::answers::{Forbidden, Paged};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::service::evidence::seal::{LastVerification, SealPage};

/// A page of the seals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SealQuery {
    /// Continue after this seal: the `next` of the previous page.
    #[param(minimum = 1, maximum = 9007199254740991_i64)]
    pub after: Option<i64>,
    /// Maximum number of seals.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A page of the seals, and what the last verification found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealListView {
    /// Newest first.
    pub items: Vec<SealView>,
    /// With what foreign tools verify the newest seal (C2SP signed-note, verifier keys).
    pub verifier_keys: Vec<String>,
    /// The last verification of everything; null before the first.
    #[schema(required = true)]
    pub verified: Option<VerificationView>,
    /// `after` of the next page; null on the last page.
    #[schema(required = true)]
    pub next: Option<i64>,
}

/// A seal.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealView {
    /// Its number, from 1.
    pub number: i64,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// `international` (SHA-256, Ed25519) or `national` (SM3, SM2).
    pub suite: String,
    /// The position in the log at which its tree starts.
    pub starts_at: i64,
    /// How many rows its tree has.
    pub size: i64,
    /// The signed checkpoint (C2SP tlog-checkpoint): kept elsewhere, it shows later whether history was changed.
    pub note: String,
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationView {
    /// When.
    pub at: DateTime<Utc>,
    /// Up to which seal.
    #[schema(required = true)]
    pub seal: Option<i64>,
    /// How many rows were found changed, missing or put in.
    pub findings: u64,
    /// The first of them.
    #[schema(required = true)]
    pub first: Option<String>,
}

impl From<LastVerification> for VerificationView {
    fn from(LastVerification { at, seal, findings, first }: LastVerification) -> Self {
        Self { at, seal, findings, first }
    }
}

/// The seals on events and audit trail, newest first; and what the last verification of everything found. For auditors.
#[utoipa::path(tag = "audit", params(May<ReadTrail>, SealQuery), responses(Paged<SealListView>, Forbidden))]
#[get("/audit/seals")]
pub(in crate::api) async fn list_seals(
    may: May<ReadTrail>,
    Query(query): Query<SealQuery>,
) -> Result<Paged<SealListView>, Problem> {
    let limit = i64::from(query.limit.unwrap_or(50));
    let SealPage { seals, verifier_keys, verified, next } = may.service.seals(&may.caller, query.after, limit).await?;
    let seals = seals.into_iter().map(|seal| SealView {
        number: seal.number,
        at: seal.at,
        suite: seal.suite,
        starts_at: seal.starts_at,
        size: seal.size,
        note: seal.note,
    });
    let view = SealListView { items: seals.collect(), verifier_keys, verified: verified.map(Into::into), next };
    Ok(Paged { view, next: next.map(|next| next.to_string()) })
}
