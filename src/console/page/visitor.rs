//! Who looks at a page: signed in by a cookie, or sent to sign in.
//!
//! Guarantee: each page has the key of its forms masked anew, so that the lengths of packed pages tell nothing of it.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::dates::Dates;
use super::messages::Messages;
use super::places;
use super::session::cookies::{cookie, said};
use super::session::form_key::{FormKey, browser_after};
use super::session::window::Window;
use crate::domain::base::words::Language;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::worklist::WorkList;
use crate::http::client_address::ClientAddress;
use crate::http::language::of_headers;
use crate::http::problem::{Problem, kinds};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::base::idempotency::IdempotentRequest;
use crate::service::cases::worklists::Counted;

/// Name of the session's cookie.
const SESSION: &str = "casehall_session";
/// Name of the cookie that tells a browser from others.
const BROWSER: &str = "casehall_browser";
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
    /// The address of what they asked for, or sent a form to.
    pub at: String,
    /// The key of this session's forms, masked for this page.
    pub form_key: String,
    /// Whether what they sent is of a page of an earlier session.
    pub is_of_before: bool,
    /// The window where they are today.
    pub window: Window,
    /// How many wait for them, by list.
    pub waits: Vec<(WorkList, Counted)>,
    /// What tells the form that they sent from any other.
    sent: Option<IdempotentRequest>,
}

impl Visitor {
    /// The same person, before a page of an earlier session: they see it as it is now, and whatever they send changes nothing.
    #[must_use]
    pub fn of_before(self) -> Self {
        Self { service: web::Data::new(self.service.read_only()), is_of_before: true, ..self }
    }

    /// The same person, reading in a language.
    #[must_use]
    pub fn reading(&self, language: Language) -> Self {
        let Self { caller, service, at, form_key, is_of_before, window, waits, sent, .. } = self;
        Self {
            caller: caller.clone(),
            service: service.clone(),
            messages: Messages(language),
            at: at.clone(),
            form_key: form_key.clone(),
            is_of_before: *is_of_before,
            window: window.clone(),
            waits: waits.clone(),
            sent: sent.clone(),
        }
    }

    /// The same person after they have changed something: how many wait for them now.
    ///
    /// # Errors
    /// The database's.
    pub async fn after_change(&self) -> Result<Self, ServiceError> {
        let waits = places::waits(&self.service, &self.caller).await?;
        Ok(Self { waits, ..self.reading(self.messages.0) })
    }

    /// The same person, sending a form.
    #[must_use]
    pub fn sending(self, sent: IdempotentRequest) -> Self {
        Self { sent: Some(sent), ..self }
    }

    /// Whether the form that they sent was done before, where that can't be told from what stands now.
    ///
    /// # Errors
    /// The database's.
    pub async fn was_done(&self) -> Result<bool, ServiceError> {
        match self.once() {
            Some(sent) => self.service.was_done(&self.caller, sent).await,
            None => Ok(false),
        }
    }

    /// What makes a form that is sent twice, as by a double click, one that is done once: the second answers what the first did.
    pub fn once(&self) -> Option<IdempotentRequest> {
        self.sent.clone()
    }

    /// How dates are written on a page that is rendered now.
    pub fn dates(&self) -> Dates {
        Dates { zone: self.service.hall().hours.zone, now: self.service.now(), messages: self.messages }
    }

    /// Whether they take money and have yet to say at which window.
    pub fn has_yet_to_say_window(&self) -> bool {
        self.window == Window::Unsaid && self.takes_money()
    }

    /// Whether they take what cases cost.
    pub fn takes_money(&self) -> bool {
        self.service.may_give(&self.caller, InputPart::Payment).is_ok()
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
            let today = service.hall().hours.local_date(service.now());
            let window = Window::of(&request, &caller.actor.id, today);
            let form_key = form_key(&request).text();
            // What a page asks for by itself shows no navigation.
            let waits = if is_use { places::waits(&service, &caller).await? } else { Vec::new() };
            let at = request.uri().to_string();
            Ok(Self { waits, caller, service, messages, at, form_key, is_of_before: false, window, sent: None })
        })
    }
}

/// The texts in the language that was chosen, or that the browser asks for.
pub fn messages_of(request: &HttpRequest) -> Messages {
    let chosen = said(LANGUAGE, request).and_then(|tag| Language::of_tag(&tag));
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

/// The cookie by which pages of a browser are known after their session has ended; none where it has one.
pub fn browser_cookie(session: &str, request: &HttpRequest) -> Option<Cookie<'static>> {
    let is_new = said(BROWSER, request).is_none();
    is_new.then(|| cookie(BROWSER, browser_after(session), request).finish())
}

/// The token of the session that the browser has, or had.
pub fn session_of(request: &HttpRequest) -> Option<String> {
    said(SESSION, request)
}

/// What takes the session's cookie away.
pub fn no_session_cookie(request: &HttpRequest) -> Cookie<'static> {
    let mut gone = session_cookie(String::new(), request);
    gone.make_removal();
    gone
}

/// The key of the forms on the page that answers a request.
pub fn form_key(request: &HttpRequest) -> FormKey {
    FormKey::of(session_of(request).as_deref(), said(BROWSER, request).as_deref())
}
