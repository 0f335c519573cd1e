//! The rules of the hall, pure: no I/O, no clock, no async, no database.

pub mod acceptance_number;
pub mod application;
pub mod calendar;
pub mod case;
pub mod case_type;
pub mod catalog;
pub mod certificate;
pub mod command;
pub mod deadline;
pub mod decide;
pub mod definition;
pub mod diagram;
pub mod fee;
pub mod forecast;
pub mod form;
pub mod hall;
pub mod machine;
pub mod materials;
pub mod organization;
pub mod person;
pub mod refusal;
pub mod role;
pub mod words;
pub mod workflow;
