//! The same done to many cases: a result for each, and nothing twice.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::cases::worklists::{numbers_on, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order};

on_both!(
    a_batch_of_claims_has_a_result_per_case_and_is_idempotent,
    a_supervisor_assigns_many_cases_with_one_reason,
    a_batch_records_certificates_once,
    a_batch_with_faults_changes_nothing_and_reports_all_faults,
    a_batch_takes_at_most_200_cases,
);

fn cases(numbers: &[String]) -> Value {
    json!({ "cases": numbers.iter().map(|number| json!({ "case": number })).collect::<Vec<_>>() })
}

/// The result of each row, after the sums were held against them.
async fn run(person: &Person<'_>, action: &str, body: &Value) -> Vec<(String, Value)> {
    let answer = person.post(&format!("/batches/{action}"), body).await.expect(200);
    let results = answer["results"].as_array().unwrap();
    for result in ["done", "unchanged", "refused"] {
        assert_eq!(answer[result], results.iter().filter(|row| row["result"] == result).count());
    }
    let named: Vec<_> = results.iter().map(|row| row["case"].clone()).collect();
    let asked: Vec<_> = body["cases"].as_array().unwrap().iter().map(|row| row["case"].clone()).collect();
    assert_eq!(named, asked, "in the order of the request");
    results.iter().map(|row| (row["result"].as_str().unwrap().to_owned(), row["problem"]["code"].clone())).collect()
}

async fn several(clerk: &Person<'_>, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    let mut found = Vec::new();
    for number in numbers {
        found.push(opened(clerk, number).await.0);
    }
    found
}

async fn a_batch_of_claims_has_a_result_per_case_and_is_idempotent(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let numbers = several(&clerk, 1..=4).await;
    clerk.post(&format!("/cases/{}/claim", numbers[1]), &json!({})).await.expect(200);
    colleague.post(&format!("/cases/{}/claim", numbers[2]), &json!({})).await.expect(200);
    clerk.act(&numbers[3], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let mut body = cases(&numbers);
    body["cases"].as_array_mut().unwrap().push(json!({ "case": "01890000-0000-7000-8000-000000000000" }));
    let told = |first: &str| {
        vec![
            (first.to_owned(), Value::Null),
            ("unchanged".to_owned(), Value::Null),
            ("refused".to_owned(), json!("assigned_to_another")),
            ("refused".to_owned(), json!("case_closed")),
            ("refused".to_owned(), json!("not_found")),
        ]
    };
    assert_eq!(run(&clerk, "claim", &body).await, told("done"));
    assert_eq!(run(&clerk, "claim", &body).await, told("unchanged"));
    assert_eq!(clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200)["version"], 2);
    assert_eq!(run(&clerk, "release", &cases(&numbers[..1])).await[0].0, "done");
    assert_eq!(run(&clerk, "release", &cases(&numbers[..1])).await[0].0, "unchanged");
}

async fn a_supervisor_assigns_many_cases_with_one_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let numbers = several(&clerk, 1..=3).await;
    clerk.post(&format!("/cases/{}/claim", numbers[0]), &json!({})).await.expect(200);
    let mut body = cases(&numbers);
    body["assignee"] = json!(colleague.name());
    let results = run(&supervisor, "assign", &body).await;
    let words: Vec<&str> = results.iter().map(|(result, _)| result.as_str()).collect();
    assert_eq!(words, ["refused", "done", "done"], "it takes the first from somebody, without a reason");
    body["reason"] = json!("休假");
    let results = run(&supervisor, "assign", &body).await;
    let words: Vec<&str> = results.iter().map(|(result, _)| result.as_str()).collect();
    assert_eq!(words, ["done", "unchanged", "unchanged"]);
    assert_eq!(numbers_on(&colleague, "mine", 10).await.len(), 3);
}

