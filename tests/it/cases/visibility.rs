//! What a refusal says to whoever may not see everything: no case that is 404 for them, and no way that is closed.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::case_types::shipped::{self, Staff};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, TWO_OUTLETS, application, organization_code};

on_both!(
    another_systems_case_is_not_named,
    the_register_names_no_case_to_other_systems,
    the_register_is_the_whole_halls_without_the_persons_of_its_cases,
    another_outlets_case_is_not_named,
    alternatives_are_what_would_be_accepted_now,
    a_clerk_opens_cases_for_the_own_outlet_only,
);

const EAST: &str = "panyu";
const SYSTEM: &[Scope] = &[Scope::CasesOpen, Scope::CasesRead, Scope::EligibilityRead, Scope::CertificatesReport];

async fn another_systems_case_is_not_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.client("portal", SYSTEM).await, hall.client("bureau", SYSTEM).await);
    let case = one.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let own = one.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(own["alternatives"][0]["acceptance_number"], number);
    let refused = other.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(refused["alternatives"], json!([]));
    assert!(!refused.to_string().contains(number), "{refused:#}");
    let eligibility = other.get(&format!("/organizations/{}/eligibility", organization_code(1))).await.expect(200);
    assert_eq!((&eligibility["eligible"], &eligibility["alternatives"]), (&json!(false), &json!([])));
    assert!(!eligibility.to_string().contains(number), "{eligibility:#}");
    // Staff of the hall see it.
    let clerk = hall.staff(Role::Clerk).await;
    let seen = clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(seen["alternatives"][0]["href"], format!("/api/v1/cases/{number}"));
}

async fn the_register_names_no_case_to_other_systems(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = staff.clerk.post("/cases", &application(2)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    staff.accept(number, &case).await;
    let made = json!({ "certificate": { "serial": "GZ-000002", "medium_number": "KEY-000002" } });
    staff.producer.act(number, "record_certificate", &made).await.expect(200);
    staff.producer.act(number, "box_certificate", &json!({ "box_number": "A-1" })).await.expect(200);
    let seen = staff.clerk.get("/certificates/GZ-000002").await.expect(200);
    assert_eq!((&seen["case_id"], &seen["custody"]["acceptance_number"]), (&case["id"], &case["acceptance_number"]));
    let reader = hall.client("bureau", &[Scope::CertificatesRead]).await;
    for path in ["/certificates/GZ-000002", "/certificates/GZ-000002/events", "/certificates?serial=GZ-000002"] {
        let told = reader.get(path).await.expect(200).to_string();
        assert!(!told.contains(number) && !told.contains(case["id"].as_str().unwrap()), "{path}: {told}");
    }
}

async fn the_register_is_the_whole_halls_without_the_persons_of_its_cases(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let staff = Staff::of(&hall).await;
    let case = staff.clerk.post("/cases", &application(2)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    staff.accept(number, &case).await;
    let made = json!({ "certificate": { "serial": "GZ-000002", "medium_number": "KEY-000002" } });
    staff.producer.act(number, "record_certificate", &made).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": case["fee"]["total_fen"], "method": "cash" } });
    staff.clerk.act(number, "record_payment", &payment).await.expect(200);
    let collector = json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true });
    staff.clerk.act(number, "record_collector", &json!({ "collector": collector })).await.expect(200);
    staff.clerk.act(number, "issue", &json!({})).await.expect(200);
    let east = hall.person(&[Role::Clerk, Role::Supervisor], Some(EAST)).await;
    east.get(&format!("/cases/{number}")).await.refused(404, "not_found");
    for path in ["/certificates/GZ-000002", "/certificates/GZ-000002/events", "/certificates?serial=GZ-000002"] {
        let told = east.get(path).await.expect(200).to_string();
        // Whoever handles the certificate is written on it; everybody else is the case's.
        assert!(told.contains("刘少芬"), "{path}: {told}");
        for of_the_case in ["谭丽", "440199196412310694", "440199196706237621", "13800138000", "38828393"] {
            assert!(!told.contains(of_the_case), "{path}: {told}");
        }
    }
}

async fn another_outlets_case_is_not_named(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let staff = Staff::of(&hall).await;
    let (number, _) = staff.opened("renew", json!({ "service_years": 1, "payment_method": "cash" })).await;
    let east = hall.person(&[Role::Clerk, Role::Supervisor], Some(EAST)).await;
    let mut request = shipped::application("revoke", json!({}));
    request["outlet"] = json!(EAST);
    let refused = east.post("/cases", &request).await.refused(409, "certificate_busy");
    assert!(!refused.to_string().contains(&number), "{refused:#}");
    east.get(&format!("/cases/{number}")).await.refused(404, "not_found");
}

async fn alternatives_are_what_would_be_accepted_now(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let offered = |refused: &Value| -> Vec<String> {
        let all = refused["alternatives"].as_array().unwrap();
        all.iter().map(|offer| offer["case_type"].as_str().unwrap().to_owned()).collect()
    };
    let refused = staff.clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert!(offered(&refused).contains(&"revoke".to_owned()));
    // Another system can't open what only the window opens.
    let portal = hall.client("portal", SYSTEM).await;
    let refused = portal.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert!(!offered(&refused).contains(&"revoke".to_owned()) && !offered(&refused).is_empty(), "{refused:#}");
    // While a case works on the certificate, no other can be opened.
    staff.opened("renew", json!({ "service_years": 1, "payment_method": "cash" })).await;
    let refused = staff.clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    assert_eq!(offered(&refused), Vec::<String>::new());
}

async fn a_clerk_opens_cases_for_the_own_outlet_only(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let east = hall.person(&[Role::Clerk], Some(EAST)).await;
    let answer = east.post("/cases", &application(1)).await;
    assert_eq!(answer.faults(), [("/outlet".to_owned(), "other_outlet".to_owned())]);
    let mut own = application(1);
    own["outlet"] = json!(EAST);
    let case = east.post("/cases", &own).await.expect(201);
    east.get(&format!("/cases/{}", case["acceptance_number"].as_str().unwrap())).await.expect(200);
}
