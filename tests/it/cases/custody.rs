//! Where the keys are: made, boxed, handed over, handed in, given back; and where the copies go.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::case_types::shipped::{SERIAL, Staff, reissue};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS, addition, all_in_order, application, blockers, offer};
use crate::program::Files;

on_both!(
    a_custody_stay_lasts_from_making_to_hand_over,
    a_presented_medium_is_taken_in_and_given_back,
    a_case_that_ends_early_gives_the_medium_back,
    the_time_out_ends_no_case_with_a_medium_in_custody,
    a_medium_is_handed_over_only_where_it_is,
    a_voided_medium_is_scrapped,
    a_damaged_medium_is_retired_when_the_new_one_is_issued,
    media_go_into_a_box_many_at_a_time,
    one_of_two_clerks_takes_in_a_medium,
    each_copy_has_a_destination_and_extra_copies_are_given_back,
);

const EAST: &str = "panyu";

fn collector() -> Value {
    json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true })
}

fn kinds(history: &Value) -> Vec<&str> {
    history["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

/// Serials of the certificates whose media the hall has, as the register finds them.
async fn kept(staff: &Staff<'_>, query: &str) -> Vec<String> {
    let found = staff.clerk.get(&format!("/certificates?{query}")).await.expect(200);
    let found = found["items"].as_array().unwrap().iter();
    found.map(|certificate| certificate["serial"].as_str().unwrap().to_owned()).collect()
}

/// The number of a case of another organization whose certificate was made.
async fn made(staff: &Staff<'_>, organization: u32, serial: &str) -> String {
    let case = staff.clerk.post("/cases", &application(organization)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap().to_owned();
    staff.accept(&number, &case).await;
    let certificate = json!({ "certificate": { "serial": serial, "medium_number": format!("KEY-{serial}") } });
    staff.producer.act(&number, "record_certificate", &certificate).await.expect(200);
    number
}

async fn a_custody_stay_lasts_from_making_to_hand_over(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let staff = Staff::of(&hall).await;
    let case = made(&staff, 2, "GZ-0002").await;
    let view = staff.clerk.get(&format!("/cases/{case}")).await.expect(200);
    let stay = &view["custody"][0];
    assert_eq!((&stay["serial"], &stay["cause"]["code"]), (&json!("GZ-0002"), &json!("made")), "{stay:#}");
    assert_eq!((&stay["outlet"], &stay["box_number"], &stay["slip"]), (&json!(CENTER), &Value::Null, &Value::Null));
    assert_eq!(offer(&view, "box_certificate")["requires"], json!(["box_number"]));

    let boxed = staff.producer.act(&case, "box_certificate", &json!({ "box_number": " ａ-12 " })).await.expect(200);
    assert_eq!(boxed["custody"][0]["box_number"], "A-12", "as it is searched");
    let certificate = staff.clerk.get("/certificates/GZ-0002").await.expect(200);
    assert_eq!(certificate["state"]["code"], "in_custody");
    assert_eq!(certificate["custody"]["acceptance_number"], json!(case));
    // The clerk sees the box on the list, before looking for the key.
    let list = staff.clerk.get("/worklists/to_hand_over").await.expect(200);
    assert_eq!(list["items"][0]["box_number"], "A-12");
    assert_eq!(kept(&staff, "box_number=a-12").await, ["GZ-0002"]);
    assert_eq!(kept(&staff, &format!("kept_at={CENTER}")).await, ["GZ-0002"]);
    assert!(kept(&staff, &format!("kept_at={EAST}")).await.is_empty());

    let same = staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "A-12" })).await;
    assert_eq!(same.faults(), [("/box_number".to_owned(), "nothing_changed".to_owned())]);
    staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "B-3" })).await.expect(200);

    staff.pay(&view).await;
    staff.clerk.act(&case, "record_collector", &json!({ "collector": collector() })).await.expect(200);
    let issued = staff.clerk.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(issued["custody"], json!([]));
    let slips = issued["slips"].as_array().unwrap();
    assert_eq!(slips.len(), 1);
    assert_eq!((&slips[0]["number"], &slips[0]["outlet"]), (&json!("LQ20260302-0001"), &json!(CENTER)));
    assert!(kept(&staff, &format!("kept_at={CENTER}")).await.is_empty());
    let history = staff.clerk.get("/certificates/GZ-0002/events").await.expect(200);
    assert_eq!(kinds(&history), ["made", "boxed", "boxed", "issued"]);
    assert_eq!(history["items"][2]["data"]["before"], json!({ "outlet": CENTER, "box_number": "A-12" }));
    assert_eq!(history["items"][3]["data"]["slip"]["number"], "LQ20260302-0001");
}

