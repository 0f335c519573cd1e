//! Checking papers: what each row asks for, what is found, who found it, and the words of the verdict.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, unified_code};
use crate::program::Files;

on_both!(every_check_is_kept_with_who_and_when);

/// An add-application case of an organization with a registered certificate.
async fn addition(hall: &Hall, clerk: &Person<'_>, number: u32, agent: Option<Value>) -> Value {
    let serial = format!("GZ2013-{number:04}");
    let registration = json!({
        "serial": serial, "medium_number": format!("KEY-{number:04}"),
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(number) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
    let mut addition = crate::hall::addition(number, &serial);
    with_agent(&mut addition, agent);
    clerk.post("/cases", &addition).await.expect(201)
}

fn with_agent(application: &mut Value, agent: Option<Value>) {
    match agent {
        Some(agent) => application["agent"] = agent,
        None => drop(application.as_object_mut().unwrap().remove("agent")),
    }
}

fn agent() -> Option<Value> {
    Some(application(1)["agent"].clone())
}

fn rows(case: &Value) -> Vec<&str> {
    case["materials"]["sheets"].as_array().unwrap().iter().map(|sheet| sheet["material"].as_str().unwrap()).collect()
}

/// Row, code and count of everything missing on a row.
fn missing<'a>(case: &'a Value, row: &str) -> Vec<(&'a str, Option<u64>)> {
    let found = case["materials"]["missing"].as_array().unwrap().iter().filter(|missing| missing["material"] == row);
    found.map(|missing| (missing["code"].as_str().unwrap(), missing["count"].as_u64())).collect()
}

/// Records one row, over whatever was recorded before.
async fn record(clerk: &Person<'_>, case: &Value, row: &str, check: Value) -> Value {
    let mut check = check;
    check["material"] = json!(row);
    clerk.act(case["id"].as_str().unwrap(), "record_materials", &json!({ "materials": [check] })).await.expect(200)
}

#[tokio::test]
async fn unspecified_documents_only_need_to_be_present() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = addition(&hall, &clerk, 1, agent()).await;
    let row = "seal-engraving-approval";
    assert_eq!(missing(&case, row), [("not_checked", None)]);
    let none = json!({ "copies_received": 0, "copies_stamped": 0 });
    let after = record(&clerk, &case, row, none).await;
    assert_eq!(missing(&after, row), [("not_present", None)]);
    let copy = json!({ "copies_received": 1, "copies_stamped": 0 });
    assert_eq!(missing(&record(&clerk, &case, row, copy).await, row), [], "one copy, unstamped");
    let original = json!({ "copies_received": 0, "copies_stamped": 0, "original_sighted": true });
    assert_eq!(missing(&record(&clerk, &case, row, original).await, row), [], "or the original alone");
    // The certificate held is presented itself, and copies don't stand for it.
    let copies = json!({ "copies_received": 3, "copies_stamped": 3 });
    let after = record(&clerk, &case, "original-certificate", copies).await;
    assert_eq!(missing(&after, "original-certificate"), [("original_not_presented", None)]);
}

#[tokio::test]
async fn ji_requires_both_persons_papers_and_huo_one() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let both = ["identity-documents-applicant", "identity-documents-agent"];
    let two_persons = clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!(rows(&two_persons)[6..], both);
    let mut same = application(2);
    same["agent"] = same["applicant"].clone();
    same["agent"]["phone"] = json!("13900139000"); // another phone isn't another person
    assert_eq!(rows(&clerk.post("/cases", &same).await.expect(201))[6..], ["identity-documents"]);
    let mut alone = application(3);
    with_agent(&mut alone, None);
    let alone = clerk.post("/cases", &alone).await.expect(201);
    assert_eq!(rows(&alone)[6..], ["identity-documents"]);
    assert_eq!(rows(&addition(&hall, &clerk, 4, agent()).await).last(), Some(&"identity-documents"));
    assert_eq!(rows(&addition(&hall, &clerk, 5, None).await).last(), Some(&"identity-documents"));
    // One person's papers don't do for the other.
    let in_order = json!({ "copies_received": 3, "copies_stamped": 3, "original_sighted": true });
    let after = record(&clerk, &two_persons, both[0], in_order.clone()).await;
    assert_eq!((missing(&after, both[0]), missing(&after, both[1])), (vec![], vec![("not_checked", None)]));
    // An agent who comes later brings theirs.
    let correction = json!({ "correction": { "agent": agent() }, "reason": "委托经办人" });
    let id = alone["id"].as_str().unwrap();
    let corrected = clerk.act(id, "correct_application", &correction).await.expect(200);
    assert_eq!(rows(&corrected)[6..], both);
    let correction = json!({ "correction": { "without_agent": true }, "reason": "本人办理" });
    let corrected = clerk.act(id, "correct_application", &correction).await.expect(200);
    assert_eq!(rows(&corrected)[6..], ["identity-documents"]);
}

