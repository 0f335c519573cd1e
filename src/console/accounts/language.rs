//! The language, remembered for a year; one click away on every page.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::console::page::answer::see;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::language_cookie;
use crate::domain::base::words::Language;
use crate::http::problem::{Problem, kinds};

/// Changes the language and goes back to where the reader was.
pub(in crate::console) async fn choose(request: HttpRequest, tag: Path<String>) -> Result<HttpResponse, Problem> {
    let language = Language::of_tag(&tag).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let from = request.headers().get("Referer").and_then(|from| from.to_str().ok());
    // Of the page before only the path counts: the reader stays on this host.
    let path = from.and_then(|from| from.splitn(4, '/').nth(3)).filter(|path| path.starts_with("console"));
    let mut answer = see(&path.map_or_else(|| "/console".to_owned(), |path| format!("/{path}")));
    let _ = answer.add_cookie(&language_cookie(Messages(language), &request));
    Ok(answer)
}
