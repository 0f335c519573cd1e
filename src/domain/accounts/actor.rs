//! The actor of an action.

use super::role::Role;

/// Account id of the hall itself on timelines: what no person and no system did.
pub const HALL_ID: &str = "casehall";
/// Its name there.
pub const HALL_NAME: &str = "Casehall";

/// The actor of an action: a member of staff or another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Account id.
    pub id: String,
    /// Name on the timeline.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The outlet they act in; none: the whole hall.
    pub outlet: Option<String>,
}

/// Whose cases somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach<'a> {
    /// All of the hall.
    Hall,
    /// Those of an outlet.
    Outlet(&'a str),
    /// Those that another system opened.
    Client(&'a str),
}

impl Actor {
    /// Whether one of these roles is theirs.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}
