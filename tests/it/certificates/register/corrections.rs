//! What was recorded wrongly is put right: asked by one, approved by another, and never silently.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::registration;
use crate::case_types::shipped::{SERIAL, Staff};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, all_in_order, application, organization_code, send, unified_code};

on_both!(
    correcting_a_serial_needs_a_requester_and_an_approver,
    a_name_but_not_a_serial_is_corrected_while_a_case_is_open,
    a_correction_is_declined_by_a_supervisor_or_withdrawn_by_its_requester,
    a_correction_reports_all_faults_and_refuses_used_numbers,
    an_approval_is_of_what_was_seen,
    a_validity_recorded_wrongly_is_corrected_by_two_persons,
    a_validity_that_cannot_be_true_is_not_asked_for,
    a_certificate_that_lives_again_takes_its_claim_back_or_is_refused,
    correcting_the_organization_moves_the_exclusive_claim,
    one_of_two_simultaneous_approvals_succeeds,
    a_concurrent_correction_leaves_no_case_on_a_former_serial,
);

const WRONG: &str = "/certificates/GZ-OLD-0001/corrections";

/// Approves what waits, of the version given.
async fn approve(person: &Person<'_>, serial: &str, version: &Value) -> Answer {
    let path = format!("/certificates/{serial}/corrections/approve");
    let request = person.request(Method::POST, &path).await.header("If-Match", format!("\"{version}\""));
    send(request.json(&json!({}))).await
}

