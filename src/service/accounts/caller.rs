//! Callers and what they may see: staff see their outlet, other systems the cases they submitted.

use std::net::IpAddr;
use std::sync::Arc;

use uuid::Uuid;

use super::clients::others::Others;
use super::system_user::system_user;
use crate::domain::accounts::actor::{Actor, HALL_ID, HALL_NAME, Reach};
use crate::domain::accounts::audit::AuditActor;
use crate::domain::accounts::client::Client;
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::accounts::session::Duty;
use crate::domain::cases::case::Case;
use crate::domain::cases::refusal::Refusal;
use crate::service::base::error::ServiceError;

/// A signed-in member of staff, or another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is on the timeline, with roles and outlet.
    pub actor: Actor,
    /// What another system may do; `None` for staff, whose roles decide.
    pub scopes: Option<Vec<Scope>>,
    /// The address that the call comes from; none for commands, and for the hall itself.
    pub address: Option<IpAddr>,
    /// The operating system's user, for commands.
    pub system_user: Option<String>,
    /// The session of a person who signed in.
    pub session: Option<Uuid>,
    /// What they must do before anything else.
    pub duty: Option<Duty>,
    /// By what another system is known, and what it is told of others; `None` for staff.
    pub system: Option<Arc<SystemAccess>>,
    /// What its token was got with; none for staff, and where another issuer proves who it is.
    pub credential: Option<String>,
}

/// By what another system is known now, and what it is told of others.
#[derive(Debug, PartialEq, Eq)]
pub struct SystemAccess {
    /// The credentials that its tokens may have been got with.
    pub credentials: Vec<String>,
    /// What it is told of others.
    pub others: Others,
}

/// Says in the log's line of the request, each once, whose it is, and by what.
pub(in crate::service) fn note_in_log(account: Option<&str>, session: Option<Uuid>, credential: Option<&str>) {
    let line = tracing::Span::current();
    if let Some(account) = account {
        line.record("account", account);
    }
    if let Some(session) = session {
        line.record("session", tracing::field::display(session));
    }
    if let Some(credential) = credential {
        line.record("credential", credential);
    }
}

impl Caller {
    /// Staff without `scopes`, otherwise another system; from nowhere in particular.
    pub fn new(actor: Actor, scopes: Option<Vec<Scope>>) -> Self {
        Self {
            actor,
            scopes,
            address: None,
            system_user: None,
            session: None,
            duty: None,
            system: None,
            credential: None,
        }
    }

    /// Another system.
    pub(in crate::service) fn system(client: Client, system: Arc<SystemAccess>) -> Self {
        let Client { id, name, scopes, outlet, .. } = client;
        let actor = Actor { id, name, roles: vec![Role::Client], outlet };
        Self { system: Some(system), ..Self::new(actor, Some(scopes)) }
    }

    /// Whether a token that was got with this credential speaks for the caller still.
    pub(in crate::service) fn accepts(&self, credential: Option<&str>) -> bool {
        match &self.system {
            Some(system) => credential.is_some_and(|used| system.credentials.iter().any(|known| known == used)),
            None => self.scopes.is_none(),
        }
    }

