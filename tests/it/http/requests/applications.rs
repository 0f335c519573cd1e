//! Opening a case: all faults of one kind at once, papers of either age, eligibility, and the number that finds it.

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::base::organization_code::{OrganizationCode, UnifiedSocialCreditCode};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application, unified_code};

on_both!(an_organization_is_the_same_under_either_of_its_codes, the_digits_of_the_acceptance_number_find_the_case);

/// Right check digit (ISO 7064 MOD 11,10); the region doesn't exist.
const REGISTRATION_NUMBER: &str = "440199000000011";

fn registration_number() -> String {
    let digits = (0..10).map(|check| format!("{}{check}", &REGISTRATION_NUMBER[..14]));
    digits
        .into_iter()
        .find(|text| casehall::domain::base::organization_code::RegistrationNumber::parse(text).is_ok())
        .unwrap()
}

/// The organization code inside a unified code, as it stands on paper.
fn organization_code(unified: &str) -> String {
    UnifiedSocialCreditCode::parse(unified).unwrap().organization_code().hyphenated()
}

/// The `number`-th organization with its papers from before 2015.
fn with_old_papers(number: u32) -> Value {
    let mut application = application(number);
    application["organization"] = json!({
        "name": format!("广州第{number}建筑有限公司"),
        "organization_code": organization_code(&unified_code(number)),
        "registration_number": registration_number(),
    });
    application
}

/// A unified code whose own check character is wrong, while the organization code inside it is right.
fn with_wrong_check(number: u32) -> String {
    let code = unified_code(number);
    let wrong = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{wrong}", &code[..17])
}