#[tokio::test]
async fn copies_stamps_originals_and_defects_are_counted_separately() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let row = "business-licence";
    let after = |check: Value| async { missing_of(record(&clerk, &case, row, check).await, row) };
    let found = after(json!({ "copies_received": 2, "copies_stamped": 1, "original_sighted": false })).await;
    let expected = [("copies_missing", Some(1)), ("copies_unstamped", Some(1)), ("original_not_sighted", None)];
    assert_eq!(found, expected.map(|(code, count)| (code.to_owned(), count)));
    let found =
        after(json!({ "copies_received": 3, "copies_stamped": 3, "original_sighted": true, "reason": "expired" }));
    assert_eq!(found.await, [("defective".to_owned(), None)]);
    let found = after(json!({ "copies_received": 5, "copies_stamped": 3, "original_sighted": true }));
    assert_eq!(found.await, [], "more than enough is enough");
}

fn missing_of(case: Value, row: &str) -> Vec<(String, Option<u64>)> {
    missing(&case, row).into_iter().map(|(code, count)| (code.to_owned(), count)).collect()
}

#[tokio::test]
async fn an_inconsistent_check_is_refused_with_all_faults() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let check = |row: &str, received: i64, stamped: i64| json!({ "material": row, "copies_received": received, "copies_stamped": stamped });
    let mut odd = check("e-seal-agreement", 2, 3);
    odd["original_sighted"] = json!(true);
    odd["reason"] = json!("other");
    let mut unknown_reason = check("business-licence", 3, 3);
    unknown_reason["reason"] = json!("ugly");
    let misshapen = json!({ "materials": [
        odd, unknown_reason, check("organization-code-certificate", 3, 3), check("e-seal-agreement", 100, 3),
        check("responsibility-letter", -1, 0),
    ] });
    let of_form =
        [fault("/materials/3/copies_received", "too_large"), fault("/materials/4/copies_received", "too_small")];
    let faulty = json!({ "materials": [
        odd, unknown_reason, check("organization-code-certificate", 3, 3), check("e-seal-agreement", 3, 3),
        check("responsibility-letter", 1, 0),
    ] });
    let of_meaning = [
        fault("/materials/0", "more_stamped_than_received"),
        fault("/materials/0/original_sighted", "no_original"),
        fault("/materials/0/remark", "missing_field"),
        fault("/materials/1/reason", "not_one_of"),
        fault("/materials/2/material", "not_one_of"),
        fault("/materials/3/material", "duplicate"),
    ];
    for (sheet, expected) in [(&misshapen, &of_form[..]), (&faulty, &of_meaning)] {
        for answer in [
            clerk.act(case, "record_materials", sheet).await,
            clerk.put(&format!("/cases/{case}/materials"), 1, sheet).await,
        ] {
            assert_eq!(answer.faults(), expected);
            answer.refused(422, "invalid_request");
        }
    }
    // On a row of its own the faults point into the row.
    let path = format!("/cases/{case}/materials/e-seal-agreement");
    let row = json!({ "copies_received": 2, "copies_stamped": 3, "reason": "other", "original_sighted": true });
    let answer = clerk.put(&path, 0, &row).await;
    let expected = [
        fault("", "more_stamped_than_received"),
        fault("/original_sighted", "no_original"),
        fault("/remark", "missing_field"),
    ];
    assert_eq!(answer.faults(), expected);
    answer.refused(422, "invalid_request");
    for (stamped, expected) in
        [(json!("x"), fault("/copies_stamped", "wrong_type")), (json!(2), fault("/reason", "not_one_of"))]
    {
        let row = json!({ "copies_received": 2, "copies_stamped": stamped, "reason": "ugly" });
        assert_eq!(clerk.put(&path, 0, &row).await.faults(), [expected]);
    }
    let empty = clerk.put(&format!("/cases/{case}/materials"), 1, &json!({ "materials": [] })).await;
    assert_eq!(empty.faults(), [fault("/materials", "too_few_items")]);
    assert_eq!(clerk.get(&format!("/cases/{case}")).await.expect(200)["version"], 1, "nothing of it was recorded");
}

