//! Nothing that somebody writes into a column keeps a verification from naming that, and everything else.
//!
//! In a hall with a life behind it something is wrong already in the last row of many a table. Then whatever no program would write is put into each
//! column of one row of each kind, one after the other: each time what was said before is said still, but for what it says of that very row, and
//! something more. On PostgreSQL, whose columns take less, the same with dates that aren't any, and with texts and numbers of its types.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::file::{File, Row, Table, garbage};
use super::{Choice, chosen, life, names, said, said_not_to_be_held};
use crate::databases::TestDatabase;
use crate::hall::Hall;

/// What is wrong already: of the last row of a table, what stands in a column.
const WRONG: [(&str, &str, &str); 17] = [
    ("audit", "actor_name", "'x'"),
    ("calendar_years", "recorded_by", "'x'"),
    ("cash_journal", "day", "'2026-03-09'"),
    ("certificate_imports", "entered_by", "'x'"),
    ("certificates", "locked_at", "'2026-03-02 01:00:00'"),
    ("claims", "taken_at", "'2026-03-02 01:00:01'"),
    ("clients", "name", "'x'"),
    ("editions", "content_hash", "'x'"),
    ("events", "actor_name", "'x'"),
    ("leaves", "node", "X'00'"),
    ("name_parts", "part", "'x'"),
    ("person_keys", "destroyed_at", "'2026-03-02 01:00:00'"),
    ("receipt_sequences", "last", "99"),
    ("report_facts", "outlet", "'x'"),
    ("sessions", "address", "'x'"),
    ("users", "display_name", "'x'"),
    ("webhooks", "url", "'x'"),
];

/// What was said before and isn't now, but of what these name.
fn hidden(before: &BTreeSet<String>, now: &BTreeSet<String>, of: &[String]) -> Vec<String> {
    let is_of_it = |one: &str| of.iter().any(|name| format!("{one} ").contains(name));
    before.iter().filter(|one| !now.contains(*one) && !is_of_it(one)).cloned().collect()
}

/// The ids that stand in a row: of what it belongs to other words may be said.
fn ids(table: &Table, row: &Row) -> Vec<String> {
    let texts = table.columns.iter().map(|column| row.text(&column.name));
    texts.filter(|text| text.len() == 36 && text.matches('-').count() == 4).collect()
}

