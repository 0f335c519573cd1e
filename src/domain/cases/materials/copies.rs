//! Where the copies go (一式三份): the first to one place, the second to another, as the case type says.
//!
//! The guide asks for three copies of nearly every document and doesn't say what becomes of them; so the places are the
//! hall's to name, for a case type and, where one differs, for a document. What is over is given back to the applicant.
//! Where they went is recorded when the case delivers what was applied for.

use serde::{Deserialize, Serialize};

use super::checklist::checklist;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{CaseType, Copies, Material};
use crate::domain::cases::case::Case;

/// A place to which a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Code, unique in the case type.
    pub code: String,
    /// What people call it.
    pub words: Words,
}

/// Where the copies of one row went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistributedCopies {
    /// Code of the row.
    pub material: String,
    /// Codes of the places: of the first copy, the second, and so on.
    pub went_to: Vec<String>,
    /// So many were over, and were given back.
    pub given_back: u32,
}

impl CaseType {
    /// Where the copies of a document go, in their order; none where it names no places or asks for no copies.
    pub fn destinations<'a>(&'a self, material: &'a Material) -> impl Iterator<Item = &'a Destination> {
        let copies = match material.copies {
            Copies::Exactly(copies) => copies,
            Copies::Unspecified => 1,
        };
        let copies = usize::try_from(copies).unwrap_or(usize::MAX);
        let own = material.copies_go_to.iter().filter_map(|code| self.destination(code));
        let all = self.copy_destinations.iter().filter(|_| material.copies_go_to.is_empty());
        own.chain(all).take(copies)
    }

    /// A place by its code.
    pub fn destination(&self, code: &str) -> Option<&Destination> {
        self.copy_destinations.iter().find(|destination| destination.code == code)
    }
}

/// Where the copies that came in go; empty where the case type names no places.
pub fn distribution(case_type: &CaseType, case: &Case) -> Vec<DistributedCopies> {
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
