//! One system: what it is, what it may do, its secrets and keys.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use chrono::TimeDelta;

use super::add::shown_once;
use super::draft::{fields, key, key_of};
use super::list::{scopes, standing};
use crate::console::accounts::confirm::Question;
use crate::console::accounts::deed::{DeedLine, Saved, saved, told};
use crate::console::accounts::once::told_once;
use crate::console::page::answer::rendered;
use crate::console::page::dates::Dates;
use crate::console::page::forms::draft::draft;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::{Client, ClientChange, ClientKey, ClientSecret, PublicKey};
use crate::domain::base::text;
use crate::http::body::of_form;
use crate::http::problem::{Problem, kinds};

/// For how many hours earlier secrets may stay valid: what the page offers.
const OVERLAPS: [i64; 4] = [0, 24, 72, 168];
/// The one that is chosen until another is.
const USUAL_OVERLAP: i64 = 24;

/// A secret, without the secret itself.
struct SecretLine {
    number: i64,
    created: String,
    until: Option<String>,
}

/// A key.
struct KeyLine {
    kid: String,
    algorithm: &'static str,
    created: String,
}

#[derive(Template)]
#[template(path = "accounts/systems/one.html", config = "src/console/askama.toml")]
struct SystemPage {
    layout: Layout,
    client: Client,
    tag: Tag,
    scopes: String,
    outlet: Option<String>,
    fields: Vec<Field>,
    secrets: Vec<SecretLine>,
    keys: Vec<KeyLine>,
    overlaps: Vec<(i64, String)>,
    /// For how many hours earlier secrets stay valid, as chosen.
    overlap: i64,
    deeds: Vec<DeedLine>,
    key_field: Field,
    told: Vec<Told>,
}

impl SystemPage {
    async fn of(visitor: &Visitor, id: &str, typed: &Typed) -> Result<Self, Problem> {
        let (client, dates) = (visitor.service.client(&visitor.caller, &text::id(id)).await?, visitor.dates());
        let live = client.secrets.iter().filter(|secret| secret.is_live(dates.now));
        let key_line = |key: &ClientKey| KeyLine {
            kid: key.key.kid.clone(),
            algorithm: if key.key.is_p256() { "P-256 (ES256)" } else { "Ed25519 (EdDSA)" },
            created: dates.cell(key.created_at),
        };
        let overlap = |hours: i64| match hours {
            0 => (0, visitor.messages.t("systems.at_once").to_owned()),
            hours => (hours, visitor.messages.fill("systems.hours", "hours", hours)),
        };
        Ok(Self {
            layout: Layout::of(visitor, client.name.clone(), Place::Systems),
            tag: standing(visitor, &client),
            scopes: scopes(visitor, &client),
            outlet: client.outlet.as_deref().map(|code| visitor.outlet_name(Some(code))),
            fields: fields(visitor, typed, Some(&client)),
            secrets: live.map(|secret| secret_line(&dates, secret)).collect(),
            keys: client.keys.iter().map(key_line).collect(),
            overlaps: OVERLAPS.into_iter().map(overlap).collect(),
            overlap: typed.one("overlap").parse().unwrap_or(USUAL_OVERLAP),
            deeds: vec![deed(visitor, &client)],
            key_field: key(visitor, typed, "systems.key_about").required(),
            told: Vec::new(),
            client,
        })
    }
}

impl SystemPage {
    /// What was typed, where that is anything else than stands there by itself.
    fn begun(&self, visitor: &Visitor, typed: &Typed) -> Vec<(String, String)> {
        let nothing = Typed::default();
        let mut stands = fields(visitor, &nothing, Some(&self.client));
        stands.push(key(visitor, &nothing, "systems.key_about"));
        typed.begun(self.fields.iter().chain([&self.key_field]).zip(&stands))
    }

    fn again(mut self, visitor: &Visitor, refused: impl Into<Problem>) -> Result<HttpResponse, Problem> {
        self.told = visitor.told(refused, self.fields.iter_mut().chain([&mut self.key_field]))?;
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &self))
    }
}

/// The system.
pub(in crate::console) async fn show(
    visitor: Visitor,
    id: Path<String>,
    query: Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let mut page = SystemPage::of(&visitor, &id, &Typed::default()).await?;
    page.layout.saved = query.told(&visitor);
    Ok(rendered(StatusCode::OK, &page))
}

/// Lets the system be what the form says, in the version that the page showed; or shows the page once more with it.
pub(in crate::console) async fn save(id: Path<String>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    if typed.has("again") {
        return Ok(rendered(StatusCode::OK, &SystemPage::of(&visitor, &id, &typed).await?));
    }
    match changed(&visitor, &id, &typed).await {
        Ok(()) => went_well(&visitor, &id, "changed", typed).await,
        Err(refused) => again(&visitor, &id, &typed, refused).await,
    }
}

/// What was done; what was typed besides stands there still.
async fn went_well(visitor: &Visitor, id: &str, deed: &str, mut typed: Typed) -> Result<HttpResponse, Problem> {
    // What was done needn't stand there any more.
    let done: &[&str] = match deed {
        "changed" => &["name", "scopes", "outlet"],
        "add-key" => &["key"],
        _ => &[],
    };
    done.iter().for_each(|name| typed.clear(name));
    let mut page = SystemPage::of(visitor, id, &typed).await?;
    if page.begun(visitor, &typed).is_empty() {
        return Ok(saved("/console/systems", id, deed));
    }
    if deed == "changed" {
        page.fields = fields(visitor, &Typed::default(), Some(&page.client));
    }
    page.layout.saved = told(visitor, deed);
    Ok(rendered(StatusCode::OK, &page))
}

