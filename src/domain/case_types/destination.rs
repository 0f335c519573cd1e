//! Where the copies go (一式三份): the first to one place, the second to another, as the case type says.
//!
//! The guide asks for three copies of nearly every document and doesn't say what becomes of them; so the places are the
//! hall's to name, for a case type and, where one differs, for a document. What is over is given back to the applicant.

use super::case_type::{CaseType, Copies, Material};
use crate::domain::base::words::Words;

/// A place to which a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Code, unique in the case type.
    pub code: String,
    /// What people call it.
    pub words: Words,
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
