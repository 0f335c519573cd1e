//! What people do with their own account: choose a password, set up a second factor, see their sessions and end them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

use super::sign_in::Nothing;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::form::Form;
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
#[get("/account")]
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    let (sessions, dates) = (visitor.service.own_sessions(&visitor.caller).await?, visitor.dates());
    let line = |session: crate::service::accounts::people::sessions::OwnSession| SessionLine {
        started: dates.moment(session.started_at),
        used: dates.moment(session.refreshed_at),
        is_this: visitor.caller.session == Some(session.id),
        address: session.address,
    };
    let layout = Layout::of(&visitor, visitor.messages.t("own.title").to_owned(), Place::Elsewhere);
    Ok(Page(OwnPage { sessions: sessions.into_iter().map(line).collect(), layout }))
}

/// Ends all sessions of the reader, this one with them.
#[post("/account/sign-out-everywhere")]
pub(in crate::console) async fn sign_out_everywhere(form: Form<Nothing>) -> Result<HttpResponse, Problem> {
    form.visitor.service.sign_out(&form.visitor.caller, true).await?;
    Ok(see(SIGN_IN))
}

#[derive(Template)]
#[template(path = "accounts/password.html", config = "src/console/askama.toml")]
struct PasswordPage {
    layout: Layout,
    is_duty: bool,
    faults: Vec<String>,
}

impl PasswordPage {
    fn of(visitor: &Visitor, faults: Vec<String>) -> Self {
        let layout = Layout::of(visitor, visitor.messages.t("password.title").to_owned(), Place::Elsewhere);
        Self { layout, is_duty: visitor.caller.duty == Some(Duty::ChangePassword), faults }
    }
}

/// Another password.
#[get("/account/password")]
pub(in crate::console) async fn show_password(visitor: Visitor) -> Page<impl Template> {
    Page(PasswordPage::of(&visitor, Vec::new()))
}

/// What the form says.
#[derive(Deserialize)]
pub(in crate::console) struct NewPassword {
    old_password: String,
    new_password: String,
}

/// Changes it; back on the page with what speaks against it.
#[post("/account/password")]
pub(in crate::console) async fn change_password(form: Form<NewPassword>) -> Result<HttpResponse, Problem> {
    let (visitor, NewPassword { old_password, new_password }) = (form.visitor, form.sent);
    match visitor.service.change_password(&visitor.caller, &old_password, &new_password).await {
        Ok(()) => Ok(see("/console")),
        Err(error) => {
            let faults = visitor.faults_of(error)?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &PasswordPage::of(&visitor, faults)))
        }
    }
}
