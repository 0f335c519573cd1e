//! What a system wrote itself it reads as it wrote it, whatever it calls it: roles stand in the place of the staff's names only.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::accounts::role::{Role, Scope};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, application, send};

on_both!(
    what_a_system_keeps_with_a_case_it_reads_as_it_sent_it,
    an_applicant_with_the_name_of_a_member_of_the_staff_keeps_it,
);

const MOST_PAIRS: usize = 20;

/// The names of all members that the description has, as far as they may be keys.
fn member_names(of: &Value, found: &mut BTreeSet<String>) {
    match of {
        Value::Object(members) => {
            let described = members.get("properties").and_then(Value::as_object);
            let is_key = |name: &&String| {
                let rest = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
                name.len() <= 40 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(rest)
            };
            found.extend(described.into_iter().flat_map(serde_json::Map::keys).filter(is_key).cloned());
            members.values().for_each(|value| member_names(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| member_names(value, found)),
        _ => {}
    }
}

/// What a system keeps: each name at least once, then any of them, with words that mean something elsewhere.
fn kept(names: &[String], words: &[&str]) -> Vec<BTreeMap<String, String>> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let config = Config { rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut all: Vec<BTreeMap<String, String>> = names
        .chunks(MOST_PAIRS)
        .enumerate()
        .map(|(at, names)| names.iter().cloned().zip(words.iter().cycle().skip(at).cloned()).collect())
        .collect();
    let word = prop_oneof![select(words.clone()), "[a-z\"\\\\{}:,\u{4E00}]{1,20}"];
    let some = proptest::collection::btree_map(select(names.to_vec()), word, 0..=MOST_PAIRS);
    all.extend((0..6).map(|_| some.new_tree(&mut runner).unwrap().current()));
    all
}

async fn label(portal: &Person<'_>, path: &str, version: i64, labels: &Value) -> Value {
    portal.put(&format!("{path}/labels"), version, labels).await.expect(200)
}

async fn what_a_system_keeps_with_a_case_it_reads_as_it_sent_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead, Scope::CasesWrite]).await;
    hall.named("zhao.counter", "赵柜员甲", &[Role::Clerk], Some(CENTER)).await;
    let mut names = BTreeSet::new();
    member_names(&hall.nobody().get("//openapi.json").await.expect(200), &mut names);
    let names: Vec<String> = names.into_iter().collect();
    for name in ["kind", "data", "by", "actor", "opened_by", "commitment", "metadata"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let words = ["assigned", "赵柜员甲", "zhao.counter", "clerk", "portal", "王经理", "null"];
    let mut all = kept(&names, &words);
    let pair = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    all.push(pair(&[("kind", "assigned"), ("data", "x"), ("commitment", "y"), ("details", "z")]));
    all.push(pair(&[("approved_by", "王经理"), ("metadata", "x")]));
    for (metadata, number) in all.iter().zip(1..) {
        let mut request = application(number);
        request["metadata"] = json!(metadata);
        let key = format!("order-{number}");
        let opened = portal.post_once("/cases", &key, &request).await.expect(201);
        assert_eq!(opened["application"]["metadata"], json!(metadata));
        assert_eq!(portal.post_once("/cases", &key, &request).await.expect(201), opened);
        let path = format!("/cases/{}", opened["acceptance_number"].as_str().unwrap());
        // Read, changed a little and put back.
        let other: BTreeMap<&String, String> = metadata.iter().map(|(key, value)| (key, format!("{value}."))).collect();
        let changed = label(&portal, &path, 1, &json!({ "reference": "赵柜员甲", "metadata": other })).await;
        assert_eq!(changed["application"]["metadata"], json!(other));
        for language in ["zh", "en"] {
            let request = portal.request(Method::GET, &path).await.header("Accept-Language", language);
            let read = send(request).await.expect(200);
            assert_eq!(read["application"]["metadata"], json!(other), "{language}");
            assert_eq!(read["application"]["reference"], "赵柜员甲");
        }
        let events = portal.get(&format!("{path}/events")).await.expect(200);
        let [first, second] = [0, 1].map(|at| &events["items"][at]["data"]);
        assert_eq!(first["application"]["metadata"], json!(metadata));
        if !metadata.is_empty() {
            assert_eq!(
                (&second["before"]["metadata"], &second["after"]["metadata"]),
                (&json!(metadata), &json!(other))
            );
        }
    }
    portal.get("/cases").await.expect(200);
}

async fn an_applicant_with_the_name_of_a_member_of_the_staff_keeps_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &Scope::ALL).await;
    let request = application(1);
    let applicant = request["applicant"]["name"].as_str().unwrap().to_owned();
    hall.named("same.name", &applicant, &[Role::Clerk], Some(CENTER)).await;
    let opened = portal.post("/cases", &request).await.expect(201);
    let letter = &opened["application"]["responsibility_letter"];
    assert_eq!((&letter["accepted_by"], &letter["recorded_by"]), (&json!(applicant), &json!("portal")));
    let events = portal.get(&format!("/cases/{}/events", opened["id"].as_str().unwrap())).await.expect(200);
    let letter = &events["items"][0]["data"]["application"]["responsibility_letter"];
    assert_eq!(letter["accepted_by"], applicant);
}
