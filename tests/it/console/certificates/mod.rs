//! The register at the console: looking, acting at once, and deciding as the second person.

mod acts;
mod entering;
mod register;
mod withdrawals;
