//! What people do with their own account: choose a password, set up a second factor, see their sessions and end them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::sign_in::Nothing;
use crate::console::page::address::address;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::{SIGN_IN, Visitor};
use crate::domain::accounts::session::Duty;
use crate::http::problem::Problem;

/// A session of the reader.
struct SessionLine {
    address: String,
    started: String,
    used: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "accounts/own.html", config = "src/console/askama.toml")]
struct OwnPage {
    layout: Layout,
    sessions: Vec<SessionLine>,
}

/// The reader's own account.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    let (sessions, dates) = (visitor.service.own_sessions(&visitor.caller).await?, visitor.dates());
    let line = |session: crate::service::accounts::people::sessions::OwnSession| SessionLine {
        started: dates.cell(session.started_at),
        used: dates.cell(session.refreshed_at),
        is_this: visitor.caller.session == Some(session.id),
        address: session.address,
    };
    let layout = Layout::of(&visitor, visitor.messages.t("own.title").to_owned(), Place::Elsewhere);
    Ok(Page(OwnPage { sessions: sessions.into_iter().map(line).collect(), layout }))
}

/// Ends all sessions of the reader, this one with them.
pub(in crate::console) async fn sign_out_everywhere(form: Form<Nothing>) -> Result<HttpResponse, Problem> {
    form.visitor.service.sign_out(&form.visitor.caller, true).await?;
    Ok(see(SIGN_IN))
}

#[derive(Template)]
#[template(path = "accounts/password.html", config = "src/console/askama.toml")]
struct PasswordPage {
    layout: Layout,
    is_duty: bool,
    fields: Vec<Field>,
    told: Vec<Told>,
}

impl PasswordPage {
    fn of(visitor: &Visitor) -> Self {
        let messages = visitor.messages;
        let new = Field::secret("new_password", messages.t("password.new"), "new-password");
        Self {
            layout: Layout::of(visitor, messages.t("password.title").to_owned(), Place::Elsewhere),
            is_duty: visitor.caller.duty == Some(Duty::ChangePassword),
            fields: vec![
                Field::secret("old_password", messages.t("password.old"), "current-password"),
                new.hint(messages.t("password.about")),
            ],
            told: Vec::new(),
        }
    }
}

/// Another password.
pub(in crate::console) async fn show_password(visitor: Visitor) -> Page<impl Template> {
    Page(PasswordPage::of(&visitor))
}

/// Changes it; back on the page with what speaks against it.
pub(in crate::console) async fn change_password(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, sent) = (form.visitor, form.sent);
    let [old, new] = ["old_password", "new_password"].map(|name| sent.text(name));
    let Err(refused) = visitor.service.change_password(&visitor.caller, old, new).await else {
        return Ok(see(&address("/console", &[("saved", "password")])));
    };
    let mut page = PasswordPage::of(&visitor);
    page.told = visitor.told(refused, &mut page.fields)?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
