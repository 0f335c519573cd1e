//! The key that forms carry (OWASP's synchronizer token, derived instead of kept): it says of which session its page was, and of which
//! browser.
//!
//! Guarantee: both parts are derived from cookies that are HttpOnly and SameSite=Strict, so that another site can neither know nor
//! guess one, and none of its forms is sent with them.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Where the page of a form came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A page of this session.
    ThisSession,
    /// A page that this browser opened in an earlier session.
    ThisBrowser,
    /// Anywhere else.
    Elsewhere,
}

/// The key of the forms of a session in a browser.
#[derive(Debug)]
pub struct FormKey {
    session: Option<String>,
    browser: Option<String>,
}

impl FormKey {
    /// The key of a session and a browser, by what their cookies say.
    pub fn of(session: Option<&str>, browser: Option<&str>) -> Self {
        let part = |of: &str, secret: &str| hex::encode(&Sha256::digest(format!("{of} {secret}"))[..16]);
        Self {
            session: session.map(|session| part("form key of", session)),
            browser: browser.map(|browser| part("pages of", browser)),
        }
    }

    /// As forms carry it.
    pub fn text(&self) -> String {
        [&self.session, &self.browser].map(|part| part.clone().unwrap_or_default()).join(".")
    }

    /// Where the page of a form with this key came from.
    pub fn origin(&self, sent: &str) -> Origin {
        let (session, browser) = sent.split_once('.').unwrap_or_default();
        let is = |known: &Option<String>, sent: &str| {
            known.as_ref().is_some_and(|known| bool::from(known.as_bytes().ct_eq(sent.as_bytes())))
        };
        match () {
            () if is(&self.session, session) => Origin::ThisSession,
            () if is(&self.browser, browser) => Origin::ThisBrowser,
            () => Origin::Elsewhere,
        }
    }
}

/// What tells a browser from others, made of the first session in it, which nobody can guess.
pub fn browser_after(session: &str) -> String {
    hex::encode(&Sha256::digest(format!("browser of {session}"))[..16])
}
