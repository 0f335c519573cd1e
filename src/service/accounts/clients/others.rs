//! What a system is told of others: their roles in place of names and ids.
//!
//! A portal passes on what it reads; who of the staff worked on a case is no matter of its users, and a name that left the hall
//! can't be taken back.

use std::collections::HashMap;

use crate::domain::accounts::actor::{HALL_ID, HALL_NAME};
use crate::domain::accounts::client::Client;
use crate::domain::accounts::role::Role;
use crate::store::accounts::UserAccount;

/// Everybody, as one system is told of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Others {
    own: [String; 2],
    roles: HashMap<String, Role>,
}

/// Somebody, as a system is told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// As they are: the system itself, or the hall.
    Known,
    /// By their role.
    As(Role),
    /// As somebody of the staff, who has another name now.
    Staff,
}

impl Others {
    /// As a system is told of accounts and other systems.
    pub(in crate::service) fn of(reader: &Client, users: Vec<UserAccount>, clients: &[Client]) -> Self {
        let mut roles = HashMap::new();
        for UserAccount { id, display_name, roles: theirs, .. } in users {
            // Who has several roles is told by the first that works on cases.
            let role = theirs.iter().min().copied().unwrap_or(Role::Clerk);
            roles.insert(id, role);
            roles.insert(display_name, role);
        }
        let systems = clients.iter().flat_map(|client| [client.id.clone(), client.name.clone()]);
        roles.extend(systems.map(|name| (name, Role::Client)));
        Self { own: [reader.id.clone(), reader.name.clone()], roles }
    }

    /// How the system is told of whoever has this id or name.
    pub fn told(&self, id_or_name: &str) -> Told {
        if [HALL_ID, HALL_NAME].contains(&id_or_name) || self.own.iter().any(|own| own == id_or_name) {
            return Told::Known;
        }
        self.roles.get(id_or_name).map_or(Told::Staff, |role| Told::As(*role))
    }
}
