//! What is entered in the audit trail once, by the first start of a version that knows how.

use crate::domain::accounts::audit::AuditKind;
use crate::service::base::error::ServiceError;
use crate::store::accounts::audit;
use crate::store::evidence::log;
use crate::store::{Db, Tx};

/// Enters something unless the trail has an entry of this kind, which it gets by that; of instances that start together one does it.
///
/// # Errors
/// The database's, and those of what enters.
pub(super) async fn enter_once(
    db: &Db,
    kind: AuditKind,
    enter: impl Fn(&mut Tx<'_>) -> Result<(), ServiceError> + Send + 'static,
) -> Result<(), ServiceError> {
    if db.read("entered_once", move |tx| is_entered(tx, kind)).await? {
        return Ok(());
    }
    db.write("enter_once", move |tx| {
        // Another instance may have been faster, and is waited for.
        log::lock(tx)?;
        if is_entered(tx, kind)? { Ok(()) } else { enter(tx) }
    })
    .await
}

/// Whether the trail has an entry of this kind.
pub(super) fn is_entered(tx: &mut Tx<'_>, kind: AuditKind) -> Result<bool, ServiceError> {
    Ok(audit::has(tx, kind)?)
}
