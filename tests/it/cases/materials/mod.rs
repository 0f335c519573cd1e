//! The papers of a case: notices of what they lack, and what is promised for later.

pub(crate) mod commitments;
pub(crate) mod notices;
