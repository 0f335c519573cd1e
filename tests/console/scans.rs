//! A scan ends with Enter and comes at any moment: it opens what was scanned, and presses nothing.

use casehall::domain::accounts::role::Role;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, application};

/// The numbers of two cases that were just opened.
async fn two_cases(clerk: &Person<'_>) -> [String; 2] {
    let open = async |number| {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        case["acceptance_number"].as_str().unwrap().to_owned()
    };
    [open(1).await, open(2).await]
}

#[tokio::test]
async fn a_scan_on_any_page_opens_the_case_and_changes_nothing() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let [here, scanned] = &two_cases(&clerk).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let case = format!("/console/cases/{here}");
    let pages = [
        "/console".to_owned(),
        "/console/account".to_owned(),
        "/console/search?q=zz".to_owned(),
        case.clone(),
        format!("{case}/materials"),
        format!("{case}/actions/record_payment"),
        format!("{case}/actions/withdraw"),
    ];
    let before = clerk.get(&format!("/cases/{here}")).await.expect(200);
    for page in pages {
        browser.go(&page).await;
        browser.press(&format!("{scanned}{ENTER}")).await;
        browser.at(&format!("/console/cases/{scanned}")).await;
    }
    assert_eq!(clerk.get(&format!("/cases/{here}")).await.expect(200), before);
    browser.close().await;
}

#[tokio::test]
async fn a_scan_into_a_field_presses_no_button() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let before = clerk.get(&format!("/cases/{number}")).await.expect(200);
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let case = format!("/console/cases/{number}");
    let fields = [
        ("payment", "main [name=window]"),
        ("materials", "main [name^='received.']"),
        ("materials", "main [name^='sealed.']"),
        ("materials", "main [name^='remark.']"),
    ];
    for (page, field) in fields {
        browser.go(&format!("{case}/{page}")).await;
        browser.type_into(field, &format!("{number}{ENTER}")).await;
        assert_eq!(clerk.get(&format!("/cases/{number}")).await.expect(200), before, "{page} {field}");
    }
    browser.close().await;
}

#[tokio::test]
async fn a_code_with_letters_goes_whole_into_the_search_box() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let case = format!("/console/cases/{}", case["acceptance_number"].as_str().unwrap());
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    // Also where its letters are keys of the page: p prints, m is the check sheet, j moves down a list.
    for page in ["/console".to_owned(), case.clone()] {
        for code in ["GZ-000001", "pm-000001", "KEY-000001"] {
            browser.go(&page).await;
            browser.press(&format!("{code}{ENTER}")).await;
            browser.until(|now| now.split('&').next() == Some(&format!("/console/search?q={code}"))).await;
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn a_scan_on_a_paper_opens_the_case() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let numbers = two_cases(&clerk).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{}/prints/receipt", numbers[0])).await;
    browser.press(&format!("{}{ENTER}", numbers[1])).await;
    browser.at(&format!("/console/cases/{}", numbers[1])).await;
    browser.close().await;
}

/// Without script nothing brings a scan into the search box but that it has the focus.
#[tokio::test]
async fn a_scan_on_a_page_without_a_box_is_not_lost_without_script() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let [here, scanned] = &two_cases(&clerk).await;
    let browser = Browser::of(&hall, Role::Clerk, Window { script: false, ..OFFICE }).await;
    let case = format!("/console/cases/{here}");
    let of_case =
        ["", "/payment", "/prints", "/prints/receipt", "/actions/withdraw"].map(|page| format!("{case}{page}"));
    let others = ["", "/cases/new", "/cases", "/cash-up", "/certificates", "/case-types", "/account", "/search?q=zz"];
    let before = clerk.get(&format!("/cases/{here}")).await.expect(200);
    for page in others.map(|page| format!("/console{page}")).into_iter().chain(of_case) {
        browser.go(&page).await;
        browser.press(&format!("{scanned}{ENTER}")).await;
        browser.at(&format!("/console/cases/{scanned}")).await;
    }
    assert_eq!(clerk.get(&format!("/cases/{here}")).await.expect(200), before);
    browser.close().await;
}
