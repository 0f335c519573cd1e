//! `[database]`, and what a start may change of what stands in it.

pub mod url;

use std::time::Duration;

use crate::configuration::database::url::DatabaseUrl;
use crate::configuration::layers::Section;

/// `[database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Which database.
    pub url: DatabaseUrl,
    /// Connections kept open.
    pub pool_size: u32,
    /// A statement that runs longer is cut off.
    pub statement_timeout_seconds: u32,
    /// How long a start waits for a look at every page of SQLite's file; zero: it doesn't look.
    pub check: Duration,
    /// How many changes that wait SQLite may keep with one commit.
    pub writes_per_commit: usize,
}

pub(super) fn database(mut section: Section<'_>) -> DatabaseSettings {
    let settings = DatabaseSettings {
        url: section.required("url", DatabaseUrl::default(), |url: String| url.parse()),
        pool_size: section.integer("pool_size", 1..=1000),
        statement_timeout_seconds: section.integer("statement_timeout_seconds", 1..=3600),
        check: Duration::from_secs(section.integer("check_seconds", 0..=3600)),
        writes_per_commit: section.integer("writes_per_commit", 1..=1024),
    };
    section.finish();
    settings
}

/// Of how many open cases a start may move the dates.
pub(super) fn calendar(mut section: Section<'_>) -> usize {
    let moves = section.integer("moves_at_start", 0..=1_000_000_000);
    section.finish();
    moves
}
