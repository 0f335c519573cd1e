//! Instants in the rows of lists.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::{Sqlite, SqliteValue};

/// An instant of a row. SQLite has it as a text, which diesel reads by chrono's formats: of a page that was a tenth of the time.
#[derive(Debug, Clone, Copy, FromSqlRow)]
pub(in crate::store) struct Instant(pub(super) DateTime<Utc>);

impl FromSql<Timestamp, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value).map(|at| Self(at.and_utc()))
    }
}

impl FromSql<Timestamp, Sqlite> for Instant {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        let at = match as_written(&text) {
            Some(at) => at,
            None => NaiveDateTime::parse_from_str(&text, "%F %T%.f")?,
        };
        Ok(Self(at.and_utc()))
    }
}

/// An instant as diesel writes it, `2026-03-02 01:00:00.123456`; none: it isn't written so.
fn as_written(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.into_iter().any(|(at, mark)| bytes.get(at) != Some(&mark)) {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0, |number: u32, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
    };
    let nanoseconds = match bytes.get(19..)? {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            let missing = u32::try_from(9 - digits.len()).ok()?;
            number(20, bytes.len())? * 10_u32.pow(missing)
        }
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_chrono_reads() {
        for text in [
            "2026-03-02 01:00:00",
            "2026-03-02 01:00:00.1",
            "2026-12-31 23:59:59.123456",
            "0001-01-01 00:00:00.000000001",
            "9999-12-31 23:59:59.999999999",
        ] {
            assert_eq!(as_written(text), NaiveDateTime::parse_from_str(text, "%F %T%.f").ok(), "{text}");
            assert!(as_written(text).is_some(), "{text}");
        }
        for other in [
            "",
            "2026-03-02",
            "2026-03-02T01:00:00",
            "2026-03-02 01:00:00Z",
            "2026-13-02 01:00:00",
            "2026-03-02 01:00:0x",
            "2026-03-02 01:00:00.",
        ] {
            assert_eq!(as_written(other), None, "{other}");
        }
    }
}
