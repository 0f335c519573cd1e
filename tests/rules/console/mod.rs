//! The console's texts.

mod contrast;
mod messages;