fn kinds(history: &Value) -> Vec<&str> {
    history["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

async fn correcting_a_serial_needs_a_requester_and_an_approver(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let wanted = json!({ "serial": "gz-old-0007", "reason": "末位录错，与介质标签核对" });
    let other = hall.staff(Role::Supervisor).await;
    let asked = staff.supervisor.post(WRONG, &wanted).await.expect(200);
    assert_eq!(asked["serial"], SERIAL, "nothing has changed yet");
    let waits = &asked["correction"];
    assert_eq!(waits["changes"], json!([{ "field": "serial", "before": SERIAL, "after": "GZ-OLD-0007" }]));
    assert_eq!(waits["reason"], "末位录错，与介质标签核对");
    staff.clerk.post(WRONG, &wanted).await.refused(409, "correction_pending");
    let found = other.get("/certificates?correction=pending").await.expect(200);
    assert_eq!(found["items"][0]["serial"], SERIAL);

    approve(&staff.supervisor, SERIAL, &asked["version"]).await.refused(409, "second_person_needed");
    approve(&staff.clerk, SERIAL, &asked["version"]).await.refused(403, "role_missing");
    other.post(&format!("{WRONG}/approve"), &json!({})).await.refused(428, "precondition_required");
    let key = other.request(Method::POST, &format!("{WRONG}/approve")).await.header("If-Match", "\"3\"");
    let key = key.header("Idempotency-Key", "once-1").json(&json!({}));
    let again = key.try_clone().unwrap();
    let corrected = send(key).await.expect(200);
    assert_eq!((&corrected["serial"], &corrected["correction"]), (&json!("GZ-OLD-0007"), &Value::Null));
    assert_eq!(send(again).await.expect(200), corrected, "sent again, it is the same");

    staff.clerk.get(&format!("/certificates/{SERIAL}")).await.refused(404, "not_found");
    let history = staff.clerk.get("/certificates/GZ-OLD-0007/events").await.expect(200);
    assert_eq!(kinds(&history), ["registered", "registration_approved", "correction_asked", "corrected"]);
    let event = &history["items"][3];
    assert_eq!(
        (&event["data"]["before"]["serial"], &event["data"]["after"]["serial"]),
        (&json!(SERIAL), &json!("GZ-OLD-0007"))
    );
    assert_eq!(event["data"]["asked_by"]["id"], history["items"][2]["actor"]["code"]);
    assert_ne!(event["actor"]["code"], event["data"]["asked_by"]["id"]);
    // Whoever looks by the number on an old paper finds it; a system that asks by it is told there is none.
    let found = staff.clerk.get(&format!("/certificates?serial={SERIAL}")).await.expect(200);
    assert_eq!(found["items"][0]["serial"], "GZ-OLD-0007");
    let asker = hall.client("portal", &[Scope::AuthorizationsRead]).await;
    let question = json!({ "application": "urban-construction", "certificates": [{ "serial": SERIAL }, { "serial": "GZ-OLD-0007" }] });
    let answers = asker.post("/authorizations/query", &question).await.expect(200);
    assert_eq!(answers["answers"][0]["reason"]["code"], "unknown_certificate");
    assert_eq!(answers["answers"][1]["usable"], true);
    // The organization's claim has gone along.
    let eligibility = format!("/organizations/{}/eligibility", organization_code(1));
    let held = staff.clerk.get(&eligibility).await.expect(200);
    assert_eq!(held["eligible"], false);
    let message = held["reason"]["message"].as_str().unwrap();
    assert!(message.contains("GZ-OLD-0007") && !message.contains(SERIAL), "{message}");
}

async fn a_name_but_not_a_serial_is_corrected_while_a_case_is_open(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("renew", json!({ "service_years": 1, "payment_method": "cash" })).await;
    let serial = json!({ "serial": "GZ-OLD-0007", "reason": "录错" });
    let refused = staff.clerk.post(WRONG, &serial).await.refused(409, "certificate_busy");
    assert!(refused["detail"].as_str().unwrap().contains(&case), "{refused:#}");
    let name = json!({ "organization_name": "广州第一建筑有限公司", "reason": "名称录错" });
    let asked = staff.clerk.post(WRONG, &name).await.expect(200);
    let corrected = approve(&staff.supervisor, SERIAL, &asked["version"]).await.expect(200);
    assert_eq!(corrected["organization_name"], "广州第一建筑有限公司");
    let found = staff.clerk.get("/certificates?name=第一建筑").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "it is found by its right name");
    // The case goes on.
    let accepted = staff.accept(&case, &view).await;
    staff.pay(&accepted).await;
    staff.clerk.act(&case, "renew", &json!({})).await.expect(200);
    staff.clerk.post(WRONG, &serial).await.expect(200);
    // What was made in a case is the case's until it is activated.
    let made = staff.clerk.post("/cases", &application(2)).await.expect(201);
    let number = made["acceptance_number"].as_str().unwrap();
    staff.clerk.act(number, "record_materials", &all_in_order(&made)).await.expect(200);
    staff.clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ-0002", "medium_number": "KEY-0002" } });
    staff.producer.act(number, "record_certificate", &certificate).await.expect(200);
    let refused = staff.clerk.post("/certificates/GZ-0002/corrections", &serial).await.refused(409, "certificate_busy");
    assert!(refused["detail"].as_str().unwrap().contains(number), "{refused:#}");
}

async fn a_correction_is_declined_by_a_supervisor_or_withdrawn_by_its_requester(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (wanted, why) = (json!({ "handler": "刘少芳", "reason": "录错" }), json!({ "reason": "与证件不符" }));
    let decline = format!("{WRONG}/decline");
    staff.clerk.post(&decline, &why).await.refused(409, "no_correction");
    staff.clerk.post(WRONG, &wanted).await.expect(200);
    let colleague = hall.staff(Role::Clerk).await;
    colleague.post(&decline, &why).await.refused(403, "role_missing");
    staff.producer.post(&decline, &why).await.refused(403, "role_missing");
    let declined = staff.supervisor.post(&decline, &why).await.expect(200);
    assert_eq!((&declined["correction"], &declined["handler"]), (&Value::Null, &json!("刘少芬")));
    let asked = staff.clerk.post(WRONG, &wanted).await.expect(200);
    staff.clerk.post(&decline, &why).await.expect(200);
    approve(&staff.supervisor, SERIAL, &asked["version"]).await.refused(412, "version_stale");
    let history = staff.clerk.get(&format!("/certificates/{SERIAL}/events")).await.expect(200);
    let both = ["correction_asked", "correction_declined"];
    assert_eq!(kinds(&history)[2..], [both, both].concat());
    assert_eq!(
        history["items"][3]["data"]["correction"]["after"]["handler"], "刘少芳",
        "what was declined stays known"
    );
}

async fn a_correction_reports_all_faults_and_refuses_used_numbers(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let other = json!({
        "serial": "GZ-OLD-0002", "medium_number": "KEY-OLD-0002", "organization": application(2)["organization"],
        "valid_from": "2025-04-01T00:00:00+08:00", "valid_until": "2028-04-01T00:00:00+08:00",
    });
    hall.register(&other).await;
    let misshapen = json!({ "serial": "?", "organization_code": "1", "reason": " " });
    let too_short = |pointer: &str| (pointer.to_owned(), "too_short".to_owned());
    assert_eq!(staff.clerk.post(WRONG, &misshapen).await.faults(), [too_short("/reason"), too_short("/serial")]);
    let faulty =
        json!({ "serial": "????", "organization_code": "1", "unified_social_credit_code": "2", "reason": "录错" });
    let answer = staff.clerk.post(WRONG, &faulty).await;
    let pointers: Vec<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    for pointer in ["/serial", "/organization_code", "/unified_social_credit_code"] {
        assert!(pointers.iter().any(|found| found == pointer), "{pointer} of {pointers:?}");
    }
    let nothing = staff.clerk.post(WRONG, &json!({ "reason": "无" })).await;
    assert_eq!(nothing.faults(), [(String::new(), "nothing_changed".to_owned())]);
    staff.clerk.post(WRONG, &json!({ "serial": SERIAL, "reason": "无" })).await.refused(409, "nothing_changed");
    // The codes of two organizations.
    let codes = json!({ "organization_code": organization_code(2), "reason": "录错" });
    let answer = staff.clerk.post(WRONG, &codes).await;
    assert_eq!(answer.faults(), [("/organization_code".to_owned(), "codes_differ".to_owned())]);
    staff.clerk.post(WRONG, &json!({ "serial": "GZ-OLD-0002", "reason": "录错" })).await.refused(409, "serial_taken");
    staff
        .clerk
        .post(WRONG, &json!({ "medium_number": "KEY-OLD-0002", "reason": "录错" }))
        .await
        .refused(409, "medium_taken");
    staff
        .clerk
        .post("/certificates/nothing-0/corrections", &json!({ "handler": "甲", "reason": "录错" }))
        .await
        .refused(404, "not_found");
    // Taken meanwhile: it shows when it is approved.
    let asked = staff.clerk.post(WRONG, &json!({ "serial": "GZ-OLD-0003", "reason": "录错" })).await.expect(200);
    let mut third = other.clone();
    (third["serial"], third["medium_number"]) = (json!("GZ-OLD-0003"), json!("KEY-OLD-0003"));
    third["organization"] = application(3)["organization"].clone();
    hall.register(&third).await;
    approve(&staff.supervisor, SERIAL, &asked["version"]).await.refused(409, "serial_taken");
}

async fn an_approval_is_of_what_was_seen(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let asked = staff.clerk.post(WRONG, &json!({ "handler": "刘少芳", "reason": "录错" })).await.expect(200);
    staff.clerk.post(&format!("/certificates/{SERIAL}/lock-reports"), &json!({})).await.expect(200);
    let stale = approve(&staff.supervisor, SERIAL, &asked["version"]).await.refused(412, "version_stale");
    approve(&staff.supervisor, SERIAL, &stale["current_version"]).await.expect(200);
    // Changed by a case meanwhile, it isn't what was asked for any more.
    let name = json!({ "organization_name": "广州第一建筑有限公司", "reason": "名称录错" });
    staff.clerk.post(WRONG, &name).await.expect(200);
    let (case, view) = staff.opened("change", json!({ "seal": "4401990012345" })).await;
    staff.accept(&case, &view).await;
    staff.clerk.act(&case, "change", &json!({})).await.expect(200);
    let now = staff.certificate().await;
    assert!(now["correction"].is_object());
    approve(&staff.supervisor, SERIAL, &now["version"]).await.refused(409, "correction_outdated");
    staff.supervisor.post(&format!("{WRONG}/decline"), &json!({ "reason": "已变更" })).await.expect(200);
}

async fn a_validity_recorded_wrongly_is_corrected_by_two_persons(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let other = hall.staff(Role::Supervisor).await;
    let before = staff.clerk.get(&format!("/certificates/{SERIAL}")).await.expect(200);
    let wanted = json!({ "valid_until": "2026-04-30T16:00:00Z", "reason": "年份录错，与证书核对" });
    let asked = staff.clerk.post(WRONG, &wanted).await.expect(200);
    assert_eq!(asked["valid_until"], before["valid_until"], "nothing has changed yet");
    let change = json!({ "field": "valid_until", "before": before["valid_until"], "after": "2026-04-30T16:00:00Z" });
    assert_eq!(asked["correction"]["changes"], json!([change]));
    let corrected = approve(&other, SERIAL, &asked["version"]).await.expect(200);
    assert_eq!(corrected["valid_until"], "2026-04-30T16:00:00Z");
    assert_eq!(corrected["valid_from"], before["valid_from"]);
    let history = staff.clerk.get(&format!("/certificates/{SERIAL}/events")).await.expect(200);
    let validity = &history["items"][3]["data"]["validity"];
    assert_eq!(validity["before"]["valid_until"], before["valid_until"]);
    assert_eq!(validity["after"]["valid_until"], "2026-04-30T16:00:00Z");
    // What was usable from the beginning of the validity follows it, so that nobody is locked out by a slip.
    let mut slip = registration(31);
    slip["valid_from"] = "2027-01-01T00:00:00Z".into();
    slip["valid_until"] = "2028-01-01T00:00:00Z".into();
    hall.register(&slip).await;
    let right = json!({ "valid_from": "2025-01-01T00:00:00Z", "reason": "年份录错" });
    let asked = staff.supervisor.post("/certificates/GZ2013-0031/corrections", &right).await.expect(200);
    approve(&other, "GZ2013-0031", &asked["version"]).await.expect(200);
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    let answer = asker.get("/certificates/GZ2013-0031/authorizations/urban-construction").await.expect(200);
    assert_eq!(answer["usable"], true, "{answer:#}");
    // An open case was decided upon the validity.
    staff.opened("renew", json!({ "service_years": 1, "payment_method": "cash" })).await;
    let again = json!({ "valid_until": "2027-07-31T16:00:00Z", "reason": "录错" });
    staff.clerk.post(WRONG, &again).await.refused(409, "certificate_busy");
}

async fn a_validity_that_cannot_be_true_is_not_asked_for(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    for (field, value, code) in [
        ("valid_until", "9999-12-31T00:00:00Z", "implausible_date"),
        ("valid_from", "0024-06-01T00:00:00Z", "implausible_date"),
        ("valid_until", "2001-01-01T00:00:00Z", "out_of_order"),
    ] {
        let mut wanted = json!({ "reason": "录错" });
        wanted[field] = value.into();
        let answer = staff.clerk.post(WRONG, &wanted).await;
        assert_eq!(answer.faults(), [(format!("/{field}"), code.to_owned())], "{value}");
    }
    let held = staff.clerk.get(&format!("/certificates/{SERIAL}")).await.expect(200);
    let same = json!({ "valid_until": held["valid_until"], "reason": "录错" });
    staff.clerk.post(WRONG, &same).await.refused(409, "nothing_changed");
}

async fn a_certificate_that_lives_again_takes_its_claim_back_or_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let other = hall.staff(Role::Supervisor).await;
    let eligible = |number: u32| format!("/organizations/{}/eligibility", organization_code(number));
    for number in [21, 22] {
        let mut ended = registration(number);
        ended["valid_from"] = "2018-01-01T00:00:00Z".into();
        ended["valid_until"] = "2020-01-01T00:00:00Z".into();
        hall.register(&ended).await;
        assert_eq!(staff.clerk.get(&eligible(number)).await.expect(200)["eligible"], true);
    }
    let lives = json!({ "valid_until": "2027-01-01T00:00:00Z", "reason": "年份录错" });
    let correct = async |number: u32| {
        let serial = format!("GZ2013-{number:04}");
        let asked = staff.supervisor.post(&format!("/certificates/{serial}/corrections"), &lives).await.expect(200);
        approve(&other, &serial, &asked["version"]).await
    };
    correct(21).await.expect(200);
    let held = staff.clerk.get(&eligible(21)).await.expect(200);
    assert_eq!(held["eligible"], false, "the organization holds a certificate after all");
    staff.clerk.post("/cases", &application(21)).await.refused(409, "already_applied");
    // Meanwhile the organization applied anew: two at once it can't have.
    staff.clerk.post("/cases", &application(22)).await.expect(201);
    correct(22).await.refused(409, "already_applied");
    let stays = staff.clerk.get("/certificates/GZ2013-0022").await.expect(200);
    assert_eq!(stays["valid_until"], "2020-01-01T00:00:00Z");
}

