//! What happens when the certificate is collected: a paper that turns out wrong, an application that is declined after its
//! papers were accepted, and the letter that was accepted at the beginning.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::case_types::shipped::Staff;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, addition, all_in_order, application, blockers, unified_code};

on_both!(
    a_paper_found_wrong_at_collection_gets_its_notice_and_correction,
    in_the_guides_order_the_notice_at_collection_comes_before_the_issue,
    an_application_is_rejected_before_acceptance_and_declined_after,
    the_letter_that_was_accepted_is_kept_with_its_digest,
    an_addition_asks_for_no_letter_and_no_collection_method,
);

const LICENCE: &str = "business-licence";

/// What a clerk finds wrong with the licence.
fn expired_licence() -> Value {
    let check = json!({
        "material": LICENCE, "copies_received": 3, "copies_stamped": 3, "original_sighted": true, "reason": "expired",
    });
    json!({ "materials": [check] })
}

fn licence_in_order() -> Value {
    let check = json!({ "material": LICENCE, "copies_received": 3, "copies_stamped": 3, "original_sighted": true });
    json!({ "materials": [check] })
}

fn collector() -> Value {
    json!({ "collector": { "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true } })
}

async fn pay(staff: &Staff<'_>, case: &str, view: &Value) {
    let payment = json!({ "payment": { "amount_fen": view["fee"]["total_fen"], "method": "cash" } });
    staff.clerk.act(case, "record_payment", &payment).await.expect(200);
}

/// A case in whose office the certificate has been made.
async fn made(staff: &Staff<'_>, number: u32, checked: bool) -> (String, Value) {
    let case = staff.clerk.post("/cases", &application(number)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap().to_owned();
    if checked {
        staff.accept(&key, &case).await;
    }
    let certificate =
        json!({ "certificate": { "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") } });
    (key.clone(), staff.producer.act(&key, "record_certificate", &certificate).await.expect(200))
}

async fn a_paper_found_wrong_at_collection_gets_its_notice_and_correction(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = made(&staff, 2, true).await;
    staff.producer.act(&case, "box_certificate", &json!({ "box_number": "A-12" })).await.expect(200);
    pay(&staff, &case, &view).await;
    staff.clerk.act(&case, "request_correction_at_collection", &json!({})).await.refused(422, "nothing_lacking");
    let found = staff.clerk.act(&case, "record_materials", &expired_licence()).await.expect(200);
    assert!(blockers(&found, "issue").contains(&"materials_incomplete".to_owned()));

    let told = staff.clerk.act(&case, "request_correction_at_collection", &json!({})).await.expect(200);
    assert_eq!(told["state"]["code"], "correction_at_collection");
    let notice = &told["notices"][0];
    assert_eq!(notice["missing"][0]["material"], LICENCE, "{notice:#}");
    assert_eq!(told["custody"][0]["box_number"], "A-12", "the certificate waits");
    assert_eq!(told["deadlines"]["status"], "met", "the production deadline was met");
    let waiting = staff.clerk.get("/worklists/waiting_for_correction").await.expect(200);
    assert_eq!(waiting["items"][0]["acceptance_number"], case.as_str());
    let made = staff.clerk.get("/certificates/GZ-000002").await.expect(200);
    assert_eq!(made["state"]["code"], "in_custody");

    staff.clerk.act(&case, "resubmit_at_collection", &json!({})).await.expect(200);
    staff.clerk.act(&case, "record_materials", &licence_in_order()).await.expect(200);
    staff.clerk.act(&case, "record_collector", &collector()).await.expect(200);
    let issued = staff.clerk.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(issued["state"]["code"], "issued");
    staff.clerk.act(&case, "activate", &json!({})).await.expect(200);
}

async fn in_the_guides_order_the_notice_at_collection_comes_before_the_issue(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = made(&staff, 2, false).await;
    pay(&staff, &case, &view).await;
    staff.clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
    staff.clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    // It was accepted, and then somebody looked again.
    staff.clerk.act(&case, "record_materials", &expired_licence()).await.expect(200);
    let told = staff.clerk.act(&case, "request_correction_after_acceptance", &json!({})).await.expect(200);
    let (state, status) = (&told["state"]["code"], &told["deadlines"]["status"]);
    assert_eq!((state, status), (&json!("correction_after_acceptance"), &json!("met")));
    let back = staff.clerk.act(&case, "resubmit_after_acceptance", &json!({})).await.expect(200);
    assert_eq!(back["state"]["code"], "materials_checked");
    staff.clerk.act(&case, "record_materials", &licence_in_order()).await.expect(200);
    staff.clerk.act(&case, "record_collector", &collector()).await.expect(200);
    staff.clerk.act(&case, "issue", &json!({})).await.expect(200);
}

async fn an_application_is_rejected_before_acceptance_and_declined_after(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, why) = (hall.staff(Role::Clerk).await.in_chinese(), json!({ "reason": "不符合条件" }));
    let (one, two) = (clerk.post("/cases", &application(1)).await.expect(201), application(2));
    let one = one["acceptance_number"].as_str().unwrap();
    clerk.act(one, "decline", &why).await.refused(409, "wrong_state");
    let rejected = clerk.act(one, "reject", &why).await.expect(200);
    assert_eq!(rejected["state"], json!({ "code": "rejected", "name": "不予受理" }));
    let two = clerk.post("/cases", &two).await.expect(201);
    let key = two["acceptance_number"].as_str().unwrap();
    clerk.act(key, "record_materials", &all_in_order(&two)).await.expect(200);
    clerk.act(key, "accept_materials", &json!({})).await.expect(200);
    clerk.act(key, "reject", &why).await.refused(409, "wrong_state");
    // A paper that turns out wrong afterwards doesn't undo the acceptance.
    clerk.act(key, "record_materials", &expired_licence()).await.expect(200);
    clerk.act(key, "request_correction", &json!({})).await.refused(409, "wrong_state");
    clerk.act(key, "request_correction_after_acceptance", &json!({})).await.expect(200);
    clerk.act(key, "reject", &why).await.refused(409, "wrong_state");
    let declined = clerk.act(key, "decline", &why).await.expect(200);
    assert_eq!(declined["state"], json!({ "code": "declined", "name": "不予办理" }));
    // Neither stands in the way of another application.
    clerk.post("/cases", &application(2)).await.expect(201);
}

async fn the_letter_that_was_accepted_is_kept_with_its_digest(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (chinese, english) = (hall.staff(Role::Clerk).await.in_chinese(), &clerk);
    let case_type = chinese.get("/case-types/new-certificate").await.expect(200);
    let letter = &case_type["responsibility_letter"];
    let text = letter["text"].as_str().unwrap();
    let form = &case_type["materials"][0];
    assert_eq!((&form["name"], &form["also_called"]), (&json!("机构证书申请表"), &json!(["数字证书申请表"])));
    assert!(text.contains("电子签名法") && case_type["application_notes"]["text"].as_str().unwrap().contains("市城建"));
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    assert_eq!(letter["sha256"], digest.as_str(), "the digest of the text that is served");
    let translated = english.get("/case-types/new-certificate").await.expect(200);
    assert_eq!(translated["responsibility_letter"]["sha256"], digest.as_str(), "the Chinese text is binding");
    assert_ne!(translated["responsibility_letter"]["text"], text);

    let mut shown = application(1);
    shown["responsibility_letter_sha256"] = "0".repeat(64).into();
    let answer = clerk.post("/cases", &shown).await;
    let fault = ("/responsibility_letter_sha256".to_owned(), "responsibility_letter_changed".to_owned());
    assert_eq!(answer.faults(), [fault]);
    shown["responsibility_letter_sha256"] = digest.as_str().into();
    hall.set_time("2026-03-02T10:00:00+08:00");
    let case = clerk.post("/cases", &shown).await.expect(201);
    let kept = &case["application"]["responsibility_letter"];
    assert_eq!((&kept["code"], &kept["edition"]), (&letter["code"], &letter["edition"]));
    assert_eq!((&kept["sha256"], &kept["accepted_at"]), (&letter["sha256"], &json!("2026-03-02T02:00:00Z")));
    let me = clerk.get("/me").await.expect(200);
    assert_eq!((&kept["accepted_by"], &kept["recorded_by"]), (&json!("谭丽"), &me["id"]));
    // What was accepted can be read in the edition of the case.
    let path = format!("/case-types/new-certificate?edition={}", case["case_type"]["edition"]);
    assert_eq!(chinese.get(&path).await.expect(200)["responsibility_letter"], *letter);
    chinese.get("/case-types/new-certificate?edition=99").await.refused(404, "not_found");
}

async fn an_addition_asks_for_no_letter_and_no_collection_method(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let registration = json!({
        "serial": "GZ2013-0001", "medium_number": "KEY-0001",
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(1) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    hall.register(&registration).await;
    let case_type = clerk.get("/case-types/add-application").await.expect(200);
    assert_eq!(case_type["asks"], json!(["applications", "service_years", "payment_method"]));
    assert_eq!(case_type["responsibility_letter"], Value::Null);
    let mut more = addition(1, "GZ2013-0001");
    more["collection_method"] = json!("window");
    more["responsibility_letter_accepted"] = json!(true);
    let faults = clerk.post("/cases", &more).await.faults();
    let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/collection_method", "/responsibility_letter_accepted"]);
    let case = clerk.post("/cases", &addition(1, "GZ2013-0001")).await.expect(201);
    assert_eq!(case["application"]["responsibility_letter"], Value::Null);
}
