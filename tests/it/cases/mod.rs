//! Cases from opening to end.

pub(crate) mod assignment;
pub(crate) mod batches;
pub(crate) mod collection;
pub(crate) mod commitments;
pub(crate) mod custody;
pub(crate) mod handover;
pub(crate) mod invariants;
pub(crate) mod notices;
pub(crate) mod organizations;
pub(crate) mod persons;
pub(crate) mod races;
pub(crate) mod services;
pub(crate) mod suspensions;
pub(crate) mod sweeps;
pub(crate) mod texts;
pub(crate) mod visibility;
pub(crate) mod worklists;
