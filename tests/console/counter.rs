//! A visit at the counter whose parts are on several pages: nothing that was scanned or typed is asked for twice.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, all_in_order, application};

/// The medium is scanned, the fee taken, and then it is handed over.
async fn a_fee_is_taken_between_the_scan_and_the_hand_over(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    clerk.act(number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "serial": "GZ-000001", "medium_number": "KEY-000001" });
    producer.act(number, "record_certificate", &json!({ "certificate": made })).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    let page = format!("/console/cases/{number}/handover");
    browser.go(&page).await;
    browser.press(&format!("KEY-000001{ENTER}")).await;
    browser.says("#box-help", "请先收费").await;
    browser.click(".ready [name=go]").await;
    browser.until(|path| path.starts_with(&format!("/console/cases/{number}/payment?then=hand-over"))).await;
    browser.click("main button.primary").await;
    browser.until(|path| path.starts_with(&format!("{page}?medium=KEY-000001&paid="))).await;
    browser.says(".saved", "已收 600.00 元").await;
    browser.says("#box-help", "再回车").await;
    browser.focused().await;
    browser.press(&format!("1{ENTER}")).await;
    browser.at(&page).await;
    browser.says(".saved", "已激活").await;
    browser.close().await;
}

#[tokio::test]
async fn the_medium_is_still_there_after_a_fee_was_taken() {
    a_fee_is_taken_between_the_scan_and_the_hand_over(OFFICE).await;
}

#[tokio::test]
async fn so_it_is_without_script() {
    a_fee_is_taken_between_the_scan_and_the_hand_over(Window { script: false, ..OFFICE }).await;
}

/// Somebody else collects: their name is typed before the fee is taken, and still there afterwards; nowhere does it stand in an address.
async fn whoever_collects_is_still_there_after_a_fee_was_taken(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    clerk.act(number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "serial": "GZ-000001", "medium_number": "KEY-000001" });
    producer.act(number, "record_certificate", &json!({ "certificate": made })).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    browser.go(&format!("/console/cases/{number}/handover?medium=KEY-000001")).await;
    browser.click("[name=collector][value=other]").await;
    browser.type_into("[name='collector/name']", "黄志强").await;
    browser.type_into("[name='collector/document_number']", "440199196706237621").await;
    browser.click(".ready [name=go]").await;
    browser.until(|path| path.contains("/payment?then=hand-over")).await;
    assert_eq!(browser.path().await.find("440199"), None);
    browser.click("main button.primary").await;
    browser.says(".saved", "已收 600.00 元").await;
    assert!(browser.path().await.contains("/handover") && !browser.path().await.contains("440199"));
    let typed = browser.client.find(fantoccini::Locator::Css("[name='collector/name']")).await.unwrap();
    assert_eq!(typed.prop("value").await.unwrap().as_deref(), Some("黄志强"));
    browser.click("[name=hand_over]").await;
    browser.says(".saved", "已激活").await;
    browser.close().await;
}

#[tokio::test]
async fn whoever_collects_is_asked_for_once() {
    whoever_collects_is_still_there_after_a_fee_was_taken(OFFICE).await;
}

#[tokio::test]
async fn whoever_collects_is_asked_for_once_without_script() {
    whoever_collects_is_still_there_after_a_fee_was_taken(Window { script: false, ..OFFICE }).await;
}

/// Another language, or the latest of what others did, opens the page anew.
#[tokio::test]
async fn another_language_takes_along_what_was_typed() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let case = hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let case = format!("/console/cases/{}", case["acceptance_number"].as_str().unwrap());
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let pages = [
        (format!("{case}/actions/withdraw"), "[name=reason]"),
        (format!("{case}/payment"), "[name=reference]"),
        (format!("{case}/materials"), "[name^='remark.']"),
        ("/console/cases/new?case_type=new-certificate".to_owned(), "[name='organization/name']"),
    ];
    for (page, control) in pages {
        for (language, name) in [("English", "en"), ("中文", "zh-CN")] {
            browser.go(&page).await;
            browser.type_into(control, "写到一半").await;
            browser.client.find(fantoccini::Locator::LinkText(language)).await.unwrap().click().await.unwrap();
            browser.wait_for(&format!("html[lang={name}]")).await;
            let typed = browser.client.find(fantoccini::Locator::Css(control)).await.unwrap();
            assert_eq!(typed.prop("value").await.unwrap().as_deref(), Some("写到一半"), "{page}");
        }
    }
    // Nothing of it is kept any longer.
    browser.go(&format!("{case}/actions/withdraw")).await;
    let typed = browser.client.find(fantoccini::Locator::Css("[name=reason]")).await.unwrap();
    assert_eq!(typed.prop("value").await.unwrap().as_deref(), Some(""));
    browser.close().await;
}

