//! Adding names to the index.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{Query, QueryFragment};
use diesel::sql_types::{Array, Text, Untyped};

use super::Named;
use crate::store::engine::connection::AnyConnection;
use crate::store::engine::connection::kept::Kept;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::name_parts;
use crate::store::engine::tx::Tx;

#[derive(Insertable)]
#[diesel(table_name = name_parts)]
pub(super) struct PartRow {
    pub(super) field: &'static str,
    pub(super) part: String,
    pub(super) subject_id: String,
}

pub(super) fn rows<'a>(names: impl IntoIterator<Item = Named<'a>>) -> Vec<PartRow> {
    let of_name = |(field, name, id): Named<'_>| {
        let row = move |part| PartRow { field: field.code(), part, subject_id: id.to_string() };
        field.parts(name).into_iter().map(row)
    };
    let mut rows: Vec<PartRow> = names.into_iter().flat_map(of_name).collect();
    // In the order of the key: neighbours are written to the same page. Two persons of a case may share a part.
    rows.sort_unstable_by(|one, other| {
        (one.field, &one.part, &one.subject_id).cmp(&(other.field, &other.part, &other.subject_id))
    });
    rows.dedup_by(|one, other| {
        (one.field, &one.part, &one.subject_id) == (other.field, &other.part, &other.subject_id)
    });
    rows
}

/// Adds names to the index.
pub(in crate::store) fn insert<'a>(
    tx: &mut Tx<'_>,
    names: impl IntoIterator<Item = Named<'a>>,
) -> Result<(), StoreError> {
    let rows = rows(names);
    match tx.connection() {
        // One row in a statement is kept prepared, and there is no way to go.
        AnyConnection::Sqlite(connection) if rows.len() < FEW => {
            for row in &rows {
                diesel::insert_into(name_parts::table).values(row).execute(connection)?;
            }
        }
        AnyConnection::Sqlite(connection) => {
            for rows in rows.chunks(5_000) {
                diesel::insert_into(name_parts::table).values(rows).execute(connection)?;
            }
        }
        AnyConnection::Postgres(connection) => {
            for rows in rows.chunks(50_000) {
                Kept(Parts::in_columns(rows).insertion()).load::<Entered>(connection)?;
            }
        }
    }
    Ok(())
}

/// Rows of the index by their columns: whatever their number, PostgreSQL is told of them by one text.
pub(in crate::store) struct Parts {
    fields: Vec<&'static str>,
    parts: Vec<String>,
    ids: Vec<String>,
}

impl Parts {
    /// Those of names.
    pub(in crate::store) fn of<'a>(names: impl IntoIterator<Item = Named<'a>>) -> Self {
        Self::in_columns(&rows(names))
    }

    fn in_columns(rows: &[PartRow]) -> Self {
        Self {
            fields: rows.iter().map(|row| row.field).collect(),
            parts: rows.iter().map(|row| row.part.clone()).collect(),
            ids: rows.iter().map(|row| row.subject_id.clone()).collect(),
        }
    }

    /// The statement that adds them.
    pub(in crate::store) fn insertion(&self) -> impl QueryFragment<Pg> + Query<SqlType = Untyped> + '_ {
        let insert = "INSERT INTO name_parts (field, part, subject_id) SELECT * FROM unnest($1, $2, $3)";
        let insert = diesel::sql_query(insert).bind::<Array<Text>, _>(&self.fields);
        insert.bind::<Array<Text>, _>(&self.parts).bind::<Array<Text>, _>(&self.ids)
    }
}

/// What an insertion would answer, if it were asked for anything.
#[derive(QueryableByName)]
#[diesel(table_name = name_parts)]
struct Entered {
    #[allow(dead_code)]
    field: String,
}

/// So many rows are one name's or two.
const FEW: usize = 200;
