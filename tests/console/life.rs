//! A new certificate from intake to hand-over, its papers, a correction and the day's cash-up, by nothing but a browser: with script
//! and without.

use casehall::domain::accounts::role::Role;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{CENTER, Hall, unified_code};

async fn typed(browser: &Browser) {
    let fields = [
        ("organization/code", unified_code(1)),
        ("organization/name", "广州第1建筑有限公司".to_owned()),
        ("applicant/name", "谭丽".to_owned()),
        ("applicant/identity_number", "440199196412310694".to_owned()),
        ("applicant/phone", "13800138000".to_owned()),
        ("agent/name", "刘少芬".to_owned()),
        ("agent/identity_number", "440199196706237621".to_owned()),
        ("agent/phone", "020-38828393".to_owned()),
    ];
    browser.click("[name=agent][value=other]").await;
    for (name, text) in fields {
        browser.type_into(&format!("[name='{name}']"), &text).await;
    }
    for choice in ["service_years", "payment_method", "responsibility_letter_accepted"] {
        browser.click(&format!("[name={choice}]")).await;
    }
}

/// Prints a paper; where script runs, the browser's print window would open.
async fn printed(browser: &Browser, case: &str, paper: &str) {
    let address = format!("/console/cases/{case}/prints/{paper}");
    browser.go(&format!("/console/cases/{case}/prints")).await;
    browser.click(&format!("form[action='{address}'] button:not([hidden])")).await;
    browser.until(|path| path.starts_with(&address)).await;
}

async fn a_certificate_is_made_and_handed_over(window: Window, makes_first: bool) {
    let settings: &[_] = if makes_first { &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")] } else { &[] };
    let hall = Hall::with(TestDatabase::sqlite(), settings).await;
    hall.named("window-3", "陈窗口", &[Role::Clerk], Some(CENTER)).await;
    hall.named("maker-1", "李制证", &[Role::Producer], Some(CENTER)).await;
    let browser = Browser::open(&hall, window).await;
    browser.sign_in("window-3").await;
    browser.go("/console/cases/new?case_type=new-certificate").await;
    typed(&browser).await;
    browser.click("button[name=submit]").await;
    let opened = browser.until(|path| path.ends_with("?done=open")).await;
    let number = opened.trim_start_matches("/console/cases/").trim_end_matches("?done=open").to_owned();
    let (case, sheet) = (format!("/console/cases/{number}"), format!("/console/cases/{number}/materials"));
    printed(&browser, &number, "receipt").await;
    let making = async || {
        browser.sign_in("maker-1").await;
        browser.go("/console/production").await;
        for scanned in [&number, "GZ-000001"] {
            browser.press(&format!("{scanned}{ENTER}")).await;
            browser.wait_for(&format!("main [value='{scanned}']")).await;
            browser.focused().await;
        }
        browser.press(&format!("KEY-000001{ENTER}")).await;
        browser.says(".outcomes", "GZ-000001").await;
        browser.sign_in("window-3").await;
    };
    if makes_first {
        making().await;
    }
    browser.go(&sheet).await;
    browser.press(&format!("4-+{ENTER}")).await;
    browser.says("#verdict", "未盖单位公章").await;
    browser.go(&sheet).await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&case).await;
    printed(&browser, &number, "one-time-notice").await;
    let again = format!("{case}/actions/resubmit");
    browser.go(&again).await;
    browser.click(&format!("form[action='{again}'] button.primary")).await;
    browser.at(&case).await;
    browser.go(&sheet).await;
    browser.press(&format!("43{ENTER}")).await;
    browser.says("#verdict", "材料齐全").await;
    browser.go(&sheet).await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&case).await;
    let payment = format!("{case}/payment");
    browser.go(&payment).await;
    browser.type_into("[name=window]", "3").await;
    browser.click(&format!("form[action='{payment}'] button.primary")).await;
    browser.at(&case).await;
    if !makes_first {
        making().await;
    }
    // Two scans and two keys.
    let hand_over = format!("{case}/handover");
    browser.go(&hand_over).await;
    browser.press(&format!("KEY-000001{ENTER}")).await;
    browser.until(|path| path.contains("medium=")).await;
    browser.focused().await;
    browser.press(&format!("2{ENTER}")).await;
    browser.at(&hand_over).await;
    browser.says(".saved", "刘少芬").await;
    printed(&browser, &number, "hand-over-slip").await;
    browser.go("/console/cash-up").await;
    browser.says("main", "600.00").await;
    let clerk = hall.staff(Role::Clerk).await;
    assert_eq!(clerk.get(&format!("/cases/{number}")).await.expect(200)["state"]["code"], "activated");
    browser.close().await;
}

#[tokio::test]
async fn a_certificate_is_made_and_handed_over_with_script() {
    a_certificate_is_made_and_handed_over(OFFICE, false).await;
}

#[tokio::test]
async fn a_certificate_is_made_and_handed_over_without_script() {
    a_certificate_is_made_and_handed_over(Window { script: false, ..OFFICE }, true).await;
}
