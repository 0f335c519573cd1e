//! Forms: read from what a browser sends, drawn with what was typed, and told what is wrong at each field.
//!
//! Cast: [`Form`](form::Form) is what a page of this session sent, [`Typed`](fields::Typed) its fields by name. A page makes
//! [`Field`](field::Field)s of them, `draft` the draft that a use case takes, and where that is refused,
//! [`Visitor::told`](super::visitor::Visitor::told) puts each fault at its field.

pub mod choice;
pub mod day;
pub mod draft;
pub mod field;
pub mod fields;
pub mod form;
pub mod told;
pub mod upload;
