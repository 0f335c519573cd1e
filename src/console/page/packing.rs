//! What goes to a browser packed: pages, style sheet and script, as gzip.
//!
//! A page holds the key of the session's forms, and may hold what somebody typed; from the lengths of packed pages that mix both one
//! can guess the key, if one can make a browser ask for them (BREACH, 2013). So the key is masked anew in every page
//! (`page::visitor`), and the session's cookie doesn't come with what another site asks for (`SameSite=Strict`). Passwords and secrets that are
//! shown once stand in answers to a form, which go as they are.

use std::io::Write;

use actix_web::HttpRequest;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::http::header::{AcceptEncoding, CONTENT_ENCODING, CONTENT_TYPE, Encoding, Header, HeaderValue, VARY};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A text as gzip; empty where it can't be packed.
pub(super) fn packed(content: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Whether the browser takes gzip.
pub(super) fn takes_packed(request: &HttpRequest) -> bool {
    let wanted = AcceptEncoding::parse(request).ok();
    wanted.is_some_and(|wanted| wanted.negotiate([Encoding::gzip()].iter()) == Some(Encoding::gzip()))
}

/// A page that was asked for, packed if the browser takes it; anything else, such as what answers a form, or a file that is sent while it is read,
/// as it is.
pub(super) fn pack(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_page = answer.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    if !is_page || answer.request().method() != Method::GET || !takes_packed(answer.request()) {
        return answer;
    }
    answer.map_body(|head, body| match body.try_into_bytes() {
        Ok(page) => {
            let packed = packed(&page, Compression::default());
            if packed.is_empty() {
                return BoxBody::new(page);
            }
            head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            head.headers_mut().append(VARY, HeaderValue::from_static("Accept-Encoding"));
            BoxBody::new(packed)
        }
        Err(body) => body,
    })
}
