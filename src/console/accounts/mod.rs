//! Signing in and out, the language, one's own account; and, for the security administrator, those of people and systems.

mod add;
mod confirm;
pub mod deed;
pub mod disclosures;
pub mod language;
mod once;
pub mod own;
pub mod second_factor;
pub mod sign_in;
pub mod systems;
pub mod users;
