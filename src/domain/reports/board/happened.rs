//! What happened to the cases of a list in a period of days: what is behind a mark of the board.

use crate::domain::reports::query::Period;

/// What happened, as [report facts](crate::domain::reports::facts) say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The certificate was made.
    Made,
    /// The papers were found complete, without a notice before.
    AtFirstPass,
    /// The papers were found complete after a notice.
    AfterNotice,
    /// The case ended.
    Ended,
    /// A notice named this.
    Lacked {
        /// Code of the document in its case type.
        document: String,
        /// What was missing: the code of a [`Lack`](crate::domain::cases::materials::checklist::Lack).
        defect: String,
    },
}

/// Cases to which something happened on one of some days, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub what: Happened,
    /// On which days.
    pub on: Period,
}
