//! A session that ends while somebody types loses nothing, with script or without.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use fantoccini::Locator;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{CENTER, Hall, PASSWORD, application};

#[tokio::test]
async fn what_was_typed_is_there_after_signing_in_again_without_script() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let case = hall.staff(Role::Clerk).await.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let browser = Browser::open(&hall, Window { script: false, ..OFFICE }).await;
    let sign_in = async || {
        browser.type_into("[name=username]", "chen").await;
        browser.type_into("[name=password]", &format!("{PASSWORD}{ENTER}")).await;
    };
    let press = async || browser.client.find(Locator::Css("main .primary")).await.unwrap().click().await.unwrap();
    let address = format!("/console/cases/{number}/payment");
    browser.go(&format!("/console/sign-in?then={address}")).await;
    sign_in().await;
    browser.until(|path| path.starts_with("/console/window")).await;
    browser.type_into("#window", &format!("3{ENTER}")).await;
    browser.at(&address).await;
    browser.type_into("#window", "号窗口").await;
    hall.advance(Duration::minutes(61));
    press().await;
    browser.says("[role=status]", "尚未保存").await;
    sign_in().await;
    browser.says("[role=alert]", "尚未保存").await;
    let typed = browser.client.find(Locator::Css("#window")).await.unwrap().prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("3号窗口"));
    press().await;
    browser.at(&format!("/console/cases/{number}")).await;
    browser.close().await;
}
