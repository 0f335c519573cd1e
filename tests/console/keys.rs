//! The tasks of the counter by keyboard, and how many keys they take; each with script and without.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, all_in_order, application};

/// Down, as WebDriver writes it.
const DOWN: char = '\u{e015}';

const WITHOUT_SCRIPT: Window = Window { script: false, ..OFFICE };

/// Opens a case and answers its number.
async fn opened(clerk: &Person<'_>, number: u32) -> String {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

async fn state(clerk: &Person<'_>, number: &str) -> String {
    clerk.get(&format!("/cases/{number}")).await.expect(200)["state"]["code"].as_str().unwrap().to_owned()
}

/// What the sheet says after each press of keys; the last one comes to the case.
async fn at_the_sheet(window: Window, presses: &[(&str, &str)], ends: &str) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    let sheet = format!("/console/cases/{number}/materials");
    browser.go(&sheet).await;
    for (keys, verdict) in presses {
        browser.press(&format!("{keys}{ENTER}")).await;
        browser.says("#verdict", verdict).await;
    }
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}")).await;
    assert_eq!(state(&clerk, &number).await, ends);
    browser.close().await;
}

#[tokio::test]
async fn all_in_order_takes_two_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("+", "材料齐全")], "materials_checked").await;
}

#[tokio::test]
async fn all_in_order_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("+", "材料齐全")], "materials_checked").await;
}

#[tokio::test]
async fn one_seal_short_takes_four_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("4-+", "未盖单位公章")], "correction_requested").await;
}

#[tokio::test]
async fn one_seal_short_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("4-+", "未盖单位公章")], "correction_requested").await;
}

#[tokio::test]
async fn one_document_missing_takes_four_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("40+", "④")], "correction_requested").await;
}

#[tokio::test]
async fn a_list_on_the_desk_opens_by_its_digit_and_its_first_case_by_j_and_enter() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.press("1").await;
    browser.at("/console?list=to_check").await;
    browser.press(&format!("j{ENTER}")).await;
    browser.at(&format!("/console/cases/{number}")).await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}/materials")).await;
    browser.close().await;
}

/// A case whose certificate is made and paid; its medium is `KEY-000001`.
async fn ready(hall: &Hall, clerk: &Person<'_>) -> String {
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap().to_owned();
    clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    hall.staff(Role::Producer).await.act(&number, "record_certificate", &certificate).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    clerk.act(&number, "record_payment", &payment).await.expect(200);
    number
}

/// Two scans, each with its Enter, and two keys: who collects, and Enter.
async fn handed_over(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, other) = (ready(&hall, &clerk).await, opened(&clerk, 2).await);
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    browser.go(&format!("/console/cases/{other}/handover")).await;
    browser.press(&format!("{number}{ENTER}")).await;
    browser.at(&format!("/console/cases/{number}/handover")).await;
    browser.focused().await;
    browser.press(&format!("KEY-000001{ENTER}")).await;
    browser.at(&format!("/console/cases/{number}/handover?medium=KEY%2D000001")).await;
    browser.focused().await;
    browser.press(&format!("2{ENTER}")).await;
    browser.at(&format!("/console/cases/{number}/handover")).await;
    assert_eq!(state(&clerk, &number).await, "activated");
    browser.close().await;
}

#[tokio::test]
async fn hand_over_takes_two_scans_and_two_keys() {
    handed_over(OFFICE).await;
}

#[tokio::test]
async fn hand_over_takes_as_many_without_script() {
    handed_over(WITHOUT_SCRIPT).await;
}

#[tokio::test]
async fn one_document_missing_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("40+", "④")], "correction_requested").await;
}

#[tokio::test]
async fn what_follows_is_one_key_from_the_case_to_its_papers() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let number = opened(&hall.staff(Role::Clerk).await, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{number}")).await;
    browser.press("p").await;
    browser.at(&format!("/console/cases/{number}/prints")).await;
    browser.close().await;
}

/// An overdue case, and somebody who can take it.
async fn overdue(hall: &Hall) -> String {
    let number = opened(&hall.staff(Role::Clerk).await, 1).await;
    hall.advance(chrono::Duration::days(20));
    number
}

async fn assignee(hall: &Hall, number: &str) -> serde_json::Value {
    hall.staff(Role::Clerk).await.get(&format!("/cases/{number}")).await.expect(200)["assignee"]["name"].clone()
}

#[tokio::test]
#[ignore = "Enter on the choice of a person doesn't send the form"]
async fn an_overdue_case_is_found_and_reassigned_with_six_keys() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let number = overdue(&hall).await;
    let browser = Browser::of(&hall, Role::Supervisor, OFFICE).await;
    browser.go("/console/board").await;
    browser.press("o").await;
    browser.until(|path| path.starts_with("/console/cases?list=overdue")).await;
    browser.press(&format!("jxa{DOWN}{ENTER}")).await;
    browser.until(|path| path.contains("assigned=1")).await;
    assert!(assignee(&hall, &number).await.is_string());
    browser.close().await;
}

#[tokio::test]
async fn an_overdue_case_is_found_and_reassigned_without_script() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let number = overdue(&hall).await;
    let browser = Browser::of(&hall, Role::Supervisor, WITHOUT_SCRIPT).await;
    browser.go("/console/board").await;
    browser.click("main a[href*='list=overdue']").await;
    browser.until(|path| path.starts_with("/console/cases?list=overdue")).await;
    browser.click("main [name=case]").await;
    browser.click("main #assignee").await;
    browser.press(&format!("{DOWN}{ENTER}")).await;
    browser.click("form[action='/console/cases/assign'] button.primary").await;
    browser.until(|path| path.contains("assigned=1")).await;
    assert!(assignee(&hall, &number).await.is_string());
    browser.close().await;
}
