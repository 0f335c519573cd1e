//! What acts by itself in the database: the triggers that keep the record from being changed, the constraints that keep rows from
//! contradicting one another, and whatever else a hand that can write the database has put there. A trigger, rule or policy of its own can
//! keep rows from being written, or hide them, and a constraint that is gone lets in what nothing else refuses; neither leaves another trace.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::store::engine::connection::AnyConnection;
use crate::store::engine::connection::options::DbOptions;
use crate::store::engine::error::StoreError;
use crate::store::engine::migrations;
use crate::store::engine::tx::Tx;

/// What there is, by kind and name, with what it says.
type Guards = BTreeMap<String, String>;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    says: String,
}

const OF_SQLITE: &str =
    "SELECT type || ' ' || name AS name, sql AS says FROM sqlite_master WHERE type IN ('trigger', 'view') AND sql IS NOT NULL
     UNION ALL SELECT 'table ' || list.name, CASE strict WHEN 1 THEN 'strict ' ELSE 'loose ' END || sql
     FROM pragma_table_list AS list JOIN sqlite_master AS made ON made.name = list.name AND made.type = 'table'
     WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite_%' AND list.name NOT LIKE '$_$_%' ESCAPE '$'
     UNION ALL SELECT 'unique index ' || indexes.name || ' on ' || list.name, sql FROM pragma_table_list AS list, pragma_index_list(list.name) AS indexes
     JOIN sqlite_master AS made ON made.name = indexes.name WHERE list.schema = 'main' AND indexes.\"unique\" AND origin = 'c'";

const OF_POSTGRES: &str = "SELECT 'trigger ' || t.tgname || ' on ' || c.relname AS name,
            t.tgenabled::text || ' ' || replace(pg_get_triggerdef(t.oid), quote_ident(n.nspname) || '.', '') || p.prosrc AS says
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND n.nspname = current_schema()
     UNION ALL SELECT 'rule ' || rulename || ' on ' || tablename, definition FROM pg_rules WHERE schemaname = current_schema()
     UNION ALL SELECT 'view ' || viewname, definition FROM pg_views WHERE schemaname = current_schema()
     UNION ALL SELECT 'row security of ' || relname, 'on' FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relrowsecurity AND n.nspname = current_schema()";

