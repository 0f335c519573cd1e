//! Who looks at a page: signed in by a cookie, or sent to sign in.
//!
//! Guarantees: the cookie is HttpOnly and SameSite=Strict, and Secure where the caller came by TLS; a form's key is derived from
//! it, so that another site can neither know nor guess one.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::dates::Dates;
use super::messages::Messages;
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
    /// The key of this session's forms.
    pub form_key: String,
}

impl Visitor {
    /// How dates are written on a page that is rendered now.
    pub fn dates(&self) -> Dates {
        Dates { zone: self.service.hall().hours.zone, now: self.service.now(), messages: self.messages }
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
            let token = session_of(&request).ok_or_else(|| Problem::of(&kinds::UNAUTHORIZED))?;
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
            Ok(Self { caller, service, messages, form_key: form_key(&token) })
        })
    }
}

/// The texts in the language that was chosen, or that the browser asks for.
pub fn messages_of(request: &HttpRequest) -> Messages {
    let chosen = request.cookie(LANGUAGE).map(|cookie| cookie.value().to_owned());
    let chosen = chosen.and_then(|tag| match tag.as_str() {
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

fn cookie(name: &'static str, value: String, request: &HttpRequest) -> actix_web::cookie::CookieBuilder<'static> {
    let is_secure = request.connection_info().scheme() == "https";
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Strict).secure(is_secure)
}

fn session_of(request: &HttpRequest) -> Option<String> {
    request.cookie(SESSION).map(|cookie| cookie.value().to_owned()).filter(|token| !token.is_empty())
}

/// The key that forms of a session carry (OWASP's synchronizer token, derived instead of kept).
fn form_key(token: &str) -> String {
    hex::encode(&Sha256::digest(format!("form key of {token}"))[..16])
}

/// Whether a form was sent from a page of this session.
pub fn is_own_form(expected: &str, sent: &str) -> bool {
    expected.as_bytes().ct_eq(sent.as_bytes()).into()
}
