//! Answers of the console: a page, or the browser sent on; and refusals as pages.
//!
//! Guarantees: whoever has a duty is sent to it; no page is kept by a browser or on the way; none may be framed, and none loads or sends anything elsewhere
//! (Content-Security-Policy), inline script included.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};
use askama::Template;

use super::bare::Bare;
use super::layout::Layout;
use super::packing::pack;
use super::places::Place;
use super::visitor::Visitor;
use crate::domain::accounts::session::Duty;
use crate::domain::base::words::Words;
use crate::http::envelope::RequestId;
use crate::http::openapi::methods::wrong_method;
use crate::http::problem::{Problem, kinds};

/// What browsers may do with a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page of a template.
pub struct Page<T>(pub T);

impl<T: Template> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        rendered(StatusCode::OK, &self.0)
    }
}

/// A page with another status than 200: a form that came back with faults.
pub fn rendered(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(page) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::VARY, "Accept-Language, Cookie"))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            // Other hosts learn nothing; a change of the language finds the way back.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(page),
        Err(error) => Problem::internal(format!("a page can't be rendered: {error}")).error_response(),
    }
}

/// Sends the browser to a page of this host, so that reloading repeats nothing (RFC 9110 §15.4.4).
pub fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// Sends what the browser sent on to another page of this host (RFC 9110 §15.4.8).
pub fn send_on(address: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, address)).finish()
}

/// Answers what no page takes: an address with a slash too many leads to the one without.
///
/// # Errors
/// There is no such page.
pub(in crate::console) async fn unmatched(request: HttpRequest) -> Result<HttpResponse, Problem> {
    match request.path().ends_with('/') && request.method() == Method::GET {
        true => page_above(request).await,
        false => Err(Problem::of(&kinds::NOT_FOUND)),
    }
}

/// Leads to the nearest page above an address.
///
/// # Errors
/// There is none.
pub(in crate::console) async fn page_above(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let known = request.resource_map();
    let above = |path: &'_ str| path.rsplit_once('/').map(|(above, _)| above.to_owned());
    let mut pages =
        std::iter::successors(above(request.path()), |path| above(path)).take_while(|path| !path.is_empty());
    let page = pages.find(|page| known.has_resource(page));
    page.map(|page| see(&page)).ok_or_else(|| Problem::of(&kinds::NOT_FOUND))
}

/// A refusal as people read it who aren't signed in.
#[derive(Template)]
#[template(path = "page/refusal.html", config = "src/console/askama.toml")]
struct RefusalPage {
    bare: Bare,
    detail: Option<String>,
    faults: Vec<String>,
    /// There is no such page.
    is_unknown: bool,
    /// Under which number the log has it, where the service is at fault.
    logged: Option<String>,
}

/// The same for the staff, who go on from there by the navigation or the next scan.
#[derive(Template)]
#[template(path = "page/refusal_framed.html", config = "src/console/askama.toml")]
struct FramedRefusalPage {
    layout: Layout,
    detail: Option<String>,
    faults: Vec<String>,
    is_unknown: bool,
    logged: Option<String>,
}

/// The page of a refusal: in the frame of whoever is signed in, where the refusal isn't that they are not.
async fn refusal(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let RefusalPage { bare, detail, faults, is_unknown, logged } = RefusalPage::of(request, problem);
    let visitor = if problem.status().is_client_error() { Visitor::extract(request).await.ok() } else { None };
    match visitor {
        Some(visitor) => {
            let mut layout = Layout::of(&visitor, bare.title, Place::Elsewhere);
            layout.begins_at_search = true;
            rendered(problem.status(), &FramedRefusalPage { layout, detail, faults, is_unknown, logged })
        }
        None => rendered(problem.status(), &RefusalPage { bare, detail, faults, is_unknown, logged }),
    }
}

impl RefusalPage {
    fn of(request: &HttpRequest, problem: &Problem) -> Self {
        let bare = Bare::of(request, |messages| messages.of(problem.title()).to_owned());
        let shown = |words: &Words| bare.messages.line(words);
        let named = |key: &str| bare.messages.t(key).to_owned();
        let is_unknown = problem.code() == kinds::NOT_FOUND.code;
        let is_stale = problem.code() == kinds::VERSION_STALE.code;
        let detail = if is_stale { Some(named("frame.changed")) } else { problem.told().map(shown) };
        let logged = (problem.code() == kinds::INTERNAL_ERROR.code)
            .then(|| request.extensions().get::<RequestId>().map(|id| id.0.clone()))
            .flatten();
        let detail = if logged.is_some() { Some(named("frame.fault")) } else { detail };
        let detail = detail.or_else(|| is_unknown.then(|| named("frame.nothing_here")));
        let faults = problem.listed_faults().iter().map(|fault| shown(&fault.words)).collect();
        Self { bare, detail, faults, is_unknown, logged }
    }
}

/// The middleware around the pages: what was refused is shown as a page in the reader's language; pages go packed.
///
/// # Errors
/// Those of what it wraps.
pub(in crate::console) async fn as_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answer = next.call(request).await?.map_into_boxed_body();
    let refused = answer.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let Some(problem) = refused.or_else(|| wrong_method(answer.response())) else { return Ok(pack(answer)) };
    let duty = [Duty::ChangePassword, Duty::EnrolSecondFactor].into_iter().find(|duty| duty.code() == problem.code());
    let page = match duty {
        Some(Duty::ChangePassword) => see("/console/account/password"),
        Some(Duty::EnrolSecondFactor) => see("/console/account/second-factor"),
        None => {
            let mut page = refusal(answer.request(), &problem).await;
            for (name, value) in problem.headers() {
                page.headers_mut().append(name, value);
            }
            page
        }
    };
    Ok(pack(answer.into_response(page)))
}
