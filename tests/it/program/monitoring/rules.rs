//! The alert rules and the dashboard in docs/monitoring fit what is told, and each alert has words on what to do.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use casehall::domain::accounts::role::Role;
use regex::Regex;
use serde_json::Value;

use super::{promtool, scrape, telling};
use crate::databases::TestDatabase;
use crate::hall::until;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:casehall|process)_[a-z_]+[a-z]\b").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The queries of a dashboard.
fn queries(dashboard: &Value) -> Vec<String> {
    let all = dashboard["panels"].as_array().unwrap().iter();
    let targets = all.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_rules_are_right_and_fire_when_they_should() {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        promtool(&arguments, "").unwrap_or_else(|said| panic!("{said}"));
    }
}

#[test]
fn each_query_of_the_dashboard_is_one() {
    let dashboard: Value = serde_json::from_str(&document("monitoring/dashboard.json")).unwrap();
    let queries = queries(&dashboard);
    assert!(queries.len() > 20);
    let rules = queries.iter().enumerate().map(|(number, query)| {
        let query = query.replace("$__rate_interval", "5m").replace("$instance", "a").replace('"', "\\\"");
        format!("  - {{ record: \"panel:query{number}\", expr: \"{query}\" }}\n")
    });
    let rules = format!("groups:\n- name: dashboard\n  rules:\n{}", rules.collect::<String>());
    let file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
    fs::write(file.path(), &rules).unwrap();
    promtool(&["check", "rules", file.path().to_str().unwrap()], "").unwrap_or_else(|said| panic!("{said}\n{rules}"));
}

#[tokio::test]
async fn every_metric_that_is_asked_for_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        ("BACKUPS__DIRECTORY", directory.path().to_str().unwrap()),
        ("BACKUPS__KEYS", "included"),
        ("JOBS__SWEEP_SECONDS", "1"),
        ("AUDIT__SEAL_SECONDS", "1"),
    ];
    let hall = telling(TestDatabase::sqlite(), &settings).await;
    hall.staff(Role::Clerk).await.get("/cases").await.expect(200);
    until("a backup is made", async || fs::read_dir(directory.path()).unwrap().count() > 0).await;
    let text = scrape(&hall).await;
    let types = Regex::new(r"(?m)^# TYPE (\S+) (\S+)$").unwrap();
    let told: BTreeSet<String> = types
        .captures_iter(&text)
        .flat_map(|found| {
            let name = &found[1];
            let parts: &[&str] = if &found[2] == "histogram" { &["_bucket", "_count", "_sum"] } else { &[""] };
            parts.iter().map(|part| format!("{name}{part}")).collect::<Vec<_>>()
        })
        .collect();
    let dashboard: Value = serde_json::from_str(&document("monitoring/dashboard.json")).unwrap();
    for asked in [document("monitoring/alerts.yml"), queries(&dashboard).join("\n")] {
        let unknown: Vec<String> = named(&asked).difference(&told).cloned().collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[test]
fn each_alert_has_words_on_what_to_do() {
    let (rules, operations) = (document("monitoring/alerts.yml"), document("operations.md"));
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10);
    let unknown: Vec<&&str> = alerts.iter().filter(|alert| !operations.contains(&format!("| `{alert}` |"))).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(operations.matches("| `Casehall").count(), alerts.len(), "one row each");
}
