//! The tasks of the counter by keyboard, and how many keys they take; each with script and without.

use casehall::domain::accounts::role::Role;
use fantoccini::Locator;
use serde_json::json;

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, all_in_order, application};

/// The arrow, as WebDriver writes it.
const DOWN: char = '\u{e015}';
/// The keys that leave a box, and that go to the search, as WebDriver writes them.
const ESCAPE: char = '\u{e00c}';
const F2: char = '\u{e032}';
const WITHOUT_SCRIPT: Window = Window { script: false, ..OFFICE };

/// Opens a case and answers its number.
async fn opened(clerk: &Person<'_>, number: u32) -> String {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

async fn state(clerk: &Person<'_>, number: &str) -> String {
    clerk.get(&format!("/cases/{number}")).await.expect(200)["state"]["code"].as_str().unwrap().to_owned()
}

/// Somebody has read the verdict: where script runs, the page itself waits for that.
pub(crate) async fn has_read(hall: &Hall, browser: &Browser, window: Window) {
    hall.advance(chrono::Duration::seconds(2));
    if window.script {
        browser.wait_for("form[data-ready]").await;
    }
}

/// What the sheet says after each press of keys; the last one comes to the case.
async fn at_the_sheet(window: Window, presses: &[(&str, &str)], ends: &str, keys_in_all: usize) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    let sheet = format!("/console/cases/{number}/materials");
    browser.go(&sheet).await;
    for (keys, verdict) in presses {
        browser.press(&format!("{keys}{ENTER}")).await;
        browser.says("#verdict", verdict).await;
        has_read(&hall, &browser, window).await;
    }
    assert_eq!(browser.keys(), keys_in_all);
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}")).await;
    assert_eq!(browser.keys(), 1, "what is on the sheet is confirmed by one");
    assert_eq!(state(&clerk, &number).await, ends);
    browser.close().await;
}

#[tokio::test]
async fn all_in_order_takes_two_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("+", "材料齐全")], "materials_checked", 2).await;
}

#[tokio::test]
async fn all_in_order_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("+", "材料齐全")], "materials_checked", 2).await;
}

#[tokio::test]
async fn one_seal_short_takes_four_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("4-+", "未盖单位公章")], "correction_requested", 4).await;
}

#[tokio::test]
async fn one_seal_short_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("4-+", "未盖单位公章")], "correction_requested", 4).await;
}

#[tokio::test]
async fn one_document_missing_takes_four_keys_and_one_to_confirm() {
    at_the_sheet(OFFICE, &[("40+", "④")], "correction_requested", 4).await;
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
    browser.scan(&numbers[1]).await;
    browser.at(&format!("/console/cases/{}/handover", numbers[1])).await;
    browser.says("#box-help", "请先扫描").await;
    browser.scan("KEY-000002").await;
    browser.says("#box-help", "按 1 或 2 再回车").await;
    browser.press(&format!("1{ENTER}")).await;
    browser.says(".saved", "已激活").await;
    assert_eq!(browser.keys(), 2, "besides the two scans");
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

/// Whoever has no script isn't told of keys that only script hears; Enter is heard by the browser.
#[tokio::test]
async fn a_page_names_no_key_that_nothing_hears() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    opened(&hall.staff(Role::Clerk).await, 1).await;
    for (window, is_shown) in [(OFFICE, true), (WITHOUT_SCRIPT, false)] {
        let browser = Browser::of(&hall, Role::Clerk, window).await;
        for named in [".keys", ".queues kbd"] {
            let shown = browser.client.find(Locator::Css(named)).await.unwrap().is_displayed().await.unwrap();
            assert_eq!(shown, is_shown, "{named}");
        }
        browser.close().await;
    }
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
    assert_eq!(browser.keys(), 6);
    let case = hall.staff(Role::Clerk).await.get(&format!("/cases/{number}")).await.expect(200);
    assert!(case["assignee"]["name"].is_string(), "{case}");
    browser.close().await;
}

#[tokio::test]
async fn one_document_missing_takes_as_many_without_script() {
    at_the_sheet(WITHOUT_SCRIPT, &[("40+", "④")], "correction_requested", 4).await;
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
        assert_eq!(browser.path().await, payment, "the page stays");
        browser.go("/console").await;
        assert_eq!(clerk.get(&format!("/cases/{number}")).await.expect(200), before);
        browser.close().await;
    }
}

