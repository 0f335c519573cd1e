//! Certificates from before that stand in the register: entered by one supervisor, approved by another.

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::certificates::import::ImportState;
use casehall::domain::certificates::registration::RegistrationDraft;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use casehall::service::certificates::certificate::CertificateAt;
use casehall::service::certificates::imports::ImportPage;
use serde_json::Value;

use super::Hall;

/// Supervisors of the whole hall, who need no account to call the service.
pub(crate) fn supervisor(id: &str) -> Caller {
    let actor = Actor { id: id.to_owned(), name: "某督办".to_owned(), roles: vec![Role::Supervisor], outlet: None };
    Caller::new(actor, None)
}

/// Enters a certificate and has it approved, by a second supervisor.
pub(crate) async fn registered(
    service: &Service,
    by: &Caller,
    draft: RegistrationDraft,
) -> Result<CertificateAt, ServiceError> {
    let entered = service.register_certificate(by, draft, None).await?.certificate;
    service.approve_registration(&supervisor("approver"), &entered.serial, entered.version, None).await
}

impl Hall {
    /// A certificate that stands in the register, in force.
    pub(crate) async fn register(&self, registration: &Value) {
        let draft = serde_json::from_value(registration.clone()).unwrap();
        registered(&self.running.service, &supervisor("registrar"), draft).await.unwrap();
    }

    /// Approves every import that waits.
    pub(crate) async fn approve_imports(&self) {
        let (service, by) = (&self.running.service, supervisor("approver"));
        let page = ImportPage { state: Some(ImportState::Waiting), after: None, limit: 200 };
        for import in service.imports(&by, page).await.unwrap().0 {
            service.approve_import(&by, import.id, None).await.unwrap();
        }
    }
}
