//! [`Kept`]: a statement that is prepared once on a connection, though diesel by itself prepares its kind anew each time.
//!
//! Only what is loaded: diesel's `execute` doesn't ask it whether to keep it, but what is inside. So a change says `RETURNING`.
//!
//! Diesel keeps no UPDATE, no `ON CONFLICT DO UPDATE` and nothing with SQL of our own, because such a statement may have another text each time. Where it
//! has one of few, preparing it again costs more than finding it by its text.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A statement that always has one of few texts.
#[derive(Debug, Clone, Copy)]
pub struct Kept<Q>(pub Q);

impl<Q, DB: Backend> QueryFragment<DB> for Kept<Q>
where
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    /// It is found by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Kept<Q> {}
