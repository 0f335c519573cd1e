//! The check sheet in a browser: what is typed is judged as it stands, the organization stays in sight, and no key presses what it shouldn't.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

/// A hall with cases of so many organizations; the numbers of the cases.
async fn with_cases(count: u32) -> (Hall, Vec<String>) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let mut numbers = Vec::new();
    for number in 1..=count {
        let case = hall.staff(Role::Clerk).await.post("/cases", &application(number)).await.expect(201);
        numbers.push(case["acceptance_number"].as_str().unwrap().to_owned());
    }
    (hall, numbers)
}

fn sheet_of(number: &str) -> String {
    format!("/console/cases/{number}/materials")
}

async fn case(hall: &Hall, number: &str) -> Value {
    hall.staff(Role::Clerk).await.get(&format!("/cases/{number}")).await.expect(200)
}

async fn asked(browser: &Browser, script: &str) -> Value {
    browser.client.execute(script, Vec::new()).await.unwrap()
}

#[tokio::test]
async fn the_verdict_follows_what_is_typed_into_box_and_rows_before_anything_is_saved() {
    let (hall, numbers) = with_cases(1).await;
    let before = case(&hall, &numbers[0]).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&sheet_of(&numbers[0])).await;
    browser.press("4").await;
    browser.press("-+").await;
    browser.says("#verdict", "④《单位法人电子印章申请表》1份未盖单位公章").await;
    browser.says("#enters", "保存").await;
    browser.type_into("tbody tr:nth-child(2) [name^='received.']", "3").await;
    browser.type_into("tbody tr:nth-child(2) [name^='sealed.']", "1").await;
    browser.says("#verdict", "还差2处：②").await;
    // A tick counts, too.
    browser.type_into("[name^='sighted.']", " ").await;
    browser.says("#verdict", "还差2处：②").await;
    assert_eq!(case(&hall, &numbers[0]).await, before, "nothing is saved");
    browser.close().await;
}

#[tokio::test]
async fn a_seal_that_is_taken_away_in_its_row_is_never_confirmed_as_there() {
    for window in [OFFICE, Window { script: false, ..OFFICE }] {
        let (hall, numbers) = with_cases(1).await;
        let browser = Browser::of(&hall, Role::Clerk, window).await;
        browser.go(&sheet_of(&numbers[0])).await;
        browser.press(&format!("+{ENTER}")).await;
        browser.says("#enters", "确认：材料核验通过").await;
        let sealed = "tbody tr:nth-child(4) [name^='sealed.']";
        browser.client.find(fantoccini::Locator::Css(sealed)).await.unwrap().clear().await.unwrap();
        browser.type_into(sealed, "1").await;
        browser.click(".command .primary").await;
        browser.says("#verdict", "2份未盖单位公章").await;
        browser.says("#enters", "确认：一次性告知补正").await;
        assert_eq!(case(&hall, &numbers[0]).await["state"]["code"], json!("submitted"));
        browser.close().await;
    }
}

#[tokio::test]
async fn enter_in_a_row_saves_and_confirms_nothing() {
    let (hall, numbers) = with_cases(1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&sheet_of(&numbers[0])).await;
    browser.press(&format!("+{ENTER}")).await;
    browser.says("#enters", "确认").await;
    for control in ["received.", "sealed.", "sighted.", "reason.", "remark."] {
        browser.go(&sheet_of(&numbers[0])).await;
        browser.type_into(&format!("main [name^='{control}']"), &ENTER.to_string()).await;
        browser.says(".saved", "没有需要保存的改动").await;
    }
    assert_eq!(case(&hall, &numbers[0]).await["state"]["code"], json!("submitted"));
    browser.close().await;
}

#[tokio::test]
async fn a_scan_while_any_control_of_a_row_has_the_focus_saves_and_opens() {
    let (hall, numbers) = with_cases(2).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    for (at, control) in ["received.", "sealed.", "sighted.", "reason.", "remark."].into_iter().enumerate() {
        browser.go(&sheet_of(&numbers[0])).await;
        let received = format!("tbody tr:nth-child({}) [name^='received.']", at + 2);
        browser.type_into(&received, "1").await;
        browser.type_into(&received.replace("received", "sealed"), "1").await;
        let focus = format!(
            "const it = document.querySelector(\"main [name^='{control}']\"); it.focus(); if (it.select) it.select()"
        );
        asked(&browser, &focus).await;
        browser.press(&format!("{}{ENTER}", numbers[1])).await;
        browser.at(&format!("/console/cases/{}", numbers[1])).await;
    }
    let checked = case(&hall, &numbers[0]).await;
    let rows = checked["materials"]["sheets"].as_array().unwrap().iter();
    assert_eq!(rows.filter(|row| !row["check"].is_null()).count(), 5, "{checked}");
    browser.close().await;
}

