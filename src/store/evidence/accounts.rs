//! Accounts and other systems as they stand in their tables and in the audit trail, in the order of their ids.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::domain::accounts::audit::AuditSubjectKind;
use crate::domain::accounts::entered::BEGINNINGS;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::tx::Tx;

/// Whose rows are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// People.
    Accounts,
    /// Other systems.
    Systems,
}

impl Holders {
    /// What entries about them call them.
    pub fn subject(self) -> AuditSubjectKind {
        match self {
            Self::Accounts => AuditSubjectKind::Account,
            Self::Systems => AuditSubjectKind::System,
        }
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Ids after one: those that have a row, and those that the trail has begun.
///
/// # Errors
/// The database's.
pub fn ids_after(tx: &mut Tx<'_>, of: Holders, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    let (table, key) = match of {
        Holders::Accounts => ("users", "id"),
        Holders::Systems => ("clients", "client_id"),
    };
    let kinds: Vec<String> = BEGINNINGS.iter().map(|kind| format!("'{}'", kind.code())).collect();
    let (kinds, subject) = (kinds.join(", "), of.subject().code());
    let query = format!(
        "SELECT {key} AS id FROM {table} WHERE {key} > $1 UNION SELECT subject_id AS id FROM audit WHERE kind IN ({kinds}) \
         AND subject_kind = '{subject}' AND subject_id > $1 ORDER BY 1 LIMIT {limit}"
    );
    let ids = on_backend!(tx, |connection| legible(diesel::sql_query(query).bind::<Text, _>(after), connection))?;
    Ok(ids.rows.into_iter().map(|row: Id| row.id).collect())
}
