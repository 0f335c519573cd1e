//! Signing in and out.

use actix_web::http::StatusCode;
use actix_web::web::{self, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use crate::console::page::answer::{rendered, see};
use crate::console::page::bare::Bare;
use crate::console::page::forms::form::{Form, OpenForm};
use crate::console::page::visitor::{SIGN_IN, no_session_cookie, session_cookie};
use crate::domain::base::words::Words;
use crate::http::client_address::ClientAddress;
use crate::http::problem::Problem;
use crate::service::Service;
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
    fault: Option<String>,
    people: Vec<OfferedPerson>,
}

impl SignInPage {
    fn of(request: &HttpRequest, then: String) -> Self {
        let people = request.app_data::<web::Data<OfferedPeople>>().map(|people| people.0.clone());
        let bare = Bare { class: "sign", ..Bare::of(request, |messages| messages.t("sign_in.title").to_owned()) };
        Self { bare, username: String::new(), then, fault: None, people: people.unwrap_or_default() }
    }
}

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Then {
    #[serde(default)]
    then: String,
}

/// The page.
#[get("/sign-in")]
pub(in crate::console) async fn show(request: HttpRequest, query: Query<Then>) -> HttpResponse {
    rendered(StatusCode::OK, &SignInPage::of(&request, query.into_inner().then))
}

/// What the form says.
#[derive(Deserialize)]
pub(in crate::console) struct Credentials {
    username: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    then: String,
}

/// Signs in; back on the page with a reason where that fails.
#[post("/sign-in")]
pub(in crate::console) async fn sign_in(
    request: HttpRequest,
    service: web::Data<Service>,
    ClientAddress(address): ClientAddress,
    OpenForm(sent): OpenForm<Credentials>,
) -> Result<HttpResponse, Problem> {
    let mut page = SignInPage::of(&request, sent.then);
    let code = Some(sent.code.trim()).filter(|code| !code.is_empty());
    let problem = match service.sign_in(&sent.username, &sent.password, code, address).await {
        Ok(signed_in) => {
            let mut answer = see(own_page(&page.then));
            let _ = answer.add_cookie(&session_cookie(signed_in.refresh_token, &request));
            return Ok(answer);
        }
        Err(ServiceError::Internal(cause)) => return Err(Problem::internal(cause)),
        Err(refused) => Problem::from(refused),
    };
    let told = problem.told().unwrap_or(problem.title());
    (page.username, page.fault) = (sent.username, Some(page.bare.messages.of(told).to_owned()));
    Ok(rendered(problem.status(), &page))
}

/// Signs out here.
#[post("/sign-out")]
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
