//! Intake: the applicants, the application with its corrections and labels, the acceptance number.

pub mod acceptance_number;
pub mod applicant;
pub mod application;
mod application_form;
pub mod labels;
pub mod scan;
