//! Entering a case that is opened: its row, its names, its first event and its first report fact; on PostgreSQL with one statement.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::load::place;
use super::names;
use super::rows::{Due, NewCaseRow, insert};
use crate::domain::base::recorded::Recorded;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::reports::facts::Fact;
use crate::store::engine::connection::AnyConnection;
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::error::StoreError;
use crate::store::engine::events;
use crate::store::engine::schema::{cases, events as events_table, report_facts};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::Tx;
use crate::store::reports::days;
use crate::store::reports::facts::{self, FactRow};

/// Enters a new case with the events of its opening and what reports count of it.
///
/// # Errors
/// The database's.
pub fn open(
    tx: &mut Tx<'_>,
    case: &Case,
    due: Due,
    opened: &[Recorded<Event>],
    reached: &[Fact],
) -> Result<(), StoreError> {
    let is_postgres = matches!(tx.connection(), AnyConnection::Postgres(_));
    let ([first], [fact], true) = (opened, reached, is_postgres) else {
        return one_by_one(tx, case, due, opened, reached);
    };
    if !fact.defects.is_empty() {
        return one_by_one(tx, case, due, opened, reached);
    }
    let subject = Subject::Case(case.id);
    tx.is_new(subject);
    let (id, key) = (case.id.to_string(), subject.key());
    let row = NewCaseRow::of(case, due, tx.written(place(case.id), case)?)?;
    let event = events::first_row(tx, &key, subject, first)?;
    let fact = FactRow::of(&id, fact);
    let parts = names::parts(case);
    let AnyConnection::Postgres(connection) = tx.connection() else { return Ok(()) };
    let entered = Kept(Entering {
        parts: parts.insertion(),
        day: days::forgotten(fact.day),
        fact: diesel::insert_into(report_facts::table).values(&fact),
        case: diesel::insert_into(cases::table).values(&row),
        event: diesel::insert_into(events_table::table).values(&event).returning(events_table::sequence),
    });
    let written: Vec<i64> = entered.get_results(connection)?;
    events::all_written(written.len(), 1)
}

fn one_by_one(
    tx: &mut Tx<'_>,
    case: &Case,
    due: Due,
    opened: &[Recorded<Event>],
    reached: &[Fact],
) -> Result<(), StoreError> {
    insert(tx, case, due)?;
    events::append(tx, Subject::Case(case.id), opened)?;
    facts::append(tx, case.id, reached)
}

/// Insertions in one statement, which answers what that of the event answers. The names come first: their statement numbers its
/// parameters by itself.
struct Entering<P, D, F, C, E> {
    parts: P,
    /// What is kept of the day goes, since its facts are more now.
    day: D,
    fact: F,
    case: C,
    event: E,
}

impl<P, D, F, C, E, DB> QueryFragment<DB> for Entering<P, D, F, C, E>
where
    DB: diesel::backend::Backend,
    P: QueryFragment<DB>,
    D: QueryFragment<DB>,
    F: QueryFragment<DB>,
    C: QueryFragment<DB>,
    E: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("WITH of_names AS (");
        self.parts.walk_ast(pass.reborrow())?;
        pass.push_sql("), of_day AS (");
        self.day.walk_ast(pass.reborrow())?;
        pass.push_sql("), of_fact AS (");
        self.fact.walk_ast(pass.reborrow())?;
        pass.push_sql("), of_case AS (");
        self.case.walk_ast(pass.reborrow())?;
        pass.push_sql(") ");
        self.event.walk_ast(pass)
    }
}

impl<P, D, F, C, E> QueryId for Entering<P, D, F, C, E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P, D, F, C, E: Query> Query for Entering<P, D, F, C, E> {
    type SqlType = E::SqlType;
}
