//! Every column of the database is held against the record, or docs/audit.md says that it isn't, and why.
//!
//! The test goes over the schema, not over a list: in a hall with a life behind it each column is altered in one row, in ways that somebody
//! would choose who knows what stands there, and a verification names that row; so are rows put in that differ from one in a part of their
//! key. A column that is new is held, or gets a row in the table of docs/audit.md that is read here. Afterwards the row is put back as it
//! was. Of the ways in which a column can be altered a run tries a third; `COLUMNS=users.` tries all, of what begins so, and `COLUMNS=`
//! all of all.

mod file;
mod hiding;
mod life;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use casehall::service::accounts::caller::Caller;

use self::file::{Column, File, Row, Table};
use crate::databases::TestDatabase;
use crate::hall::Hall;

/// What a verification says, the evidence's findings and the database's faults.
async fn said(hall: &Hall) -> BTreeSet<String> {
    let service = &hall.running.service;
    let found = service.verify(&Caller::hall(), None).await.unwrap();
    let faults = service.check_consistency().await.unwrap().faults;
    found.findings.iter().map(ToString::to_string).chain(faults).collect()
}

/// What docs/audit.md says is held by nothing: table and column.
fn said_not_to_be_held() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string("docs/audit.md").unwrap();
    let section = text.split_once("## Columns that nothing holds").unwrap().1;
    let section = section.split_once("\n## ").unwrap().0;
    let mut all = BTreeSet::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [table, columns, why] = cells.as_slice() else { panic!("{line}") };
        assert!(why.len() > 10, "{line}: why?");
        for column in columns.split(',') {
            let is_new = all.insert((table.trim_matches('`').to_owned(), column.trim().trim_matches('`').to_owned()));
            assert!(is_new, "{table}.{column} stands there twice");
        }
    }
    all
}

/// Columns by which rows of a table are told apart, of which each kind is tried.
fn kinds(table: &str) -> &'static [&'static str] {
    match table {
        "claims" => &["kind", "holder_kind"],
        "receipt_sequences" => &["kind"],
        "name_parts" => &["field"],
        "person_keys" => &["subject_kind", "wrapped"],
        "certificate_imports" => &["state"],
        _ => &[],
    }
}

/// By what a row may be named.
fn names(table: &str, row: &Row) -> Vec<String> {
    let of = |column: &str| row.text(column);
    match table {
        "events" => vec![
            format!("(number {})", of("number")),
            format!("event {} of {} {}", of("sequence"), of("subject_kind"), of("subject_id")),
        ],
        "audit" => vec![format!("audit entry {} ", of("number"))],
        "leaves" => vec![format!("log position {} ", of("position"))],
        "seals" => vec![format!("seal {} ", of("number"))],
        "editions" => vec![format!("edition {}.{}.{} ", of("kind"), of("code"), of("edition"))],
        "calendar_years" => vec![format!("calendar_year {}.{} ", of("year"), of("edition"))],
        "calendar_state" => vec![format!("calendar {} ", of("edition"))],
        "claims" => vec![format!("claim on {} {} ", of("kind"), of("subject")), format!("{}\"", of("subject"))],
        "acceptance_sequences" => vec![format!("acceptance numbers of {}", of("day"))],
        "receipt_sequences" => vec![
            format!("numbers of {} of {} at {}:", of("kind"), of("day"), of("outlet")),
            format!("receipts of {}, {} of {}:", of("outlet"), of("kind"), of("day")),
        ],
        "report_facts" | "notice_defects" | "cash_journal" => vec![of("case_id")],
        "counted_days" => vec![of("day")],
        "former_serials" => vec![of("certificate_id")],
        // One of them is, and if none says so any more, none can be named.
        "data_keys" => vec![format!(" {}", of("id")), "data key in force".to_owned()],
        "name_parts" | "person_keys" => vec![of("subject_id")],
        "recovery_codes" => vec![format!(" {} ", of("user_id"))],
        "clients" => vec![format!("system {} ", of("client_id"))],
        _ => vec![format!(" {}", of("id"))],
    }
}

