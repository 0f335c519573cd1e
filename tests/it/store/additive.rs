//! The version before works beside this one: migrations only add, or say that they don't (docs/decisions/0027).

use std::path::Path;

/// The first migration under the rule; programs of before refuse whatever is newer than they are.
const FIRST: &str = "20261129000001";

/// What isn't known to be additive and yet is: the migration, how its statement begins, and why the version before works on.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("20261129000001", "INSERT INTO compatibility", "the table is new, and no version before knows it"),
    ("20261130000002", "DROP INDEX cases_open", "the same migration makes it again, one column wider"),
    ("20261130000014", "DROP INDEX events_of_reports", "the same migration makes it again, of more kinds"),
];

/// The statements of a migration without its comments; the body of a function or trigger is one with its head.
fn statements(sql: &str) -> Vec<String> {
    let lines =
        sql.lines().map(|line| line.split("--").next().unwrap_or_default().trim()).filter(|line| !line.is_empty());
    let (mut statements, mut current) = (Vec::new(), String::new());
    for part in lines.collect::<Vec<_>>().join(" ").split_inclusive(';') {
        current.push_str(part);
        let upper = current.to_uppercase();
        let is_open = current.matches("$$").count() % 2 == 1
            || (upper.contains("CREATE TRIGGER") && upper.contains(" BEGIN ") && !upper.trim_end().ends_with("END;"));
        if !is_open {
            statements.push(std::mem::take(&mut current).trim().trim_end_matches(';').to_owned());
        }
    }
    statements.push(current.trim().to_owned());
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// Whether a program that doesn't know of the statement goes on as before it.
fn only_adds(statement: &str, others: &[String]) -> bool {
    let words: Vec<String> = statement.split_whitespace().map(str::to_uppercase).collect();
    let starts = |with: &str| words.iter().map(String::as_str).take(with.split(' ').count()).eq(with.split(' '));
    let has = |word: &str| words.iter().any(|other| other.trim_matches(['(', ')', ',']) == word);
    let is_new = |table: &str| {
        let table = table.split('(').next().unwrap_or_default();
        let made =
            |other: &String| other.split_whitespace().nth(2).is_some_and(|name| name.eq_ignore_ascii_case(table));
        others.iter().any(|other| other.to_uppercase().starts_with("CREATE TABLE") && made(other))
    };
    let on = || {
        words.iter().position(|word| word == "ON").and_then(|at| words.get(at + 1)).is_some_and(|table| is_new(table))
    };
    if starts("CREATE TABLE") || starts("CREATE INDEX") || starts("SELECT 1") {
        return true;
    }
    // What others write must stay allowed: of an older table nothing new may be unique, checked or demanded.
    if starts("CREATE UNIQUE INDEX") || starts("CREATE TRIGGER") {
        return on();
    }
    starts("ALTER TABLE")
        && words.get(3).is_some_and(|word| word == "ADD")
        && words.get(4).is_some_and(|word| word == "COLUMN")
        && words.iter().filter(|word| *word == "ADD" || *word == "DROP" || *word == "RENAME").count() == 1
        && !["CHECK", "UNIQUE", "REFERENCES", "PRIMARY", "GENERATED"].iter().any(|word| has(word))
        && (!has("NOT") || has("DEFAULT"))
}

#[test]
fn a_migration_only_adds_or_forbids_the_database_to_the_versions_before() {
    for database in ["sqlite", "postgres"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        for migration in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
            let name = migration.file_name().unwrap().to_str().unwrap();
            let version = name.split('_').next().unwrap().replace('-', "");
            if version.as_str() < FIRST {
                continue;
            }
            let statements = statements(&std::fs::read_to_string(migration.join("up.sql")).unwrap());
            let mark = format!("UPDATE compatibility SET since = '{version}'");
            if statements.contains(&mark) {
                continue;
            }
            for statement in &statements {
                let excepted = |(of, start, why): &(&str, &str, &str)| {
                    *of == version && statement.starts_with(start) && !why.is_empty()
                };
                assert!(
                    only_adds(statement, &statements) || EXCEPTIONS.iter().any(excepted),
                    "{database}/{name}: the version before can't be trusted to go on after\n  {statement}\nAdd first and take away a \
                     version later; or forbid the database to the versions before with\n  {mark};"
                );
            }
        }
    }
}

#[test]
fn what_only_adds_is_told_from_what_the_version_before_would_stumble_over() {
    let judged = |sql: &str| {
        let all = statements(sql);
        all.iter().map(|statement| only_adds(statement, &all)).collect::<Vec<_>>()
    };
    for adds in [
        "CREATE TABLE feeds (id TEXT NOT NULL PRIMARY KEY, CHECK (id <> '')); CREATE UNIQUE INDEX feeds_by ON feeds (id);",
        "ALTER TABLE users ADD COLUMN later TEXT; -- a remark; with more",
        "ALTER TABLE users ADD COLUMN later BIGINT NOT NULL DEFAULT 1;",
        "CREATE INDEX users_by_name ON users (name)",
        "CREATE TABLE feeds (id TEXT); CREATE TRIGGER feeds_stay BEFORE UPDATE ON feeds BEGIN SELECT 1; SELECT 2; END;",
    ] {
        assert!(judged(adds).iter().all(|adds| *adds), "{adds}");
    }
    for changes in [
        "DROP TABLE users",
        "ALTER TABLE users DROP COLUMN name",
        "ALTER TABLE users RENAME COLUMN name TO title",
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE users ADD COLUMN later TEXT NOT NULL",
        "ALTER TABLE users ADD COLUMN later TEXT CHECK (later <> '')",
        "ALTER TABLE users ADD COLUMN later TEXT, DROP COLUMN name",
        "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
        "CREATE UNIQUE INDEX users_by_name ON users (name)",
        "CREATE TRIGGER users_stay BEFORE UPDATE ON users BEGIN SELECT 1; END",
        "UPDATE users SET name = ''",
        "DELETE FROM users",
    ] {
        assert_eq!(judged(changes), [false], "{changes}");
    }
}
