//! The rules that a case runs on.

use super::case_type::CaseType;
use super::workflow::Workflow;

/// The rules a case runs on: its case type and workflow, in its editions.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'a> {
    /// The case type.
    pub case_type: &'a CaseType,
    /// The workflow.
    pub workflow: &'a Workflow,
}
