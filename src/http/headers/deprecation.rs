//! Operations that are served for a while yet, and what to call instead.
//!
//! Cast: [`DEPRECATED`] is the one list; the headers of their answers (`tell`), their mark in the description, the page
//! `/docs/deprecated` and docs/contract-changes.md all come from it.
//!
//! Guarantees: from the first day on each answer says so, refusals too; an operation is served for at least a year from then.
//!
//! Sources: RFC 9745 (`Deprecation`), RFC 8594 (`Sunset`).

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Since when an operation is deprecated.
pub(crate) const SINCE: HeaderName = HeaderName::from_static("deprecation");
/// Until when it is served.
pub(crate) const UNTIL: HeaderName = HeaderName::from_static("sunset");
/// The page that tells of them.
pub(crate) const PAGE: &str = "/docs/deprecated";

/// An operation that something else takes the place of.
#[derive(Debug, Clone, Copy)]
pub struct Deprecated {
    /// Its method.
    pub method: &'static str,
    /// The pattern of its path.
    pub path: &'static str,
    /// From which day on (UTC).
    pub since: NaiveDate,
    /// From the beginning of which day on (UTC) it may be gone.
    pub until: NaiveDate,
    /// What to call instead.
    pub instead: &'static str,
}

/// All of them.
pub const DEPRECATED: &[Deprecated] = &[Deprecated {
    method: "PUT",
    path: "/api/v1/cases/{key}/materials",
    since: day(2026, 11, 30),
    until: day(2028, 1, 1),
    instead: "PATCH /api/v1/cases/{key}/materials",
}];

/// A day that isn't in the calendar is before all others; a test finds it.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

impl Deprecated {
    /// That of this method and pattern, if it is deprecated.
    pub fn of(method: &str, path: &str) -> Option<&'static Self> {
        DEPRECATED.iter().find(|operation| operation.method == method && operation.path == path)
    }

    /// Where on the page it stands: its name in letters that an address may have.
    pub fn anchor(&self) -> String {
        let parts =
            self.path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let method = self.method.to_lowercase();
        std::iter::once(method.as_str()).chain(parts).collect::<Vec<_>>().join("-")
    }

    /// The headers of its answers.
    fn headers(&self) -> [(HeaderName, String); 3] {
        let at = |day: NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
        [
            (SINCE, format!("@{}", at(self.since).timestamp())),
            (UNTIL, at(self.until).format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            (header::LINK, format!("<{PAGE}#{}>; rel=\"deprecation\"; type=\"text/html\"", self.anchor())),
        ]
    }
}

/// Says on an answer that its operation is deprecated, where it is.
pub(crate) fn tell(answer: &mut HeaderMap, method: &Method, route: &str) {
    let Some(operation) = Deprecated::of(method.as_str(), route) else { return };
    for (name, value) in operation.headers() {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.append(name, value);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may end so
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_served_for_a_year_at_least_and_stands_in_the_list_once() {
        for operation in DEPRECATED {
            let Deprecated { method, path, since, until, .. } = *operation;
            assert!(since > day(2026, 1, 1), "{method} {path}");
            assert!(until >= since.checked_add_months(chrono::Months::new(12)).unwrap(), "{method} {path}");
            let alike = DEPRECATED.iter().filter(|other| other.anchor() == operation.anchor());
            assert_eq!(alike.count(), 1, "{method} {path}");
        }
    }

    #[test]
    fn the_headers_are_written_as_their_standards_say() {
        let mut answer = HeaderMap::new();
        tell(&mut answer, &Method::PUT, "/api/v1/cases/{key}/materials");
        let told = |name: &str| answer.get(name).unwrap().to_str().unwrap();
        assert_eq!(told("deprecation"), "@1795996800");
        assert_eq!(told("sunset"), "Sat, 01 Jan 2028 00:00:00 GMT");
        let link = "</docs/deprecated#put-api-v1-cases-key-materials>; rel=\"deprecation\"; type=\"text/html\"";
        assert_eq!(told("link"), link);
        let mut other = HeaderMap::new();
        tell(&mut other, &Method::PATCH, "/api/v1/cases/{key}/materials");
        assert!(other.is_empty());
    }
}
