//! A system that is to have access.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post};
use askama::Template;

use super::draft::{DraftForm, LABELS, key_of, said};
use crate::console::accounts::once::OncePage;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::{Client, ClientDraft};
use crate::http::body::of_form;
use crate::http::problem::Problem;
use crate::service::accounts::clients::WithSecret;

#[derive(Template)]
#[template(path = "accounts/systems/add.html", config = "src/console/askama.toml")]
struct AddPage {
    layout: Layout,
    form: DraftForm,
    key: String,
    faults: Vec<String>,
}

impl AddPage {
    fn of(visitor: &Visitor, fields: &Typed, faults: Vec<String>) -> Self {
        let layout = Layout::of(visitor, visitor.messages.t("systems.add").to_owned(), Place::Systems);
        Self { layout, form: DraftForm::typed(visitor, fields), key: fields.text("key").to_owned(), faults }
    }
}

/// The form.
#[get("/systems/new")]
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_manage_clients(&visitor.caller)?;
    Ok(Page(AddPage::of(&visitor, &Typed::default(), Vec::new())))
}

/// Adds the system and shows its secret; one with a key of its own gets none.
#[post("/systems/new")]
pub(in crate::console) async fn add(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, fields) = (form.visitor, form.sent);
    visitor.service.may_manage_clients(&visitor.caller)?;
    match added(&visitor, &fields).await {
        Ok(WithSecret { client, secret: Some(secret) }) => {
            Ok(rendered(StatusCode::OK, &shown_once(&visitor, &client, secret)))
        }
        Ok(WithSecret { client, secret: None }) => Ok(see(&format!("/console/systems/{}", client.id))),
        Err(refused) => {
            let faults = visitor.told_by_field(refused, LABELS)?;
            Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &AddPage::of(&visitor, &fields, faults)))
        }
    }
}

async fn added(visitor: &Visitor, fields: &Typed) -> Result<WithSecret, Problem> {
    let mut said = said(fields);
    if let Some(members) = said.as_object_mut() {
        members.insert("client_id".to_owned(), fields.text("id").trim().into());
        if fields.given("key").is_some() {
            members.insert("key".to_owned(), key_of(fields)?);
        }
    }
    let draft: ClientDraft = of_form(said, Vec::new())?;
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
