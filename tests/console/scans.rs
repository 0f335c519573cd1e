//! A scan ends with Enter and comes at any moment: it opens what was scanned, and presses nothing.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, all_in_order, application};

const WITHOUT_SCRIPT: Window = Window { script: false, ..OFFICE };

/// A case that is open, and another one whose papers and medium are scanned.
struct Printed {
    here: String,
    scanned: String,
    receipt: String,
}

impl Printed {
    async fn in_a(hall: &Hall) -> Self {
        let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
        let open = async |number| clerk.post("/cases", &application(number)).await.expect(201);
        let (here, case) = (open(1).await, open(2).await);
        let number = |case: &Value| case["acceptance_number"].as_str().unwrap().to_owned();
        let scanned = number(&case);
        clerk.act(&scanned, "record_materials", &all_in_order(&case)).await.expect(200);
        clerk.act(&scanned, "accept_materials", &json!({})).await.expect(200);
        let made = json!({ "serial": "GZ-000002", "medium_number": "KEY-000002" });
        producer.act(&scanned, "record_certificate", &json!({ "certificate": made })).await.expect(200);
        let paid = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
        let paid = clerk.act(&scanned, "record_payment", &paid).await.expect(200);
        let receipt = paid["fee"]["payments"][0]["receipt"].as_str().unwrap().to_owned();
        Self { here: number(&here), scanned, receipt }
    }

    /// Every code that the hall prints or hands out, with the page that it opens.
    fn codes(&self) -> [(String, String); 5] {
        let (case, certificate) = (format!("/console/cases/{}", self.scanned), "/console/certificates/GZ-000002");
        [
            (self.scanned.clone(), case.clone()),
            (format!("http://127.0.0.1:8080/progress?number={}", self.scanned), case.clone()),
            (self.receipt.clone(), case),
            ("GZ-000002".to_owned(), certificate.to_owned()),
            ("KEY-000002".to_owned(), certificate.to_owned()),
        ]
    }

    /// Pages of a role that have no box of their own.
    fn pages(&self, role: Role) -> Vec<String> {
        let case = format!("/console/cases/{}", self.here);
        let at = |page: &str| format!("{case}{page}");
        let own = match role {
            Role::Clerk => vec![
                at("/payment"),
                at("/actions/withdraw"),
                at("/prints/intake"),
                "/console/cases/new".to_owned(),
                "/console/cash-up".to_owned(),
                "/console/cash-up/sheet".to_owned(),
            ],
            Role::Supervisor => {
                ["board", "production", "reports/overdue", "cases?list=overdue", "certificates/registrations"]
                    .map(|page| format!("/console/{page}"))
                    .into()
            }
            Role::Auditor => vec!["/console/audit".to_owned(), "/console/cash-up".to_owned()],
            _ => Vec::new(),
        };
        let of_all =
            ["", "/account", "/search?q=zz", "/certificates", "/case-types"].map(|page| format!("/console{page}"));
        of_all.into_iter().chain(["", "/prints", "/prints/receipt"].map(at)).chain(own).collect()
    }
}

/// Every code on every page of a role.
async fn every_code_opens_what_it_is_of(role: Role, window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let printed = Printed::in_a(&hall).await;
    let clerk = hall.staff(Role::Clerk).await;
    let before = before(&clerk, &printed).await;
    let browser = Browser::of(&hall, role, window).await;
    for page in printed.pages(role) {
        for (code, opens) in printed.codes() {
            browser.go(&page).await;
            browser.press(&format!("{code}{ENTER}")).await;
            browser.at(&opens).await;
        }
    }
    assert_eq!(self::before(&clerk, &printed).await, before);
    browser.close().await;
}

async fn before(clerk: &Person<'_>, printed: &Printed) -> [Value; 2] {
    let view = async |number: &str| clerk.get(&format!("/cases/{number}")).await.expect(200);
    [view(&printed.here).await, view(&printed.scanned).await]
}

#[tokio::test]
async fn every_code_on_any_page_of_a_clerk_opens_what_it_is_of_and_changes_nothing() {
    every_code_opens_what_it_is_of(Role::Clerk, OFFICE).await;
}

#[tokio::test]
async fn every_code_opens_as_much_for_a_clerk_without_script() {
    every_code_opens_what_it_is_of(Role::Clerk, WITHOUT_SCRIPT).await;
}

#[tokio::test]
async fn every_code_on_any_page_of_a_producer_opens_what_it_is_of() {
    every_code_opens_what_it_is_of(Role::Producer, OFFICE).await;
}

#[tokio::test]
async fn every_code_on_any_page_of_a_supervisor_opens_what_it_is_of() {
    every_code_opens_what_it_is_of(Role::Supervisor, OFFICE).await;
}

#[tokio::test]
async fn every_code_opens_as_much_for_a_supervisor_without_script() {
    every_code_opens_what_it_is_of(Role::Supervisor, WITHOUT_SCRIPT).await;
}

#[tokio::test]
async fn every_code_on_any_page_of_an_auditor_opens_what_it_is_of() {
    every_code_opens_what_it_is_of(Role::Auditor, OFFICE).await;
}

