//! Every setting is told by the audit trail with its value, or there is a reason why not.

use std::collections::{BTreeMap, BTreeSet};

use casehall::configuration::settings::{DEFAULTS, Settings};
use casehall::configuration::told::NOT_TOLD;
use regex::Regex;

fn loaded(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (format!("CASEHALL__{name}"), (*value).to_owned())).collect();
    Settings::load(None, variables.into_iter()).unwrap().in_force()
}

/// Every key of the built-in file, those that are commented out, too.
fn keys() -> BTreeSet<String> {
    let (section, key) =
        (Regex::new(r"^(?:# )?\[\[?([a-z_]+)\]\]?$").unwrap(), Regex::new(r"^(# )?([a-z][a-z0-9_.-]*) = ").unwrap());
    let (mut keys, mut within) = (BTreeSet::new(), String::new());
    for line in DEFAULTS.lines() {
        if let Some(found) = section.captures(line) {
            within = format!("{}.", &found[1]);
        } else if let Some(found) = key.captures(line) {
            keys.insert(format!("{within}{}", &found[2]));
        }
    }
    keys
}

#[test]
fn every_setting_is_told_or_there_is_a_reason_why_not() {
    let told = loaded(&[]);
    let mut keys = keys();
    // Which workflow each case type has is one value.
    assert!(keys.remove("workflows.new-certificate") && keys.insert("workflows.chosen".to_owned()));
    for key in &keys {
        let reasons: Vec<&str> = NOT_TOLD.iter().filter(|(name, _)| name == key).map(|(_, reason)| *reason).collect();
        assert_eq!(usize::from(told.contains_key(key)) + reasons.len(), 1, "{key}: told once, or one reason why not");
        assert!(reasons.iter().all(|reason| !reason.is_empty()), "{key}");
    }
    for (name, _) in NOT_TOLD {
        assert!(keys.contains(*name), "there is no setting {name}");
    }
    let sections = told.keys().filter(|name| name.contains('.'));
    for name in sections {
        assert!(keys.contains(name), "there is no setting {name}");
    }
}

#[test]
fn what_changes_is_told_by_its_own_name_and_no_secret_is() {
    let secret = "hunter2-hunter2-hunter2-hunter2";
    let url = format!("postgres://hall:{secret}@db.example/casehall");
    let variables = [
        ("DATABASE__URL", url.as_str()),
        ("MONITORING__TOKEN", secret),
        ("CRYPTOGRAPHY__DATA_KEYS", secret),
        ("HALL__FOUR_EYES", "true"),
        ("DISCLOSURES__ROLES", r#"["supervisor"]"#),
        ("SERVER__TRUSTED_PROXIES", r#"["10.0.0.0/8"]"#),
        ("BACKUPS__DIRECTORY", "kept"),
        ("BACKUPS__KEYS", "included"),
    ];
    let (before, after) = (loaded(&[]), loaded(&variables));
    assert!(after.values().all(|value| !value.contains("hunter2")), "{after:?}");
    let changed = |name: &str| (before[name].as_str(), after[name].as_str());
    assert_eq!(changed("hall.four_eyes"), ("false", "true"));
    assert_eq!(changed("disclosures.roles"), ("clerk, supervisor", "supervisor"));
    assert_eq!(changed("server.trusted_proxies"), ("-", "10.0.0.0/8"));
    assert_eq!(changed("backups.keys"), ("-", "included"));
}
