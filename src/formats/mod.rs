//! Files from and for other programs: pure conversions between the domain's types and bytes.
//!
//! Cast: [`calendar`] reads a year's days out of TOML, CSV and iCalendar files and writes TOML; [`certificates`] reads
//! certificates from before out of CSV; [`table`] renders a
//! report's table as JSON rows, CSV and XLSX; [`workbook`] tells workbooks from text; [`xes`] and [`event_log_csv`] render the event log, and [`audit`] the audit trail, a part at a time.
//! Nothing here opens a file, asks for the time or knows a database: bytes come in and go out. No input makes anything
//! here panic, and what can't be told is a fault, never a guess.

pub mod audit;
pub mod calendar;
pub mod certificates;
pub mod event_log_csv;
pub mod table;
pub mod workbook;
pub mod xes;