async fn correcting_the_organization_moves_the_exclusive_claim(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let wanted = json!({ "unified_social_credit_code": unified_code(5), "organization_name": "广州第5建筑有限公司", "reason": "单位选错" });
    let asked = staff.clerk.post(WRONG, &wanted).await.expect(200);
    let fields: Vec<&str> = asked["correction"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["organization_name", "unified_social_credit_code", "organization_code"]);
    approve(&staff.supervisor, SERIAL, &asked["version"]).await.expect(200);
    let eligible = async |number: u32| {
        let path = format!("/organizations/{}/eligibility", organization_code(number));
        staff.clerk.get(&path).await.expect(200)["eligible"].as_bool().unwrap()
    };
    assert_eq!((eligible(1).await, eligible(5).await), (true, false));
    // Not to an organization that holds one.
    staff.clerk.post("/cases", &application(6)).await.expect(201);
    let wanted = json!({ "unified_social_credit_code": unified_code(6), "reason": "单位选错" });
    let asked = staff.clerk.post(WRONG, &wanted).await.expect(200);
    approve(&staff.supervisor, SERIAL, &asked["version"]).await.refused(409, "already_applied");
}

async fn one_of_two_simultaneous_approvals_succeeds(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let other = hall.staff(Role::Supervisor).await;
    let mut serial = SERIAL.to_owned();
    for round in 0..10 {
        let next = format!("GZ-ROUND-{round:04}");
        let path = format!("/certificates/{serial}/corrections");
        let asked = staff.clerk.post(&path, &json!({ "serial": next, "reason": "录错" })).await.expect(200);
        let (one, two) = tokio::join!(
            approve(&staff.supervisor, &serial, &asked["version"]),
            approve(&other, &serial, &asked["version"])
        );
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        assert!([404, 409, 412].contains(&lost.status), "{lost:?}");
        assert_eq!(won.expect(200)["serial"], json!(next));
        serial = next;
    }
    let history = staff.clerk.get(&format!("/certificates/{serial}/events")).await.expect(200);
    assert_eq!(kinds(&history).len(), 22);
}

