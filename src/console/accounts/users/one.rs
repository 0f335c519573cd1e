//! One account: what it says of its holder, and what the security administrator does with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;

use super::add::shown_once;
use super::draft::{draft, fields};
use super::list::{roles, standing};
use crate::console::accounts::confirm::Question;
use crate::console::accounts::deed::{DeedLine, Saved, saved, told};
use crate::console::accounts::once::told_once;
use crate::console::page::answer::rendered;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::text;
use crate::http::problem::{Problem, kinds};
use crate::service::accounts::people::users::{User, UserKey};
use crate::service::base::error::ServiceError;

#[derive(Template)]
#[template(path = "accounts/users/one.html", config = "src/console/askama.toml")]
struct UserPage {
    layout: Layout,
    user: User,
    tag: Tag,
    roles: String,
    outlet: String,
    second_factor: Option<String>,
    signed_in: Option<String>,
    one_time: Option<String>,
    fields: Vec<Field>,
    deeds: Vec<DeedLine>,
    told: Vec<Told>,
}

impl UserPage {
    async fn of(visitor: &Visitor, id: &str, typed: &Typed) -> Result<Self, Problem> {
        let (service, caller, dates) = (&visitor.service, &visitor.caller, visitor.dates());
        let user = service.user(caller, key(id)).await?;
        let held_up = service.held_up_names(caller).await?.iter().any(|name| name.username == user.username);
        let moment = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| dates.moment(at));
        Ok(Self {
            layout: Layout::of(visitor, user.details.display_name.clone(), Place::Users),
            tag: standing(&user, held_up, &dates),
            roles: roles(visitor, &user),
            outlet: visitor.outlet_name(user.details.outlet.as_deref()),
            second_factor: moment(user.second_factor_since),
            signed_in: user.signed_in_at.map(|at| dates.cell(at)),
            one_time: moment(user.one_time_until),
            fields: fields(visitor, typed, Some(&user.details)),
            deeds: deeds(visitor, &user, held_up),
            told: Vec::new(),
            user,
        })
    }

    /// What was typed, where that is anything else than stands there by itself.
    fn begun(&self, visitor: &Visitor, typed: &Typed) -> Vec<(String, String)> {
        let stands = fields(visitor, &Typed::default(), Some(&self.user.details));
        typed.begun(self.fields.iter().zip(&stands))
    }
}

/// The account.
pub(in crate::console) async fn show(
    visitor: Visitor,
    id: Path<String>,
    query: Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let mut page = UserPage::of(&visitor, &id, &Typed::default()).await?;
    page.layout.saved = query.told(&visitor);
    Ok(rendered(StatusCode::OK, &page))
}

/// Lets the account say what the form says, in the version that the page showed; or shows the page once more with it.
pub(in crate::console) async fn save(id: Path<String>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    if typed.has("again") {
        return Ok(rendered(StatusCode::OK, &UserPage::of(&visitor, &id, &typed).await?));
    }
    match changed(&visitor, &id, &typed).await {
        Ok(()) => Ok(saved("/console/users", &id, "changed")),
        Err(refused) => again(&visitor, &id, &typed, refused).await,
    }
}

async fn changed(visitor: &Visitor, id: &str, typed: &Typed) -> Result<(), Problem> {
    let draft = draft(&fields(visitor, typed, None), None)?;
    visitor.service.change_user(&visitor.caller, key(id), draft, Some(typed.version())).await?;
    Ok(())
}

