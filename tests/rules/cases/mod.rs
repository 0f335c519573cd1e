//! Cases from opening to end.

pub(crate) mod identifiers;
pub(crate) mod labels;
pub(crate) mod masking;
pub(crate) mod phones;
pub(crate) mod sheet_commands;
pub(crate) mod texts;
pub(crate) mod walks;