/// A case that adds the application to the certificate of the first organization, which hasn't it yet.
async fn adding(hall: &Hall, staff: &Staff<'_>) -> (String, Value) {
    hall.register(&json!({
        "serial": "GZ-OLD-0003", "medium_number": "KEY-OLD-0003",
        "organization": application(3)["organization"],
        "valid_from": "2025-04-01T00:00:00+08:00", "valid_until": "2028-04-01T00:00:00+08:00",
    }))
    .await;
    let wanted = addition(3, "GZ-OLD-0003");
    let case = staff.clerk.post("/cases", &wanted).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

async fn a_presented_medium_is_taken_in_and_given_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = adding(&hall, &staff).await;
    assert_eq!(blockers(&view, "return_certificate"), ["medium_not_in_custody"]);
    assert_eq!(offer(&view, "take_certificate")["accepts"], json!(["box_number"]));
    let taken = staff.clerk.act(&case, "take_certificate", &json!({})).await.expect(200);
    let stay = &taken["custody"][0];
    assert_eq!((&stay["cause"]["code"], &stay["slip"]["number"]), (&json!("taken_in"), &json!("SC20260302-0001")));
    assert_eq!(blockers(&taken, "take_certificate"), ["medium_in_custody"]);
    let again = staff.clerk.act(&case, "take_certificate", &json!({})).await.refused(422, "medium_in_custody");
    assert!(again["detail"].as_str().unwrap().contains(&case), "it says by which case: {again:#}");
    assert_eq!(kept(&staff, &format!("kept_at={CENTER}")).await, ["GZ-OLD-0003"]);
    let certificate = staff.clerk.get("/certificates/GZ-OLD-0003").await.expect(200);
    assert_eq!(certificate["state"]["code"], "active", "it is no less valid for being in the hall");

    let accepted = staff.accept(&case, &view).await;
    let paid = staff.pay(&accepted).await;
    // Who takes it is needed now; it wasn't before.
    assert_eq!(offer(&paid, "activate")["requires"], json!(["collector"]));
    let nobody = staff.clerk.act(&case, "activate", &json!({})).await;
    assert_eq!(nobody.faults(), [("/collector".to_owned(), "missing_field".to_owned())]);
    let done = staff.clerk.act(&case, "activate", &json!({ "collector": collector() })).await.expect(200);
    assert_eq!((&done["state"]["code"], &done["custody"]), (&json!("activated"), &json!([])));
    let numbers: Vec<&str> =
        done["slips"].as_array().unwrap().iter().map(|slip| slip["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["SC20260302-0001", "LQ20260302-0001"]);
    let history = staff.clerk.get("/certificates/GZ-OLD-0003/events").await.expect(200);
    assert_eq!(
        kinds(&history),
        ["registered", "registration_approved", "taken_in", "service_opened", "service_opened", "given_back"]
    );
    assert!(kept(&staff, &format!("kept_at={CENTER}")).await.is_empty());
}

async fn a_case_that_ends_early_gives_the_medium_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    staff.clerk.post(&format!("/certificates/{SERIAL}/lock-reports"), &json!({})).await.expect(200);
    let (case, _) = staff.opened("unlock", json!({})).await;
    let taken = staff.clerk.act(&case, "take_certificate", &json!({ "box_number": "C-1" })).await.expect(200);
    assert_eq!(taken["custody"][0]["box_number"], "C-1");
    let reason = json!({ "reason": "申请人不办了" });
    let answer = staff.clerk.act(&case, "withdraw", &reason).await;
    assert_eq!(answer.faults(), [("/collector".to_owned(), "missing_field".to_owned())]);
    let back = staff.clerk.act(&case, "return_certificate", &json!({ "collector": collector() })).await.expect(200);
    assert_eq!((&back["custody"], &back["state"]["code"]), (&json!([]), &json!("submitted")));
    staff.clerk.act(&case, "withdraw", &reason).await.expect(200);
    assert_eq!(staff.certificate().await["custody"], Value::Null);
    // At once with the end, too.
    let (case, _) = staff.opened("unlock", json!({})).await;
    staff.clerk.act(&case, "take_certificate", &json!({})).await.expect(200);
    let mut both = reason.clone();
    both["collector"] = collector();
    let ended = staff.clerk.act(&case, "reject", &both).await.expect(200);
    assert_eq!((&ended["custody"], ended["slips"].as_array().unwrap().len()), (&json!([]), 2));
}

async fn the_time_out_ends_no_case_with_a_medium_in_custody(database: TestDatabase) {
    let files = Files::new();
    let with_end =
        "states = [{ code = \"correction_requested\", time_out = { after_days = 60, action = \"withdraw\" } }, ";
    files.change("workflows/unlock.toml", &[("states = [", with_end)]);
    let hall = Hall::arranged(database, files.path(), &[]).await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2025-12-01T10:00:00+08:00");
    staff.clerk.post(&format!("/certificates/{SERIAL}/lock-reports"), &json!({})).await.expect(200);
    let (case, view) = staff.opened("unlock", json!({})).await;
    staff.clerk.act(&case, "take_certificate", &json!({})).await.expect(200);
    let mut lacking = all_in_order(&view);
    lacking["materials"][0]["copies_received"] = json!(1);
    lacking["materials"][0]["copies_stamped"] = json!(1);
    staff.clerk.act(&case, "record_materials", &lacking).await.expect(200);
    staff.clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    hall.advance(Duration::days(61));
    let swept = hall.running.service.sweep().await.unwrap();
    assert_eq!(swept.failed, 0, "it waits for somebody to fetch the key");
    let path = format!("/cases/{case}");
    assert_eq!(staff.clerk.get(&path).await.expect(200)["state"]["code"], "correction_requested");
    staff.clerk.act(&case, "return_certificate", &json!({ "collector": collector() })).await.expect(200);
    hall.running.service.sweep().await.unwrap();
    assert_eq!(staff.clerk.get(&path).await.expect(200)["state"]["code"], "withdrawn");
}

async fn a_medium_is_handed_over_only_where_it_is(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let staff = Staff::of(&hall).await;
    let case = made(&staff, 2, "GZ-0002").await;
    let boxed = staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "A-1" })).await.expect(200);
    staff.pay(&boxed).await;
    let everywhere = hall.person(&[Role::Clerk, Role::Supervisor], None).await;
    let moved = json!({ "correction": { "outlet": EAST }, "reason": "改到东区领取" });
    everywhere.act(&case, "correct_application", &moved).await.expect(200);
    everywhere.act(&case, "record_collector", &json!({ "collector": collector() })).await.expect(200);
    let refused = everywhere.act(&case, "issue", &json!({})).await.refused(422, "medium_elsewhere");
    assert!(refused["detail"].as_str().unwrap().contains("A-1"), "{refused:#}");
    // The same number is another box there.
    let arrived = everywhere.act(&case, "box_certificate", &json!({ "box_number": "A-1" })).await.expect(200);
    assert_eq!(arrived["custody"][0]["outlet"], EAST);
    let issued = everywhere.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(issued["slips"][0]["outlet"], EAST);
}