/// So does a page that answers a form, which is found again elsewhere than the form was sent.
#[tokio::test]
async fn another_language_takes_along_what_was_refused() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    for (role, page, control, button) in [
        (Role::Clerk, "/console/cases/new?case_type=new-certificate", "[name='applicant/name']", "[name=submit]"),
        (Role::Supervisor, "/console/cases?list=to_check", "[name=reason]", ".assign .primary"),
    ] {
        let browser = Browser::of(&hall, role, OFFICE).await;
        browser.go(page).await;
        browser.type_into(control, "写到一半").await;
        browser.click(&format!("main {button}")).await;
        browser.wait_for("main [role=alert] li").await;
        for (language, name) in [("English", "en"), ("中文", "zh-CN")] {
            browser.client.find(fantoccini::Locator::LinkText(language)).await.unwrap().click().await.unwrap();
            browser.wait_for(&format!("html[lang={name}]")).await;
            let typed = browser.client.find(fantoccini::Locator::Css(control)).await.unwrap();
            assert!(typed.prop("value").await.unwrap().unwrap_or_default().ends_with("写到一半"), "{page}");
            assert_eq!(browser.path().await, page);
        }
        browser.close().await;
    }
}

/// Serials typed into the list of the queue, and one certificate scanned above it.
#[tokio::test]
async fn what_is_typed_into_the_list_of_the_queue_outlives_a_scan_above_it() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut numbers = Vec::new();
    for number in 1..=2 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let number = case["acceptance_number"].as_str().unwrap().to_owned();
        clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
        clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
        numbers.push(number);
    }
    for window in [OFFICE, Window { script: false, ..OFFICE }] {
        let browser = Browser::of(&hall, Role::Producer, window).await;
        browser.go("/console/production").await;
        let serial = format!("[name='serial.{}']", numbers[1]);
        browser.type_into(&serial, "GZ-000002").await;
        browser.click("[name=scanned]").await;
        browser.press(&format!("{}{ENTER}", numbers[0])).await;
        browser.wait_for("[name=serial]:focus").await;
        let typed = browser.client.find(fantoccini::Locator::Css(&serial)).await.unwrap().prop("value").await.unwrap();
        assert_eq!(typed.as_deref(), Some("GZ-000002"));
        browser.close().await;
    }
}

#[tokio::test]
async fn whose_digit_stands_in_the_box_is_chosen_on_the_page_before_enter() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    clerk.act(number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "serial": "GZ-000001", "medium_number": "KEY-000001" });
    producer.act(number, "record_certificate", &json!({ "certificate": made })).await.expect(200);
    let paid = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    clerk.act(number, "record_payment", &paid).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{number}/handover?medium=KEY-000001")).await;
    let chosen = async || {
        let chosen = "const one = document.querySelector('.choice :checked'); return one ? one.value : ''";
        browser.client.execute(chosen, Vec::new()).await.unwrap()
    };
    browser.press("2").await;
    assert_eq!(chosen().await, json!("agent"));
    // With a scan behind it, it was no digit.
    browser.press("6").await;
    assert_eq!(chosen().await, json!(""));
    browser.press("\u{e003}").await;
    assert_eq!(chosen().await, json!("agent"));
    browser.press(&ENTER.to_string()).await;
    browser.says(".saved", "刘少芬").await;
    // What follows is one key away.
    browser.press("p").await;
    browser.until(|path| path.contains("/prints/hand-over-slip")).await;
    browser.close().await;
}

#[tokio::test]
async fn the_lines_of_what_was_typed_stay_lines_in_the_timeline() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    clerk.act(number, "reject", &json!({ "reason": "不属于受理范围\n请到番禺网点" })).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{number}")).await;
    assert!(browser.text("#timeline").await.contains("不属于受理范围\n请到番禺网点"));
    browser.close().await;
}
