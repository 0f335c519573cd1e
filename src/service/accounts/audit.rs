//! The audit trail's own use cases; what other use cases enter stands with them.

use crate::domain::accounts::audit::AuditEntry;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit;

impl Service {
    /// Enters what changes nothing else in the database, such as a token given to a system.
    ///
    /// # Errors
    /// The database's: then it must not happen either.
    pub(in crate::service) async fn record(&self, entry: AuditEntry) -> Result<(), ServiceError> {
        self.db.write("audit", move |tx| Ok::<_, ServiceError>(audit::append(tx, &entry)?)).await
    }
}
