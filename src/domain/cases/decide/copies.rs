//! Where the copies go when the case delivers.

use crate::domain::case_types::case_type::CaseType;
use crate::domain::cases::case::Case;
use crate::domain::cases::materials::checklist::checklist;
use crate::domain::cases::materials::copies::DistributedCopies;

/// Where the copies that came in go; empty where the case type names no places.
pub(super) fn distribution(case_type: &CaseType, case: &Case) -> Vec<DistributedCopies> {
    if case_type.copy_destinations.is_empty() {
        return Vec::new();
    }
    let sheets = checklist(case_type, &case.application);
    let received = |row: &str| case.checks.get(row).map_or(0, |check| check.copies_received);
    sheets
        .iter()
        .filter(|sheet| received(&sheet.code) > 0)
        .map(|sheet| {
            let count = received(&sheet.code);
            let places = case_type.destinations(sheet.material).take(usize::try_from(count).unwrap_or(usize::MAX));
            let went_to: Vec<String> = places.map(|place| place.code.clone()).collect();
            let given_back = count.saturating_sub(u32::try_from(went_to.len()).unwrap_or(u32::MAX));
            DistributedCopies { material: sheet.code.clone(), went_to, given_back }
        })
        .collect()
}
