//! Cases and organizations found by name, however the name is spelled.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, TWO_OUTLETS, application, organization_code, unified_code};

on_both!(
    a_case_is_found_by_the_name_of_organization_and_person,
    a_corrected_name_is_found_and_the_old_one_is_not,
    eligibility_is_found_by_a_part_of_the_name,
);

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The organizations of the cases that a search finds, newest first.
async fn found(person: &Person<'_>, field: &str, part: &str) -> Vec<String> {
    let listed = person.get(&format!("/cases?{field}={}", encoded(part))).await.expect(200);
    let cases = listed["items"].as_array().unwrap().iter();
    cases.map(|case| case["organization_name"].as_str().unwrap().to_owned()).collect()
}

async fn a_case_is_found_by_the_name_of_organization_and_person(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let one = "广州市汇诚工程造价咨询有限公司";
    let two = "广州汇通（番禺）建筑有限公司";
    for (number, name, applicant, agent) in [(1, one, "买买提·吐尔逊", "刘少芬"), (2, two, "谭丽", "刘芬")]
    {
        let mut request = application(number);
        request["organization"]["name"] = json!(name);
        request["applicant"]["name"] = json!(applicant);
        request["agent"]["name"] = json!(agent);
        request["certificate_contact"] = json!({ "name": format!("曾国栋{number}号"), "phone": "13800138000" });
        if number == 2 {
            request["outlet"] = json!("panyu");
        }
        clerk.post("/cases", &request).await.expect(201);
    }
    for (field, part, expected) in [
        ("name", "汇诚", vec![one]),
        ("name", "广州", vec![two, one]),
        ("name", "汇通(番禺)", vec![two]),
        ("name", "汇\u{200B}通", vec![two]),
        ("name", "有限公司有限", vec![]),
        // A person's name is no organization's, and the other way about.
        ("name", "少芬", vec![]),
        ("applicant", "建筑", vec![]),
        ("applicant", "买买提•吐", vec![one]),
        ("applicant", "少芬", vec![one]),
        ("applicant", "谭丽", vec![two]),
        ("applicant", "国栋", vec![two, one]),
        // Two names that stand beside each other are no name.
        ("applicant", "丽刘", vec![]),
    ] {
        assert_eq!(found(&clerk, field, part).await, expected, "{field}={part}");
    }
    let faults = clerk.get(&format!("/cases?name={}", encoded("汇"))).await.faults();
    assert_eq!(faults, [("/name".to_owned(), "too_short".to_owned())]);
    // Of another outlet nothing is found, and of another system's cases nothing either.
    let east = hall.person(&[Role::Clerk], Some("panyu")).await;
    assert_eq!(found(&east, "name", "广州").await, [two]);
    let portal = hall.client("portal", &[Scope::CasesRead]).await;
    assert_eq!(found(&portal, "name", "广州").await, Vec::<String>::new());
}

async fn a_corrected_name_is_found_and_the_old_one_is_not(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let agent = json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138007" });
    let organization = json!({ "name": "广州更名建筑有限公司", "unified_social_credit_code": unified_code(1) });
    let correction = json!({ "correction": { "agent": agent, "organization": organization }, "reason": "填错" });
    clerk.act(number, "correct_application", &correction).await.expect(200);
    assert_eq!(found(&clerk, "applicant", "国栋").await, ["广州更名建筑有限公司"]);
    assert_eq!(found(&clerk, "applicant", "少芬").await, Vec::<String>::new());
    assert_eq!(found(&clerk, "name", "更名").await, ["广州更名建筑有限公司"]);
    assert_eq!(found(&clerk, "name", "第1建筑").await, Vec::<String>::new());
    assert_eq!(found(&clerk, "applicant", "谭丽").await.len(), 1, "who stays is still found");
}

async fn eligibility_is_found_by_a_part_of_the_name(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    let mut ended = crate::certificates::register::registration(2);
    ended["organization"]["name"] = json!("广州第2建筑有限公司");
    ended["valid_until"] = json!("2026-01-01T00:00:00Z");
    hall.register(&ended).await;
    let listed = clerk.get(&format!("/organizations?name={}", encoded("建筑有限"))).await.expect(200);
    let seen: Vec<_> = listed["items"].as_array().unwrap().iter().collect();
    assert_eq!(seen.len(), 2, "{listed:#}");
    assert_eq!((&seen[0]["name"], &seen[0]["eligible"]), (&json!("广州第1建筑有限公司"), &json!(false)));
    assert_eq!(seen[0]["reason"]["code"], "already_applied");
    assert_eq!(seen[0]["organization_code"], organization_code(1).replace('-', ""));
    assert_eq!((&seen[1]["name"], &seen[1]["eligible"]), (&json!("广州第2建筑有限公司"), &json!(true)));
    assert_eq!(listed["more"], false);
    let nobody = clerk.get(&format!("/organizations?name={}", encoded("不曾申请"))).await.expect(200);
    assert_eq!(nobody, json!({ "items": [], "more": false }));
    let portal = hall.client("portal", &[Scope::EligibilityRead]).await;
    portal.get(&format!("/organizations?name={}", encoded("建筑"))).await.refused(403, "forbidden");
}
