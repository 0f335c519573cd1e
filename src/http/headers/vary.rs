//! `Vary` (RFC 9110 §12.5.5): with which headers of a request an answer differs.
//!
//! Guarantee: it is one header, with each name once. Caches there are that look at the first of several only.

use std::collections::BTreeSet;

use actix_web::http::header::{HeaderMap, HeaderValue, VARY};

/// Makes one header of what everybody who had a hand in the answer has added.
pub(super) fn settle(headers: &mut HeaderMap) {
    let values = headers.get_all(VARY).filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let names: BTreeSet<String> = names.map(spelled).collect();
    let whole = match names.contains("*") {
        true => "*".to_owned(),
        false => names.into_iter().collect::<Vec<_>>().join(", "),
    };
    headers.remove(VARY);
    if let Some(value) = HeaderValue::from_str(&whole).ok().filter(|value| !value.is_empty()) {
        headers.insert(VARY, value);
    }
}

/// A name as headers are usually written: `Accept-Encoding`.
fn spelled(name: &str) -> String {
    let mut begins = true;
    let spelled = name.chars().map(|letter| {
        let letter = if begins { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        begins = letter == '-';
        letter
    });
    spelled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_headers_one_is_made_with_each_name_once() {
        for (given, expected) in [
            (
                &["Accept-Language, Authorization", "accept-encoding"][..],
                "Accept-Encoding, Accept-Language, Authorization",
            ),
            (&["origin,ORIGIN", " Origin "], "Origin"),
            (&["Accept-Language", "*"], "*"),
            (&["", ","], ""),
            (&[], ""),
        ] {
            let mut headers = HeaderMap::new();
            given.iter().for_each(|value| headers.append(VARY, HeaderValue::from_static(value)));
            settle(&mut headers);
            let found: Vec<_> = headers.get_all(VARY).map(|value| value.to_str().unwrap_or_default()).collect();
            assert_eq!(found.join(" and "), expected, "{given:?}");
        }
    }
}
