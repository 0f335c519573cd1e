//! An account for somebody who has none.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::draft::{draft, fields, username};
use crate::console::accounts::add::AddPage;
use crate::console::accounts::once::OncePage;
use crate::console::page::answer::{Page, rendered};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::http::problem::Problem;
use crate::service::accounts::people::users::{NewUser, OneTimePassword, User};

/// The form.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_manage_accounts(&visitor.caller)?;
    Ok(Page(page(&visitor, &Typed::default())))
}

/// Adds the account and shows its one-time password; back on the form with every fault.
pub(in crate::console) async fn add(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    visitor.service.may_manage_accounts(&visitor.caller)?;
    match added(&visitor, &typed).await {
        Ok((user, one_time)) => Ok(rendered(StatusCode::OK, &shown_once(&visitor, &user, one_time))),
        Err(refused) => page(&visitor, &typed).again(&visitor, refused),
    }
}

fn page(visitor: &Visitor, typed: &Typed) -> AddPage {
    let mut all = vec![username(visitor, typed)];
    all.extend(fields(visitor, typed, None));
    AddPage::of(visitor, Place::Users, "/console/users/new", ["users.add", "users.add_button", "users.back"], all)
}

async fn added(visitor: &Visitor, typed: &Typed) -> Result<(User, OneTimePassword), Problem> {
    let username = typed.one("username").to_owned();
    let fields = fields(visitor, typed, None);
    // A bad name is told with what can't be read, or else by the rules with all else.
    let account = draft(&fields, None).or_else(|_| draft(&fields, visitor.service.bad_username(&username)))?;
    let new = NewUser { username, account, password: None };
    let (user, one_time) = visitor.service.add_user(&visitor.caller, new).await?;
    Ok((user, one_time.ok_or_else(|| Problem::internal("no one-time password"))?))
}

/// The page with a one-time password.
pub(super) fn shown_once(visitor: &Visitor, user: &User, one_time: OneTimePassword) -> OncePage {
    let messages = visitor.messages;
    let until = visitor.dates().moment(one_time.until);
    let gaps: [(&str, &dyn std::fmt::Display); 3] =
        [("name", &user.details.display_name), ("username", &user.username), ("until", &until)];
    OncePage {
        layout: Layout::of(visitor, messages.t("users.one_time_title").to_owned(), Place::Users),
        about: messages.with("users.one_time_about", &gaps),
        secrets: vec![one_time.password],
        next: format!("/console/users/{}", user.id),
    }
}