#[tokio::test]
async fn the_verdict_names_everything_missing_in_printable_words() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = addition(&hall, &clerk, 1, agent()).await;
    let mut sheet = all_in_order(&case);
    let rows = sheet["materials"].as_array_mut().unwrap();
    rows[0]["original_sighted"] = json!(false);
    rows[1]["copies_received"] = json!(1);
    rows[1]["copies_stamped"] = json!(0);
    rows[2] = json!({ "material": rows[2]["material"], "copies_received": 0, "copies_stamped": 0 });
    rows[5]["original_sighted"] = json!(false); // the licence
    rows[6]["reason"] = json!("other");
    rows[6]["remark"] = json!("复印件倒置");
    let after = clerk.act(case["id"].as_str().unwrap(), "record_materials", &sheet).await.expect(200);
    let verdict = &after["materials"]["verdict"];
    assert_eq!(
        verdict["zh"],
        "还差6处：①《原“机构证书”》未提交原件；②《数字证书业务办理申请表》缺2份；②《数字证书业务办理申请表》1份未盖单位公章；\
         ③《批准机关的刻章证明》未提交；⑦《企业工商登记证/营业执照（副本）》未出示原件；\
         ⑧申请人（或经办人）有效身份证件：复印件倒置。其余2项齐全。"
    );
    assert_eq!(
        verdict["en"],
        "6 items to correct: (1) The original organization certificate: the original was not presented; \
         (2) Digital certificate service application form: 2 copies missing; \
         (2) Digital certificate service application form: 1 copy without the official seal; \
         (3) The approving authority's seal engraving certificate: not presented; \
         (7) Business registration certificate or licence (duplicate): the original was not seen; \
         (8) Valid identity document of the applicant (or the agent): 复印件倒置. \
         2 documents complete."
    );
    let refused = clerk.act(case["id"].as_str().unwrap(), "accept_materials", &json!({})).await;
    let refused = refused.refused(422, "materials_incomplete");
    assert_eq!(refused["missing"].as_array().unwrap().len(), 6);
    let whole = clerk.act(case["id"].as_str().unwrap(), "record_materials", &all_in_order(&case)).await.expect(200);
    assert_eq!(whole["materials"]["complete"], true);
    assert_eq!(whole["materials"]["verdict"], json!({ "zh": "材料齐全。", "en": "The materials are complete." }));
}

async fn every_check_is_kept_with_who_and_when(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (first, second) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let case = first.post("/cases", &application(1)).await.expect(201);
    let row = "e-seal-agreement";
    let lacking = json!({ "copies_received": 2, "copies_stamped": 2 });
    record(&first, &case, row, lacking).await;
    hall.advance(chrono::Duration::hours(2));
    let after = record(&second, &case, row, json!({ "copies_received": 3, "copies_stamped": 3 })).await;
    let sheet = after["materials"]["sheets"].as_array().unwrap().iter().find(|sheet| sheet["material"] == row).unwrap();
    assert_eq!(sheet["check"]["checked_at"], "2026-03-02T04:00:00Z");
    let events = first.get(&format!("/cases/{}/events", case["id"].as_str().unwrap())).await.expect(200);
    let checks: Vec<_> =
        events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "material_recorded").collect();
    assert_eq!(checks.len(), 2);
    assert_eq!(
        (&checks[0]["data"]["before"], &checks[0]["data"]["after"]["copies_received"]),
        (&Value::Null, &json!(2))
    );
    assert_eq!(checks[1]["data"]["before"], checks[0]["data"]["after"]);
    assert_eq!(checks[1]["data"]["after"]["copies_received"], 3);
    assert_eq!((&checks[0]["at"], &checks[1]["at"]), (&json!("2026-03-02T02:00:00Z"), &json!("2026-03-02T04:00:00Z")));
    let who = |event: &Value| event["actor"]["code"].clone();
    assert_ne!(who(checks[0]), who(checks[1]));
    assert_eq!(sheet["check"]["checked_by"], who(checks[1]));
    for check in checks {
        assert_eq!(check["data"]["after"]["checked_by"], who(check));
        assert_eq!(check["action"], "record_materials");
    }
}

#[tokio::test]
async fn a_sheet_is_recorded_by_whatever_action_the_workflow_has_for_it() {
    let files = Files::new();
    files.change_whole(
        "workflows/check-then-make.toml",
        &[("code = \"record_materials\"", "code = \"look_at_papers\"")],
    );
    let hall = Hall::configured(TestDatabase::sqlite(), files.path()).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let row = json!({ "copies_received": 3, "copies_stamped": 3 });
    clerk.put(&format!("/cases/{case}/materials/e-seal-agreement"), 0, &row).await.expect(200);
    let whole = all_in_order(&opened);
    clerk.put(&format!("/cases/{case}/materials"), 2, &whole).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    assert_eq!(events["items"][1]["action"], "look_at_papers");
}
