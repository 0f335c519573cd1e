//! Cases from opening to end.

pub(crate) mod assignment;
pub(crate) mod batches;
pub(crate) mod collection;
pub(crate) mod custody;
pub(crate) mod deadlines;
pub(crate) mod handover;
pub(crate) mod intake;
pub(crate) mod invariants;
pub(crate) mod materials;
pub(crate) mod names;
pub(crate) mod races;
pub(crate) mod separation;
pub(crate) mod services;
pub(crate) mod visibility;
pub(crate) mod worklists;