async fn a_batch_records_certificates_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let mut rows = Vec::new();
    for number in 1..=4 {
        let (case, view) = opened(&clerk, number).await;
        if number != 3 {
            clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
            clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
        }
        // The last has the serial of the first.
        let serial = format!("GZ-{}", 1000 + number % 4 + u32::from(number == 4));
        rows.push(
            json!({ "case": case, "certificate": { "serial": serial, "medium_number": format!("KEY-{number:04}") } }),
        );
    }
    let mut body = json!({ "cases": rows[..3] });
    let told = |result: &str| {
        vec![
            (result.to_owned(), Value::Null),
            (result.to_owned(), Value::Null),
            ("refused".to_owned(), json!("wrong_state")),
        ]
    };
    assert_eq!(run(&producer, "record_certificate", &body).await, told("done"));
    // The answer was lost, and the same is sent again; as it would be typed.
    body["cases"][0]["certificate"]["serial"] = json!(" gz-1001 ");
    assert_eq!(run(&producer, "record_certificate", &body).await, told("unchanged"));
    let taken = run(&producer, "record_certificate", &json!({ "cases": [rows[3]] })).await;
    assert_eq!(taken, [("refused".to_owned(), json!("serial_taken"))]);
    // Another serial for the same case isn't the same.
    body["cases"][1]["certificate"]["serial"] = json!("GZ-9999");
    assert_eq!(run(&producer, "record_certificate", &body).await[1].1, "wrong_state");
    let refused = run(&clerk, "record_certificate", &json!({ "cases": [rows[2]] })).await;
    assert_eq!(refused[0].0, "refused");
    for case in [&rows[0], &rows[1]] {
        let events = clerk.get(&format!("/cases/{}/events", case["case"].as_str().unwrap())).await.expect(200);
        let made = events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "certificate_made");
        assert_eq!(made.count(), 1);
    }
}

async fn a_batch_with_faults_changes_nothing_and_reports_all_faults(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (case, _) = opened(&clerk, 1).await;
    let misshapen = json!({
        "cases": [{ "case": case }, { "case": case }, { "case": "no number" }, { "case": "1", "certificate": null }, 7],
        "assignee": "clerk", "reason": "理由", "remark": "x",
    });
    let faulty = json!({ "cases": [{ "case": case }, { "case": case }, { "case": "no number" }] });
    let certified = json!({
        "cases": [{ "case": case, "certificate": { "serial": "GZ-1", "medium_number": "KEY-1" } }, { "case": case }],
    });
    for (action, body, all) in [
        ("claim", misshapen, &["/assignee", "/cases/3/certificate", "/cases/4", "/reason", "/remark"][..]),
        ("claim", faulty, &["/cases/1/case", "/cases/2/case"]),
        ("box_certificate", certified, &["/box_number", "/cases/0/certificate", "/cases/1/case"]),
    ] {
        let answer = clerk.post(&format!("/batches/{action}"), &body).await;
        let faults = answer.faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        for wanted in all {
            assert!(pointers.contains(wanted), "{wanted} of {pointers:?}");
        }
        answer.refused(422, "invalid_request");
    }
    assert_eq!(clerk.get(&format!("/cases/{case}")).await.expect(200)["assignee"], Value::Null);
    let answer = clerk.post("/batches/assign", &cases(std::slice::from_ref(&case))).await;
    assert_eq!(answer.faults(), [("/assignee".to_owned(), "missing_field".to_owned())]);
    let answer = clerk.post("/batches/record_certificate", &cases(std::slice::from_ref(&case))).await;
    assert_eq!(answer.faults(), [("/cases/0/certificate".to_owned(), "missing_field".to_owned())]);
    // What could be done twice by being sent twice isn't done in batches.
    clerk.post("/batches/record_payment", &cases(std::slice::from_ref(&case))).await.refused(404, "not_found");
    let portal = hall.client("portal", &Scope::ALL).await;
    portal.post("/batches/claim", &cases(&[case])).await.refused(403, "forbidden");
}

async fn a_batch_takes_at_most_200_cases(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut numbers = several(&clerk, 1..=200).await;
    let results = run(&clerk, "claim", &cases(&numbers)).await;
    assert!(results.iter().all(|(result, _)| result == "done"), "{results:?}");
    numbers.push("01890000-0000-7000-8000-000000000000".to_owned());
    clerk.post("/batches/claim", &cases(&numbers)).await.refused(422, "invalid_request");
}
