//! The two migrations and `schema.rs` say the same: tables, columns in order, types, what may be null, keys, indexes.

use std::collections::BTreeMap;

use casehall::store::{Db, DbOptions};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::databases::TestDatabase;

/// A table as a database or `schema.rs` describes it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, type in the words of `schema.rs` (SQLite: of its storage), whether it may be null.
    columns: Vec<(String, String, bool)>,
    /// The columns of the primary key.
    key: Vec<String>,
    /// Unique indexes beside the key, each by its columns.
    unique: Vec<String>,
    /// Other indexes: name, columns, and condition.
    indexes: Vec<(String, String, String)>,
}

type Tables = BTreeMap<String, Table>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Text)]
    origin: String,
    #[diesel(sql_type = Nullable<Text>)]
    condition: Option<String>,
}

fn tables(columns: Vec<Column>, indexes: Vec<Index>, kind: impl Fn(&str) -> String) -> Tables {
    let mut tables = Tables::new();
    for column in columns {
        let table = tables.entry(column.table_name).or_default();
        table.columns.push((column.name, kind(&column.kind), column.nullable));
    }
    for index in indexes {
        let table = tables.get_mut(&index.table_name).unwrap();
        match index.origin.as_str() {
            "pk" => table.key = index.columns.split(',').map(str::to_owned).collect(),
            "u" => table.unique.push(index.columns),
            _ => table.indexes.push((index.name, index.columns, condition(index.condition.as_deref().unwrap_or("")))),
        }
    }
    for table in tables.values_mut() {
        table.unique.sort();
        table.indexes.sort();
    }
    tables
}

/// What follows WHERE, in one spelling.
fn condition(definition: &str) -> String {
    let condition = definition.split_once(" WHERE ").map_or("", |(_, condition)| condition);
    condition.replace(['(', ')'], "").replace("::text", "").to_lowercase()
}

fn of_sqlite() -> Tables {
    let database = TestDatabase::sqlite();
    drop(database.open());
    let mut connection =
        SqliteConnection::establish(database.address.sqlite_path().unwrap().to_str().unwrap()).unwrap();
    // The connections of before may still be closing.
    connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    let columns = diesel::sql_query(
        "SELECT m.name AS table_name, c.name AS name, c.type AS kind, c.\"notnull\" = 0 AS nullable
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'
         ORDER BY m.name, c.cid",
    );
    let indexes = diesel::sql_query(
        "SELECT m.name AS table_name, i.name AS name,
                CASE WHEN i.origin = 'pk' THEN 'pk' WHEN i.\"unique\" THEN 'u' ELSE 'c' END AS origin,
                (SELECT group_concat(x.name, ',' ORDER BY x.seqno) FROM pragma_index_info(i.name) x) AS columns,
                (SELECT s.sql FROM sqlite_schema s WHERE s.name = i.name) AS condition
         FROM sqlite_schema m JOIN pragma_index_list(m.name) i
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY m.name, i.name",
    );
    let mut tables =
        tables(columns.load(&mut connection).unwrap(), indexes.load(&mut connection).unwrap(), str::to_owned);
    // A key that is the row's own number needs no index.
    for (name, table) in tables.iter_mut().filter(|(_, table)| table.key.is_empty()) {
        let key = format!("SELECT m.name AS table_name, c.name AS name, c.type AS kind, 0 AS nullable
                           FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.name = '{name}' AND c.pk > 0 ORDER BY c.pk");
        let key: Vec<Column> = diesel::sql_query(key).load(&mut connection).unwrap();
        table.key = key.into_iter().map(|column| column.name).collect();
    }
    tables
}

fn of_postgres() -> Tables {
    let database = TestDatabase::empty(true);
    drop(Db::open(&database.address, DbOptions::default()).unwrap());
    let mut connection = PgConnection::establish(&database.address.to_string()).unwrap();
    let columns = diesel::sql_query(
        "SELECT table_name::text, column_name::text AS name, data_type::text AS kind, is_nullable = 'YES' AS nullable
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'
         ORDER BY table_name, ordinal_position",
    );
    let indexes = diesel::sql_query(
        "SELECT t.relname::text AS table_name, i.relname::text AS name,
                CASE WHEN x.indisprimary THEN 'pk' WHEN x.indisunique THEN 'u' ELSE 'c' END AS origin,
                (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(x.indkey) WITH ORDINALITY k(number, place)
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)::text AS columns,
                pg_get_indexdef(i.oid) AS condition
         FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
         JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_\\_diesel%' ORDER BY 1, 2",
    );
    tables(columns.load(&mut connection).unwrap(), indexes.load(&mut connection).unwrap(), |kind| {
        let name = match kind {
            "text" => "Text",
            "bigint" => "BigInt",
            "integer" => "Integer",
            "boolean" => "Bool",
            "timestamp without time zone" => "Timestamp",
            "date" => "Date",
            "bytea" => "Binary",
            other => panic!("the type {other} doesn't mean the same on both databases"),
        };
        name.to_owned()
    })
}

/// Names, types and keys as `schema.rs` has them; it knows nothing of indexes.
fn of_code() -> Tables {
    let mut tables = Tables::new();
    let mut current = String::new();
    let files = [
        include_str!("../../../src/store/engine/schema.rs"),
        include_str!("../../../src/store/feed/tables.rs"),
        include_str!("../../../src/store/certificates/usable.rs"),
        include_str!("../../../src/store/reports/days.rs"),
    ];
    for line in files.into_iter().flat_map(str::lines).map(str::trim) {
        if let Some((name, key)) = line.strip_suffix(") {").and_then(|head| head.split_once(" (")) {
            current = name.to_owned();
            tables.entry(current.clone()).or_default().key = key.split(", ").map(str::to_owned).collect();
        } else if let Some((name, kind)) = line.strip_suffix(',').and_then(|column| column.split_once(" -> ")) {
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let column = (name.to_owned(), inner.unwrap_or(kind).to_owned(), inner.is_some());
            tables.get_mut(&current).unwrap().columns.push(column);
        }
    }
    tables
}

/// What SQLite stores a type as.
fn storage(kind: &str) -> String {
    match kind {
        "Text" | "Timestamp" | "Date" => "TEXT".to_owned(),
        "BigInt" | "Integer" | "Bool" => "INTEGER".to_owned(),
        "Binary" => "BLOB".to_owned(),
        other => panic!("no storage on SQLite is agreed for {other}"),
    }
}

#[test]
fn both_databases_have_the_tables_that_the_code_expects() {
    let (code, sqlite, postgres) = (of_code(), of_sqlite(), of_postgres());
    assert!(code.len() >= 11, "the code's tables were found: {:?}", code.keys());
    let names = |tables: &Tables| tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&code), names(&sqlite));
    assert_eq!(names(&code), names(&postgres));
    for (name, expected) in &code {
        let (on_sqlite, on_postgres) = (&sqlite[name], &postgres[name]);
        assert_eq!(expected.columns, on_postgres.columns, "columns of {name} on PostgreSQL");
        let stored: Vec<_> =
            expected.columns.iter().map(|(name, kind, null)| (name.clone(), storage(kind), *null)).collect();
        assert_eq!(stored, on_sqlite.columns, "columns of {name} on SQLite");
        assert_eq!(expected.key, on_postgres.key, "key of {name} on PostgreSQL");
        assert_eq!(expected.key, on_sqlite.key, "key of {name} on SQLite");
        assert_eq!(on_sqlite.unique, on_postgres.unique, "unique columns of {name}");
        assert_eq!(on_sqlite.indexes, on_postgres.indexes, "indexes of {name}");
    }
}

