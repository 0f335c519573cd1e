//! Callers and what they may see: staff see their outlet, other systems the cases they submitted.

use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::cases::case::Case;
use crate::service::base::error::ServiceError;

/// A signed-in member of staff, or another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is on the timeline, with roles and outlet.
    pub actor: Actor,
    /// What another system may do; `None` for staff, whose roles decide.
    pub scopes: Option<Vec<Scope>>,
}

/// Roles that work on cases. Administrators run the system and see no case: least privilege.
const CASE_ROLES: &[Role] = &[Role::Clerk, Role::Producer, Role::Supervisor, Role::Auditor];

/// Account id of the hall itself on timelines: what no person and no system did.
pub const HALL_ID: &str = "casehall";
/// Its name there.
pub const HALL_NAME: &str = "Casehall";

impl Caller {
    /// The hall itself, which acts in no role.
    pub(in crate::service) fn hall() -> Self {
        Self::hall_with(Vec::new())
    }

    /// The hall itself, in the roles of an action that its workflow has it take.
    pub(in crate::service) fn hall_with(roles: Vec<Role>) -> Self {
        let actor = Actor { id: HALL_ID.to_owned(), name: HALL_NAME.to_owned(), roles, outlet: None };
        Self { actor, scopes: None }
    }

    /// Whoever runs the program on its own machine, where no one has signed in; on timelines it is the hall itself.
    pub fn operator() -> Self {
        Self::hall_with(vec![Role::Supervisor])
    }

    /// The client id, where another system calls.
    pub fn client_id(&self) -> Option<&str> {
        self.scopes.is_some().then_some(self.actor.id.as_str())
    }

    /// Refuses a system without the scope and staff without any role on cases.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn require(&self, scope: Scope) -> Result<(), ServiceError> {
        if self.may(scope) { Ok(()) } else { Err(ServiceError::NotPermitted(scope.code())) }
    }

    /// Refuses other systems: anybody of the staff may, in whatever role.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn require_staff(&self) -> Result<(), ServiceError> {
        if self.scopes.is_none() { Ok(()) } else { Err(ServiceError::NotPermitted("staff")) }
    }

    /// Whether a system has the scope, or a member of staff any role on cases.
    pub fn may(&self, scope: Scope) -> bool {
        match &self.scopes {
            Some(scopes) => scopes.contains(&scope),
            None => self.actor.has_any(CASE_ROLES),
        }
    }

    /// Whether the caller may see a case.
    pub fn sees(&self, case: &Case) -> bool {
        match (self.client_id(), &self.actor.outlet) {
            (Some(client_id), _) => case.client_id.as_deref() == Some(client_id),
            (None, Some(outlet)) => case.application.outlet == *outlet,
            (None, None) => true,
        }
    }

    /// Whether the register may name to them the cases by which a certificate is as it is, and where its medium is. The register is
    /// the whole hall's, so to all staff; other systems see only the cases that they opened.
    pub fn sees_cases_of_certificates(&self) -> bool {
        self.client_id().is_none()
    }

    /// The outlet that is asked about, where the caller may see it; their own where they have one.
    ///
    /// # Errors
    /// It is another outlet's: of that nothing is shown, as in lists.
    pub(in crate::service) fn own_outlet(&self, asked: Option<String>) -> Result<Option<String>, ServiceError> {
        match (&self.actor.outlet, asked) {
            (Some(own), Some(asked)) if *own != asked => Err(ServiceError::NotFound),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, asked) => Ok(asked),
        }
    }
}
