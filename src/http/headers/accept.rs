//! Which media types a caller takes: `Accept` (RFC 9110 §12.5.1).

use std::cmp::Ordering;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;

use crate::domain::base::words::Words;
use crate::http::problem::{Problem, kinds};

/// As what a change is answered.
const JSON: &str = "application/json";

/// The middleware that refuses who takes no answer of the kind that there is: before something is changed, or else once it is known what is
/// answered. Refusals are problem+json to everybody.
///
/// # Errors
/// Those of what it wraps.
pub(crate) async fn refuse(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reads = request.method() == Method::GET;
    if !reads && !takes(request.headers(), JSON) {
        return Ok(request.error_response(not_acceptable(JSON)));
    }
    let answer = next.call(request).await?.map_into_boxed_body();
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(essence);
    match kind.filter(|kind| reads && answer.status().is_success() && !takes(answer.request().headers(), kind)) {
        None => Ok(answer),
        Some(kind) => Ok(ServiceResponse::from_err(not_acceptable(&kind), answer.into_parts().0)),
    }
}

fn not_acceptable(kind: &str) -> Problem {
    Problem::of(&kinds::NOT_ACCEPTABLE)
        .detail(Words::new(format!("此处只能应答 {kind}。"), format!("What is answered here is {kind}.")))
}

/// Whether a media type is taken.
fn takes(headers: &HeaderMap, media_type: &str) -> bool {
    weight(headers, media_type) > 0.0
}

/// Whether somebody would rather have one media type than another that they might get as well. Named is more than meant by `*`, where both weigh
/// the same.
pub(crate) fn prefers(headers: &HeaderMap, media_type: &str, other: &str) -> bool {
    let (one, two) = (weight(headers, media_type), weight(headers, other));
    let is_named = ranges(headers).iter().any(|(range, _)| range == media_type);
    match one.total_cmp(&two) {
        Ordering::Greater => true,
        Ordering::Equal => one > 0.0 && is_named,
        Ordering::Less => false,
    }
}

/// How much a media type is wanted, from 0, which is not at all, to 1: the most precise range that it is in decides. A header without a range
/// that can be understood asks for nothing.
fn weight(headers: &HeaderMap, media_type: &str) -> f32 {
    let ranges = ranges(headers);
    let whole = media_type.split('/').next().map(|kind| format!("{kind}/*"));
    let precise = |wanted: &str| {
        let named = ranges.iter().filter(|(range, _)| range == wanted).map(|(_, weight)| *weight);
        named.reduce(f32::max)
    };
    let decided = precise(media_type).or_else(|| precise(whole.as_deref()?)).or_else(|| precise("*/*"));
    decided.unwrap_or(if ranges.is_empty() { 1.0 } else { 0.0 })
}

/// The ranges that are asked for, and how much.
fn ranges(headers: &HeaderMap) -> Vec<(String, f32)> {
    let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(range).collect()
}

/// A range with its weight; a weight that can't be understood is none.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = match parts.next()? {
        "*" => "*/*".to_owned(), // as old clients write it
        range => range.to_ascii_lowercase(),
    };
    let weight = |part: &str| {
        let (name, weight) = part.split_once('=')?;
        let weight: f32 = name.trim().eq_ignore_ascii_case("q").then(|| weight.trim().parse().ok())??;
        (0.0..=1.0).contains(&weight).then_some(weight)
    };
    range.contains('/').then(|| (range, parts.find_map(weight).unwrap_or(1.0)))
}

/// A media type without its parameters.
fn essence(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_most_precise_range_decides_and_nothing_understood_asks_for_nothing() {
        for (accept, json, csv) in [
            ("", true, true),
            ("*/*", true, true),
            ("*", true, true),
            ("application/json", true, false),
            ("Application/JSON; charset=utf-8; q=0.1", true, false),
            ("application/*", true, false),
            ("text/html, application/xhtml+xml, */*;q=0.8", true, true),
            ("text/csv, application/json;q=0", false, true),
            ("application/json;q=0, */*", false, true),
            ("application/json;q=0.0, application/*", false, false),
            ("*/*;q=0, application/json", true, false),
            ("application/problem+json", false, false),
            ("text/html", false, false),
            ("nonsense", true, true),
            (";;, ,q=0", true, true),
        ] {
            let request = TestRequest::get().insert_header((header::ACCEPT, accept)).to_http_request();
            let headers = request.headers();
            assert_eq!((takes(headers, JSON), takes(headers, "text/csv")), (json, csv), "{accept}");
        }
    }
}