    /// The same, calling from an address.
    #[must_use]
    pub fn from_address(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// Says in the log's line of the request who calls, and by what: so a stolen session or credential is told from its holder's.
    pub(in crate::service) fn note_in_log(&self, credential: Option<&str>) {
        note_in_log(Some(&self.actor.id), self.session, credential);
    }

    /// Who it is in the audit trail.
    pub fn audit_actor(&self) -> AuditActor {
        AuditActor {
            id: self.actor.id.clone(),
            name: self.actor.name.clone(),
            address: self.address.map(|address| address.to_string()),
            system_user: self.system_user.clone(),
        }
    }

    /// The hall itself, which acts in no role.
    pub fn hall() -> Self {
        Self::hall_with(Vec::new())
    }

    /// The hall itself, in the roles of an action that its workflow has it take.
    pub(in crate::service) fn hall_with(roles: Vec<Role>) -> Self {
        let actor = Actor { id: HALL_ID.to_owned(), name: HALL_NAME.to_owned(), roles, outlet: None };
        Self::new(actor, None)
    }

    /// Whoever runs the program on its own machine, where no one has signed in; on timelines it is the hall itself,
    /// in the audit trail the operating system's user stands beside it.
    pub fn operator() -> Self {
        Self::operator_as(Role::Supervisor)
    }

    /// The same in the role that a command takes the place of.
    pub fn operator_as(role: Role) -> Self {
        Self { system_user: Some(system_user()), ..Self::hall_with(vec![role]) }
    }

    /// The same in the name of an account: on timelines it is that one.
    pub(in crate::service) fn operator_for(account: Actor) -> Self {
        Self { system_user: Some(system_user()), ..Self::new(account, None) }
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

    /// Refuses whoever has none of some roles.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`].
    pub(in crate::service) fn require_role(&self, roles: &[Role]) -> Result<(), ServiceError> {
        Refusal::unless_role(&self.actor, roles).map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// Refuses whoever hasn't a role, but for whoever runs the program on its own machine: they have the database anyway.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`].
    pub(in crate::service) fn require_role_or_operator(&self, role: Role) -> Result<(), ServiceError> {
        if self.system_user.is_some() { Ok(()) } else { self.require_role(&[role]) }
    }

    /// Refuses whoever must do something else first.
    ///
    /// # Errors
    /// [`AccountRefusal::MustFirst`].
    pub fn require_no_duty(&self) -> Result<(), ServiceError> {
        self.duty.map_or(Ok(()), |duty| Err(AccountRefusal::MustFirst(duty).into()))
    }

    /// Refuses whoever must choose a password first: what protects an account is given only to whoever holds it.
    ///
    /// # Errors
    /// [`AccountRefusal::MustFirst`]; another system.
    pub fn require_own_password(&self) -> Result<(), ServiceError> {
        match self.duty {
            Some(duty @ Duty::ChangePassword) => Err(AccountRefusal::MustFirst(duty).into()),
            _ => self.require_staff(),
        }
    }

    /// Refuses other systems: anybody of the staff may, in whatever role.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn require_staff(&self) -> Result<(), ServiceError> {
        if self.scopes.is_none() { Ok(()) } else { Err(ServiceError::NotPermitted("staff")) }
    }

    /// Refuses other systems, and staff without any role on cases.
    ///
    /// # Errors
    /// [`ServiceError::NotPermitted`].
    pub fn require_case_staff(&self) -> Result<(), ServiceError> {
        self.require_staff()?;
        self.require(Scope::CasesWrite)
    }

    /// Whether a system has the scope, or a member of staff any role on cases.
    pub fn may(&self, scope: Scope) -> bool {
        match &self.scopes {
            Some(scopes) => scopes.contains(&scope),
            None => self.actor.roles.iter().any(|role| role.sees_cases()),
        }
    }

    /// Refuses whoever may see no event: what happens to cases is told to who reads these, and what happens to certificates to who reads these.
    ///
    /// # Errors
    /// The scope that is missing.
    pub fn require_events(&self) -> Result<(), ServiceError> {
        if self.may(Scope::CertificatesRead) { Ok(()) } else { self.require(Scope::CasesRead) }
    }

    /// Whose cases the caller sees: everything that shows cases asks here.
    pub fn reach(&self) -> Reach<'_> {
        match (self.client_id(), &self.actor.outlet) {
            (Some(client_id), _) => Reach::Client(client_id),
            (None, Some(outlet)) => Reach::Outlet(outlet),
            (None, None) => Reach::Hall,
        }
    }

    /// Whether the caller may see a case.
    pub fn sees(&self, case: &Case) -> bool {
        match self.reach() {
            Reach::Client(client_id) => case.client_id.as_deref() == Some(client_id),
            Reach::Outlet(outlet) => case.application.outlet == outlet,
            Reach::Hall => true,
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
