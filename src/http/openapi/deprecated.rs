//! What the description and the page `/docs/deprecated` say of operations that are deprecated.

use std::fmt::Write;

use utoipa::openapi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, Ref, RefOr, Response};

use super::headers::header;
use crate::http::headers::deprecation::{DEPRECATED, Deprecated};

/// Marks an operation.
pub(super) fn describe(operation: &mut Operation, deprecated: &Deprecated) {
    let Deprecated { since, until, instead, .. } = deprecated;
    operation.deprecated = Some(openapi::Deprecated::True);
    let said = operation.description.take().unwrap_or_default();
    let words = format!("Deprecated since {since}, and served until {until} at least. Instead: `{instead}`.");
    operation.description = Some(format!("{said}\n\n{words}"));
}

/// Adds the headers to each answer of an operation that is marked. How all operations refuse is said of it with the headers.
pub(super) fn tell(operation: &mut Operation, components: &mut Components) {
    for response in operation.responses.responses.values_mut() {
        let common = match response {
            RefOr::T(own) => {
                add_headers(own);
                continue;
            }
            RefOr::Ref(common) => common.ref_location.rsplit('/').next().unwrap_or_default().to_owned(),
        };
        if let Some(RefOr::T(mut refusal)) = components.responses.get(&common).cloned() {
            let name = format!("{common}OfDeprecated");
            add_headers(&mut refusal);
            components.responses.insert(name.clone(), refusal.into());
            *response = Ref::from_response_name(name).into();
        }
    }
}

fn add_headers(response: &mut Response) {
    for (name, described) in [("Deprecation", "Deprecation"), ("Sunset", "Sunset"), ("Link", "DeprecationLink")] {
        response.headers.entry(name.to_owned()).or_insert_with(|| header(described));
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
