//! The file of a hall, in somebody's hands: its schema, its rows as literals of SQL, and what that somebody may write in the place of one.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::databases::TestDatabase;

/// A column.
pub(super) struct Column {
    pub(super) name: String,
    is_text: bool,
    may_be_null: bool,
}

/// What no program would have written there, and the database takes all the same: texts that are none, or no instant that anybody can count with,
/// and numbers as large and as small as there are.
pub(super) fn garbage(column: &Column, row: &Row) -> Vec<&'static str> {
    match row.literal(&column.name) {
        bytes if bytes.starts_with("X'") => vec!["X''", "X'00'"],
        _ if !column.is_text => vec!["-7", "9223372036854775807"],
        text if text.starts_with("'20") => {
            vec!["'zz'", "CAST(X'FF' AS TEXT)", "'-262143-01-01 00:00:00'", "'+262142-12-31'"]
        }
        _ => vec!["''", "'zz'", "CAST(X'FF' AS TEXT)"],
    }
}

/// A table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    key: Vec<String>,
}

impl Table {
    /// The condition by which a row is found.
    fn key_of(&self, row: &Row) -> String {
        let key: Vec<String> = self.key.iter().map(|name| format!("\"{name}\" = {}", row.literal(name))).collect();
        key.join(" AND ")
    }
}

/// A row: each column as a literal.
#[derive(Clone)]
pub(super) struct Row(BTreeMap<String, String>);

impl Row {
    pub(super) fn literal(&self, column: &str) -> &str {
        &self.0[column]
    }

    pub(super) fn is_null(&self, column: &str) -> bool {
        self.literal(column) == "NULL"
    }

    /// What stands there, as findings have it.
    pub(super) fn text(&self, column: &str) -> String {
        unquoted(self.literal(column))
    }

    /// What kind of row it is: whether anything stands there, where that is a secret; prints are one kind.
    pub(super) fn kind_of(&self, column: &str) -> String {
        let text = self.text(column);
        match column {
            "wrapped" => self.is_null(column).to_string(),
            _ => text.split_once("print:").map_or(text.clone(), |(_, of)| format!("print {}", of.contains(':'))),
        }
    }
}

