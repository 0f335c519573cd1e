//! Everybody who has an account, narrowed by name, outlet and whether they may sign in.

use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

use crate::console::page::answer::Page;
use crate::console::page::dates::Dates;
use crate::console::page::forms::field::Choice;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::search_key;
use crate::http::problem::Problem;
use crate::service::accounts::people::users::User;
use crate::service::accounts::sign_in::HeldUpName;

/// Somebody on the list.
struct Row {
    id: String,
    name: String,
    username: String,
    roles: String,
    outlet: String,
    tag: Tag,
    second_factor: bool,
    signed_in: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/users/list.html", config = "src/console/askama.toml")]
struct UsersPage {
    layout: Layout,
    sought: String,
    outlets: Vec<Choice>,
    states: Vec<Choice>,
    rows: Vec<Row>,
    count: String,
}

/// Which of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::console) struct UsersQuery {
    name: String,
    outlet: String,
    state: String,
}

/// The list.
pub(in crate::console) async fn show(
    visitor: Visitor,
    query: Query<UsersQuery>,
) -> Result<Page<impl Template>, Problem> {
    let (service, caller) = (&visitor.service, &visitor.caller);
    let (users, held_up) = (service.users(caller).await?, service.held_up_names(caller).await?);
    let (all, dates) = (users.len(), visitor.dates());
    let shown = users.into_iter().filter(|user| query.takes(user));
    let rows: Vec<Row> = shown.map(|user| row(&visitor, &dates, user, &held_up)).collect();
    Ok(Page(UsersPage {
        layout: Layout::of(&visitor, visitor.messages.t("place.users").to_owned(), Place::Users),
        outlets: visitor.outlets(Some(&query.outlet)),
        states: states(&visitor, &query.state),
        count: visitor.messages.with("users.count", &[("shown", &rows.len()), ("all", &all)]),
        rows,
        sought: query.into_inner().name,
    }))
}

fn states(visitor: &Visitor, chosen: &str) -> Vec<Choice> {
    let state = |(code, key): (&str, &str)| Choice {
        value: code.to_owned(),
        name: visitor.messages.t(key).to_owned(),
        is_chosen: chosen == code,
    };
    [("active", "users.may_sign_in"), ("inactive", "users.inactive")].map(state).into()
}

impl UsersQuery {
    fn takes(&self, user: &User) -> bool {
        let key = search_key::key(&self.name);
        let is_named =
            [&user.details.display_name, &user.username].iter().any(|name| search_key::key(name).contains(&key));
        let is_there = self.outlet.is_empty() || user.details.outlet.as_deref() == Some(&self.outlet);
        is_named && is_there && (self.state.is_empty() || user.active == (self.state == "active"))
    }
}

fn row(visitor: &Visitor, dates: &Dates, user: User, held_up: &[HeldUpName]) -> Row {
    let held_up = held_up.iter().any(|name| name.username == user.username);
    Row {
        tag: standing(&user, held_up, dates),
        roles: roles(visitor, &user),
        outlet: visitor.outlet_name(user.details.outlet.as_deref()),
        second_factor: user.second_factor_since.is_some(),
        signed_in: user.signed_in_at.map(|at| dates.cell(at)),
        id: user.id,
        name: user.details.display_name,
        username: user.username,
    }
}

/// The roles of somebody in words.
pub(super) fn roles(visitor: &Visitor, user: &User) -> String {
    let names = user.details.roles.iter().map(|role| visitor.messages.of(&role.words()).to_owned());
    names.collect::<Vec<_>>().join(visitor.messages.t("list.between"))
}

/// Whether somebody can sign in, and what stands in the way.
pub(super) fn standing(user: &User, held_up: bool, dates: &Dates) -> Tag {
    let (class, key) = match user.one_time_until {
        _ if !user.active => ("off", "users.inactive"),
        _ if held_up => ("late", "users.held_up"),
        Some(until) if until <= dates.now => ("late", "users.one_time_over"),
        Some(_) => ("soon", "users.one_time"),
        None => ("ok", "users.may_sign_in"),
    };
    Tag::new(class, dates.messages.t(key).to_owned())
}
