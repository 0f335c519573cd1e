//! Outstanding papers: what commitments cover, what the next notice names, what may be deferred.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::checklist::{Lack, Missing, Sheet, Verdict, checklist, verdict};
use super::commitment::Commitment;
use super::notice::Notice;
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;

/// What is missing and covered by no commitment in force.
pub fn uncovered<'a>(
    case: &'a Case,
    verdict: &'a Verdict,
    hours: &'a OfficeHours,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &'a Missing> {
    let covered = move |missing: &&Missing| {
        case.commitments.get(&missing.material).is_some_and(|commitment| now <= commitment.ends_at(hours))
            && missing.lack != Lack::NotChecked
    };
    verdict.missing.iter().filter(move |missing| !covered(missing))
}

/// Commitments whose paper isn't there yet, the earliest first.
pub fn outstanding_commitments<'a>(case: &'a Case, verdict: &Verdict) -> Vec<&'a Commitment> {
    let lacks = |row: &str| verdict.missing.iter().any(|missing| missing.material == row);
    let mut found: Vec<&Commitment> = case.commitments.values().filter(|one| lacks(&one.material)).collect();
    found.sort_by_key(|commitment| commitment.until);
    found
}

/// When the first of the commitments ends whose paper isn't there yet; none where the case has ended.
pub fn commitment_due_at(definition: Definition<'_>, case: &Case, hours: &OfficeHours) -> Option<DateTime<Utc>> {
    // Most cases have none, and needn't be looked at.
    if case.commitments.is_empty() || case.closed_at.is_some() {
        return None;
    }
    let verdict = verdict(definition.case_type, &case.application, &case.checks);
    outstanding_commitments(case, &verdict).first().map(|commitment| commitment.ends_at(hours))
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

/// The next notice of a case, which names what is missing and promised by nobody.
pub fn next_notice(
    definition: Definition<'_>,
    case: &Case,
    verdict: &Verdict,
    missing: Vec<Missing>,
    now: DateTime<Utc>,
    remark: Option<String>,
    reason: Option<String>,
) -> Notice {
    // What is promised isn't named, but isn't in order either.
    let named: BTreeSet<&str> = verdict.missing.iter().map(|missing| missing.material.as_str()).collect();
    let rows = checklist(definition.case_type, &case.application).into_iter().map(|sheet| sheet.code);
    let passed = rows.filter(|row| !named.contains(row.as_str())).collect();
    let overlooked = overlooked(case, missing.iter());
    let mut overlooked: Vec<String> = overlooked.map(|missing| missing.material.clone()).collect();
    overlooked.dedup();
    let number = case.notices.last().map_or(0, |notice| notice.number) + 1;
    Notice { number, at: now, missing, remark, passed, overlooked, reason }
}

/// What is missing now on rows that an earlier notice had passed.
pub fn overlooked<'a>(case: &'a Case, missing: impl Iterator<Item = &'a Missing>) -> impl Iterator<Item = &'a Missing> {
    missing.filter(|missing| case.passed.contains(&missing.material))
}
