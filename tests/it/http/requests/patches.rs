//! A part of a sheet, and a part of a row: what isn't named stays as it was found. And the way it was asked before, which is deprecated.

use casehall::domain::accounts::role::Role;
use casehall::http::headers::deprecation::DEPRECATED;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, all_in_order, application, send};

on_both!(
    a_patch_of_a_row_is_what_merging_by_hand_makes_of_it,
    a_patch_never_overwrites_what_somebody_else_found,
    a_patch_of_the_sheet_records_the_rows_that_it_names,
);

const ROW: &str = "business-licence";

async fn opened(clerk: &Person<'_>, number: u32) -> (String, Value) {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    (format!("/cases/{}/materials", case["acceptance_number"].as_str().unwrap()), case)
}

fn sheet<'a>(shown: &'a Value, row: &str) -> &'a Value {
    let sheets = if shown["sheets"].is_array() { &shown["sheets"] } else { &shown["materials"]["sheets"] };
    sheets.as_array().unwrap().iter().find(|sheet| sheet["material"] == row).unwrap()
}

/// What was found, without who found it and when.
fn found(shown: &Value, row: &str) -> Value {
    let mut check = sheet(shown, row)["check"].clone();
    if let Some(check) = check.as_object_mut() {
        check.retain(|name, _| !name.starts_with("checked_"));
    }
    check
}

/// RFC 7396 by hand, as the answer shows it: what is taken away is null.
fn merged(before: &Value, patch: &Map<String, Value>) -> Value {
    let nothing = json!({ "original_sighted": false, "reason": null, "remark": null });
    let mut after = if before.is_null() { nothing } else { before.clone() };
    for (name, value) in patch {
        after[name.as_str()] = value.clone();
    }
    after
}

fn patch() -> impl Strategy<Value = Map<String, Value>> {
    let member = prop_oneof![
        (0..=5_u32).prop_map(|count| ("copies_received", json!(count))),
        (0..=5_u32).prop_map(|count| ("copies_stamped", json!(count))),
        any::<bool>().prop_map(|sighted| ("original_sighted", json!(sighted))),
        prop_oneof![Just(Value::Null), Just(json!("illegible")), Just(json!("other"))].prop_map(|why| ("reason", why)),
        prop_oneof![Just(Value::Null), Just(json!("第三份模糊")), Just(json!("边角破损"))]
            .prop_map(|text| ("remark", text)),
    ];
    let members =
        |members: Vec<(&str, Value)>| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    proptest::collection::vec(member, 0..4).prop_map(members)
}

async fn a_patch_of_a_row_is_what_merging_by_hand_makes_of_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (materials, case) = opened(&clerk, 1).await;
    let path = format!("{materials}/{ROW}");
    let config = Config { rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..Config::default() };
    let (mut runner, strategy) = (TestRunner::new(config), patch());
    let (mut shown, mut done, mut refused) = (case, 0, 0);
    for _ in 0..60 {
        let patch = strategy.new_tree(&mut runner).unwrap().current();
        let (version, before) = (sheet(&shown, ROW)["version"].as_i64().unwrap(), found(&shown, ROW));
        let expected = if patch.is_empty() { before.clone() } else { merged(&before, &patch) };
        let (received, stamped) = (&expected["copies_received"], &expected["copies_stamped"]);
        let is_counted = received.is_u64() && stamped.is_u64();
        let is_valid = is_counted
            && stamped.as_u64() <= received.as_u64()
            && (expected["reason"] != "other" || !expected["remark"].is_null());
        let answer = clerk.patch(&path, version, &Value::Object(patch.clone())).await;
        if patch.is_empty() || is_valid {
            let after = answer.expect(200);
            assert_eq!(found(&after, ROW), expected, "{patch:?} on {before}");
            let now = sheet(&after, ROW)["version"].as_i64().unwrap();
            assert_eq!(now > version, !patch.is_empty(), "nothing named is nothing recorded");
            done += 1;
        } else {
            // What would have been refused of the whole row is refused of the part, and points into what was sent.
            let mut whole = expected.clone();
            whole.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let faults = clerk.put(&path, version, &whole).await.faults();
            assert_eq!(answer.faults(), faults, "{patch:?} on {before}");
            answer.refused(422, "invalid_request");
            refused += 1;
        }
        shown = clerk.get(&materials).await.expect(200);
        if !is_valid {
            assert_eq!(found(&shown, ROW), before);
        }
    }
    assert!(done >= 20 && refused >= 5, "{done} done, {refused} refused");
}

