//! A page with what is shown this once: a password, a secret, recovery codes. It is the answer to the request that made it, kept
//! by nobody, and the same request again makes no second one.

use askama::Template;

use crate::console::page::forms::field::Field;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::visitor::Visitor;
use crate::http::problem::{Problem, kinds};

/// The page.
#[derive(Template)]
#[template(path = "accounts/once.html", config = "src/console/askama.toml")]
pub(super) struct OncePage {
    /// The frame, titled by what this is.
    pub(super) layout: Layout,
    /// Whose it is, and until when it is good.
    pub(super) about: String,
    /// What is to be noted.
    pub(super) secrets: Vec<String>,
    /// Where to go on.
    pub(super) next: String,
    /// What was typed into the page from which it came, and goes on with it.
    pub(super) carried: Vec<(String, String)>,
}

/// Why nothing was made. A page of before may be of before what its reader just made themselves, who then opened the answer anew: what was shown
/// once isn't shown again, and no other's change is claimed.
///
/// # Errors
/// What isn't for the page to tell.
pub(super) fn told_once<'a>(
    visitor: &Visitor,
    refused: impl Into<Problem>,
    fields: impl IntoIterator<Item = &'a mut Field>,
) -> Result<Vec<Told>, Problem> {
    let refused = refused.into();
    match refused.code() == kinds::VERSION_STALE.code {
        true => Ok(vec![Told::plain(visitor.messages.t("once.stale").to_owned())]),
        false => visitor.told(refused, fields),
    }
}
