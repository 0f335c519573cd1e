//! Persons with the documents that identify them.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(each_identity_document_found_is_taken_or_refused, a_passport_needs_the_country_that_issued_it,);

const FOUND: &str = include_str!("../../data/found/identity-documents.csv");

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
                let case = case["acceptance_number"].as_str().unwrap();
                clerk.act(case, "withdraw", &json!({ "reason": "试办" })).await.expect(200);
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
    let mut resident = application(2);
    resident["applicant"]["document_country"] = "CHN".into();
    let faults = clerk.post("/cases", &resident).await.faults();
    assert_eq!(faults, [("/applicant/document_country".to_owned(), "unexpected".to_owned())]);
}
