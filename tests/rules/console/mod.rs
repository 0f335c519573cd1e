//! The console's texts.

mod messages;
