//! The table of kinds in `docs/audit.md` is the vocabulary: each kind stands there once, and nothing else.

use std::collections::BTreeSet;

use casehall::domain::accounts::audit::AuditKind;

#[test]
fn the_page_about_the_trail_names_every_kind_of_entry_and_no_other() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let (_, table) = page.split_once("| kind | when |\n|---|---|\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let cells = table.lines().map(|line| line.split('|').nth(1).unwrap());
    let named: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let mut once = BTreeSet::new();
    let twice: Vec<&&str> = named.iter().filter(|kind| !once.insert(**kind)).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let known: BTreeSet<&str> = AuditKind::CODES.iter().copied().collect();
    let missing: Vec<&&str> = known.difference(&once).collect();
    let unknown: Vec<&&str> = once.difference(&known).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}; unknown: {unknown:?}");
}