#[tokio::test]
async fn organization_and_number_are_in_sight_wherever_the_sheet_is_scrolled_to() {
    let (hall, numbers) = with_cases(1).await;
    for language in ["zh-CN", "en"] {
        let browser = Browser::of(&hall, Role::Clerk, Window { language, ..OFFICE }).await;
        browser.go(&sheet_of(&numbers[0])).await;
        assert_eq!(asked(&browser, "return scrollY").await, json!(0), "the focus scrolls nothing");
        let unseen = "const unseen = []; for (const to of [0, 9999]) { scrollTo(0, to);
            for (const css of ['h1', '.stays .num', '#verdict', '#command', '.command .primary']) {
                const it = document.querySelector(css).getBoundingClientRect();
                const top = document.elementFromPoint(it.left + it.width / 2, it.top + it.height / 2);
                if (it.top < 0 || it.bottom > innerHeight || !document.querySelector(css).contains(top)) unseen.push(css + ' at ' + to);
            } } return unseen.join()";
        assert_eq!(asked(&browser, unseen).await, json!(""), "{language}");
        // Nor do the bars cover what has the focus.
        let covered = "const covered = []; for (const field of document.querySelectorAll('tbody input:not([type=hidden]), tbody select')) {
            field.focus(); const it = field.getBoundingClientRect();
            if (it.top < document.querySelector('.stays').getBoundingClientRect().bottom
                || it.bottom > document.querySelector('.dock').getBoundingClientRect().top) covered.push(field.name); } return covered.join()";
        assert_eq!(asked(&browser, covered).await, json!(""), "{language}");
        browser.close().await;
    }
}

#[tokio::test]
async fn an_open_sheet_says_who_came_to_it_and_that_they_changed_it() {
    let (hall, numbers) = with_cases(1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&sheet_of(&numbers[0])).await;
    let other = hall.visitor(Role::Clerk).await;
    let page = other.get(&sheet_of(&numbers[0])).await;
    assert_eq!(page.texts("#others"), ["窗口人员 窗口3 10:00 也在核验"]);
    // It asks every quarter of a minute, and whenever somebody comes back to it.
    asked(&browser, "dispatchEvent(new Event('focus'))").await;
    browser.says("#others", "窗口人员 10:00 也在核验").await;
    other.submit(&page, &sheet_of(&numbers[0]), &[("command", "+")]).await;
    asked(&browser, "dispatchEvent(new Event('focus'))").await;
    browser.says("[data-watch]", "他人刚修改过本办件").await;
    browser.close().await;
}

#[tokio::test]
async fn an_enter_that_comes_before_the_verdict_was_read_confirms_nothing() {
    let (hall, numbers) = with_cases(1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&sheet_of(&numbers[0])).await;
    browser.press(&format!("4-+{ENTER}")).await;
    browser.says("#enters", "确认").await;
    // Until a second has gone by, the page sends no line that is empty; afterwards it does.
    let is_held = "const form = document.getElementById('command').form;
        return 'ready' in form.dataset || !form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }))";
    assert_eq!(asked(&browser, is_held).await, json!(true));
    browser.wait_for("form[data-ready]").await;
    browser.press(&ENTER.to_string()).await;
    browser.at(&format!("/console/cases/{}", numbers[0])).await;
    assert_eq!(case(&hall, &numbers[0]).await["state"]["code"], json!("correction_requested"));
    browser.close().await;
}

#[tokio::test]
async fn what_was_refused_is_said_once_while_it_stands_in_the_box() {
    let (hall, numbers) = with_cases(1).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go(&sheet_of(&numbers[0])).await;
    browser.press(&format!("99{ENTER}")).await;
    browser.says(".dock .fault", "“99”未能记录").await;
    // The preview comes by itself, and says nothing that stands below already.
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    let said = "return [...document.querySelectorAll('#verdict, .dock .fault li')].filter((it) => it.textContent.includes('“99”未能记录')).length";
    assert_eq!(asked(&browser, said).await, json!(1));
    // What was refused is marked, so that what is typed takes its place.
    browser.press("999").await;
    browser.says("#verdict", "“999”未能记录").await;
    browser.close().await;
}
