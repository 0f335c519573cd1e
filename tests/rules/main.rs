//! The pure rules against cases from outside the project.
#![allow(clippy::unwrap_used)]

mod calendar;
mod calendar_change;
mod calendar_formats;
mod calendar_formats_properties;
mod case_type_pages;
mod cash_up;
mod certificate_files;
mod certificates;
mod clock;
mod deadlines;
mod event_log;
mod forecast;
mod identifiers;
mod passwords;
mod price_lists;
mod reports;
mod roles;
mod settings;
mod signing_keys;
mod tables;
mod tokens;
mod walks;
