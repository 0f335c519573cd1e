//! Signing in and out, and what becomes of a page whose session has ended.
//!
//! Guarantee: what was typed into a form whose session had ended isn't lost: the page for signing in carries it, and sends it on to where
//! it was sent, which shows it and does nothing (`page/forms/form`).

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Query};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see, send_on};
use crate::console::page::bare::Bare;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::{Form, OwnForm, Unsent};
use crate::console::page::visitor::{SIGN_IN, browser_cookie, no_session_cookie, session_cookie, session_of};
use crate::domain::base::words::Words;
use crate::http::client_address::ClientAddress;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::service::accounts::people::sessions::SessionHolder;
use crate::service::base::error::ServiceError;

/// Somebody whom the sign-in page of a demo offers: a click signs in as them.
#[derive(Debug, Clone)]
pub struct OfferedPerson {
    /// Name to sign in with.
    pub username: String,
    /// Password, which a demo makes anew at every start.
    pub password: String,
    /// Name on the timeline.
    pub name: String,
    /// What they do.
    pub role: Words,
    /// Where they work; none of whoever sees no cases.
    pub outlet: Option<Words>,
}

/// Everybody whom the page offers; nobody in a real hall.
#[derive(Debug, Clone, Default)]
pub struct OfferedPeople(pub Vec<OfferedPerson>);

#[derive(Template)]
#[template(path = "accounts/sign_in.html", config = "src/console/askama.toml")]
struct SignInPage {
    bare: Bare,
    username: String,
    then: String,
    /// What was typed into a form whose session had ended.
    carried: Vec<(String, String)>,
    fault: Option<String>,
    people: Vec<OfferedPerson>,
}

impl SignInPage {
    fn of(request: &HttpRequest, then: String) -> Self {
        let people = request.app_data::<web::Data<OfferedPeople>>().map(|people| people.0.clone());
        let here = address(SIGN_IN, &[("then", &then)]);
        let bare = Bare::of(request, |messages| messages.t("sign_in.title").to_owned());
        let bare = Bare { class: "sign", here, ..bare };
        let (username, carried, people) = (String::new(), Vec::new(), people.unwrap_or_default());
        Self { bare, username, then, carried, fault: None, people }
    }
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Then {
    #[serde(default)]
    pub(super) then: String,
}

/// The page.
pub(in crate::console) async fn show(request: HttpRequest, query: Query<Then>) -> HttpResponse {
    rendered(StatusCode::OK, &SignInPage::of(&request, query.into_inner().then))
}

/// Signs in; back on the page with a reason where that fails.
pub(in crate::console) async fn sign_in(
    request: HttpRequest,
    service: web::Data<Service>,
    ClientAddress(client): ClientAddress,
    OwnForm(sent): OwnForm<Typed>,
) -> Result<HttpResponse, Problem> {
    let page = SignInPage { carried: sent.carried(), ..SignInPage::of(&request, sent.text("then").to_owned()) };
    let (username, password) = (sent.text("username"), sent.text("password"));
    let (code, before, holder) = (sent.given("code"), session_of(&request), SessionHolder::Browser);
    let problem = match service.sign_in(username, password, code.as_deref(), client, holder, before.as_deref()).await {
        Ok(signed_in) => return Ok(signed_in_to(&request, &page, signed_in.refresh_token)),
        Err(ServiceError::Internal(cause)) => return Err(Problem::internal(cause)),
        Err(refused) => Problem::from(refused),
    };
    let told = problem.told().unwrap_or(problem.title());
    let fault = Some(page.bare.messages.of(told).to_owned());
    Ok(rendered(problem.status(), &SignInPage { username: username.to_owned(), fault, ..page }))
}

/// To the page that was asked for; what was typed there before goes along, and comes back as it was.
fn signed_in_to(request: &HttpRequest, page: &SignInPage, session: String) -> HttpResponse {
    let to = own_page(&page.then);
    let mut answer = if page.carried.is_empty() { see(to) } else { send_on(to) };
    let _ = browser_cookie(&session, request).map(|cookie| answer.add_cookie(&cookie));
    let _ = answer.add_cookie(&session_cookie(session, request));
    answer
}

/// The middleware around the pages behind a sign-in: whoever has no session is sent to sign in, and back to the page afterwards, with
/// what they typed there.
///
/// # Errors
/// Those of what it wraps.
pub(in crate::console) async fn or_sign_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answer = next.call(request).await?.map_into_boxed_body();
    let problem = answer.response().error().and_then(|error| error.as_error::<Problem>());
    if problem.is_none_or(|problem| problem.status() != StatusCode::UNAUTHORIZED) {
        return Ok(answer);
    }
    let unsent = answer.request().extensions_mut().remove::<Unsent>();
    let page = match (unsent, answer.request()) {
        (Some(Unsent(typed)), request) => {
            let page =
                SignInPage { carried: typed.into_fields(), ..SignInPage::of(request, request.uri().to_string()) };
            rendered(StatusCode::UNAUTHORIZED, &page)
        }
        (None, request) if request.method() == Method::GET => {
            see(&address(SIGN_IN, &[("then", request.uri().to_string())]))
        }
        (None, _) => see(SIGN_IN),
    };
    Ok(answer.into_response(page))
}

/// Signs out here.
pub(in crate::console) async fn sign_out(request: HttpRequest, form: Form<Nothing>) -> Result<HttpResponse, Problem> {
    form.visitor.service.sign_out(&form.visitor.caller, false).await?;
    let mut answer = see(SIGN_IN);
    let _ = answer.add_cookie(&no_session_cookie(&request));
    Ok(answer)
}

/// A form without fields.
#[derive(Deserialize)]
pub(in crate::console) struct Nothing {}

/// A page of the console, never an address elsewhere.
pub(in crate::console) fn own_page(then: &str) -> &str {
    let is_address = !then.chars().any(|c| c.is_control() || c == '\\');
    if is_address && (then == "/console" || then.starts_with("/console/") || then.starts_with("/console?")) {
        then
    } else {
        "/console"
    }
}
