//! A command beside the hall does its one thing.

use super::{Files, Serving, init, run};

/// A calendar in which 2026 has another holiday.
fn other_calendar() -> Files {
    let files = Files::new();
    files.change("calendar/2026.toml", &[("{ date = 2026-01-02,", "{ date = 2026-01-05,")]);
    files
}

#[test]
fn a_command_with_other_settings_than_the_halls_is_stopped_where_it_decides_by_them() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    init(home, &[]);
    let serving = Serving::start(home, &[], &[("CASEHALL__HALL__CLOSES", "18:00")]);
    let arguments = ["user", "add", "wu", "--role", "administrator", "--one-time"];
    let other = run(home, &arguments, &[], "");
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.err.contains("sees other settings") && other.err.contains(": hall."), "{}", other.err);
    // The auditor is told, and may look; what was refused stands there, too.
    let looked = run(home, &["audit", "list"], &[], "");
    assert!(looked.out.contains(r#"{"command":"user add"}"#), "{}", looked.out);
    assert!(looked.code == Some(0) && looked.err.contains("sees other settings"), "{looked:?}");
    let same = run(home, &arguments, &[("CASEHALL__HALL__CLOSES", "18:00")], "");
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn a_command_needs_no_settings_of_the_instance_that_was_started_last() {
    let home = tempfile::tempdir().unwrap();
    let (home, kept) = (home.path(), home.path().join("kept"));
    init(home, &[]);
    let of_another = [("CASEHALL__WEBHOOKS__DELIVER_SECONDS", "0"), ("CASEHALL__WEBHOOKS__CONNECT_SECONDS", "9")];
    let serving = Serving::start(home, &[], &of_another);
    let directory = [("CASEHALL__BACKUPS__DIRECTORY", kept.to_str().unwrap()), ("CASEHALL__BACKUPS__KEYS", "apart")];
    for arguments in [vec!["backup"], vec!["user", "list"], vec!["verify"], vec!["retention", "--dry-run"]] {
        let done = run(home, &arguments, &directory, "");
        assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
    }
    let other = run(home, &["user", "list"], &[("CASEHALL__WEBHOOKS__ALLOW_HTTP", "true")], "");
    assert!(other.code == Some(1) && other.err.contains("webhooks.allow_http"), "{other:?}");
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn only_a_start_and_the_command_for_it_put_a_calendar_in_force() {
    let home = tempfile::tempdir().unwrap();
    let (home, files) = (home.path(), other_calendar());
    init(home, &[]);
    assert_eq!(Serving::start(home, &[], &[]).stop().0, Some(0));
    let other = ["--config-dir", files.path().to_str().unwrap()];
    let changed = || run(home, &["audit", "list", "--kind", "calendar_changed"], &[], "").out.lines().count();
    let before = changed();
    let added = run(home, &[["user", "list"].as_slice(), &other].concat(), &[], "");
    assert_eq!((added.code, changed()), (Some(0), before), "{}", added.err);
    let would = run(home, &[["calendar", "adopt", "--dry-run"].as_slice(), &other].concat(), &[], "");
    assert_eq!((would.code, changed()), (Some(0), before), "{}", would.err);
    let adopted = run(home, &[["calendar", "adopt"].as_slice(), &other].concat(), &[], "");
    assert_eq!((adopted.code, changed()), (Some(0), before + 1), "{}", adopted.err);
}
