//! At which window somebody is today: said once, and from then on in every form that asks for it.

use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::console::accounts::sign_in::own_page;
use crate::console::cases::counter::scanned::serial_in;
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::session::window::{ADDRESS, Window};
use crate::console::page::visitor::Visitor;
use crate::domain::base::text;
use crate::domain::cases::intake::scan::{without_scan, without_serial};
use crate::http::problem::Problem;

/// Most digits of what reads like a label, is known to nobody, and may be the name of a window.
const MOST_DIGITS: usize = 5;

#[derive(Template)]
#[template(path = "money/window.html", config = "src/console/askama.toml")]
struct WindowPage {
    layout: Layout,
    field: Field,
    then: String,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct Then {
    #[serde(default)]
    then: String,
}

/// The page.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<Then>) -> HttpResponse {
    rendered(StatusCode::OK, &WindowPage::of(&visitor, &query.then))
}

/// Keeps it until the day ends, and goes on. What a scanner typed is no window: it is looked up.
pub(in crate::console) async fn say(request: HttpRequest, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, form.sent);
    if let Some(scanned) = scanned(&visitor, &text::cell(sent.one("window"))).await? {
        return Ok(see(&address("/console/search", &[("q", scanned)])));
    }
    let Some(said) = said(&visitor, &sent) else {
        return Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &again(&visitor, &sent)));
    };
    let mut answer = see(own_page(sent.one("then")));
    let _ = answer.add_cookie(&said.kept(&request, &visitor.caller.actor.id, visitor.dates().today()));
    Ok(answer)
}

/// The number or the label that was scanned.
async fn scanned(visitor: &Visitor, typed: &str) -> Result<Option<String>, Problem> {
    if let Some((_, serial)) = serial_in(visitor, typed).await? {
        return Ok(Some(serial.to_owned()));
    }
    let is_window = |serial: &str| serial.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS;
    let serial = without_serial(typed).map(|(_, serial)| serial).filter(|serial| !is_window(serial));
    Ok(without_scan(typed).1.or_else(|| serial.map(str::to_owned)))
}

/// The window that was said, or stands already where nothing was.
fn said(visitor: &Visitor, sent: &Typed) -> Option<Window> {
    let stands =
        || Some(visitor.window.clone()).filter(|_| sent.one("window").is_empty() && visitor.window != Window::Unsaid);
    if sent.has("whole") { Some(Window::Undivided) } else { Window::typed(sent.one("window")).or_else(stands) }
}

fn again(visitor: &Visitor, sent: &Typed) -> WindowPage {
    let mut page = WindowPage::of(visitor, sent.one("then"));
    let wrong = visitor.messages.t("window.wrong");
    page.field.fault = Some(match sent.one("window") {
        "" => wrong.to_owned(),
        typed => visitor.messages.with("field.fault", &[("field", &typed), ("fault", &wrong)]),
    });
    page
}

/// Asks for it, and comes back to a page.
pub(in crate::console) fn ask(then: &str) -> HttpResponse {
    see(&address(ADDRESS, &[("then", then)]))
}

impl WindowPage {
    /// The page. Its box is empty, so that a scan goes there by itself; what was said before stands beside it.
    fn of(visitor: &Visitor, then: &str) -> Self {
        let layout = Layout::of(visitor, visitor.messages.t("window.title").to_owned(), Place::Elsewhere)
            .found_at(address(ADDRESS, &[("then", then)]));
        let mut field = Field::text("window", visitor.messages.t("window.name"), &Typed::default());
        if visitor.window != Window::Unsaid {
            field.hint = visitor.messages.fill("window.now", "window", visitor.window.in_words(visitor.messages));
        }
        field.is_first = true;
        Self { layout, field, then: then.to_owned() }
    }
}