/// The boxes for scans: what is scanned there isn't looked for, it is taken.
async fn a_box_takes_it(window: Window) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let printed = Printed::in_a(&hall).await;
    let browser = Browser::of(&hall, Role::Clerk, window).await;
    let case = format!("/console/cases/{}", printed.scanned);
    let [number, address, ..] = printed.codes().map(|(code, _)| code);
    for code in [number, address] {
        for (page, opens) in [("materials", case.clone()), ("handover", format!("{case}/handover"))] {
            browser.go(&format!("/console/cases/{}/{page}", printed.here)).await;
            browser.press(&format!("{code}{ENTER}")).await;
            browser.at(&opens).await;
        }
        browser.go("/console/window").await;
        browser.press(&format!("{code}{ENTER}")).await;
        browser.at(&case).await;
        browser.go("/console/cases/new?case_type=new-certificate").await;
        browser.press(&format!("{code}{ENTER}")).await;
        browser.at(&case).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn a_scan_into_a_box_of_the_page_goes_where_it_belongs() {
    a_box_takes_it(OFFICE).await;
}

#[tokio::test]
async fn a_scan_into_a_box_goes_as_far_without_script() {
    a_box_takes_it(WITHOUT_SCRIPT).await;
}

/// What a field holds, and what the search box was about to send when its form is kept from going.
async fn held(browser: &Browser, field: &str) -> [String; 2] {
    let script =
        "return [document.querySelector(arguments[0]).value, document.querySelector('[role=search] input').value]";
    let found = browser.client.execute(script, vec![json!(field)]).await.unwrap();
    [0, 1].map(|at| found[at].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_scan_into_a_field_that_takes_none_is_looked_for_and_leaves_the_field_as_it_was() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let printed = Printed::in_a(&hall).await;
    let clerk = hall.staff(Role::Clerk).await;
    let before = before(&clerk, &printed).await;
    let here = format!("/console/cases/{}", printed.here);
    let fields = [
        (Role::Clerk, format!("{here}/payment"), "main [name=window]"),
        (Role::Clerk, format!("{here}/payment"), "main [name=reference]"),
        (Role::Clerk, format!("{here}/actions/withdraw"), "main [name=reason]"),
        (Role::Clerk, format!("{here}/disclosures"), "main [name=reason]"),
        (Role::Supervisor, "/console/cases".to_owned(), "main [name=reason]"),
        (Role::Supervisor, "/console/certificates/registrations/new".to_owned(), "main [name=serial]"),
    ];
    let keep = "document.querySelector('[role=search]').addEventListener('submit', (event) => event.preventDefault());
        const field = document.querySelector(arguments[0]); field.value = 'ab'; field.focus(); field.setSelectionRange(2, 2);";
    for role in [Role::Clerk, Role::Supervisor] {
        let browser = Browser::of(&hall, role, OFFICE).await;
        for (_, page, field) in fields.iter().filter(|(whose, ..)| *whose == role) {
            for (code, opens) in &printed.codes()[..2] {
                browser.go(page).await;
                browser.client.execute(keep, vec![json!(field)]).await.unwrap();
                browser.press(&format!("{code}{ENTER}")).await;
                assert_eq!(held(&browser, field).await, ["ab", code.as_str()], "{page} {field}");
                browser.go(page).await;
                browser.click(field).await;
                browser.press(&format!("{code}{ENTER}")).await;
                browser.at(opens).await;
            }
        }
        browser.close().await;
    }
    assert_eq!(self::before(&clerk, &printed).await, before);
}

#[tokio::test]
async fn what_a_field_asks_for_may_be_scanned_into_it() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let browser = Browser::of(&hall, Role::Supervisor, OFFICE).await;
    let page = "/console/certificates/registrations/new";
    browser.go(page).await;
    for (field, code) in [("main [name=serial]", "GZ-OLD-0001"), ("main [name=medium_number]", "KEY-OLD-0001")] {
        browser.click(field).await;
        browser.press(&format!("{code}{ENTER}")).await;
        assert_eq!(held(&browser, field).await, [code, ""]);
        assert_eq!(browser.path().await, page);
    }
    browser.close().await;
}

#[tokio::test]
async fn a_scan_beside_the_box_of_a_page_goes_into_that_box() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let printed = Printed::in_a(&hall).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    let page = format!("/console/cases/{}/handover", printed.scanned);
    browser.go(&page).await;
    browser.click("main [name=collector][value=other]").await;
    browser.type_into("main [name='collector/name']", "曾国栋").await;
    browser.press(&format!("KEY-000002{ENTER}")).await;
    browser.says("#box-help", "再回车").await;
    assert_eq!(held(&browser, "main [name='collector/name']").await[0], "曾国栋");
    // So on a choice, where letters and digits are none of its.
    browser.go(&page).await;
    browser.click("main [name=collector][value=applicant]").await;
    browser.press(&format!("KEY-000002{ENTER}")).await;
    browser.says("#box-help", "再回车").await;
    browser.wait_for("main [name=collector][value=applicant]:checked").await;
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
async fn a_scan_into_a_row_of_the_check_sheet_presses_no_button() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let before = clerk.get(&format!("/cases/{number}")).await.expect(200);
    for window in [OFFICE, WITHOUT_SCRIPT] {
        let browser = Browser::of(&hall, Role::Clerk, window).await;
        for field in ["main [name^='received.']", "main [name^='sealed.']", "main [name^='remark.']"] {
            browser.go(&format!("/console/cases/{number}/materials")).await;
            browser.type_into(field, &format!("{number}{ENTER}")).await;
            assert_eq!(clerk.get(&format!("/cases/{number}")).await.expect(200), before, "{field}");
        }
        browser.close().await;
    }
}

#[tokio::test]
async fn a_scan_while_a_list_of_words_has_the_focus_is_known_for_one() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go("/console/cases/new?case_type=new-certificate").await;
    browser.type_into("#organization-name", "广州第9建筑有限公司").await;
    let focus = "document.querySelector('main select').focus()";
    browser.client.execute(focus, Vec::new()).await.unwrap();
    browser.press(&format!("{number}{ENTER}")).await;
    browser.says(".offer", number).await;
    let kept = "return document.querySelector('#organization-name').value";
    assert_eq!(browser.client.execute(kept, Vec::new()).await.unwrap(), "广州第9建筑有限公司");
    browser.close().await;
}
