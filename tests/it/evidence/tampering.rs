//! Whoever holds the file changes it, and the row is named.
//!
//! Each try is one change of one row, or of two that change places, in the SQLite file, with the triggers dropped. Afterwards the file is
//! put back as it was. A thousand are tried, in two halls side by side; `EVIDENCE_TRIES` runs more, `EVIDENCE_SEED` other ones. On 2026-11-28 1,000 of
//! each of fourteen seeds were all found and named.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;
use casehall::domain::evidence::finding::{FindingKind, Place, Verification};
use casehall::service::accounts::caller::Caller;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::of_rows;
use crate::databases::TestDatabase;
use crate::hall::{Hall, all_in_order, application};

/// A table with its key, and the columns beside the key.
struct Table {
    name: &'static str,
    key: &'static str,
    columns: &'static [&'static str],
}

const TABLES: [Table; 4] = [
    Table {
        name: "events",
        key: "number",
        columns: &[
            "subject_kind",
            "subject_id",
            "sequence",
            "kind",
            "at",
            "actor_id",
            "actor_name",
            "action",
            "data",
            "hash",
        ],
    },
    Table {
        name: "audit",
        key: "number",
        columns: &[
            "kind",
            "at",
            "actor_id",
            "actor_name",
            "address",
            "system_user",
            "subject_kind",
            "subject_id",
            "details",
            "hash",
        ],
    },
    Table { name: "leaves", key: "position", columns: &["seal", "source", "number", "node"] },
    Table { name: "seals", key: "number", columns: &["at", "suite", "starts_at", "size", "note"] },
];

/// One change: what is run, and by what each row is named that it touches.
struct Change {
    table: &'static str,
    sql: String,
    rows: Vec<Vec<Place>>,
}

struct File {
    connection: SqliteConnection,
}

