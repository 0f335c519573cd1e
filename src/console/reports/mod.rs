//! What supervisors look at: the board with its charts, and the reports as tables and files.

pub mod board;
pub mod charts;
pub mod expected;
pub mod figures;
pub mod lacked;
pub mod report;
pub mod table;
pub mod trends;