async fn changed(visitor: &Visitor, id: &str, typed: &Typed) -> Result<(), Problem> {
    let change: ClientChange = draft(&fields(visitor, typed, None))?;
    visitor.service.change_client(&visitor.caller, id, typed.version(), change).await?;
    Ok(())
}

/// Gives the system another secret and shows it, in the version that the page showed: sent again, it makes no second one.
pub(in crate::console) async fn rotate(id: Path<String>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    let hours = typed.text("overlap").parse().ok().filter(|hours| OVERLAPS.contains(hours));
    let until = hours.map(|hours| visitor.service.now() + TimeDelta::hours(hours));
    let (id, seen) = (text::id(&id), Some(typed.version()));
    match visitor.service.rotate_client_secret(&visitor.caller, &id, seen, until).await {
        Ok(made) => {
            typed.clear("overlap");
            let mut page = shown_once(&visitor, &made.client, made.secret.unwrap_or_default());
            page.carried = SystemPage::of(&visitor, &id, &typed).await?.begun(&visitor, &typed);
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(refused) => not_again(&visitor, &id, &typed, refused).await,
    }
}

/// The system once more, with why no secret was made.
async fn not_again(
    visitor: &Visitor,
    id: &str,
    typed: &Typed,
    refused: impl Into<Problem>,
) -> Result<HttpResponse, Problem> {
    let mut page = SystemPage::of(visitor, id, typed).await?;
    page.told = told_once(visitor, refused, page.fields.iter_mut().chain([&mut page.key_field]))?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Does one of the other things with the system.
pub(in crate::console) async fn act(path: Path<(String, String)>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let ((id, deed), visitor, fields) = (path.into_inner(), form.visitor, form.sent);
    if let Some(page) = asked(&visitor, &text::id(&id), &deed, &fields).await? {
        return Ok(page);
    }
    match done(&visitor, &text::id(&id), &deed, &fields).await {
        Ok(()) => went_well(&visitor, &id, &deed, fields).await,
        Err(refused) => again(&visitor, &id, &fields, refused).await,
    }
}

/// The page that asks before access is taken away, and whether it is meant.
async fn asked(visitor: &Visitor, id: &str, deed: &str, typed: &Typed) -> Result<Option<HttpResponse>, Problem> {
    let (asks, about, does) = match deed {
        "deactivate" => ("systems.deactivate_asks", "systems.deactivate_about", "users.deactivate"),
        "end-secret" => ("systems.end_asks", "systems.end_about", "systems.end"),
        "remove-key" => ("systems.remove_asks", "systems.remove_about", "systems.remove"),
        _ => return Ok(None),
    };
    let client = visitor.service.client(&visitor.caller, id).await?;
    // Of its secrets and keys, which it is.
    let which = [typed.one("number"), typed.one("kid")].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let name = format!("{} {which}", client.name);
    let of = (Place::Systems, name.trim_end(), format!("/console/systems/{}", client.id));
    Ok(Question { asks, about, does }.unless_asked(visitor, of, typed))
}

async fn done(visitor: &Visitor, id: &str, deed: &str, fields: &Typed) -> Result<(), Problem> {
    let (service, caller) = (&visitor.service, &visitor.caller);
    service.may_manage_clients(caller)?;
    match deed {
        "activate" => service.set_client_active(caller, id, true).await?,
        "deactivate" => service.set_client_active(caller, id, false).await?,
        "end-secret" => {
            let number = fields.text("number").parse().map_err(|_| Problem::of(&kinds::NOT_FOUND))?;
            service.end_client_secret(caller, id, number).await?
        }
        "add-key" => {
            let key: PublicKey = of_form(key_of(fields)?, Vec::new())?;
            service.add_client_key(caller, id, key).await?
        }
        "remove-key" => service.remove_client_key(caller, id, fields.text("kid")).await?,
        _ => return Err(Problem::of(&kinds::NOT_FOUND)),
    };
    Ok(())
}

/// The system once more, with what was typed and why nothing was done.
async fn again(
    visitor: &Visitor,
    id: &str,
    typed: &Typed,
    refused: impl Into<Problem>,
) -> Result<HttpResponse, Problem> {
    SystemPage::of(visitor, id, typed).await?.again(visitor, refused)
}

fn secret_line(dates: &Dates, secret: &ClientSecret) -> SecretLine {
    SecretLine {
        number: secret.number,
        created: dates.cell(secret.created_at),
        until: secret.valid_until.map(|until| dates.cell(until)),
    }
}

fn deed(visitor: &Visitor, client: &Client) -> DeedLine {
    let (deed, name, about) = match client.active {
        true => ("deactivate", "users.deactivate", "systems.deactivate_about"),
        false => ("activate", "users.activate", "systems.activate_about"),
    };
    DeedLine::new(visitor, format!("/console/systems/{}/{deed}", client.id), name, about, None)
}
