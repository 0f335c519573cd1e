//! The trace that a request belongs to, as its caller says: `traceparent` of W3C Trace Context, level 1.
//!
//! Source: <https://www.w3.org/TR/trace-context-1/#traceparent-header>.

use actix_web::http::header::HeaderMap;

/// The header.
const TRACEPARENT: &str = "traceparent";
/// How long a header of version 00 is.
const LENGTH: usize = 55;

/// The trace's id, 32 hexadecimal digits; none where the header is missing, given twice or not what the standard says.
pub(super) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(TRACEPARENT);
    match (given.next(), given.next()) {
        (Some(only), None) => trace_of(only.to_str().ok()?),
        _ => None,
    }
}

fn trace_of(header: &str) -> Option<&str> {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    // A later version may have more behind, after a hyphen.
    let (known, more) = header.split_at_checked(LENGTH)?;
    let mut parts = known.split('-');
    let (Some(version), Some(trace), Some(parent), Some(flags), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let lengths = [version, trace, parent, flags].map(str::len) == [2, 32, 16, 2];
    let digits = [version, trace, parent, flags].into_iter().all(is_hex);
    let length = more.is_empty() || (version != "00" && more.starts_with('-'));
    (lengths && digits && length && version != "ff" && !is_zero(trace) && !is_zero(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::trace_of;

    #[test]
    fn a_trace_is_read_as_the_standard_says_or_not_at_all() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let right = format!("00-{trace}-00f067aa0ba902b7-01");
        assert_eq!(trace_of(&right), Some(trace));
        assert_eq!(trace_of(&format!("01-{trace}-00f067aa0ba902b7-01-what-comes-later")), Some(trace));
        for wrong in [
            String::new(),
            right.to_uppercase(),
            format!("{right}-more"),
            format!("{right}x"),
            format!(" {right}"),
            right.replace("00-4", "ff-4"),
            right.replace(trace, &"0".repeat(32)),
            right.replace("00f067aa0ba902b7", &"0".repeat(16)),
            right.replace("4bf92f", "4bg92f"),
            right.replace("-01", ""),
            format!("00-{trace}-00f067aa0ba902b7-0ü"),
            "é".repeat(40),
        ] {
            assert_eq!(trace_of(&wrong), None, "{wrong}");
        }
    }
}
