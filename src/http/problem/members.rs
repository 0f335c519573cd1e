//! The members that some kinds of problem have besides those that every problem has, as the description of the service tells them.
//!
//! Guarantee: a problem has no further member but one of these; a test holds real refusals against it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::language::WordsView;

/// What [`super::Problem::member`] adds, by its name; each only with the kinds of problem that it belongs to.
#[derive(ToSchema)]
pub struct FurtherMembers {
    /// Why it isn't done: every reason, the first of which is `code`; with refusals of the rules.
    #[schema(nullable = false)]
    pub blocked_by: Option<Vec<ReasonView>>,
    /// What is missing from the papers; with `materials_incomplete`.
    #[schema(nullable = false)]
    pub missing: Option<Vec<MissingMember>>,
    /// What can be done instead; with `already_applied` and `certificate_expired`.
    #[schema(nullable = false)]
    pub alternatives: Option<Vec<AlternativeView>>,
    /// The version now; with `version_stale`.
    #[schema(nullable = false)]
    pub current_version: Option<i64>,
    /// In how many seconds the same may succeed, as Retry-After says; where it is a matter of time.
    #[schema(nullable = false, format = Int64, minimum = 0, example = 1800)]
    pub retry_after_seconds: Option<u64>,
    /// The most bytes that a body may have; with `content_too_large`.
    #[schema(nullable = false, format = Int64)]
    pub limit_bytes: Option<usize>,
    /// Which header has a wrong form; with `invalid_header`.
    #[schema(nullable = false, example = "If-Match")]
    pub header: Option<String>,
    /// The line of the body, counted from 1; with `malformed_json` and `duplicate_member`.
    #[schema(nullable = false, format = Int64)]
    pub line: Option<usize>,
    /// The column of that line in bytes, counted from 1.
    #[schema(nullable = false, format = Int64)]
    pub column: Option<usize>,
    /// How many faults an uploaded file has, of which `errors` lists the first.
    #[schema(nullable = false, format = Int64)]
    pub fault_count: Option<usize>,
    /// What the program needs, and what of it doesn't work; with `not_ready`.
    #[schema(nullable = false)]
    pub checks: Option<Vec<Check>>,
    /// The trace that the request said to belong to (W3C Trace Context).
    #[schema(nullable = false, pattern = "^[0-9a-f]{32}$", example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    pub trace_id: Option<String>,
}

/// One thing that is missing from the papers, as [`Missing`](crate::domain::cases::materials::checklist::Missing) is written.
#[derive(ToSchema)]
pub struct MissingMember {
    /// Code of the row.
    pub material: String,
    /// Number of the row.
    pub number: u32,
    /// What is missing.
    pub code: LackCode,
    /// How many copies; with `copies_missing` and `copies_unstamped`.
    #[schema(nullable = false)]
    pub count: Option<u32>,
    /// Code of the reason why the document doesn't do; with `defective`.
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The sentence of the notice.
    pub words: WordsView,
}

/// The codes of [`Lack`](crate::domain::cases::materials::checklist::Lack).
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(missing_docs)] // the variants are those of Lack
pub enum LackCode {
    NotChecked,
    CopiesMissing,
    CopiesUnstamped,
    OriginalNotSighted,
    OriginalNotPresented,
    NotPresent,
    Defective,
}

/// A reason with its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable code; `/docs/problems` has all of them.
    pub code: &'static str,
    /// Words in the language asked for.
    pub message: String,
}

/// What an organization can do instead: apply for something else on its certificate, or go on with its open case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum AlternativeView {
    /// To apply for something on the certificate.
    Offer(OfferView),
    /// To go on with the case.
    OpenCase(OpenCaseView),
}

/// A case type that can be applied for on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferView {
    /// Code of the case type.
    pub case_type: String,
    /// Serial of the certificate.
    pub certificate_serial: String,
}

/// An open case.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenCaseView {
    /// Its acceptance number.
    pub acceptance_number: String,
    /// Where it is.
    pub href: String,
}

/// One thing that the program needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// Stable name in snake_case, such as `database`.
    pub name: String,
    /// Whether it works.
    pub ready: bool,
    /// A remark for operators, in English, without secrets: anybody may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remark: Option<String>,
}
