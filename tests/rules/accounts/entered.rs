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
            || code == "signed_out"
    };
    let expected: Vec<AuditKind> = AuditKind::ALL.into_iter().filter(of_rows).collect();
    let mut told = TELLING.to_vec();
    told.sort_unstable();
    assert_eq!(told, expected);
    assert!(BEGINNINGS.iter().all(|kind| TELLING.contains(kind)));
}

fn at(seconds: i64, mut entry: RecordedEntry) -> RecordedEntry {
    entry.at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    entry
}

#[test]
fn changes_are_counted_and_the_last_one_has_its_instant() {
    let own = [("everywhere", "false")];
    let mut entries = vec![
        at(0, entry(AuditKind::AccountAdded, &[])),
        at(1, entry(AuditKind::AccountDeactivated, &[])),
        at(2, entry(AuditKind::AccountActivated, &[])),
        at(3, entry(AuditKind::SignedOut, &own)),
    ];
    let (added, last) = ("1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:02.000000Z");
    let row = [("created_at", added), ("updated_at", last), ("version", "3"), ("totp_enrolled_at", "none")];
    assert_eq!(differing(&entries, &row), Some(vec![]));
    // The security administrator signs somebody out.
    entries.push(at(4, entry(AuditKind::SignedOut, &[])));
    assert_eq!(differing(&entries, &row), Some(vec!["updated_at", "version"]));
    // Of what was there before, only what its entry tells is held, until something happens.
    let found = [entry(AuditKind::AccountFound, &[("active", "true")])];
    assert_eq!(differing(&found, &[("created_at", last), ("updated_at", last), ("version", "9")]), Some(vec![]));
}

#[test]
fn the_password_before_a_reset_is_the_one_that_was_chosen_last() {
    let digest = |of: &'static str| [("credentials_digest", of)];
    let mut entries = vec![entry(AuditKind::AccountAdded, &digest("a")), entry(AuditKind::PasswordReset, &digest("b"))];
    let differs = |entries: &[RecordedEntry], former| differing(entries, &[("former_password_hash", former)]).unwrap();
    assert!(
        differs(&entries, "a").is_empty() && differs(&entries, "none").is_empty(),
        "it may have been good once only"
    );
    entries.push(entry(AuditKind::PasswordChanged, &digest("c")));
    assert_eq!(differs(&entries, "a"), ["former_password_hash"]);
    assert!(differs(&entries, "none").is_empty());
    for reset in ["d", "e"] {
        entries.push(entry(AuditKind::PasswordReset, &digest(reset)));
        assert!(differs(&entries, "c").is_empty());
        assert_eq!(differs(&entries, "none"), ["former_password_hash"]);
    }
}