/// Gives the account a one-time password and shows it, in the version that the page showed: sent again, it makes no second one.
pub(in crate::console) async fn reset(id: Path<String>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    if let Some(page) = asked(&visitor, &id, "reset-password", &typed).await? {
        return Ok(page);
    }
    match visitor.service.reset_password(&visitor.caller, key(&id), Some(typed.version())).await {
        Ok((user, one_time)) => {
            let mut page = shown_once(&visitor, &user, one_time);
            page.carried = UserPage::of(&visitor, &id, &typed).await?.begun(&visitor, &typed);
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(refused) => not_again(&visitor, &id, &typed, refused).await,
    }
}

/// The account once more, with why no password was made.
async fn not_again(visitor: &Visitor, id: &str, typed: &Typed, refused: ServiceError) -> Result<HttpResponse, Problem> {
    let mut page = UserPage::of(visitor, id, typed).await?;
    page.told = told_once(visitor, refused, &mut page.fields)?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Does one of the other things with the account; what was typed stands there still.
pub(in crate::console) async fn act(path: Path<(String, String)>, form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let ((id, deed), visitor, typed) = (path.into_inner(), form.visitor, form.sent);
    if let Some(page) = asked(&visitor, &id, &deed, &typed).await? {
        return Ok(page);
    }
    match done(&visitor, &deed, &id, typed.version()).await {
        Ok(true) => went_well(&visitor, &id, &deed, &typed).await,
        Ok(false) => Err(Problem::of(&kinds::NOT_FOUND)),
        Err(error) => again(&visitor, &id, &typed, error).await,
    }
}

/// The page that asks before access is taken away, and whether it is meant.
async fn asked(visitor: &Visitor, id: &str, deed: &str, typed: &Typed) -> Result<Option<HttpResponse>, Problem> {
    let (asks, about, does) = match deed {
        "reset-password" => ("users.reset_asks", "users.reset_about", "users.reset"),
        "remove-second-factor" => ("users.remove_factor_asks", "users.remove_factor_about", "users.remove_factor"),
        "end-sessions" => ("users.end_sessions_asks", "users.end_sessions_about", "users.end_sessions"),
        "deactivate" => ("users.deactivate_asks", "users.deactivate_about", "users.deactivate"),
        _ => return Ok(None),
    };
    let user = visitor.service.user(&visitor.caller, key(id)).await?;
    let of = (Place::Users, user.details.display_name.as_str(), format!("/console/users/{}", user.id));
    Ok(Question { asks, about, does }.unless_asked(visitor, of, typed))
}

async fn went_well(visitor: &Visitor, id: &str, deed: &str, typed: &Typed) -> Result<HttpResponse, Problem> {
    let mut page = UserPage::of(visitor, id, typed).await?;
    if page.begun(visitor, typed).is_empty() {
        return Ok(saved("/console/users", id, deed));
    }
    page.layout.saved = told(visitor, deed);
    Ok(rendered(StatusCode::OK, &page))
}

/// Does it; false where there is no such deed.
async fn done(visitor: &Visitor, deed: &str, id: &str, seen: i64) -> Result<bool, ServiceError> {
    let (service, caller, key) = (&visitor.service, &visitor.caller, key(id));
    match deed {
        "activate" => drop(service.set_user_active(caller, key, true, Some(seen)).await?),
        "deactivate" => drop(service.set_user_active(caller, key, false, Some(seen)).await?),
        "remove-second-factor" => drop(service.remove_second_factor(caller, key).await?),
        "end-sessions" => drop(service.end_user_sessions(caller, key).await?),
        "unlock" => {
            let user = service.user(caller, key).await?;
            service.unlock_sign_in(caller, &user.username).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The account once more, with what was typed and why nothing was done.
async fn again(
    visitor: &Visitor,
    id: &str,
    typed: &Typed,
    refused: impl Into<Problem>,
) -> Result<HttpResponse, Problem> {
    let mut page = UserPage::of(visitor, id, typed).await?;
    page.told = visitor.told(refused, &mut page.fields)?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn key(id: &str) -> UserKey {
    UserKey::Id(text::id(id))
}

fn deeds(visitor: &Visitor, user: &User, held_up: bool) -> Vec<DeedLine> {
    let own = if user.id == visitor.caller.actor.id { Some("users.own_account") } else { None };
    let unless = |holds: bool, key: &'static str| if holds { None } else { Some(key) };
    let line = |deed: &str, name: &'static str, about: &'static str, blocked: Option<&'static str>| {
        DeedLine::new(visitor, format!("/console/users/{}/{deed}", user.id), name, about, blocked)
    };
    let has_factor = user.second_factor_since.is_some();
    vec![
        line("reset-password", "users.reset", "users.reset_about", own),
        line(
            "remove-second-factor",
            "users.remove_factor",
            "users.remove_factor_about",
            own.or(unless(has_factor, "users.no_factor")),
        ),
        line("end-sessions", "users.end_sessions", "users.end_sessions_about", None),
        line("unlock", "users.unlock", "users.unlock_about", unless(held_up, "users.not_held_up")),
        match user.active {
            true => line("deactivate", "users.deactivate", "users.deactivate_about", None),
            false => line("activate", "users.activate", "users.activate_about", None),
        },
    ]
}
