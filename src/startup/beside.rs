//! A command beside the hall: whether it sees what the hall sees.

use super::error::StartError;

/// What a command needs of settings and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Those that the hall was last started with: it decides by them.
    TheHalls,
    /// The same, but what is wrong in the database it names itself.
    ToVerify,
    /// None of them in particular: it is told, and goes on; also where the database doesn't name the data keys that lie outside.
    None,
    /// The same, but those data keys it needs.
    DataKeys,
}

/// Stops a command that needs what the hall was last started with; otherwise answers what is to be said.
pub(super) fn judge(others: &[String], needs: Needs) -> Result<Option<String>, StartError> {
    if others.is_empty() {
        return Ok(None);
    }
    let words = format!(
        "This command sees other settings or files than those that the hall was last started with: {}.",
        others.join(", ")
    );
    if matches!(needs, Needs::None | Needs::DataKeys) {
        return Ok(Some(words));
    }
    Err(StartError::Other(format!(
        "{words} It was stopped, and nothing was changed. Give it the --config, --config-dir and environment of the hall; or, if these are \
         right, start the hall with them first."
    )))
}