/// What is ticked on a page.
async fn ticked(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('main [name=case]:checked')].map((box) => box.value)";
    let found = browser.client.execute(script, Vec::new()).await.unwrap();
    found.as_array().unwrap().iter().map(|number| number.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_row_of_the_production_queue_is_chosen_by_x_and_several_by_shift_x() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in 1..=4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let number = case["acceptance_number"].as_str().unwrap().to_owned();
        clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
        clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
        cases.push(number);
    }
    let browser = Browser::of(&hall, Role::Producer, OFFICE).await;
    browser.go("/console/production").await;
    // Where no row was gone to, it is the first.
    browser.press(&format!("{ESCAPE}x")).await;
    assert_eq!(ticked(&browser).await, cases[..1]);
    browser.go("/console/production").await;
    browser.press(&format!("{ESCAPE}jx")).await;
    assert_eq!(ticked(&browser).await, cases[..1]);
    browser.press("x").await;
    assert_eq!(ticked(&browser).await, cases[..0]);
    browser.press("jxjjX").await;
    assert_eq!(ticked(&browser).await, cases[1..]);
    // In the box for scans they are letters.
    browser.click("[name=scanned]").await;
    browser.press("xX").await;
    assert_eq!(ticked(&browser).await, cases[1..]);
    browser.click("[name=claim]").await;
    // What stands in that box is still there.
    browser.wait_for(".outcomes li:nth-child(3)").await;
    browser.wait_for("[name=scanned][value=xX]").await;
    let mine = hall.staff(Role::Clerk).await;
    for (at, case) in cases.iter().enumerate() {
        let view = mine.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(view["assignee"]["name"].is_string(), at > 0, "{case}");
    }
    browser.close().await;
}

/// The keys of a case; without script each is sent by Enter, since the box has the focus.
async fn at_the_case(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = format!("/console/cases/{}", opened(&clerk, 1).await);
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    let sent = |key: &str| if window.script { key.to_owned() } else { format!("{key}{ENTER}") };
    for (key, opens) in [("m", format!("{case}/materials")), ("t", format!("{case}#timeline"))] {
        browser.go(&case).await;
        browser.press(&sent(key)).await;
        browser.at(&opens).await;
    }
    browser.go(&case).await;
    browser.press(&sent("p")).await;
    browser.until(|path| path.starts_with(&format!("{case}/prints/receipt"))).await;
    // With script it is printed by that; without, its button is there.
    if !window.script {
        browser.click(".tools button.primary").await;
    }
    browser.says("article footer", "第1次打印").await;
    browser.close().await;
}

#[tokio::test]
async fn the_papers_the_sheet_and_the_timeline_of_a_case_open_by_p_m_and_t() {
    at_the_case(OFFICE).await;
}

#[tokio::test]
async fn p_m_and_t_are_no_search_without_script() {
    at_the_case(WITHOUT_SCRIPT).await;
}

#[tokio::test]
async fn what_follows_is_printed_by_one_key_more_after_the_sheet() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let number = opened(&hall.staff(Role::Clerk).await, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&format!("/console/cases/{number}/materials")).await;
    browser.press(&format!("4-+{ENTER}")).await;
    browser.says("#verdict", "未盖单位公章").await;
    has_read(&hall, &browser, OFFICE).await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{number}")).await;
    browser.keys();
    browser.press("p").await;
    browser.until(|path| path.starts_with(&format!("/console/cases/{number}/prints/one-time-notice"))).await;
    browser.says("article footer", "第1次打印").await;
    assert_eq!(browser.keys(), 1);
    browser.close().await;
}

#[tokio::test]
async fn f2_and_the_stroke_lead_to_the_search_from_anywhere() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let number = opened(&hall.staff(Role::Clerk).await, 1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let case = format!("/console/cases/{number}");
    let pages = [
        "/console".to_owned(),
        case.clone(),
        format!("{case}/materials"),
        format!("{case}/payment"),
        format!("{case}/handover"),
        format!("{case}/prints/receipt"),
    ];
    for page in pages {
        for key in [F2, '/'] {
            // In a box the stroke is a character, as in a command.
            if key == '/' && ["/materials", "/handover", "/receipt"].iter().any(|box_of| page.ends_with(box_of)) {
                continue;
            }
            browser.go(&page).await;
            browser.press(&format!("{key}刘少芬{ENTER}")).await;
            browser.at(&case).await;
        }
    }
    browser.close().await;
}
