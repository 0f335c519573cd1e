//! The console over HTTP, without a browser: pages, forms, who may see and send what.

mod access;
mod accounts;
mod prints;
mod progress;
mod audit;
mod calendar;
mod case_types;
mod certificates;
mod reports;
