//! Style sheet, script and icon: part of the program, named by their content, so that browsers may keep them for a year.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use sha2::{Digest, Sha256};

use super::packing::{packed, takes_packed};
use crate::http::problem::{Problem, kinds};

/// A file that pages name.
pub struct Asset {
    /// Its address.
    pub address: String,
    name: String,
    media_type: &'static str,
    content: String,
    /// The same, packed: what is part of the program holds no secret that its length could tell.
    packed: Vec<u8>,
}

impl Asset {
    fn of(stem: &str, extension: &str, media_type: &'static str, content: impl Into<String>) -> Self {
        let content = content.into();
        let digest = hex::encode(&Sha256::digest(&content)[..8]);
        let name = format!("{stem}.{digest}.{extension}");
        Self {
            address: format!("/assets/{name}"),
            name,
            media_type,
            packed: packed(content.as_bytes(), Compression::best()),
            content,
        }
    }
}

/// The style sheet's parts: what all pages share, then what some do.
const STYLES: &str = concat!(
    include_str!("../styles/base.css"),
    include_str!("../styles/progress.css"),
    include_str!("../styles/office.css"),
    include_str!("../styles/oversight.css"),
    include_str!("../styles/counter.css"),
    include_str!("../styles/narrow.css"),
    include_str!("../styles/print.css"),
);

/// The style sheet.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("console", "css", "text/css; charset=utf-8", with_values(STYLES)));
/// The script, which makes quicker what works without it.
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("console", "js", "text/javascript; charset=utf-8", include_str!("../console.js")));

/// The style sheet of papers.
pub static PAPER_STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::of("paper", "css", "text/css; charset=utf-8", with_values(include_str!("../styles/paper.css")))
});
/// The script of papers: it opens the browser's print window.
pub static PAPER_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::of("paper", "js", "text/javascript; charset=utf-8", include_str!("../applicants/paper.js"))
});

/// What a browser shows beside a page's title.
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("casehall", "svg", "image/svg+xml", include_str!("../icon.svg")));

/// The icon's address.
pub(in crate::console) fn icon() -> &'static str {
    &ICON.address
}

/// An asset under its present name.
pub(in crate::console) async fn asset(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let found = [&STYLE, &SCRIPT, &PAPER_STYLE, &PAPER_SCRIPT, &ICON].into_iter().find(|asset| asset.name == *name);
    let asset = found.ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    Ok(served(&request, asset, "public, max-age=31536000, immutable"))
}

/// The icon where browsers ask for it of what is no page and names none, for a day.
pub(in crate::console) async fn icon_of_all(request: HttpRequest) -> HttpResponse {
    served(&request, &ICON, "public, max-age=86400")
}

fn served(request: &HttpRequest, file: &'static Asset, kept: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let kept = (CACHE_CONTROL, kept);
    answer.insert_header((CONTENT_TYPE, file.media_type)).insert_header(kept).insert_header((VARY, "Accept-Encoding"));
    if takes_packed(request) && !file.packed.is_empty() {
        return answer.insert_header((CONTENT_ENCODING, "gzip")).body(file.packed.as_slice());
    }
    answer.body(file.content.as_str())
}

/// A style sheet without its comments, for browsers without custom properties, too: before each declaration that takes one stands the same
/// with its value. Without that a button's white words would stand on white there.
fn with_values(style: &str) -> String {
    let style = without_comments(style);
    let mut values: Vec<(String, String)> = Vec::new();
    let mut written = String::with_capacity(style.len() * 5 / 4);
    for part in style.split_inclusive(['{', ';', '}']) {
        let declaration = part.trim_end_matches([';', '}']).trim();
        if let Some((name, value)) = declaration.split_once(':').filter(|(name, _)| name.starts_with("--")) {
            values.push((format!("var({name})"), value.trim().to_owned()));
        } else if declaration.contains("var(") && !part.ends_with('{') {
            let literal = values.iter().fold(declaration.to_owned(), |text, (name, value)| text.replace(name, value));
            written.extend([" ", &literal, ";"]);
        }
        written.push_str(part);
    }
    written
}

fn without_comments(style: &str) -> String {
    let mut parts = style.split("/*");
    let before = parts.next().unwrap_or_default().to_owned();
    parts.fold(before, |text, part| text + part.split_once("*/").map_or("", |(_, after)| after.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_property_stands_before_each_declaration_that_takes_it() {
        let style =
            ":root { --ink: #123; --line: #fff }\n/* of; all */ a { color: var(--ink); border: 1px solid var(--line) }";
        let written = ":root { --ink: #123; --line: #fff }\na { color: #123; color: var(--ink); border: 1px solid #fff; border: 1px solid var(--line) }";
        assert_eq!(with_values(style), written);
    }
}