fn faults(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

#[tokio::test]
async fn every_fault_of_an_application_comes_in_both_languages_first_of_its_form_then_of_its_meaning() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let misshapen = json!({
        "case_type": "new-certificate",
        "organization": { "name": "长".repeat(121), "unified_social_credit_code": with_wrong_check(1), "mobile": "1" },
        "applicant": { "name": "谭丽", "identity_number": "440199196412310695", "phone": "12345" },
        "agent": { "identity_number": 4, "phone": "020-38828393" },
        "applications": ["tax"],
        "outlet": "nowhere",
        "service_years": 4,
        "colour": "red",
    });
    let of_form = faults(&[
        ("/agent/identity_number", "wrong_type"),
        ("/agent/name", "missing_field"),
        ("/colour", "unknown_field"),
        ("/organization/mobile", "unknown_field"),
        ("/organization/name", "too_long"),
        ("/service_years", "too_large"),
    ]);
    let faulty = json!({
        "case_type": "new-certificate",
        "organization": { "name": "广州建筑有限公司", "unified_social_credit_code": with_wrong_check(1) },
        "applicant": { "name": "谭丽", "identity_number": "440199196412310695", "phone": "12345" },
        "agent": { "name": "刘少芬", "identity_number": "440199196706237621", "phone": "020-38828393" },
        "applications": ["tax"],
        "outlet": "nowhere",
        "payment_method": "gold",
        "responsibility_letter_accepted": false,
        "certificate_serial": "GZ-000001",
    });
    let of_meaning = faults(&[
        ("/applicant/identity_number", "wrong_check_character"),
        ("/applicant/phone", "bad_phone_number"),
        ("/applications", "required_application_missing"),
        ("/applications/0", "not_one_of"),
        ("/certificate_serial", "unexpected_field"),
        ("/collection_method", "missing_field"),
        ("/organization/unified_social_credit_code", "wrong_check_character"),
        ("/outlet", "not_one_of"),
        ("/payment_method", "not_one_of"),
        ("/responsibility_letter_accepted", "responsibility_letter_not_accepted"),
        ("/service_years", "missing_field"),
    ]);
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let details = |problem: &Value| {
        let texts =
            problem["errors"].as_array().unwrap().iter().map(|fault| fault["detail"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    let urban = |text: &String| text.contains("市城建") || text.contains("Urban");
    for (sent, expected) in [(&misshapen, of_form), (&faulty, of_meaning)] {
        let english = clerk.post("/cases", sent).await;
        assert_eq!(english.faults(), expected);
        let chinese = hall.staff(Role::Clerk).await.in_chinese().post("/cases", sent).await;
        assert_eq!(chinese.faults(), expected);
        assert!(details(&chinese.body).iter().all(|text| is_chinese(text)), "{:#}", chinese.body);
        assert!(details(&english.body).iter().all(|text| !is_chinese(text) || urban(text)), "{:#}", english.body);
        assert!(is_chinese(chinese.body["title"].as_str().unwrap()));
        // What was typed about persons isn't repeated.
        for secret in ["440199196412310695", "12345"] {
            assert!(!english.body.to_string().contains(secret));
        }
        chinese.refused(422, "invalid_request");
        english.refused(422, "invalid_request");
    }
    assert_eq!(clerk.get("/cases").await.expect(200)["items"], json!([]), "nothing was opened");
}

#[tokio::test]
async fn an_empty_application_reports_every_required_field() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let always = ["/applicant", "/organization"].map(|pointer| (pointer.to_owned(), "missing_field".to_owned()));
    assert_eq!(clerk.post("/cases", &json!({ "case_type": "new-certificate" })).await.faults(), always);
    let mut bare = application(1);
    bare.as_object_mut()
        .unwrap()
        .retain(|member, _| ["case_type", "organization", "applicant", "outlet"].contains(&member.as_str()));
    let answer = clerk.post("/cases", &bare).await;
    let needed = [
        ("/applications", "too_few_items"),
        ("/applications", "required_application_missing"),
        ("/collection_method", "missing_field"),
        ("/payment_method", "missing_field"),
        ("/responsibility_letter_accepted", "responsibility_letter_not_accepted"),
        ("/service_years", "missing_field"),
    ];
    let mut needed = faults(&needed);
    needed.sort();
    assert_eq!(answer.faults(), needed);
    // Without the case type nobody knows what is asked for.
    let nothing = clerk.post("/cases", &json!({})).await;
    let always = ["/applicant", "/case_type", "/organization"];
    assert_eq!(nothing.faults(), always.map(|pointer| (pointer.to_owned(), "missing_field".to_owned())));
    let mut unknown = application(1);
    unknown["case_type"] = json!("renewal");
    assert_eq!(clerk.post("/cases", &unknown).await.faults(), faults(&[("/case_type", "not_one_of")]));
    let mut without_code = application(1);
    without_code["organization"] = json!({ "name": "无代码单位" });
    let answer = clerk.post("/cases", &without_code).await;
    assert_eq!(answer.faults(), faults(&[("/organization/unified_social_credit_code", "missing_field")]));
    let mut half = with_old_papers(1);
    half["organization"].as_object_mut().unwrap().remove("registration_number");
    let answer = clerk.post("/cases", &half).await;
    assert_eq!(answer.faults(), faults(&[("/organization/registration_number", "missing_field")]));
    // A box that is left blank says nothing.
    for blank in ["", " \u{3000}"] {
        let mut left = with_old_papers(1);
        left["organization"]["registration_number"] = json!(blank);
        let answer = clerk.post("/cases", &left).await;
        assert_eq!(answer.faults(), faults(&[("/organization/registration_number", "missing_field")]));
        left["organization"]["kind"] = json!("institution");
        let opened = clerk.post("/cases", &left).await.expect(201);
        assert_eq!(opened["application"]["organization"]["registration_number"], Value::Null);
        let number = opened["acceptance_number"].as_str().unwrap();
        clerk.post(&format!("/cases/{number}/actions/withdraw"), &json!({ "reason": "另行申请" })).await.expect(200);
    }
    let mut differing = application(1);
    differing["organization"]["organization_code"] = json!(organization_code(&unified_code(2)));
    let answer = clerk.post("/cases", &differing).await;
    assert_eq!(answer.faults(), faults(&[("/organization/organization_code", "codes_differ")]));
}

#[tokio::test]
async fn old_papers_require_the_organization_code_certificate() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let rows = |case: &Value| {
        let sheets = case["materials"]["sheets"].as_array().unwrap();
        sheets.iter().map(|sheet| sheet["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let old = clerk.post("/cases", &with_old_papers(1)).await.expect(201);
    assert_eq!(rows(&old), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let sixth = &old["materials"]["sheets"][5];
    assert_eq!(sixth["name"], "组织机构代码证（副本）");
    assert_eq!((&sixth["copies"], &sixth["stamped"], &sixth["original"]), (&json!(3), &json!(true), &json!("sighted")));
    assert_eq!(old["application"]["organization"]["unified_social_credit_code"], Value::Null);
    let new = clerk.post("/cases", &application(2)).await.expect(201);
    assert_eq!(rows(&new), [1, 2, 3, 4, 5, 7, 8, 9]);
    // Who changes to the 18-digit code meanwhile needn't bring the paper any more.
    let organization = json!({ "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) });
    let correction = json!({ "correction": { "organization": organization }, "reason": "已换发新证" });
    let corrected = clerk.act(old["id"].as_str().unwrap(), "correct_application", &correction).await.expect(200);
    assert_eq!(rows(&corrected), [1, 2, 3, 4, 5, 7, 8, 9]);
}

#[tokio::test]
async fn only_a_supervisor_overrides_a_wrong_check_character() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let code = with_wrong_check(3);
    let mut application = application(3);
    application["organization"]["unified_social_credit_code"] = json!(code);
    let wrong = faults(&[("/organization/unified_social_credit_code", "wrong_check_character")]);
    assert_eq!(clerk.post("/cases", &application).await.faults(), wrong);
    assert_eq!(supervisor.post("/cases", &application).await.faults(), wrong, "without a reason it is a typing error");
    application["organization"]["check_override_reason"] = json!("原件如此，已核对");
    let refused = faults(&[
        ("/organization/check_override_reason", "override_not_permitted"),
        ("/organization/unified_social_credit_code", "wrong_check_character"),
    ]);
    assert_eq!(clerk.post("/cases", &application).await.faults(), refused);
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    assert_eq!(portal.post("/cases", &application).await.faults(), refused);
    // The organization code inside has a check character of its own, which no one overrides: it identifies.
    let mut broken = application.clone();
    let inner = OrganizationCode::parse(&code[8..17]).unwrap();
    let last = if inner.as_str().ends_with('0') { "1" } else { "0" };
    broken["organization"]["unified_social_credit_code"] = json!(format!("{}{last}{}", &code[..16], &code[17..]));
    assert_eq!(supervisor.post("/cases", &broken).await.faults(), wrong);
    let opened = supervisor.post("/cases", &application).await.expect(201);
    assert_eq!(opened["application"]["organization"]["check_override_reason"], "原件如此，已核对");
    let events = clerk.get(&format!("/cases/{}/events", opened["id"].as_str().unwrap())).await.expect(200);
    assert!(events["items"][0].to_string().contains("原件如此，已核对"), "the reason is kept with who gave it");
}

async fn an_organization_is_the_same_under_either_of_its_codes(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let line = hall.client("customer-line", &[Scope::EligibilityRead]).await.in_chinese();
    let (unified, old) = (unified_code(4), organization_code(&unified_code(4)));
    let written = [
        unified.clone(),
        unified.to_lowercase(),
        old.clone(),
        old.replace('-', ""),
        format!("{}%20{}", &unified[..9], &unified[9..]),
        unified.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(), // full width
    ];
    for code in &written {
        let answer = line.get(&format!("/organizations/{code}/eligibility")).await.expect(200);
        assert_eq!((&answer["eligible"], &answer["reason"]), (&json!(true), &Value::Null), "{code}");
        assert_eq!(answer["organization_code"], old.replace('-', ""));
    }
    // With a mistyped code nobody may apply; whoever is known is found by it.
    let last = if unified.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &unified[..17]);
    let mistyped = format!("/organizations/{mistyped}/eligibility");
    assert_eq!(line.get(&mistyped).await.faults(), [("/code".to_owned(), "wrong_check_character".to_owned())]);
    let opened = clerk.post("/cases", &with_old_papers(4)).await.expect(201);
    for code in &written {
        let answer = line.get(&format!("/organizations/{code}/eligibility")).await.expect(200);
        assert_eq!(
            (&answer["eligible"], &answer["reason"]["code"]),
            (&json!(false), &json!("already_applied")),
            "{code}"
        );
        let message = answer["reason"]["message"].as_str().unwrap();
        assert!(message.starts_with("该证件已经申请过证书，不能再申请"), "{message}");
        assert_eq!(answer["alternatives"], json!([]), "the case isn't the customer line's to see");
    }
    assert_eq!(line.get(&mistyped).await.expect(200)["eligible"], false);
    let seen = clerk.get(&format!("/organizations/{old}/eligibility")).await.expect(200);
    assert_eq!(seen["alternatives"][0]["acceptance_number"], opened["acceptance_number"]);
    // Applying says the same as asking.
    for application in [application(4), with_old_papers(4)] {
        let refused = clerk.post("/cases", &application).await.refused(409, "already_applied");
        assert_eq!(refused["alternatives"][0]["acceptance_number"], opened["acceptance_number"]);
    }
    let found = clerk.get(&format!("/cases?organization_code={unified}")).await.expect(200);
    assert_eq!(found["items"][0]["id"], opened["id"]);
    for wrong in ["nothing", "123456789", &unified[..17], &format!("{unified}0")] {
        let answer = line.get(&format!("/organizations/{wrong}/eligibility")).await;
        assert_eq!(answer.faults()[0].0, "/code", "{wrong}");
        answer.refused(422, "invalid_request");
    }
}

async fn the_digits_of_the_acceptance_number_find_the_case(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(5)).await;
    assert_eq!(opened.header("Location"), format!("/api/v1/cases/{}", opened.body["id"].as_str().unwrap()));
    let opened = opened.expect(201);
    let number = opened["acceptance_number"].as_str().unwrap();
    assert_eq!((number.len(), &number[..11]), (12, "26030200001"), "the day, the first of it, a check digit");
    let full_width: String = number.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
    let encoded: String = full_width.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let spaced = format!("{}%20{}%E3%80%80{}", &number[..6], &number[6..11], &number[11..]);
    for written in [number, &full_width, &encoded, &spaced, &format!("%20{number}%20"), opened["id"].as_str().unwrap()]
    {
        let found = clerk.get(&format!("/cases/{written}")).await.expect(200);
        assert_eq!(found["id"], opened["id"], "{written}");
    }
    // Every single wrong digit and every swap of neighbours is noticed rather than finding another case.
    let digits: Vec<char> = number.chars().collect();
    for database in 0..digits.len() {
        let mut wrong = digits.clone();
        wrong[database] = if wrong[database] == '9' { '0' } else { '9' };
        let wrong: String = wrong.into_iter().collect();
        clerk.get(&format!("/cases/{wrong}")).await.refused(404, "not_found");
    }
    let second = clerk.post("/cases", &application(6)).await.expect(201);
    assert!(second["acceptance_number"].as_str().unwrap().starts_with("26030200002"));
    hall.set_time("2026-03-02T16:00:00Z"); // midnight in Guangzhou
    let tomorrow = clerk.post("/cases", &application(7)).await.expect(201);
    assert!(tomorrow["acceptance_number"].as_str().unwrap().starts_with("26030300001"));
}
