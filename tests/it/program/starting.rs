//! A start that fails puts nothing in force.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{Files, PROGRAM, Serving, init, run};

/// Another calendar, and another edition of a workflow.
fn other_files() -> Files {
    let files = Files::new();
    files.change("calendar/2026.toml", &[("{ date = 2026-01-02,", "{ date = 2026-01-05,")]);
    files.change("workflows/unlock.toml", &[("\nedition = 3", "\nedition = 4")]);
    files
}

#[test]
fn a_start_that_can_not_listen_or_has_no_keys_puts_nothing_in_force() {
    let home = tempfile::tempdir().unwrap();
    let (home, files) = (home.path(), other_files());
    init(home, &[]);
    assert_eq!(Serving::start(home, &[], &[]).stop().0, Some(0));
    let entered = |kind| run(home, &["audit", "list", "--kind", kind], &[], "").out;
    let trail = || ["settings_changed", "calendar_changed", "edition_changed"].map(entered);
    let (before, taken) = (trail(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = taken.local_addr().unwrap().to_string();
    let not_started = |variables: &[(&str, &str)], words: &str| {
        let arguments = ["serve", "--accept-moves", "1000", "--config-dir", files.path().to_str().unwrap()];
        let variables = [&[("CASEHALL__HALL__CLOSES", "18:00")], variables].concat();
        let ended = run(home, &arguments, &variables, "");
        assert!(ended.code == Some(1) && ended.err.contains(words), "{ended:?}");
    };
    let refused = |variables: &[(&str, &str)], words: &str| {
        not_started(variables, words);
        assert_eq!(trail(), before, "{words}");
    };
    let port = address.rsplit(':').next().unwrap();
    refused(&[("CASEHALL__SERVER__PORT", port)], "Choose one with [server] port");
    let metrics = [("CASEHALL__SERVER__PORT", "0"), ("CASEHALL__MONITORING__ADDRESS", address.as_str())];
    refused(&metrics, "Choose one with [monitoring] address");
    let nowhere = [("CASEHALL__SERVER__PORT", "0"), ("CASEHALL__WEBHOOKS__AUTHORITIES_FILE", "nowhere.pem")];
    refused(&nowhere, "nowhere.pem");
    let script = "ulimit -n 200; exec \"$0\" serve";
    let mut few = Command::new("/bin/sh");
    let few = few.current_dir(home).env_clear().env("CASEHALL__HALL__CLOSES", "18:00").args(["-c", script, PROGRAM]);
    let few = few.output().unwrap();
    let said = String::from_utf8_lossy(&few.stderr);
    assert!(few.status.code() == Some(1) && said.contains("needs 288 at least"), "{said}");
    assert_eq!(trail(), before);
    let keys = home.join("data/keys");
    let mut key = std::fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().path());
    let key = key.find(|path| path.extension().is_some_and(|extension| extension == "pem")).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    not_started(&[("CASEHALL__SERVER__PORT", "0")], "The signing keys can't be used");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(trail(), before);
    // What the hall was last started with is in force still, and commands with it decide.
    let added = run(home, &["user", "add", "wu", "--role", "administrator", "--one-time"], &[], "");
    assert_eq!(added.code, Some(0), "{}", added.err);
}

#[test]
fn metrics_where_the_hall_is_reached_are_a_fault_of_the_settings() {
    let home = tempfile::tempdir().unwrap();
    let checked = |host: &str, address: &str| {
        let variables = [
            ("CASEHALL__SERVER__HOST", host),
            ("CASEHALL__SERVER__PORT", "8557"),
            ("CASEHALL__MONITORING__ADDRESS", address),
            ("CASEHALL__MONITORING__TOKEN", "a-token-that-nobody-guesses"),
        ];
        run(home.path(), &["check-config"], &variables, "")
    };
    for (host, address) in [
        ("127.0.0.1", "127.0.0.1:8557"),
        ("0.0.0.0", "127.0.0.1:8557"),
        ("127.0.0.1", "[::]:8557"),
        ("localhost", "127.0.0.1:8557"),
    ] {
        let ended = checked(host, address);
        assert!(
            ended.code == Some(4) && ended.err.contains("the hall is reached there"),
            "{host} {address}: {ended:?}"
        );
    }
    for (host, address) in [("127.0.0.1", "127.0.0.1:9464"), ("0.0.0.0", "[::1]:8557"), ("10.0.0.1", "127.0.0.1:8557")]
    {
        assert_eq!(checked(host, address).code, Some(0), "{host} {address}");
    }
}

#[test]
fn a_misspelt_file_or_variable_is_named_and_not_passed_over() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let place = |name: &str| {
        let path = home.join("files").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    };
    let directory = home.join("files").display().to_string();
    let settings = home.join("files/hall.toml").display().to_string();
    let arguments = ["check-config", "--config", &settings, "--config-dir", &directory];
    let fine = [
        "hall.toml",
        "casehall.toml",
        "environment",
        ".git/x.toml",
        "README.md",
        "case-types/renew.toml~",
        "calendar/old.bak",
    ];
    fine.iter().copied().for_each(place);
    let checked = run(home, &arguments, &[], "");
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    let misspelt = ["price.toml", "workflow/renew.toml", "case-types/new-certificate.tml", "calendar/2027.toml.txt"];
    misspelt.iter().copied().for_each(place);
    let checked = run(home, &arguments, &[("CASEHALL_SERVER__PORT", "1")], "");
    assert!(checked.code == Some(4) && checked.err.contains("has 5 faults"), "{}", checked.err);
    for name in [&misspelt as &[&str], &["CASEHALL_SERVER__PORT"]].concat() {
        assert!(checked.err.contains(name), "{name}: {}", checked.err);
    }
}
