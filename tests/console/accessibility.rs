//! axe-core finds nothing on any page, in both languages.

use std::path::PathBuf;
use std::process::Command;

use casehall::domain::accounts::role::Role;
use fantoccini::Locator;

use crate::browser::{Browser, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{Hall, application};

/// The script of axe-core, installed where it is missing.
fn axe() -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("axe");
    let install = root.join("tests/console/install_axe");
    assert!(Command::new(install).arg(&directory).status().unwrap().success(), "axe-core can't be installed");
    std::fs::read_to_string(directory.join("axe.min.js")).unwrap()
}

/// What axe-core has against the page that is open, a line each.
async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    browser.client.execute(axe, Vec::new()).await.unwrap();
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (result) => done(result.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`)),
            (error) => done([String(error)]));";
    let found = browser.client.execute_async(script, Vec::new()).await.unwrap();
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_in_both_languages() {
    let axe = axe();
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let mut found = Vec::new();
    for language in ["zh-CN", "en"] {
        let browser = Browser::of(&hall, Role::Clerk, Window { language, ..OFFICE }).await;
        let case = format!("/console/cases/{number}");
        let pages = [
            "/console",
            "/console?list=overdue",
            "/console/search?q=zz",
            "/console/account",
            "/console/account/password",
            "/console/cases/000000000000",
            &case,
            &format!("{case}/materials"),
            &format!("{case}/actions/record_payment"),
            &format!("{case}/actions/correct"),
            &format!("{case}/actions/activate"),
        ];
        for page in pages {
            browser.go(page).await;
            assert!(browser.client.find(Locator::Css("h1, h2")).await.is_ok(), "nothing on {page}");
            let lines = violations(&browser, &axe).await;
            found.extend(lines.into_iter().map(|line| format!("{language} {page}: {line}")));
        }
        browser.close().await;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
