//! What is applied for: applicants, the application with its corrections, the number it gets.

pub mod acceptance_number;
pub mod applicant;
pub mod application;
mod application_form;