#[tokio::test]
async fn nothing_in_a_column_hides_anything_else() {
    let hall = life::lived(TestDatabase::sqlite()).await;
    let (mut choice, not_held) = (Choice::asked(), said_not_to_be_held());
    let mut file = File::open(&hall.database);
    let schema = file.schema();
    let sound = said(&hall).await;
    for (name, column, value) in WRONG {
        let table = schema.iter().find(|table| table.name == name).unwrap();
        let column = table.columns.iter().find(|known| known.name == column).unwrap();
        let last = file.rows(table).pop().unwrap();
        assert!(file.alter(table, &last, column, value, false).is_some(), "{name}.{}", column.name);
    }
    let before: BTreeSet<String> = said(&hall).await.difference(&sound).cloned().collect();
    assert!(before.len() >= WRONG.len(), "{before:#?}");
    let (mut tries, mut wrong) = (0, Vec::new());
    for table in &schema {
        let rows = file.rows(table);
        for column in &table.columns {
            let of = format!("{}.{}", table.name, column.name);
            if !choice.takes(&of) {
                continue;
            }
            let is_held = !not_held.contains(&(table.name.clone(), column.name.clone()));
            for row in chosen(table, &rows, column) {
                for value in garbage(column, row) {
                    let Some(altered) = file.alter(table, row, column, value, false) else { continue };
                    if !choice.tries(&of) {
                        file.put_back(table, &altered, row, false);
                        continue;
                    }
                    tries += 1;
                    let found = said(&hall).await;
                    let of = |row: &Row| if is_held { names(&table.name, row) } else { Vec::new() };
                    let of = [of(row), of(&altered), ids(table, row)].concat();
                    let name = format!("{}.{}: {} → {value}", table.name, column.name, row.literal(&column.name));
                    // What an entry says of an edition can't be held against it where nobody can read the entry.
                    let is_said = table.name == "audit" && row.text("kind") == "edition_changed";
                    let said_of = is_said.then(|| "edition ".to_owned()).into_iter().collect();
                    let lost = hidden(&before, &found, &[of.clone(), said_of].concat());
                    if !lost.is_empty() {
                        wrong.push(format!("{name} hides {lost:?}"));
                    }
                    let more: Vec<&String> =
                        found.iter().filter(|one| !before.contains(*one) && !sound.contains(*one)).collect();
                    if is_held && more.is_empty() && !before.iter().any(|one| of.iter().any(|name| one.contains(name)))
                    {
                        wrong.push(format!("{name} isn't told"));
                    }
                    file.put_back(table, &altered, row, false);
                }
            }
        }
    }
    println!("{tries} alterations");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A database of PostgreSQL, in the hands of somebody who refuses their own changes nothing.
struct Server(PgConnection);

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Server {
    fn of(hall: &Hall) -> Self {
        let mut connection = PgConnection::establish(&hall.database.address.to_string()).unwrap();
        connection.batch_execute("SET session_replication_role = replica").unwrap();
        Self(connection)
    }

    fn texts(&mut self, sql: &str) -> Vec<String> {
        let rows: Vec<Value> = diesel::sql_query(sql).load(&mut self.0).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Table, column and type of each column that takes what no program would write.
    fn columns(&mut self) -> Vec<(String, String, String)> {
        let all = self.texts(
            "SELECT table_name || ' ' || column_name || ' ' || split_part(data_type, ' ', 1) AS value FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
        );
        let parts = |text: &String| {
            let mut parts = text.split(' ').map(str::to_owned);
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
        };
        all.iter().map(parts).collect()
    }

    /// Writes a value into the first row of a table in which another one stands; with what puts it back.
    fn alter(&mut self, table: &str, column: &str, value: &str) -> Option<String> {
        let first = format!("SELECT ctid FROM {table} WHERE {column} IS NOT NULL ORDER BY {column}::text LIMIT 1");
        let old =
            self.texts(&format!("SELECT quote_literal({column}::text) AS value FROM {table} WHERE ctid = ({first})"));
        let change =
            format!("UPDATE {table} SET {column} = {value} WHERE ctid = ({first}) RETURNING ctid::text AS value");
        let place: Result<Vec<Value>, _> = diesel::sql_query(change).load(&mut self.0);
        let place = place.ok()?.pop()?.value;
        Some(format!("UPDATE {table} SET {column} = {} WHERE ctid = '{place}'", old.first()?))
    }
}

#[tokio::test]
async fn nothing_in_a_column_of_postgres_hides_anything_else() {
    let hall = life::lived(TestDatabase::postgres()).await;
    let mut choice = Choice::asked();
    let mut server = Server::of(&hall);
    let sound = said(&hall).await;
    let wrong_already = [
        "UPDATE users SET display_name = 'x' WHERE id = (SELECT max(id) FROM users)",
        "UPDATE editions SET content_hash = 'x' WHERE code = 'unlock'",
        "UPDATE audit SET actor_name = 'x' WHERE number = (SELECT max(number) - 20 FROM audit)",
        "UPDATE certificates SET locked_at = '2026-03-02 01:00:00' WHERE id = (SELECT max(id) FROM certificates)",
        "UPDATE receipt_sequences SET last = 99 WHERE kind LIKE 'print:cash_up%'",
        "UPDATE claims SET taken_at = '2026-03-02 01:00:01' WHERE subject = (SELECT max(subject) FROM claims)",
    ];
    wrong_already.iter().for_each(|sql| server.0.batch_execute(sql).unwrap());
    let before: BTreeSet<String> = said(&hall).await.difference(&sound).cloned().collect();
    assert!(before.len() >= wrong_already.len(), "{before:#?}");
    let (mut tries, mut wrong) = (0, Vec::new());
    for (table, column, kind) in server.columns() {
        let values: &[&str] = match kind.as_str() {
            "date" | "timestamp" => &["'infinity'", "'-infinity'", "'4713-01-01 BC'"],
            "integer" => &["-7", "2147483647"],
            "bigint" => &["-7", "9223372036854775807"],
            "bytea" => &["'\\x00'"],
            "text" => &["''", "'zz'"],
            _ => &[],
        };
        let of = format!("{table}.{column}");
        let values = if choice.takes(&of) { values } else { &[] };
        for value in values {
            let Some(back) = server.alter(&table, &column, value) else { continue };
            if !choice.tries(&of) {
                server.0.batch_execute(&back).unwrap();
                continue;
            }
            tries += 1;
            let lost = hidden(&before, &said(&hall).await, &[]);
            // Of what the row is about one thing may be said in the place of another.
            if lost.len() > 1 {
                wrong.push(format!("{table}.{column} → {value} hides {lost:?}"));
            }
            server.0.batch_execute(&back).unwrap();
        }
    }
    println!("{tries} alterations");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
