//! Accepting with a commitment (容缺受理): a secondary document is promised in writing by a date, and the case goes on
//! without it; nothing is issued before it is there.
//!
//! Source: practice of Chinese service halls (State Council, 国办发〔2020〕42号, on 告知承诺 and 容缺受理). Off unless a case
//! type makes a document deferrable.
//!
//! Guarantees: a commitment covers only what was lacking when it was accepted to be brought, on a row that was looked at; it
//! is kept when the paper has come, and whether it has come is read from the checks alone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::checklist::{Lack, Missing, Sheet, Verdict, checklist, verdict};
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;

/// What an organization promised to bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// Code of the row.
    pub material: String,
    /// The last day on which it is brought: until the close of business.
    pub until: NaiveDate,
    /// What was lacking.
    pub missing: Vec<Missing>,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// Who accepted it (account id).
    pub by: String,
}

/// A commitment as a clerk types it.
#[derive(Debug, Clone, Default)]
pub struct CommitmentDraft {
    /// Code of the row.
    pub material: String,
    /// The last day on which it is brought.
    pub until: NaiveDate,
    /// The commitment was signed and is in the file.
    pub signed: bool,
}

impl Commitment {
    /// When it ends.
    pub fn ends_at(&self, hours: &OfficeHours) -> DateTime<Utc> {
        hours.close_of_business(self.until)
    }
}

/// What is missing and covered by no commitment in force.
pub fn uncovered(case: &Case, verdict: &Verdict, hours: &OfficeHours, now: DateTime<Utc>) -> Vec<Missing> {
    let covered = |missing: &&Missing| {
        case.commitments.get(&missing.material).is_some_and(|commitment| now <= commitment.ends_at(hours))
            && missing.lack != Lack::NotChecked
    };
    verdict.missing.iter().filter(|missing| !covered(missing)).cloned().collect()
}

/// Commitments whose paper isn't there yet, the earliest first.
pub fn outstanding<'a>(case: &'a Case, verdict: &Verdict) -> Vec<&'a Commitment> {
    let lacks = |row: &str| verdict.missing.iter().any(|missing| missing.material == row);
    let mut found: Vec<&Commitment> = case.commitments.values().filter(|one| lacks(&one.material)).collect();
    found.sort_by_key(|commitment| commitment.until);
    found
}

/// When the first of the commitments ends whose paper isn't there yet; none where the case has ended.
pub fn due_at(definition: Definition<'_>, case: &Case, hours: &OfficeHours) -> Option<DateTime<Utc>> {
    // Most cases have none, and needn't be looked at.
    if case.commitments.is_empty() || case.closed_at.is_some() {
        return None;
    }
    let verdict = verdict(definition.case_type, &case.application, &case.checks);
    outstanding(case, &verdict).first().map(|commitment| commitment.ends_at(hours))
}

/// Rows that may be promised now: looked at, lacking something, and deferrable by the case type.
pub fn deferrable<'a>(definition: Definition<'a>, case: &Case, verdict: &Verdict) -> Vec<Sheet<'a>> {
    let lacks = |sheet: &Sheet<'_>| {
        let mut missing = verdict.missing.iter().filter(|missing| missing.material == sheet.code).peekable();
        missing.peek().is_some() && missing.all(|missing| missing.lack != Lack::NotChecked)
    };
    let sheets = checklist(definition.case_type, &case.application).into_iter();
    sheets.filter(|sheet| sheet.material.deferrable_working_days.is_some() && lacks(sheet)).collect()
}
