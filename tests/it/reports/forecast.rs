//! The forecast over HTTP: from what the hall made, what it will miss, and what would prevent it.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, TWO_OUTLETS, application};

on_both!(the_forecast_names_the_cases_that_will_be_late, only_supervisors_and_auditors_see_the_forecast);

/// Opens a case and makes its certificate at once.
async fn made(clerk: &Person<'_>, producer: &Person<'_>, number: u32) {
    let case = opened(clerk, number).await;
    let certificate =
        json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
    producer.act(&case, "record_certificate", &certificate).await.expect(200);
}

async fn opened(clerk: &Person<'_>, number: u32) -> String {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

async fn the_forecast_names_the_cases_that_will_be_late(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let mut number = 0;
    for day in [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17] {
        hall.set_time(&format!("2026-03-{day:02}T10:00:00+08:00"));
        if day == 12 {
            let early = supervisor.get("/forecast").await.expect(200);
            assert_eq!((&early["limits"], &early["expected_late"]), (&json!([]), &json!(0.0)), "an empty queue");
        }
        for _ in 0..2 {
            number += 1;
            made(&clerk, &producer, number).await;
        }
    }
    hall.set_time("2026-03-18T10:00:00+08:00");
    let mut cases = Vec::new();
    for _ in 0..60 {
        number += 1;
        cases.push(opened(&clerk, number).await);
    }
    let told = supervisor.get("/forecast").await.expect(200);
    let history: Vec<&Value> = told["history"].as_array().unwrap().iter().map(|day| &day["made"]).collect();
    assert_eq!(history, [2; 12], "the working days from the first that anything was made on to yesterday");
    assert_eq!((&told["open"], &told["overdue_already"]), (&json!(60), &json!(0)));
    // Ten whole days and what is left of today: two a day make 21, sixty in time need six a day.
    assert_eq!(told["needed_per_day"], 6);
    let late = told["expected_late"].as_f64().unwrap();
    assert!((37.0..=40.0).contains(&late), "{late}");
    let limit = &told["limits"][0];
    assert_eq!((&limit["limit"], &limit["certainty"]), (&json!("2026-04-01"), &json!("likely_late")));
    let safe = usize::try_from(limit["safe_cases"].as_u64().unwrap()).unwrap();
    assert!((18..=21).contains(&safe), "{safe}");
    let at_risk = told["at_risk"].as_array().unwrap();
    let named: Vec<&str> = at_risk.iter().map(|case| case["acceptance_number"].as_str().unwrap()).collect();
    assert_eq!(named, cases[safe..], "those received last");
    let risks: Vec<f64> = at_risk.iter().map(|case| case["probability_late"].as_f64().unwrap()).collect();
    assert!(risks.is_sorted() && risks[0] >= 0.05 && *risks.last().unwrap() > 0.95);
    // What stands still is in nobody's queue.
    for case in &cases[..40] {
        supervisor.act(case, "pause", &json!({ "reason": "等介质到货" })).await.expect(200);
    }
    let told = supervisor.get("/forecast?history_days=10").await.expect(200);
    assert_eq!((&told["open"], told["history"].as_array().unwrap().len()), (&json!(20), 10));
    assert_eq!(told["limits"][0]["certainty"], "safe");
    assert_eq!(told["at_risk"], json!([]));
    hall.set_time("2026-04-01T17:30:01+08:00");
    let told = supervisor.get("/forecast").await.expect(200);
    assert_eq!((&told["overdue_already"], &told["needed_per_day"]), (&json!(20), &Value::Null));
}

async fn only_supervisors_and_auditors_see_the_forecast(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let auditor = hall.person(&[Role::Auditor], None).await;
    opened(&clerk, 1).await;
    clerk.get("/forecast").await.refused(403, "forbidden");
    supervisor.get("/forecast?outlet=panyu").await.refused(404, "not_found");
    for person in [&supervisor, &auditor] {
        person.get("/forecast?outlet=elsewhere").await.refused(400, "invalid_query");
    }
    supervisor.get("/forecast?history_days=5").await.refused(400, "invalid_query");
    let told = auditor.get("/forecast").await.expect(200);
    assert_eq!(told["limits"][0]["certainty"], "not_enough_history");
    assert_eq!((&told["expected_late"], &told["needed_per_day"]), (&Value::Null, &json!(1)));
    assert_eq!(auditor.get("/forecast?outlet=panyu").await.expect(200)["open"], 0);
}
