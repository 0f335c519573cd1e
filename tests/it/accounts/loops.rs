//! What a stolen credential of a clerk or a system can do in a loop, against the table in `docs/security.md`: whatever changes something has a
//! limit there or a reason, and what has a limit is refused beyond it.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::{Role, Scope};
use regex::Regex;
use serde_json::json;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, all_in_order, application};

on_both!(what_has_a_limit_is_refused_beyond_it);

const ACCESS: &str = include_str!("../../data/access.txt");
const SECURITY: &str = include_str!("../../../docs/security.md");

/// A row of the table: its requests, its limits, why.
struct Row {
    requests: Vec<String>,
    limits: Vec<String>,
    why: String,
}

fn rows() -> Vec<Row> {
    let (_, section) = SECURITY.split_once("## What a stolen credential can do").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let code = Regex::new("`([^`]+)`").unwrap();
    let named = |cell: &str| code.captures_iter(cell).map(|found| found[1].to_owned()).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        Row { requests: named(cells[0]), limits: named(cells[1]), why: cells[2].to_owned() }
    };
    section.lines().filter(|line| line.starts_with("| `")).map(row).collect()
}

#[test]
fn whatever_a_clerk_or_a_system_may_change_has_a_limit_or_a_reason() {
    let mut told = BTreeSet::new();
    for row in rows() {
        assert!(row.why.len() > 10, "{:?}: why?", row.requests);
        for request in row.requests {
            assert!(told.insert(request.clone()), "{request} stands twice");
        }
    }
    let entries = ACCESS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let changes = entries.map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|cells| {
        let (of_clerks, of_systems) =
            (cells.get(6) == Some(&"yes"), cells.get(12).is_some_and(|scopes| *scopes != "-"));
        cells[0] != "GET" && (of_clerks || of_systems)
    });
    let wanted: BTreeSet<String> = changes.map(|cells| format!("{} {}", cells[0], cells[1])).collect();
    assert!(wanted.len() > 20, "{wanted:?}");
    assert_eq!(told, wanted);
}

/// A case about the revocation of a registered certificate, ready to be revoked.
async fn to_revoke(clerk: &Person<'_>, number: u32) -> String {
    let asked = json!({
        "case_type": "revoke", "organization": registration(number)["organization"],
        "applicant": { "name": "谭丽", "identity_number": "440199196412310694", "phone": "13800138000" },
        "certificate_serial": format!("GZ2013-{number:04}"),
    });
    let case = clerk.post("/cases", &asked).await.expect(201);
    let key = case["id"].as_str().unwrap().to_owned();
    clerk.act(&key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&key, "accept_materials", &json!({})).await.expect(200);
    key
}

async fn what_has_a_limit_is_refused_beyond_it(database: TestDatabase) {
    let settings = [
        ("OPENINGS__PER_SYSTEM_AND_HOUR", "2"),
        ("OPENINGS__PER_ACCOUNT_AND_HOUR", "2"),
        ("LOCK_REPORTS__PER_SYSTEM_AND_HOUR", "2"),
        ("LOCK_REPORTS__PER_ACCOUNT_AND_HOUR", "2"),
        ("DISCLOSURES__MOST_PER_HOUR", "2"),
        ("WEBHOOKS__MOST_OF_ONE_SYSTEM", "2"),
    ];
    let hall = Hall::with(database, &settings).await;
    for number in 1..=40 {
        hall.register(&registration(number)).await;
    }
    let scopes = [Scope::CasesOpen, Scope::CasesRead, Scope::CertificatesReport, Scope::WebhooksManage];
    let clerk = hall.staff(Role::Clerk).await;
    let certificate = |number: u32, rest: &str| format!("/certificates/GZ2013-{number:04}/{rest}");
    let lost = json!({ "reason": "遗失" });
    let case = clerk.post("/cases", &application(101)).await.expect(201);
    let shown = format!("/cases/{}/disclosures", case["id"].as_str().unwrap());
    let asks = json!({ "person": "applicant", "fields": ["phone"], "purpose": "contact", "reason": "通知补正材料" });
    let hook = json!({ "url": "https://portal.example.org/hook" });
    let mut number = 0;
    for row in rows() {
        for (limit, request) in
            row.limits.iter().flat_map(|limit| row.requests.iter().map(move |request| (limit, request)))
        {
            // Each limit is tried by somebody who has done nothing yet.
            let person = match limit.contains("per_account") || limit.starts_with("disclosures") {
                true => hall.person(&[Role::Clerk], None).await,
                false => hall.client(&format!("system-{number}"), &scopes).await,
            };
            let mut answers: Vec<Answer> = Vec::new();
            for _ in 0..3 {
                number += 1;
                let path = request.split_once("/api/v1").unwrap().1;
                answers.push(match path {
                    "/cases" => person.post(path, &application(200 + number)).await,
                    "/cases/bulk" => {
                        let body = json!({ "applications": [application(200 + number)] });
                        let request = person.request(reqwest::Method::POST, path).await;
                        let key = uuid::Uuid::now_v7().to_string();
                        crate::hall::send(request.header("Idempotency-Key", key).json(&body)).await
                    }
                    "/certificates/{serial}/lock-reports" => {
                        person.post(&certificate(number, "lock-reports"), &json!({})).await
                    }
                    "/certificates/{serial}/loss-reports" => {
                        person.post(&certificate(number, "loss-reports"), &lost).await
                    }
                    "/certificates/{serial}/services/{code}/{act}" => {
                        person.post(&certificate(number, "services/e-seal/suspend"), &lost).await
                    }
                    "/cases/{key}/actions/{action}" => {
                        let opener = hall.person(&[Role::Clerk], None).await;
                        let case = to_revoke(&opener, number).await;
                        person.act(&case, "revoke", &json!({})).await
                    }
                    "/cases/{key}/disclosures" => person.post(&shown, &asks).await,
                    "/webhooks" => person.post(path, &hook).await,
                    other => panic!("tell the test how {other} is done again and again"),
                });
            }
            let refused = answers.pop().unwrap();
            for answer in answers {
                assert!(answer.status < 300, "{request}: {answer:?}");
            }
            let row = &refused.body["results"][0]["problem"];
            let problem = if row.is_null() { &refused.body } else { row };
            let code = problem["errors"][0]["code"].as_str().or(problem["code"].as_str());
            assert!(code.is_some_and(|code| code.starts_with("too_many_")), "{request} by {limit}: {refused:?}");
        }
    }
}