async fn a_voided_medium_is_scrapped(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = made(&staff, 2, "GZ-0002").await;
    staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "A-1" })).await.expect(200);
    let remade = staff.producer.act(&case, "remake", &json!({ "reason": "介质损坏" })).await.expect(200);
    assert_eq!(remade["custody"], json!([]));
    assert!(kept(&staff, &format!("kept_at={CENTER}")).await.is_empty());
    let voided = staff.clerk.get("/certificates/GZ-0002").await.expect(200);
    assert_eq!((&voided["state"]["code"], &voided["custody"]), (&json!("revoked"), &Value::Null));
    staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "A-1" })).await.refused(409, "wrong_state");
}

async fn a_damaged_medium_is_retired_when_the_new_one_is_issued(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("reissue", reissue("damaged")).await;
    staff.clerk.act(&case, "take_certificate", &json!({ "box_number": "D-1" })).await.expect(200);
    staff.accept(&case, &view).await;
    let made = json!({ "certificate": { "serial": "GZ-NEW-0001", "medium_number": "KEY-NEW-0001" } });
    let made = staff.producer.act(&case, "record_certificate", &made).await.expect(200);
    let serials: Vec<&str> =
        made["custody"].as_array().unwrap().iter().map(|stay| stay["serial"].as_str().unwrap()).collect();
    assert_eq!(serials, ["GZ-NEW-0001", SERIAL], "two media, each in its place");
    let boxed = staff.clerk.act(&case, "box_certificate", &json!({ "box_number": "A-1" })).await.expect(200);
    assert_eq!(boxed["custody"][0]["box_number"], "A-1");
    assert_eq!(boxed["custody"][1]["box_number"], "D-1", "the new one is the one that is boxed");
    staff.pay(&boxed).await;
    staff.clerk.act(&case, "record_collector", &json!({ "collector": collector() })).await.expect(200);
    let issued = staff.clerk.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(issued["custody"], json!([]));
    let history = staff.clerk.get(&format!("/certificates/{SERIAL}/events")).await.expect(200);
    assert_eq!(kinds(&history), ["registered", "registration_approved", "taken_in", "revoked", "medium_retired"]);
}