/// Constraints and unique indexes of PostgreSQL, by kind and columns: what a condition says is written otherwise by other versions of it.
pub const CONSTRAINTS_OF_POSTGRES: &str = "SELECT 'constraint ' || con.conname || ' on ' || c.relname AS name,
            con.contype::text || CASE WHEN con.convalidated THEN ' ' ELSE ' not valid ' END || coalesce((SELECT string_agg(a.attname, ', ' ORDER BY k.place)
            FROM unnest(con.conkey) WITH ORDINALITY AS k(number, place) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number), '') AS says
     FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE con.contype IN ('c', 'f', 'p', 'u', 'x') AND n.nspname = current_schema() AND c.relname NOT LIKE '$_$_%' ESCAPE '$'
     UNION ALL SELECT 'unique index ' || c.relname || ' on ' || t.relname,
            CASE WHEN i.indisvalid THEN '' ELSE 'not valid ' END || CASE WHEN i.indpred IS NULL THEN 'whole ' ELSE 'partial ' END
            || (SELECT string_agg(coalesce(a.attname, '()'), ', ' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
                LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE i.indisunique AND n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = i.indexrelid)";

/// Those of the migrations, a line each: the name, a tab, what it says.
const CONSTRAINTS: &str = include_str!("constraints_of_postgres.txt");

/// The triggers of the migrations, as PostgreSQL tells them: name, table, and when; all are enabled and call the one function.
const TRIGGERS: [(&str, &str, &str); 9] = [
    ("audit_stays", "audit", "BEFORE DELETE OR UPDATE ON audit FOR EACH ROW"),
    ("audit_whole", "audit", "BEFORE TRUNCATE ON audit FOR EACH STATEMENT"),
    ("events_remain", "events", "BEFORE DELETE ON events FOR EACH ROW"),
    ("events_stay", "events", "BEFORE UPDATE ON events FOR EACH ROW WHEN ((old.hash IS NOT NULL))"),
    ("events_whole", "events", "BEFORE TRUNCATE ON events FOR EACH STATEMENT"),
    ("leaves_stay", "leaves", "BEFORE DELETE OR UPDATE ON leaves FOR EACH ROW"),
    ("leaves_whole", "leaves", "BEFORE TRUNCATE ON leaves FOR EACH STATEMENT"),
    ("seals_stay", "seals", "BEFORE DELETE OR UPDATE ON seals FOR EACH ROW"),
    ("seals_whole", "seals", "BEFORE TRUNCATE ON seals FOR EACH STATEMENT"),
];
const FUNCTION: &str = " BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END ";

/// The names of all that isn't as the migrations made it: changed, missing, or put there.
///
/// # Errors
/// The database's.
pub fn differences(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let (found, expected): (Guards, Guards) = match tx.connection() {
        AnyConnection::Sqlite(sqlite) => (of_sqlite(sqlite)?, of_new_sqlite()?.clone()),
        AnyConnection::Postgres(postgres) => {
            let all = format!("{OF_POSTGRES} UNION ALL {CONSTRAINTS_OF_POSTGRES}");
            (by_name(diesel::sql_query(all).load(postgres)?), of_postgres())
        }
    };
    // A table that nobody asks does nothing, such as one of a later version.
    let is_asked = |table: &str| {
        let (on, whole) = (format!(" on {table}"), format!("table {table}"));
        expected.keys().any(|known| known.ends_with(&on) || *known == whole)
    };
    let acts = |name: &&String| {
        let is_table = name.starts_with("table ");
        !is_table && !expected.contains_key(*name) && name.split_once(" on ").is_none_or(|(_, table)| is_asked(table))
    };
    let names = expected.keys().chain(found.keys().filter(acts));
    let stands = |name: &String| match (found.get(name), expected.get(name)) {
        (Some(found), Some(expected)) if name.starts_with("table ") => found == expected || only_added(found, expected),
        (found, expected) => found == expected,
    };
    Ok(names.filter(|name| !stands(name)).cloned().collect())
}

/// Whether a table of SQLite has all that it should have, and besides only columns, as a later version adds them. Those can't keep rows
/// out without a word, nor take them away.
fn only_added(found: &str, expected: &str) -> bool {
    let (found, expected) = (members(found), members(expected));
    let is_silent = |member: &String| ["CONFLICT", "CASCADE"].iter().any(|word| member.to_uppercase().contains(word));
    expected.iter().all(|member| found.contains(member))
        && found.iter().all(|member| expected.contains(member) || !is_silent(member))
}

/// What stands between the outer brackets of a table, and around them.
fn members(table: &str) -> Vec<String> {
    let (mut members, mut depth) = (vec![String::new()], 0);
    for c in table.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if (depth == 1 && ['(', ','].contains(&c)) || (depth == 0 && c == ')') {
            members.push(String::new());
        } else if let Some(last) = members.last_mut() {
            last.push(c);
        }
    }
    members
}

fn by_name(found: Vec<Found>) -> Guards {
    found.into_iter().map(|Found { name, says }| (name, says)).collect()
}

/// Those of a database of SQLite, which keeps its tables as they were typed: comments, blanks and quotes say nothing.
fn of_sqlite(sqlite: &mut SqliteConnection) -> QueryResult<Guards> {
    let bare = |line: &str| line.split("--").next().unwrap_or_default().replace([' ', '\t', '"'], "");
    let mut found: Vec<Found> = diesel::sql_query(OF_SQLITE).load(sqlite)?;
    for guard in &mut found {
        guard.says = guard.says.lines().map(bare).collect();
    }
    Ok(by_name(found))
}

/// Those of a database that was made just now.
fn of_new_sqlite() -> Result<&'static Guards, StoreError> {
    static MADE: OnceLock<Guards> = OnceLock::new();
    if let Some(made) = MADE.get() {
        return Ok(made);
    }
    let mut sqlite =
        SqliteConnection::establish(":memory:").map_err(|error| StoreError::Unavailable(error.to_string()))?;
    sqlite.batch_execute("PRAGMA foreign_keys = OFF")?;
    let mut connection = AnyConnection::Sqlite(sqlite);
    migrations::run(&mut connection, &DbOptions::default())?;
    let AnyConnection::Sqlite(mut sqlite) = connection else { return Err(StoreError::closed()) };
    let made = of_sqlite(&mut sqlite)?;
    Ok(MADE.get_or_init(|| made))
}

fn of_postgres() -> Guards {
    let says =
        |name: &str, when: &str| format!("O CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_change(){FUNCTION}");
    let triggers = TRIGGERS.iter().map(|(name, table, when)| (format!("trigger {name} on {table}"), says(name, when)));
    let constraints = CONSTRAINTS.lines().filter_map(|line| line.split_once('\t'));
    triggers.chain(constraints.map(|(name, says)| (name.to_owned(), says.to_owned()))).collect()
}
