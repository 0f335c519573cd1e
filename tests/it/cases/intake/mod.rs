//! What an application may say.

pub(crate) mod labels;
mod openings;
pub(crate) mod organizations;
pub(crate) mod persons;
pub(crate) mod texts;