#[test]
fn text_is_compared_by_its_bytes_on_postgresql_too() {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let database = TestDatabase::postgres();
    let mut connection = PgConnection::establish(&database.address.to_string()).unwrap();
    let indexed_otherwise = diesel::sql_query(
        "SELECT i.relname || '.' || a.attname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_attribute a ON a.attrelid = i.oid JOIN pg_namespace n ON n.oid = i.relnamespace
         WHERE n.nspname = 'public' AND i.relname NOT LIKE '\\_\\_diesel%' AND a.attcollation <> 0
           AND a.attcollation <> (SELECT oid FROM pg_collation WHERE collname = 'C')",
    );
    let names: Vec<String> =
        indexed_otherwise.load::<Named>(&mut connection).unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, Vec::<String>::new(), "without COLLATE \"C\" these follow the server's language");
}

#[test]
fn every_migration_can_be_taken_back() {
    let database = TestDatabase::sqlite();
    drop(database.open());
    let mut sqlite = SqliteConnection::establish(database.address.sqlite_path().unwrap().to_str().unwrap()).unwrap();
    let database = TestDatabase::empty(true);
    drop(Db::open(&database.address, DbOptions::default()).unwrap());
    let mut postgres = PgConnection::establish(&database.address.to_string()).unwrap();
    for (database, connection) in
        [("sqlite", &mut sqlite as &mut dyn SimpleConnectionObject), ("postgres", &mut postgres)]
    {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut migrations: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        migrations.sort();
        for migration in migrations.iter().rev() {
            connection.run(&std::fs::read_to_string(migration.join("down.sql")).unwrap());
        }
        for migration in &migrations {
            connection.run(&std::fs::read_to_string(migration.join("up.sql")).unwrap());
        }
    }

    /// Either connection.
    trait SimpleConnectionObject {
        fn run(&mut self, sql: &str);
    }
    impl<C: SimpleConnection> SimpleConnectionObject for C {
        fn run(&mut self, sql: &str) {
            self.batch_execute(sql).unwrap();
        }
    }
}