async fn a_concurrent_correction_leaves_no_case_on_a_former_serial(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let mut serial = SERIAL.to_owned();
    let mut both = [0, 0];
    for round in 0..12 {
        let next = format!("GZ-ROUND-{round:04}");
        let path = format!("/certificates/{serial}/corrections");
        let asked = staff.clerk.post(&path, &json!({ "serial": next, "reason": "录错" })).await.expect(200);
        let renewal = json!({ "certificate_serial": serial, "service_years": 1, "payment_method": "cash" });
        let approval = approve(&staff.supervisor, &serial, &asked["version"]);
        let (approved, opened) = if round % 2 == 0 {
            tokio::join!(approval, staff.open("renew", renewal))
        } else {
            let (opened, approved) = tokio::join!(staff.open("renew", renewal), approval);
            (approved, opened)
        };
        if approved.status == 200 {
            opened.refused(422, "certificate_unknown");
            serial = next;
            both[0] += 1;
        } else {
            approved.refused(409, "certificate_busy");
            let case = opened.expect(201)["acceptance_number"].as_str().unwrap().to_owned();
            staff.clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
            let why = json!({ "reason": "另行更正" });
            staff.supervisor.post(&format!("/certificates/{serial}/corrections/decline"), &why).await.expect(200);
            both[1] += 1;
        }
    }
    assert_eq!(both[0] + both[1], 12);
}
