//! Who signs in to the demo: somebody of every role, and another system. Their passwords are new at every start.

use serde::Serialize;

use crate::console::accounts::sign_in::OfferedPerson;
use crate::domain::accounts::account::AccountDraft;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::client::ClientDraft;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::words::Words;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::passwords::random_secret;
use crate::service::accounts::people::users::NewUser;
use crate::startup::StartError;

/// An account of the demo.
#[derive(Serialize)]
pub struct Account {
    /// The name to sign in with, or the id of another system.
    pub username: String,
    /// Its id, where it is a person's.
    #[serde(skip)]
    id: String,
    /// The password, or another system's secret.
    pub password: String,
    /// What it is for.
    pub what: &'static str,
    /// Name and role of a person.
    #[serde(skip)]
    person: Option<(&'static str, Role)>,
    /// The outlet that they belong to.
    #[serde(skip)]
    outlet: Option<Words>,
}

impl Account {
    /// As the sign-in page offers them; other systems don't sign in there.
    pub(super) fn offered(&self) -> Option<OfferedPerson> {
        let (name, role) = self.person?;
        let (username, password) = (self.username.clone(), self.password.clone());
        let outlet = self.outlet.clone();
        Some(OfferedPerson { username, password, name: name.to_owned(), role: role.words(), outlet })
    }
}

/// Somebody of the demo, with these roles: what they did before the demo began is theirs.
pub(super) fn as_caller(accounts: &[Account], username: &str, roles: Vec<Role>) -> Caller {
    let found = accounts.iter().find(|account| account.username == username);
    let (id, name) = found.map_or((username, username), |account| {
        (account.id.as_str(), account.person.map_or(username, |(name, _)| name))
    });
    Caller::new(Actor { id: id.to_owned(), name: name.to_owned(), roles, outlet: None }, None)
}

/// Adds everybody, the clerk first. Whoever works at the counter belongs to the hall's default outlet.
pub(super) async fn add(service: &Service) -> Result<Vec<Account>, StartError> {
    let mut accounts = Vec::new();
    let staff = [
        (Role::Clerk, "clerk", "陈窗口", "window clerk"),
        (Role::Producer, "producer", "李制证", "makes certificates"),
        (Role::Supervisor, "supervisor", "黄督办", "supervises deadlines"),
        (Role::Supervisor, "supervisor-two", "欧阳督办", "approves what the other supervisor entered"),
        (Role::Administrator, "administrator", "周管理", "imports the calendar"),
        (Role::SecurityAdministrator, "security_administrator", "吴安全", "answers for accounts, roles and clients"),
        (Role::Auditor, "auditor", "郑审计", "reads everything, changes nothing"),
    ];
    for (role, username, name, what) in staff {
        let password: String = secret()?.chars().take(16).collect();
        let at_outlet = matches!(role, Role::Clerk | Role::Producer | Role::Supervisor);
        let hall = service.hall();
        let outlet = at_outlet.then(|| hall.outlet_or_unknown(&hall.default_outlet).words);
        let account = AccountDraft {
            display_name: name.to_owned(),
            roles: vec![role.code().to_owned()],
            outlet: at_outlet.then(|| hall.default_outlet.clone()),
            all_outlets: !at_outlet,
        };
        let user = NewUser { username: username.to_owned(), account, password: Some(password.clone()) };
        let (added, _) = service.add_user(&Caller::operator_as(Role::SecurityAdministrator), user).await?;
        accounts.push(Account {
            username: username.to_owned(),
            id: added.id,
            password,
            what,
            person: Some((name, role)),
            outlet,
        });
    }
    let portal = ClientDraft {
        client_id: "portal".to_owned(),
        name: "网上申办系统".to_owned(),
        scopes: Scope::ALL.to_vec(),
        outlet: None,
        key: None,
    };
    let added = service.add_client(&Caller::operator(), portal).await?;
    let secret = added.secret.unwrap_or_default();
    let what = "another system (client credentials)";
    let (username, id) = ("portal".to_owned(), String::new());
    accounts.push(Account { username, id, password: secret, what, person: None, outlet: None });
    Ok(accounts)
}

fn secret() -> Result<String, StartError> {
    random_secret().map_err(|error| StartError::Other(error.to_string()))
}
