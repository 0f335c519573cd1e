//! The tasks of the counter by keyboard, and how many keys they take; each with script and without.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, all_in_order, application};

/// The arrow, as WebDriver writes it.
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
async fn a_list_on_the_desk_opens_by_its_digit_and_its_first_case_by_enter() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.press("1").await;
    browser.at("/console?list=to_check").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}")).await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}/materials")).await;
    browser.close().await;
}

#[tokio::test]
async fn the_command_box_and_the_verdict_are_seen_at_once_and_cover_no_focus() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{number}/materials")).await;
    let seen = "const box = document.querySelector('.dock').getBoundingClientRect();
        return box.top > 0 && box.bottom <= innerHeight";
    assert_eq!(browser.client.execute(seen, Vec::new()).await.unwrap(), true);
    let covered = "const covered = []; for (const field of document.querySelectorAll('table input, table select')) { field.focus();
        const [row, dock] = [field, document.querySelector('.dock')].map((it) => it.getBoundingClientRect());
        if (field.type !== 'hidden' && row.bottom > dock.top) covered.push(field.name); } return covered.join()";
    assert_eq!(browser.client.execute(covered, Vec::new()).await.unwrap(), "");
    browser.close().await;
}

/// From the page of one case: the next case and its medium are scanned, and the digit of the collector hands it over.
async fn at_the_counter(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let mut numbers = Vec::new();
    for number in 1..=2 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let number_of = case["acceptance_number"].as_str().unwrap().to_owned();
        clerk.act(&number_of, "record_materials", &all_in_order(&case)).await.expect(200);
        clerk.act(&number_of, "accept_materials", &json!({})).await.expect(200);
        let made = json!({ "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") });
        producer.act(&number_of, "record_certificate", &json!({ "certificate": made })).await.expect(200);
        let paid = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
        clerk.act(&number_of, "record_payment", &paid).await.expect(200);
        numbers.push(number_of);
    }
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    browser.go(&format!("/console/cases/{}/handover", numbers[0])).await;
    browser.press(&format!("{}{ENTER}", numbers[1])).await;
    browser.at(&format!("/console/cases/{}/handover", numbers[1])).await;
    browser.says("#box-help", "请先扫描").await;
    browser.press(&format!("KEY-000002{ENTER}")).await;
    browser.says("#box-help", "1 或 2 回车").await;
    browser.press(&format!("1{ENTER}")).await;
    browser.says(".saved", "已激活").await;
    assert_eq!(
        (state(&clerk, &numbers[1]).await, state(&clerk, &numbers[0]).await),
        ("activated".into(), "certificate_made".into())
    );
    browser.close().await;
}

#[tokio::test]
async fn handing_over_takes_two_scans_and_two_keys() {
    at_the_counter(OFFICE).await;
}

#[tokio::test]
async fn handing_over_takes_as_many_without_script() {
    at_the_counter(WITHOUT_SCRIPT).await;
}

#[tokio::test]
async fn an_overdue_case_is_found_and_reassigned_in_six_keys() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    hall.clock.advance(chrono::Duration::days(30));
    // The desk of a supervisor opens on what is overdue.
    let browser = Browser::of(&hall, Role::Supervisor, OFFICE).await;
    browser.press("r").await;
    browser.at("/console/cases?list=overdue").await;
    browser.press("xa").await;
    browser.wait_for(".assign select:focus").await;
    browser.press(&DOWN.to_string()).await;
    // A scan ends with one Enter, which only leads to the button.
    browser.press(&ENTER.to_string()).await;
    browser.at("/console/cases?list=overdue").await;
    browser.press(&ENTER.to_string()).await;
    browser.says("[role=status]", "1").await;
    let case = hall.staff(Role::Clerk).await.get(&format!("/cases/{number}")).await.expect(200);
    assert!(case["assignee"]["name"].is_string(), "{case}");
    browser.close().await;
}

#[tokio::test]
async fn one_document_missing_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("40+", "④")], "correction_requested").await;
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

#[tokio::test]
async fn the_first_case_of_the_desk_and_its_next_step_open_by_enter_without_script() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, WITHOUT_SCRIPT).await;
    browser.go("/console").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}")).await;
    browser.focused().await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}/materials")).await;
    browser.close().await;
}

/// Where a choice, a box to tick or a list has the focus, browsers pass over a button that can't be pressed, to the next one.
#[tokio::test]
async fn enter_on_a_choice_presses_no_button() {
    for window in [OFFICE, WITHOUT_SCRIPT] {
        let hall = Hall::open(TestDatabase::sqlite()).await;
        let clerk = hall.staff(Role::Clerk).await;
        let number = opened(&clerk, 1).await;
        let before = clerk.get(&format!("/cases/{number}")).await.expect(200);
        let browser = Browser::of(&hall, Role::Clerk, window).await;
        let payment = format!("/console/cases/{number}/payment");
        browser.go(&payment).await;
        browser.type_into("main [name=method]", &ENTER.to_string()).await;
        browser.go("/console").await;
        assert_eq!(clerk.get(&format!("/cases/{number}")).await.expect(200), before);
        browser.close().await;
    }
}
