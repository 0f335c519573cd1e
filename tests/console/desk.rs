//! The keys of lists: digits open the lists of the desk, j and k go through their rows.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE};
use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

/// A hall with three cases that are due one after the other; their numbers.
async fn with_cases() -> (Hall, Vec<String>) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let mut numbers = Vec::new();
    for number in 1..=3 {
        let case = hall.staff(Role::Clerk).await.post("/cases", &application(number)).await.expect(201);
        numbers.push(case["acceptance_number"].as_str().unwrap().to_owned());
        hall.clock.advance(chrono::Duration::days(1));
    }
    (hall, numbers)
}

#[tokio::test]
async fn each_digit_opens_its_list_of_the_desk() {
    let (hall, _) = with_cases().await;
    let mut opened = std::collections::BTreeSet::new();
    for role in [Role::Clerk, Role::Producer, Role::Supervisor] {
        let browser = Browser::of(&hall, role, OFFICE).await;
        let script = "return [...document.querySelectorAll('main [data-key]')].map((way) => [way.dataset.key, way.getAttribute('href')])";
        let ways = browser.client.execute(script, Vec::new()).await.unwrap();
        for way in ways.as_array().unwrap() {
            let (key, to) = (way[0].as_str().unwrap(), way[1].as_str().unwrap());
            if key.parse::<u8>().is_ok() {
                browser.go("/console").await;
                browser.press(key).await;
                browser.at(to).await;
                opened.insert(key.to_owned());
            }
        }
        browser.close().await;
    }
    assert!(["2", "3", "4"].iter().all(|key| opened.contains(*key)), "{opened:?}");
}

#[tokio::test]
async fn j_and_k_go_through_the_rows_and_enter_opens_where_one_is() {
    let (hall, numbers) = with_cases().await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    for (keys, at) in [("", 0), ("j", 1), ("jjj", 2), ("jjk", 1), ("kk", 0)] {
        browser.go("/console?list=to_check").await;
        for key in keys.chars() {
            browser.press(&key.to_string()).await;
            // As people press them: faster they would be the beginning of a code.
            tokio::time::sleep(std::time::Duration::from_millis(120)).await;
        }
        let here = "return document.querySelector('tr.here a').getAttribute('href')";
        let here = browser.client.execute(here, Vec::new()).await.unwrap();
        assert_eq!(here, json!(format!("/console/cases/{}", numbers[at])), "{keys}");
    }
    browser.press("j").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{}", numbers[1])).await;
    browser.close().await;
}

/// Enter opens the first case of the desk; held down, it would open the sheet, save an empty one and confirm it.
#[tokio::test]
async fn enter_that_is_held_down_opens_one_page_only() {
    let (hall, numbers) = with_cases().await;
    let clerk = hall.staff(Role::Clerk).await;
    let before = clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let case = format!("/console/cases/{}", numbers[0]);
    browser.go("/console?list=to_check").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&case).await;
    let pages = ["", "/materials", "/payment", "/handover", "/prints/receipt"].map(|page| format!("{case}{page}"));
    for page in
        pages.iter().map(String::as_str).chain(["/console", "/console/window", "/console/cases/new?case_type=unlock"])
    {
        browser.go(page).await;
        for _ in 0..3 {
            browser.enter_again().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(browser.path().await, page);
    }
    assert_eq!(clerk.get(&format!("/cases/{}", numbers[0])).await.expect(200), before);
    // Pressed anew, it does what it does.
    browser.go("/console?list=to_check").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&case).await;
    browser.close().await;
}
