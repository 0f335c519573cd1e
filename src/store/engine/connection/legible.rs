//! [`legible`]: rows of which somebody may have written some so that the program can't read them.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::Error;

/// The rows of a query that can be read, and how many can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Legible<R> {
    pub(in crate::store) rows: Vec<R>,
    pub(in crate::store) unread: usize,
}

/// How something is called whose id can't be read.
pub(in crate::store) const UNREADABLE_ID: &str = "(unreadable)";

/// Loads what can be read. A row that can't be is none to the program: whoever holds rows against the record finds it missing by that, and names
/// it, and the others are looked at all the same. Whoever would act on too few rows loads them with diesel's `load`, and gets the error.
pub(in crate::store) fn legible<'conn, 'query: 'conn, Q, C, R>(
    query: Q,
    connection: &'conn mut C,
) -> QueryResult<Legible<R>>
where
    R: 'conn,
    Q: LoadQuery<'query, C, R> + 'conn,
{
    let mut found = Legible { rows: Vec::new(), unread: 0 };
    for row in query.load_iter::<R, DefaultLoadingMode>(connection)? {
        match row {
            Ok(row) => found.rows.push(row),
            Err(Error::DeserializationError(_)) => found.unread += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
