//! Pages: where one goes on, as text and as a link.

use actix_web::HttpRequest;
use actix_web::http::header;
use chrono::DateTime;
use uuid::Uuid;

use crate::domain::base::words::{Fault, Words};
use crate::service::cases::worklists::Cursor;

/// The `Link` header that leads to the next page of what was asked for.
pub(in crate::api) fn next_link(request: &HttpRequest, next: &str) -> (header::HeaderName, String) {
    let kept = request.query_string().split('&').filter(|part| !part.is_empty() && !part.starts_with("after="));
    let mut parts: Vec<&str> = kept.collect();
    let after = format!("after={next}");
    parts.push(&after);
    (header::LINK, format!("<{}?{}>; rel=\"next\"", request.path(), parts.join("&")))
}

/// A cursor as `next` has it: microseconds and id.
pub(in crate::api) fn cursor_text(cursor: Cursor) -> String {
    format!("{}-{}", cursor.at.timestamp_micros(), cursor.id)
}

/// The cursor that `after` has.
///
/// # Errors
/// It isn't the `next` of a page.
pub(in crate::api) fn cursor(after: Option<&str>) -> Result<Option<Cursor>, Fault> {
    let parsed = |text: &str| {
        // An instant before 1970 has a sign, which isn't what parts it from the id.
        let (micros, id) = text.split_at_checked(text.get(1..)?.find('-')? + 1)?;
        let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        Some(Cursor { at, id: Uuid::try_parse(id.get(1..)?).ok()? })
    };
    let words = || Words::new("须为上一页的 next", "must be `next` of the page before");
    let fault = || Fault::new("/after", "invalid_value", words());
    after.map(|text| parsed(text).ok_or_else(fault)).transpose()
}
