//! A page with what is shown this once: a password, a secret, recovery codes. It is the answer to the request that made it, kept
//! by nobody, and the same request again makes no second one.

use askama::Template;

use crate::console::page::layout::Layout;

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
