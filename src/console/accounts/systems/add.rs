//! A system that is to have access.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::draft::{fields, id, key, key_of};
use crate::console::accounts::add::AddPage;
use crate::console::accounts::deed::saved;
use crate::console::accounts::once::OncePage;
use crate::console::page::answer::{Page, rendered};
use crate::console::page::forms::draft::said;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::{Client, ClientDraft};
use crate::http::body::of_form;
use crate::http::problem::Problem;
use crate::service::accounts::clients::WithSecret;

/// The form.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_manage_clients(&visitor.caller)?;
    Ok(Page(page(&visitor, &Typed::default())))
}

/// Adds the system and shows its secret; one with a key of its own gets none.
pub(in crate::console) async fn add(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    visitor.service.may_manage_clients(&visitor.caller)?;
    match added(&visitor, &typed).await {
        Ok(WithSecret { client, secret: Some(secret) }) => {
            Ok(rendered(StatusCode::OK, &shown_once(&visitor, &client, secret)))
        }
        Ok(WithSecret { client, secret: None }) => Ok(saved("/console/systems", &client.id, "added")),
        Err(refused) => page(&visitor, &typed).again(&visitor, refused),
    }
}

fn of_one(visitor: &Visitor, typed: &Typed) -> Vec<Field> {
    let mut all = vec![id(visitor, typed)];
    all.extend(fields(visitor, typed, None));
    all
}

fn page(visitor: &Visitor, typed: &Typed) -> AddPage {
    let mut all = of_one(visitor, typed);
    all.push(key(visitor, typed, "systems.key_instead"));
    AddPage::of(
        visitor,
        Place::Systems,
        "/console/systems/new",
        ["systems.add", "systems.add_button", "systems.back"],
        all,
    )
}

async fn added(visitor: &Visitor, typed: &Typed) -> Result<WithSecret, Problem> {
    let (mut said, faults) = said(&of_one(visitor, typed));
    if let (Some(_), Some(members)) = (typed.given("key"), said.as_object_mut()) {
        members.insert("key".to_owned(), key_of(typed)?);
    }
    let draft: ClientDraft = of_form(said, faults)?;
    Ok(visitor.service.add_client(&visitor.caller, draft).await?)
}

/// The page with a secret.
pub(super) fn shown_once(visitor: &Visitor, client: &Client, secret: String) -> OncePage {
    let messages = visitor.messages;
    OncePage {
        layout: Layout::of(visitor, messages.t("systems.secret_title").to_owned(), Place::Systems),
        about: messages.with("systems.secret_about", &[("name", &client.name), ("id", &client.id)]),
        secrets: vec![secret],
        next: format!("/console/systems/{}", client.id),
    }
}