/// The rows in which a column is altered: one of each kind, and one in which something stands there, if there is one.
fn chosen<'a>(table: &'a Table, rows: &'a [Row], column: &Column) -> Vec<&'a Row> {
    let mut by_kind: BTreeMap<Vec<String>, &Row> = BTreeMap::new();
    for row in rows {
        // A key that was destroyed is of no suite any more: what stands there says nothing.
        if (table.name.as_str(), column.name.as_str()) == ("person_keys", "suite") && row.is_null("wrapped") {
            continue;
        }
        let kind = kinds(&table.name).iter().map(|kind| row.kind_of(kind)).collect();
        let known = by_kind.entry(kind).or_insert(row);
        if known.is_null(&column.name) && !row.is_null(&column.name) {
            *known = row;
        }
    }
    by_kind.into_values().collect()
}

/// Which alterations a run tries: of each column the first that the database takes, and of those after it every third.
struct Choice {
    only: Option<String>,
    seen: HashMap<String, u32>,
}

impl Choice {
    fn asked() -> Self {
        Self { only: std::env::var("COLUMNS").ok(), seen: HashMap::new() }
    }

    /// Whether a column is looked at at all.
    fn takes(&self, column: &str) -> bool {
        self.only.as_deref().is_none_or(|only| column.starts_with(only))
    }

    /// Whether this one of the alterations of a column is tried.
    fn tries(&mut self, column: &str) -> bool {
        let seen = self.seen.entry(column.to_owned()).or_default();
        *seen += 1;
        self.only.is_some() || *seen % 3 == 1
    }
}

#[tokio::test]
async fn every_column_is_held_or_said_not_to_be() {
    let (hall, not_held) = (life::lived(TestDatabase::sqlite()).await, said_not_to_be_held());
    let mut choice = Choice::asked();
    let mut file = File::open(&hall.database);
    let schema = file.schema();
    let mut stale = not_held.clone();
    let before = said(&hall).await;
    assert!(before.iter().all(|finding| finding.starts_with("trigger ")), "before anything is altered: {before:#?}");
    let (mut tries, mut wrong, began) = (0, Vec::new(), Instant::now());
    for table in &schema {
        let rows = file.rows(table);
        for column in &table.columns {
            let name = format!("{}.{}", table.name, column.name);
            if stale.remove(&(table.name.clone(), column.name.clone())) || !choice.takes(&name) {
                continue;
            }
            if rows.is_empty() {
                wrong.push(format!("{name}: the life of this hall leaves no row"));
            }
            for row in chosen(table, &rows, column) {
                for value in file::alterations(column, row, &rows) {
                    // A day without counts is counted from its facts.
                    if name == "counted_days.counts" && value == "NULL" {
                        continue;
                    }
                    // Another value in the row; and where it is a part of the key, another row beside it.
                    for beside in [false, true] {
                        let Some(altered) = file.alter(table, row, column, &value, beside) else { continue };
                        if !choice.tries(&name) {
                            file.put_back(table, &altered, row, beside);
                            continue;
                        }
                        tries += 1;
                        let found = said(&hall).await;
                        let found: Vec<&String> = found.iter().filter(|one| !before.contains(*one)).collect();
                        let by = [names(&table.name, row), names(&table.name, &altered)].concat();
                        let is_named = found.iter().any(|one| by.iter().any(|name| format!("{one} ").contains(name)));
                        if !is_named {
                            let was = row.literal(&column.name);
                            let short = |text: &str| text.chars().take(120).collect::<String>();
                            let found: Vec<String> = found.iter().map(|one| short(one)).take(4).collect();
                            let how = if beside { "beside it, " } else { "" };
                            wrong.push(format!("{name}: {} → {how}{} of {by:?}: {found:?}", short(was), short(&value)));
                        }
                        file.put_back(table, &altered, row, beside);
                    }
                }
            }
        }
    }
    println!("{tries} alterations in {:?}", began.elapsed());
    let after = said(&hall).await;
    assert_eq!(after, before, "put back as it was");
    assert!(wrong.is_empty(), "not held, and docs/audit.md doesn't say so:\n{}", wrong.join("\n"));
    assert!(stale.is_empty() || choice.only.is_some(), "docs/audit.md speaks of what there isn't: {stale:?}");
}
