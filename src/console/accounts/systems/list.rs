//! Every system that has access.

use askama::Template;

use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::client::Client;
use crate::http::problem::Problem;

/// A system on the list.
struct Row {
    id: String,
    name: String,
    scopes: String,
    outlet: String,
    tag: Tag,
    signs_by: String,
}

#[derive(Template)]
#[template(path = "accounts/systems/list.html", config = "src/console/askama.toml")]
struct SystemsPage {
    layout: Layout,
    rows: Vec<Row>,
}

/// The list.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    let clients = visitor.service.clients(&visitor.caller).await?;
    let layout = Layout::of(&visitor, visitor.messages.t("place.systems").to_owned(), Place::Systems);
    Ok(Page(SystemsPage { rows: clients.into_iter().map(|client| row(&visitor, client)).collect(), layout }))
}

fn row(visitor: &Visitor, client: Client) -> Row {
    let (messages, now) = (visitor.messages, visitor.dates().now);
    let secrets = client.secrets.iter().filter(|secret| secret.is_live(now)).count();
    Row {
        tag: standing(visitor, &client),
        scopes: scopes(visitor, &client),
        outlet: client.outlet.as_deref().map(|code| visitor.outlet_name(Some(code))).unwrap_or_default(),
        signs_by: messages.with("systems.credentials", &[("secrets", &secrets), ("keys", &client.keys.len())]),
        id: client.id,
        name: client.name,
    }
}

/// What a system may do, in words.
pub(super) fn scopes(visitor: &Visitor, client: &Client) -> String {
    let names = client.scopes.iter().map(|scope| visitor.messages.of(&scope.words()).to_owned());
    names.collect::<Vec<_>>().join(visitor.messages.t("list.between"))
}

/// Whether a system gets tokens.
pub(super) fn standing(visitor: &Visitor, client: &Client) -> Tag {
    let (class, key) = if client.active { ("ok", "systems.active") } else { ("off", "systems.inactive") };
    Tag::new(class, visitor.messages.t(key).to_owned())
}
