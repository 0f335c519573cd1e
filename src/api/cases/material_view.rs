//! Response types of the check sheet: requirements, findings, and everything still missing.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::custody_view::destinations;
use crate::api::closed::OriginalWanted;
use crate::domain::base::words::{Language, Words};
use crate::domain::case_types::case_type::{Copies, Original};
use crate::domain::cases::materials::checklist::{MaterialCheck, Missing, Sheet};
use crate::http::language::{Named, NamedView, WordsView};
use crate::http::problem::members::LackCode;
use crate::service::cases::details::CaseReport;

/// The checklist of a case with the verdict on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialsView<'a> {
    /// Nothing is missing.
    pub complete: bool,
    /// The verdict as a sentence, as on the notice.
    #[schema(value_type = WordsView)]
    pub verdict: Words,
    /// Rows that are not checked yet.
    #[schema(format = Int64)]
    pub unchecked: usize,
    /// Everything missing, in the guide's order.
    pub missing: Vec<MissingView<'a>>,
    /// The rows that apply to this case.
    pub sheets: Vec<SheetView<'a>>,
}

/// One thing missing.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingView<'a> {
    /// Code of the row.
    pub material: &'a str,
    /// Number of the row, as on the receipt and the notice: the document's in the guide's list; of a second person's, the next
    /// behind the list.
    pub number: u32,
    /// What is missing: not_checked, copies_missing, copies_unstamped, original_not_sighted, original_not_presented,
    /// not_present, defective.
    #[schema(value_type = LackCode)]
    pub code: &'static str,
    /// How many copies are concerned.
    #[schema(required = true)]
    pub count: Option<u32>,
    /// The sentence of the notice.
    #[schema(value_type = WordsView)]
    pub words: &'a Words,
}

impl<'a> From<&'a Missing> for MissingView<'a> {
    fn from(missing: &'a Missing) -> Self {
        Self {
            material: &missing.material,
            number: missing.number,
            code: missing.lack.code(),
            count: missing.lack.count(),
            words: &missing.words,
        }
    }
}

/// One row of the check sheet.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetView<'a> {
    /// Code of the row.
    pub material: &'a str,
    /// Number of the row, as on the receipt and the notice: the document's in the guide's list; of a second person's, the next
    /// behind the list.
    pub number: u32,
    /// Name in the language asked for.
    pub name: Cow<'a, str>,
    /// Copies asked for; none where the guide doesn't say.
    #[schema(required = true)]
    pub copies: Option<u32>,
    /// Where its copies go: the first to the first. Empty: that isn't recorded.
    #[schema(value_type = Vec<NamedView>)]
    pub copies_go_to: Vec<Named<'a>>,
    /// Whether each copy bears the official seal.
    pub stamped: bool,
    /// none, sighted, presented or unspecified.
    #[schema(value_type = OriginalWanted)]
    pub original: &'static str,
    /// Version of the case at the last change of this row, 0 before the first; the If-Match of the row's next check.
    pub version: i64,
    /// What was found last.
    #[schema(required = true)]
    pub check: Option<CheckView<'a>>,
    /// For how many working days a commitment may defer it.
    #[schema(required = true)]
    pub deferrable_working_days: Option<u32>,
    /// The commitment.
    #[schema(required = true)]
    pub commitment: Option<CommitmentView<'a>>,
}

/// A document that was promised for later (容缺受理).
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentView<'a> {
    /// The last day on which it is brought.
    pub until: NaiveDate,
    /// When the commitment was accepted.
    pub accepted_at: DateTime<Utc>,
    /// Account id of who accepted it.
    pub accepted_by: &'a str,
    /// The document is there.
    pub fulfilled: bool,
    /// The commitment's day has passed without the document.
    pub overdue: bool,
}

/// What was found on a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView<'a> {
    /// Copies received.
    pub copies_received: u32,
    /// Copies stamped.
    pub copies_stamped: u32,
    /// The original was sighted or presented.
    pub original_sighted: bool,
    /// Why it is not acceptable.
    #[schema(required = true)]
    pub reason: Option<&'a str>,
    /// Remark.
    #[schema(required = true)]
    pub remark: Option<&'a str>,
    /// Account id of the person who checked it.
    pub checked_by: &'a str,
    /// When.
    pub checked_at: DateTime<Utc>,
}

impl<'a> From<&'a MaterialCheck> for CheckView<'a> {
    fn from(check: &'a MaterialCheck) -> Self {
        Self {
            copies_received: check.copies_received,
            copies_stamped: check.copies_stamped,
            original_sighted: check.original_sighted,
            reason: check.reason.as_deref(),
            remark: check.remark.as_deref(),
            checked_by: &check.checked_by,
            checked_at: check.checked_at,
        }
    }
}

impl<'a> MaterialsView<'a> {
    /// The check sheet of a report.
    pub fn new(report: &'a CaseReport<'_, '_>, language: Language) -> Self {
        let (case, verdict, hours) = (report.case, report.verdict(), &report.hall.hours);
        let sheet = |sheet: &'a Sheet<'_>| SheetView {
            material: &sheet.code,
            number: sheet.number,
            name: sheet.text(language),
            copies: match sheet.material.copies {
                Copies::Exactly(count) => Some(count),
                Copies::Unspecified => None,
            },
            copies_go_to: destinations(report.definition.case_type, sheet.material, language).collect(),
            stamped: sheet.material.stamped,
            original: match sheet.material.original {
                Original::None => "none",
                Original::Sighted => "sighted",
                Original::Presented => "presented",
                Original::Unspecified => "unspecified",
            },
            version: case.sheet_versions.get(&sheet.code).copied().unwrap_or(0),
            check: case.checks.get(&sheet.code).map(CheckView::from),
            deferrable_working_days: sheet.material.deferrable_working_days,
            commitment: case.commitments.get(&sheet.code).map(|commitment| {
                let fulfilled = !verdict.missing.iter().any(|missing| missing.material == sheet.code);
                CommitmentView {
                    until: commitment.until,
                    accepted_at: commitment.at,
                    accepted_by: &commitment.by,
                    fulfilled,
                    overdue: !fulfilled && report.now > commitment.ends_at(hours),
                }
            }),
        };
        Self {
            complete: verdict.is_complete(),
            verdict: verdict.words(),
            unchecked: verdict.unchecked,
            missing: verdict.missing.iter().map(MissingView::from).collect(),
            sheets: report.sheets().iter().map(sheet).collect(),
        }
    }
}
