//! What the description and the page `/docs/deprecated` say of operations that are deprecated.

use std::fmt::Write;

use utoipa::openapi;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;

use super::common::header;
use crate::http::headers::deprecation::{DEPRECATED, Deprecated};

/// Marks an operation, and adds the headers to each answer of its own.
pub(super) fn describe(operation: &mut Operation, deprecated: &Deprecated) {
    let Deprecated { since, until, instead, .. } = deprecated;
    operation.deprecated = Some(openapi::Deprecated::True);
    let said = operation.description.take().unwrap_or_default();
    let words = format!("Deprecated since {since}, and served until {until} at least. Instead: `{instead}`.");
    operation.description = Some(format!("{said}\n\n{words}"));
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for (name, described) in [("Deprecation", "Deprecation"), ("Sunset", "Sunset"), ("Link", "DeprecationLink")] {
            response.headers.entry(name.to_owned()).or_insert_with(|| header(described));
        }
    }
}

/// One line for each operation.
pub(super) fn page() -> String {
    let mut page = String::from(
        "<!DOCTYPE html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>Casehall: deprecated</title></head><body>\
         <h1>已弃用的接口 · Deprecated operations</h1>\
         <p>自弃用之日起至少再提供一年。 · Each is served for at least a year after it was deprecated.</p>\
         <table><tr><th>接口 · operation</th><th>弃用 · since</th><th>停用（最早） · until</th><th>改用 · instead</th></tr>",
    );
    for operation in DEPRECATED {
        let Deprecated { method, path, since, until, instead } = operation;
        let id = operation.anchor();
        let cells = format!("<td>{method} {path}</td><td>{since}</td><td>{until}</td><td>{instead}</td>");
        let _ = write!(page, "<tr id=\"{id}\">{cells}</tr>");
    }
    page.push_str("</table></body></html>");
    page
}
