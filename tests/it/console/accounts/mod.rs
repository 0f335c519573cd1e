//! Signing in and out at the console, one's own second factor, and the accounts of people and systems.

mod disclosures;
mod second_factor;
mod sessions;
mod systems;
mod users;
