//! The rules of the hall, pure: no I/O, no clock, no async, no database.
//!
//! Every subject has its room, and the same room on the floors above: [`cases`], [`case_types`], [`certificates`],
//! [`calendar`], [`money`], [`accounts`], [`reports`], [`applicants`]; [`base`] is what they share.

pub mod accounts;
pub mod applicants;
pub mod backups;
pub mod base;
pub mod calendar;
pub mod case_types;
pub mod cases;
pub mod certificates;
pub mod evidence;
pub mod feed;
pub mod hall;
pub mod money;
pub mod progress;
pub mod reports;
pub mod retention;