fn unquoted(literal: &str) -> String {
    let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map_or_else(|| literal.to_owned(), |inner| inner.replace("''", "'"))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What may be written there instead: what stands in another row, something near, and nothing.
pub(super) fn alterations(column: &Column, row: &Row, rows: &[Row]) -> Vec<String> {
    let now = row.literal(&column.name);
    let mut others = rows.iter().map(|other| other.literal(&column.name));
    let other = others.rfind(|other| *other != now && *other != "NULL");
    let nothing = (column.may_be_null && now != "NULL").then(|| "NULL".to_owned());
    other.map(str::to_owned).into_iter().chain([near(column, now)]).chain(nothing).collect()
}

/// Something else of the same form.
fn near(column: &Column, now: &str) -> String {
    if now.starts_with("X'") {
        let (head, tail) = now.split_at(4);
        let flipped = if head.ends_with('0') { '1' } else { '0' };
        return format!("{}{flipped}{tail}", &head[..3]);
    }
    if !column.is_text {
        return match now {
            "NULL" => "7".to_owned(),
            "0" => "1".to_owned(),
            "1" if column.name.starts_with("is_") || ["active", "provisional", "in_force"].contains(&&*column.name) => {
                "0".to_owned()
            }
            number => (number.parse::<i64>().unwrap() + 1).to_string(),
        };
    }
    let text = unquoted(now);
    if now == "NULL" {
        let is_instant = ["_at", "_since", "_until", "_due", "_from"].iter().any(|end| column.name.ends_with(end));
        return if is_instant { "'2026-03-05 03:00:00'" } else { "'x'" }.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let is_day =
        characters.len() >= 10 && characters[4] == '-' && characters[7] == '-' && characters[0].is_ascii_digit();
    if is_day {
        // Another month, or where there is a time another hour.
        let at = if characters.len() > 12 { 12 } else { 6 };
        return quoted(&with_other(&characters, at));
    }
    if matches!(characters.first(), Some('{' | '[')) {
        // In a value, so that it stays JSON with the same members.
        let value = in_value(&characters).map(|at| with_other(&characters, at));
        return quoted(&value.unwrap_or_else(|| r#"["x"]"#.to_owned()));
    }
    let last = characters.iter().rposition(|c| c.is_ascii_alphanumeric());
    quoted(&last.map_or_else(|| format!("{text}x"), |at| with_other(&characters, at)))
}

/// The middle of the first text in JSON that is no member's name.
fn in_value(characters: &[char]) -> Option<usize> {
    let marks: Vec<usize> = (0..characters.len()).filter(|at| characters[*at] == '"').collect();
    let texts = marks.chunks_exact(2).map(|marks| (marks[0] + 1, marks[1]));
    let mut values = texts.filter(|(_, end)| characters.get(end + 1) != Some(&':'));
    values.find_map(|(start, end)| {
        let middle = (start + end) / 2;
        (middle..end).find(|at| characters[*at].is_ascii_alphanumeric())
    })
}

fn with_other(characters: &[char], at: usize) -> String {
    let other = match characters[at] {
        '9' | 'f' | 'z' => 'a',
        c if c.is_ascii_digit() && at == characters.len() - 1 && c == '0' => '1',
        '1' => '2',
        c if c.is_ascii_digit() => '1',
        'a' => 'b',
        c if c.is_ascii_uppercase() => 'Q',
        _ => 'a',
    };
    let other = if other == 'a' && characters[at] == '9' { '1' } else { other };
    characters.iter().enumerate().map(|(nth, c)| if nth == at { other } else { *c }).collect()
}

/// The file, with nothing in it any more that refuses a change.
pub(super) struct File {
    connection: SqliteConnection,
}

impl File {
    pub(super) fn open(database: &TestDatabase) -> Self {
        let mut file = Self { connection: SqliteConnection::establish(database.file().to_str().unwrap()).unwrap() };
        file.connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        for trigger in file.texts("SELECT name AS value FROM sqlite_master WHERE type = 'trigger'") {
            file.connection.batch_execute(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        file
    }

    fn texts(&mut self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Value {
            #[diesel(sql_type = Text)]
            value: String,
        }
        let rows: Vec<Value> = diesel::sql_query(sql).load(&mut self.connection).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Every table with its columns.
    pub(super) fn schema(&mut self) -> Vec<Table> {
        let names = self.texts(
            "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        );
        let table = |name: String| {
            let columns = self.texts(&format!(
                "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk AS value FROM pragma_table_info('{name}')"
            ));
            let (mut table, mut key) = (Table { name, columns: Vec::new(), key: Vec::new() }, Vec::new());
            for column in columns {
                let parts: Vec<&str> = column.split(' ').collect();
                let [name, kind, not_null, nth] = parts.as_slice() else { panic!("{column}") };
                key.extend((*nth != "0").then(|| (*name).to_owned()));
                let may_be_null = *not_null == "0" && *nth == "0";
                table.columns.push(Column { name: (*name).to_owned(), is_text: *kind == "TEXT", may_be_null });
            }
            table.key = key;
            table
        };
        names.into_iter().map(table).collect()
    }

    /// The rows of a table, but those that verifications write meanwhile.
    pub(super) fn rows(&mut self, table: &Table) -> Vec<Row> {
        let columns: Vec<String> = table.columns.iter().map(|column| format!("quote(\"{}\")", column.name)).collect();
        let sql = format!("SELECT {} AS value FROM \"{}\"", columns.join(" || char(31) || "), table.name);
        let row = |text: String| {
            let values: Vec<&str> = text.split('\u{1f}').collect();
            assert_eq!(values.len(), table.columns.len(), "{text}");
            let named = table.columns.iter().map(|column| column.name.clone());
            Row(named.zip(values.into_iter().map(str::to_owned)).collect())
        };
        self.texts(&sql).into_iter().map(row).collect()
    }

    /// Writes a value into a column, of the row or, where it is a part of the key, of one beside it; `None` where the table refuses that, or the
    /// value stands there already.
    pub(super) fn alter(
        &mut self,
        table: &Table,
        row: &Row,
        column: &Column,
        value: &str,
        beside: bool,
    ) -> Option<Row> {
        let mut altered = row.clone();
        altered.0.insert(column.name.clone(), value.to_owned());
        let is_written = match beside {
            _ if value == row.literal(&column.name) => false,
            false => self.write(table, row, &altered),
            true => table.key.contains(&column.name) && self.add(table, &altered),
        };
        is_written.then_some(altered)
    }

    /// Puts it back.
    pub(super) fn put_back(&mut self, table: &Table, altered: &Row, row: &Row, beside: bool) {
        let is_back = if beside { self.remove(table, altered) } else { self.write(table, altered, row) };
        assert!(is_back, "{}", table.name);
    }

    fn add(&mut self, table: &Table, row: &Row) -> bool {
        let (names, values): (Vec<String>, Vec<&str>) =
            row.0.iter().map(|(name, value)| (format!("\"{name}\""), value.as_str())).unzip();
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, names.join(", "), values.join(", "));
        diesel::sql_query(sql).execute(&mut self.connection).is_ok_and(|changed| changed == 1)
    }

    fn remove(&mut self, table: &Table, row: &Row) -> bool {
        let sql = format!("DELETE FROM \"{}\" WHERE {}", table.name, table.key_of(row));
        diesel::sql_query(sql).execute(&mut self.connection).is_ok_and(|changed| changed == 1)
    }

    fn write(&mut self, table: &Table, from: &Row, to: &Row) -> bool {
        let set: Vec<String> = to.0.iter().map(|(name, value)| format!("\"{name}\" = {value}")).collect();
        let sql = format!("UPDATE \"{}\" SET {} WHERE {}", table.name, set.join(", "), table.key_of(from));
        diesel::sql_query(sql).execute(&mut self.connection).is_ok_and(|changed| changed == 1)
    }
}