impl File {
    fn open(database: &TestDatabase) -> Self {
        let mut connection = SqliteConnection::establish(database.file().to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        for trigger in [
            "events_stay",
            "events_remain",
            "audit_stays",
            "audit_remains",
            "leaves_stay",
            "leaves_remain",
            "seals_stay",
            "seals_remain",
        ] {
            connection.batch_execute(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        for Table { name, .. } in TABLES {
            connection.batch_execute(&format!("CREATE TEMP TABLE kept_{name} AS SELECT * FROM main.{name}")).unwrap();
        }
        Self { connection }
    }

    /// Puts back the table that was changed, and that of the trail, in which each verification has an entry.
    fn put_back(&mut self, changed: &str) {
        let mut sql = "BEGIN IMMEDIATE;".to_owned();
        for Table { name, .. } in TABLES.iter().filter(|table| table.name == changed || table.name == "audit") {
            sql.push_str(&format!("DELETE FROM main.{name}; INSERT INTO main.{name} SELECT * FROM kept_{name};"));
        }
        self.connection.batch_execute(&format!("{sql} COMMIT;")).unwrap();
    }

    fn numbers(&mut self, sql: &str) -> Vec<i64> {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let rows: Vec<Number> = diesel::sql_query(sql).load(&mut self.connection).unwrap();
        rows.into_iter().map(|row| row.number).collect()
    }

    fn text(&mut self, sql: &str) -> Option<String> {
        #[derive(QueryableByName)]
        struct Value {
            #[diesel(sql_type = Nullable<Text>)]
            value: Option<String>,
        }
        diesel::sql_query(sql).get_result::<Value>(&mut self.connection).ok().and_then(|row| row.value)
    }

    /// By what a row may be named, as it stands now.
    fn places(&mut self, table: &Table, key: i64) -> Vec<Place> {
        match table.name {
            "events" => {
                let mut of = |column| {
                    self.text(&format!("SELECT CAST({column} AS TEXT) AS value FROM events WHERE number = {key}"))
                };
                let (kind, id, sequence) = (of("subject_kind"), of("subject_id"), of("sequence"));
                let sequence = sequence.and_then(|sequence| sequence.parse().ok());
                let subject = |number| Place::Event {
                    number,
                    subject_kind: kind.clone().unwrap_or_default(),
                    subject_id: id.clone().unwrap_or_default(),
                    sequence,
                };
                let by_number = Place::Event {
                    number: Some(key),
                    subject_kind: String::new(),
                    subject_id: String::new(),
                    sequence: None,
                };
                vec![subject(Some(key)), subject(None), by_number]
            }
            "audit" => vec![Place::Entry { number: key }],
            "leaves" => vec![Place::Leaf { position: key }],
            _ => vec![Place::Seal { number: key }],
        }
    }
}

fn change(file: &mut File, random: &mut StdRng) -> Change {
    let table = TABLES.choose(random).unwrap();
    let Table { name, key, columns } = table;
    let keys = file.numbers(&format!("SELECT {key} AS number FROM {name}"));
    let (one, other) = (*keys.choose(random).unwrap(), *keys.choose(random).unwrap());
    let column = columns.choose(random).unwrap();
    let all = columns.join(", ");
    match random.random_range(0..6) {
        0 => Change {
            table: name,
            rows: vec![file.places(table, one)],
            sql: format!("DELETE FROM {name} WHERE {key} = {one}"),
        },
        1 => {
            // A row like another one, behind all, before all, or where one was.
            let new = [keys.iter().max().unwrap() + 1, 0, -7].choose(random).copied().unwrap();
            let values: Vec<String> = columns
                .iter()
                .map(|one| if *one == "sequence" { "sequence + 1000".to_owned() } else { (*one).to_owned() })
                .collect();
            let values = if *name == "leaves" { all.replace("number", "number + 1000000") } else { values.join(", ") };
            let sql =
                format!("INSERT INTO {name} ({key}, {all}) SELECT {new}, {values} FROM {name} WHERE {key} = {one}");
            Change {
                table: name,
                sql,
                rows: vec![vec![
                    Place::Seal { number: new },
                    Place::Leaf { position: new },
                    Place::Entry { number: new },
                ]],
            }
        }
        2 => {
            // Two rows change their keys.
            let (a, b) = (file.places(table, one), file.places(table, other));
            let sql = format!(
                "UPDATE {name} SET {key} = -999 WHERE {key} = {one}; UPDATE {name} SET {key} = {one} WHERE {key} = {other};
                 UPDATE {name} SET {key} = {other} WHERE {key} = -999"
            );
            Change { table: name, sql, rows: vec![a, b] }
        }
        3 => {
            let (a, b) = (file.places(table, one), file.places(table, other));
            let sql = format!(
                "UPDATE {name} SET {column} = (SELECT k.{column} FROM kept_{name} k WHERE k.{key} = CASE {name}.{key} WHEN {one} THEN {other} ELSE {one} END)
                 WHERE {key} IN ({one}, {other})"
            );
            Change { table: name, sql, rows: vec![a, b] }
        }
        4 => {
            // The same in another spelling, or nothing.
            let value = match *column {
                "at" => [
                    "replace(at, ' ', 'T')",
                    "replace(at, ' ', 'T') || 'Z'",
                    "strftime('%Y-%m-%dT%H:%M:%S', at) || '.000000Z'",
                    "substr(at || '.000000', 1, 26)",
                    "at || '.0'",
                    "substr(at || '.000000', 1, 26) || '001'",
                    "at || ' +00:00'",
                    "julianday(at)",
                ]
                .choose(random)
                .unwrap()
                .to_string(),
                "note" => format!("replace(note, {})", ["' ', '  '", "char(10), char(13, 10)"].choose(random).unwrap()),
                "hash" | "node" => {
                    ["NULL".to_owned(), format!("{column} || x'00'"), "x''".to_owned()].choose(random).unwrap().clone()
                }
                _ => [
                    "NULL".to_owned(),
                    format!("upper({column})"),
                    format!("{column} || char(0)"),
                    format!("' ' || {column}"),
                    format!("replace({column}, ':', ': ')"),
                ]
                .choose(random)
                .unwrap()
                .clone(),
            };
            let rows = vec![file.places(table, one)];
            Change { table: name, sql: format!("UPDATE {name} SET {column} = {value} WHERE {key} = {one}"), rows }
        }
        _ => {
            let value = match *column {
                "sequence" | "seal" | "number" | "starts_at" | "size" => {
                    format!("{column} + {}", [1, -1, 40].choose(random).unwrap())
                }
                "hash" | "node" => format!("CAST(substr({column}, 1, 7) || x'00' || substr({column}, 9) AS BLOB)"),
                "source" => "CASE source WHEN 'event' THEN 'audit' ELSE 'event' END".to_owned(),
                "at" => ["replace(at, '02:', '03:')", "at || '0'", "'soon'"].choose(random).unwrap().to_string(),
                "note" => ["replace(note, '1', '2')", "note || '\n'", "''"].choose(random).unwrap().to_string(),
                _ => [format!("coalesce({column}, '') || ' '"), "'x'".to_owned(), "''".to_owned()]
                    .choose(random)
                    .unwrap()
                    .clone(),
            };
            let rows = vec![file.places(table, one)];
            Change { table: name, sql: format!("UPDATE {name} SET {column} = {value} WHERE {key} = {one}"), rows }
        }
    }
}

/// Whether a table isn't as it was kept.
fn differs(file: &mut File, table: &str) -> bool {
    let (now, before) = (format!("SELECT * FROM main.{table}"), format!("SELECT * FROM kept_{table}"));
    let lacks = |one: &str, other: &str| format!("SELECT count(*) AS number FROM ({one} EXCEPT {other})");
    file.numbers(&lacks(&now, &before)) != [0] || file.numbers(&lacks(&before, &now)) != [0]
}

fn names(found: &Verification, places: &[Place]) -> bool {
    found.findings.iter().any(|finding| places.iter().any(|place| is_same(place, &finding.place)))
}

/// An event is named by its number, or by its subject and sequence.
fn is_same(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (
            Place::Event { number: a, subject_kind: b, subject_id: c, sequence: d },
            Place::Event { number: e, subject_kind: f, subject_id: g, sequence: h },
        ) => (a.is_some() && a == e) || (d.is_some() && (b, c, d) == (f, g, h)),
        _ => one == other,
    }
}

fn asked<T: std::str::FromStr>(variable: &str, usual: T) -> T {
    std::env::var(variable).ok().and_then(|asked| asked.parse().ok()).unwrap_or(usual)
}

#[tokio::test]
async fn every_change_of_a_row_is_found_and_the_row_named() {
    let tries: usize = asked("EVIDENCE_TRIES", 1_000);
    let seed: u64 = asked("EVIDENCE_SEED", 20_261_128);
    let (one, other) = tokio::join!(all_found(seed, tries.div_ceil(2)), all_found(seed ^ 1, tries / 2));
    println!("{tries} changes found and named; {:?}", &one | &other);
}

/// Tries so many changes in a hall of its own; answers by what they were found.
async fn all_found(seed: u64, tries: usize) -> BTreeSet<FindingKind> {
    let hall = Hall::open(TestDatabase::sqlite_in_memory()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    for number in 1..3 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let id = case["id"].as_str().unwrap();
        clerk.act(id, "record_materials", &all_in_order(&case)).await.expect(200);
        clerk.act(id, "accept_materials", &json!({})).await.expect(200);
        let made =
            json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
        producer.act(id, "record_certificate", &made).await.expect(200);
        hall.staff(Role::Auditor).await.get("/me").await.expect(200);
        hall.running.service.seal().await.unwrap();
        hall.advance(chrono::Duration::minutes(1));
    }
    let mut file = File::open(&hall.database);
    let mut random = StdRng::seed_from_u64(seed);
    let (mut done, mut kinds) = (0, BTreeSet::new());
    while done < tries {
        let Change { table, sql, rows } = change(&mut file, &mut random);
        // What the table itself refuses, or what changes nothing, is no try.
        if file.connection.batch_execute(&format!("BEGIN IMMEDIATE; {sql}; COMMIT;")).is_err() {
            let _ = file.connection.batch_execute("ROLLBACK");
            continue;
        }
        if !differs(&mut file, table) {
            continue;
        }
        let inserted: Vec<Place> = if sql.starts_with("INSERT INTO events") {
            file.numbers("SELECT number FROM main.events WHERE number NOT IN (SELECT number FROM kept_events)")
                .into_iter()
                .flat_map(|number| file.places(&TABLES[0], number))
                .collect()
        } else {
            Vec::new()
        };
        let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
        let are_named = rows.iter().all(|places| names(&found, places) || names(&found, &inserted));
        assert!(are_named, "try {done} of seed {seed}: {sql}\n{:#?}\nfound {:#?}", rows, found.findings);
        kinds.extend(found.findings.iter().map(|finding| finding.kind));
        file.put_back(table);
        done += 1;
    }
    let found = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
    assert_eq!(of_rows(found), vec![], "put back as it was");
    kinds
}
