//! The hall's two services from application to a usable certificate, in both orders, on both databases.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, addition, all_in_order, application, blockers, offer, unified_code};

on_both!(
    a_new_certificate_becomes_usable_with_check_then_make,
    a_new_certificate_becomes_usable_with_make_then_check,
    a_login_application_is_added_to_a_registered_certificate,
    every_correction_pauses_the_deadline,
    a_wrong_application_is_corrected_and_keeps_its_history,
);

async fn pay(clerk: &Person<'_>, case: &str, amount_fen: i64) {
    let payment = json!({ "payment": { "amount_fen": amount_fen, "method": "cash" } });
    clerk.act(case, "record_payment", &payment).await.expect(200);
}

fn collector() -> Value {
    json!({ "collector": { "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true } })
}

fn certificate(number: u32) -> Value {
    json!({ "certificate": { "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") } })
}

/// From hand-over to usable, the second before and the second after.
async fn hand_over_and_wait(hall: &Hall, clerk: &Person<'_>, asker: &Person<'_>, case: &str, serial: &str) {
    let authorization = format!("/certificates/{serial}/authorizations/urban-construction");
    clerk.act(case, "issue", &json!({})).await.expect(200);
    assert_eq!(asker.get(&authorization).await.expect(200)["reason"]["code"], "not_activated");
    let activated = clerk.act(case, "activate", &json!({})).await.expect(200);
    assert_eq!(activated["state"]["code"], "activated");
    let services: Vec<_> = activated["services"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(services, ["waiting", "waiting"], "the application and the e-seal, each with its own status");
    let answer = asker.get(&authorization).await.expect(200);
    assert_eq!((&answer["usable"], &answer["seconds_left"]), (&json!(false), &json!(86_400)));
    hall.advance(Duration::hours(24) - Duration::seconds(1));
    let answer = asker.get(&authorization).await.expect(200);
    assert_eq!((&answer["usable"], &answer["seconds_left"]), (&json!(false), &json!(1)));
    hall.advance(Duration::seconds(1));
    let answer = asker.get(&authorization).await.expect(200);
    assert_eq!((&answer["usable"], &answer["seconds_left"]), (&json!(true), &json!(0)));
    assert_eq!(answer["reason"], Value::Null);
}

async fn a_new_certificate_becomes_usable_with_check_then_make(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let asker = hall.client("login-system", &[Scope::AuthorizationsRead]).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!(opened["deadlines"]["ready_from"]["date"], "2026-03-11");
    assert_eq!(opened["deadlines"]["limit"]["date"], "2026-03-16");
    assert_eq!(opened["deadlines"]["limit"]["at"], "2026-03-16T09:30:00Z", "the close of business in Guangzhou");
    assert_eq!(opened["fee"]["total_fen"], 60_000);
    let case = opened["acceptance_number"].as_str().unwrap();
    let sheets: Vec<_> = opened["materials"]["sheets"].as_array().unwrap().iter().map(|s| &s["material"]).collect();
    assert!(!sheets.contains(&&json!("organization-code-certificate")), "an 18-digit code stands for that paper");
    assert!(
        sheets.contains(&&json!("identity-documents-applicant"))
            && sheets.contains(&&json!("identity-documents-agent"))
    );
    clerk.act(case, "accept_materials", &json!({})).await.refused(422, "materials_incomplete");
    clerk.put(&format!("/cases/{case}/materials"), 1, &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    producer.act(case, "record_certificate", &certificate(1)).await.expect(200);
    let made = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(made["deadlines"]["status"], "met");
    assert_eq!(blockers(&made, "issue"), ["fee_not_settled", "collector_not_recorded"]);
    assert_eq!(offer(&made, "record_collector")["requires"], json!(["collector"]));
    pay(&clerk, case, 20_000).await;
    pay(&clerk, case, 40_000).await;
    clerk.act(case, "record_collector", &collector()).await.expect(200);
    hand_over_and_wait(&hall, &clerk, &asker, case, "GZ-000001").await;
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let kinds: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "case_opened");
    assert_eq!(kinds.last(), Some(&"state_changed"));
    assert!(!events.to_string().contains("440199196412310694"), "identity numbers are masked on the timeline");
}

async fn a_new_certificate_becomes_usable_with_make_then_check(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let asker = hall.client("login-system", &[Scope::AuthorizationsRead]).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    assert_eq!(opened["workflow"]["code"], "make-then-check");
    assert_eq!(blockers(&opened, "record_materials"), ["wrong_state"], "papers come when it is collected");
    producer.act(case, "record_certificate", &certificate(7)).await.expect(200);
    let made = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(blockers(&made, "issue"), ["wrong_state"], "the check gates the issue");
    clerk.act(case, "record_materials", &all_in_order(&made)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    pay(&clerk, case, 60_000).await;
    clerk.act(case, "record_collector", &collector()).await.expect(200);
    hand_over_and_wait(&hall, &clerk, &asker, case, "GZ-000007").await;
}

async fn a_login_application_is_added_to_a_registered_certificate(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let asker = hall.client("login-system", &[Scope::AuthorizationsRead]).await;
    let registration = json!({
        "serial": "gz2013-4711", "medium_number": "KEY-4711",
        "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(5) },
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    });
    clerk.post("/certificates", &registration).await.refused(403, "role_missing");
    hall.register(&registration).await;
    let refused = clerk.post("/cases", &application(5)).await.refused(409, "already_applied");
    let offered = |case_type: &str| json!({ "case_type": case_type, "certificate_serial": "GZ2013-4711" });
    assert_eq!(refused["alternatives"], json!(["add-application", "change", "reissue", "revoke"].map(offered)));
    let addition = addition(5, "GZ2013-4711");
    let mut without = addition.clone();
    without.as_object_mut().unwrap().remove("certificate_serial");
    clerk.post("/cases", &without).await.refused(422, "invalid_request");
    let opened = clerk.post("/cases", &addition).await.expect(201);
    assert_eq!(opened["deadlines"], Value::Null, "nothing is produced, so there is no 7 to 10 days");
    let case = opened["acceptance_number"].as_str().unwrap();
    let sheets = opened["materials"]["sheets"].as_array().unwrap();
    assert_eq!((&sheets[0]["material"], &sheets[0]["original"]), (&json!("original-certificate"), &json!("presented")));
    assert_eq!((&sheets[2]["copies"], &sheets[2]["original"]), (&Value::Null, &json!("unspecified")));
    assert!(sheets.iter().any(|sheet| sheet["material"] == "identity-documents"), "或: one sheet for either person");
    clerk.post("/cases", &addition).await.refused(409, "addition_already_applied");
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    pay(&clerk, case, opened["fee"]["total_fen"].as_i64().unwrap()).await;
    let path = "/certificates/GZ2013-4711/authorizations/urban-construction";
    assert_eq!(asker.get(path).await.expect(200)["reason"]["code"], "application_not_open");
    clerk.act(case, "activate", &json!({})).await.expect(200);
    assert_eq!(asker.get(path).await.expect(200)["seconds_left"], 86_400);
    hall.advance(Duration::hours(24));
    assert_eq!(asker.get(path).await.expect(200)["usable"], true);
    clerk.post("/cases", &addition).await.refused(422, "application_already_open");
    let eligibility = clerk.get("/organizations/PDY00005/eligibility").await;
    assert_eq!(eligibility.status, 422, "eight characters are no code");
    let eligibility = clerk.get(&format!("/organizations/{}/eligibility", unified_code(5))).await.expect(200);
    assert_eq!(
        eligibility["alternatives"],
        json!(["change", "reissue", "revoke"].map(offered)),
        "what is open already isn't offered again"
    );
}

async fn every_correction_pauses_the_deadline(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let opened = clerk.post("/cases", &application(3)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    assert_eq!(blockers(&opened, "request_correction"), ["materials_unchecked"], "everything is told at once");
    let mut sheets = all_in_order(&opened);
    sheets["materials"][3]["copies_stamped"] = json!(2);
    sheets["materials"][4]["copies_received"] = json!(0);
    sheets["materials"][4]["copies_stamped"] = json!(0);
    let checked = clerk.act(case, "record_materials", &sheets).await.expect(200);
    let verdict = checked["materials"]["verdict"]["zh"].as_str().unwrap();
    assert_eq!(
        verdict,
        "还差2处：④《单位法人电子印章申请表》1份未盖单位公章；⑤《电子印章使用协议书》缺3份。其余6项齐全。"
    );
    let told = clerk.act(case, "request_correction", &json!({ "remark": "请补盖公章" })).await.expect(200);
    assert_eq!(told["notices"][0]["missing"].as_array().unwrap().len(), 2);
    assert_eq!(told["notices"][0]["remark"], "请补盖公章");
    assert_eq!(told["deadlines"]["status"], "paused");
    hall.advance(Duration::days(3)); // Monday to Thursday: three working days stand still
    clerk.act(case, "resubmit", &json!({})).await.expect(200);
    sheets["materials"][3]["copies_stamped"] = json!(3);
    clerk.act(case, "record_materials", &sheets).await.expect(200);
    let told = clerk.act(case, "request_correction", &json!({})).await.expect(200);
    assert_eq!(told["notices"].as_array().unwrap().len(), 2);
    assert_eq!(told["notices"][0]["missing"].as_array().unwrap().len(), 2, "a notice given stays as it was given");
    hall.advance(Duration::days(1));
    let back = clerk.act(case, "resubmit", &json!({})).await.expect(200);
    assert_eq!(back["deadlines"]["ready_from"]["date"], "2026-03-17", "11 March and four working days");
    assert_eq!(back["deadlines"]["limit"]["date"], "2026-03-20");
    clerk.act(case, "reject", &json!({})).await.refused(422, "invalid_request");
    let rejected = clerk.act(case, "reject", &json!({ "reason": "逾期未补正" })).await.expect(200);
    assert_eq!(rejected["state"]["code"], "rejected");
    assert!(rejected["closed_at"].is_string());
    clerk.post("/cases", &application(3)).await.expect(201);
}

async fn a_wrong_application_is_corrected_and_keeps_its_history(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let opened = clerk.post("/cases", &application(8)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    let agent = json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138001" });
    let body = json!({ "correction": { "agent": agent }, "reason": "经办人换人" });
    let corrected = clerk.act(case, "correct_application", &body).await.expect(200);
    assert_eq!(corrected["materials"]["unchecked"], 2, "the persons' papers are looked at again");
    clerk.act(case, "accept_materials", &json!({})).await.refused(422, "materials_incomplete");
    clerk.act(case, "record_materials", &all_in_order(&corrected)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    producer.act(case, "record_certificate", &certificate(8)).await.expect(200);
    let name = json!({ "name": "广州更名有限公司", "unified_social_credit_code": unified_code(9) });
    let body = json!({ "correction": { "organization": name }, "reason": "单位填错" });
    clerk.act(case, "correct_application", &body).await.refused(422, "certificate_already_made");
    producer.act(case, "remake", &json!({ "reason": "单位填错" })).await.expect(200);
    clerk.act(case, "correct_application", &body).await.expect(200);
    // The claim went over to the other organization: the first may apply again, the second may not.
    clerk.post("/cases", &application(9)).await.refused(409, "already_applied");
    clerk.post("/cases", &application(8)).await.expect(201);
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let corrections: Vec<_> =
        events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "application_corrected").collect();
    assert_eq!(corrections.len(), 2);
    assert_eq!(corrections[1]["data"]["before"]["organization"]["name"], "广州第8建筑有限公司");
    assert_eq!(corrections[1]["data"]["after"]["organization"]["name"], "广州更名有限公司");
}

#[tokio::test]
async fn a_read_only_system_sees_every_action_blocked_with_a_reason() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let opened = portal.post("/cases", &application(21)).await.expect(201);
    for offer in opened["actions"].as_array().unwrap() {
        assert_eq!(offer["blocked_by"][0]["code"], "forbidden", "{offer}");
    }
    let case = opened["acceptance_number"].as_str().unwrap();
    portal.act(case, "withdraw", &json!({ "reason": "不办了" })).await.refused(403, "forbidden");
    let writer = hall.client("portal-2", &[Scope::CasesOpen, Scope::CasesWrite]).await;
    let own = writer.post("/cases", &application(22)).await.expect(201);
    assert_eq!(blockers(&own, "withdraw"), Vec::<String>::new());
    writer.act(own["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
}
