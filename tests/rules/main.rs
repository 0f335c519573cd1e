//! The pure rules against cases from outside the project.
