//! Who looks at a page: signed in by a cookie, or sent to sign in.
//!
//! Guarantees: a form's key is derived from the cookie, so that another site can neither know nor guess one; each page has it
//! masked anew, so that the lengths of packed pages tell nothing of it.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::cookies::{cookie, said};
use super::dates::Dates;
use super::messages::Messages;
use super::window::Window;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::{Language, Words};
use crate::http::client_address::ClientAddress;
use crate::http::language::of_headers;
use crate::http::problem::{Problem, kinds};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// Name of the session's cookie.
const SESSION: &str = "casehall_session";
/// Name of the cookie that remembers the language.
const LANGUAGE: &str = "casehall_language";
/// Header of a request that a page makes by itself: it keeps nobody signed in.
const LOOK: &str = "X-Look";
/// Where people manage their own account: the only place to go while a duty waits.
pub const OWN_ACCOUNT: &str = "/console/account";
/// Where to sign in.
pub const SIGN_IN: &str = "/console/sign-in";

/// A member of the staff, and what every page needs.
pub struct Visitor {
    /// Who it is.
    pub caller: Caller,
    /// The use cases.
    pub service: web::Data<Service>,
    /// The texts in their language.
    pub messages: Messages,
    /// The key of this session's forms, masked for this page.
    pub form_key: String,
    /// The window where they are today.
    pub window: Window,
}

impl Visitor {
    /// How dates are written on a page that is rendered now.
    pub fn dates(&self) -> Dates {
        Dates { zone: self.service.hall().hours.zone, now: self.service.now(), messages: self.messages }
    }

    /// Whether they take money and have yet to say at which window.
    pub fn has_yet_to_say_window(&self) -> bool {
        self.window == Window::Unsaid && self.caller.actor.roles.contains(&Role::Clerk)
    }
}

impl Visitor {
    /// What to tell on the page when something was refused: every fault in what was typed, or the one reason.
    ///
    /// # Errors
    /// It isn't for this page to tell: whoever may not see it, or a fault of the service itself.
    pub fn faults_of(&self, error: ServiceError) -> Result<Vec<String>, Problem> {
        let problem = Problem::from(error);
        match problem.status() {
            StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::CONFLICT
            | StatusCode::PRECONDITION_FAILED
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_REQUEST => Ok(self.told(&problem)),
            _ => Err(problem),
        }
    }

    /// Every fault in what was typed, or the one reason why something was refused.
    pub fn told(&self, problem: &Problem) -> Vec<String> {
        let shown = |words: &Words| self.messages.of(words).to_owned();
        let faults: Vec<String> = problem.listed_faults().iter().map(|fault| shown(&fault.words)).collect();
        if faults.is_empty() { vec![shown(problem.told().unwrap_or(problem.title()))] } else { faults }
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let service = request.app_data::<web::Data<Service>>().ok_or_else(|| Problem::internal("no service"))?;
            let token = said(SESSION, &request).ok_or_else(|| Problem::of(&kinds::UNAUTHORIZED))?;
            let ClientAddress(address) = ClientAddress::extract(&request).await?;
            let is_use = !request.headers().contains_key(LOOK);
            let caller = service.visitor(&token, address, is_use).await.map_err(|error| match error {
                ServiceError::WrongCredentials => Problem::of(&kinds::UNAUTHORIZED),
                error => error.into(),
            })?;
            if !request.path().starts_with(OWN_ACCOUNT) {
                caller.require_no_duty()?;
            }
            let (service, messages) = (service.clone(), messages_of(&request));
            let today = service.hall().hours.local_date(service.now());
            let window = Window::of(&request, &caller.actor.id, today);
            Ok(Self { caller, service, messages, form_key: masked(form_key(&token))?, window })
        })
    }
}

/// The texts in the language that was chosen, or that the browser asks for.
pub fn messages_of(request: &HttpRequest) -> Messages {
    let chosen = said(LANGUAGE, request).and_then(|tag| match tag.as_str() {
        "zh-CN" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    });
    Messages(chosen.unwrap_or_else(|| of_headers(request.headers())))
}

/// The cookie that remembers a language for a year.
pub fn language_cookie(messages: Messages, request: &HttpRequest) -> Cookie<'static> {
    cookie(LANGUAGE, messages.tag().to_owned(), request).max_age(Duration::days(365)).finish()
}

/// The cookie of a session: it ends with the browser, or when the session does.
pub fn session_cookie(token: String, request: &HttpRequest) -> Cookie<'static> {
    cookie(SESSION, token, request).finish()
}

/// What takes the session's cookie away.
pub fn no_session_cookie(request: &HttpRequest) -> Cookie<'static> {
    let mut gone = session_cookie(String::new(), request);
    gone.make_removal();
    gone
}

/// A key, or a mask of one.
type Key = [u8; 16];

/// The key that forms of a session carry (OWASP's synchronizer token, derived instead of kept).
fn form_key(token: &str) -> Key {
    let digest = Sha256::digest(format!("form key of {token}"));
    std::array::from_fn(|at| digest[at])
}

fn over(key: Key, mask: Key) -> Key {
    std::array::from_fn(|at| key[at] ^ mask[at])
}

/// A key as a page has it: behind a mask that no other page has (as in Django).
fn masked(key: Key) -> Result<String, Problem> {
    let mut mask = Key::default();
    SysRng.try_fill_bytes(&mut mask).map_err(Problem::internal)?;
    Ok(hex::encode([mask, over(key, mask)].concat()))
}

/// The key behind a mask; none where a form was forged.
fn unmasked(sent: &str) -> Option<Key> {
    let both = hex::decode(sent).ok()?;
    let (mask, key) = both.split_first_chunk::<16>()?;
    Some(over(key.try_into().ok()?, *mask))
}

/// Whether a form was sent from a page of this session: `expected` and `sent` are the same key behind two masks.
pub fn is_own_form(expected: &str, sent: &str) -> bool {
    match (unmasked(expected), unmasked(sent)) {
        (Some(expected), Some(sent)) => expected.ct_eq(&sent).into(),
        _ => false,
    }
}
