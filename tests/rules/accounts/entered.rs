//! What the audit trail says of accounts and systems.

use std::collections::BTreeMap;

use casehall::domain::accounts::audit::{AuditActor, AuditKind, RecordedEntry};
use casehall::domain::accounts::entered::{BEGINNINGS, Entered, TELLING};

fn entry(kind: AuditKind, details: &[(&str, &str)]) -> RecordedEntry {
    let details = details.iter().map(|(name, said)| ((*name).to_owned(), (*said).to_owned()));
    RecordedEntry {
        number: 1,
        kind: kind.code().to_owned(),
        at: chrono::DateTime::UNIX_EPOCH,
        by: AuditActor::default(),
        about: None,
        details: details.collect::<BTreeMap<_, _>>(),
    }
}

fn differing(entries: &[RecordedEntry], row: &[(&'static str, &str)]) -> Option<Vec<&'static str>> {
    let row = row.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Entered::by(entries).map(|entered| entered.differing(&row))
}

#[test]
fn the_last_word_on_a_column_counts() {
    let mut entries = vec![
        entry(AuditKind::AccountAdded, &[("roles", "clerk"), ("outlet", "east"), ("credentials_digest", "a")]),
        entry(AuditKind::SignedIn, &[("roles", "supervisor")]),
        entry(AuditKind::AccountChanged, &[("roles", "clerk → clerk producer")]),
        entry(AuditKind::PasswordChanged, &[("credentials_digest", "b")]),
    ];
    let row = [("roles", "clerk producer"), ("outlet", "east"), ("active", "true"), ("credentials_digest", "b")];
    assert_eq!(differing(&entries, &row), Some(vec![]));
    assert_eq!(differing(&entries, &[("roles", "supervisor"), ("active", "false")]), Some(vec!["roles", "active"]));
    entries.push(entry(AuditKind::AccountDeactivated, &[]));
    entries.push(entry(AuditKind::SecondFactorEnrolled, &[]));
    assert_eq!(
        differing(&entries, &[("active", "true"), ("second_factor", "false")]),
        Some(vec!["active", "second_factor"])
    );
}

#[test]
fn a_name_with_an_arrow_in_it_is_a_name() {
    let entries = [
        entry(AuditKind::AccountAdded, &[("display_name", "甲 → 乙")]),
        entry(AuditKind::AccountChanged, &[("display_name", "甲 → 乙 → 丙 → 丁")]),
    ];
    assert_eq!(differing(&entries, &[("display_name", "丙 → 丁")]), Some(vec![]));
    assert_eq!(differing(&entries, &[("display_name", "丁")]), Some(vec!["display_name"]));
}

#[test]
fn what_no_entry_begins_is_not_entered_and_what_none_says_does_not_differ() {
    assert_eq!(differing(&[entry(AuditKind::AccountChanged, &[("roles", "a → b")])], &[("roles", "b")]), None);
    let older = [entry(AuditKind::AccountAdded, &[("credentials_digest", "a")]), entry(AuditKind::PasswordReset, &[])];
    assert_eq!(differing(&older, &[("credentials_digest", "b"), ("outlet", "east")]), Some(vec![]));
    let found = [entry(AuditKind::SystemFound, &[("active", "false"), ("scopes", "cases:read")])];
    assert_eq!(differing(&found, &[("active", "false"), ("scopes", "cases:read")]), Some(vec![]));
    assert_eq!(differing(&found, &[("active", "true")]), Some(vec!["active"]));
}

#[test]
fn every_entry_of_an_account_or_system_that_is_no_sign_in_tells_of_it() {
    let of_rows = |kind: &AuditKind| {
        let code = kind.code();
        code.starts_with("account_")
            || code.starts_with("system_")
            || code.starts_with("password_")
            || code.starts_with("second_factor_")
    };
    let expected: Vec<AuditKind> = AuditKind::ALL.into_iter().filter(of_rows).collect();
    let mut told = TELLING.to_vec();
    told.sort_unstable();
    assert_eq!(told, expected);
    assert!(BEGINNINGS.iter().all(|kind| TELLING.contains(kind)));
}
