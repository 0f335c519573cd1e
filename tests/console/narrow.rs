//! 320 px wide, which is 400 % of a screen of 1280 (WCAG 2.2, 1.4.10): no page scrolls sideways, nothing is too small to read or hit.

use casehall::domain::accounts::role::Role;

use crate::browser::{Browser, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

/// What is wrong with the page that is open, a line each: what stands out to the right, text under 14 px, and what one can't hit.
/// Links within a text are as high as the text (WCAG 2.5.8).
const FAULTS: &str = r#"
const faults = [], wide = document.documentElement.scrollWidth;
if (wide > innerWidth) faults.push(`${wide} px wide`);
for (const element of document.querySelectorAll("body *")) {
  const seen = element.getClientRects().length && !element.closest(".unseen, .skip, script, style, [hidden]");
  if (!seen) continue;
  const name = `${element.tagName}.${element.getAttribute("class") || ""} ${element.textContent.trim().slice(0, 20)}`;
  const style = getComputedStyle(element);
  const has_text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (has_text && parseFloat(style.fontSize) < 14) faults.push(`${style.fontSize}: ${name}`);
  if (element.matches("a[href], button, input:not([type=hidden]), select, textarea, summary") && !element.disabled) {
    if (element.matches("a") && style.display === "inline") continue;
    const box = (/checkbox|radio/.test(element.type) && element.closest("label")) || element;
    const { width, height } = box.getBoundingClientRect();
    const least = element.matches("button:not(.link), select, textarea, input:not([type=checkbox], [type=radio])") ? 32 : 24;
    if (height < least - .5 || width < 24) faults.push(`${Math.round(width)}×${Math.round(height)}: ${name}`);
  }
}
return faults;
"#;

#[tokio::test]
async fn every_page_reads_at_a_width_of_320_pixels() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut number = String::new();
    for organization in 1..=3 {
        let case = clerk.post("/cases", &application(organization)).await.expect(201);
        number = case["acceptance_number"].as_str().unwrap().to_owned();
    }
    let case = |page: &str| format!("/cases/{number}{page}");
    let fixed = |pages: &[&str]| pages.iter().map(|page| (*page).to_owned()).collect::<Vec<_>>();
    let at_the_counter =
        [case(""), case("/materials"), case("/payment"), case("/prints"), case("/prints/receipt"), case("/handover")];
    let pages = [
        (
            Role::Clerk,
            [
                fixed(&["", "/window", "/search?q=zz", "/cases/new", "/cash-up", "/cash-up/sheet", "/account"]),
                at_the_counter.into(),
            ]
            .concat(),
        ),
        (Role::Producer, fixed(&["/production"])),
        (
            Role::Supervisor,
            fixed(&[
                "/cases",
                "/board",
                "/reports",
                "/reports/throughput",
                "/certificates",
                "/certificates/registrations",
            ]),
        ),
        (
            Role::Administrator,
            fixed(&["/hall", "/calendar", "/calendar/import", "/case-types", "/case-types/new-certificate"]),
        ),
        (Role::SecurityAdministrator, fixed(&["/users", "/users/new", "/systems", "/systems/new"])),
        (Role::Auditor, fixed(&["/audit"])),
    ];
    let mut found = Vec::new();
    for (role, pages) in pages {
        for language in ["zh-CN", "en"] {
            let browser = Browser::of(&hall, role, Window { width: 320, height: 640, language, ..OFFICE }).await;
            for page in &pages {
                browser.go(&format!("/console{page}")).await;
                let faults = browser.client.execute(FAULTS, Vec::new()).await.unwrap();
                let faults = faults.as_array().unwrap().iter().map(|fault| format!("{language} {page}: {fault}"));
                found.extend(faults.collect::<Vec<_>>());
            }
            browser.close().await;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
