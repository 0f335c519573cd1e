//! Persons with the documents that identify them.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::case_types::shipped::Staff;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application};

on_both!(
    each_identity_document_found_is_taken_or_refused,
    a_passport_needs_the_country_that_issued_it,
    a_collector_shows_a_document_as_an_applicant_does,
    each_phone_found_is_taken_and_masked_or_refused,
    another_spelling_of_a_phone_changes_nothing,
    a_certificate_contact_is_named_corrected_and_removed,
);

const FOUND: &str = include_str!("../../../data/found/identity-documents.csv");
const PHONES: &str = include_str!("../../../data/found/phones.csv");

async fn each_identity_document_found_is_taken_or_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut rows = 0;
    for (row, number) in csv::Reader::from_reader(FOUND.as_bytes()).records().zip(1..) {
        let row = row.unwrap();
        for whose in ["applicant", "agent"] {
            let mut request = application(number);
            request[whose]["document_type"] = row[0].replace('-', "_").into();
            request[whose]["identity_number"] = row[1].into();
            if &row[0] == "passport" {
                request[whose]["document_country"] = "SGP".into();
            }
            let answer = clerk.post("/cases", &request).await;
            if &row[2] == "valid" {
                let case = answer.expect(201);
                let shown = &case["application"][whose];
                let (given, masked) = (&row[3], shown["identity_number"].as_str().unwrap());
                assert_eq!(shown["document_type"], row[0].replace('-', "_"), "{row:?}");
                assert!(masked.contains("***") && masked.len() == given.len() && masked != given, "{masked}");
                withdraw(&clerk, &case).await;
            } else {
                let faults = answer.faults();
                assert!(faults.iter().all(|(at, _)| *at == format!("/{whose}/identity_number")), "{row:?}: {faults:?}");
                answer.refused(422, "invalid_request");
            }
        }
        rows += 1;
    }
    assert_eq!(rows, 12);
}

async fn a_passport_needs_the_country_that_issued_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut request = application(1);
    (request["applicant"]["document_type"], request["applicant"]["identity_number"]) =
        (json!("passport"), json!("E12345678"));
    let faults = clerk.post("/cases", &request).await.faults();
    assert_eq!(faults, [("/applicant/document_country".to_owned(), "missing_field".to_owned())]);
    request["applicant"]["document_country"] = "SGP".into();
    let case = clerk.post("/cases", &request).await.expect(201);
    assert_eq!(case["application"]["applicant"]["document_country"], "SGP");
    for (typed, kept) in [("SG", "SGP"), ("gb", "GBR"), ("hkg", "HKG")] {
        request["applicant"]["document_country"] = typed.into();
        request["organization"] = application(2)["organization"].clone();
        let case = clerk.post("/cases", &request).await.expect(201);
        assert_eq!(case["application"]["applicant"]["document_country"], kept);
        withdraw(&clerk, &case).await;
    }
    for unknown in ["XYZ", "ZZ", "UK", "SGQ"] {
        request["applicant"]["document_country"] = unknown.into();
        let faults = clerk.post("/cases", &request).await.faults();
        assert_eq!(faults, [("/applicant/document_country".to_owned(), "unknown_country".to_owned())], "{unknown}");
    }
    let mut resident = application(2);
    resident["applicant"]["document_country"] = "CHN".into();
    let faults = clerk.post("/cases", &resident).await.faults();
    assert_eq!(faults, [("/applicant/document_country".to_owned(), "unexpected".to_owned())]);
}

async fn a_collector_shows_a_document_as_an_applicant_does(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = staff.clerk.post("/cases", &application(9)).await.expect(201);
    let key = number_of(&case);
    staff.accept(key, &case).await;
    let made = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    staff.producer.act(key, "record_certificate", &made).await.expect(200);
    let collector = |document: Value| {
        let mut collector = json!({ "name": "曾国栋", "document_sighted": true });
        collector.as_object_mut().unwrap().extend(document.as_object().unwrap().clone());
        json!({ "collector": collector })
    };
    for (document, at, code) in [
        (json!({ "document_number": "440199198701195758" }), "document_number", "wrong_check_character"),
        (json!({ "document_number": "1" }), "document_number", "bad_length"),
        (
            json!({ "document_type": "taiwan_permit", "document_number": "123" }),
            "document_number",
            "bad_document_number",
        ),
        (json!({ "document_type": "passport", "document_number": "K1234567A" }), "document_country", "missing_field"),
        (
            json!({ "document_type": "passport", "document_country": "XYZ", "document_number": "K1234567A" }),
            "document_country",
            "unknown_country",
        ),
        (
            json!({ "document_country": "CHN", "document_number": "440199198701195759" }),
            "document_country",
            "unexpected",
        ),
        (json!({ "document_type": "letter", "document_number": "440199198701195759" }), "document_type", "not_one_of"),
    ] {
        let faults = staff.clerk.act(key, "record_collector", &collector(document.clone())).await.faults();
        assert_eq!(faults, [(format!("/collector/{at}"), code.to_owned())], "{document}");
    }
    for (document, shown) in [
        (
            json!({ "document_number": "440199198701195759" }),
            json!({ "document_type": "resident_identity_card", "document_number": "440***********5759" }),
        ),
        (
            json!({ "document_type": "passport", "document_country": "SG", "document_number": "k1234567a" }),
            json!({ "document_type": "passport", "document_country": "SGP", "document_number": "*****567A" }),
        ),
    ] {
        let case = staff.clerk.act(key, "record_collector", &collector(document)).await.expect(200);
        let mut shown = shown;
        shown["name"] = "曾国栋".into();
        assert_eq!(case["collector"], shown);
        let history = staff.supervisor.get(&format!("/cases/{key}/events")).await.expect(200);
        assert_eq!(history["items"].as_array().unwrap().last().unwrap()["data"]["after"], shown);
    }
}

