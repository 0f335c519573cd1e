//! Every setting is told by the audit trail with its value, or there is a reason why not.

use std::collections::{BTreeMap, BTreeSet};

use casehall::configuration::settings::{DEFAULTS, Settings};
use casehall::configuration::told::{NOT_TOLD, OF_AN_INSTANCE, is_the_halls};
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

/// Settings by which a command beside the hall may decide; one that ends with a dot is all of a section.
const OF_THE_HALL: [&str; 17] = [
    "hall.",
    "outlets.",
    "applications.",
    "workflows.",
    "calendar.",
    "authorizations.",
    "lock_reports.",
    "openings.",
    "issuers.",
    "announcements.",
    "disclosures.",
    "retention.",
    "sessions.",
    "webhooks.most",
    "webhooks.most_of_one_system",
    "webhooks.allow_http",
    "webhooks.allowed_networks",
];

#[test]
fn every_setting_is_the_halls_or_an_instances() {
    let (told, keys) = (loaded(&[]), keys());
    let named = |list: &[&str], key: &str| {
        list.iter().any(|it| if it.ends_with('.') { key.starts_with(it) } else { key == *it })
    };
    for key in &keys {
        assert_ne!(named(&OF_THE_HALL, key), named(OF_AN_INSTANCE, key), "{key}: of the hall, or of an instance");
        let section = key.split('.').next().unwrap();
        let is_compared = is_the_halls(section) || is_the_halls(key) && told.contains_key(key);
        assert_eq!(is_compared, named(&OF_THE_HALL, key), "{key}: compared exactly where it is the hall's");
    }
    for listed in OF_AN_INSTANCE {
        assert!(keys.iter().any(|key| named(&[listed], key)), "there is no setting {listed}");
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

/// A setting that trusts two issuers, each with these clients, algorithms and scopes.
fn issuers(of_one: [&str; 3], of_other: [&str; 3]) -> String {
    let issuer = |name: &str, [clients, algorithms, scopes]: [&str; 3]| {
        format!(
            "{{ issuer = \"https://{name}.example.org\", audience = \"hall\", jwks_file = \"{name}.json\", algorithms = [{algorithms}], \
             clients = {{ {clients} }}, scopes = {{ {scopes} }} }}"
        )
    };
    format!("[{}, {}]", issuer("one", of_one), issuer("other", of_other))
}

#[test]
fn what_moves_from_one_issuer_to_another_is_told() {
    let read = "r = \"cases:read\"";
    let (eddsa, both) = ("\"EdDSA\"", "\"EdDSA\", \"RS256\"");
    let told = |of_one, of_other| loaded(&[("ISSUERS", issuers(of_one, of_other).as_str())]);
    let before = told(["a = \"sys-x\", b = \"sys-y\"", both, read], ["c = \"sys-z\"", eddsa, read]);
    for (name, after) in [
        ("issuers.clients", told(["a = \"sys-x\"", both, read], ["b = \"sys-y\", c = \"sys-z\"", eddsa, read])),
        (
            "issuers.algorithms",
            told(["a = \"sys-x\", b = \"sys-y\"", eddsa, read], ["c = \"sys-z\"", "\"RS256\", \"EdDSA\"", read]),
        ),
    ] {
        assert_ne!(before[name], after[name], "{name}");
    }
    let scopes = |of_one, of_other| told(["a = \"sys-x\"", eddsa, of_one], ["c = \"sys-z\"", eddsa, of_other]);
    let (one, other) = ("w = \"cases:write\"", "v = \"cases:open\", w = \"cases:write\"");
    let all = "r = \"cases:read\", v = \"cases:open\"";
    assert_ne!(scopes(all, one)["issuers.scopes"], scopes(read, other)["issuers.scopes"]);
}

#[test]
fn a_subject_that_looks_like_two_is_told_as_one() {
    let read = "r = \"cases:read\"";
    let told = |clients| {
        loaded(&[("ISSUERS", issuers([clients, "\"EdDSA\"", read], ["c = \"sys-z\"", "\"EdDSA\"", read]).as_str())])
    };
    let (one, two) = (told("\"a=sys-x, b\" = \"sys-y\""), told("a = \"sys-x\", b = \"sys-y\""));
    assert_ne!(one["issuers.clients"], two["issuers.clients"]);
}
