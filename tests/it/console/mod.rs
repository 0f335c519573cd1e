//! The console over HTTP, without a browser: pages, forms, who may see and send what.

mod access;
mod accounts;
mod audit;
mod calendar;
mod case_types;
mod cases;
mod certificates;
mod forms;
mod frame;
mod life;
mod money;
mod prints;
mod progress;
mod reports;
mod states;