async fn a_patch_never_overwrites_what_somebody_else_found(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let (materials, _) = opened(&clerk, 1).await;
    let path = format!("{materials}/{ROW}");
    let first = json!({ "copies_received": 3, "copies_stamped": 3, "original_sighted": true });
    clerk.patch(&path, 0, &first).await.expect(200);
    colleague.patch(&path, 0, &json!({ "remark": "边角破损" })).await.refused(412, "version_stale");
    // Another row is nobody's concern.
    colleague.patch(&format!("{materials}/e-seal-agreement"), 0, &first).await.refused(422, "invalid_request");
    let other = json!({ "copies_received": 3, "copies_stamped": 2 });
    colleague.patch(&format!("{materials}/e-seal-agreement"), 0, &other).await.expect(200);
    let [left, right] = [(&clerk, json!({ "remark": "甲" })), (&colleague, json!({ "reason": "illegible" }))];
    let (one, two) = tokio::join!(left.0.patch(&path, 2, &left.1), right.0.patch(&path, 2, &right.1));
    let (won, lost): (Vec<Answer>, Vec<Answer>) = [one, two].into_iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 1));
    for lost in lost {
        lost.refused(412, "version_stale");
    }
    let after = clerk.get(&materials).await.expect(200);
    let check = found(&after, ROW);
    assert_ne!(
        (&check["remark"], &check["reason"]),
        (&json!("甲"), &json!("illegible")),
        "one of them didn't see the other"
    );
    assert_eq!((&check["copies_received"], &check["original_sighted"]), (&json!(3), &json!(true)));
}

async fn a_patch_of_the_sheet_records_the_rows_that_it_names(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (materials, case) = opened(&clerk, 1).await;
    let rows = all_in_order(&case)["materials"].as_array().unwrap().clone();
    let part = json!({ "materials": rows[..2] });
    let after = clerk.patch(&materials, 1, &part).await.expect(200);
    let checked = |shown: &Value| {
        let sheets = shown["materials"]["sheets"].as_array().unwrap();
        sheets.iter().filter(|sheet| !sheet["check"].is_null()).count()
    };
    assert_eq!(checked(&after), 2);
    clerk.patch(&materials, 1, &part).await.refused(412, "version_stale");
    let rest = json!({ "materials": rows[2..] });
    let after = clerk.patch(&materials, after["version"].as_i64().unwrap(), &rest).await.expect(200);
    assert_eq!((checked(&after), &after["materials"]["complete"]), (rows.len(), &json!(true)));
}

#[tokio::test]
async fn a_patch_is_json_and_says_so() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (materials, _) = opened(&clerk, 1).await;
    for path in [materials.clone(), format!("{materials}/{ROW}")] {
        for kind in ["application/json-patch+json", "application/merge-patch+json", "text/plain", ""] {
            let request = clerk.request(Method::PATCH, &path).await.header("If-Match", "\"0\"");
            let answer = send(request.header("Content-Type", kind).body("[]")).await;
            assert_eq!(answer.header("Accept-Patch"), "application/json", "{kind}");
            answer.refused(415, "unsupported_media_type");
        }
        let answer = clerk.delete(&path).await;
        assert_eq!(answer.header("Accept-Patch"), "application/json");
        assert!(answer.header("Allow").contains("PATCH"));
        answer.refused(405, "method_not_allowed");
        let request = clerk.request(Method::PATCH, &path).await.json(&json!({}));
        send(request).await.refused(428, "precondition_required");
    }
    for (member, value) in [("copies_received", json!(null)), ("original_sighted", json!(null)), ("remark", json!(1))] {
        let answer = clerk.patch(&format!("{materials}/{ROW}"), 0, &json!({ member: value })).await;
        assert_eq!(answer.faults(), [(format!("/{member}"), "wrong_type".to_owned())]);
    }
    clerk.patch(&format!("{materials}/nothing"), 0, &json!({ "remark": null })).await.refused(404, "not_found");
}

#[tokio::test]
async fn whatever_is_deprecated_says_so_with_every_answer_and_nothing_else_does() {
    const NAMES: [&str; 2] = ["Deprecation", "Sunset"];
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, nobody) = (hall.staff(Role::Clerk).await, hall.nobody());
    let (materials, case) = opened(&clerk, 1).await;
    let page = nobody.request(Method::GET, "//docs/deprecated").await.send().await.unwrap().text().await.unwrap();
    let document = nobody.get("//openapi.json").await.expect(200);
    let told = |answer: &Answer| NAMES.map(|name| !answer.header(name).is_empty());
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let operation = DEPRECATED.iter().find(|one| one.method == method.as_str() && one.path == path.as_str());
            let filled: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let answer = send(nobody.request(method.clone(), &format!("/{}", filled.join("/"))).await).await;
            assert_eq!(told(&answer), [operation.is_some(); 2], "{method} {path}");
            if let Some(operation) = operation {
                let since = operation.since.and_hms_opt(0, 0, 0).unwrap().and_utc();
                assert_eq!(answer.header("Deprecation"), format!("@{}", since.timestamp()));
                let sunset = chrono::DateTime::parse_from_rfc2822(answer.header("Sunset")).unwrap();
                assert!(sunset >= since + chrono::Months::new(12), "{method} {path}: {sunset}");
                let link = format!("</docs/deprecated#{}>; rel=\"deprecation\"", operation.anchor());
                assert!(answer.header("Link").starts_with(&link), "{}", answer.header("Link"));
                assert!(page.contains(&format!("id=\"{}\"", operation.anchor())) && page.contains(operation.instead));
            }
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
    let put = clerk.put(&materials, 1, &all_in_order(&case)).await;
    assert_eq!(told(&put), [true; 2]);
    let put = put.expect(200);
    let again = clerk.patch(&materials, put["version"].as_i64().unwrap(), &all_in_order(&case)).await;
    assert_eq!(told(&again), [false; 2]);
    again.expect(200);
}
