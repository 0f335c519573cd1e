//! Who a token of a system speaks for.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::others::Others;
use crate::service::accounts::caller::{Caller, SystemAccess};
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{self as stored, clients};

/// The system that a token speaks for; none where it isn't active.
pub(in crate::service::accounts) fn load(
    tx: &mut Tx<'_>,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Caller>, ServiceError> {
    let Some(client) = clients::find(tx, id)?.filter(|client| client.active) else { return Ok(None) };
    let others = Others::of(&client, stored::all_users(tx)?, &clients::all(tx)?);
    let system = SystemAccess { credentials: client.credentials(now), others };
    Ok(Some(Caller::system(client, Arc::new(system))))
}