async fn each_phone_found_is_taken_and_masked_or_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut rows = 0;
    for (row, number) in csv::Reader::from_reader(PHONES.as_bytes()).records().zip(1..) {
        let row = row.unwrap();
        let (typed, canonical) = (&row[0], &row[2]);
        for whose in ["applicant", "agent", "certificate_contact"] {
            let mut request = application(number);
            request["certificate_contact"] = json!({ "name": "曾国栋", "phone": "13900139001" });
            request[whose]["phone"] = typed.into();
            let answer = clerk.post("/cases", &request).await;
            if &row[1] == "valid" {
                let case = answer.expect(201);
                let masked = case["application"][whose]["phone"].as_str().unwrap();
                assert!(masked.contains("***") && masked != typed, "{row:?}: {masked}");
                let (main, extension) = canonical.split_once(";ext=").unwrap_or((canonical, ""));
                assert!(masked.ends_with(extension) && masked.contains(&main[main.len() - 4..]), "{row:?}: {masked}");
                assert!(!case.to_string().contains(&main[main.len() - 7..]), "{row:?}: {case}");
                // What is kept is the canonical form: to correct it to that changes nothing.
                let mut person = request[whose].clone();
                person["phone"] = canonical.into();
                let correction = json!({ "correction": { whose: person }, "reason": "核对" });
                let faults = clerk.act(number_of(&case), "correct_application", &correction).await.faults();
                assert_eq!(faults, [("/correction".to_owned(), "nothing_changed".to_owned())], "{row:?}");
                withdraw(&clerk, &case).await;
            } else {
                let faults = answer.faults();
                assert_eq!(faults, [(format!("/{whose}/phone"), "bad_phone_number".to_owned())], "{row:?}");
                answer.refused(422, "invalid_request");
            }
        }
        rows += 1;
    }
    assert_eq!(rows, 16);
}

async fn another_spelling_of_a_phone_changes_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut request = application(1);
    request["agent"]["phone"] = "0755-83123456-801".into();
    let case = clerk.post("/cases", &request).await.expect(201);
    assert_eq!(case["application"]["agent"]["phone"], "0755-****3456-801");
    let correct = async |phone: &str| {
        let mut agent = request["agent"].clone();
        agent["phone"] = phone.into();
        let correction = json!({ "correction": { "agent": agent }, "reason": "核对" });
        clerk.act(number_of(&case), "correct_application", &correction).await
    };
    for spelling in
        ["（０７５５）８３１２３４５６转８０１", "0086 755 8312 3456 分机：801", "+86-755-83123456 ext. 801"]
    {
        let faults = correct(spelling).await.faults();
        assert_eq!(faults, [("/correction".to_owned(), "nothing_changed".to_owned())], "{spelling}");
    }
    let without = correct("0755-83123456").await.expect(200);
    assert_eq!(without["application"]["agent"]["phone"], "0755-****3456");
    let another = correct("0755-83123456#802").await.expect(200);
    assert_eq!(another["application"]["agent"]["phone"], "0755-****3456-802");
}

async fn a_certificate_contact_is_named_corrected_and_removed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let without = clerk.post("/cases", &application(2)).await.expect(201);
    assert!(!without["application"].as_object().unwrap().contains_key("certificate_contact"));
    let mut request = application(1);
    request["certificate_contact"] = json!({ "name": "", "phone": "1" });
    clerk.post("/cases", &request).await.refused(422, "invalid_request");
    request["certificate_contact"] = json!({ "name": "买买提•吐尔逊", "phone": "0755 8312 3456 转 801" });
    let case = clerk.post("/cases", &request).await.expect(201);
    let shown = json!({ "name": "买买提·吐尔逊", "phone": "0755-****3456-801" });
    assert_eq!(case["application"]["certificate_contact"], shown);
    let correct = async |correction: Value| {
        let correction = json!({ "correction": correction, "reason": "换了联系人" });
        clerk.act(number_of(&case), "correct_application", &correction).await
    };
    let other = json!({ "name": "曾国栋", "phone": "13900139001" });
    let both = correct(json!({ "certificate_contact": other, "without_certificate_contact": true })).await.faults();
    assert_eq!(both, [("/correction/without_certificate_contact".to_owned(), "contradiction".to_owned())]);
    let corrected = correct(json!({ "certificate_contact": other })).await.expect(200);
    let corrected = &corrected["application"]["certificate_contact"];
    assert_eq!(*corrected, json!({ "name": "曾国栋", "phone": "139****9001" }));
    let removed = correct(json!({ "without_certificate_contact": true })).await.expect(200);
    assert!(!removed["application"].as_object().unwrap().contains_key("certificate_contact"));
    let history = supervisor.get(&format!("/cases/{}/events", number_of(&case))).await.expect(200);
    let corrections: Vec<(&Value, &Value)> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "application_corrected")
        .map(|event| (&event["data"]["before"]["certificate_contact"], &event["data"]["after"]["certificate_contact"]))
        .collect();
    assert_eq!(corrections, [(&shown, corrected), (corrected, &Value::Null)]);
    assert!(!history.to_string().contains("83123456") && !history.to_string().contains("13900139001"));
}

fn number_of(case: &Value) -> &str {
    case["acceptance_number"].as_str().unwrap()
}

async fn withdraw(clerk: &Person<'_>, case: &Value) {
    clerk.act(number_of(case), "withdraw", &json!({ "reason": "试办" })).await.expect(200);
}
