//! The language, remembered for a year; one click away on every page, which says where it is found again.

use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::sign_in::{Then, own_page};
use crate::console::page::answer::see;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::language_cookie;
use crate::domain::base::words::Language;
use crate::http::problem::{Problem, kinds};

/// Changes the language and goes back to where the reader was.
pub(in crate::console) async fn choose(
    request: HttpRequest,
    tag: Path<String>,
    query: Query<Then>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of_tag(&tag).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))?;
    let mut answer = see(own_page(&query.then));
    let _ = answer.add_cookie(&language_cookie(Messages(language), &request));
    Ok(answer)
}
