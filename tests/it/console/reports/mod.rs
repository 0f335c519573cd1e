//! What supervisors look at: the board, lists to reassign from, reports.

mod board;
mod listing;
mod marks;
mod report;

use serde_json::json;

use crate::hall::{Hall, Person, all_in_order, application};

/// Opens a case and takes it to the papers accepted.
async fn accepted(clerk: &Person<'_>, number: u32) -> String {
    let opened = clerk.post("/cases", &application(number)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    case
}

/// Cases of Monday, 2 March, one of which is made on Thursday, and of Friday, on the next Tuesday but one: three are overdue.
async fn busy(hall: &Hall, clerk: &Person<'_>, producer: &Person<'_>) -> Vec<String> {
    let mut cases = Vec::new();
    for number in 1..=4 {
        cases.push(accepted(clerk, number).await);
    }
    hall.set_time("2026-03-05T02:00:00Z");
    let certificate = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(&cases[0], "record_certificate", &certificate).await.expect(200);
    hall.set_time("2026-03-06T02:00:00Z");
    for number in 5..=6 {
        cases.push(accepted(clerk, number).await);
    }
    hall.set_time("2026-03-17T02:00:00Z");
    cases
}
