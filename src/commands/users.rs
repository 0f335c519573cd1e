//! People who sign in: what operators do with their accounts.
//!
//! The first security administrator is made here, and so is one for a hall whose only one can't sign in any more; for the rest there
//! is REST. Each command stands in the audit trail, with the operating system's user.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::terminal::{Answer, Terminal, explained, read_password};
use casehall::domain::accounts::account::AccountDraft;
use casehall::domain::accounts::role::Role;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::users::{NewUser, OneTimePassword, User, UserKey};
use casehall::startup::{Configuration, StartError};

/// What is done with them.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// List everybody who has an account.
    List,
    /// Add a user; the password is read from standard input.
    Add {
        /// Name to sign in with.
        username: String,
        /// Name on the timeline; the name to sign in with where it is left out.
        #[arg(long)]
        name: Option<String>,
        /// clerk, producer, supervisor, administrator, security_administrator or auditor; may stand several times.
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        #[command(flatten)]
        place: Place,
        /// Print a one-time password, to be changed at the first sign-in, and read none.
        #[arg(long)]
        one_time: bool,
    },
    /// Change name, roles or outlet; what isn't named stays.
    Change {
        /// Name to sign in with.
        username: String,
        /// Name on the timeline.
        #[arg(long)]
        name: Option<String>,
        /// All roles from now on; may stand several times.
        #[arg(long = "role")]
        roles: Vec<Role>,
        #[command(flatten)]
        place: Place,
    },
    /// Let nobody sign in as this user any more; sessions end.
    Deactivate {
        /// Name to sign in with.
        username: String,
    },
    /// Let the user sign in again.
    Activate {
        /// Name to sign in with.
        username: String,
    },
    /// Lift what holds up sign-ins after wrong passwords.
    Unlock {
        /// Name to sign in with.
        username: String,
    },
    /// Print a one-time password, to be changed at the next sign-in; sessions end.
    Reset {
        /// Name to sign in with.
        username: String,
        /// Remove the second factor, too, since it is lost.
        #[arg(long)]
        second_factor: bool,
    },
}

/// Where somebody works.
#[derive(Args)]
pub(crate) struct Place {
    /// The outlet that the user works in.
    #[arg(long)]
    outlet: Option<String>,
    /// The user works for the whole hall. Whoever works on cases, or audits, has an outlet or this.
    #[arg(long, conflicts_with = "outlet")]
    all_outlets: bool,
}

/// Runs a command.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    command: UserCommand,
) -> Result<Answer, StartError> {
    let service = super::service(terminal, configuration).await?;
    let operator = Caller::operator_as(Role::SecurityAdministrator);
    let key = |username: &str| UserKey::Name(username.to_owned());
    let named = |username: &str| Ok(Answer::done(json!({ "username": username })));
    match command {
        UserCommand::List => {
            let users = service.users(&operator).await.map_err(explained)?;
            users.iter().for_each(|user| terminal.say(&line(user)));
            if users.is_empty() {
                terminal.remark("There are no users yet; `casehall user add` adds one.");
            }
            let users: Vec<Value> = users.iter().map(described).collect();
            Ok(Answer::done(json!({ "users": users })))
        }
        UserCommand::Add { username, name, roles, place: Place { outlet, all_outlets }, one_time } => {
            let display_name = name.unwrap_or_else(|| username.clone());
            let account = AccountDraft { display_name, roles: codes(&roles), outlet, all_outlets };
            let password = if one_time { None } else { Some(read_password()?) };
            let new = NewUser { username: username.clone(), account, password };
            let (_, one_time) = service.add_user(&operator, new).await.map_err(explained)?;
            one_time.iter().for_each(|one_time| say_once(terminal, one_time));
            terminal.say(&format!("User {username} can sign in."));
            Ok(Answer::done(json!({ "username": username, "one_time_password": one_time.as_ref().map(once) })))
        }
        UserCommand::Change { username, name, roles, place } => {
            let user = service.user(&operator, key(&username)).await.map_err(explained)?;
            let (draft, seen) = (changed(&user, name, &roles, place), user.version);
            service.change_user(&operator, UserKey::Id(user.id), draft, Some(seen)).await.map_err(explained)?;
            terminal.say(&format!("User {username} was changed."));
            named(&username)
        }
        UserCommand::Deactivate { username } => {
            service.set_user_active(&operator, key(&username), false, None).await.map_err(explained)?;
            terminal.say(&format!("User {username} can no longer sign in."));
            named(&username)
        }
        UserCommand::Activate { username } => {
            service.set_user_active(&operator, key(&username), true, None).await.map_err(explained)?;
            terminal.say(&format!("User {username} can sign in again."));
            named(&username)
        }
        UserCommand::Unlock { username } => {
            service.unlock_sign_in(&operator, &username).await.map_err(explained)?;
            terminal.say(&format!("Nothing holds up the sign-ins of {username} any more."));
            named(&username)
        }
        UserCommand::Reset { username, second_factor } => {
            let one_time = reset(&service, &operator, key(&username), second_factor).await?;
            say_once(terminal, &one_time);
            Ok(Answer::done(json!({ "username": username, "one_time_password": once(&one_time) })))
        }
    }
}

async fn reset(
    service: &Service,
    operator: &Caller,
    key: UserKey,
    second_factor: bool,
) -> Result<OneTimePassword, StartError> {
    if second_factor {
        service.remove_second_factor(operator, key.clone()).await.map_err(explained)?;
    }
    let (_, one_time) = service.reset_password(operator, key, None).await.map_err(explained)?;
    Ok(one_time)
}

/// The account as it is, but for what was named. The whole hall stays only where it was chosen: administrators, who see no case,
/// have nothing to choose.
fn changed(user: &User, name: Option<String>, roles: &[Role], place: Place) -> AccountDraft {
    let details = user.details.clone();
    let is_named = place.outlet.is_some() || place.all_outlets;
    let was_chosen = details.outlet.is_none() && details.roles.iter().any(|role| role.sees_cases());
    AccountDraft {
        display_name: name.unwrap_or(details.display_name),
        roles: codes(if roles.is_empty() { &details.roles } else { roles }),
        outlet: if is_named { place.outlet } else { details.outlet },
        all_outlets: if is_named { place.all_outlets } else { was_chosen },
    }
}

fn codes(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.code().to_owned()).collect()
}

fn say_once(terminal: &Terminal, one_time: &OneTimePassword) {
    let until = one_time.until.format("%F %H:%M UTC");
    terminal.say(&format!(
        "one-time password {}\nIt is good until {until}, must be changed at the first sign-in, and will not be shown again.",
        one_time.password
    ));
}

fn once(one_time: &OneTimePassword) -> Value {
    json!({ "password": one_time.password, "until": one_time.until })
}

fn described(user: &User) -> Value {
    let details = &user.details;
    json!({
        "username": user.username,
        "name": details.display_name,
        "roles": codes(&details.roles),
        "outlet": details.outlet,
        "active": user.active,
        "signed_in_at": user.signed_in_at,
    })
}

/// One line for people and for `cut -f`.
fn line(user: &User) -> String {
    let details = &user.details;
    let place = details.outlet.as_deref().unwrap_or("all outlets");
    let place =
        if details.outlet.is_some() || details.roles.iter().any(|role| role.sees_cases()) { place } else { "-" };
    let state = if user.active { "active" } else { "deactivated" };
    let signed_in = user.signed_in_at.map_or_else(|| "never".to_owned(), |at| at.format("%F %H:%M UTC").to_string());
    [user.username.as_str(), &details.display_name, &codes(&details.roles).join(","), place, state, &signed_in]
        .join("\t")
}
