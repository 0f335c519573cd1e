//! The pure rules against cases from outside the project.
#![allow(clippy::unwrap_used)]

mod accounts;
mod calendar;
mod case_types;
mod cases;
mod certificates;
mod console;
mod contract;
mod evidence;
mod feed;
mod money;
mod reports;
mod retention;
mod words;
