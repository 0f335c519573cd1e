//! Forms: read from what a browser sends, drawn with what was typed, and told what is wrong at each field.

pub mod choice;
pub mod draft;
pub mod field;
pub mod fields;
pub mod form;
pub mod labels;
pub mod told;
pub mod upload;
