//! The rows of a case that is opened, entered as the service enters them: on SQLite one by one, on PostgreSQL with one statement.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, SqliteConnection};

use crate::kept::Kept;
use crate::rows::{CaseRow, EventRow, FactRow, PartRow};
use crate::schema::{cases, events, name_parts, report_facts};

diesel::table! {
    counted_days (day) {
        day -> Date,
        mark -> Text,
    }
}

/// A case and what stands beside it.
pub(crate) struct Rows<'a> {
    pub(crate) case: &'a CaseRow,
    pub(crate) parts: &'a [PartRow],
    pub(crate) event: &'a EventRow,
    pub(crate) fact: &'a FactRow,
}

pub(crate) fn on_sqlite(connection: &mut SqliteConnection, rows: &Rows<'_>) {
    diesel::insert_into(cases::table).values(rows.case).execute(connection).unwrap();
    for row in rows.parts {
        diesel::insert_into(name_parts::table).values(row).execute(connection).unwrap();
    }
    diesel::insert_into(events::table).values(rows.event).execute(connection).unwrap();
    diesel::insert_into(report_facts::table).values(rows.fact).execute(connection).unwrap();
    diesel::delete(counted_days::table.filter(counted_days::day.eq(rows.fact.day))).execute(connection).unwrap();
}

pub(crate) fn on_postgres(connection: &mut PgConnection, rows: &Rows<'_>) {
    let column = |of: fn(&PartRow) -> &str| rows.parts.iter().map(of).collect::<Vec<&str>>();
    let parts = "INSERT INTO name_parts (field, part, subject_id) SELECT * FROM unnest($1, $2, $3)";
    let parts = diesel::sql_query(parts).bind::<Array<Text>, _>(column(|row| &row.field));
    let parts = parts.bind::<Array<Text>, _>(column(|row| &row.part));
    let entered = Kept(Entering {
        parts: parts.bind::<Array<Text>, _>(column(|row| &row.subject_id)),
        day: diesel::delete(counted_days::table.filter(counted_days::day.eq(rows.fact.day))),
        fact: diesel::insert_into(report_facts::table).values(rows.fact),
        case: diesel::insert_into(cases::table).values(rows.case),
        event: diesel::insert_into(events::table).values(rows.event).returning(events::sequence),
    });
    let written: Vec<i64> = entered.get_results(connection).unwrap();
    assert_eq!(written.len(), 1);
}

struct Entering<P, D, F, C, E> {
    parts: P,
    day: D,
    fact: F,
    case: C,
    event: E,
}

impl<P, D, F, C, E, DB: Backend> QueryFragment<DB> for Entering<P, D, F, C, E>
where
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
