//! The pictures of the README, made of the demo: `cargo test --test console pictures -- --ignored`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fantoccini::Locator;

use crate::browser::{Browser, ENTER, OFFICE, Window};

/// A demo that ends with the test.
struct Demo(std::process::Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn sign_in_by_a_click(browser: &Browser, name: &str) {
    browser.go("/console/sign-in").await;
    let person = format!("//ul[@class='people']//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&person)).await.unwrap().click().await.unwrap();
    browser.says("h1", "").await;
    if browser.path().await.starts_with("/console/window") {
        browser.type_into("[name=window]", &format!("3{ENTER}")).await;
    }
    browser.at("/console").await;
}

async fn picture(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), browser.client.screenshot().await.unwrap()).unwrap();
}

#[tokio::test]
#[ignore = "writes docs/pictures"]
async fn the_readme_shows_the_check_sheet_and_the_board_of_the_demo() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_casehall"));
    let mut demo = Demo(demo.args(["demo", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let browser = Browser::at_address(&address, Window { height: 1010, ..OFFICE }).await;
    sign_in_by_a_click(&browser, "陈窗口").await;
    browser.client.find(Locator::Css("table.list a")).await.unwrap().click().await.unwrap();
    browser.says("h1", "公司").await;
    let case = browser.path().await;
    browser.go(&format!("{case}/materials")).await;
    browser.press(&format!("4-+{ENTER}")).await;
    browser.says("#verdict", "④").await;
    picture(&browser, "check-sheet.png").await;
    browser.client.delete_all_cookies().await.unwrap();
    sign_in_by_a_click(&browser, "黄督办").await;
    browser.go("/console/board").await;
    picture(&browser, "board.png").await;
    browser.close().await;
}
