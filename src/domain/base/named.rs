//! What has a code for programs and words for people.

use serde::{Deserialize, Serialize};

use super::words::Words;

/// Something with a code that people call by words: an outlet, an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code in the API and in the store.
    pub code: String,
    /// What people call it.
    pub words: Words,
}
