//! What acts by itself in the database: the triggers that keep the record from being changed, and whatever else a hand that can write the
//! database has put there. A trigger, rule or policy of its own can keep rows from being written, or hide them, and leaves no other trace.

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
     UNION ALL SELECT 'table ' || name, CASE strict WHEN 1 THEN 'strict' ELSE 'loose' END FROM pragma_table_list
     WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";

const OF_POSTGRES: &str = "SELECT 'trigger ' || t.tgname || ' on ' || c.relname AS name,
            t.tgenabled::text || ' ' || replace(pg_get_triggerdef(t.oid), quote_ident(n.nspname) || '.', '') || p.prosrc AS says
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND n.nspname = current_schema()
     UNION ALL SELECT 'rule ' || rulename || ' on ' || tablename, definition FROM pg_rules WHERE schemaname = current_schema()
     UNION ALL SELECT 'view ' || viewname, definition FROM pg_views WHERE schemaname = current_schema()
     UNION ALL SELECT 'row security of ' || relname, 'on' FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relrowsecurity AND n.nspname = current_schema()";

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
    let (found, expected): (Vec<Found>, Guards) = match tx.connection() {
        AnyConnection::Sqlite(sqlite) => (diesel::sql_query(OF_SQLITE).load(sqlite)?, of_new_sqlite()?.clone()),
        AnyConnection::Postgres(postgres) => (diesel::sql_query(OF_POSTGRES).load(postgres)?, of_postgres()),
    };
    let found = by_name(found);
    // A table that nobody asks does nothing.
    let acts = |name: &&String| !expected.contains_key(*name) && !name.starts_with("table ");
    let names = expected.keys().chain(found.keys().filter(acts));
    Ok(names.filter(|name| found.get(*name) != expected.get(*name)).cloned().collect())
}

fn by_name(found: Vec<Found>) -> Guards {
    found.into_iter().map(|Found { name, says }| (name, says)).collect()
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
    let made = by_name(diesel::sql_query(OF_SQLITE).load(&mut sqlite)?);
    Ok(MADE.get_or_init(|| made))
}

fn of_postgres() -> Guards {
    let says =
        |name: &str, when: &str| format!("O CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_change(){FUNCTION}");
    TRIGGERS.iter().map(|(name, table, when)| (format!("trigger {name} on {table}"), says(name, when))).collect()
}
