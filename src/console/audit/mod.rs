//! The audit trail, for auditors: pages, exports, and whether what was recorded is still what was recorded.

mod asked;
pub mod export;
mod in_words;
pub mod trail;
