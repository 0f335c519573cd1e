//! Who signs in to the demo: somebody of every role, and another system. Their passwords are new at every start.

use crate::domain::accounts::account::AccountDraft;
use crate::domain::accounts::client::ClientDraft;
use crate::domain::accounts::role::{Role, Scope};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::passwords::random_secret;
use crate::service::accounts::people::users::NewUser;
use crate::startup::StartError;

/// An account of the demo.
pub(super) struct Account {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) what: &'static str,
}

/// Adds everybody, the clerk first. Whoever works at the counter belongs to the hall's default outlet.
pub(super) async fn add(service: &Service) -> Result<Vec<Account>, StartError> {
    let mut accounts = Vec::new();
    for role in Role::ALL {
        let (name, at_outlet, what) = match role {
            Role::Clerk => ("陈窗口", true, "window clerk"),
            Role::Producer => ("李制证", true, "makes certificates"),
            Role::Supervisor => ("黄督办", true, "supervises deadlines"),
            Role::Administrator => ("周管理", false, "imports the calendar"),
            Role::SecurityAdministrator => ("吴安全", false, "answers for accounts, roles and clients"),
            Role::Auditor => ("郑审计", false, "reads everything, changes nothing"),
            Role::Client => continue,
        };
        let password: String = secret()?.chars().take(16).collect();
        let username = role.code().to_owned();
        let account = AccountDraft {
            display_name: name.to_owned(),
            roles: vec![role.code().to_owned()],
            outlet: at_outlet.then(|| service.hall().default_outlet.clone()),
            all_outlets: !at_outlet,
        };
        let user = NewUser { username: username.clone(), account, password: Some(password.clone()) };
        service.add_user(&Caller::operator_as(Role::SecurityAdministrator), user).await?;
        accounts.push(Account { username, password, what });
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
    accounts.push(Account { username: "portal".to_owned(), password: secret, what });
    Ok(accounts)
}

fn secret() -> Result<String, StartError> {
    random_secret().map_err(|error| StartError::Other(error.to_string()))
}
