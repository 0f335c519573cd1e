//! The system that is told, as the caller by whose rights events are read for it.

use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::client::Client;
use crate::domain::accounts::role::Role;
use crate::service::accounts::caller::Caller;

/// A system as a caller; none where it may read no events now.
pub(super) fn reader(client: Client) -> Option<Caller> {
    let Client { id, name, scopes, outlet, active, .. } = client;
    let actor = Actor { id, name, roles: vec![Role::Client], outlet };
    Some(Caller::new(actor, Some(scopes))).filter(|reader| active && reader.require_events().is_ok())
}
