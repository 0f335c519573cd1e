//! The key that forms carry (OWASP's synchronizer token, derived instead of kept): it says of which session its page was, and of which
//! browser.
//!
//! Guarantees: both parts are derived from cookies that are HttpOnly and SameSite=Strict, so that another site can neither know nor
//! guess one, and none of its forms is sent with them. Each page has them behind a mask that no other page has (as in Django), so that the
//! lengths of packed pages tell nothing of them (BREACH).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A part of a key, or a mask of one.
type Part = [u8; 16];

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
pub struct FormKey {
    session: Option<Part>,
    browser: Option<Part>,
}

impl FormKey {
    /// The key of a session and a browser, by what their cookies say.
    pub fn of(session: Option<&str>, browser: Option<&str>) -> Self {
        Self {
            session: session.map(|session| part("form key of", session)),
            browser: browser.map(|browser| part("pages of", browser)),
        }
    }

    /// As the forms of one page carry it.
    pub fn text(&self) -> String {
        [self.session, self.browser].map(|part| part.map(masked).unwrap_or_default()).join(".")
    }

    /// Where the page of a form with this key came from.
    pub fn origin(&self, sent: &str) -> Origin {
        let (session, browser) = sent.split_once('.').unwrap_or_default();
        let is = |known: Option<Part>, sent: &str| {
            known.zip(unmasked(sent)).is_some_and(|(known, sent)| known.ct_eq(&sent).into())
        };
        match () {
            () if is(self.session, session) => Origin::ThisSession,
            () if is(self.browser, browser) => Origin::ThisBrowser,
            () => Origin::Elsewhere,
        }
    }
}

/// What tells a browser from others, made of the first session in it, which nobody can guess.
pub fn browser_after(session: &str) -> String {
    hex::encode(part("browser of", session))
}

fn part(of: &str, secret: &str) -> Part {
    let digest = Sha256::digest(format!("{of} {secret}"));
    std::array::from_fn(|at| digest[at])
}

fn over(part: Part, mask: Part) -> Part {
    std::array::from_fn(|at| part[at] ^ mask[at])
}

fn masked(part: Part) -> String {
    let mask: Part = rand::random();
    hex::encode([mask, over(part, mask)].concat())
}

/// The part behind a mask; none where it was forged.
fn unmasked(sent: &str) -> Option<Part> {
    let both = hex::decode(sent).ok()?;
    let (mask, part) = both.split_first_chunk::<16>()?;
    Some(over(part.try_into().ok()?, *mask))
}