async fn media_go_into_a_box_many_at_a_time(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let mut cases = Vec::new();
    for organization in 2..6 {
        cases.push(made(&staff, organization, &format!("GZ-000{organization}")).await);
    }
    let not_made = staff.clerk.post("/cases", &application(7)).await.expect(201)["acceptance_number"].clone();
    let mut rows: Vec<Value> = cases.iter().map(|case| json!({ "case": case })).collect();
    rows.push(json!({ "case": not_made }));
    let batch = json!({ "box_number": "A-9", "cases": rows });
    let done = staff.producer.post("/batches/box_certificate", &batch).await.expect(200);
    assert_eq!((&done["done"], &done["refused"]), (&json!(4), &json!(1)), "{done:#}");
    assert_eq!(done["results"][4]["problem"]["code"], "wrong_state");
    assert_eq!(kept(&staff, "box_number=A-9").await.len(), 4);
    let again = staff.producer.post("/batches/box_certificate", &batch).await.expect(200);
    assert_eq!((&again["unchanged"], &again["refused"]), (&json!(4), &json!(1)), "sent again it does nothing twice");
    let missing = json!({ "cases": [{ "case": cases[0] }] });
    let answer = staff.producer.post("/batches/box_certificate", &missing).await;
    assert_eq!(answer.faults(), [("/box_number".to_owned(), "missing_field".to_owned())]);
}

async fn one_of_two_clerks_takes_in_a_medium(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, _) = adding(&hall, &staff).await;
    let other = hall.staff(Role::Clerk).await;
    for round in 1..=10 {
        let body = json!({});
        let (one, two) = tokio::join!(
            staff.clerk.act(&case, "take_certificate", &body),
            other.act(&case, "take_certificate", &body)
        );
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        lost.refused(422, "medium_in_custody");
        let taken = won.expect(200);
        let number = taken["custody"][0]["slip"]["number"].as_str().unwrap().to_owned();
        assert_eq!(number, format!("SC20260302-{round:04}"), "no number is lost to whoever came second");
        staff.clerk.act(&case, "return_certificate", &json!({ "collector": collector() })).await.expect(200);
    }
}

async fn each_copy_has_a_destination_and_extra_copies_are_given_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case_type = staff.clerk.get("/case-types/new-certificate").await.expect(200);
    let codes = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|database| database["code"].as_str().unwrap().to_owned()).collect()
    };
    let three = ["hall-file", "certification-authority", "applicant"];
    assert_eq!(codes(&case_type["materials"][0]["copies_go_to"]), three);
    let case = staff.clerk.post("/cases", &application(2)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let mut found = all_in_order(&case);
    found["materials"][0]["copies_received"] = json!(5);
    found["materials"][0]["copies_stamped"] = json!(5);
    staff.clerk.act(number, "record_materials", &found).await.expect(200);
    let accepted = staff.clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(accepted["copies"], json!([]), "nothing has gone anywhere yet");
    staff.pay(&accepted).await;
    let certificate = json!({ "certificate": { "serial": "GZ-0002", "medium_number": "KEY-0002" } });
    staff.producer.act(number, "record_certificate", &certificate).await.expect(200);
    staff.clerk.act(number, "record_collector", &json!({ "collector": collector() })).await.expect(200);
    let issued = staff.clerk.act(number, "issue", &json!({})).await.expect(200);
    let copies = issued["copies"].as_array().unwrap();
    assert_eq!(copies.len(), issued["materials"]["sheets"].as_array().unwrap().len());
    assert_eq!(codes(&copies[0]["went_to"]), three);
    assert_eq!((&copies[0]["given_back"], &copies[1]["given_back"]), (&json!(2), &json!(0)));
    let zh = hall.staff(Role::Clerk).await.in_chinese().get(&format!("/cases/{number}")).await.expect(200);
    assert_eq!(zh["copies"][0]["went_to"][0]["name"], "大厅业务档案");
}
