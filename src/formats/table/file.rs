//! A table as a file that people take away.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::as_csv::to_csv;
use super::as_xlsx::{TableError, to_xlsx};
use crate::domain::base::table::Table;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Language;

vocabulary! {
    /// A kind of file; its code is the ending of the name.
    pub enum TableFile {
        /// Text for spreadsheet programs.
        Csv = "csv";
        /// A spreadsheet.
        Xlsx = "xlsx";
    }
}

impl TableFile {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The table in it.
    ///
    /// # Errors
    /// [`TableError::TooLarge`] where a spreadsheet can't hold it.
    pub fn written(
        self,
        table: &Table,
        language: Language,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, TableError> {
        match self {
            Self::Csv => Ok(to_csv(table, language, zone)),
            Self::Xlsx => to_xlsx(table, language, zone, now),
        }
    }
}
